#include "firmware/core/control_messages/control_messages.hpp"

#include <limits>

namespace xueshi::control_messages {

namespace {

// An id is echoed; JSON integers above 2^53 lose bits in other readers.
constexpr std::int64_t kMaxId = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxVerbLength = 64;
// A consent or an import is flat: nothing legitimate nests deeper.
constexpr json::Limits kLimits{.bytes = kMaxLineBytes, .depth = 8};

} // namespace

std::string write_request(const Request &request) {
    return json::serialize(json::Object{{"id", request.id}, {"verb", request.verb}, {"arguments", request.arguments}});
}

Expected<Request> read_request(std::string_view line) {
    auto value = json::parse(line, kLimits);
    if (!value) {
        return fail(value, "request");
    }
    Request request;
    json::ObjectReader reader(*value, "request");
    request.id = reader.integer("id", 0, kMaxId);
    request.verb = reader.string("verb", kMaxVerbLength);
    if (const auto *arguments = reader.optional("arguments")) {
        if (arguments->is_object()) {
            request.arguments = arguments->get_object();
        } else {
            reader.error("arguments", "must be an object");
        }
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    return request;
}

std::string write_progress(std::int64_t id, const json::Object &progress) {
    return json::serialize(json::Object{{"id", id}, {"progress", progress}});
}

std::string write_result(std::int64_t id, const json::Object &result) {
    return json::serialize(json::Object{{"id", id}, {"result", result}});
}

std::string write_error(std::int64_t id, const Error &error) {
    json::Object body{{"code", to_string(error.code)}, {"message", error.message}};
    return json::serialize(json::Object{{"id", id}, {"error", std::move(body)}});
}

} // namespace xueshi::control_messages
