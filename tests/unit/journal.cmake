kd_unit_test(journal USES kd_journal)
