#include "tests/bench/fingerprint/collect.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "firmware/fingerprint/virtual/synthetic.hpp"
#include "tests/support/virtual_finger_reader.hpp"

namespace xueshi::bench {
namespace {

constexpr int kImpressions = 8;

class Collector {
public:
    Expected<void> start() { return virtual_reader_.reader->start(virtual_reader_.callbacks()); }

    Expected<void> add(const std::string &set, int finger, int number, const fingerprint::Picture &picture) {
        ++collected.pictures;
        const auto result = virtual_reader_.scan(picture);
        if (!result) {
            return fail(ErrorCode::timeout, fmt::format("{} {}_{}: the reader does not answer", set, finger, number));
        }
        if (const auto *impression = std::get_if<fingerprint::Impression>(&*result)) {
            collected.samples.push_back({set, finger, number, *impression});
            collected.pictures_of_samples.push_back(picture);
        } else {
            ++collected.unusable;
        }
        if (collected.pictures % 20 == 0) {
            std::cerr << fmt::format("{} pictures read, {} unusable\n", collected.pictures, collected.unusable);
        }
        return {};
    }

    Collected collected;

private:
    test::VirtualFingerReader virtual_reader_;
};

/// "104_7.png" is finger 104, impression 7.
bool parse_name(const std::string &stem, int &finger, int &number) {
    const char *end = stem.data() + stem.size();
    const auto first = std::from_chars(stem.data(), end, finger);
    return first.ec == std::errc{} && first.ptr != end && *first.ptr == '_' &&
           std::from_chars(first.ptr + 1, end, number).ptr == end;
}

Expected<void> add_folder(Collector &collector, const std::filesystem::path &folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::directory_iterator(folder, error)) {
        files.push_back(entry.path());
    }
    if (error) {
        return fail(ErrorCode::not_found, folder.string() + ": " + error.message());
    }
    std::sort(files.begin(), files.end());
    for (const auto &file : files) {
        int finger = 0, number = 0;
        if (file.extension() != ".png" || !parse_name(file.stem(), finger, number)) {
            continue;
        }
        const auto picture = fingerprint::read_png(file);
        if (!picture) {
            return tl::unexpected(picture.error());
        }
        if (auto added = collector.add(folder.filename(), finger, number, *picture); !added) {
            return added;
        }
    }
    return {};
}

} // namespace

Expected<Collected> collect(const std::vector<std::string> &folders, int synthetic, std::uint64_t first_seed) {
    Collector collector;
    if (auto started = collector.start(); !started) {
        return tl::unexpected(started.error());
    }
    for (const std::string &folder : folders) {
        if (auto added = add_folder(collector, folder); !added) {
            return tl::unexpected(added.error());
        }
    }
    for (int finger = 0; finger < synthetic; ++finger) {
        const fingerprint::SyntheticFinger made(first_seed + static_cast<std::uint64_t>(finger), 1);
        for (int number = 1; number <= kImpressions; ++number) {
            if (auto added = collector.add("synthetic", finger, number, made.impression(number)); !added) {
                return tl::unexpected(added.error());
            }
        }
    }
    return std::move(collector.collected);
}

} // namespace xueshi::bench
