#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/canonical_scan.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::record {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxDriver = 128;

/// Ids have one text form: what was signed must not have a second spelling.
bool is_uuid_text(std::string_view text) {
    return Uuid::parse(text).has_value() && std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'F'; });
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

/// Like json::ObjectReader, without its allocations: this runs for each event that a registry takes in.
class Fields {
public:
    Fields(const json::Object &object, std::string_view path) : object_(object), path_(path) {}

    std::string_view text(std::string_view key, std::size_t max_length) {
        const json::Value *value = find(key);
        const boost::json::string *text = value != nullptr ? value->if_string() : nullptr;
        if (text == nullptr || text->size() > max_length) {
            refuse(key, "a string expected, or a shorter one");
            return {};
        }
        return *text;
    }
    std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) {
        const json::Value *value = find(key);
        const std::int64_t *number = value != nullptr ? value->if_int64() : nullptr;
        if (number == nullptr || *number < min || *number > max) {
            refuse(key, "an integer in its range expected");
            return min;
        }
        return *number;
    }
    const json::Object &object(std::string_view key) {
        static const json::Object empty;
        const json::Value *value = find(key);
        const json::Object *object = value != nullptr ? value->if_object() : nullptr;
        if (object == nullptr) {
            refuse(key, "an object expected");
        }
        return object != nullptr ? *object : empty;
    }
    void refuse(std::string_view key, std::string_view what) {
        if (error_.empty()) {
            error_ = fmt::format("{}.{}: {}", path_, key, what);
        }
    }
    /// Refuses a field that nobody asked for, too.
    Expected<void> finish() {
        if (error_.empty() && used_ != object_.size()) {
            const auto asked = std::span(asked_).first(used_);
            for (const auto &field : object_) {
                if (std::ranges::find(asked, std::string_view(field.key())) == asked.end()) {
                    refuse(field.key(), "is not known here");
                }
            }
        }
        return error_.empty() ? Expected<void>() : fail(ErrorCode::invalid_argument, error_);
    }

private:
    const json::Value *find(std::string_view key) {
        asked_[used_++] = key;
        return object_.if_contains(key);
    }

    const json::Object &object_;
    std::string_view path_;
    std::array<std::string_view, 13> asked_; ///< as many as an envelope has
    std::size_t used_ = 0;
    std::string error_;
};

Expected<Source> read_source(const json::Object &object) {
    Fields fields(object, "body.source");
    const auto kind = parse_source_kind(fields.text("kind", kMaxName));
    const std::string_view driver = fields.text("driver", kMaxDriver);
    const auto done = fields.finish();
    if (!done || !kind) {
        return tl::unexpected<Error>(!done ? done.error() : kind.error());
    }
    return Source{*kind, std::string(driver)};
}

Expected<EventBody> read_envelope(const json::Object &object) {
    Fields fields(object, "body");
    EventBody body;
    body.seq = fields.integer("seq", 1, kLargestInteger);
    const std::string_view id = fields.text("id", kMaxName);
    body.kind = fields.text("kind", kMaxName);
    body.device = DeviceId(std::string(fields.text("device", kMaxName)));
    body.chain = ChainId(std::string(fields.text("chain", kMaxName)));
    body.suite = static_cast<int>(fields.integer("suite", 1, 255));
    const json::Object &source = fields.object("source");
    body.key_level = fields.text("key_level", kMaxName);
    body.at.wall_ms = fields.integer("wall_ms", -kLargestInteger, kLargestInteger);
    body.at.boot_id = fields.text("boot_id", kMaxName);
    body.at.boot_ms = fields.integer("boot_ms", 0, kLargestInteger);
    const auto quality = parse_clock_quality(fields.text("clock", kMaxName));
    body.data = fields.object("data");
    if (!is_uuid_text(id)) {
        fields.refuse("id", "a lower-case UUID expected");
    }
    if (!quality) {
        fields.refuse("clock", quality.error().message);
    }
    if (const auto done = fields.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    auto origin = read_source(source);
    if (!origin) {
        return tl::unexpected<Error>(origin.error());
    }
    body.id = *Uuid::parse(id);
    body.source = std::move(*origin);
    body.at.quality = *quality;
    return body;
}

/// `value` must be what json::parse would give; a double key, which it would not see, is no canonical text.
Expected<EventBody> read_canonical(const json::Value &value, std::string_view text) {
    // A second spelling of the same facts would have a second hash; there is exactly one.
    if (!is_surely_canonical(text)) {
        const auto canonical = canonical_json(value); // slower, and says what is wrong
        if (!canonical) {
            return fail(canonical, "body");
        }
        if (*canonical != text) {
            return fail(ErrorCode::invalid_argument, "body: not canonical JSON");
        }
    }
    if (!value.is_object()) {
        return fail(ErrorCode::invalid_argument, "body: an object expected");
    }
    auto body = read_envelope(value.get_object());
    if (body) {
        if (const auto sound = check(*body); !sound) {
            return tl::unexpected<Error>(sound.error());
        }
    }
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
    if (text.size() > kMaxBodyBytes) {
        return fail(ErrorCode::too_large, fmt::format("body of {} bytes, limit {}", text.size(), kMaxBodyBytes));
    }
    // json::parse looks for double keys, which the comparison with the canonical text does here; and a body that fits
    // the buffer is parsed without an allocation.
    std::array<unsigned char, 8 * 1024> memory; // NOLINT(cppcoreguidelines-pro-type-member-init): written before read
    std::array<unsigned char, 1024> working;    // NOLINT(cppcoreguidelines-pro-type-member-init)
    boost::json::monotonic_resource resource(memory.data(), memory.size());
    boost::json::parse_options options;
    options.max_depth = json::Limits{}.depth;
    boost::json::parser parser({}, options, working.data(), working.size());
    parser.reset(&resource);
    boost::system::error_code error;
    const std::size_t used = parser.write(text.data(), text.size(), error);
    if (error) {
        return fail(ErrorCode::invalid_argument, fmt::format("body: malformed at byte {}: {}", used, error.message()));
    }
    const json::Value value = parser.release();
    return read_canonical(value, text);
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
