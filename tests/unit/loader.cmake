kd_unit_test(job USES kd_loader)
