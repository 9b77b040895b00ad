#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>

#include "tests/crash/states/script.hpp"

namespace xueshi::test::crash {

enum class Wrong {
    lost,    ///< something acknowledged is not there
    corrupt, ///< something cannot be opened, does not verify, or is not what was written
    half     ///< something is neither old nor new
};
struct Finding {
    Wrong what;
    std::string text;
};

/// Opens what a power cut left with the product's own code and holds it against what was promised. The power may go a
/// second time while the product puts things right: so what it does then is cut at a random place as well, and opened
/// again. Works in a directory of its own.
class Judge {
public:
    Judge(const Script &script, std::filesystem::path directory, std::uint64_t seed)
        : script_(script), directory_(std::move(directory)), random_(seed) {}

    std::optional<Finding> judge(const Image &image, const Progress &progress);
    /// Of so many states it cut the recovery too.
    std::uint64_t second_cuts() const { return second_cuts_; }

private:
    using Check = std::optional<Finding> (Judge::*)(const Progress &);
    /// The part of the image that `prefixes` name is checked only when it was not seen with these promises before.
    std::optional<Finding> part(const Image &image, std::initializer_list<std::string_view> prefixes,
                                std::uint64_t promises, const Progress &progress, Check check);
    void lay_out(const Image &image) const;
    /// Of a disk whose recovery was `ops`.
    std::optional<Finding> cut_again(const Image &image, const std::deque<Op> &ops, const Progress &progress,
                                     Check check);
    std::optional<Finding> check_terminal(const Progress &progress);
    std::optional<Finding> check_keys(const Progress &progress);
    std::optional<Finding> check_events(const Progress &progress);
    std::optional<Finding> check_media(const record::StoredEvent &event);
    std::optional<Finding> check_films(const Progress &progress);
    std::optional<Finding> check_clips();
    std::optional<Finding> check_gallery(const Progress &progress);
    std::optional<Finding> check_sync(const Progress &progress);

    const Script &script_;
    std::filesystem::path directory_;
    std::mt19937_64 random_;
    std::unordered_set<std::uint64_t> seen_;
    std::uint64_t second_cuts_ = 0;
};

std::uint64_t hash_of(const Image &image);

} // namespace xueshi::test::crash
