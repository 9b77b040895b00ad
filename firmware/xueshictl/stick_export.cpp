#include "firmware/xueshictl/stick_export.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/clips/clip_chooser.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/stick/export.hpp"
#include "firmware/core/stick/stick_index.hpp"
#include "firmware/xueshictl/held_clips.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::uint64_t kMaxKeyBytes = 8 * 1024;
constexpr std::size_t kBodyBytes = 4 << 20; ///< of one file, before JSON escapes
constexpr std::uint64_t kSealBytes = 4 * 1024, kSpareBytes = 1 << 20;
constexpr unsigned kStickMode = 0755; ///< what lies there is sealed

struct Receiver {
    std::string key_pem;
    std::optional<clips::ClipPolicy> clips; ///< none: syncd never said which may leave
};

Expected<Receiver> find_receiver(const Places &places) {
    Receiver receiver;
    auto key = read_file(places.sync / "sealing_key.pem", kMaxKeyBytes);
    if (!key) {
        return fail(key.error().code,
                    "本机尚未认领，或平台不接收 U 盘 the terminal is not claimed, or its registry takes "
                    "no sticks (no sealing_key.pem): " +
                        key.error().message);
    }
    receiver.key_pem = std::move(*key);
    auto policy = clips::told_policy(places.sync);
    if (!policy) {
        return tl::unexpected(policy.error());
    }
    receiver.clips = std::move(*policy);
    return receiver;
}

/// One chain of the journal and from where on it is exported.
struct Part {
    journal::Description about;
    record::Sequence after = 0;
    bool former = false;
};

Expected<std::vector<Part>> parts_of(const Places &places, journal::JournalReader &reader, bool all) {
    std::vector<Part> parts;
    auto former = reader.former_chains();
    if (!former) {
        return tl::unexpected(former.error());
    }
    Part present{reader.description(), 0, false};
    const auto receipt = acked::read_receipt(places.sync);
    if (!receipt && receipt.error().code != ErrorCode::not_found) {
        return tl::unexpected(receipt.error());
    }
    if (receipt && receipt->chain == present.about.chain && !all) {
        present.after = receipt->through_seq;
    }
    for (journal::FormerChain &chain : *former) {
        // They went before the present chain did, so what has a receipt for that has them.
        const record::Sequence after = present.after > 0 ? chain.head.seq : 0;
        parts.push_back({std::move(chain.description), after, true});
    }
    parts.push_back(std::move(present));
    return parts;
}

