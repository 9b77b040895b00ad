#include "daemon/upstream/xueshi/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "daemon/wire/problem.hpp"

namespace xueshi::upstream {
namespace {

constexpr int kLongestRetryAfter = 24 * 3600;

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
    const std::string why = wire::words_of_problem(response.body);
    Refusal out;
    out.status = response.status;
    out.retry_after_s = retry_after_s(response);
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
