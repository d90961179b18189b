kd_unit_test(directory USES kd_source)
add_dependencies(directory_test kanto-deployer-loader plugin_directory plugin_template)
kd_unit_test(frame USES kd_frame)
