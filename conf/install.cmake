# Run by cmake --install: the systemd unit with the program's place in it, and the configuration, unless there is
# one already, which is its owner's.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX NORMALIZE OUTPUT_VARIABLE prefix)
cmake_path(APPEND prefix "${kd_bindir}" OUTPUT_VARIABLE CMAKE_INSTALL_FULL_BINDIR)
configure_file("${kd_conf}/kanto-deployer.service.in" "${kd_made}/kanto-deployer.service" @ONLY)
file(INSTALL "${kd_made}/kanto-deployer.service" DESTINATION "${prefix}/lib/systemd/system"
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

cmake_path(APPEND prefix "${kd_sysconfdir}" OUTPUT_VARIABLE folder)
if(prefix MATCHES "^/usr/?$" AND kd_sysconfdir STREQUAL "etc")
    set(folder /etc)
endif()
if(EXISTS "$ENV{DESTDIR}${folder}/kanto-deployer.conf")
    message(STATUS "Kept as it is: $ENV{DESTDIR}${folder}/kanto-deployer.conf")
else()
    file(INSTALL "${kd_conf}/kanto-deployer.conf" DESTINATION "${folder}"
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endif()
