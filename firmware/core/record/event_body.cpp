#include <fmt/format.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::record {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxDriver = 128;

/// Ids have one text form: what was signed must not have a second spelling.
bool is_uuid_text(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid && uuid->str() == text;
}

Expected<void> refuse(std::string_view field, std::string_view what) {
    return fail(ErrorCode::invalid_argument, fmt::format("body.{}: {}", field, what));
}

bool is_name(std::string_view text, std::size_t max) {
    return !text.empty() && text.size() <= max;
}

/// The rules that writer and reader share, so that whatever is written can be read.
Expected<void> check(const EventBody &body) {
    if (body.seq < 1) {
        return refuse("seq", "1 or more expected");
    }
    if (body.id.bytes()[6] >> 4 != 7) {
        return refuse("id", "a UUID of version 7 expected");
    }
    if (!is_name(body.kind, kMaxName)) {
        return refuse("kind", "1 to 64 characters expected");
    }
    if (!is_name(body.device.str(), kMaxName)) {
        return refuse("device", "1 to 64 characters expected");
    }
    if (!is_uuid_text(body.chain.str())) {
        return refuse("chain", "a lower-case UUID expected");
    }
    if (body.suite < 1) {
        return refuse("suite", "1 or more expected");
    }
    if (body.source.driver.size() > kMaxDriver) {
        return refuse("source.driver", "at most 128 characters expected");
    }
    if (body.key_level != "hardware" && body.key_level != "file") {
        return refuse("key_level", "hardware or file expected");
    }
    if (!is_name(body.at.boot_id, kMaxName) || body.at.boot_ms < 0) {
        return refuse("boot_id", "boot id and a boot time of 0 or more expected");
    }
    return {};
}

Source read_source(json::ObjectReader &envelope) {
    Source source;
    const json::Value value(envelope.object("source")); // the reader borrows it
    json::ObjectReader reader(value, envelope.path("source"));
    const auto kind = parse_source_kind(reader.string("kind", kMaxName));
    source.driver = reader.string("driver", kMaxDriver);
    if (!kind) {
        reader.error("kind", kind.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        envelope.error("source", done.error().message);
        return source;
    }
    source.kind = *kind;
    return source;
}

Expected<EventBody> read_envelope(const json::Value &value) {
    json::ObjectReader reader(value, "body");
    EventBody body;
    body.seq = reader.integer("seq", 1, kLargestInteger);
    const std::string id = reader.string("id", kMaxName);
    body.kind = reader.string("kind", kMaxName);
    body.device = DeviceId(reader.string("device", kMaxName));
    body.chain = ChainId(reader.string("chain", kMaxName));
    body.suite = static_cast<int>(reader.integer("suite", 1, 255));
    body.source = read_source(reader);
    body.key_level = reader.string("key_level", kMaxName);
    body.at.wall_ms = reader.integer("wall_ms", -kLargestInteger, kLargestInteger);
    body.at.boot_id = reader.string("boot_id", kMaxName);
    body.at.boot_ms = reader.integer("boot_ms", 0, kLargestInteger);
    const auto quality = parse_clock_quality(reader.string("clock", kMaxName));
    body.data = reader.object("data");
    const auto uuid = Uuid::parse(id);
    if (!uuid || uuid->str() != id) {
        reader.error("id", "a lower-case UUID expected");
    }
    if (!quality) {
        reader.error("clock", quality.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    body.id = *uuid;
    body.at.quality = *quality;
    return body;
}

} // namespace

Expected<std::string> write_body(const EventBody &body) {
    if (const auto sound = check(body); !sound) {
        return tl::unexpected<Error>(sound.error());
    }
    json::Object source;
    source["kind"] = to_string(body.source.kind);
    source["driver"] = body.source.driver;
    json::Object envelope;
    envelope["seq"] = body.seq;
    envelope["id"] = body.id.str();
    envelope["kind"] = body.kind;
    envelope["device"] = body.device.str();
    envelope["chain"] = body.chain.str();
    envelope["suite"] = body.suite;
    envelope["source"] = std::move(source);
    envelope["key_level"] = body.key_level;
    envelope["wall_ms"] = body.at.wall_ms;
    envelope["boot_id"] = body.at.boot_id;
    envelope["boot_ms"] = body.at.boot_ms;
    envelope["clock"] = to_string(body.at.quality);
    envelope["data"] = body.data;
    auto text = canonical_json(std::move(envelope));
    if (text && text->size() > kMaxBodyBytes) {
        return fail(ErrorCode::too_large, fmt::format("body of {} bytes, limit {}", text->size(), kMaxBodyBytes));
    }
    return text;
}

Expected<EventBody> read_body(std::string_view text) {
    const auto value = json::parse(text, json::Limits{.bytes = kMaxBodyBytes});
    if (!value) {
        return fail(value, "body");
    }
    // A second spelling of the same facts would have a second hash; there is exactly one.
    const auto canonical = canonical_json(*value);
    if (!canonical) {
        return fail(canonical, "body");
    }
    if (*canonical != text) {
        return fail(ErrorCode::invalid_argument, "body: not canonical JSON");
    }
    auto body = read_envelope(*value);
    if (body) {
        if (const auto sound = check(*body); !sound) {
            return tl::unexpected<Error>(sound.error());
        }
    }
    return body;
}

Expected<EventBody> read_body(const StoredEvent &event) {
    auto body = read_body(std::string_view(event.body));
    if (!body) {
        return fail(body, fmt::format("event {}", event.seq));
    }
    const std::string_view differs = body->seq != event.seq     ? "seq"
                                     : body->id != event.id     ? "id"
                                     : body->kind != event.kind ? "kind"
                                                                : "";
    if (!differs.empty()) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: {} differs from its body", event.seq, differs));
    }
    return body;
}

} // namespace xueshi::record
