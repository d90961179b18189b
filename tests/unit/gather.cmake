kd_unit_test(gather USES kd_gather PkgConfig::SECCOMP)
add_dependencies(gather_test kanto-deployer-loader plugin_cloud plugin_directory)
set_tests_properties(gather PROPERTIES TIMEOUT 400)
