kd_unit_test(kanto USES kd_kanto kd_model)
add_dependencies(kanto_test kanto-sim)
foreach(test kanto_wire kanto_connection)
    kd_unit_test(${test} SOURCES ${test}_test.c kanto_fixture.c kanto_server.c
        USES kd_kanto kd_base kd_grpc)
endforeach()
kd_unit_test(sim SOURCES sim_test.c kanto_fixture.c kanto_server.c USES kd_kanto kd_base kd_grpc)
add_dependencies(sim_test kanto-sim)
