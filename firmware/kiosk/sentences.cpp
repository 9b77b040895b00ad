#include "firmware/kiosk/sentences.hpp"

#include <utility>

namespace xueshi::kiosk {

namespace {

constexpr std::size_t kMostLanguageBytes = 16, kMostWordBytes = 64;

} // namespace

Expected<std::vector<std::filesystem::path>> Sentences::read(const json::Object &arguments, std::int64_t now_boot_ms) {
    const auto second = now_boot_ms / 1'000;
    if (std::exchange(second_, second) != second) {
        in_it_ = 0;
    }
    if (++in_it_ > kMostASecond) {
        return fail(ErrorCode::unavailable,
                    "too many sentences: " + std::to_string(kMostASecond) + " a second are said at most");
    }
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    const auto language = reader.string("language", kMostLanguageBytes);
    const auto &words = reader.array("words", kMostWords);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    std::vector<std::filesystem::path> files;
    for (const auto &word : words) {
        if (!word.is_string() || word.get_string().size() > kMostWordBytes) {
            return fail(ErrorCode::invalid_argument, "arguments.words: names of prompts, such as check_in");
        }
        const auto *file = files_.find("/say-" + language + "-" + std::string(word.get_string()) + ".ogg");
        if (file == nullptr) {
            return fail(ErrorCode::not_found, "arguments.words: there is no such prompt in this language");
        }
        files.push_back(*file);
    }
    if (files.empty()) {
        return fail(ErrorCode::invalid_argument, "arguments.words: at least one");
    }
    return files;
}

} // namespace xueshi::kiosk
