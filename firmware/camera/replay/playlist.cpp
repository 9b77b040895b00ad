#include "firmware/camera/replay/playlist.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "firmware/core/base/json.hpp"

namespace xueshi::camera::replay {
namespace {

constexpr std::int64_t kMaxWallMs = 253'402'300'799'999; ///< end of the year 9999
constexpr std::int64_t kMaxPixel = 8192;
constexpr std::array kExtensions{".jpg", ".jpeg", ".png", ".mp4"};

Slot read_slot(json::ObjectReader &reader) {
    const auto text = reader.optional_string("slot", 16).value_or("centre");
    if (text == "left") {
        return Slot::left;
    }
    if (text == "right") {
        return Slot::right;
    }
    if (text != "centre") {
        reader.error("slot", "left, centre or right");
    }
    return Slot::centre;
}

std::optional<cv::Rect> read_face(json::ObjectReader &reader) {
    const auto *value = reader.optional("face");
    if (value == nullptr) {
        return std::nullopt;
    }
    json::ObjectReader face(*value, reader.path("face"));
    const auto read = [&](std::string_view key, std::int64_t least) {
        return static_cast<int>(face.integer(key, least, kMaxPixel));
    };
    const cv::Rect rect(read("x", 0), read("y", 0), read("width", 8), read("height", 8));
    if (const auto finished = face.finish(); !finished) {
        reader.error("face", finished.error().message);
    }
    return rect;
}

std::filesystem::path read_file_name(json::ObjectReader &reader, const std::filesystem::path &directory) {
    const std::filesystem::path file = reader.string("file", 4096);
    const auto extension = file.extension().string();
    if (std::ranges::find(kExtensions, extension) == kExtensions.end()) {
        reader.error("file", "a .jpg, .jpeg, .png or .mp4 file");
    }
    return file.is_absolute() ? file : directory / file;
}

template <typename Span>
void read_span(json::ObjectReader &reader, Span &span) {
    span.from_ms = reader.integer("from_ms", 0, kMaxWallMs);
    span.until_ms = reader.integer("until_ms", 0, kMaxWallMs);
    if (reader.ok() && span.until_ms <= span.from_ms) {
        reader.error("until_ms", "after from_ms");
    }
}

Expected<Item> read_item(const json::Value &value, const std::string &path, const std::filesystem::path &directory) {
    json::ObjectReader reader(value, path);
    Item item;
    item.file = read_file_name(reader, directory);
    read_span(reader, item);
    item.motion_seed = static_cast<std::uint32_t>(reader.optional_integer("motion_seed", 0, UINT32_MAX).value_or(0));
    item.slot = read_slot(reader);
    item.face = read_face(reader);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected<Error>(finished.error());
    }
    return item;
}

Expected<Unplugged> read_unplugged(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    Unplugged span;
    if (!reader.boolean("unplugged")) {
        reader.error("unplugged", "true, or leave it out");
    }
    read_span(reader, span);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected<Error>(finished.error());
    }
    return span;
}

Expected<void> read_into(Playlist &playlist, const json::Value &value, const std::string &path,
                         const std::filesystem::path &directory) {
    if (value.is_object() && value.get_object().contains("unplugged")) {
        const auto span = read_unplugged(value, path);
        if (!span) {
            return tl::unexpected<Error>(span.error());
        }
        playlist.unplugged.push_back(*span);
        return {};
    }
    auto item = read_item(value, path, directory);
    if (!item) {
        return tl::unexpected<Error>(item.error());
    }
    playlist.items.push_back(std::move(*item));
    return {};
}

} // namespace

bool Playlist::is_unplugged(std::int64_t wall_ms) const {
    return std::ranges::any_of(
        unplugged, [&](const Unplugged &span) { return span.from_ms <= wall_ms && wall_ms < span.until_ms; });
}

Expected<Playlist> parse_playlist(std::string_view text, const std::filesystem::path &directory) {
    const auto value = json::parse(text, {kMaxPlaylistBytes, 4});
    if (!value) {
        return fail(value, "playlist");
    }
    json::ObjectReader reader(*value, "playlist");
    reader.integer("version", 1, 1);
    const auto &items = reader.array("items", kMaxPlaylistItems);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected<Error>(finished.error());
    }
    Playlist playlist;
    playlist.items.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (auto read = read_into(playlist, items[i], fmt::format("playlist.items[{}]", i), directory); !read) {
            return tl::unexpected<Error>(read.error());
        }
    }
    return playlist;
}

} // namespace xueshi::camera::replay
