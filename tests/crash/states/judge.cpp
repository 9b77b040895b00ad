#include "tests/crash/states/judge.hpp"

#include <fcntl.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/sync/state.hpp"
#include "firmware/core/base/json_members.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/recorder/open_film.hpp"
#include "firmware/recorder/stray_clips.hpp"
#include "tests/crash/states/gallery_state.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_sink.hpp"

namespace xueshi::test::crash {
namespace {

constexpr std::uint64_t kMaxFile = 64u << 20;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9E3779B97F4A7C15 + (hash << 6) + (hash >> 2);
    return hash * 0xBF58476D1CE4E5B9;
}

std::uint64_t mix(std::uint64_t hash, const std::string &text) {
    return mix(hash, std::hash<std::string>{}(text));
}

std::optional<Finding> wrong(Wrong what, std::string text) {
    return Finding{what, std::move(text)};
}

void write_plainly(const std::filesystem::path &path, const std::string &content, unsigned mode) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    std::size_t done = 0;
    while (fd && done < content.size()) {
        const auto wrote = ::write(fd.get(), content.data() + done, content.size() - done);
        if (wrote <= 0) {
            break;
        }
        done += static_cast<std::size_t>(wrote);
    }
    if (!fd || done != content.size()) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

bool is_named(const std::string &path, std::initializer_list<std::string_view> prefixes) {
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return path.starts_with(prefix); });
}

bool is_between(std::size_t index, const Progress::Versions &versions) {
    return index >= versions.acked && index <= versions.begun;
}

/// Which of the versions `found` is; past the end: none of them.
template <typename T>
std::size_t version_of(const std::vector<T> &versions, const T &found, const Progress::Versions &wanted) {
    for (std::size_t i = wanted.acked; i <= wanted.begun && i < versions.size(); ++i) {
        if (versions[i] == found) {
            return i;
        }
    }
    return static_cast<std::size_t>(std::ranges::find(versions, found) - versions.begin());
}

template <typename T>
std::optional<Finding> check_version(const std::vector<T> &versions, const T &found, const Progress::Versions &wanted,
                                     const std::string &name) {
    const std::size_t index = version_of(versions, found, wanted);
    if (is_between(index, wanted)) {
        return std::nullopt;
    }
    return wrong(index == versions.size() ? Wrong::half : Wrong::lost,
                 fmt::format("{}: version {} where {} to {} may be", name, index, wanted.acked, wanted.begun));
}

} // namespace

std::uint64_t hash_of(const Image &image) {
    std::uint64_t hash = image.files.size();
    for (const auto &[path, content] : image.files) {
        hash = mix(mix(hash, path), content);
    }
    for (const std::string &path : image.directories) {
        hash = mix(hash, path);
    }
    return hash;
}

std::optional<Finding> Judge::judge(const Image &image, const Progress &progress) {
    const std::uint64_t keys = progress.signing_key + 2u * progress.sealing_key;
    const auto of = [&](const Progress::Versions &versions) { return mix(mix(keys, versions.acked), versions.begun); };
    auto found = part(image, {"terminal/signing.key", "terminal/sealing.key", "terminal/journal.db", "terminal/media/"},
                      mix(mix(of(progress.events), progress.film), static_cast<std::uint64_t>(progress.film_pictures)),
                      progress, &Judge::check_terminal);
    if (!found) {
        found = part(image, {"terminal/signing.key", "terminal/sealing.key", "terminal/gallery.db"},
                     of(progress.gallery), progress, &Judge::check_gallery);
    }
    if (!found) {
        found = part(image, {"sync/"}, mix(of(progress.roster), of(progress.receipt)), progress, &Judge::check_sync);
    }
    return found;
}

