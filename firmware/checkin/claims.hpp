#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "firmware/checkin/subject.hpp"

namespace xueshi::checkin {

struct ClaimPolicy {
    std::int64_t same_person_ms = 5 * 60'000; ///< a claim of the same lesson and direction within it is the earlier one
    std::size_t most_an_hour = 120;           ///< of the whole terminal: more is somebody who plays with it
};

struct ClaimOrder {
    Subject subject;
    record::ClaimReason reason = record::ClaimReason::not_recognised;
    std::string note; ///< no names
};

struct ManualOrder {
    Subject subject;
    std::string reason; ///< no names
    std::string operator_name;
};

struct AccommodationOrder {
    Subject subject;
    std::string instead; ///< "finger" or "third_factor"
    bool given = true;
    std::string reason; ///< no names, no diagnosis
    std::string operator_name;
};

struct ClaimOutcome {
    PersonId person;
    record::Sequence seq = 0;
    bool earlier = false; ///< the answer is the claim made a moment ago
    schedule::Decision decision;
    bool has_clip = false;
};

/// For whoever is there and not recognised: a pending claim, a supervised punch, or a recorded accommodation. None of
/// them is a suspicion; the bureau decides (RULES section 2). Thread-bound.
class Claims {
public:
    /// All outlive the claims.
    Claims(record::EventSink &sink, const Clock &clock, History &history, ClaimPolicy policy)
        : sink_(sink), clock_(clock), history_(history), policy_(policy) {}
    void set_roster(std::shared_ptr<const roster::Roster> roster) { roster_ = std::move(roster); }
    void set_camera(recorder::Recorder *recorder, record::Source source);

    /// Error: unavailable when the terminal has taken its hour's share; a supervised punch is still there then.
    Expected<ClaimOutcome> claim(const ClaimOrder &order);
    Expected<ClaimOutcome> manual_punch(const ManualOrder &order);
    Expected<PersonId> accommodate(const AccommodationOrder &order);

private:
    struct Earlier {
        std::int64_t boot_ms = 0;
        ClaimOutcome outcome;
    };
    bool too_many(std::int64_t now_ms);

    record::EventSink &sink_;
    const Clock &clock_;
    History &history_;
    ClaimPolicy policy_;
    std::shared_ptr<const roster::Roster> roster_;
    recorder::Recorder *recorder_ = nullptr;
    record::Source source_;
    std::map<PersonId, Earlier> earlier_;
    std::deque<std::int64_t> recent_ms_; ///< boot times of the last hour's claims
};

} // namespace xueshi::checkin
