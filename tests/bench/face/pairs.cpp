#include "tests/bench/face/pairs.hpp"

#include <algorithm>
#include <cctype>
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

} // namespace

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
        if (++number == 1 || line.empty()) {
            continue; // the head line
        }
        auto parsed = parse(line, columns);
        if (!parsed) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("{}: line {} is not {} fields with 1, 0, Yes or No at the end", path.string(),
                                    number, columns));
        }
        lines.push_back(std::move(*parsed));
    }
    if (lines.empty()) {
        return fail(ErrorCode::not_found, path.string() + ": names no pairs after its head line");
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
