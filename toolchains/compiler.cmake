# Warnings, sanitizers and the compiler cache: the same for every room.

# Paths relative to the source folder, so that another checkout finds the same cache entries.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

set(XUESHI_SANITIZE "" CACHE STRING "address,undefined or thread: sanitizers of the whole build")

add_library(xueshi_warnings INTERFACE)
target_compile_options(xueshi_warnings INTERFACE -Wall -Wextra -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang) # libstdc++ 12 calls its own std::get_temporary_buffer
  target_compile_options(xueshi_warnings INTERFACE -Wno-deprecated-declarations)
endif()

add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(XUESHI_SANITIZE)
  add_compile_options(-fsanitize=${XUESHI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${XUESHI_SANITIZE})
  if(XUESHI_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # std::atomic_thread_fence inside Boost.Asio is not modelled by TSan; suppressions name the places.
    add_compile_options(-Wno-tsan)
  endif()
endif()