/// A folder that is being written; removed again unless it was finished.
class Folder {
public:
    static Expected<Folder> make(const std::filesystem::path &stick, const DeviceId &device, std::int64_t now_ms) {
        std::error_code error;
        if (!std::filesystem::is_directory(stick, error)) {
            return fail(ErrorCode::not_found,
                        stick.string() + ": 没有这个文件夹 no such folder; is the stick mounted?");
        }
        // With milliseconds: two exports of one second are two folders.
        auto path = stick / fmt::format("xueshi-stick-{}-{:%Y%m%dT%H%M%S}.{:03}Z", device.str(),
                                        fmt::gmtime(static_cast<std::time_t>(now_ms / 1'000)), now_ms % 1'000);
        if (std::filesystem::exists(path, error)) {
            return fail(ErrorCode::already_exists, path.string() + ": is there already; export once more");
        }
        const auto made = make_directory(path, kStickMode);
        return made ? Expected<Folder>(Folder(std::move(path), device, now_ms)) : tl::unexpected(made.error());
    }
    Folder(Folder &&other) noexcept : path_(std::exchange(other.path_, {})), index_(std::move(other.index_)) {}
    Folder &operator=(Folder &&) = delete;
    ~Folder() {
        if (std::error_code error; !path_.empty()) {
            std::filesystem::remove_all(path_, error);
        }
    }

    Expected<void> add_events(const Receiver &receiver, std::string_view text) {
        stick::SealedFile file;
        file.file = fmt::format("events-{:06}.sealed", index_.events.size() + 1);
        if (auto written = write(receiver, text, file); !written) {
            return written;
        }
        index_.events.push_back(std::move(file));
        return {};
    }
    Expected<void> add_clip(const Receiver &receiver, const Uuid &event, std::string_view bytes) {
        stick::SealedClip clip;
        clip.file = "clip-" + event.str() + ".sealed";
        clip.event = event;
        if (auto written = write(receiver, bytes, clip); !written) {
            return written;
        }
        index_.clips.push_back(std::move(clip));
        return {};
    }
    std::uint64_t free_bytes() const {
        std::error_code error;
        const auto space = std::filesystem::space(path_, error);
        return error ? 0 : space.available;
    }
    const stick::StickIndex &index() const { return index_; }
    /// Gives its path.
    Expected<std::filesystem::path> finish() {
        const auto written = stick::write_index(path_, index_);
        return written ? Expected<std::filesystem::path>(std::exchange(path_, {})) : tl::unexpected(written.error());
    }

private:
    Folder(std::filesystem::path path, const DeviceId &device, std::int64_t now_ms) : path_(std::move(path)) {
        index_.device = device;
        index_.made_ms = now_ms;
    }
    Expected<void> write(const Receiver &receiver, std::string_view plain, stick::SealedFile &file) const {
        const auto sealed = identity::seal_for(receiver.key_pem, as_bytes(plain));
        if (!sealed) {
            return tl::unexpected(sealed.error());
        }
        file.bytes = static_cast<std::int64_t>(sealed->size());
        file.sha256 = sha256(*sealed);
        return write_file_durably(path_ / file.file, as_text(*sealed), kStickMode & 0666u);
    }

    std::filesystem::path path_;
    stick::StickIndex index_;
};

/// A clip that the registry is not known to hold. Its event's acknowledgement says nothing of it: clips are withheld,
/// damaged on their way, or never sent over a metered link.
struct OpenClip {
    clips::SavedClip saved;
    bool earlier = false; ///< its event was acknowledged before this export
};

/// What the journal is read for.
struct Export {
    Export(Folder &&into, std::set<Sha256> known) : folder(std::move(into)), held(std::move(known)) {}

    Folder folder;
    std::set<Sha256> held; ///< clips that need not leave
    clips::ClipChooser chooser;
    std::vector<OpenClip> clips;
    std::int64_t events = 0;

    void read(const record::EventBody &body, bool earlier) {
        chooser.read(body);
        const auto word = clips::clip_word(body);
        if (const auto *saved = std::get_if<clips::SavedClip>(&word)) {
            if (!held.contains(saved->announcement.sha256)) {
                clips.push_back({*saved, earlier});
            }
        } else if (const auto *deleted = std::get_if<clips::DeletedClip>(&word)) {
            deleted_.insert(deleted->clip);
        }
    }
    void drop_deleted() {
        std::erase_if(clips, [&](const OpenClip &clip) { return deleted_.contains(clip.saved.announcement.clip); });
    }

private:
    std::set<MediaId> deleted_;
};

Expected<void> add_piece(const Receiver &receiver, const Part &part, std::span<const record::StoredEvent> events,
                         Export &out) {
    stick::ExportDescription description;
    description.device = part.about.device;
    description.chain = part.about.chain;
    description.suite = part.about.suite;
    description.public_key_pem = part.about.public_key_pem;
    description.after_seq = events.front().seq - 1;
    description.after_hash = events.front().prev;
    std::string text;
    auto writer = stick::ExportWriter::into(text, description);
    if (!writer) {
        return tl::unexpected(writer.error());
    }
    for (const auto &event : events) {
        if (auto added = writer->add(event); !added) {
            return added;
        }
    }
    if (const auto end = writer->finish(); !end) {
        return tl::unexpected(end.error());
    }
    out.events += static_cast<std::int64_t>(events.size());
    return out.folder.add_events(receiver, text);
}

/// Events that follow one another, as many as one file takes; what damage took of a former chain makes a gap.
Expected<void> add_pieces(const Receiver &receiver, const Part &part, std::span<const record::StoredEvent> events,
                          Export &out) {
    while (!events.empty()) {
        std::size_t count = 1;
        while (count < events.size() && events[count].seq == events[count - 1].seq + 1) {
            ++count;
        }
        if (auto added = add_piece(receiver, part, events.first(count), out); !added) {
            return added;
        }
        events = events.subspan(count);
    }
    return {};
}

Expected<void> read_part(const Receiver &receiver, journal::JournalReader &reader, const Part &part, Export &out) {
    record::Sequence at = 0;
    for (;;) {
        const auto events = part.former ? reader.read_former(part.about.chain, at, stick::kMaxEventsInFile, kBodyBytes)
                                        : reader.read(at, stick::kMaxEventsInFile, kBodyBytes);
        if (!events) {
            return tl::unexpected(events.error());
        }
        if (events->empty()) {
            return {};
        }
        for (const auto &event : *events) { // from the start on: who agreed was said long before
            const auto body = record::read_body(event);
            if (!body) {
                continue; // the registry judges it
            }
            out.read(*body, event.seq <= part.after);
        }
        const auto first =
            std::find_if(events->begin(), events->end(), [&](const auto &event) { return event.seq > part.after; });
        if (auto added = add_pieces(receiver, part, std::span(first, events->end()), out); !added) {
            return added;
        }
        at = events->back().seq;
        fmt::print(stderr, "\r事件 events {}", out.events);
    }
}

struct ClipCounts {
    std::int64_t withheld = 0, missing = 0, left = 0;
    std::int64_t staying() const { return withheld + missing + left; }
};

/// Those that may leave and fit. Those of this export's events must; of the earlier ones the newest go first.
Expected<std::vector<clips::SavedClip>> choose_clips(const Receiver &receiver, Export &out, ClipCounts &counts) {
    out.drop_deleted();
    const auto earlier =
        std::stable_partition(out.clips.begin(), out.clips.end(), [](const OpenClip &clip) { return !clip.earlier; });
    std::reverse(earlier, out.clips.end());
    const std::uint64_t free = out.folder.free_bytes();
    std::vector<clips::SavedClip> leaving;
    std::uint64_t bytes = kSpareBytes;
    for (OpenClip &clip : out.clips) {
        const auto &announced = clip.saved.announcement;
        if (!receiver.clips || !out.chooser.may_leave(*receiver.clips, announced.clip)) {
            ++counts.withheld;
            continue;
        }
        const std::uint64_t more = static_cast<std::uint64_t>(announced.bytes) + kSealBytes;
        if (clip.earlier && bytes + more > free) {
            ++counts.left;
            continue;
        }
        bytes += more;
        leaving.push_back(std::move(clip.saved));
    }
    if (bytes > free) {
        constexpr std::uint64_t kMiB = 1 << 20;
        return fail(ErrorCode::no_space,
                    fmt::format("U 盘空间不足 the stick has {} MiB left and the clips need {}: take a larger one",
                                free / kMiB, bytes / kMiB + 1));
    }
    return leaving;
}

Expected<ClipCounts> add_clips(const Places &places, const Receiver &receiver, Export &out) {
    ClipCounts counts;
    const auto leaving = choose_clips(receiver, out, counts);
    if (!leaving) {
        return tl::unexpected(leaving.error());
    }
    for (const clips::SavedClip &clip : *leaving) {
        const auto content = read_file(places.state / "media" / clip.file,
                                       static_cast<std::uint64_t>(stick::kMaxSealedBytes) - kSealBytes);
        if (!content || sha256(as_bytes(*content)) != clip.announcement.sha256) {
            ++counts.missing; // deleted since, or damaged: its event says what it was
            continue;
        }
        if (auto added = out.folder.add_clip(receiver, clip.announcement.event, *content); !added) {
            return tl::unexpected(added.error());
        }
        fmt::print(stderr, "\r片段 clips {} / {}", out.folder.index().clips.size(), leaving->size());
    }
    return counts;
}

void tell_staying(const ClipCounts &counts) {
    if (counts.staying() > 0) {
        fmt::print("  未导出的片段 clips that stay: {} without consent or confidential, {} no longer here or damaged, "
                   "{} that the stick has no room for\n",
                   counts.withheld, counts.missing, counts.left);
    }
}

void tell_nothing_to_bring(const ClipCounts &counts) {
    fmt::print("\n{}; --all exports it again\n",
               counts.staying() == 0 ? "平台已有全部记录 the registry has everything already"
                                     : "没有可导出的 all events are at the registry, and no clip is left that can go");
    tell_staying(counts);
}

} // namespace

Expected<void> export_to_stick(const Places &places, const std::filesystem::path &stick, bool all) {
    const auto receiver = find_receiver(places);
    if (!receiver) {
        return tl::unexpected(receiver.error());
    }
    auto reader = journal::JournalReader::open(places.state / "journal.db");
    const auto parts = reader ? parts_of(places, *reader, all) : tl::unexpected(reader.error());
    if (!parts) {
        return tl::unexpected(parts.error());
    }
    const DeviceId &device = reader->description().device;
    auto folder = Folder::make(stick, device, make_system_clock(TimeSource::automatic)->now().wall_ms);
    if (!folder) {
        return tl::unexpected(folder.error());
    }
    auto held = all ? Expected<std::set<Sha256>>() : held_clips(places.sync, stick, device);
    if (!held) {
        return tl::unexpected(held.error());
    }
    Export out(std::move(*folder), std::move(*held));
    for (const Part &part : *parts) {
        if (auto read = read_part(*receiver, *reader, part, out); !read) {
            return read;
        }
    }
    const auto counts = add_clips(places, *receiver, out);
    if (!counts) {
        return tl::unexpected(counts.error());
    }
    const auto clips = out.folder.index().clips.size();
    if (out.events == 0 && clips == 0) {
        tell_nothing_to_bring(*counts);
        return {};
    }
    const auto path = out.folder.finish();
    if (!path) {
        return tl::unexpected(path.error());
    }
    fmt::print("\n已导出 exported: {} events and {} clips, sealed for the registry, to {}\n", out.events, clips,
               path->string());
    tell_staying(*counts);
    fmt::print("  下一步 next: xueshi-registryctl import-stick {} (on the registry's side)\n", stick.string());
    return {};
}

} // namespace xueshi::xueshictl
