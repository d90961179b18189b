kd_unit_test(base USES kd_base)
kd_unit_test(index USES kd_base)
kd_unit_test(trusted USES kd_base)
