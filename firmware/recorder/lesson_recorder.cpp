#include "firmware/recorder/lesson_recorder.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/film.hpp"
#include "firmware/recorder/journaled_evidence.hpp"
#include "firmware/recorder/parameter_sets.hpp"

namespace xueshi::recorder {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kLook = 250ms;
constexpr auto kMendPause = 60s; ///< between two tries at films that could not be saved
/// A wall clock that jumped further ends a film: both ends of one are to be told by one clock.
constexpr std::int64_t kClockStepMs = 2'000;
constexpr std::int64_t kSilentCameraMs = 2'000, kSilentSoundMs = 2'000;
/// Sound that came before the picture of its moment, which takes longer to encode.
constexpr std::int64_t kSoundAheadMs = 3'000;
/// Of a film: its event has room for so many again, until the next key frame. Untold, a pause would count as filmed.
constexpr std::size_t kManyGaps = record::kMaxVideoGaps / 2;
/// Beyond `keep_free` before filming goes on: or it would stop again at once.
constexpr std::int64_t kRoomToResume = 64ll << 20;

struct CameraLost {};
struct MicrophoneLost {};
using Item = std::variant<camera::Unit, camera::SoundUnit, CameraLost, MicrophoneLost>;

std::size_t size_of(const Item &item) {
    if (const auto *unit = std::get_if<camera::Unit>(&item)) {
        return unit->data.size();
    }
    const auto *sound = std::get_if<camera::SoundUnit>(&item);
    return sound != nullptr ? sound->data.size() : 0;
}

class FilmingRecorder final : public LessonRecorder {
public:
    FilmingRecorder(LessonOptions options, record::EventSink &sink, const Clock &clock, Evidence &evidence)
        : options_(std::move(options)), sink_(sink), clock_(clock), evidence_(evidence), worker_([this] { work(); }) {}
    ~FilmingRecorder() override { stop(); }

    void push(camera::Unit unit) override { enqueue(std::move(unit)); }
    void push(camera::SoundUnit unit) override { enqueue(std::move(unit)); }
    void camera_lost() override { enqueue(CameraLost{}); }
    void microphone_lost() override { enqueue(MicrophoneLost{}); }
    void set_plan(Plan plan) override {
        const std::lock_guard lock(mutex_);
        plan_ = std::move(plan);
    }
    void set_source(record::Source source) override {
        const std::lock_guard lock(mutex_);
        source_ = std::move(source);
    }
    void set_sound_source(record::Source source) override {
        const std::lock_guard lock(mutex_);
        sound_source_ = std::move(source);
    }
    State state() const override {
        const std::lock_guard lock(mutex_);
        return state_;
    }
    void stop() override;

private:
    void enqueue(Item item);
    // The worker's own:
    void work();
    void handle(const camera::Unit &unit);
    void handle(const camera::SoundUnit &unit);
    void handle(CameraLost) { end_film(); }
    void handle(MicrophoneLost) { sound_ = false; }
    void look();
    void begin_film(const camera::Unit &first, const Span &span);
    void begin_sound();
    bool must_end(const camera::Unit &next, const std::optional<Span> &span) const;
    void end_film();
    void abandon(const Error &error);
    bool journal(const OpenFilm &film, const record::LessonVideoSaved &saved);
    void mend_films();
    void watch_space();
    void set_stopped(bool stopped, std::string reason);
    void tell_evidence(const Instant &until);
    std::optional<Span> planned(std::int64_t wall_ms) const;
    bool camera_is_silent() const;

    const LessonOptions options_;
    record::EventSink &sink_;
    const Clock &clock_;
    Evidence &evidence_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    std::size_t queued_bytes_ = 0;
    bool skipping_ = false; ///< until the next key frame: something before it found no place
    Plan plan_;
    record::Source source_;
    std::optional<record::Source> sound_source_;
    SteadyClock::time_point last_unit_{}; ///< a picture came: when it did, not when the disk had time for it
    State state_;
    bool stopping_ = false;

