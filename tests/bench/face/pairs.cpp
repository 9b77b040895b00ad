#include "tests/bench/face/pairs.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

namespace {

constexpr std::size_t kFileLimit = 64 << 20;

std::optional<bool> yes_or_no(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (text == "1" || text == "yes" || text == "true") {
        return true;
    }
    return text == "0" || text == "no" || text == "false" ? std::optional(false) : std::nullopt;
}

std::optional<LabelledLine> parse(const std::string &line, std::size_t columns) {
    LabelledLine parsed;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) {
        parsed.texts.push_back(std::move(field));
    }
    if (parsed.texts.size() != columns || std::ranges::any_of(parsed.texts, &std::string::empty)) {
        return std::nullopt;
    }
    const auto same = yes_or_no(std::move(parsed.texts.back()));
    parsed.texts.pop_back();
    parsed.same = same.value_or(false);
    return same ? std::optional(std::move(parsed)) : std::nullopt;
}

/// Sets of pictures of one person, by union-find.
class People {
public:
    explicit People(const std::vector<LabelledLine> &pairs) {
        for (const auto &pair : pairs) {
            const auto left = person_of(pair.texts[0]);
            const auto right = person_of(pair.texts[1]);
            if (pair.same) {
                parent_[right] = left;
            }
        }
    }
    /// A picture that stands for the person.
    std::string person_of(const std::string &picture) {
        auto &parent = parent_.emplace(picture, picture).first->second;
        if (parent != picture) {
            parent = person_of(parent);
        }
        return parent;
    }

private:
    std::map<std::string, std::string> parent_;
};

} // namespace

std::vector<std::optional<std::size_t>> halves_of(const std::vector<LabelledLine> &pairs) {
    People people(pairs);
    std::map<std::string, std::size_t> half_of;
    std::array<std::size_t, 2> lines{}; // the half with fewer takes the next person
    std::vector<std::optional<std::size_t>> halves;
    for (const auto &pair : pairs) {
        const auto left = people.person_of(pair.texts[0]);
        const auto right = people.person_of(pair.texts[1]);
        const auto half = half_of.emplace(left, lines[0] <= lines[1] ? 0 : 1).first->second;
        const bool within = half_of.emplace(right, half).first->second == half;
        lines[half] += within ? 1 : 0;
        halves.push_back(within ? std::optional(half) : std::nullopt);
    }
    return halves;
}

std::vector<std::uint32_t> first_people(const std::vector<LabelledLine> &pairs) {
    People people(pairs);
    std::map<std::string, std::uint32_t> numbers;
    std::vector<std::uint32_t> first;
    for (const auto &pair : pairs) {
        const auto next = static_cast<std::uint32_t>(numbers.size());
        first.push_back(numbers.emplace(people.person_of(pair.texts[0]), next).first->second);
    }
    return first;
}

Expected<std::vector<LabelledLine>> read_pairs(const std::filesystem::path &path, std::size_t columns) {
    const auto text = read_file(path, kFileLimit);
    if (!text) {
        return fail(text, "pairs file " + path.string());
    }
    std::vector<LabelledLine> lines;
    std::istringstream stream(*text);
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        ++number;
        if (line.empty()) {
            continue;
        }
        auto parsed = parse(line, columns);
        if (!parsed && number == 1) {
            continue; // the head line
        }
        if (!parsed) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("{}: line {} is not {} fields with 1, 0, Yes or No at the end", path.string(),
                                    number, columns));
        }
        lines.push_back(std::move(*parsed));
    }
    if (lines.empty()) {
        return fail(ErrorCode::not_found, path.string() + ": names no pairs");
    }
    return lines;
}

Expected<std::vector<std::filesystem::path>> entries_of(const std::filesystem::path &folder) {
    std::error_code error;
    std::vector<std::filesystem::path> entries;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        entries.push_back(entry->path());
    }
    if (error) {
        return fail(ErrorCode::not_found, folder.string() + ": " + error.message());
    }
    std::ranges::sort(entries);
    return entries;
}

} // namespace xueshi::bench
