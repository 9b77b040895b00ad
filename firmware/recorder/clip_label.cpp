#include "firmware/recorder/clip_label.hpp"

#include <algorithm>
#include <array>

#include "firmware/recorder/boxes.hpp"

namespace xueshi::recorder {
namespace {

/// The box's own type: made once, by chance.
constexpr std::array<std::uint8_t, 16> kType{0x4c, 0x8f, 0x1d, 0x0e, 0x63, 0xb7, 0x4b, 0x52,
                                             0x9a, 0x21, 0xe5, 0x70, 0x3c, 0xd8, 0x96, 0xaf};
constexpr std::size_t kMaxLabel = 8 * 1024; ///< a clip has at most some tens of gaps
constexpr std::size_t kMaxGaps = 256, kMaxText = 128;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

void append(Bytes &out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

std::string text_of(const ClipLabel &label) {
    const auto &saved = label.saved;
    json::Array gaps;
    for (const auto &[from, until] : saved.gaps) {
        gaps.push_back(json::Array{from, until});
    }
    return json::serialize(json::Object{{"source", record::to_string(label.source.kind)},
                                        {"driver", label.source.driver},
                                        {"boot_id", saved.boot_id},
                                        {"duration_ms", saved.duration_ms},
                                        {"frames", saved.frames},
                                        {"first_wall_ms", saved.first_wall_ms},
                                        {"last_wall_ms", saved.last_wall_ms},
                                        {"first_boot_ms", saved.first_boot_ms},
                                        {"last_boot_ms", saved.last_boot_ms},
                                        {"gaps", std::move(gaps)}});
}

void read_gaps(json::ObjectReader &reader, record::ClipSaved &saved) {
    for (const json::Value &value : reader.array("gaps", kMaxGaps)) {
        const auto *pair = value.if_array();
        const auto *from = pair != nullptr && pair->size() == 2 ? pair->front().if_int64() : nullptr;
        const auto *until = from != nullptr ? pair->back().if_int64() : nullptr;
        if (until == nullptr) {
            reader.error("gaps", "pairs of the boot clock expected");
            return;
        }
        saved.gaps.emplace_back(*from, *until);
    }
}

Expected<ClipLabel> parse(std::string_view text) {
    const auto value = json::parse(text, {kMaxLabel, 4});
    if (!value) {
        return tl::unexpected<Error>(value.error());
    }
    json::ObjectReader reader(*value, "label");
    ClipLabel label;
    auto &saved = label.saved;
    const auto kind = record::parse_source_kind(reader.string("source", kMaxText));
    label.source.driver = reader.string("driver", kMaxText);
    saved.boot_id = reader.string("boot_id", kMaxText);
    saved.duration_ms = reader.integer("duration_ms", 0, kLargestInteger);
    saved.frames = reader.integer("frames", 0, kLargestInteger);
    saved.first_wall_ms = reader.integer("first_wall_ms", -kLargestInteger, kLargestInteger);
    saved.last_wall_ms = reader.integer("last_wall_ms", -kLargestInteger, kLargestInteger);
    saved.first_boot_ms = reader.integer("first_boot_ms", 0, kLargestInteger);
    saved.last_boot_ms = reader.integer("last_boot_ms", 0, kLargestInteger);
    saved.recovered = true;
    read_gaps(reader, saved);
    if (const auto done = reader.finish(); !done || !kind) {
        return tl::unexpected<Error>(done ? kind.error() : done.error());
    }
    label.source.kind = *kind;
    return label;
}

} // namespace

Bytes write_label(const ClipLabel &label) {
    const auto text = text_of(label);
    const auto size = static_cast<std::uint32_t>(8 + kType.size() + text.size());
    Bytes box{static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
              static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    append(box, as_bytes("uuid"));
    append(box, kType);
    append(box, as_bytes(text));
    return box;
}

Expected<ClipLabel> read_label(const std::filesystem::path &clip) {
    auto file = BoxFile::open(clip);
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    std::int64_t place = 0, last = 0;
    BoxFile::Header box;
    while (const auto header = file->header(place)) {
        last = place;
        box = *header;
        place += 8 + header->content;
    }
    const bool fits = box.type == "uuid" && box.content >= static_cast<std::int64_t>(kType.size()) &&
                      box.content <= static_cast<std::int64_t>(kType.size() + kMaxLabel);
    const auto content = fits && !file->read(place, 1) ? file->read(last + 8, box.content) : std::nullopt;
    if (file->failed) {
        return fail(ErrorCode::io, "read " + clip.string());
    }
    if (!content || !std::ranges::equal(ByteView(*content).first(kType.size()), kType)) {
        return fail(ErrorCode::corrupt, clip.string() + ": no label");
    }
    auto label = parse(as_text(ByteView(*content).subspan(kType.size())));
    return label ? std::move(label) : fail(ErrorCode::corrupt, clip.string() + ": " + label.error().message);
}

} // namespace xueshi::recorder
