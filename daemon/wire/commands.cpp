#include "daemon/wire/commands.hpp"

namespace xueshi::wire {

namespace {
/// Escaping at most doubles a payload; the rest is the signature.
constexpr std::size_t kMaxBytes = kMaxCommandsAtOnce * (2 * identity::kMaxCommandBytes + 1024);
} // namespace

std::string write_commands(const std::vector<identity::SignedDocument> &commands) {
    json::Array list;
    list.reserve(commands.size());
    for (const auto &command : commands) {
        list.emplace_back(identity::document_fields(command));
    }
    return json::serialize(json::Object{{"commands", std::move(list)}});
}

Expected<std::vector<identity::SignedDocument>> read_commands(std::string_view text) {
    const auto value = json::parse(text, json::Limits{.bytes = kMaxBytes, .depth = 4});
    if (!value) {
        return fail(value, "commands");
    }
    json::ObjectReader reader(*value, "answer");
    const json::Array &list = reader.array("commands", kMaxCommandsAtOnce);
    if (const auto done = reader.finish_open(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    std::vector<identity::SignedDocument> commands;
    commands.reserve(list.size());
    for (const json::Value &entry : list) {
        if (!entry.is_object()) {
            return fail(ErrorCode::invalid_argument, "answer.commands: an object expected");
        }
        auto command = identity::command_from_data(entry.get_object());
        if (!command) {
            return tl::unexpected<Error>(command.error());
        }
        commands.push_back(std::move(*command));
    }
    return commands;
}

} // namespace xueshi::wire