std::optional<Finding> Judge::part(const Image &image, std::initializer_list<std::string_view> prefixes,
                                   std::uint64_t promises, const Progress &progress, Check check) {
    std::uint64_t hash = mix(promises, std::string(*prefixes.begin()) + std::string(*std::prev(prefixes.end())));
    for (const auto &[path, content] : image.files) {
        if (is_named(path, prefixes)) {
            hash = mix(mix(hash, path), content);
        }
    }
    for (const std::string &path : image.directories) {
        hash = mix(hash, path);
    }
    if (seen_.contains(hash)) {
        return std::nullopt;
    }
    Image its{{}, image.directories};
    std::ranges::copy_if(image.files, std::inserter(its.files, its.files.end()),
                         [&](const auto &file) { return is_named(file.first, prefixes); });
    lay_out(its);
    std::optional<Finding> found;
    std::deque<Op> recovery;
    {
        Recording recording(directory_, Control::none);
        recording.adopt(its);
        found = (this->*check)(progress);
        recovery = recording.ops();
    }
    if (!found) {
        found = cut_again(its, recovery, progress, check);
    }
    if (!found) {
        seen_.insert(hash);
    }
    return found;
}

void Judge::lay_out(const Image &image) const {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    for (const std::string &path : image.directories) { // parents sort before what is in them
        std::filesystem::create_directory(directory_ / path);
    }
    for (const auto &[path, content] : image.files) {
        write_plainly(directory_ / path, content, 0600);
    }
}

std::optional<Finding> Judge::cut_again(const Image &image, const std::deque<Op> &ops, const Progress &progress,
                                        Check check) {
    if (ops.empty()) {
        return std::nullopt; // nothing had to be put right
    }
    ++second_cuts_;
    Disk disk(image);
    const std::size_t boundary = 1 + random_() % ops.size();
    for (std::size_t i = 0; i < boundary; ++i) {
        disk.apply(ops[i]);
    }
    lay_out(disk.after_cut(random_fates(disk.uncertain(), random_), random_));
    auto found = (this->*check)(progress);
    if (found) {
        found->text +=
            fmt::format(" (power gone again after operation {} of {} of the recovery)", boundary, ops.size());
    }
    return found;
}

std::optional<Finding> Judge::check_keys(const Progress &progress) {
    const Layout layout(directory_);
    if (const auto made = make_directory(layout.media); !made) {
        return wrong(Wrong::corrupt, made.error().message);
    }
    for (const auto &[promised, path] : {std::pair{progress.signing_key, layout.signing_key()},
                                         std::pair{progress.sealing_key, layout.sealing_key()}}) {
        if (promised && !std::filesystem::exists(path)) {
            return wrong(Wrong::lost, path.filename().string());
        }
    }
    const auto signer = identity::open_or_create_signer(layout.signing_key());
    const auto sealing = identity::open_or_create_sealing_key(layout.sealing_key());
    if (!signer || !sealing) {
        return wrong(Wrong::half, signer ? sealing.error().message : signer.error().message);
    }
    if (progress.signing_key && (*signer)->public_key_pem() != script_.public_key_pem) {
        return wrong(Wrong::corrupt, "the signing key is another one");
    }
    return std::nullopt;
}

std::optional<Finding> Judge::check_events(const Progress &progress) {
    auto reader = journal::JournalReader::open(Layout(directory_).journal());
    if (!reader) {
        return wrong(Wrong::corrupt, "journal: " + reader.error().message);
    }
    const auto events = reader->read(0, script_.events.size() + 1, kMaxFile);
    if (!events) {
        return wrong(Wrong::corrupt, "journal: " + events.error().message);
    }
    if (events->size() < progress.events.acked) {
        return wrong(Wrong::lost, fmt::format("{} of {} events are there", events->size(), progress.events.acked));
    }
    if (events->size() > progress.events.begun) {
        return wrong(Wrong::corrupt, "an event that nobody appended");
    }
    for (std::size_t i = 0; i < events->size(); ++i) {
        const record::StoredEvent &found = (*events)[i];
        const record::StoredEvent &written = script_.events[i];
        // An event that was not acknowledged may have been signed anew when it was tried again.
        const bool same = found.id == written.id && found.body == written.body && found.prev == written.prev &&
                          found.hash == written.hash &&
                          (i >= progress.events.acked || found.signature == written.signature);
        if (!same) {
            return wrong(i < progress.events.acked ? Wrong::corrupt : Wrong::half,
                         fmt::format("event {} is not what was written", i + 1));
        }
        if (auto bad = check_media(found)) {
            return bad;
        }
    }
    return std::nullopt;
}

