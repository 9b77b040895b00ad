#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmware/core/clips/clip_policy.hpp"
#include "firmware/core/clips/clip_words.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sync {

/// A clip that waits to be delivered.
struct WaitingClip {
    ChainId chain;
    record::Sequence seq = 0; ///< of its `clip_saved` event
    clips::SavedClip saved;
    std::string upload;            ///< its name at the registry; empty: none is begun
    std::int64_t acknowledged = 0; ///< bytes the registry said it has for good
    std::int64_t attempts = 0;     ///< uploads that had to be begun again
    std::int64_t refusals = 0;     ///< in a row, of the clip itself
    clips::Asked asked = clips::Asked::no;
};

struct NextClip {
    std::optional<WaitingClip> clip;
    bool more = false; ///< many were set aside; whether one behind them may leave the next call says
};

/// The clips' part of sync.db: what the journal says of them, and how far each has come. Every change but
/// one is durable on return. `database` outlives it.
class ClipLedger {
public:
    explicit ClipLedger(sqlite::Database &database) : database_(database) {}

    /// Up to which event of the chain the journal was read.
    Expected<record::Sequence> cursor(const ChainId &chain);
    /// Takes in events, in order: clips, whom they show, and who agreed. Moves the cursor. What a person said in a
    /// `later` chain stands, also when the events of this one come after it.
    Expected<void> take(const ChainId &chain, const std::vector<record::StoredEvent> &events,
                        const std::vector<ChainId> &later);

    /// The oldest that may leave and does not rest, of those that failed least. Those that may not leave are set aside
    /// until somebody agrees or `reconsider` is called, at most kMostSetAside at once: there may be tens of thousands,
    /// and the program has other work.
    Expected<NextClip> next(const clips::ClipPolicy &policy, std::int64_t now_ms);
    static constexpr std::size_t kMostSetAside = 1'000;
    /// After the policy changed, as at the start.
    Expected<void> reconsider();

    /// The bureau ordered this clip: it goes before all others. Error: not_found for one that no acknowledged event
    /// names; denied, with the reason of withheld_because, for one that must not leave; io for one that is lost. One
    /// that was refused is tried anew.
    Expected<void> ask_for(const MediaId &clip, const clips::ClipPolicy &policy);
    /// Those of these orders that wait, the oldest of them, so that nobody deletes them meanwhile.
    Expected<std::set<MediaId>> asked_for();

    Expected<void> begin(const WaitingClip &clip, const std::string &upload);
    /// `durable`: after a power cut too. What is not outlives a kill all the same, and costs no fsync.
    Expected<void> acknowledge(const WaitingClip &clip, std::int64_t bytes, bool durable);
    /// To be begun again from the local copy.
    Expected<void> restart(const WaitingClip &clip);
    /// It was not taken, and rests.
    Expected<void> refuse(const WaitingClip &clip, std::int64_t now_ms);
    /// Others go before it for kRestMs, and for no longer when the clock is set back meanwhile.
    Expected<void> rest(const WaitingClip &clip, std::int64_t now_ms);
    static constexpr std::int64_t kRestMs = 600'000;
    Expected<void> confirm(const WaitingClip &clip);
    /// Those of these digests that are known, whatever became of them before.
    Expected<void> confirm(const std::vector<Sha256> &held);
    /// It will not be delivered: "missing", "damaged" or "refused".
    Expected<void> give_up(const WaitingClip &clip, std::string_view state);

    /// Confirmed ones whose file terminald has deleted are forgotten; true: there were some.
    Expected<bool> forget_deleted(const std::filesystem::path &media);
    Expected<std::int64_t> waiting();
    Expected<std::int64_t> withheld();

private:
    Expected<void> note(const ChainId &chain, const record::StoredEvent &event, const std::vector<ChainId> &later);
    Expected<void> add_subject(const clips::ShownIn &shown);
    Expected<void> note_consent(const ChainId &chain, const clips::LeaveConsent &consent);
    Expected<bool> has_consent_of(const std::vector<ChainId> &chains, const PersonId &person);
    Expected<std::vector<clips::ClipSubject>> subjects(const MediaId &clip);
    Expected<bool> may_leave(const clips::ClipPolicy &policy, const WaitingClip &clip);
    Expected<void> set_aside(const std::vector<std::int64_t> &rowids);
    Expected<void> forget(std::int64_t rowid);
    Expected<void> forget(const MediaId &clip);
    Expected<void> set_state(const WaitingClip &clip, std::string_view state);
    Expected<std::int64_t> count(std::string_view state);

    sqlite::Database &database_;
};

/// SHA-256 of what the registry has for good and the device has too, oldest first.
Expected<std::vector<Sha256>> confirmed_clips(sqlite::Database &database, std::size_t count);

} // namespace xueshi::sync
