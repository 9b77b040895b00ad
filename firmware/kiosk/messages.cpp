#include "firmware/kiosk/messages.hpp"

#include <algorithm>
#include <limits>

namespace xueshi::kiosk {

namespace {

// An id is echoed; JSON integers above 2^53 lose bits in the page.
constexpr std::int64_t kMostId = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMostVerb = 64;

json::Object answer(std::int64_t id) {
    return json::Object{{"type", "answer"}, {"id", id}};
}

void put(std::string &out, std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) {
        out += static_cast<char>(value >> (8 * bytes) & 0xffU);
    }
}

} // namespace

Expected<FromPage> read_message(std::string_view text) {
    auto value = json::parse(text, json::Limits{.bytes = kLoggedInBytes, .depth = kMostNested});
    if (!value) {
        return fail(value, "message");
    }
    json::ObjectReader reader(*value, "message");
    if (const auto number = reader.optional_integer("ack", 0, std::numeric_limits<std::uint32_t>::max())) {
        if (auto finished = reader.finish(); !finished) {
            return tl::unexpected(finished.error());
        }
        return Acknowledgement{*number};
    }
    if (reader.optional_boolean("used")) {
        if (auto finished = reader.finish(); !finished) {
            return tl::unexpected(finished.error());
        }
        return Used{};
    }
    Order order;
    order.id = reader.integer("id", 1, kMostId);
    order.verb = reader.string("verb", kMostVerb);
    if (const auto *arguments = reader.optional("arguments")) {
        if (arguments->is_object()) {
            order.arguments = arguments->get_object();
        } else {
            reader.error("arguments", "must be an object");
        }
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    return order;
}

std::string progress_text(std::int64_t id, const json::Object &progress) {
    return json::serialize(json::Object{{"type", "progress"}, {"id", id}, {"progress", progress}});
}

std::string result_text(std::int64_t id, const json::Object &result) {
    auto out = answer(id);
    out["result"] = result;
    return json::serialize(out);
}

std::string error_text(std::int64_t id, const Error &error, std::int64_t wait_ms) {
    json::Object body{{"code", to_string(error.code)}, {"message", error.message}};
    if (wait_ms >= 0) {
        body["wait_ms"] = wait_ms;
    }
    auto out = answer(id);
    out["error"] = std::move(body);
    return json::serialize(out);
}

std::string session_text(Role role, std::string_view reason) {
    return json::serialize(json::Object{{"type", "session"}, {"role", to_string(role)}, {"reason", reason}});
}

std::string picture_bytes(const Picture &picture, std::uint32_t number, std::int64_t now_boot_ms) {
    constexpr std::int64_t kOldest = std::numeric_limits<std::uint32_t>::max();
    const auto age = std::clamp<std::int64_t>(now_boot_ms - picture.captured_boot_ms, 0, kOldest);
    std::string out;
    out.reserve(kPictureHead + picture.jpeg.size());
    put(out, number, 4);
    put(out, static_cast<std::uint64_t>(age), 4);
    put(out, static_cast<std::uint64_t>(picture.width), 2);
    put(out, static_cast<std::uint64_t>(picture.height), 2);
    put(out, 0, 4);
    out += as_text(picture.jpeg);
    return out;
}

} // namespace xueshi::kiosk