std::optional<Finding> Judge::check_media(const record::StoredEvent &event) {
    if (event.kind != to_string(record::EventKind::clip_saved) &&
        event.kind != to_string(record::EventKind::lesson_video_saved)) {
        return std::nullopt;
    }
    const auto body = record::read_body(event);
    if (!body) {
        return wrong(Wrong::corrupt, body.error().message);
    }
    const std::string name(body->data.at("file").as_string());
    const auto content = read_file(Layout(directory_).media / name, kMaxFile);
    if (!content) {
        return wrong(Wrong::lost, fmt::format("event {} names a video that is not there", event.seq));
    }
    if (hex(sha256(as_bytes(*content))) != body->data.at("sha256").as_string()) {
        return wrong(Wrong::half, fmt::format("event {} names a video that is not whole", event.seq));
    }
    return std::nullopt;
}

/// What was begun is mended: what was synced of it plays, and mending it again changes nothing.
std::optional<Finding> Judge::check_films(const Progress &progress) {
    const auto media = Layout(directory_).media;
    std::int64_t pictures = 0;
    for (const auto &film : recorder::find_open_films(media)) {
        const bool growing = film.id.str() == progress.film;
        const auto mended = recorder::mend(media, film);
        if (!mended) {
            continue; // cut in its first second: dropped, and lost if anything of it was promised
        }
        const auto again = recorder::mend(media, film);
        if (!again || again->sha256 != mended->sha256) {
            return wrong(Wrong::corrupt, "a film that is mended twice is another one");
        }
        pictures = growing ? mended->frames : pictures;
    }
    if (pictures < progress.film_pictures) {
        return wrong(Wrong::lost,
                     fmt::format("{} of {} pictures of the growing film are there", pictures, progress.film_pictures));
    }
    return std::nullopt;
}

/// What no event names is found and journaled, with what its pictures were; nothing half-written stays.
std::optional<Finding> Judge::check_clips() {
    const auto media = Layout(directory_).media;
    recorder::StrayClips strays(media);
    auto reader = journal::JournalReader::open(Layout(directory_).journal());
    const auto events =
        reader ? reader->read(0, script_.events.size() + 1, kMaxFile) : tl::unexpected<Error>(reader.error());
    if (!events) {
        return wrong(Wrong::corrupt, "journal: " + events.error().message);
    }
    std::set<std::string> named;
    for (const auto &event : *events) {
        const auto body = record::read_body(event).value();
        strays.note(body);
        named.insert(json::text_of(body.data, "file"));
    }
    MemorySink recovered;
    const FakeClock clock;
    if (const auto done = strays.recover(recovered, clock); !done) {
        return wrong(Wrong::corrupt, "clips: " + done.error().message);
    }
    for (const auto &draft : recovered.drafts()) {
        if (json::number_of(draft.data, "frames") != script_.clip_frames) {
            return wrong(Wrong::half, "a clip that no event names is not whole");
        }
        named.insert(json::text_of(draft.data, "file"));
    }
    for (const auto &entry : std::filesystem::directory_iterator(media)) {
        const auto name = entry.path().filename().string();
        const auto note = media / (entry.path().stem().string() + ".open.json");
        const bool lost = name.ends_with(".tmp") || (name.ends_with(".mp4") && !named.contains(name));
        if (lost && !std::filesystem::exists(note)) {
            return wrong(Wrong::lost, name + ": lies there for ever");
        }
    }
    return std::nullopt;
}

