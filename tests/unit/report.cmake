kd_unit_test(report USES kd_report kd_story)
