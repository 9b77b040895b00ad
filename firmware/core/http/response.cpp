#include <algorithm>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/http/server.hpp"

namespace xueshi::http {

namespace {

struct Meaning {
    unsigned status;
    std::string_view title;
};

Meaning meaning(ErrorCode code) {
    switch (code) {
    case ErrorCode::invalid_argument:
        return {400, "Bad request"};
    case ErrorCode::denied:
        return {403, "Forbidden"};
    case ErrorCode::not_found:
        return {404, "Not found"};
    case ErrorCode::conflict:
    case ErrorCode::already_exists:
        return {409, "Conflict"};
    case ErrorCode::too_large:
        return {413, "Content too large"};
    case ErrorCode::no_space:
        return {507, "Insufficient storage"};
    case ErrorCode::unavailable:
        return {503, "Service unavailable"};
    case ErrorCode::timeout:
        return {504, "Timeout"};
    default:
        return {500, "Internal error"};
    }
}

} // namespace

std::string Request::header(const std::string &lower_name) const {
    const auto found = headers.find(lower_name);
    return found == headers.end() ? std::string{} : found->second;
}

Response problem(unsigned status, std::string_view title, std::string_view detail) {
    json::Object body;
    body["type"] = "about:blank";
    body["title"] = title;
    body["status"] = status;
    body["detail"] = detail;
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = json::serialize(body);
    return response;
}

Response problem(const Error &error) {
    const auto [status, title] = meaning(error.code);
    if (status == 500) {
        // What went wrong inside is for the person on call, not for whoever asked.
        log::error("request_failed", {{"code", to_string(error.code)}, log::Field(error)});
        return problem(status, title, "the server could not do this; its log says why");
    }
    return problem(status, title, error.message);
}

} // namespace xueshi::http
