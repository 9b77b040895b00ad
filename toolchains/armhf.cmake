# 32-bit ARM boards with a floating-point unit, from the Cortex-A7 on (Debian's armhf: armv7-a, vfpv3-d16).
set(cross_architecture armhf)
set(cross_triplet arm-linux-gnueabihf)
set(cross_processor armv7l)
set(cross_emulator qemu-arm)
set(cross_sysroot_from XUESHI_SYSROOT_ARMHF)
# Lesson videos and databases pass 2 GiB. Times stay 32 bits wide, as in Debian 12's libraries: until 2038.
set(CMAKE_CXX_FLAGS_INIT -D_FILE_OFFSET_BITS=64)
include(${CMAKE_CURRENT_LIST_DIR}/debian_cross.cmake)
