#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/speaker.hpp"
#include "firmware/checkin/checkin.hpp"
#include "firmware/checkin/history.hpp"
#include "firmware/checkin/scene.hpp"
#include "firmware/control/server.hpp"
#include "firmware/control/terminal.hpp"
#include "firmware/gallery/gallery.hpp"
#include "firmware/kiosk/calls.hpp"
#include "firmware/kiosk/kiosk.hpp"
#include "firmware/kiosk/names.hpp"
#include "firmware/kiosk/watches.hpp"
#include "firmware/terminald/change_requests.hpp"
#include "firmware/terminald/command_desk.hpp"
#include "firmware/terminald/first_pins.hpp"

namespace xueshi::terminald {

struct ScreenOptions {
    bool enabled = false;
    kiosk::Options kiosk;
    kiosk::NameMode names = kiosk::NameMode::masked;
    std::string speaker; ///< ALSA device; empty: the browser speaks
};

/// What of the terminal its screen shows, and what is asked of it there. Thread-bound to the loop, but for `offer`.
class Screen final : public kiosk::Desk {
public:
    /// All outlive the screen.
    struct Parts {
        boost::asio::io_context &context;
        const Clock &clock;
        record::EventSink &sink;
        const checkin::History &history;
        const checkin::Checkin &checkin;
        gallery::Gallery &gallery;
        control::Terminal &terminal;
        control::Server &control;
        std::filesystem::path state, sync; ///< journal.db; status.json
        bool wants_reader;
        int frame_width, frame_height; ///< of the frames that recognition reports on
    };
    Screen(const Parts &parts, ScreenOptions options);

    /// Listens, or logs why not; `every_second` tries again.
    void start() { kiosk_->start(); }
    void stop() { kiosk_->stop(); }
    std::uint16_t port() const { return kiosk_->port(); }
    std::uint16_t lan_port() const { return kiosk_->lan_port(); }

    void set_roster(std::shared_ptr<const roster::Roster> roster) { roster_ = std::move(roster); }
    void saw(const checkin::FaceReport &report);
    /// A few times a second: what check-in says now.
    void tick();
    void every_second();
    /// An event that is in the journal now.
    void saved(const record::EventDraft &draft, record::Sequence seq);
    /// One that was there before this start: claims of the last day, and a lesson picked in this boot.
    void remember(const record::EventBody &body);
    /// Somebody far away looks at what a camera sees or saw: it is shown at once.
    void watched(const CommandLog::Entry &command, bool ended);
    /// How loud the microphone was since it was asked last; nothing: no sound came.
    void hear(std::optional<double> dbfs);
    /// Thread-safe.
    void offer(camera::Preview preview);
    /// A page is open at the terminal. Thread-safe.
    bool is_looked_at() const { return kiosk_->watched(); }

    Expected<json::Object> receipt(const json::Object &arguments) override;
    Expected<json::Object> names() override;
    Expected<json::Object> lesson() override;
    Expected<json::Object> claims() override;
    Expected<json::Object> plan() override;
    Expected<json::Object> pick_lesson(const json::Object &arguments, const std::string &operator_name) override;
    Expected<json::Object> changes() override;
    Expected<json::Object> request_change(const json::Object &arguments, const std::string &operator_name) override;
    Expected<json::Object> people() override;
    void say(std::vector<std::filesystem::path> files, std::function<void(const Expected<void> &)> said) override;
    void page_opened() override { show_status(); }
    bool may_choose_pin(kiosk::Role role) override;
    void note_operator_action(json::Object data) override;

private:
    static constexpr std::int64_t kReceiptMs = 120'000; ///< as long as somebody may want that of the punch just made
    struct Claim {
        record::Sequence seq = 0;
        Instant at;
        record::PendingClaim claim;
        std::int64_t latest_ms = 0; ///< wall time when it was made, or of the next event that knew it; 0: none did yet
    };
    struct Shown {
        record::Sequence seq = 0;
        std::int64_t boot_ms = 0;
    };
    void show_status();
    void follow_calls();
    void show_people(kiosk::Status &status) const;
    kiosk::Status make_status();
    void show_punch(const record::Punch &punch, record::Sequence seq, const Instant &at);
    void show_refusal(const json::Object &data, record::Sequence seq, const Instant &at);
    void keep_claim(const json::Object &data, record::Sequence seq, const Instant &at);
    void bound_claims(const Instant &later);
    void drop_old_claims();
    kiosk::LessonShown describe(const schedule::OpenLesson &open) const;
    void count_people(const schedule::OpenLesson &open, kiosk::LessonShown &shown) const;
    std::vector<kiosk::PunchOfLesson> punches_of(const schedule::OpenLesson &lesson, const PersonId &person) const;
    void count_punches_since(const PersonId &person, kiosk::HoursShown &hours) const;
    std::string_view attendance_of(const schedule::OpenLesson &lesson, const PersonId &person) const;
    json::Array people_of(const schedule::OpenLesson &lesson) const;
    std::vector<schedule::OpenLesson> lessons_of_room() const;
    bool has_reader() const;
    kiosk::SyncShown sync_shown();
    bool is_new() const; ///< when this starts: the registry does not know the terminal yet

    Parts parts_;
    ScreenOptions options_;
    std::shared_ptr<const roster::Roster> roster_;
    std::optional<schedule::Decision> picked_; ///< class and lesson, while the clock is unset
    kiosk::GuidanceShown guidance_;
    std::int64_t seen_boot_ms_ = 0; ///< the last report
    kiosk::Advice advice_;
    kiosk::Calls calls_;
    kiosk::Watches watches_;
    kiosk::SyncWatch sync_watch_;
    std::deque<Shown> results_; ///< whose receipts may be asked for; the newest last
    std::deque<Claim> claims_;  ///< the newest last
    ChangeRequests changes_;
    FirstPins first_pins_;
    std::unique_ptr<camera::Speaker> speaker_; ///< null: the browser speaks
    std::unique_ptr<kiosk::Kiosk> kiosk_;
};

} // namespace xueshi::terminald
