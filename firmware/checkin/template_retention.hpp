#pragma once

#include <map>
#include <memory>

#include "firmware/checkin/consents.hpp"

namespace xueshi::checkin {

/// Templates are kept for `keep_ms` after the last lesson of the last class that a roster had their person in; of
/// somebody whom no roster ever had, after they were first seen here. Then they are erased and the consents to face and
/// finger end. What time it is only the registry says, by what it signed: no clock of this machine erases a class.
/// Thread-bound.
class TemplateRetention {
public:
    /// People whose templates go in one `run`: each costs some writes to the disk, and who stands before the camera
    /// waits meanwhile.
    static constexpr std::size_t kMostAtOnce = 4;

    /// Both outlive it.
    TemplateRetention(gallery::Gallery &gallery, Consents &consents, std::int64_t keep_ms)
        : gallery_(gallery), consents_(consents), keep_ms_(keep_ms) {}

    void set_roster(const roster::Roster &roster);
    /// The registry signed that it was this time; an earlier one than known already says nothing.
    void learn(std::int64_t signed_ms);

    /// Brings the terms up to date, then ends at most kMostAtOnce of those that are over, and again what an earlier
    /// call left unfinished. Gives how many; unless it was none, the caller loads the candidates again, also on error.
    Expected<std::size_t> run();

private:
    Expected<void> bring_up_to_date(std::vector<gallery::Term> &terms);

    gallery::Gallery &gallery_;
    Consents &consents_;
    std::int64_t keep_ms_;
    std::int64_t signed_ms_ = 0; ///< 0: nobody has said what time it is
    std::map<PersonId, std::int64_t> last_lesson_ms_;
};

} // namespace xueshi::checkin