/// The terminal starts again: keys, journal, media; then whoever got no answer tries again with the same id.
std::optional<Finding> Judge::check_terminal(const Progress &progress) {
    if (auto bad = check_keys(progress)) {
        return bad;
    }
    const Layout layout(directory_);
    const auto signer = identity::open_or_create_signer(layout.signing_key());
    const auto writer = journal::JournalWriter::open(layout.journal(), **signer);
    if (!writer) {
        return wrong(Wrong::corrupt, "journal: " + writer.error().message);
    }
    if (auto bad = check_events(progress)) {
        return bad;
    }
    if (auto bad = check_films(progress)) {
        return bad;
    }
    if (auto bad = check_clips()) {
        return bad;
    }
    if (progress.events.begun > 0) {
        const auto seq = (*writer)->append(script_.drafts[progress.events.begun - 1]);
        if (!seq || *seq != static_cast<record::Sequence>(progress.events.begun)) {
            return wrong(Wrong::corrupt,
                         "a retry with the same id: " + (seq ? fmt::format("seq {}", *seq) : seq.error().message));
        }
    }
    const auto verified = journal::verify_journal(layout.journal());
    if (!verified || verified->first_bad) {
        return wrong(Wrong::corrupt, "verify: " + (verified ? verified->first_bad->error : verified.error()).message);
    }
    if (verified->head.seq != static_cast<record::Sequence>(progress.events.begun)) {
        return wrong(Wrong::corrupt, fmt::format("verify: ends at event {}", verified->head.seq));
    }
    return std::nullopt;
}

std::optional<Finding> Judge::check_gallery(const Progress &progress) {
    if (auto bad = check_keys(progress)) {
        return bad;
    }
    const Layout layout(directory_);
    const auto key = identity::open_or_create_sealing_key(layout.sealing_key());
    const auto device = identity::device_id(identity::PublicKey::from_pem(script_.public_key_pem).value());
    const auto gallery = gallery::Gallery::open(layout.gallery(), *key, device);
    if (!gallery) {
        return wrong(Wrong::corrupt, "gallery: " + gallery.error().message);
    }
    const auto state = look_at_gallery(**gallery);
    if (!state) {
        return wrong(Wrong::corrupt, "gallery: " + state.error().message);
    }
    return check_version(script_.galleries, *state, progress.gallery, "gallery");
}

/// The sync daemon starts again.
std::optional<Finding> Judge::check_sync(const Progress &progress) {
    const Layout layout(directory_);
    const auto roster = read_file(layout.sync / "roster.json", kMaxFile);
    const std::string text = roster ? *roster : "";
    if (auto bad = check_version(script_.rosters, text, progress.roster, "roster.json")) {
        return bad;
    }
    const auto before = read_file(layout.sync / "acked.json", kMaxFile); // opening may write it anew
    if (before && !json::parse(*before)) {
        return wrong(Wrong::half, "acked.json");
    }
    auto state = sync::State::open(layout.sync);
    if (!state) {
        return wrong(Wrong::corrupt, "sync: " + state.error().message);
    }
    const auto acked = state->acked(ChainId(script_.chain));
    if (!acked) {
        return wrong(Wrong::corrupt, "sync: " + acked.error().message);
    }
    if (auto bad = check_version(script_.receipts, *acked, progress.receipt, "receipts")) {
        return bad;
    }
    if (*acked == 0) {
        return std::nullopt;
    }
    const auto file = read_file(layout.sync / "acked.json", kMaxFile);
    const auto json = file ? json::parse(*file) : tl::unexpected<Error>(file.error());
    if (!json || json->at("seq").to_number<std::int64_t>() != *acked) {
        return wrong(json ? Wrong::lost : Wrong::half, "acked.json");
    }
    return std::nullopt;
}

} // namespace xueshi::test::crash
