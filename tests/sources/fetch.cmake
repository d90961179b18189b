# The sources that fetch, against nginx, docker-registry and hostile servers of the tests. What they need and is not
# installed is told, and left out.
add_library(kd_fetch_tests STATIC certificate.c folder.c layout.c server.c visit.c web.c)
target_include_directories(kd_fetch_tests PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(kd_fetch_tests PUBLIC kd_source kd_check kd_http kd_base kd_suite kd_tapes)
target_compile_definitions(kd_fetch_tests PRIVATE KD_BUILD_DIR="${PROJECT_BINARY_DIR}")

kd_unit_test(cloud SOURCES cloud_test.c cloud_boot.c cloud_hostile.c cloud_nginx.c cloud_resume.c cloud_trust.c
    cloud_watch.c USES kd_fetch_tests)
kd_unit_test(registry SOURCES registry_test.c registry_auth.c registry_lying.c registry_served.c registry_version.c
    USES kd_fetch_tests kd_registry)
kd_unit_test(fetch_apply SOURCES fetch_apply_test.c USES kd_fetch_tests kd_harness)
foreach(test cloud registry fetch_apply)
    add_dependencies(${test}_test kanto-deployer kanto-deployer-loader kanto-deployer-probe kanto-sim plugin_cloud
        plugin_registry)
    set_tests_properties(${test} PROPERTIES TIMEOUT 300)
endforeach()
