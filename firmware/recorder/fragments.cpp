#include "firmware/recorder/fragments.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/recorder/boxes.hpp"

namespace xueshi::recorder {
namespace {

constexpr std::uint32_t kMaxHeader = 4u << 20; ///< of a moov or a moof; a second of film takes some hundred bytes
constexpr std::int64_t kMaxMdat = 256 << 20;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::size_t kMaxPauses = 256;
constexpr std::uint64_t kMaxSamples = 100'000; ///< of one fragment
constexpr std::uint64_t kMaxTicks = std::uint64_t{1} << 40;

/// Big-endian numbers of a box's bytes; past the end everything is 0 and `ok` false.
class Fields {
public:
    explicit Fields(ByteView bytes) : bytes_(bytes) {}
    std::uint64_t number(std::size_t size) {
        if (bytes_.size() < size) {
            ok = false;
            bytes_ = {};
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            value = value << 8 | bytes_[i];
        }
        bytes_ = bytes_.subspan(size);
        return value;
    }
    std::size_t length() { return static_cast<std::size_t>(number(4)); }
    void skip(std::size_t size) {
        ok = ok && bytes_.size() >= size;
        bytes_ = bytes_.subspan(std::min(size, bytes_.size()));
    }
    ByteView rest() const { return bytes_; }
    bool ok = true;

private:
    ByteView bytes_;
};

struct Box {
    std::string_view type;
    ByteView content;
};

/// The box at the beginning of `bytes`, which then begin behind it.
std::optional<Box> next_box(ByteView &bytes) {
    Fields fields(bytes);
    const auto size = fields.length();
    if (!fields.ok || size < 8 || size > bytes.size()) {
        return std::nullopt;
    }
    const Box box{as_text(bytes.subspan(4, 4)), bytes.subspan(8, size - 8)};
    bytes = bytes.subspan(size);
    return box;
}

/// The first box along `path`, each inside the one before.
std::optional<ByteView> find(ByteView bytes, std::initializer_list<std::string_view> path) {
    for (const auto type : path) {
        std::optional<ByteView> found;
        while (!found) {
            const auto box = next_box(bytes);
            if (!box) {
                return std::nullopt;
            }
            if (box->type == type) {
                found = box->content;
            }
        }
        bytes = *found;
    }
    return bytes;
}

struct Track {
    std::uint64_t id = 0, timescale = 0;
    bool pictures = false;
    std::uint64_t default_duration = 0;
    std::size_t default_size = 0;