    std::unique_ptr<Film> film_;
    std::optional<Span> span_; ///< of the film
    Bytes parameter_sets_;     ///< of the film
    bool sound_ = false;
    std::deque<camera::SoundUnit> newest_sound_; ///< a film begins with that of its first picture
    std::int64_t synced_boot_ms_ = 0;
    Instant told_; ///< to the evidence, up to here
    SteadyClock::time_point next_mend_{}, next_space_{}, not_before_{};
    std::thread worker_; ///< last: starts when all else is there
};

void FilmingRecorder::enqueue(Item item) {
    {
        const std::lock_guard lock(mutex_);
        const auto *unit = std::get_if<camera::Unit>(&item);
        last_unit_ = unit != nullptr ? SteadyClock::now() : last_unit_;
        skipping_ = skipping_ && (unit == nullptr || !unit->key_frame);
        const bool full = queued_bytes_ + size_of(item) > options_.queue_bytes;
        if (size_of(item) > 0 && (full || (unit != nullptr && skipping_))) {
            skipping_ = skipping_ || unit != nullptr;
            ++state_.dropped;
            return;
        }
        queued_bytes_ += size_of(item);
        queue_.push_back(std::move(item));
    }
    wake_.notify_one();
}

void FilmingRecorder::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait_for(lock, kLook, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            const bool over = stopping_;
            lock.unlock();
            if (film_) {
                if (auto flushed = film_->flush(); !flushed) {
                    abandon(flushed.error());
                }
            }
            look();
            if (over) {
                end_film();
                return;
            }
            lock.lock();
            continue;
        }
        const auto item = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= size_of(item);
        lock.unlock();
        std::visit([this](const auto &value) { handle(value); }, item);
        look();
        lock.lock();
    }
}

std::optional<Span> FilmingRecorder::planned(std::int64_t wall_ms) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        plan_, [&](const Span &span) { return span.start_ms <= wall_ms && wall_ms < span.end_ms; });
    return found != plan_.end() ? std::optional(*found) : std::nullopt;
}

/// Not while pictures wait: then it is the disk that is slow.
bool FilmingRecorder::camera_is_silent() const {
    const std::lock_guard lock(mutex_);
    return queue_.empty() && SteadyClock::now() - last_unit_ > std::chrono::milliseconds(kSilentCameraMs);
}

void FilmingRecorder::handle(const camera::Unit &unit) {
    if (unit.key_frame) {
        const auto span = planned(unit.captured.wall_ms);
        if (film_ && must_end(unit, span)) {
            end_film();
        }
        if (!film_ && span) {
            begin_film(unit, *span);
        }
    }
    if (!film_) {
        return;
    }
    if (auto added = film_->add(unit); !added) {
        abandon(added.error());
        return;
    }
    if (unit.captured.boot_ms - synced_boot_ms_ >= options_.sync_ms) {
        synced_boot_ms_ = unit.captured.boot_ms;
        tell_evidence(unit.captured);
        if (auto synced = film_->sync(); !synced) {
            abandon(synced.error());
        }
    }
}

bool FilmingRecorder::must_end(const camera::Unit &next, const std::optional<Span> &span) const {
    const auto &first = film_->about().first;
    const auto step_ms = (next.captured.wall_ms - next.captured.boot_ms) - (first.wall_ms - first.boot_ms);
    return std::abs(step_ms) > kClockStepMs || span != span_ || film_->with_sound() != sound_ ||
           parameter_sets(next.data) != parameter_sets_ || next.captured.boot_id != first.boot_id ||
           next.captured.boot_ms - first.boot_ms >= options_.longest_ms || film_->gaps().size() >= kManyGaps;
}

