#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace xueshi::checkin {

/// What may be consented to, each alone: face and finger before their first capture; clips that leave the device; the
/// attendance passed to the bureau.
inline constexpr std::array<std::string_view, 4> kPurposes{"face", "finger", "clips_leave_device", "passed_to_bureau"};
bool is_purpose(std::string_view purpose);

/// A text as it is shown; its hash goes into the event, so that what was agreed to can be shown again.
struct ConsentText {
    std::string_view purpose;
    std::string_view language;  ///< BCP 47
    std::string_view retention; ///< in one word, as the text says
    std::string_view text;
};
std::span<const ConsentText> consent_texts();
/// nullptr: there is no such text.
const ConsentText *consent_text(std::string_view purpose, std::string_view language);
const ConsentText *consent_text_of_hash(std::string_view purpose, std::string_view text_hash);
/// SHA-256 in hex.
std::string hash_of(const ConsentText &text);

} // namespace xueshi::checkin
