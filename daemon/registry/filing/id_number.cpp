#include "daemon/registry/filing/id_number.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace xueshi::registry::filing {
namespace {

constexpr std::size_t kDigits = 17;
constexpr int kOldestBirthYear = 1900;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int number_at(std::string_view text, std::size_t at, std::size_t length) {
    int value = 0;
    for (const char c : text.substr(at, length)) {
        value = value * 10 + (c - '0');
    }
    return value;
}

/// ISO 7064 MOD 11-2: weights 2^(17-i) mod 11 over the first 17 digits.
char check_character(std::string_view digits) {
    constexpr std::array weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    constexpr std::string_view characters = "10X98765432";
    std::size_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += static_cast<std::size_t>(weights[i] * (digits[i] - '0'));
    }
    return characters[sum % characters.size()];
}

/// Full-width forms U+FF01 to U+FF5E, as Chinese input methods give them.
bool has_full_width(std::string_view text) {
    return text.find("\xEF\xBC") != std::string_view::npos || text.find("\xEF\xBD") != std::string_view::npos;
}

tl::unexpected<Error> wrong(std::string why) {
    return fail(ErrorCode::invalid_argument, std::move(why));
}

Expected<void> check_birth_date(std::string_view digits, std::int64_t now_ms) {
    namespace chrono = std::chrono;
    const chrono::year_month_day birth{chrono::year(number_at(digits, 6, 4)),
                                       chrono::month(static_cast<unsigned>(number_at(digits, 10, 2))),
                                       chrono::day(static_cast<unsigned>(number_at(digits, 12, 2)))};
    if (!birth.ok() || static_cast<int>(birth.year()) < kOldestBirthYear) {
        return wrong("digits 7 to 14 are no birth date");
    }
    // The day that Shanghai (UTC+8) has now.
    const chrono::sys_time<chrono::milliseconds> shanghai{chrono::milliseconds(now_ms) + chrono::hours(8)};
    if (chrono::sys_days(birth) > chrono::floor<chrono::days>(shanghai)) {
        return wrong("the birth date lies in the future");
    }
    return {};
}

} // namespace

Expected<std::string> check_id_number(std::string_view text, std::int64_t now_ms) {
    if (has_full_width(text)) {
        return wrong("full-width digits or letters: write them in half width");
    }
    if (text.size() == 15 && std::ranges::all_of(text, is_digit)) {
        return wrong("15 digits: such numbers are valid no longer, the one of 18 is needed");
    }
    if (text.size() != kDigits + 1) {
        return wrong("must have 18 characters (a spreadsheet may have cut it: format the column as text)");
    }
    std::string number(text);
    number.back() = number.back() == 'x' ? 'X' : number.back();
    const auto digits = std::string_view(number).substr(0, kDigits);
    if (!std::ranges::all_of(digits, is_digit) || !(is_digit(number.back()) || number.back() == 'X')) {
        return wrong("must be 17 digits and a digit or X");
    }
    if (number.front() == '0') {
        return wrong("begins with no region");
    }
    if (number.back() != check_character(digits)) {
        return wrong("the last character does not check the others (MOD 11-2): a digit is wrong");
    }
    if (auto birth = check_birth_date(digits, now_ms); !birth) {
        return tl::unexpected<Error>(birth.error());
    }
    return number;
}

} // namespace xueshi::registry::filing
