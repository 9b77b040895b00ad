#include "firmware/core/identity/command.hpp"

#include "firmware/core/record/canonical_json.hpp"

namespace xueshi::identity {
namespace {

constexpr std::string_view kCommandPurpose = "xueshi-command-v1";
constexpr std::size_t kMaxId = 64, kMaxOrderedBy = 256;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

} // namespace

Expected<SignedDocument> sign_command(const Signer &signer, const Command &command) {
    json::Object out;
    out["id"] = command.id.str();
    out["device"] = command.device.str();
    out["number"] = command.number;
    out["kind"] = command.kind;
    out["arguments"] = command.arguments;
    out["ordered_by"] = command.ordered_by;
    out["issued_ms"] = command.issued_ms;
    out["expires_ms"] = command.expires_ms;
    auto payload = record::canonical_json(std::move(out));
    if (!payload) {
        return fail(payload, "command");
    }
    if (payload->size() > kMaxCommandBytes) {
        return fail(ErrorCode::too_large, "a command has at most 8 KiB");
    }
    return sign_document(signer, kCommandPurpose, std::move(*payload));
}

Expected<Command> open_command(const PublicKey &registry_key, const SignedDocument &document) {
    if (const auto holds = verify_document(registry_key, kCommandPurpose, document); !holds) {
        return tl::unexpected<Error>(holds.error());
    }
    return read_command(document);
}

Expected<Command> read_command(const SignedDocument &document) {
    const auto value = json::parse(document.payload, json::Limits{.bytes = kMaxCommandBytes, .depth = 8});
    if (!value) {
        return fail(value, "command");
    }
    json::ObjectReader reader(*value, "command");
    Command command;
    const auto id = Uuid::parse(reader.string("id", kMaxId));
    command.device = DeviceId(reader.string("device", kMaxId));
    command.number = reader.integer("number", 1, kLargestInteger);
    command.kind = reader.string("kind", kMaxId);
    command.arguments = reader.object("arguments");
    command.ordered_by = reader.string("ordered_by", kMaxOrderedBy);
    command.issued_ms = reader.integer("issued_ms", 1, kLargestInteger);
    command.expires_ms = reader.integer("expires_ms", 1, kLargestInteger);
    if (!id) {
        reader.error("id", "a UUID expected");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    command.id = *id;
    return command;
}

Expected<SignedDocument> command_from_data(const json::Object &data) {
    return read_document_fields(data, kMaxCommandBytes, "command");
}

} // namespace xueshi::identity
