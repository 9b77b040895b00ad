#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "daemon/sync/failure.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/clips/clip_policy.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::sync {

enum class Phase {
    claiming,         ///< not known to the registry yet
    waiting_approval, ///< an operator must compare `claim_code` and approve
    delivering,
};
std::string_view to_string(Phase phase);

/// What status.json tells xueshictl and the kiosk.
struct Status {
    Phase phase = Phase::claiming;
    DeviceId device;
    std::string claim_code;
    bool reachable = true;             ///< the registry answered the last request, whatever it was for
    std::int64_t queue = 0;            ///< events not acknowledged
    std::int64_t oldest_unsent_ms = 0; ///< when the oldest of them was made; 0: there is none
    record::Sequence acked = 0;
    std::int64_t former_waiting = 0; ///< chains before a salvage that the registry takes no more of for now
    std::int64_t quarantined = 0;
    std::int64_t last_receipt_ms = 0, last_roster_ms = 0; ///< 0: never
    std::int64_t clips = 0, clips_withheld = 0;           ///< not delivered yet; not allowed to leave
    std::int64_t films = 0;   ///< lesson videos that the institution's archive does not have yet
    std::string films_paused; ///< as clips_paused
    std::string clips_paused; ///< why none goes now: "metered", "hours", "clock"; empty: they go
    std::optional<Words> upload_error, roster_error, clip_error, command_error,
        film_error;                   ///< of the last try; none: it went well
    std::optional<Words> inbox_error; ///< of the last thing that came by stick
    clips::ClipPolicy clip_policy;    ///< as it is now, for exports onto a stick
    bool operator==(const Status &) const = default;
};

/// One line for `systemctl status`, in English.
std::string describe(const Status &status);

/// The file's text.
std::string write_status(const Status &status, std::int64_t as_of_ms);

/// Keeps status.json up to date: replaced when something changed, and at least every kStatusLongestMs, so that a reader
/// sees by as_of_ms that the daemon lives.
class StatusFile {
public:
    explicit StatusFile(std::filesystem::path path) : path_(std::move(path)) {}
    Status now;
    void write_if_due(std::int64_t wall_ms);

private:
    std::filesystem::path path_;
    std::optional<Status> written_;
    std::int64_t written_ms_ = 0;
};
inline constexpr std::int64_t kStatusLongestMs = 30'000;

} // namespace xueshi::sync
