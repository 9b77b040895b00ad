#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/crash/states/script.hpp"

namespace xueshi::test::crash {

struct EnumerateOptions {
    std::uint64_t states = 3'000; ///< distinct ones that are enough
    std::uint64_t stop_after = 0; ///< stop at so many wrong ones (a control has shown what it should); 0: never
    std::uint64_t seed = 1;
    unsigned workers = 2;
    std::filesystem::path directory; ///< to work in; on a tmpfs it is fast
    std::filesystem::path keep;      ///< where the first wrong state is left; empty: nowhere
    std::function<void(std::uint64_t states)> progress;
};

struct EnumerateResult {
    std::uint64_t states = 0;  ///< distinct contents of the disk
    std::uint64_t checked = 0; ///< distinct pairs of content and promises: one content may follow two promises
    std::uint64_t built = 0;
    std::uint64_t second_cuts = 0; ///< states whose recovery was cut as well
    std::uint64_t lost = 0, corrupt = 0, half = 0;
    std::vector<std::string> findings; ///< the first ones in words
    std::uint64_t wrong() const { return lost + corrupt + half; }
};

/// Builds the states that a power cut may leave at every boundary of the script, pass after pass with other fates for
/// what was not synced, and judges each. Works in child processes; one that dies counts as corrupt.
EnumerateResult enumerate(const Script &script, const EnumerateOptions &options);

} // namespace xueshi::test::crash
