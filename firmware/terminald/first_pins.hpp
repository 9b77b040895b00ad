#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "firmware/core/record/event.hpp"
#include "firmware/kiosk/role.hpp"
#include "firmware/kiosk/status.hpp"

namespace xueshi::terminald {

/// Whether whoever stands at the screen may choose a role's first PIN (F30): the one who puts the terminal up stands
/// there for half an hour after the registry's approval, in the start that showed the claim code for it; or for half an
/// hour after the start in which a token lets the terminal in. At all other times it may be anybody, and root alone
/// sets a PIN. Thread-bound.
class FirstPins {
public:
    /// `is_new`: no registry had let the terminal in before this start, and none had given it a code to wait with.
    FirstPins(std::filesystem::path journal, bool is_new) : journal_(std::move(journal)), is_new_(is_new) {}

    /// What xueshi-syncd says, once a second. `is_shown`: a page at the terminal shows it.
    void follow(const kiosk::SyncShown &sync, bool is_shown, std::int64_t boot_ms);
    /// While the time runs: never after the journal's first punch or enrolment, and for no role that had a PIN, even if
    /// it is lost since. A journal that cannot be read, is not the terminal's first, or is long, opens nothing.
    bool may_choose(kiosk::Role role, std::int64_t boot_ms);

    static constexpr std::int64_t kOpenMs = 30 * 60'000;
    /// Events of a terminal that is being put up: some months of heartbeats while it waits for its approval.
    static constexpr record::Sequence kMostEvents = 20'000;

private:
    Expected<void> read_journal();
    void note(const record::EventBody &body);

    std::filesystem::path journal_;
    bool is_new_;                               ///< and is given no code
    bool code_shown_ = false;                   ///< in this start
    bool closed_ = false;                       ///< by the journal, for good
    std::optional<std::int64_t> start_boot_ms_; ///< of this start
    std::optional<std::int64_t> until_boot_ms_; ///< once set, never again: another claim opens nothing
    record::Sequence read_ = 0;
    std::set<std::string, std::less<>> had_pin_;
};

} // namespace xueshi::terminald
