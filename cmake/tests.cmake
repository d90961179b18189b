# kd_unit_test(NAME [SOURCES …] USES …): tests/unit/NAME_test.c (unless SOURCES says otherwise) as one
# Check program. KD_SHARED (environment) or ../shared beside the tree holds material that is not ours
# to publish; a test that finds none prints what it leaves out.
function(kd_unit_test name)
    cmake_parse_arguments(T "" "" "SOURCES;USES" ${ARGN})
    if(NOT T_SOURCES)
        set(T_SOURCES ${name}_test.c)
    endif()
    add_executable(${name}_test ${T_SOURCES})
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_link_libraries(${name}_test PRIVATE ${T_USES} kd_suite)
    target_compile_definitions(${name}_test PRIVATE
        KD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KD_BUILD_DIR="${PROJECT_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    # Check's own 4 s are little on a machine that builds beside.
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT CK_DEFAULT_TIMEOUT=60)
endfunction()
