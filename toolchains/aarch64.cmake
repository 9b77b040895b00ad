# 64-bit ARM boards: every one from the Cortex-A53 on (armv8-a, the compiler's baseline).
set(cross_architecture arm64)
set(cross_triplet aarch64-linux-gnu)
set(cross_processor aarch64)
set(cross_emulator qemu-aarch64)
set(cross_sysroot_from XUESHI_SYSROOT)
include(${CMAKE_CURRENT_LIST_DIR}/debian_cross.cmake)
