#include "firmware/terminald/video.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"
#include "firmware/face/wide_search.hpp"

namespace xueshi::terminald {

namespace asio = boost::asio;

namespace {

/// Of pictures: the classroom's come every 200, a little early or late, the kiosk's oftener.
constexpr std::int64_t kCheckEveryMs = 150;
constexpr std::int64_t kSweepEveryMs = 30'000;
constexpr std::int64_t kShownMs = 12 * 3'600'000;    // lessons in the status: this half day's
constexpr std::int64_t kKeptMs = 3 * 24 * 3'600'000; // evidence of lessons that are long over

/// Searches piece by piece: those who check in meanwhile wait for no more than one. `done` is called on the worker's
/// thread.
void count_faces(checkin::FaceWorker &worker, std::shared_ptr<face::WideSearch> search,
                 std::function<void(const Expected<std::size_t> &)> done) {
    worker.run([&worker, search = std::move(search), done = std::move(done)](face::Pipeline &pipeline) {
        const auto more = search->step(pipeline);
        if (more && *more) {
            count_faces(worker, search, done);
        } else {
            done(more.map([&](bool) { return search->found().size(); }));
        }
    });
}

} // namespace

Expected<std::unique_ptr<Video>> Video::create(asio::io_context &context, VideoSettings settings,
                                               const MediaKeeper::Places &places, Parts parts) {
    settings.lesson.media_directory = places.state / "media";
    std::unique_ptr<Video> video(new Video(context, std::move(settings), parts));
    auto lesson = recorder::LessonRecorder::create(video->settings_.lesson, parts.sink, parts.clock, video->evidence_);
    if (!lesson) {
        return fail(lesson, "lesson video");
    }
    video->lesson_ = std::move(*lesson);
    const auto &made = video->settings_;
    video->keeper_ =
        std::make_unique<MediaKeeper>(places, made.retention, made.lesson.keep_free, parts.sink, parts.clock);
    if (video->settings_.classroom_kind != "none" && !video->wants_kiosk()) {
        video->make_classroom();
    }
    if (video->settings_.microphone_kind != "none") {
        video->make_microphone();
    }
    return video;
}

Video::Video(asio::io_context &context, VideoSettings settings, Parts parts)
    : context_(context), settings_(std::move(settings)), parts_(parts), pictures_(settings_.lesson.camera) {}

Video::~Video() = default;

void Video::make_classroom() {
    CameraPort::Callbacks callbacks;
    callbacks.frame = [this](const camera::Frame &frame) { offer(frame); };
    callbacks.unit = [this](const camera::Unit &unit) { lesson_->push(unit); };
    callbacks.opens = [this](const record::Source &source) { camera_opens(source); };
    callbacks.up = [this](recorder::Recorder *, const record::Source &, std::int64_t lost_ms) {
        note(record::EventKind::camera_gap, record::to_json(record::DeviceGap{"classroom", false, "", lost_ms}),
             camera_source_);
    };
    callbacks.down = [this](const Error &error) {
        camera_lost();
        note(record::EventKind::camera_gap, record::to_json(record::DeviceGap{"classroom", true, error.message, 0}),
             camera_source_);
    };
    classroom_ = std::make_unique<CameraPort>(context_, settings_.classroom, std::nullopt, parts_.sink, parts_.clock,
                                              std::move(callbacks));
}

void Video::make_microphone() {
    MicrophonePort::Callbacks callbacks;
    callbacks.unit = [this](camera::SoundUnit unit) { lesson_->push(std::move(unit)); };
    callbacks.level = [this](const camera::SoundLevel &level) {
        const std::lock_guard lock(mutex_);
        loudest_dbfs_ = std::max(loudest_dbfs_.value_or(level.dbfs), level.dbfs);
        if (const auto fault = sounds_.look(level.dbfs, level.captured)) {
            tell({*fault});
        }
    };
    callbacks.opens = [this](const record::Source &source) {
        sound_source_ = source;
        lesson_->set_sound_source(source);
    };
    callbacks.up = [this](std::int64_t lost_ms) {
        note(record::EventKind::microphone_gap, record::to_json(record::DeviceGap{"microphone", false, "", lost_ms}),
             sound_source_);
    };
    callbacks.down = [this](const Error &error) {
        lesson_->microphone_lost();
        note(record::EventKind::microphone_gap,
             record::to_json(record::DeviceGap{"microphone", true, error.message, 0}), sound_source_);
        const std::lock_guard lock(mutex_);
        if (const auto over = sounds_.end()) {
            tell({*over});
        }
    };
    microphone_ = std::make_unique<MicrophonePort>(context_, settings_.microphone, parts_.clock, std::move(callbacks));
}

void Video::start() {
    if (classroom_) {
        classroom_->start();
    }
    if (microphone_) {
        microphone_->start();
    }
}

void Video::stop() {
    if (classroom_) {
        classroom_->stop();
    }
    if (microphone_) {
        microphone_->stop();
    }
    end_faults();
    lesson_->stop();
}

/// What goes on when the program ends would be told by nobody: the next start sees only what comes after it.
void Video::end_faults() {
    {
        const std::lock_guard lock(mutex_);
        tell(pictures_.end());
        if (const auto silence = sounds_.end()) {
            tell({*silence});
        }
    }
    journal_faults();
}

void Video::kiosk_opens(const record::Source &source) {
    if (wants_kiosk()) {
        camera_opens(source);
    }
}

void Video::kiosk_lost() {
    if (wants_kiosk()) {
        camera_lost();
    }
}

/// A film may begin with the very first picture, before the loop hears of it.
void Video::camera_opens(const record::Source &source) {
    camera_source_ = source;
    lesson_->set_source(source);
}

void Video::camera_lost() {
    lesson_->camera_lost();
    const std::lock_guard lock(mutex_);
    newest_.reset();
    tell(pictures_.end());
}

void Video::offer(const camera::Frame &frame) {
    const std::lock_guard lock(mutex_);
    if (newest_ && frame.captured.boot_ms - checked_boot_ms_ < kCheckEveryMs) {
        return;
    }
    checked_boot_ms_ = frame.captured.boot_ms;
    newest_ = frame;
    tell(pictures_.look(frame));
}

/// Under the mutex, from whatever thread. They wait in one row and not each in what is posted: the stop journals what
/// the loop had no time for, and an end comes after its beginning.
void Video::tell(std::vector<record::ContentFault> faults) {
    if (!faults.empty()) {
        std::ranges::move(faults, std::back_inserter(untold_));
        asio::post(context_, [this] { journal_faults(); });
    }
}

void Video::journal_faults() {
    std::vector<record::ContentFault> faults;
    {
        const std::lock_guard lock(mutex_);
        faults.swap(untold_);
    }
    for (const auto &fault : faults) {
        log::warning("content_fault", {{"device", fault.device},
                                       {"fault", record::to_string(fault.fault)},
                                       {"state", fault.over ? "ended" : "began"}});
        recorder::add_fault(evidence_, fault);
        note(record::EventKind::content_fault, record::to_json(fault),
             fault.fault == record::Fault::silent ? sound_source_ : camera_source_);
    }
}

/// What goes on counts against the lesson while it does.
void Video::follow_faults() {
    const std::lock_guard lock(mutex_);
    auto ongoing = pictures_.ongoing();
    if (const auto silence = sounds_.ongoing()) {
        ongoing.push_back(*silence);
    }
    for (const auto &fault : ongoing) {
        recorder::add_fault(evidence_, fault);
    }
}

void Video::plan(const Instant &now) {
    recorder::Plan plan;
    if (roster_ && settings_.classroom_kind != "none") {
        plan = now.quality == ClockQuality::unset
                   ? film_everything(roster_->room)
                   : plan_films(roster_->classes, roster_->room, settings_.policy, now.wall_ms);
    }
    if (plan != plan_) {
        plan_ = plan;
        lesson_->set_plan(std::move(plan));
    }
}

void Video::every_second(const std::shared_ptr<const roster::Roster> &roster) {
    roster_ = roster;
    const auto now = parts_.clock.now();
    plan(now);
    follow_faults();
    sweep(now);
    evidence_.forget_before(now.wall_ms - kKeptMs);
    const bool due = !counting_ && now.boot_ms - counted_boot_ms_ >= settings_.headcount_s * 1'000;
    if (settings_.headcount_s > 0 && parts_.worker != nullptr && due) {
        count_heads(now);
    }
}

void Video::sweep(const Instant &now) {
    if (!keeper_->is_behind() && now.boot_ms - swept_boot_ms_ < kSweepEveryMs) {
        return;
    }
    swept_boot_ms_ = now.boot_ms;
    if (const auto freed = keeper_->step(); !freed) {
        log::warning("retention_failed", {log::Field(freed.error())});
    }
}

void Video::count_heads(const Instant &now) {
    const auto span = std::ranges::find_if(plan_, [&](const recorder::Span &candidate) {
        return candidate.start_ms <= now.wall_ms && now.wall_ms < candidate.end_ms;
    });
    std::optional<camera::Frame> frame;
    {
        const std::lock_guard lock(mutex_);
        frame = newest_;
    }
    if (span == plan_.end() || !frame) {
        return;
    }
    counted_boot_ms_ = now.boot_ms;
    record::Headcount count;
    count.room = span->room;
    count.lessons = span->lessons;
    count.camera = settings_.lesson.camera;
    for (const auto &lesson : span->lessons) {
        count.checked_in += checked_in(lesson);
    }
    counting_ = true; // a slow board may take longer than until the next one
    count_faces(*parts_.worker, std::make_shared<face::WideSearch>(std::move(*frame)),
                [this, &context = context_, count](const Expected<std::size_t> &faces) {
                    asio::post(context, [this, faces, count] { counted(faces, count); });
                });
}

std::int64_t Video::checked_in(const record::LessonRef &ref) const {
    const auto *training_class = roster_ ? roster_->training_class(ref.training_class) : nullptr;
    const auto *lesson = training_class == nullptr ? nullptr : training_class->lesson(ref.lesson);
    return lesson == nullptr
               ? 0
               : static_cast<std::int64_t>(parts_.history.present({training_class, lesson}, roster_->classes));
}

void Video::counted(const Expected<std::size_t> &faces, record::Headcount count) {
    counting_ = false;
    if (!faces) {
        log::error("headcount_failed", {log::Field(faces.error())});
        return;
    }
    count.faces = static_cast<std::int64_t>(*faces);
    for (const auto &lesson : count.lessons) {
        heads_[lesson] = count;
    }
    note(record::EventKind::headcount, record::to_json(count), camera_source_);
}

void Video::note(record::EventKind kind, json::Object data, const record::Source &source) {
    record::EventDraft draft;
    draft.at = parts_.clock.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = kind;
    draft.source = source;
    draft.data = std::move(data);
    if (const auto seq = parts_.sink.append(draft); !seq) {
        log::error("event_not_saved", {{"kind", record::to_string(kind)}, log::Field(seq.error())});
    }
}

void Video::set_overlay(const camera::Overlay &overlay) {
    if (classroom_) {
        classroom_->set_overlay(overlay);
    }
}

void Video::remember(const record::EventBody &body) {
    journaled_.note(body);
    if (body.kind == record::to_string(record::EventKind::headcount)) {
        if (auto count = record::headcount_from_json(body.data)) {
            for (const auto &lesson : count->lessons) {
                heads_[lesson] = *count;
            }
        }
    }
}

json::Object Video::describe(const training::TrainingClass &training_class, const training::Lesson &lesson) const {
    const auto amount = evidence_.between(lesson.start_ms(), lesson.end_ms());
    const auto heads = heads_.find({training_class.id, lesson.id});
    json::Object out{{"class", training_class.id.str()},
                     {"lesson", lesson.id.str()},
                     {"start_ms", lesson.start_ms()},
                     {"end_ms", lesson.end_ms()},
                     {"recorded_ms", amount.recorded_ms},
                     {"usable_ms", amount.usable_ms},
                     {"owed_ms", owed_ms(lesson)},
                     {"checked_in", checked_in({training_class.id, lesson.id})},
                     {"faces", heads == heads_.end() ? -1 : heads->second.faces}};
    json::Array hours; // ten minutes are owed by each of them, not by their sum
    for (const auto &hour : lesson.hours) {
        const auto usable = evidence_.between(hour.start_ms, hour.end_ms).usable_ms;
        hours.push_back(json::Object{{"start_ms", hour.start_ms},
                                     {"usable_ms", usable},
                                     {"owed_ms", std::min(kOwedMs, hour.end_ms - hour.start_ms)}});
    }
    out["hours"] = std::move(hours);
    return out;
}

std::optional<double> Video::take_sound_level() {
    const std::lock_guard lock(mutex_);
    return std::exchange(loudest_dbfs_, std::nullopt);
}

json::Object Video::status() const {
    const auto state = lesson_->state();
    json::Object out{{"camera", settings_.classroom_kind},
                     {"camera_running", classroom_ ? classroom_->running() : false},
                     {"microphone", settings_.microphone_kind},
                     {"microphone_running", microphone_ && microphone_->running()},
                     {"filming", state.filming},
                     {"stopped_for_space", state.stopped_for_space},
                     {"unsaved_films", state.unsaved},
                     {"dropped_units", state.dropped}};
    json::Array lessons;
    const auto now = parts_.clock.now().wall_ms;
    if (roster_) {
        for (const auto &training_class : roster_->classes) {
            for (const auto &lesson : training_class.lessons) {
                const bool near = lesson.end_ms() > now - kShownMs && lesson.start_ms() < now + kShownMs;
                if (lesson.room == roster_->room && near && settings_.classroom_kind != "none") {
                    lessons.push_back(describe(training_class, lesson));
                }
            }
        }
    }
    out["lessons"] = std::move(lessons);
    return out;
}

} // namespace xueshi::terminald
