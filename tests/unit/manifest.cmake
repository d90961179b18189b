kd_unit_test(manifest_json USES kd_manifest)
kd_unit_test(manifest_diagnostic USES kd_manifest)
kd_unit_test(manifest SOURCES manifest_test.c manifest_cases.c USES kd_manifest)
kd_unit_test(manifest_cost USES kd_manifest)
kd_unit_test(manifest_real USES kd_manifest)
# Megabytes of it, and sanitizers are slow.
set_tests_properties(manifest_cost PROPERTIES TIMEOUT 400)