void FilmingRecorder::handle(const camera::SoundUnit &unit) {
    sound_ = sound_ || !film_ || film_->newest().boot_ms - unit.captured.boot_ms < kSilentSoundMs / 2;
    newest_sound_.push_back(unit);
    while (unit.captured.boot_ms - newest_sound_.front().captured.boot_ms > kSoundAheadMs) {
        newest_sound_.pop_front();
    }
    if (!film_) {
        return;
    }
    if (auto added = film_->add(unit); !added) {
        abandon(added.error());
    }
}

/// A track of an MP4 in fragments begins at 0: what were missing of the sound would move all of it.
void FilmingRecorder::begin_sound() {
    for (const auto &unit : newest_sound_) {
        if (auto added = film_->add(unit); !added) {
            abandon(added.error());
            return;
        }
    }
}

void FilmingRecorder::begin_film(const camera::Unit &first, const Span &span) {
    if (state().stopped_for_space || SteadyClock::now() < not_before_) {
        return;
    }
    OpenFilm about;
    about.event = Uuid::v7(first.captured.wall_ms);
    about.id = MediaId(Uuid::v7(first.captured.wall_ms).str());
    about.camera = options_.camera;
    about.room = span.room;
    about.lessons = span.lessons;
    about.first = first.captured;
    {
        const std::lock_guard lock(mutex_);
        about.source = sound_ && sound_source_ ? record::joined(source_, *sound_source_) : source_;
    }
    auto film = Film::begin(options_.media_directory, std::move(about), sound_);
    if (!film) {
        abandon(film.error());
        return;
    }
    film_ = std::move(*film);
    span_ = span;
    parameter_sets_ = parameter_sets(first.data);
    synced_boot_ms_ = first.captured.boot_ms;
    told_ = first.captured;
    {
        const std::lock_guard lock(mutex_);
        state_.filming = true;
        ++state_.unsaved;
    }
    log::info("film_begun", {{"video", film_->about().id}, {"sound", film_->with_sound()}});
    begin_sound();
}

void FilmingRecorder::end_film() {
    if (!film_) {
        return;
    }
    tell_evidence(film_->newest());
    const auto film = std::move(film_);
    span_.reset();
    const auto saved = film->finish();
    {
        const std::lock_guard lock(mutex_);
        state_.filming = false;
    }
    if (!saved) {
        abandon(saved.error());
    } else if (!journal(film->about(), *saved)) {
        next_mend_ = SteadyClock::now() + kMendPause;
    }
}

/// A film that could not be written on: what there is of it is mended later.
void FilmingRecorder::abandon(const Error &error) {
    log::error("film_interrupted", {log::Field(error)});
    film_.reset();
    span_.reset();
    next_mend_ = not_before_ = SteadyClock::now() + kMendPause;
    set_stopped(true, error.code == ErrorCode::no_space ? "disk_full" : error.message);
}

bool FilmingRecorder::journal(const OpenFilm &film, const record::LessonVideoSaved &saved) {
    if (const auto appended = sink_.append(draft_of(film, saved, clock_.now())); !appended) {
        log::error("film_not_journaled", {{"video", film.id}, log::Field(appended.error())});
        return false;
    }
    if (const auto removed = remove_durably(film.note(options_.media_directory)); !removed) {
        log::warning("film_note_not_removed", {{"video", film.id}, log::Field(removed.error())});
    }
    log::info("film_saved", {{"video", film.id},
                             {"bytes", saved.bytes},
                             {"duration_ms", saved.duration_ms},
                             {"recovered", saved.recovered}});
    const std::lock_guard lock(mutex_);
    state_.unsaved = std::max<std::int64_t>(0, state_.unsaved - 1);
    return true;
}

