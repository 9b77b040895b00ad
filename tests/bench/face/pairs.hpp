#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::bench {

/// A line of a pairs file: its texts, and the last column as yes or no.
struct LabelledLine {
    std::vector<std::string> texts;
    bool same = false;
};

/// Lines after the head line, if there is one, `columns` fields each, the last 1/0, yes/no or true/false. Error: names
/// the file, and the line when it is none of this form; not_found when there is no line at all.
Expected<std::vector<LabelledLine>> read_pairs(const std::filesystem::path &path, std::size_t columns);

/// Which half of the people each pair is of: 0 or 1; nothing where its people are in different halves. Pictures that
/// pairs call the same, over however many steps, are one person. A line has two texts, the pictures.
std::vector<std::optional<std::size_t>> halves_of(const std::vector<LabelledLine> &pairs);

/// The number of the person whose picture each pair's first is, as the halves tell people apart.
std::vector<std::uint32_t> first_people(const std::vector<LabelledLine> &pairs);

/// What lies in the folder, sorted by name. Error: names the folder.
Expected<std::vector<std::filesystem::path>> entries_of(const std::filesystem::path &folder);

} // namespace xueshi::bench
