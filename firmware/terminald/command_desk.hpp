#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/checkin/history.hpp"
#include "firmware/core/identity/command.hpp"
#include "firmware/core/record/command_bodies.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::terminald {

/// The registry's commands that the chain knows. By them a command is carried out once, whatever was killed: each is
/// journaled before it is begun and again when it has ended.
class CommandLog {
public:
    struct Entry {
        Uuid id;
        std::string kind, ordered_by;
        bool settled = false;                      ///< its result is in the chain
        std::optional<record::EventDraft> unsaved; ///< the result that could not be saved yet
    };
    /// Each event of the journal, in order.
    void note(const record::EventBody &body);

    Entry &add(const identity::Command &command);
    /// By number; null: none of this number is remembered.
    Entry *find(std::int64_t number);
    Entry *find(const Uuid &id);
    std::int64_t newest() const { return entries_.empty() ? 0 : entries_.rbegin()->first; }

    /// Older ones than the newest so many are taken for settled: a registry hands out in order, and waits for results.
    static constexpr std::size_t kKept = 256;

private:
    std::map<std::int64_t, Entry> entries_; ///< by number
};

/// Takes the registry's commands, whose signature the caller has checked. Thread-bound.
class CommandDesk {
public:
    /// All outlive the desk.
    struct Parts {
        record::EventSink &sink;
        const Clock &clock;
        checkin::History &history;
        /// Error: unavailable when no camera runs; denied when what it sees must not leave.
        std::function<Expected<MediaId>(const Instant &)> start_clip;
        /// Somebody far away looks at what a camera sees or saw: begun (again after a kill of sync), and ended.
        std::function<void(const CommandLog::Entry &, bool ended)> watched = {};
    };
    CommandDesk(Parts parts, CommandLog log) : parts_(std::move(parts)), log_(std::move(log)) {}

    enum class State {
        settled,  ///< carried out or refused, now or before
        for_sync, ///< sync carries it out and tells by `conclude`; again after a kill: each of those is harmless twice
    };
    /// Error: unavailable while the clock is unset, since nobody can say whether the command still holds; conflict when
    /// another command had this number.
    Expected<State> take(const identity::Command &command, const identity::SignedDocument &document);
    /// 0: there is a result already. Error: not_found for a command that was never taken.
    Expected<record::Sequence> conclude(const record::CommandResult &result);

private:
    Expected<State> resume(CommandLog::Entry &entry);
    Expected<State> leave_to_sync(const CommandLog::Entry &entry);
    void tell_watched(const CommandLog::Entry &entry, bool ended) const;
    Expected<State> carry_out(CommandLog::Entry &entry, const identity::Command &command, const Instant &now);
    Expected<State> settle(CommandLog::Entry &entry, record::CommandOutcome outcome, std::string reason,
                           MediaId clip = {});
    Expected<record::Sequence> append_result(CommandLog::Entry &entry, const record::CommandResult &result);

    Parts parts_;
    CommandLog log_;
};
std::string_view to_string(CommandDesk::State state);

} // namespace xueshi::terminald
