# kd_grpc: the gRPC C core without TLS, client and server. Static where Debian's archives are all there: a
# boot service should not load sixty shared objects of abseil before it does anything.
pkg_check_modules(GRPC REQUIRED grpc_unsecure)
add_library(kd_grpc INTERFACE)

set(static_found OFF)
if(KD_STATIC_GRPC)
    set(static_found ON)
    set(archives)
    pkg_get_variable(grpc_libdir grpc_unsecure libdir)
    set(search ${grpc_libdir} /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} /usr/lib)
    # what grpc_unsecure.pc names, and what it forgets
    set(names ${GRPC_STATIC_LIBRARIES} upb address_sorting re2 cares z)
    list(REMOVE_DUPLICATES names)
    foreach(name ${names})
        if(name MATCHES "^(rt|atomic|m|pthread|dl)$")
            continue()
        endif()
        find_file(archive_${name} lib${name}.a PATHS ${search} NO_DEFAULT_PATH)
        mark_as_advanced(archive_${name})
        if(archive_${name})
            list(APPEND archives ${archive_${name}})
        else()
            message(STATUS "gRPC: no lib${name}.a; linking the shared libraries")
            set(static_found OFF)
        endif()
    endforeach()
endif()

# gRPC is C++ inside. -static-libstdc++ is for the C++ driver alone; we link with the C one, by the
# archive's path. The compiler prints the bare name when it has no such archive.
set(cxx_runtime stdc++)
if(static_found)
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libstdc++.a
        OUTPUT_VARIABLE cxx_archive OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(IS_ABSOLUTE "${cxx_archive}")
        set(cxx_runtime ${cxx_archive} -static-libgcc)
    else()
        message(STATUS "gRPC: no libstdc++.a; linking the shared C++ runtime")
    endif()
endif()

if(static_found)
    target_link_libraries(kd_grpc INTERFACE
        -Wl,--start-group ${archives} -Wl,--end-group -Wl,--gc-sections
        ${cxx_runtime} pthread dl rt m)
else()
    target_link_libraries(kd_grpc INTERFACE ${GRPC_LINK_LIBRARIES} gpr)
endif()

# What becomes a part of our program, for the bill of materials (cmake/sbom.cmake). gcc's own library goes along.
set(parts)
if(static_found)
    set(parts ${archives})
    if(IS_ABSOLUTE "${cxx_archive}")
        execute_process(COMMAND ${CMAKE_C_COMPILER} -print-libgcc-file-name
            OUTPUT_VARIABLE gcc_archive OUTPUT_STRIP_TRAILING_WHITESPACE)
        list(APPEND parts ${cxx_archive} ${gcc_archive})
    endif()
endif()
set_property(GLOBAL PROPERTY KD_STATIC_PARTS ${parts})
