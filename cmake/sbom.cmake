# kanto-deployer.spdx.json: which foreign code is inside what is installed (SPDX 2.3), so that a fleet can be asked who has
# a library that turns out to be vulnerable. Shared libraries are the system's, and its package manager knows them.
string(TIMESTAMP sbom_created "%Y-%m-%dT%H:%M:%SZ" UTC) # SOURCE_DATE_EPOCH is respected
get_property(parts GLOBAL PROPERTY KD_STATIC_PARTS)
set(sbom ${PROJECT_BINARY_DIR}/kanto-deployer.spdx.json)
add_custom_command(OUTPUT ${sbom}
    COMMAND ${CMAKE_COMMAND} "-DPARTS=${parts}" -DVERSION=${PROJECT_VERSION} -DCREATED=${sbom_created} -DOUT=${sbom}
        -P ${PROJECT_SOURCE_DIR}/cmake/sbom_write.cmake
    DEPENDS ${parts} ${PROJECT_SOURCE_DIR}/cmake/sbom_write.cmake
    VERBATIM)
add_custom_target(sbom ALL DEPENDS ${sbom})
install(FILES ${sbom} DESTINATION ${CMAKE_INSTALL_DATADIR}/kanto-deployer)
