add_library(kd_protojson STATIC protojson.c)
target_link_libraries(kd_protojson PUBLIC kd_base kd_proto PkgConfig::CJSON)
target_compile_definitions(kd_protojson PRIVATE KD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

kd_unit_test(check USES kd_model kd_protojson)
kd_unit_test(model USES kd_model kd_protojson)
kd_unit_test(permit USES kd_model kd_protojson)
kd_unit_test(resources USES kd_model)
