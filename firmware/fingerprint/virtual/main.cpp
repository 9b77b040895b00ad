// xueshi-fingerfeed: puts synthetic or photographed fingers on libfprint's virtual reader.
#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/fingerprint/virtual/feeder.hpp"
#include "firmware/fingerprint/virtual/playlist.hpp"
#include "firmware/fingerprint/virtual/synthetic.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::fingerprint;
using Milliseconds = std::chrono::milliseconds;

struct Options {
    std::filesystem::path socket, playlist;
    std::vector<std::string> files;
    std::int64_t seed = 1, finger = 1, first = 1, impressions = 1, pause_ms = 1000, patience_s = 60, late_s = 30;
};

void declare(Config &config, Options &options) {
    config.path("socket", options.socket, "the reader's socket; default: the environment's FP_VIRTUAL_IMAGE");
    config.path("playlist", options.playlist, "JSON of fingers and the wall times at which they come");
    config.integer("seed", options.seed, 0, std::int64_t{1} << 53, "the synthetic person");
    config.integer("finger", options.finger, 0, 9, "which of the person's fingers");
    config.integer("first", options.first, 0, 1'000'000, "number of the first impression");
    config.integer("impressions", options.impressions, 1, 1000, "how many impressions, one after another");
    config.list("file", options.files, "PNG pictures instead of synthetic prints");
    config.integer("pause-ms", options.pause_ms, 0, 60'000, "at least, between a finger that was read and the next");
    config.integer("patience-s", options.patience_s, 0, 86'400,
                   "how long a finger is offered to a reader that does not listen or scan");
    config.integer("late-s", options.late_s, 0, 86'400, "playlist items later than this are left out");
}

std::vector<PlaylistItem> items_of(const Options &options) {
    std::vector<PlaylistItem> items;
    items.reserve(options.files.size() + static_cast<std::size_t>(options.impressions));
    for (const std::string &file : options.files) {
        items.push_back({.person_seed = 0, .finger = 0, .impression = 0, .file = file, .at_ms = 0});
    }
    for (std::int64_t i = 0; options.files.empty() && i < options.impressions; ++i) {
        items.push_back({.person_seed = static_cast<std::uint64_t>(options.seed),
                         .finger = static_cast<int>(options.finger),
                         .impression = static_cast<int>(options.first + i),
                         .file = {},
                         .at_ms = 0});
    }
    return items;
}

/// Fingers take a second to grow, so each is kept.
class Fingers {
public:
    Expected<Picture> picture(const PlaylistItem &item) {
        if (!item.file.empty()) {
            return picture_of(item);
        }
        const auto key = std::make_pair(item.person_seed, item.finger);
        auto found = fingers_.find(key);
        if (found == fingers_.end()) {
            found = fingers_.try_emplace(key, item.person_seed, item.finger).first;
        }
        return found->second.impression(item.impression);
    }

private:
    std::map<std::pair<std::uint64_t, int>, SyntheticFinger> fingers_;
};

/// The hand: never faster than a person. While the driver looks for minutiae it reads a further picture and drops it.
class Hand {
public:
    explicit Hand(const Options &options) : feeder_(options.socket), pause_(options.pause_ms) {}

    /// Makes the finger ready before it is due.
    Expected<void> grow(const PlaylistItem &item) {
        const auto picture = fingers_.picture(item);
        return picture ? Expected<void>() : tl::unexpected(picture.error());
    }

    Expected<void> show(const PlaylistItem &item, Milliseconds patience) {
        const auto picture = fingers_.picture(item);
        if (!picture) {
            return tl::unexpected(picture.error());
        }
        std::this_thread::sleep_until(earliest_);
        auto shown = feeder_.show(*picture, patience);
        earliest_ = std::chrono::steady_clock::now() + pause_;
        if (shown) {
            log::info("finger_read", {{"impression", item.impression}, {"file", item.file.string()}});
        }
        return shown;
    }

private:
    Feeder feeder_;
    Fingers fingers_;
    Milliseconds pause_;
    std::chrono::steady_clock::time_point earliest_{};
};

Expected<void> feed_now(const Options &options) {
    Hand hand(options);
    for (const PlaylistItem &item : items_of(options)) {
        if (auto shown = hand.show(item, std::chrono::seconds(options.patience_s)); !shown) {
            return shown;
        }
    }
    return {};
}

/// A finger that nobody reads is lifted before the next one is due.
Expected<void> play(const Options &options) {
    const auto text = read_file(options.playlist, 4 << 20);
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto items = parse_playlist(*text, options.playlist.parent_path());
    if (!items) {
        return tl::unexpected(items.error());
    }
    const auto clock = make_system_clock(TimeSource::automatic);
    Hand hand(options);
    for (std::size_t i = 0; i < items->size(); ++i) {
        const PlaylistItem &item = (*items)[i];
        if (auto grown = hand.grow(item); !grown) {
            return grown;
        }
        const std::int64_t early_ms = item.at_ms - clock->now().wall_ms;
        if (early_ms < -options.late_s * 1000) {
            log::warning("finger_too_late", {{"item", i}, {"late_ms", -early_ms}});
            continue;
        }
        std::this_thread::sleep_for(Milliseconds(std::max<std::int64_t>(early_ms, 0)));
        std::int64_t patience_ms = options.patience_s * 1000;
        if (i + 1 < items->size()) {
            patience_ms = std::clamp<std::int64_t>((*items)[i + 1].at_ms - clock->now().wall_ms, 100, patience_ms);
        }
        if (auto shown = hand.show(item, Milliseconds(patience_ms)); !shown) {
            log::warning("finger_not_read", {{"item", i}, log::Field(shown.error())});
        }
    }
    return {};
}

} // namespace

int main(int argc, char **argv) {
    Options options;
    if (const char *socket = std::getenv("FP_VIRTUAL_IMAGE")) {
        options.socket = socket;
    }
    Config config("xueshi-fingerfeed", "Puts synthetic or photographed fingers on libfprint's virtual reader.",
                  "  xueshi-fingerfeed --socket /run/xueshi/finger --seed 11 --finger 1 --impressions 5\n"
                  "  xueshi-fingerfeed --playlist fingers.json\n");
    declare(config, options);
    const auto parsed = config.parse(argc, argv);
    if (!parsed) {
        std::cerr << parsed.error().message << "\n";
        return 2;
    }
    if (*parsed == Config::Outcome::exit) {
        return 0;
    }
    log::start("xueshi-fingerfeed", "info");
    if (options.socket.empty()) {
        std::cerr << "xueshi-fingerfeed: give --socket or set FP_VIRTUAL_IMAGE\n";
        return 2;
    }
    const auto done = options.playlist.empty() ? feed_now(options) : play(options);
    if (!done) {
        log::error("fingerfeed_failed", {log::Field(done.error())});
        return 1;
    }
    return 0;
}
