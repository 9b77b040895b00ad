#pragma once

#include <cstdint>
#include <vector>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/ring.hpp"

namespace xueshi::recorder {

/// One clip while its units come in. Thread-bound.
struct Clip {
    MediaId id;
    std::int64_t at_boot_ms = 0, until_boot_ms = 0; ///< the punch, and the end
    record::Source source;                          ///< the camera
    std::vector<UnitPtr> units;
    bool blurred = false; ///< when it is written: nobody in it was recognised

    /// Takes the unit in; true when the clip's time is over with it.
    bool add(UnitPtr unit);
    /// Leaves what fits into one film: where the camera came back with other parameter sets, the part about the punch.
    void keep_one_film();
};

/// A unit's place in the file: begins at 0, always rises, also over a restart of the camera inside the clip.
struct Placed {
    UnitPtr unit;
    std::int64_t pts_ns = 0;
    std::int64_t duration_ns = 0;
};
std::vector<Placed> place(const std::vector<UnitPtr> &units);

/// Length of the film: from the first picture until the last one's end.
std::int64_t duration_ns(const std::vector<Placed> &placed);

} // namespace xueshi::recorder
