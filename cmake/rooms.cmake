# kd_room(NAME SOURCES … USES …): one room of host/ as a static library kd_NAME.
# A room's headers are included as "NAME/file.h". USES names other rooms and libraries.
function(kd_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
    add_library(kd_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(kd_${name} PUBLIC ${PROJECT_SOURCE_DIR}/host)
    target_link_libraries(kd_${name} PUBLIC ${ROOM_USES})
endfunction()
