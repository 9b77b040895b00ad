#pragma once

#include "tests/flow/sync_faults/site.hpp"

namespace xueshi::test::sync_faults {

/// Those of this build.
inline Programs built_programs() {
    return {XUESHI_PROGRAMS, XUESHI_PUNCH_FEEDER, XUESHI_FULL_DISK_LIBRARY};
}

} // namespace xueshi::test::sync_faults
