#include "daemon/upstream/xueshi/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "firmware/core/base/json.hpp"

namespace xueshi::upstream {
namespace {

constexpr int kLongestRetryAfter = 24 * 3600;
constexpr std::size_t kMaxWords = 400;

ErrorCode code_of(unsigned status) {
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

/// `detail`, else `title`, of a problem; empty when the body is none. It ends on a screen: short and printable.
std::string words(const transport::HttpResponse &response) {
    const json::Limits limits{.bytes = 64 * 1024, .depth = 8};
    const auto value = json::parse(response.body, limits);
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

/// IMF-fixdate, RFC 9110 section 5.6.7. The program never leaves the "C" locale.
std::optional<std::time_t> http_date(const std::string &text) {
    std::tm parts{};
    const char *end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') {
        return std::nullopt;
    }
    return ::timegm(&parts);
}

} // namespace

int retry_after_s(const transport::HttpResponse &response) {
    const auto header = response.headers.find("retry-after");
    if (header == response.headers.end()) {
        return -1;
    }
    const std::string &text = header->second;
    std::int64_t seconds = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc::result_out_of_range) {
        return kLongestRetryAfter;
    }
    if (error != std::errc{} || end != text.data() + text.size()) {
        const auto date = response.headers.find("date");
        const auto until = http_date(text);
        const auto from = date == response.headers.end() ? std::nullopt : http_date(date->second);
        if (!until || !from) {
            return -1;
        }
        seconds = std::max<std::int64_t>(0, *until - *from);
    }
    return seconds < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(seconds, kLongestRetryAfter));
}

Refusal refusal(const transport::HttpResponse &response) {
    const std::string why = words(response);
    Refusal out;
    out.status = response.status;
    out.retry_after_s = retry_after_s(response);
    out.error = Error{code_of(response.status), why.empty() ? fmt::format("HTTP {}", response.status)
                                                            : fmt::format("HTTP {}: {}", response.status, why)};
    return out;
}

} // namespace xueshi::upstream
