#include "firmware/terminald/command_desk.hpp"

#include <algorithm>

#include "firmware/core/base/log.hpp"

namespace xueshi::terminald {

using record::CommandKind;
using record::CommandOutcome;

namespace {

/// Those that sync carries out: they concern the way to the registry.
bool is_for_sync(std::string_view kind) {
    const auto known = record::parse_command_kind(kind);
    return known && *known != CommandKind::take_picture && *known != CommandKind::reverify;
}

/// Those by which a picture of the classroom reaches somebody who is not in it.
bool is_watching(std::string_view kind) {
    return kind == to_string(CommandKind::take_picture) || kind == to_string(CommandKind::send_clip);
}

} // namespace

std::string_view to_string(CommandDesk::State state) {
    return state == CommandDesk::State::settled ? "settled" : "for_sync";
}

void CommandLog::note(const record::EventBody &body) {
    if (body.kind == to_string(record::EventKind::command)) {
        const auto document = identity::command_from_data(body.data);
        if (const auto command =
                document ? identity::read_command(*document) : tl::unexpected<Error>(document.error())) {
            add(*command);
        }
    } else if (body.kind == to_string(record::EventKind::command_result)) {
        const auto result = record::command_result_from_json(body.data);
        if (Entry *entry = result ? find(result->command) : nullptr) {
            entry->settled = true;
        }
    }
}

CommandLog::Entry &CommandLog::add(const identity::Command &command) {
    Entry &entry = entries_[command.number];
    entry.id = command.id;
    entry.kind = command.kind;
    entry.ordered_by = command.ordered_by;
    while (entries_.size() > kKept) {
        entries_.erase(entries_.begin());
    }
    return entry;
}

CommandLog::Entry *CommandLog::find(std::int64_t number) {
    const auto found = entries_.find(number);
    return found == entries_.end() ? nullptr : &found->second;
}

CommandLog::Entry *CommandLog::find(const Uuid &id) {
    const auto found = std::ranges::find(entries_, id, [](const auto &entry) { return entry.second.id; });
    return found == entries_.end() ? nullptr : &found->second;
}

Expected<CommandDesk::State> CommandDesk::take(const identity::Command &command,
                                               const identity::SignedDocument &document) {
    if (CommandLog::Entry *known = log_.find(command.number)) {
        return known->id == command.id ? resume(*known)
                                       : Expected<State>(fail(ErrorCode::conflict, "another command had this number"));
    }
    if (command.number < log_.newest()) {
        return State::settled; // so old that it is not remembered, or a copy of one that was passed over
    }
    const Instant now = parts_.clock.now();
    if (now.quality == ClockQuality::unset) {
        return fail(ErrorCode::unavailable, "the terminal's clock is not set: whether the command holds is not known");
    }
    record::EventDraft draft;
    draft.id = command.id; // the journal has an id once, however often this is tried
    draft.kind = record::EventKind::command;
    draft.at = now;
    draft.data = identity::document_fields(document);
    if (const auto seq = parts_.sink.append(draft); !seq) {
        return fail(seq, "journal the command");
    }
    log::info("command", {{"id", command.id}, {"kind", command.kind}, {"by", command.ordered_by}});
    return carry_out(log_.add(command), command, now);
}

/// The terminal ended between the two events, or could not save the second.
Expected<CommandDesk::State> CommandDesk::resume(CommandLog::Entry &entry) {
    if (entry.settled) {
        return State::settled;
    }
    if (is_for_sync(entry.kind)) {
        return leave_to_sync(entry);
    }
    return settle(entry, CommandOutcome::failed, "the terminal ended in the middle of it; it is not tried again");
}

Expected<CommandDesk::State> CommandDesk::carry_out(CommandLog::Entry &entry, const identity::Command &command,
                                                    const Instant &now) {
    const auto kind = record::parse_command_kind(command.kind);
    if (!kind) {
        return settle(entry, CommandOutcome::refused, "this terminal does not know this kind of command");
    }
    if (command.expires_ms <= now.wall_ms) {
        return settle(entry, CommandOutcome::refused, "it had expired when it came");
    }
    if (const auto sound = record::check_arguments(*kind, command.arguments); !sound) {
        return settle(entry, CommandOutcome::refused, sound.error().message);
    }
    if (is_for_sync(command.kind)) {
        return leave_to_sync(entry);
    }
    if (*kind == CommandKind::reverify) {
        const auto order = record::reverify_from_json(command.arguments);
        if (!order) {
            return settle(entry, CommandOutcome::refused, order.error().message);
        }
        parts_.history.note(*order, command.expires_ms);
        return settle(entry, CommandOutcome::done, {});
    }
    tell_watched(entry, false);
    auto clip = parts_.start_clip(now);
    if (!clip) {
        const bool never = clip.error().code == ErrorCode::denied;
        return settle(entry, never ? CommandOutcome::refused : CommandOutcome::failed, clip.error().message);
    }
    return settle(entry, CommandOutcome::done, {}, std::move(*clip));
}

Expected<CommandDesk::State> CommandDesk::leave_to_sync(const CommandLog::Entry &entry) {
    tell_watched(entry, false);
    return State::for_sync;
}

void CommandDesk::tell_watched(const CommandLog::Entry &entry, bool ended) const {
    if (parts_.watched && is_watching(entry.kind)) {
        parts_.watched(entry, ended);
    }
}

Expected<CommandDesk::State> CommandDesk::settle(CommandLog::Entry &entry, CommandOutcome outcome, std::string reason,
                                                 MediaId clip) {
    record::CommandResult result;
    result.command = entry.id;
    result.outcome = outcome;
    result.reason = std::move(reason);
    result.clip = std::move(clip);
    const auto seq = append_result(entry, result);
    return seq ? Expected<State>(State::settled) : tl::unexpected<Error>(seq.error());
}

/// What could not be saved is the result all the same: the next try saves that one.
Expected<record::Sequence> CommandDesk::append_result(CommandLog::Entry &entry, const record::CommandResult &result) {
    if (!entry.unsaved) {
        entry.unsaved.emplace();
        entry.unsaved->at = parts_.clock.now();
        entry.unsaved->id = Uuid::v7(entry.unsaved->at.wall_ms);
        entry.unsaved->kind = record::EventKind::command_result;
        entry.unsaved->data = to_json(result);
    }
    auto seq = parts_.sink.append(*entry.unsaved);
    if (!seq) {
        return fail(seq, "journal the command's result");
    }
    entry.unsaved.reset();
    entry.settled = true;
    tell_watched(entry, true);
    log::info("command_result", {{"id", entry.id}, {"outcome", to_string(result.outcome)}, {"reason", result.reason}});
    return seq;
}

Expected<record::Sequence> CommandDesk::conclude(const record::CommandResult &result) {
    CommandLog::Entry *entry = log_.find(result.command);
    if (entry == nullptr) {
        return fail(ErrorCode::not_found, "no such command was taken");
    }
    return entry->settled ? Expected<record::Sequence>(0) : append_result(*entry, result);
}

} // namespace xueshi::terminald
