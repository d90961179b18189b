kd_unit_test(kanto USES kd_kanto kd_model)
add_dependencies(kanto_test kanto-sim)
