// The part of Terminal that the timer drives.
#include <algorithm>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"
#include "firmware/terminald/known_time.hpp"
#include "firmware/terminald/lesson_overlay.hpp"
#include "firmware/terminald/terminal.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::chrono::milliseconds kTick(250);
constexpr std::int64_t kTicksPerSecond = 4;
constexpr std::int64_t kOnlineMs = 150'000; // a nonce a minute; one may be missed
constexpr std::int64_t kOnlineHeartbeatS = 60;
constexpr std::int64_t kTicksPerMinute = 60 * kTicksPerSecond;

} // namespace

void Terminal::schedule_tick() {
    timer_.expires_after(kTick);
    timer_.async_wait([this](const boost::system::error_code &error) {
        if (!error && !stopping_) {
            tick();
            schedule_tick();
        }
    });
}

void Terminal::tick() {
    ++ticks_;
    checkin_->tick();
    if (screen_) {
        screen_->hear(video_->take_sound_level());
        screen_->tick();
    }
    if (reader_desk_->matching() != nullptr) {
        reader_desk_->set_scope(checkin_->scope_now());
    }
    if (ticks_ % kTicksPerSecond == 0) {
        every_second();
    }
    if (ticks_ % kTicksPerMinute == 0) {
        every_minute();
    }
}

void Terminal::every_second() {
    service::watchdog_alive();
    watch_clock();
    erase_when_there_is_room();
    if (!roster_watch_.try_start() || !roster_) {
        follow_roster(); // before the claim the directory or its files may not be there yet
    }
    // A punch that waits for the disk comes before the event that says nothing more will come.
    if (roster_ && !checkin_->has_unsaved()) {
        closer_->tick(*roster_);
    }
    update_overlay();
    video_->every_second(roster_);
    if (screen_) {
        screen_->every_second();
    }
    const auto now = clock_->now().boot_ms;
    // With the registry in reach one a minute: what lies between its nonce and its receipt is known to a minute then.
    const bool online = nonce_boot_ms_ && now - *nonce_boot_ms_ < kOnlineMs;
    const auto every_s = online ? std::min(settings_.heartbeat_s, kOnlineHeartbeatS) : settings_.heartbeat_s;
    if (every_s > 0 && now - heartbeat_ms_ >= every_s * 1'000) {
        heartbeat_ms_ = now;
        note(record::EventKind::heartbeat,
             json::Object{{"camera", camera_ && camera_->running()}, {"reader", reader_ && reader_->running()}});
    }
}

void Terminal::every_minute() {
    reader_desk_->pay();
    end_terms();
    if (auto done = store_.journal->checkpoint(); !done) {
        log::warning("checkpoint_failed", {log::Field(done.error())});
    }
    store_.journal->tell_of_refusals(clock_->now());
}

void Terminal::watch_clock() {
    if (const auto step = clock_->look()) {
        journal_step(*step);
    }
}

/// A receipt came: the registry's signed time, good enough to take over a step that nobody else vouches for.
void Terminal::confirm_clock() {
    learn_time();
    const auto moment = read_signed_moment(settings_.state_directory, settings_.sync_directory, clock_->now().boot_id);
    const auto step = moment ? clock_->confirm(moment->signed_ms, moment->event_boot_ms) : std::nullopt;
    if (step) {
        journal_step(*step);
    }
}

void Terminal::learn_time() {
    if (const auto receipt = acked::read_receipt(settings_.sync_directory)) {
        retention_->learn(receipt->wall_ms);
    }
}

/// Templates whose time is over. What failed is tried again the next minute.
void Terminal::end_terms() {
    if (templates_refused_) {
        return; // the alarm was raised, and nobody is recognised by them
    }
    const auto ended = retention_->run();
    if (!ended) {
        log::error("templates_not_erased", {log::Field(ended.error())});
    }
    if (ended == 0) {
        return;
    }
    if (auto loaded = enrolment_->load_candidates(); !loaded) {
        log::error("templates_not_loaded", {log::Field(loaded.error())});
    }
}

void Terminal::journal_step(const ClockStep &step) {
    const std::string_view by = step.from_receipt ? "receipt" : "machine";
    log::warning("clock_step", {{"step_ms", step.step_ms}, {"adopted", step.adopted}, {"by", by}});
    note(record::EventKind::clock_step, json::Object{{"step_ms", step.step_ms}, {"adopted", step.adopted}, {"by", by}});
}

void Terminal::update_overlay() {
    if (!roster_) {
        return;
    }
    auto overlay = lesson_overlay(*roster_, store_.history, clock_->now());
    overlay.nonce_code = nonce_code_;
    if (camera_) {
        camera_->set_overlay(overlay);
    }
    video_->set_overlay(overlay);
}

} // namespace xueshi::terminald
