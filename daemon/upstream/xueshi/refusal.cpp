#include "daemon/upstream/xueshi/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "daemon/wire/problem.hpp"

namespace xueshi::upstream {
namespace {

constexpr int kLongestRetryAfter = 24 * 3600;

/// RFC 9110 section 5.6.7: IMF-fixdate, or one of the two obsolete forms, which recipients must read as well. The
/// program never leaves the "C" locale.
std::optional<std::time_t> http_date(const std::string &text) {
    for (const char *form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::tm parts{};
        const char *end = ::strptime(text.c_str(), form, &parts);
        if (end != nullptr && *end == '\0') {
            return ::timegm(&parts);
        }
    }
    return std::nullopt;
}

/// From the answer's own date on; without one by the device's clock, where that gives a time that can be meant.
std::int64_t seconds_until(std::time_t moment, const transport::HttpResponse &response, std::time_t now) {
    const auto date = response.headers.find("date");
    const auto from = date == response.headers.end() ? std::nullopt : http_date(date->second);
    std::int64_t seconds = moment;
    seconds -= from.value_or(now);
    const bool clock_is_off = !from && std::abs(seconds) > kLongestRetryAfter;
    return clock_is_off ? -1 : std::max<std::int64_t>(0, seconds);
}

} // namespace

int retry_after_s(const transport::HttpResponse &response, std::time_t now) {
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
        const auto until = http_date(text);
        seconds = until ? seconds_until(*until, response, now) : -1;
    }
    return seconds < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(seconds, kLongestRetryAfter));
}

Refusal refusal(const transport::HttpResponse &response) {
    const std::string why = wire::words_of_problem(response.body);
    Refusal out;
    out.status = response.status;
    out.retry_after_s = retry_after_s(response, std::time(nullptr));
    out.error =
        Error{wire::code_of_status(response.status),
              why.empty() ? fmt::format("HTTP {}", response.status) : fmt::format("HTTP {}: {}", response.status, why)};
    return out;
}

Refusal no_answer(const Error &error) {
    Refusal out;
    out.error = error;
    return out;
}

Refusal unreadable(unsigned status, const Error &error) {
    Refusal out;
    out.status = status;
    out.error = Error{ErrorCode::corrupt, error.message};
    return out;
}

} // namespace xueshi::upstream
