kd_unit_test(journal USES kd_journal)
kd_unit_test(failure USES kd_journal)
kd_unit_test(lock USES kd_journal)
