set(command ${PROJECT_SOURCE_DIR}/host/command)
kd_unit_test(gather
    SOURCES gather_test.c ${command}/diagnose.c ${command}/gather.c ${command}/paths.c ${command}/stop.c
        ${command}/terms.c
    USES kd_config kd_source kd_manifest kd_report)
target_compile_definitions(gather_test PRIVATE
    KD_LIBEXEC_PLACE="${PROJECT_BINARY_DIR}" KD_PLUGIN_PLACE="${PROJECT_BINARY_DIR}/plugins"
    KD_DATA_PLACE="${PROJECT_BINARY_DIR}" KD_SYSCONF_PLACE="${PROJECT_BINARY_DIR}")
add_dependencies(gather_test kanto-deployer-loader plugin_directory)
