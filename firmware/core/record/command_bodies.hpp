#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"

/// What a registry may order of a terminal, and what came of it: beside bodies.hpp, since few read them.
namespace xueshi::record {

/// A command's kind is text on the wire; one that a terminal does not know is refused by an event.
enum class CommandKind {
    send_clip,          ///< this clip goes before all others
    take_picture,       ///< a clip of this moment
    reverify,           ///< these people show themselves again inside their lesson
    resend_range,       ///< these events are sent once more
    rotate_certificate, ///< a new certificate, with a new key
    set_policy,         ///< what the link may carry, instead of the configuration
};
std::string_view to_string(CommandKind kind);
Expected<CommandKind> parse_command_kind(std::string_view text);

struct SendClip {
    MediaId clip;
};
struct Reverify {
    std::vector<PersonId> people; ///< 1 to kMaxReverified
};
inline constexpr std::size_t kMaxReverified = 60; ///< a class (art. 14)
struct ResendRange {
    ChainId chain;
    std::int64_t first = 0, last = 0; ///< seq, both included; at most kMaxResent
};
inline constexpr std::int64_t kMaxResent = 100'000;
struct SetPolicy {
    std::optional<std::vector<std::string>> clip_hours, film_hours; ///< "22:00-06:00"; nothing: as configured
    std::optional<std::int64_t> max_kbytes_per_s;                   ///< 0: no limit; nothing: as configured
};
json::Object to_json(const SendClip &order);
json::Object to_json(const Reverify &order);
json::Object to_json(const ResendRange &order);
json::Object to_json(const SetPolicy &order);
Expected<SendClip> send_clip_from_json(const json::Object &arguments);
Expected<Reverify> reverify_from_json(const json::Object &arguments);
Expected<ResendRange> resend_range_from_json(const json::Object &arguments);
Expected<SetPolicy> set_policy_from_json(const json::Object &arguments);
/// Whether the arguments are those of the kind; a kind without arguments takes an empty object.
Expected<void> check_arguments(CommandKind kind, const json::Object &arguments);

enum class CommandOutcome {
    done,
    refused, ///< never tried: unknown, expired, not allowed
    failed,  ///< tried, or cut off in the middle
};
std::string_view to_string(CommandOutcome outcome);

/// The body of a `command_result`.
struct CommandResult {
    Uuid command;
    CommandOutcome outcome = CommandOutcome::done;
    std::string reason;     ///< why not; empty when done. No names.
    MediaId clip;           ///< of take_picture
    std::int64_t sent = -1; ///< events of resend_range; -1: another kind
    bool operator==(const CommandResult &) const = default;
};
inline constexpr std::size_t kMaxCommandReason = 500; ///< bytes
json::Object to_json(const CommandResult &result);
Expected<CommandResult> command_result_from_json(const json::Object &data);

} // namespace xueshi::record
