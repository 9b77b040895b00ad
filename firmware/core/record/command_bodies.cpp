#include "firmware/core/record/command_bodies.hpp"

#include <array>
#include <utility>

namespace xueshi::record {
namespace {

constexpr std::size_t kMaxId = 64, kMaxSpans = 16, kMaxSpan = 16;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1, kMaxKbytesPerS = 1'000'000;

constexpr std::array<std::pair<CommandKind, std::string_view>, 6> kKinds{{
    {CommandKind::send_clip, "send_clip"},
    {CommandKind::take_picture, "take_picture"},
    {CommandKind::reverify, "reverify"},
    {CommandKind::resend_range, "resend_range"},
    {CommandKind::rotate_certificate, "rotate_certificate"},
    {CommandKind::set_policy, "set_policy"},
}};
constexpr std::array<std::pair<CommandOutcome, std::string_view>, 3> kOutcomes{{
    {CommandOutcome::done, "done"},
    {CommandOutcome::refused, "refused"},
    {CommandOutcome::failed, "failed"},
}};

template <typename Value, std::size_t n>
std::string_view name_of(const std::array<std::pair<Value, std::string_view>, n> &table, Value wanted) {
    for (const auto &[value, text] : table) {
        if (value == wanted) {
            return text;
        }
    }
    return "unknown";
}

template <typename Value, std::size_t n>
Expected<Value> value_of(const std::array<std::pair<Value, std::string_view>, n> &table, std::string_view wanted) {
    for (const auto &[value, text] : table) {
        if (text == wanted) {
            return value;
        }
    }
    return fail(ErrorCode::unsupported, "unknown value: " + std::string(wanted.substr(0, kMaxId)));
}

std::string id_in(json::ObjectReader &reader, std::string_view key) {
    std::string text = reader.string(key, kMaxId);
    if (reader.ok() && text.empty()) {
        reader.error(key, "must not be empty");
    }
    return text;
}

/// Texts of at most `max_length` bytes, none of them empty.
std::vector<std::string> texts(json::ObjectReader &reader, std::string_view key, const json::Array &array,
                               std::size_t max_length) {
    std::vector<std::string> out;
    out.reserve(array.size());
    for (const json::Value &value : array) {
        if (!value.is_string() || value.get_string().empty() || value.get_string().size() > max_length) {
            reader.error(key, "a list of short texts expected");
            return {};
        }
        out.emplace_back(value.get_string());
    }
    return out;
}

/// What was read, when nothing was wrong.
template <typename Order>
Expected<Order> finished(json::ObjectReader &reader, Order order) {
    const auto done = reader.finish();
    return done ? Expected<Order>(std::move(order)) : tl::unexpected<Error>(done.error());
}

template <typename Order>
Expected<void> only_whether(const Expected<Order> &order) {
    return order ? Expected<void>() : tl::unexpected<Error>(order.error());
}

} // namespace

std::string_view to_string(CommandKind kind) {
    return name_of(kKinds, kind);
}
Expected<CommandKind> parse_command_kind(std::string_view text) {
    return value_of(kKinds, text);
}
std::string_view to_string(CommandOutcome outcome) {
    return name_of(kOutcomes, outcome);
}

json::Object to_json(const SendClip &order) {
    return json::Object{{"clip", order.clip.str()}};
}

Expected<SendClip> send_clip_from_json(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    SendClip order{MediaId(id_in(reader, "clip"))};
    return finished(reader, std::move(order));
}

json::Object to_json(const Reverify &order) {
    json::Array people;
    for (const PersonId &person : order.people) {
        people.emplace_back(person.str());
    }
    return json::Object{{"people", std::move(people)}};
}

Expected<Reverify> reverify_from_json(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    Reverify order;
    for (std::string &person : texts(reader, "people", reader.array("people", kMaxReverified), kMaxId)) {
        order.people.emplace_back(std::move(person));
    }
    if (reader.ok() && order.people.empty()) {
        reader.error("people", "must name somebody");
    }
    return finished(reader, std::move(order));
}

json::Object to_json(const ResendRange &order) {
    return json::Object{{"chain", order.chain.str()}, {"first", order.first}, {"last", order.last}};
}

Expected<ResendRange> resend_range_from_json(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    ResendRange order;
    order.chain = ChainId(id_in(reader, "chain"));
    order.first = reader.integer("first", 1, kLargestInteger);
    order.last = reader.integer("last", 1, kLargestInteger);
    if (reader.ok() && (order.last < order.first || order.last - order.first >= kMaxResent)) {
        reader.error("last", "must be first or later, and at most 100,000 events");
    }
    return finished(reader, std::move(order));
}

namespace {

void write_hours(json::Object &out, std::string_view name, const std::optional<std::vector<std::string>> &hours) {
    if (hours) {
        out[name] = json::Array(hours->begin(), hours->end());
    }
}

std::optional<std::vector<std::string>> read_hours(json::ObjectReader &reader, std::string_view name) {
    const json::Value *hours = reader.optional(name);
    if (hours == nullptr) {
        return std::nullopt;
    }
    if (!hours->is_array() || hours->get_array().size() > kMaxSpans) {
        reader.error(name, "at most 16 spans expected");
        return std::nullopt;
    }
    return texts(reader, name, hours->get_array(), kMaxSpan);
}

} // namespace

json::Object to_json(const SetPolicy &order) {
    json::Object out;
    write_hours(out, "clip_hours", order.clip_hours);
    write_hours(out, "film_hours", order.film_hours);
    if (order.max_kbytes_per_s) {
        out["max_kbytes_per_s"] = *order.max_kbytes_per_s;
    }
    return out;
}

Expected<SetPolicy> set_policy_from_json(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    SetPolicy order;
    order.clip_hours = read_hours(reader, "clip_hours");
    order.film_hours = read_hours(reader, "film_hours");
    order.max_kbytes_per_s = reader.optional_integer("max_kbytes_per_s", 0, kMaxKbytesPerS);
    return finished(reader, std::move(order));
}

Expected<void> check_arguments(CommandKind kind, const json::Object &arguments) {
    switch (kind) {
    case CommandKind::send_clip:
        return only_whether(send_clip_from_json(arguments));
    case CommandKind::reverify:
        return only_whether(reverify_from_json(arguments));
    case CommandKind::resend_range:
        return only_whether(resend_range_from_json(arguments));
    case CommandKind::set_policy:
        return only_whether(set_policy_from_json(arguments));
    case CommandKind::take_picture:
    case CommandKind::rotate_certificate:
        break;
    }
    return arguments.empty() ? Expected<void>() : fail(ErrorCode::invalid_argument, "this kind takes no arguments");
}

json::Object to_json(const CommandResult &result) {
    json::Object out;
    out["command"] = result.command.str();
    out["outcome"] = to_string(result.outcome);
    if (!result.reason.empty()) {
        out["reason"] = result.reason;
    }
    if (!result.clip.empty()) {
        out["clip"] = result.clip.str();
    }
    if (result.sent >= 0) {
        out["sent"] = result.sent;
    }
    return out;
}

Expected<CommandResult> command_result_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "command_result");
    CommandResult result;
    const auto command = Uuid::parse(reader.string("command", kMaxId));
    const auto outcome = value_of(kOutcomes, reader.string("outcome", kMaxId));
    result.reason = reader.optional_string("reason", kMaxCommandReason).value_or("");
    result.clip = MediaId(reader.optional_string("clip", kMaxId).value_or(""));
    result.sent = reader.optional_integer("sent", 0, kLargestInteger).value_or(-1);
    if (!command) {
        reader.error("command", "a UUID expected");
    }
    if (!outcome) {
        reader.error("outcome", outcome.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    result.command = *command;
    result.outcome = *outcome;
    return result;
}

} // namespace xueshi::record
