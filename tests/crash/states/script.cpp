#include "tests/crash/states/script.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "daemon/sync/state.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/recorder/clip_writer.hpp"
#include "firmware/recorder/film.hpp"
#include "firmware/recorder/fragments.hpp"
#include "tests/crash/states/film.hpp"
#include "tests/crash/states/gallery_state.hpp"
#include "tests/crash/states/pragma_override.hpp"
#include "tests/support/fake_clock.hpp"

namespace xueshi::test::crash {
namespace {

constexpr int kDays = 3;

template <typename T>
T must(Expected<T> result) {
    if (!result) {
        throw std::runtime_error("script: " + result.error().message);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

/// The programs, played by one thread that takes the others' turns between the file calls of a clip.
class Programs final : public record::EventSink {
public:
    Programs(const std::filesystem::path &root, Control control, Script &script)
        : layout_(root), faults_(control == Control::none), script_(script), recording_(root, control) {
        override_synchronous(control == Control::normal ? "NORMAL" : control == Control::off ? "OFF" : "");
        recording_.fail_sync = [this](std::string_view path) {
            return fail_syncs_ > 0 && path == failing_ && fail_syncs_-- > 0;
        };
    }
    ~Programs() override { override_synchronous(""); }

    void first_start();
    void day(int number);
    void finish();

    /// Tries until it is saved, as checkin does, and keeps the id.
    Expected<record::Sequence> append(const record::EventDraft &draft) override;

private:
    void mark();
    void start();
    void stop();
    void punch();
    void punches(int count);
    void save_clip(int number);
    void film_lesson();
    void save_roster();
    void save_receipt();
    template <typename Change>
    void change_gallery(Change change);
    void enrol(int person, int samples);
    void erase(int person);
    void work_with_failing_fsyncs();
    void work_beside_a_reader();

    Layout layout_;
    bool faults_;
    Script &script_;
    Recording recording_;
    Progress progress_;
    FakeClock clock_;
    std::vector<recorder::UnitPtr> film_ = make_film();
    std::unique_ptr<identity::Signer> signer_;
    std::optional<identity::SealingKey> sealing_key_;
    std::unique_ptr<journal::JournalWriter> journal_;
    std::unique_ptr<gallery::Gallery> gallery_;
    std::optional<sync::State> sync_;
    std::string failing_;
    int fail_syncs_ = 0;
};

void Programs::mark() {
    script_.progress.emplace_back(recording_.ops().size(), progress_);
}

void Programs::first_start() {
    mark();
    must(make_directory(layout_.terminal));
    must(make_directory(layout_.media));
    signer_ = must(identity::open_or_create_signer(layout_.signing_key()));
    script_.public_key_pem = signer_->public_key_pem();
    progress_.signing_key = true;
    mark();
    sealing_key_ = must(identity::open_or_create_sealing_key(layout_.sealing_key()));
    progress_.sealing_key = true;
    mark();
    start();
}

void Programs::start() {
    journal_ = must(journal::JournalWriter::open(layout_.journal(), *signer_));
    script_.chain = journal_->description().chain.str();
    gallery_ = must(gallery::Gallery::open(layout_.gallery(), *sealing_key_, journal_->description().device));
    sync_ = must(sync::State::open(layout_.sync));
}

void Programs::stop() {
    sync_.reset();
    gallery_.reset();
    journal_.reset();
}

Expected<record::Sequence> Programs::append(const record::EventDraft &draft) {
    script_.drafts.push_back(draft);
    progress_.events.begun = script_.drafts.size();
    mark();
    auto seq = journal_->append(draft);
    for (int tries = 0; !seq && tries < 5; ++tries) {
        seq = journal_->append(draft);
    }
    if (must(seq) != static_cast<record::Sequence>(script_.drafts.size())) {
        throw std::runtime_error("script: an event has another seq than its turn");
    }
    progress_.events.acked = script_.drafts.size();
    mark();
    return seq;
}

void Programs::punch() {
    clock_.advance(1'500);
    record::EventDraft draft;
    draft.id = Uuid::v7(clock_.now().wall_ms);
    draft.kind = record::EventKind::punch;
    draft.source = {record::SourceKind::virtual_device, "crash test"};
    draft.at = clock_.now();
    record::Punch punch;
    punch.person = gallery_person(static_cast<int>(script_.drafts.size()) % kGalleryPersons);
    punch.room = RoomId("room-1");
    punch.model = kGalleryModel;
    draft.data = record::to_json(punch);
    must(append(draft));
}

void Programs::punches(int count) {
    for (int i = 0; i < count; ++i) {
        punch();
    }
}

void Programs::save_clip(int number) {
    recorder::Clip clip;
    clip.id = MediaId(Uuid::v7(clock_.now().wall_ms).str());
    clip.source = {record::SourceKind::virtual_device, "crash test"};
    clip.units = film_;
    script_.clip_frames = static_cast<std::int64_t>(film_.size());
    int left = number; // how many turns others get inside of this clip
    recording_.between = [&](OpKind kind) {
        if (left > 0) {
            --left;
            kind == OpKind::create ? enrol(number, 1) : kind == OpKind::sync_file ? save_roster() : punch();
        }
    };
    recorder::ClipWriter writer(std::move(clip));
    must(writer.attempt(layout_.media, *this, clock_));
    recording_.between = nullptr;
}

/// Until so many pictures are in the file, since the muxer works in threads of its own. How many there are then.
std::int64_t write_out(recorder::Film &film, const std::filesystem::path &path, std::int64_t pictures) {
    for (;;) {
        must(film.flush());
        const auto facts = recorder::read_film_facts(recorder::PartFile::part_name(path));
        if (facts && facts->frames >= pictures) {
            return facts->frames;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

/// Six seconds of lesson video, with punches meanwhile.
void Programs::film_lesson() {
    recorder::OpenFilm about;
    about.event = Uuid::v7(clock_.now().wall_ms);
    about.id = MediaId(Uuid::v7(clock_.now().wall_ms).str());
    about.source = {record::SourceKind::virtual_device, "crash test"};
    about.camera = "classroom";
    about.room = RoomId("room-1");
    about.first = film_.front()->captured;
    about.first.boot_id = clock_.now().boot_id;
    const auto path = about.film(layout_.media);
    const auto film = must(recorder::Film::begin(layout_.media, about, false));
    progress_.film = about.id.str();
    mark();
    for (std::int64_t round = 0; round < 3; ++round) {
        for (const auto &unit : film_) {
            auto later = *unit;
            later.pts_ns += round * 2'000'000'000;
            later.captured.boot_ms += round * 2'000;
            must(film->add(later));
        }
        progress_.film_pictures = write_out(*film, path, 20 * round + 10);
        must(film->sync());
        mark();
        punch();
    }
    const auto saved = must(film->finish());
    progress_.film_pictures = saved.frames;
    mark();
    must(append(recorder::draft_of(about, saved, clock_.now())));
    progress_.film.clear(); // now its event stands for it
    progress_.film_pictures = 0;
    mark();
    must(remove_durably(about.note(layout_.media)));
}

void Programs::save_roster() {
    script_.rosters.push_back("{\"version\":" + std::to_string(script_.rosters.size()) + ",\"filler\":\"" +
                              std::string(3'000, 'r') + "\"}");
    progress_.roster.begun = script_.rosters.size() - 1;
    mark();
    must(sync_->save_roster(script_.rosters.back(), "tag"));
    progress_.roster.acked = progress_.roster.begun;
    mark();
}

void Programs::save_receipt() {
    const auto through = static_cast<record::Sequence>(progress_.events.acked);
    script_.receipts.push_back(through);
    progress_.receipt.begun = script_.receipts.size() - 1;
    mark();
    const identity::SignedDocument document{"receipt through " + std::to_string(through), random_bytes(70)};
    must(sync_->save_receipt(ChainId(script_.chain), through, document, clock_.now().wall_ms));
    progress_.receipt.acked = progress_.receipt.begun;
    mark();
}

template <typename Change>
void Programs::change_gallery(Change change) {
    // What it will be is known only afterwards: the place is kept and filled then.
    script_.galleries.emplace_back();
    progress_.gallery.begun = script_.galleries.size() - 1;
    mark();
    must(change());
    script_.galleries.back() = must(look_at_gallery(*gallery_));
    progress_.gallery.acked = progress_.gallery.begun;
    mark();
}

void Programs::enrol(int person, int samples) {
    const PersonId id = gallery_person(person % kGalleryPersons);
    change_gallery([&] { return gallery_->set_consent(id, "face", true); });
    std::vector<gallery::StoredTemplate> templates(static_cast<std::size_t>(samples));
    for (auto &each : templates) {
        each.model = kGalleryModel;
        each.bytes = random_bytes(2'048);
    }
    change_gallery([&] { return gallery_->replace(id, "face", "", templates); });
}

void Programs::erase(int person) {
    change_gallery([&] { return gallery_->erase(gallery_person(person % kGalleryPersons)); });
}

/// Once the log's, once more than the writer tries by itself, and the database's in a checkpoint.
void Programs::work_with_failing_fsyncs() {
    if (!faults_) {
        return;
    }
    failing_ = "terminal/journal.db-wal";
    fail_syncs_ = 1;
    punches(2);
    fail_syncs_ = 3;
    punches(2);
    failing_ = "terminal/journal.db";
    fail_syncs_ = 1;
    if (journal_->checkpoint()) {
        throw std::runtime_error("script: a checkpoint whose fsync failed said it was done");
    }
    punches(2);
    fail_syncs_ = 0;
}

/// A reader that stays: the log cannot begin anew, a checkpoint moves only a part.
void Programs::work_beside_a_reader() {
    auto reader = must(sqlite::Database::open(layout_.journal(), sqlite::Mode::read_only));
    must(reader.execute("BEGIN"));
    auto count = must(sqlite::Statement::prepare(reader, "SELECT count(*) FROM event"));
    must(count.step());
    punch();
    must(journal_->checkpoint());
    punch();
    count.reset();
    must(reader.execute("COMMIT"));
    must(journal_->checkpoint());
    punch();
}

void Programs::day(int number) {
    punches(2);
    enrol(number, 3);
    save_roster();
    save_clip(number);
    film_lesson();
    save_receipt();
    must(journal_->checkpoint());
    punch();
    if (must(journal_->append(script_.drafts.front())) != 1) {
        throw std::runtime_error("script: a second append of an id gave another seq");
    }
    work_beside_a_reader();
    work_with_failing_fsyncs();
    erase(number - 1);
    save_receipt();
    stop();
    start();
    punch();
}

void Programs::finish() {
    auto reader = must(journal::JournalReader::open(layout_.journal()));
    script_.events = must(reader.read(0, script_.drafts.size() + 1, 64u << 20));
    stop();
    script_.ops = recording_.ops();
    if (script_.events.size() != script_.drafts.size()) {
        throw std::runtime_error("script: events and drafts differ in number");
    }
}

} // namespace

std::size_t Script::mark_after(std::size_t operations) const {
    const auto next = std::ranges::upper_bound(progress, operations, {}, [](const auto &each) { return each.first; });
    return static_cast<std::size_t>(next - progress.begin()) - 1;
}

Script record_script(const std::filesystem::path &root, Control control) {
    Script script;
    Programs programs(root, control, script);
    programs.first_start();
    for (int number = 1; number <= kDays; ++number) {
        programs.day(number);
    }
    programs.finish();
    return script;
}

} // namespace xueshi::test::crash
