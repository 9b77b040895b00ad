#pragma once

#include <sched.h>
#include <sys/mount.h>

namespace xueshi::test {

/// From now on this thread, and those that it begins, mount what nobody else sees. False: this process may not.
inline bool begin_own_mounts() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

} // namespace xueshi::test
