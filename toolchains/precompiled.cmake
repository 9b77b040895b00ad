# One precompiled header for all rooms: xueshi_precompile(TARGET). Every target is compiled with the same definitions of
# what is in it; one that is not is an error (-Winvalid-pch). A file with another -O must not use it: g++ 12 crashes.
# Off in the release build: at -O2 g++ 12 warns about library code from it as about ours (false -Warray-bounds).
option(XUESHI_PRECOMPILE "parse what most files include once" ON)

if(XUESHI_PRECOMPILE)
  # -pthread: as some libraries ask for; the other: for ccache
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    add_compile_options(-pthread "SHELL:-Xclang -fno-pch-timestamp")
  else()
    add_compile_options(-pthread -fpch-preprocess)
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  if(CMAKE_CROSSCOMPILING)
    # Library code from it is warned about as ours is, and at -O2 g++ 12 sees overruns that are none. (The last is
    # a note on what changed for ARM with C++17; there is no older code of ours.)
    add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-psabi)
  endif()
  add_library(xueshi_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(xueshi_precompiled PRIVATE Boost::json tl::expected)
  target_precompile_headers(xueshi_precompiled PRIVATE toolchains/precompiled.hpp)
endif()

function(xueshi_precompile target)
  if(XUESHI_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM xueshi_precompiled)
  endif()
endfunction()
