#include "firmware/fingerprint/virtual/playlist.hpp"

#include <fmt/format.h>

#include "firmware/core/base/json.hpp"
#include "firmware/fingerprint/virtual/synthetic.hpp"

namespace xueshi::fingerprint {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 53;
constexpr std::size_t kMaxItems = 10'000;

PlaylistItem read_item(json::ObjectReader &reader, const std::filesystem::path &folder) {
    PlaylistItem item;
    item.at_ms = reader.integer("at_ms", 0, kMost);
    if (const auto file = reader.optional_string("file")) {
        item.file = folder / *file;
        return item;
    }
    item.person_seed = static_cast<std::uint64_t>(reader.integer("person_seed", 0, kMost));
    item.finger = static_cast<int>(reader.integer("finger", 0, 9));
    item.impression = static_cast<int>(reader.integer("impression", 0, 1'000'000));
    return item;
}

} // namespace

Expected<std::vector<PlaylistItem>> parse_playlist(std::string_view text, const std::filesystem::path &folder) {
    const auto value = json::parse(text, {.bytes = 4 << 20, .depth = 4});
    if (!value) {
        return fail(value, "playlist");
    }
    json::ObjectReader reader(*value, "playlist");
    reader.integer("version", 1, 1);
    std::vector<PlaylistItem> items;
    for (const json::Value &entry : reader.array("items", kMaxItems)) {
        json::ObjectReader entry_reader(entry, fmt::format("playlist.items[{}]", items.size()));
        items.push_back(read_item(entry_reader, folder));
        if (items.size() > 1 && items.back().at_ms < items[items.size() - 2].at_ms) {
            entry_reader.error("at_ms", "is before the item above");
        }
        if (auto done = entry_reader.finish(); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return items;
}

Expected<Picture> picture_of(const PlaylistItem &item) {
    if (!item.file.empty()) {
        return read_png(item.file);
    }
    return SyntheticFinger(item.person_seed, item.finger).impression(item.impression);
}

} // namespace xueshi::fingerprint
