#include "firmware/terminald/terminal.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "firmware/control/verbs.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"
#include "firmware/core/journal/salvage/beginning.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/schedule/schedule.hpp"
#include "firmware/terminald/known_time.hpp"

namespace xueshi::terminald {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

} // namespace

Expected<std::unique_ptr<Terminal>> Terminal::create(asio::io_context &context, Settings settings) {
    auto machine = make_system_clock(settings.clock_source == "host" ? TimeSource::host : TimeSource::automatic);
    // One made up instead would make a restart of the program look like one of the board, after which no time is known.
    if (machine->now().boot_id.empty()) {
        return fail(ErrorCode::unavailable, "/proc/sys/kernel/random/boot_id cannot be read, which tells one boot from "
                                            "another (in its unit ProcSubset=pid would hide it)");
    }
    auto store = Store::open(settings);
    if (!store) {
        return tl::unexpected(store.error());
    }
    auto known = read_known_time(settings.state_directory, settings.sync_directory, machine->now().boot_id);
    auto clock = std::make_unique<GuardedClock>(std::move(machine), settings.clock_max_step_s * 1'000, known);
    std::unique_ptr<Terminal> terminal(new Terminal(context, std::move(settings), std::move(clock), std::move(*store)));
    if (auto made = terminal->make_video(); !made) {
        return tl::unexpected(made.error());
    }
    return terminal;
}

Terminal::Terminal(asio::io_context &context, Settings settings, std::unique_ptr<GuardedClock> clock, Store store)
    : context_(context), settings_(std::move(settings)), clock_(std::move(clock)), store_(std::move(store)),
      matcher_(fingerprint::make_mcc_matcher()),
      checkin_events_(
          *store_.journal, [this](const record::EventDraft &draft) { on_checkin_event(draft); },
          [this](const record::EventDraft &draft, record::Sequence seq) { on_saved(draft, seq); }),
      roster_source_(settings_.sync_directory, store_.journal->description().device),
      roster_watch_(context, settings_.sync_directory,
                    [this](const std::string &name) {
                        if (name == "roster.json" || name == "registry_key.pem") {
                            follow_roster();
                        } else if (name == "acked.json") {
                            confirm_clock();
                        }
                    }),
      timer_(context) {
    load_models();
    checkin_ = std::make_unique<checkin::Checkin>(
        settings_.checkin,
        checkin::Checkin::Parts{
            checkin_events_, *clock_, store_.history, candidates_, nullptr, matcher_.get(), {}, {}, face_model_});
    reader_desk_ = std::make_unique<checkin::ReaderDesk>(
        checkin::ReaderDesk::Parts{*store_.journal, *clock_, *store_.gallery.gallery, candidates_, matcher_.get()});
    enrolment_ = std::make_unique<checkin::Enrolment>(checkin::Enrolment::Parts{
        context.get_executor(), *store_.journal, *clock_, *store_.gallery.gallery, candidates_, worker_.get(),
        matcher_.get(), face_model_, face_dimension_, settings_.checkin.face, settings_.second_face_ratio,
        settings_.enrolment, reader_desk_.get(), close_up_taker()});
    consents_ = std::make_unique<checkin::Consents>(*store_.journal, *clock_, *store_.gallery.gallery);
    retention_ = std::make_unique<checkin::TemplateRetention>(*store_.gallery.gallery, *consents_,
                                                              settings_.template_days * kDayMs);
    claims_ = std::make_unique<checkin::Claims>(checkin_events_, *clock_, store_.history, settings_.claims);
    closer_ = std::make_unique<checkin::LessonCloser>(*store_.journal, *clock_, store_.history);
    commands_ = std::make_unique<CommandDesk>(CommandDesk::Parts{*store_.journal, *clock_, store_.history,
                                                                 [this](const Instant &at) { return take_picture(at); },
                                                                 [this](const CommandLog::Entry &entry, bool ended) {
                                                                     if (screen_) {
                                                                         screen_->watched(entry, ended);
                                                                     }
                                                                 }},
                                              std::move(store_.commands));
    make_devices();
}

Terminal::~Terminal() = default;

/// Nobody's punch names this clip, so that no class of it would be known later: what must not leave is not made.
Expected<MediaId> Terminal::take_picture(const Instant &at) {
    const auto confidential = [](const schedule::OpenLesson &open) {
        return !open.training_class->confidential_document.empty();
    };
    if (roster_ &&
        std::ranges::any_of(schedule::open_lessons(roster_->classes, roster_->room, at.wall_ms), confidential)) {
        return fail(ErrorCode::denied, "a confidential class is in the room");
    }
    MediaId clip = camera_ ? camera_->start_clip(at) : MediaId();
    return clip.empty() ? fail(ErrorCode::unavailable, "no camera runs") : Expected<MediaId>(std::move(clip));
}

std::function<void()> Terminal::close_up_taker() {
    if (!settings_.camera.close_ups) {
        return {};
    }
    return [this] {
        if (camera_) {
            camera_->take_close_up();
        }
    };
}

void Terminal::load_models() {
    auto pipeline = face::Pipeline::load(settings_.models_manifest, settings_.models_files, settings_.models_threads);
    if (!pipeline) {
        log::error("face_models_missing", {log::Field(pipeline.error())});
        face_error_ = pipeline.error().message;
        return;
    }
    auto &thresholds = settings_.checkin.face;
    thresholds.match = (*pipeline)->match_threshold();
    thresholds.margin = (*pipeline)->match_margin();
    thresholds.liveness = (*pipeline)->liveness_threshold();
    face_model_ = (*pipeline)->embedding_model();
    face_dimension_ = (*pipeline)->dimension();
    candidates_.compare_by((*pipeline)->comparison());
    checkin::FaceWorker::Callbacks callbacks;
    callbacks.report = [this](checkin::FaceReport report) {
        asio::post(context_, [this, report = std::move(report)]() mutable { on_face(std::move(report)); });
    };
    callbacks.error = [this](const Error &error) { asio::post(context_, [this, error] { on_face_error(error); }); };
    worker_ =
        std::make_unique<checkin::FaceWorker>(std::move(*pipeline), settings_.second_face_ratio, std::move(callbacks));
}

/// Of a gallery with templates that came back none is used before those are gone.
void Terminal::load_templates() {
    if (!store_.gallery.came_back.empty()) {
        return;
    }
    const auto loaded = enrolment_->load_candidates();
    if (loaded) {
        if (const auto outdated = enrolment_->outdated(); !outdated.empty()) {
            log::warning("templates_of_another_model", {{"people", outdated.size()}, {"do", "enrol them again"}});
        }
        return;
    }
    // F28: an edited or moved template is an alarm; recognition goes on without the factor's templates.
    templates_refused_ = true;
    log::error("templates_refused", {log::Field(loaded.error())});
    note(record::EventKind::tamper, json::Object{{"what", "template"}, {"detail", loaded.error().message}});
}

void Terminal::make_devices() {
    if (settings_.camera_kind != "none") {
        CameraPort::Callbacks callbacks;
        if (settings_.video.classroom_kind == "kiosk") {
            callbacks.unit = [this](const camera::Unit &unit) { video_->offer(unit); };
        }
        callbacks.frame = [this](camera::Frame frame) {
            if (video_->wants_kiosk()) {
                video_->offer(frame);
            }
            if (worker_) {
                worker_->offer(std::move(frame));
            }
        };
        if (settings_.screen.enabled) {
            callbacks.preview = [this](camera::Preview preview) { screen_->offer(std::move(preview)); };
            callbacks.wants_preview = [this] { return screen_->is_looked_at(); };
            callbacks.close_up = [this](camera::Frame close_up) {
                asio::post(context_, [this, close_up = std::move(close_up)]() mutable {
                    enrolment_->offer_close_up(std::move(close_up));
                });
            };
        }
        callbacks.opens = [this](const record::Source &source) { video_->kiosk_opens(source); };
        callbacks.up = [this](recorder::Recorder *recorder, const record::Source &source, std::int64_t lost_ms) {
            checkin_->set_camera(recorder, source);
            enrolment_->set_camera(source);
            claims_->set_camera(recorder, source);
            camera_gap({"kiosk", false, "", lost_ms});
            update_overlay();
        };
        callbacks.down = [this](const Error &error) {
            enrolment_->set_camera(std::nullopt);
            video_->kiosk_lost();
            camera_gap({"kiosk", true, error.message, 0});
        };
        camera_ = std::make_unique<CameraPort>(context_, settings_.camera, settings_.clip, *store_.journal, *clock_,
                                               std::move(callbacks));
    }
    if (!settings_.fingerprint.driver.empty()) {
        checkin_->expect_reader();
        reader_ = std::make_unique<ReaderPort>(context_, settings_.fingerprint, reader_callbacks());
    }
}

Expected<void> Terminal::open_control() {
    auto operators = control::parse_peers(settings_.operators);
    if (!operators) {
        return fail(operators, "control.operators");
    }
    auto sync = control::parse_peers(settings_.sync_users);
    if (!sync) {
        return fail(sync, "control.sync_users");
    }
    control::Server::Options options;
    options.socket = settings_.control_socket;
    options.operators = std::move(*operators);
    options.sync = std::move(*sync);
    auto server = control::Server::listen(context_, std::move(options));
    if (!server) {
        return fail(server, "control.socket");
    }
    control_ = std::move(*server);
    control::add_device_verbs(*control_, *this);
    control::add_enrolment_verbs(*control_, *enrolment_);
    control::add_consent_verbs(*control_, control::ConsentDesk{*consents_, *enrolment_});
    control::add_claim_verbs(*control_, *claims_);
    return {};
}

Expected<void> Terminal::start() {
    const auto head = store_.journal->head();
    if (!head) {
        return fail(head, "journal");
    }
    started_after_ = head->seq;
    if (auto booted = journal_boot(head->seq == 0); !booted) {
        return booted;
    }
    if (auto told = erase_again(); !told && told.error().code != ErrorCode::no_space) {
        return told;
    }
    if (auto opened = open_control(); !opened) {
        return opened;
    }
    make_screen();
    load_templates();
    learn_time();
    follow_roster();
    roster_watch_.try_start();
    if (camera_) {
        camera_->start();
    }
    video_->start();
    if (reader_) {
        reader_->start();
    }
    heartbeat_ms_ = clock_->now().boot_ms;
    schedule_tick();
    log::info("terminal_started", {{"device", store_.journal->description().device},
                                   {"chain", store_.journal->description().chain},
                                   {"seq", head->seq},
                                   {"people", candidates_.people()},
                                   {"clock", to_string(clock_->now().quality)}});
    return {};
}

/// The beginning of a chain that took another's place names that one, and what of it is lost; `begins`: no event yet.
/// F03: a full disk is no reason to stay dark: the start waits for room, and everybody is refused visibly meanwhile.
Expected<void> Terminal::journal_boot(bool begins) {
    record::Boot boot = store_.continuity.boot;
    boot.program = XUESHI_VERSION;
    auto lost = std::exchange(boot.lost, {});
    if (begins) {
        boot.lost = journal::take_lost(lost);
    }
    const auto begin = [&](record::EventKind kind, json::Object data) -> Expected<void> {
        const auto done = store_.journal->append_first(draft(kind, std::move(data), {}));
        return done || done.error().code == ErrorCode::no_space ? Expected<void>() : tl::unexpected(done.error());
    };
    if (auto booted = begin(record::EventKind::boot, record::to_json(boot)); !booted) {
        return fail(booted, "journal the start");
    }
    while (!lost.empty()) {
        json::Object more{{"what", "lost_events"}, {"lost", record::to_json(journal::take_lost(lost))}};
        if (auto told = begin(record::EventKind::tamper, std::move(more)); !told) {
            return fail(told, "journal what is lost");
        }
    }
    return {};
}

/// F35: an old copy of the gallery was put back; what the journal knows to be erased is erased once more. The alarm is
/// durable first: cut off before all are gone, the next start finds those that are left.
Expected<void> Terminal::erase_again() {
    auto &gallery = store_.gallery;
    if (gallery.came_back.empty()) {
        return {};
    }
    const auto people = static_cast<std::int64_t>(gallery.came_back.size());
    auto told = journal(record::EventKind::tamper,
                        json::Object{{"what", "gallery"}, {"detail", gallery.why}, {"people", people}});
    for (std::size_t i = 0; told && i < gallery.came_back.size(); ++i) {
        if (auto erased = gallery.gallery->erase(gallery.came_back[i]); !erased) {
            return fail(erased, "erase templates that came back");
        }
    }
    for (std::size_t i = 0; told && i < gallery.came_back.size(); ++i) {
        const auto left = consents_->left_in_reader(gallery.came_back[i]);
        if (!left) {
            return fail(left, "look for prints in the reader");
        }
        told = journal(record::EventKind::erasure,
                       record::to_json(record::Erasure{gallery.came_back[i], "all", gallery.why, *left, {}}));
    }
    if (!told) {
        return fail(told, "journal what was erased again");
    }
    gallery.came_back.clear();
    return {};
}

/// F03: the start went on although the disk was full; its own event is recorded first.
void Terminal::erase_when_there_is_room() {
    if (store_.gallery.came_back.empty()) {
        return;
    }
    store_.journal->tell_of_refusals(clock_->now());
    const auto head = store_.journal->head();
    if (!head || head->seq == started_after_) {
        return;
    }
    if (const auto erased = erase_again(); !erased) {
        log::warning("templates_not_erased_again", {log::Field(erased.error())});
        return;
    }
    load_templates();
}

void Terminal::stop() {
    if (std::exchange(stopping_, true)) {
        return;
    }
    timer_.cancel();
    roster_watch_.stop();
    if (camera_) {
        camera_->stop();
    }
    video_->stop();
    if (reader_) {
        reader_->stop();
    }
    if (screen_) {
        screen_->stop();
    }
    if (control_) {
        control_->stop();
    }
    checkin_->tick(); // a punch that waits gets its last try
    note(record::EventKind::shutdown, json::Object{{"reason", "stop"}});
    if (auto done = store_.journal->checkpoint(); !done) {
        log::warning("checkpoint_failed", {log::Field(done.error())});
    }
    log::info("terminal_stopped");
}

record::EventDraft Terminal::draft(record::EventKind kind, json::Object data, record::Source source) const {
    record::EventDraft made;
    made.at = clock_->now();
    made.id = Uuid::v7(made.at.wall_ms);
    made.kind = kind;
    made.source = std::move(source);
    made.data = std::move(data);
    return made;
}

Expected<record::Sequence> Terminal::journal(record::EventKind kind, json::Object data, record::Source source) {
    return store_.journal->append(draft(kind, std::move(data), std::move(source)));
}

void Terminal::note(record::EventKind kind, json::Object data, record::Source source) {
    if (const auto seq = journal(kind, std::move(data), std::move(source)); !seq) {
        log::error("event_not_saved", {{"kind", record::to_string(kind)}, log::Field(seq.error())});
    }
}

void Terminal::camera_gap(const record::DeviceGap &gap) {
    note(record::EventKind::camera_gap, record::to_json(gap), camera_->source());
}

void Terminal::on_face(checkin::FaceReport report) {
    face_error_.clear();
    if (screen_) {
        screen_->saw(report);
    }
    if (enrolment_->wants_faces()) {
        worker_->attend({.decided = {}, .any_quality = true});
        enrolment_->offer(std::move(report));
        return;
    }
    checkin_->face(report);
    worker_->attend(checkin_->attention());
    if (screen_) {
        screen_->tick(); // what came of it, at once
    }
}

void Terminal::on_face_error(const Error &error) {
    constexpr std::int64_t kPauseMs = 10'000; // a stage that fails fails on every frame
    const auto now = clock_->now().boot_ms;
    face_error_ = error.message;
    if (face_error_ms_ == 0 || now - face_error_ms_ >= kPauseMs) {
        face_error_ms_ = now;
        log::error("face_recognition_failed", {log::Field(error)});
    }
}

} // namespace xueshi::terminald
