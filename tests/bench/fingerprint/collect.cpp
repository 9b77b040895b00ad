#include "tests/bench/fingerprint/collect.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>

#include <fmt/format.h>

#include "firmware/fingerprint/virtual/synthetic.hpp"
#include "tests/support/virtual_finger_reader.hpp"

namespace xueshi::bench {
namespace {

constexpr int kImpressions = 8;

/// Error: there is no folder for its socket, or libfprint has no such driver.
Expected<std::unique_ptr<test::VirtualFingerReader>> open_virtual_reader() {
    try {
        return std::make_unique<test::VirtualFingerReader>();
    } catch (const std::exception &thrown) {
        return fail(ErrorCode::unavailable, std::string("libfprint's virtual reader cannot be used: ") + thrown.what());
    }
}

class Collector {
public:
    Expected<void> start() {
        auto opened = open_virtual_reader();
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        virtual_reader_ = std::move(*opened);
        return virtual_reader_->reader->start(virtual_reader_->callbacks());
    }

    Expected<void> add(const std::string &set, int finger, int number, const fingerprint::Picture &picture) {
        const auto result = virtual_reader_->scan(picture);
        if (!result) {
            return fail(ErrorCode::timeout, fmt::format("{} {}_{}: the reader does not answer", set, finger, number));
        }
        if (const auto *impression = std::get_if<fingerprint::Impression>(&*result)) {
            collected.samples.push_back({set, finger, number, *impression});
            collected.pictures_of_samples.push_back(picture);
        } else {
            collected.rejected.push_back({set, finger, number, {}});
        }
        if (collected.pictures() % 20 == 0) {
            std::cerr << fmt::format("{} pictures read, {} rejected\n", collected.pictures(),
                                     collected.rejected.size());
        }
        return {};
    }

    Collected collected;

private:
    std::unique_ptr<test::VirtualFingerReader> virtual_reader_;
};

/// "104_7.png" is finger 104, impression 7.
bool parse_name(const std::string &stem, int &finger, int &number) {
    const char *end = stem.data() + stem.size();
    const auto first = std::from_chars(stem.data(), end, finger);
    return first.ec == std::errc{} && first.ptr != end && *first.ptr == '_' &&
           std::from_chars(first.ptr + 1, end, number).ptr == end;
}

struct Named {
    int finger, number;
    std::filesystem::path file;
};

/// By finger, then impression. Error: names the folder.
Expected<std::vector<Named>> pictures_in(const std::filesystem::path &folder) {
    std::error_code error;
    std::vector<Named> pictures;
    std::size_t others = 0;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        int finger = 0, number = 0;
        std::error_code none;
        if (entry->is_regular_file(none) && entry->path().extension() == ".png" &&
            parse_name(entry->path().stem(), finger, number)) {
            pictures.push_back({finger, number, entry->path()});
        } else {
            ++others;
        }
    }
    if (error) {
        return fail(ErrorCode::not_found, folder.string() + ": " + error.message());
    }
    if (pictures.empty()) {
        return fail(ErrorCode::not_found,
                    fmt::format("{}: none of its {} files is a <finger>_<impression>.png", folder.string(), others));
    }
    if (others > 0) {
        std::cerr << fmt::format("{}: {} files are no <finger>_<impression>.png and left out\n", folder.string(),
                                 others);
    }
    std::ranges::sort(pictures, {}, [](const Named &one) { return std::tuple(one.finger, one.number, one.file); });
    return pictures;
}

/// `set`: the fingers of two sets are different ones, whatever their numbers.
Expected<void> add_folder(Collector &collector, const std::filesystem::path &folder, const std::string &set) {
    const auto pictures = pictures_in(folder);
    if (!pictures) {
        return tl::unexpected(pictures.error());
    }
    for (const Named &named : *pictures) {
        const auto picture = fingerprint::read_png(named.file);
        if (!picture) { // a sensor that gives such a picture has acquired nothing
            std::cerr << fmt::format("{}; it counts as a failure to acquire\n", picture.error().message);
            collector.collected.rejected.push_back({set, named.finger, named.number, {}});
            continue;
        }
        if (auto added = collector.add(set, named.finger, named.number, *picture); !added) {
            return added;
        }
    }
    return {};
}

/// A set is called as its folder, with the folder about it where two are called alike. Error: names the two that still
/// are.
Expected<std::map<std::string, std::filesystem::path>> sets_of(const std::vector<std::string> &folders) {
    std::map<std::string, int> called;
    std::vector<std::filesystem::path> paths;
    for (const std::string &folder : folders) {
        std::error_code error;
        const auto path = std::filesystem::weakly_canonical(folder, error); // "set/" is "set"
        paths.push_back(error ? std::filesystem::path(folder) : path);
        ++called[paths.back().filename().string()];
    }
    std::map<std::string, std::filesystem::path> sets;
    for (const auto &path : paths) {
        const auto own = path.filename();
        const auto name = called[own.string()] > 1 ? path.parent_path().filename() / own : own;
        const auto [place, is_new] = sets.emplace(name.string(), path);
        if (!is_new) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("{} and {}: two sets of one name, whose fingers could not be told apart",
                                    place->second.string(), path.string()));
        }
    }
    return sets;
}

} // namespace

Expected<Collected> collect(const std::vector<std::string> &folders, int synthetic, std::uint64_t first_seed) {
    Collector collector;
    if (auto started = collector.start(); !started) {
        return tl::unexpected(started.error());
    }
    const auto sets = sets_of(folders);
    if (!sets) {
        return tl::unexpected(sets.error());
    }
    for (const auto &[set, folder] : *sets) {
        if (auto added = add_folder(collector, folder, set); !added) {
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

Expected<void> leave_out(Collected &collected, const std::string &finger) {
    const auto is_that = [&](const Sample &sample) {
        return fmt::format("{}/{}", sample.set, sample.finger) == finger;
    };
    if (std::ranges::none_of(collected.samples, is_that) && std::ranges::none_of(collected.rejected, is_that)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("leave out {}: no such finger; SET/FINGER is a folder's name and a number, as in "
                                "fvc2004_db3_b/102",
                                finger));
    }
    Collected kept;
    for (std::size_t i = 0; i < collected.samples.size(); ++i) {
        if (!is_that(collected.samples[i])) {
            kept.samples.push_back(std::move(collected.samples[i]));
            kept.pictures_of_samples.push_back(std::move(collected.pictures_of_samples[i]));
        }
    }
    std::ranges::copy_if(collected.rejected, std::back_inserter(kept.rejected), std::not_fn(is_that));
    collected = std::move(kept);
    return {};
}

} // namespace xueshi::bench
