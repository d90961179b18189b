kd_unit_test(config USES kd_config)
