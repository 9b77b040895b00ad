#pragma once

#include <filesystem>
#include <optional>
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

/// Opens what a power cut left with the product's own code and holds it against what was promised. Works in a
/// directory of its own.
class Judge {
public:
    Judge(const Script &script, std::filesystem::path directory) : script_(script), directory_(std::move(directory)) {}

    std::optional<Finding> judge(const Image &image, const Progress &progress);

private:
    using Check = std::optional<Finding> (Judge::*)(const Progress &);
    /// The part of the image that `prefixes` name is checked only when it was not seen with these promises before.
    std::optional<Finding> part(const Image &image, std::initializer_list<std::string_view> prefixes,
                                std::uint64_t promises, const Progress &progress, Check check);
    std::optional<Finding> check_terminal(const Progress &progress);
    std::optional<Finding> check_keys(const Progress &progress);
    std::optional<Finding> check_events(const Progress &progress);
    std::optional<Finding> check_media(const record::StoredEvent &event);
    std::optional<Finding> check_gallery(const Progress &progress);
    std::optional<Finding> check_sync(const Progress &progress);

    const Script &script_;
    std::filesystem::path directory_;
    std::unordered_set<std::uint64_t> seen_;
};

std::uint64_t hash_of(const Image &image);

} // namespace xueshi::test::crash
