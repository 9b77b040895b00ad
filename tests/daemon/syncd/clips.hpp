#pragma once

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/daemon/syncd/world.hpp"

namespace xueshi::test {

struct ClipOnDisk {
    std::string bytes;
    MediaId id{Uuid::v4().str()};
    Uuid event = Uuid::v7(1'700'000'000'000);
    Sha256 digest{};
};

/// As terminald leaves it: the file first, then its event.
inline ClipOnDisk save_clip(World &world, std::size_t size) {
    ClipOnDisk clip;
    clip.bytes = std::string(as_text(random_bytes(size)));
    clip.digest = sha256(as_bytes(clip.bytes));
    const auto media = world.terminal.journal.directory / "media";
    std::filesystem::create_directories(media);
    record::ClipSaved saved;
    saved.clip = clip.id;
    saved.file = clip.id.str() + ".mp4";
    saved.sha256 = hex(clip.digest);
    saved.bytes = static_cast<std::int64_t>(size);
    REQUIRE(write_file_durably(media / saved.file, clip.bytes));
    record::EventDraft draft;
    draft.id = clip.event;
    draft.kind = record::EventKind::clip_saved;
    draft.at.wall_ms = 1'700'000'000'000;
    draft.at.boot_id = "11111111-2222-4333-8444-555555555555";
    draft.at.quality = ClockQuality::synchronised;
    draft.data = record::to_json(saved);
    world.terminal.journal.writer->append(draft).value();
    return clip;
}

/// The bytes the registry holds of the clip, and what it thinks of them; empty: it holds none.
struct HeldClip {
    std::string bytes, standing;
};
inline HeldClip held_clip(const World &world, const MediaId &id) {
    auto database = sqlite::Database::open(world.directory / "registry/registry.db", sqlite::Mode::read_only).value();
    auto row = sqlite::Statement::prepare(database, "SELECT object, standing FROM media WHERE media_id = ?").value();
    row.bind(1, id.str());
    if (!row.step().value()) {
        return {};
    }
    const auto name = row.text(0);
    const auto path = world.directory / "registry/media/objects" / name.substr(0, 2) / name;
    return {read_file(path, 64 << 20).value(), row.text(1)};
}

inline bool is_confirmed(const World &world, const ClipOnDisk &clip) {
    const auto text = read_file(world.directory / "sync/acked.json", acked::kMaxBytes);
    const auto read = text ? acked::read_acked(*text) : Expected<acked::Acked>(fail(ErrorCode::not_found, ""));
    return read && std::ranges::find(read->media, clip.digest) != read->media.end();
}

} // namespace xueshi::test