    std::int64_t ns(std::uint64_t time) const { // in two steps: the product may be beyond 64 bits
        const auto second = static_cast<std::uint64_t>(kSecondNs);
        return static_cast<std::int64_t>(time / timescale * second + time % timescale * second / timescale);
    }
};

std::optional<Track> read_track(ByteView trak) {
    const auto tkhd = find(trak, {"tkhd"}), mdhd = find(trak, {"mdia", "mdhd"}), hdlr = find(trak, {"mdia", "hdlr"});
    if (!tkhd || !mdhd || !hdlr) {
        return std::nullopt;
    }
    Track track;
    Fields header(*tkhd), media(*mdhd), handler(*hdlr);
    header.skip(header.number(1) == 1 ? 19 : 11); // flags, times of creation and change
    track.id = header.number(4);
    media.skip(media.number(1) == 1 ? 19 : 11);
    track.timescale = media.number(4);
    handler.skip(8);
    track.pictures = handler.number(4) == 0x76696465; // "vide"
    return header.ok && media.ok && handler.ok && track.timescale > 0 ? std::optional(track) : std::nullopt;
}

std::vector<Track> read_tracks(ByteView moov) {
    std::vector<Track> tracks;
    while (const auto box = next_box(moov)) {
        if (box->type == "trak") {
            if (const auto track = read_track(box->content)) {
                tracks.push_back(*track);
            }
        } else if (box->type == "mvex") {
            auto defaults = box->content;
            while (const auto trex = next_box(defaults)) {
                Fields fields(trex->content);
                fields.skip(4);
                const auto id = fields.number(4);
                fields.skip(4);
                for (auto &track : tracks) {
                    if (trex->type == "trex" && track.id == id) {
                        track.default_duration = fields.number(4);
                        track.default_size = fields.length();
                    }
                }
            }
        }
    }
    return tracks;
}

struct Sample {
    std::uint64_t duration = 0;
    std::size_t size = 0;
};

/// One moof of ours: a run of one track.
struct Fragment {
    Track track;
    std::uint64_t decode_time = 0;
    std::vector<Sample> samples;
};

std::vector<Sample> read_run(ByteView trun, const Track &track) {
    Fields fields(trun);
    const auto flags = fields.number(4) & 0xFFFFFF;
    const auto count = fields.number(4);
    fields.skip((flags & 0x001) != 0 ? 4 : 0); // where the data lies: right behind the moof
    fields.skip((flags & 0x004) != 0 ? 4 : 0);
    std::vector<Sample> samples;
    for (std::uint64_t i = 0; i < count && fields.ok && count <= kMaxSamples; ++i) {
        Sample sample{track.default_duration, track.default_size};
        sample.duration = (flags & 0x100) != 0 ? fields.number(4) : sample.duration;
        sample.size = (flags & 0x200) != 0 ? fields.length() : sample.size;
        fields.skip((flags & 0x400) != 0 ? 4 : 0);
        fields.skip((flags & 0x800) != 0 ? 4 : 0);
        samples.push_back(sample);
    }
    return fields.ok ? samples : std::vector<Sample>();
}

std::optional<Fragment> read_fragment(ByteView moof, const std::vector<Track> &tracks) {
    const auto tfhd = find(moof, {"traf", "tfhd"}), trun = find(moof, {"traf", "trun"});
    const auto tfdt = find(moof, {"traf", "tfdt"});
    if (!tfhd || !trun || !tfdt) {
        return std::nullopt;
    }
    Fields header(*tfhd), time(*tfdt);
    const auto flags = header.number(4) & 0xFFFFFF;
    const auto id = header.number(4);
    const auto track = std::ranges::find(tracks, id, &Track::id);
    if (track == tracks.end()) {
        return std::nullopt;
    }
    Fragment fragment{*track, 0, {}};
    header.skip((flags & 0x01) != 0 ? 8 : 0);
    header.skip((flags & 0x02) != 0 ? 4 : 0);
    fragment.track.default_duration = (flags & 0x08) != 0 ? header.number(4) : track->default_duration;
    fragment.track.default_size = (flags & 0x10) != 0 ? header.length() : track->default_size;
    const auto version = time.number(4) >> 24;
    fragment.decode_time = time.number(version == 1 ? 8 : 4);
    fragment.samples = read_run(*trun, fragment.track);
    const bool makes_sense = header.ok && time.ok && !fragment.samples.empty() && fragment.decode_time < kMaxTicks;
    return makes_sense ? std::optional(std::move(fragment)) : std::nullopt;
}

/// Each picture is a row of NAL units with their lengths in four bytes before them; none ends with a zero byte (ITU-T
/// H.264, 7.4.1).
bool pictures_are_whole(const Fragment &fragment, ByteView mdat) {
    for (const auto &sample : fragment.samples) {
        if (sample.size == 0 || sample.size > mdat.size()) {
            return false;
        }
        Fields fields(mdat.first(sample.size));
        while (!fields.rest().empty()) {
            const auto length = fields.length();
            const auto unit = fields.rest();
            fields.skip(length);
            if (!fields.ok || length == 0 || unit[length - 1] == 0) {
                return false;
            }
        }
        mdat = mdat.subspan(sample.size);
    }
    return mdat.empty();
}

/// A frame of AAC ends with ID_END, three ones, and less than a byte of zeros (ISO/IEC 14496-3, 4.4.2.1).
bool sounds_are_whole(const Fragment &fragment, ByteView mdat) {
    for (const auto &sample : fragment.samples) {
        if (sample.size == 0 || sample.size > mdat.size() || mdat[sample.size - 1] == 0) {
            return false;
        }
        mdat = mdat.subspan(sample.size);
    }
    return mdat.empty();
}

bool is_whole(const Fragment &fragment, ByteView mdat) {
    return fragment.track.pictures ? pictures_are_whole(fragment, mdat) : sounds_are_whole(fragment, mdat);
}

/// Adds fragments up, in file order.
class Tally {
public:
    void add(const Fragment &fragment) {
        auto time = fragment.decode_time;
        for (const auto &sample : fragment.samples) {
            const auto begin = fragment.track.ns(time), end = fragment.track.ns(time + sample.duration);
            time += sample.duration;
            if (!fragment.track.pictures) {
                facts_.sound_ns = std::max(facts_.sound_ns, end);
                continue;
            }
            note_pause(begin, end);
            ++facts_.frames;
            facts_.last_frame_ns = begin;
            facts_.duration_ns = end;
        }
    }
    void whole_until(std::int64_t bytes) { facts_.whole_bytes = bytes; }
    const FilmFacts &facts() const { return facts_; }

private:
    void note_pause(std::int64_t begin, std::int64_t end) {
        usual_ns_ = usual_ns_ == 0 ? end - begin : std::min(usual_ns_, std::max<std::int64_t>(end - begin, 1));
        if (end - begin > 3 * std::max(usual_ns_, kSecondNs / 25) && facts_.pauses.size() < kMaxPauses) {
            facts_.pauses.emplace_back(begin + usual_ns_, end);
        }
    }
    FilmFacts facts_;
    std::int64_t usual_ns_ = 0;
};

/// Walks the boxes until the file ends or stops making sense.
void walk(BoxFile &file, Tally &tally) {
    std::vector<Track> tracks;
    std::optional<Fragment> fragment;
    for (std::int64_t place = 0;;) {
        const auto header = file.header(place);
        if (!header || header->content > (header->type == "mdat" ? kMaxMdat : std::int64_t{kMaxHeader})) {
            return;
        }
        const auto content = file.read(place + 8, header->content);
        if (!content) {
            return;
        }
        place += 8 + header->content;
        if (header->type == "moov") {
            tracks = read_tracks(*content);
        } else if (header->type == "moof") {
            fragment = read_fragment(*content, tracks);
            if (!fragment) {
                return;
            }
        } else if (header->type == "mdat") {
            if (!fragment || !is_whole(*fragment, *content)) {
                return;
            }
            tally.add(*fragment);
            tally.whole_until(place);
            fragment.reset();
        } else if (header->type == "mfra") { // the index at the end of a finished file
            tally.whole_until(place);
        } else if (header->type != "ftyp") {
            return;
        }
    }
}

} // namespace

Expected<FilmFacts> read_film_facts(const std::filesystem::path &file) {
    auto boxes = BoxFile::open(file);
    if (!boxes) {
        return tl::unexpected<Error>(boxes.error());
    }
    Tally tally;
    walk(*boxes, tally);
    if (boxes->failed) { // a disk that cannot be read says nothing about the film
        return fail(ErrorCode::io, "read " + file.string());
    }
    if (tally.facts().frames == 0) {
        return fail(ErrorCode::corrupt, file.string() + ": no whole fragment with pictures");
    }
    return tally.facts();
}

} // namespace xueshi::recorder
