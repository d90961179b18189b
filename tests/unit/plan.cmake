kd_unit_test(next USES kd_plan)
kd_unit_test(order USES kd_plan)
kd_unit_test(sentence USES kd_plan)
kd_unit_test(replace USES kd_plan)
