# Compiler settings of everything that we compile ourselves.
include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
    $<$<COMPILE_LANGUAGE:C>:-Wall> $<$<COMPILE_LANGUAGE:C>:-Wextra>
    $<$<COMPILE_LANGUAGE:C>:-Wshadow> $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wpointer-arith>
    $<$<COMPILE_LANGUAGE:C>:-Wformat=2> $<$<COMPILE_LANGUAGE:C>:-Wvla>
    $<$<COMPILE_LANGUAGE:C>:-Wwrite-strings>
    $<$<COMPILE_LANGUAGE:C>:-Werror=implicit-function-declaration> -fvisibility=hidden)
# clang takes a variable for unused that is there for its cleanup, and long strings of a list, which the format breaks
# over lines, for two.
add_compile_options($<$<C_COMPILER_ID:Clang>:-Wno-unused-variable>
                    $<$<C_COMPILER_ID:Clang>:-Wno-string-concatenation>)
if(KD_WERROR)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()

# The same bits wherever the tree lies: no path of the build machine is in them. The later one wins, and the build
# folder may lie in the source folder. With SOURCE_DATE_EPOCH given, .ci/reproducible holds two builds against each other.
set(KD_PLACE /usr/src/kanto-deployer-${PROJECT_VERSION})
if(NOT KD_COVERAGE)
    add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=${KD_PLACE}
                        -ffile-prefix-map=${PROJECT_BINARY_DIR}=${KD_PLACE}/build)
endif()

if(KD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(KD_COVERAGE)
    # Counters in a file that is mapped: what is killed has counted, too. clang's, as they count what the source says:
    # gcc's would count the branches of the sanitizers.
    if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
        message(FATAL_ERROR "KD_COVERAGE: found ${CMAKE_C_COMPILER_ID}, expected clang (-DCMAKE_C_COMPILER=clang)")
    endif()
    # A file a program, whoever runs it: its name is built in, as helpers have no environment.
    set(counters -fprofile-instr-generate=${PROJECT_BINARY_DIR}/profile/%c%m.profraw)
    add_compile_options(${counters} -fcoverage-mapping "SHELL:-mllvm -runtime-counter-relocation")
    add_link_options(${counters})
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/profile)
endif()
if(KD_SANITIZE)
    # clang says it otherwise.
    add_compile_definitions($<$<C_COMPILER_ID:Clang>:__SANITIZE_ADDRESS__>)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
elseif(KD_THREAD_SANITIZE)
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
elseif(NOT KD_COVERAGE)
    # Held against what is installed by tests/kit (hardened).
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
                        $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>
                        -fstack-protector-strong -fstack-clash-protection)
    # Where calls and returns may lead: CET, and its like on 64-bit ARM. No compiler has both.
    foreach(flag -fcf-protection=full -mbranch-protection=standard)
        string(MAKE_C_IDENTIFIER "has${flag}" has)
        check_c_compiler_flag(${flag} ${has})
        if(${has})
            add_compile_options(${flag})
        endif()
    endforeach()
    add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