/// What an end of power, of the program or of the disk left: finished now, and journaled.
void FilmingRecorder::mend_films() {
    std::int64_t left = 0;
    for (const auto &film : find_open_films(options_.media_directory)) {
        if (film_ && film.id == film_->about().id) {
            ++left;
            continue;
        }
        const auto saved = mend(options_.media_directory, film);
        if (saved) {
            add_film(evidence_, *saved);
            left += journal(film, *saved) ? 0 : 1;
        } else if (saved.error().code == ErrorCode::corrupt || saved.error().code == ErrorCode::not_found) {
            log::error("film_dropped", {{"video", film.id}, log::Field(saved.error())}); // cut in its first second
            for (const auto &path :
                 {PartFile::part_name(film.film(options_.media_directory)), film.note(options_.media_directory)}) {
                if (auto removed = remove_durably(path); !removed) {
                    log::warning("film_not_removed", {{"video", film.id}, log::Field(removed.error())});
                }
            }
        } else {
            log::error("film_not_mended", {{"video", film.id}, log::Field(saved.error())});
            ++left;
        }
    }
    const std::lock_guard lock(mutex_);
    state_.unsaved = left;
}

/// What is due whether units come or not.
void FilmingRecorder::look() {
    const auto now = SteadyClock::now();
    if (film_ && camera_is_silent()) {
        end_film();
    }
    if (film_ && film_->with_sound() && film_->sound_behind_ms() > kSilentSoundMs) {
        sound_ = false; // the muxer would wait for it
        end_film();
    }
    if (now >= next_mend_) {
        next_mend_ = now + kMendPause;
        mend_films();
    }
    if (now >= next_space_) {
        next_space_ = now + kLook;
        watch_space();
    }
}

void FilmingRecorder::watch_space() {
    const auto free = options_.free_bytes(options_.media_directory);
    const bool stopped = state().stopped_for_space;
    if (!stopped && free >= 0 && free < options_.keep_free) {
        end_film();
        set_stopped(true, "disk_full");
    } else if (stopped && free >= options_.keep_free + kRoomToResume && SteadyClock::now() >= not_before_) {
        set_stopped(false, {});
    }
}

void FilmingRecorder::set_stopped(bool stopped, std::string reason) {
    {
        const std::lock_guard lock(mutex_);
        state_.filming = film_ != nullptr;
        if (state_.stopped_for_space == stopped) {
            return;
        }
        state_.stopped_for_space = stopped;
    }
    log::error(stopped ? "filming_stopped" : "filming_resumed", {{"reason", reason}});
    record::EventDraft draft;
    draft.at = clock_.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = record::EventKind::recording_gap;
    draft.data = record::to_json(
        record::RecordingGap{stopped, std::move(reason), options_.free_bytes(options_.media_directory)});
    if (const auto told = sink_.append(draft); !told) {
        log::error("event_not_saved", {{"kind", "recording_gap"}, log::Field(told.error())});
    }
}

void FilmingRecorder::tell_evidence(const Instant &until) {
    const auto shift = until.wall_ms - until.boot_ms; // the clock may have been set since
    evidence_.recorded(told_.boot_ms + shift, until.wall_ms);
    if (options_.wants_sound && !film_->with_sound()) {
        evidence_.faulty(told_.boot_ms + shift, until.wall_ms);
    }
    for (const auto &[from, after] : film_->gaps()) {
        evidence_.faulty(from + shift, after + shift);
    }
    told_ = until;
}

void FilmingRecorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (worker_.joinable()) {
        worker_.join();
    }
}

} // namespace

std::int64_t free_bytes_on_disk(const std::filesystem::path &path) {
    struct statvfs disk{};
    if (::statvfs(path.c_str(), &disk) != 0) {
        return -1;
    }
    return static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
}

Expected<std::unique_ptr<LessonRecorder>> LessonRecorder::create(LessonOptions options, record::EventSink &sink,
                                                                 const Clock &clock, Evidence &evidence) {
    if (options.longest_ms < 10'000 || options.sync_ms < 100 || options.keep_free < 0) {
        return fail(ErrorCode::invalid_argument, "lesson video: films of 10 s at least, synced every 100 ms at most");
    }
    if (auto made = make_directory(options.media_directory); !made) {
        return fail(made, "media directory");
    }
    return std::make_unique<FilmingRecorder>(std::move(options), sink, clock, evidence);
}

} // namespace xueshi::recorder
