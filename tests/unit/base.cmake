kd_unit_test(base USES kd_base)
