kd_unit_test(pass SOURCES pass_test.c fake_kanto.c USES kd_apply kd_kanto)
