#include "daemon/wire/problem.hpp"

#include <algorithm>

#include "firmware/core/base/json.hpp"

namespace xueshi::wire {
namespace {

constexpr std::size_t kMaxWords = 400;

} // namespace

ErrorCode code_of_status(unsigned status) {
    switch (status) {
    case 400:
    case 422:
        return ErrorCode::invalid_argument;
    case 401:
    case 403:
        return ErrorCode::denied;
    case 404:
        return ErrorCode::not_found;
    case 409:
        return ErrorCode::conflict;
    case 413:
        return ErrorCode::too_large;
    case 504:
        return ErrorCode::timeout;
    case 507:
        return ErrorCode::no_space;
    default:
        return status == 429 || status >= 500 ? ErrorCode::unavailable : ErrorCode::unsupported;
    }
}

std::string words_of_problem(std::string_view body) {
    const json::Limits limits{.bytes = 64 * 1024, .depth = 8};
    const auto value = json::parse(body, limits);
    if (!value || !value->is_object()) {
        return {};
    }
    for (const auto *key : {"detail", "title"}) {
        const auto *text = value->get_object().if_contains(key);
        if (text == nullptr || !text->is_string() || text->get_string().empty() ||
            text->get_string().size() > kMaxWords) {
            continue;
        }
        std::string out(text->get_string());
        std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
        return out;
    }
    return {};
}

} // namespace xueshi::wire
