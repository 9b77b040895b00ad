#include "firmware/recorder/clip_writer.hpp"

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/blur.hpp"
#include "firmware/recorder/clip_label.hpp"
#include "firmware/recorder/mp4.hpp"

namespace xueshi::recorder {
namespace {

constexpr unsigned kFileMode = 0640;  ///< syncd reads it as a member of the group
constexpr std::size_t kMostGaps = 32; ///< a clip has seconds

/// Where a picture stands longer than three do, as in a film.
std::vector<std::pair<std::int64_t, std::int64_t>> gaps_of(const std::vector<Placed> &placed) {
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    for (std::size_t i = 0; i + 1 < placed.size() && gaps.size() < kMostGaps; ++i) {
        const auto &unit = *placed[i].unit;
        if (placed[i].duration_ns > 3 * unit.duration_ns) {
            gaps.emplace_back(unit.captured.boot_ms + unit.duration_ns / 1'000'000,
                              placed[i + 1].unit->captured.boot_ms);
        }
    }
    return gaps;
}

/// All but the file's digest and length.
record::ClipSaved describe(const Clip &clip, const std::vector<Placed> &placed) {
    const auto &first = clip.units.front()->captured, &last = clip.units.back()->captured;
    record::ClipSaved saved;
    saved.clip = clip.id;
    saved.file = clip.id.str() + ".mp4";
    saved.duration_ms = duration_ns(placed) / 1'000'000;
    saved.frames = static_cast<std::int64_t>(placed.size());
    saved.first_wall_ms = first.wall_ms;
    saved.last_wall_ms = last.wall_ms;
    saved.first_boot_ms = first.boot_ms;
    saved.last_boot_ms = last.boot_ms;
    saved.gaps = gaps_of(placed);
    saved.boot_id = first.boot_id;
    return saved;
}

} // namespace

Expected<void> ClipWriter::attempt(const std::filesystem::path &media_directory, record::EventSink &sink,
                                   const Clock &clock) {
    if (!saved_) {
        if (clip_.blurred && !is_blurred_) {
            auto units = blurred(clip_.units);
            if (!units) { // sharp it must not be kept: what cannot be blurred is given up
                return fail(ErrorCode::corrupt, units.error().message);
            }
            clip_.units = std::move(*units);
            is_blurred_ = true;
        }
        auto written = write_file(media_directory);
        if (!written) {
            return fail(written, "write clip");
        }
        saved_ = std::move(*written);
        clip_.units.clear(); // their memory is the ring's again
    }
    if (!draft_) {
        const auto now = clock.now();
        draft_ = {Uuid::v7(now.wall_ms), record::EventKind::clip_saved, clip_.source, now, record::to_json(*saved_)};
    }
    const auto appended = sink.append(*draft_);
    if (!appended) {
        return fail(appended, "journal clip");
    }
    log::info("clip_saved", {{"clip", clip_.id}, {"bytes", saved_->bytes}, {"duration_ms", saved_->duration_ms}});
    return {};
}

bool ClipWriter::blur() {
    clip_.blurred = clip_.blurred || !writing_;
    return clip_.blurred;
}

Expected<record::ClipSaved> ClipWriter::write_file(const std::filesystem::path &media_directory) const {
    const auto placed = place(clip_.units);
    auto saved = describe(clip_, placed);
    auto file = DurableFile::create(media_directory / saved.file, kFileMode);
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    Sha256Stream digest;
    const auto write = [&](ByteView bytes) {
        digest.update(bytes);
        return file->write(bytes);
    };
    if (auto muxed = mux_mp4(placed, write); !muxed) {
        return tl::unexpected<Error>(muxed.error());
    }
    if (auto labelled = write(write_label({saved, clip_.source})); !labelled) {
        return tl::unexpected<Error>(labelled.error());
    }
    if (auto committed = file->commit(); !committed) {
        return tl::unexpected<Error>(committed.error());
    }
    saved.sha256 = hex(digest.finish());
    saved.bytes = static_cast<std::int64_t>(file->size());
    return saved;
}

} // namespace xueshi::recorder
