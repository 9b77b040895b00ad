# Debian's cross g++ with a sysroot from scripts/make_sysroot; a board's file (aarch64.cmake) sets
#   cross_architecture, cross_triplet, cross_processor, cross_emulator, and cross_sysroot_from: the environment variable
#   that names another sysroot than the one in build, from the repository on or absolute.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${cross_processor})
set(CMAKE_LIBRARY_ARCHITECTURE ${cross_triplet})
set(CMAKE_CXX_COMPILER ${cross_triplet}-g++)

set(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${cross_architecture})
if(DEFINED ENV{${cross_sysroot_from}})
  set(CMAKE_SYSROOT $ENV{${cross_sysroot_from}})
endif()
get_filename_component(CMAKE_SYSROOT ${CMAKE_SYSROOT} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_LIST_DIR}/..)
set(CMAKE_SYSROOT ${CMAKE_SYSROOT} CACHE INTERNAL "where scripts/make_packages looks for the libraries' packages")
if(NOT EXISTS ${CMAKE_SYSROOT}/.recipe)
  message(FATAL_ERROR "no sysroot in ${CMAKE_SYSROOT}: run scripts/make_sysroot ${CMAKE_SYSROOT} ${cross_architecture}")
endif()
file(READ ${CMAKE_SYSROOT}/.recipe recipe)
if(NOT recipe MATCHES "-${cross_architecture}\n$")
  message(FATAL_ERROR "the sysroot in ${CMAKE_SYSROOT} is not for ${cross_architecture}: name one that is by ${cross_sysroot_from}")
endif()

# Programs of this machine, everything else of the board.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_PATH} "")
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/${cross_triplet}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})

# CTest runs tests by QEMU's user mode, which looks for the loader, libraries and plugins in the sysroot first.
find_program(cross_emulator_program ${cross_emulator})
if(cross_emulator_program)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${cross_emulator_program} -L ${CMAKE_SYSROOT})
endif()
