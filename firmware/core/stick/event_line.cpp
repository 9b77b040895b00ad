#include "firmware/core/stick/event_line.hpp"

#include <algorithm>

namespace xueshi::stick {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxPem = 2 * 1024;
constexpr std::size_t kMaxSignatureText = 256;

Sha256 read_hash(json::ObjectReader &reader, std::string_view key) {
    const auto hash = parse_sha256(reader.string(key, 2 * Sha256{}.size()));
    if (!hash) {
        reader.error(key, "64 hex digits expected");
    }
    return hash.value_or(Sha256{});
}

/// A format that nobody knows is said before its fields are.
Expected<void> check_format(const json::Value &line, std::string_view key) {
    const json::Object *object = line.if_object();
    const json::Value *format = object != nullptr ? object->if_contains(key) : nullptr;
    if (format == nullptr || !format->is_string() || std::string_view(format->get_string()) != kFormat) {
        return fail(ErrorCode::unsupported, "no " + std::string(kFormat) + " file");
    }
    return {};
}

} // namespace

json::Object to_json(const ExportDescription &description) {
    json::Object out;
    out["format"] = kFormat;
    out["device"] = description.device.str();
    out["chain"] = description.chain.str();
    out["suite"] = description.suite;
    out["public_key"] = description.public_key_pem;
    out["after_seq"] = description.after_seq;
    out["after_hash"] = hex(description.after_hash);
    return out;
}

json::Object to_json(const record::StoredEvent &event) {
    json::Object out;
    out["seq"] = event.seq;
    out["id"] = event.id.str();
    out["kind"] = event.kind;
    out["body"] = event.body;
    out["prev"] = hex(event.prev);
    out["hash"] = hex(event.hash);
    out["signature"] = base64(event.signature);
    return out;
}

json::Object to_json(const ExportEnd &end) {
    json::Object out;
    out["end"] = kFormat;
    out["count"] = end.count;
    out["head_seq"] = end.head_seq;
    out["head_hash"] = hex(end.head_hash);
    return out;
}

Expected<ExportDescription> description_from_json(const json::Value &line) {
    if (const auto known = check_format(line, "format"); !known) {
        return tl::unexpected<Error>(known.error());
    }
    json::ObjectReader reader(line, "description");
    reader.ignore("format");
    ExportDescription description;
    description.device = DeviceId(reader.string("device", kMaxName));
    description.chain = ChainId(reader.string("chain", kMaxName));
    description.suite = static_cast<int>(reader.integer("suite", 1, 255));
    description.public_key_pem = reader.string("public_key", kMaxPem);
    description.after_seq = reader.integer("after_seq", 0, kLargestInteger);
    description.after_hash = read_hash(reader, "after_hash");
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return description;
}

Expected<record::StoredEvent> event_from_json(const json::Value &line) {
    json::ObjectReader reader(line, "event");
    record::StoredEvent event;
    event.seq = reader.integer("seq", 1, kLargestInteger);
    const auto id = Uuid::parse(reader.string("id", kMaxName));
    event.kind = reader.string("kind", kMaxName);
    event.body = reader.string("body", record::kMaxBodyBytes);
    event.prev = read_hash(reader, "prev");
    event.hash = read_hash(reader, "hash");
    auto signature = parse_base64(reader.string("signature", kMaxSignatureText));
    if (!id) {
        reader.error("id", id.error().message);
    }
    if (!signature) {
        reader.error("signature", signature.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    event.id = *id;
    event.signature = std::move(*signature);
    return event;
}

bool is_end(const json::Value &line) {
    return line.is_object() && line.get_object().contains("end");
}

Expected<ExportEnd> end_from_json(const json::Value &line) {
    if (const auto known = check_format(line, "end"); !known) {
        return tl::unexpected<Error>(known.error());
    }
    json::ObjectReader reader(line, "end");
    reader.ignore("end");
    ExportEnd end;
    end.count = reader.integer("count", 0, kMaxEvents);
    end.head_seq = reader.integer("head_seq", 0, kLargestInteger);
    end.head_hash = read_hash(reader, "head_hash");
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return end;
}

} // namespace xueshi::stick
