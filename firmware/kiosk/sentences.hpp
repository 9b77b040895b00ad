#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/kiosk/static_files.hpp"

/// Internal to the room.
namespace xueshi::kiosk {

/// What a page may have said aloud: words that lie beside it as say-<language>-<word>.ogg, one after the other.
/// Thread-bound.
class Sentences {
public:
    static constexpr std::size_t kMostWords = 64; ///< a call with three long numbers
    static constexpr int kMostASecond = 8;        ///< of all pages; nobody understands even as many

    /// `files` outlive it.
    explicit Sentences(const StaticFiles &files) : files_(files) {}

    /// The files of `{"language","words"}`. Errors: `invalid_argument`, `not_found` for a word that nobody has spoken,
    /// `unavailable` when there are too many sentences.
    Expected<std::vector<std::filesystem::path>> read(const json::Object &arguments, std::int64_t now_boot_ms);

private:
    const StaticFiles &files_;
    std::int64_t second_ = -1; ///< of boot time
    int in_it_ = 0;
};

} // namespace xueshi::kiosk
