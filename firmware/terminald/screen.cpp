// What the screen shows; screen_desk.cpp answers what is asked there.
#include "firmware/terminald/screen.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/asio/post.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json_members.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/content.hpp"
#include "firmware/terminald/diagnostics.hpp"

namespace xueshi::terminald {

using json::flag_of;
using json::number_of;
using json::object_of;
using json::text_of;

namespace {

constexpr std::int64_t kSeenMs = 1'000; // an empty room is looked at once a second
constexpr std::int64_t kClaimsMs = 86'400'000;
constexpr std::size_t kMostClaims = 200;

kiosk::DeviceState state_of(bool wanted, bool running) {
    return running ? kiosk::DeviceState::running : wanted ? kiosk::DeviceState::down : kiosk::DeviceState::none;
}

std::string_view to_string(checkin::Crowd crowd) {
    return crowd == checkin::Crowd::nobody ? "nobody" : crowd == checkin::Crowd::one ? "one" : "several";
}

std::int64_t thousandths(float part, int whole) {
    return std::clamp<std::int64_t>(std::llround(1'000.0 * part / whole), 0, 1'000);
}

/// What a person on call must see, from what Terminal says of itself and of sync.
std::vector<std::string> alarms_of(const json::Object &terminal, const kiosk::SyncShown &sync) {
    std::vector<std::string> alarms;
    if (const auto alarm = text_of(terminal, "journal_alarm"); !alarm.empty()) {
        alarms.push_back(alarm.starts_with("journal") ? alarm : "journal_" + alarm);
    }
    const auto add = [&](bool is_so, const char *alarm) {
        if (is_so) {
            alarms.emplace_back(alarm);
        }
    };
    add(number_of(terminal, "journal_refused") > 0, "journal_refuses");
    add(flag_of(terminal, "templates_refused"), "templates_refused");
    add(flag_of(object_of(terminal, "camera"), "wanted") && !text_of(terminal, "face_error").empty(),
        "no_face_recognition");
    add(flag_of(object_of(terminal, "video"), "stopped_for_space"), "video_stopped");
    add(sync.state == "stopped", "sync_stopped");
    add(sync.refused > 0, "records_refused");
    return alarms;
}

/// Each hour owes its own minutes: what one has too many of makes up for no other's.
std::int64_t counted_ms(const json::Object &video) {
    std::int64_t counted = 0;
    for (const auto &each : json::array_of(video, "hours")) {
        const auto &hour = each.as_object();
        counted += std::min(number_of(hour, "usable_ms"), number_of(hour, "owed_ms"));
    }
    return counted;
}

/// The video of a lesson, where Terminal's status has it.
std::optional<kiosk::LessonShown::Video> video_of(const json::Object &terminal, const kiosk::LessonShown &lesson) {
    for (const auto &each : json::array_of(object_of(terminal, "video"), "lessons")) {
        const auto &video = each.as_object();
        if (text_of(video, "class") == lesson.training_class.str() && text_of(video, "lesson") == lesson.lesson.str()) {
            return kiosk::LessonShown::Video{number_of(video, "recorded_ms"), number_of(video, "usable_ms"),
                                             number_of(video, "owed_ms"), number_of(video, "faces"), counted_ms(video)};
        }
    }
    return std::nullopt;
}

/// How long ago something was at least: by boot time within this boot, which no setting of the clock moves; what was in
/// another one was before this one, and is as old as wall time says where both moments have one.
std::int64_t least_age_ms(const Instant &then, std::int64_t latest_ms, const Instant &now) {
    if (then.boot_id == now.boot_id) {
        return now.boot_ms - then.boot_ms;
    }
    const bool timed = now.quality != ClockQuality::unset && latest_ms != 0;
    return std::max(now.boot_ms, timed ? now.wall_ms - latest_ms : 0);
}

} // namespace

Screen::Screen(const Parts &parts, ScreenOptions options)
    : parts_(parts), options_(std::move(options)), changes_(parts.sink, parts.clock),
      first_pins_(parts.state / "journal.db", is_new()) {
    options_.kiosk.pins_file = parts_.state / "kiosk_pins.json";
    if (!options_.speaker.empty()) {
        speaker_ = std::make_unique<camera::Speaker>(options_.speaker);
        options_.kiosk.speaks = true;
    }
    kiosk_ = kiosk::Kiosk::make({parts_.context, parts_.clock, parts_.control, *this}, options_.kiosk);
}

void Screen::offer(camera::Preview preview) {
    kiosk::Picture picture;
    picture.jpeg = std::move(preview.jpeg);
    picture.captured_boot_ms = preview.captured.boot_ms;
    picture.width = options_.kiosk.preview_width;
    picture.height = options_.kiosk.preview_height;
    kiosk_->offer(std::move(picture));
}

void Screen::hear(std::optional<double> dbfs) {
    if (dbfs) {
        kiosk_->show(kiosk::SoundShown{std::lround(*dbfs), std::lround(recorder::SoundCheck::kSilentDbfs)});
    }
}

void Screen::say(std::vector<std::filesystem::path> files, std::function<void(const Expected<void> &)> said) {
    if (!speaker_) {
        said(fail(ErrorCode::unsupported, "kiosk.speaker names no loudspeaker: the browser speaks"));
        return;
    }
    speaker_->say(std::move(files), [this, said = std::move(said)](const Expected<void> &spoken) {
        boost::asio::post(parts_.context, [said, spoken] { said(spoken); });
    });
}

// ---- guidance ----

void Screen::saw(const checkin::FaceReport &report) {
    seen_boot_ms_ = parts_.clock.now().boot_ms;
    guidance_.crowd = to_string(report.crowd);
    guidance_.face.reset();
    const auto &box = report.observation.detection.box;
    if (report.crowd == checkin::Crowd::one && box.width > 0) {
        guidance_.face =
            kiosk::Box{thousandths(box.x, parts_.frame_width), thousandths(box.y, parts_.frame_height),
                       thousandths(box.width, parts_.frame_width), thousandths(box.height, parts_.frame_height)};
    }
    tick();
}

void Screen::tick() {
    if (parts_.clock.now().boot_ms - seen_boot_ms_ > 2 * kSeenMs) {
        guidance_.crowd = to_string(checkin::Crowd::nobody);
        guidance_.face.reset();
    }
    guidance_.guidance = parts_.checkin.status().guidance;
    kiosk_->show(guidance_);
}

// ---- status ----

void Screen::every_second() {
    if (picked_ && parts_.clock.now().quality != ClockQuality::unset) {
        picked_.reset(); // the clock says by itself which lesson it is
    }
    kiosk_->tick();
    first_pins_.follow(sync_shown(), kiosk_->watched(), parts_.clock.now().boot_ms);
    follow_calls();
    show_status();
}

/// Called are those who can answer: inside their lesson, until it ends at the latest.
void Screen::follow_calls() {
    const auto now = parts_.clock.now();
    if (!roster_ || now.quality == ClockQuality::unset) {
        return;
    }
    std::vector<kiosk::Call> asked;
    for (const auto &person : parts_.history.asked(now.wall_ms)) {
        std::int64_t end_ms = 0;
        for (const auto &open : schedule::open_lessons(roster_->classes, roster_->room, person, now.wall_ms)) {
            end_ms = std::max(end_ms, open.lesson->end_ms());
        }
        const auto until_ms = std::min(end_ms, parts_.history.asked_until(person));
        if (now.wall_ms < until_ms) {
            asked.push_back({.person = person, .until_ms = until_ms});
        }
    }
    calls_.follow(asked, now);
}

void Screen::watched(const CommandLog::Entry &command, bool ended) {
    const auto now = parts_.clock.now().boot_ms;
    if (ended) {
        watches_.end(command.id, now);
    } else {
        watches_.begin(command.id, command.kind, command.ordered_by, now);
    }
    show_status();
}

void Screen::show_status() {
    if (kiosk_->has_pages()) {
        kiosk_->show(make_status());
    }
}

kiosk::Status Screen::make_status() {
    const auto terminal = parts_.terminal.status();
    kiosk::Status status;
    status.now = parts_.clock.now();
    status.sync = sync_shown();
    const auto &video = object_of(terminal, "video");
    const auto &camera = object_of(terminal, "camera");
    const auto &reader = object_of(terminal, "reader");
    status.camera = state_of(flag_of(camera, "wanted"), flag_of(camera, "running"));
    status.reader = state_of(flag_of(reader, "wanted"), flag_of(reader, "running"));
    const auto classroom = text_of(video, "camera");
    status.classroom =
        classroom == "kiosk" ? status.camera : state_of(classroom != "none", flag_of(video, "camera_running"));
    status.microphone = state_of(text_of(video, "microphone") != "none", flag_of(video, "microphone_running"));
    status.finger = parts_.checkin.status().finger;
    status.saved = parts_.checkin.status().saved;
    status.alarms = alarms_of(terminal, status.sync);
    for (const auto role : {kiosk::Role::admin, kiosk::Role::teacher}) {
        if (may_choose_pin(role)) {
            status.first_pins.push_back(role);
        }
    }
    for (const auto &watch : watches_.shown(status.now.boot_ms)) {
        status.watchers.push_back({watch.what, watch.by});
    }
    if (!roster_) {
        return status;
    }
    status.institution = roster_->institution_name;
    status.room = roster_->room;
    status.roster_as_of_ms = roster_->as_of_ms;
    show_people(status);
    for (const auto &lesson : lessons_of_room()) {
        auto shown = describe(lesson);
        if (picked_ && picked_->training_class == shown.training_class && picked_->lesson == shown.lesson) {
            status.picked = shown;
        }
        if (status.now.quality == ClockQuality::unset) {
            continue;
        }
        if (shown.opens_ms <= status.now.wall_ms && status.now.wall_ms <= shown.closes_ms) {
            count_people(lesson, shown);
            shown.evidence = video_of(terminal, shown);
            status.lessons.push_back(std::move(shown));
        } else if (shown.opens_ms > status.now.wall_ms && !status.next) {
            status.next = std::move(shown);
        }
    }
    return status;
}

void Screen::show_people(kiosk::Status &status) const {
    for (const auto &call : calls_.all()) {
        if (const auto *trainee = roster_->trainee(call.person)) {
            status.asked.push_back(
                {kiosk::shown_name(trainee->name, options_.names), trainee->number, call.until_ms, call.state});
        }
    }
}

std::vector<schedule::OpenLesson> Screen::lessons_of_room() const {
    std::vector<schedule::OpenLesson> found;
    if (!roster_) {
        return found;
    }
    for (const auto &training_class : roster_->classes) {
        for (const auto &lesson : training_class.lessons) {
            if (lesson.room == roster_->room) {
                found.push_back({&training_class, &lesson});
            }
        }
    }
    std::ranges::sort(found, {}, [](const schedule::OpenLesson &one) { return one.lesson->start_ms(); });
    return found;
}

kiosk::LessonShown Screen::describe(const schedule::OpenLesson &open) const {
    const auto &[training_class, lesson] = open;
    kiosk::LessonShown shown;
    shown.training_class = training_class->id;
    shown.lesson = lesson->id;
    shown.class_name = training_class->name;
    shown.title = lesson->title;
    shown.teacher = lesson->teacher;
    shown.begin_ms = lesson->start_ms();
    shown.end_ms = lesson->end_ms();
    shown.opens_ms = shown.begin_ms - training_class->policy.opens_before_ms;
    shown.closes_ms = shown.end_ms + training_class->policy.closes_after_ms;
    return shown;
}

/// Of a lesson that is open: the plan has many, and each punch waits for this.
void Screen::count_people(const schedule::OpenLesson &open, kiosk::LessonShown &shown) const {
    const auto &trainees = open.training_class->trainees;
    shown.present = static_cast<std::int64_t>(parts_.history.present(open, roster_->classes));
    shown.roster = static_cast<std::int64_t>(trainees.size());
    shown.seen = std::ranges::count_if(
        trainees, [&](const training::Trainee &trainee) { return !punches_of(open, trainee.id).empty(); });
}

std::vector<kiosk::PunchOfLesson> Screen::punches_of(const schedule::OpenLesson &open, const PersonId &person) const {
    std::vector<kiosk::PunchOfLesson> shown;
    for (const auto &punch :
         schedule::punches_of(open, roster_->classes, person, parts_.history.earlier(roster_->room, person))) {
        shown.push_back({punch.direction, punch.wall_ms});
    }
    return shown;
}

void Screen::count_punches_since(const PersonId &person, kiosk::HoursShown &hours) const {
    const auto kept = parts_.history.earlier(roster_->room, person);
    hours.punches_since = std::ranges::count_if(
        kept, [&](const schedule::EarlierPunch &punch) { return punch.wall_ms > hours.as_of_ms; });
    hours.more_since = hours.punches_since == static_cast<std::int64_t>(checkin::History::kPunchesKept);
}

/// Before xueshi-syncd has made anything of this start. What cannot be looked at may be there.
bool Screen::is_new() const {
    std::error_code unknown;
    const bool claimed = std::filesystem::exists(parts_.sync / "registry_key.pem", unknown) || unknown;
    const auto sync = read_sync_status(parts_.sync);
    const bool waited = sync ? !kiosk::read_sync(*sync).claim_code.empty() : sync.error().code != ErrorCode::not_found;
    return !claimed && !waited;
}

kiosk::SyncShown Screen::sync_shown() {
    const auto sync = read_sync_status(parts_.sync);
    return sync_watch_.look(sync ? *sync : std::string(), parts_.clock.now());
}

bool Screen::has_reader() const {
    return parts_.wants_reader && parts_.checkin.status().finger != checkin::FingerOutcome::reader_absent;
}

// ---- results ----

void Screen::saved(const record::EventDraft &draft, record::Sequence seq) {
    if (draft.kind == record::EventKind::punch) {
        if (const auto punch = record::punch_from_json(draft.data)) {
            show_punch(*punch, seq, draft.at);
        }
    } else if (draft.kind == record::EventKind::refused_attempt) {
        show_refusal(draft.data, seq, draft.at);
    } else if (draft.kind == record::EventKind::pending_claim) {
        advice_.begin_anew();
        keep_claim(draft.data, seq, draft.at);
    }
}

void Screen::show_punch(const record::Punch &punch, record::Sequence seq, const Instant &at) {
    advice_.begin_anew();
    const auto now = parts_.clock.now().boot_ms;
    std::erase_if(results_, [now](const Shown &shown) { return now - shown.boot_ms > kReceiptMs; });
    results_.push_back({seq, now});
    kiosk::Recorded recorded;
    recorded.seq = seq;
    recorded.at = at;
    recorded.direction = punch.direction;
    recorded.evidence = punch.evidence;
    recorded.person = punch.person;
    recorded.reverification = punch.reverification;
    if (punch.reverification) {
        calls_.came(punch.person, parts_.clock.now());
    }
    const auto *trainee = roster_ ? roster_->trainee(punch.person) : nullptr;
    if (trainee != nullptr) {
        recorded.name = kiosk::shown_name(trainee->name, options_.names);
        recorded.number = trainee->number;
    }
    const auto *training_class = roster_ ? roster_->training_class(punch.training_class) : nullptr;
    const auto *lesson = training_class == nullptr ? nullptr : training_class->lesson(punch.lesson);
    if (lesson != nullptr) {
        recorded.class_name = training_class->name;
        recorded.title = lesson->title;
        recorded.punches = punches_of({training_class, lesson}, punch.person);
    }
    const auto *hours = training_class == nullptr ? nullptr : roster_->hours_of(training_class->id, punch.person);
    if (hours != nullptr) {
        recorded.hours = {hours->proved, hours->possible, training_class->filed_hours(), roster_->hours_as_of_ms};
        count_punches_since(punch.person, *recorded.hours);
    }
    if (recorded.punches.empty()) {
        recorded.punches.push_back({punch.direction, at.wall_ms});
    }
    kiosk_->show(recorded);
    show_status();
}

void Screen::show_refusal(const json::Object &data, record::Sequence seq, const Instant &at) {
    kiosk::Refused refused;
    refused.seq = seq;
    refused.at = at;
    refused.reason = text_of(data, "reason");
    refused.factor = text_of(data, "factor");
    refused.detail = text_of(data, "detail");
    refused.advice = advice_.after_refusal(at.boot_ms, has_reader());
    kiosk_->show(refused);
}

void Screen::keep_claim(const json::Object &data, record::Sequence seq, const Instant &at) {
    const auto claim = record::pending_claim_from_json(data);
    if (!claim) {
        log::warning("claim_not_understood", {{"seq", seq}, log::Field(claim.error())});
        return;
    }
    claims_.push_back({seq, at, *claim});
    bound_claims(at);
    if (claims_.size() > kMostClaims) {
        claims_.pop_front();
    }
}

/// Claims of which no time is known yet were made before this moment: such are the last ones.
void Screen::bound_claims(const Instant &later) {
    if (later.quality == ClockQuality::unset) {
        return;
    }
    for (auto claim = claims_.rbegin(); claim != claims_.rend() && claim->latest_ms == 0; ++claim) {
        claim->latest_ms = later.wall_ms;
    }
}

/// None goes whose age is not known; but whatever was said before one that is old is older.
void Screen::drop_old_claims() {
    const auto now = parts_.clock.now();
    const auto last_old = std::ranges::find_if(claims_.rbegin(), claims_.rend(), [&](const Claim &claim) {
        return least_age_ms(claim.at, claim.latest_ms, now) > kClaimsMs;
    });
    claims_.erase(claims_.begin(), last_old.base());
}

void Screen::remember(const record::EventBody &body) {
    changes_.remember(body);
    bound_claims(body.at);
    if (body.kind == record::to_string(record::EventKind::pending_claim)) {
        keep_claim(body.data, body.seq, body.at);
    } else if (body.kind == record::to_string(record::EventKind::operator_action) &&
               text_of(body.data, "what") == "lesson_picked" && body.at.boot_id == parts_.clock.now().boot_id) {
        picked_ = schedule::Decision{ClassId(text_of(body.data, "class")), LessonId(text_of(body.data, "lesson"))};
        if (picked_->lesson.empty()) {
            picked_.reset();
        }
    }
}

} // namespace xueshi::terminald
