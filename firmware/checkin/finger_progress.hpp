#pragma once

#include <chrono>
#include <string_view>

#include "firmware/checkin/status.hpp"

/// What both ways of enrolling a finger have in common.
namespace xueshi::checkin {

inline constexpr std::size_t kMostFingers = 3; ///< of a person
inline constexpr std::int64_t kFingerSilenceMs = 60'000;
inline constexpr std::chrono::milliseconds kLookAgain(100); ///< whether the watcher is still there
inline constexpr const char *kNotEnough = "not enough good impressions of one finger; nothing was kept";
inline constexpr const char *kReaderGone = "the fingerprint reader was unplugged; nothing was kept";

/// How far it is, and the sentence for who presses.
inline json::Object finger_progress(std::size_t done, std::size_t of, Guidance guidance) {
    const auto words = text(guidance);
    return json::Object{
        {"stage", done}, {"of", of}, {"guidance", to_string(guidance)}, {"text_zh", words.zh}, {"text_en", words.en}};
}

} // namespace xueshi::checkin
