#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/checkin/checkin.hpp"
#include "firmware/checkin/claims.hpp"
#include "firmware/checkin/consents.hpp"
#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/face_worker.hpp"
#include "firmware/checkin/lesson_closer.hpp"
#include "firmware/checkin/template_retention.hpp"
#include "firmware/control/server.hpp"
#include "firmware/control/terminal.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/terminald/camera_port.hpp"
#include "firmware/terminald/command_desk.hpp"
#include "firmware/terminald/directory_watch.hpp"
#include "firmware/terminald/event_tap.hpp"
#include "firmware/terminald/guarded_clock.hpp"
#include "firmware/terminald/reader_port.hpp"
#include "firmware/terminald/roster_source.hpp"
#include "firmware/terminald/screen.hpp"
#include "firmware/terminald/settings.hpp"
#include "firmware/terminald/store.hpp"
#include "firmware/terminald/video.hpp"

namespace xueshi::terminald {

/// The whole terminal on one loop: devices hand what they saw to check-in or enrolment, the control socket orders, a
/// timer keeps time. Recognition, camera, reader and recorder have threads of their own and post.
class Terminal final : public control::Terminal {
public:
    /// A missing camera, reader or model is logged and looked for again; only what holds records is required.
    static Expected<std::unique_ptr<Terminal>> create(boost::asio::io_context &context, Settings settings);
    ~Terminal() override;

    /// Journals the start, opens the control socket and starts the devices.
    Expected<void> start();
    /// Ends everything that keeps the loop busy, journals the shutdown. Then run the loop out before destroying.
    void stop();

    /// Where the screen's page is served; 0: nowhere.
    std::uint16_t kiosk_port() const { return screen_ ? screen_->port() : 0; }

    json::Object status() override;
    json::Object diagnostics() override;
    Expected<json::Object> prove_possession(std::string_view certificate_request_pem) override;
    Expected<json::Object> reload_roster() override;
    Expected<record::Sequence> note_sync_rejection(json::Object data) override;
    Expected<record::Sequence> note_nonce(const json::Object &data) override;
    Expected<json::Object> take_command(const json::Object &data) override;
    Expected<record::Sequence> conclude_command(const json::Object &data) override;

private:
    Terminal(boost::asio::io_context &context, Settings settings, std::unique_ptr<GuardedClock> clock, Store store);

    std::function<void()> close_up_taker();
    void load_models();
    void load_templates();
    void make_devices();
    Expected<void> open_control();
    Expected<void> journal_boot(bool begins);
    Expected<void> erase_again();
    void erase_when_there_is_room();
    void on_face(checkin::FaceReport report);
    void on_face_error(const Error &error);
    void schedule_tick();
    void tick();
    void every_second();
    void every_minute();
    void watch_clock();
    void confirm_clock();
    void learn_time();
    void end_terms();
    void journal_step(const ClockStep &step);
    void update_overlay();
    Expected<void> make_video();
    void on_checkin_event(const record::EventDraft &draft);
    void on_saved(const record::EventDraft &draft, record::Sequence seq);
    void make_screen();
    void camera_gap(const record::DeviceGap &gap);
    ReaderPort::Callbacks reader_callbacks();
    void reader_up(fingerprint::Reader &reader, const record::Source &source);
    void reader_down(const std::string &why);
    void reader_gap(const record::DeviceGap &gap, const record::Source &source);
    json::Object describe_reader() const;
    Expected<identity::PublicKey> registry_key() const;
    record::EventDraft draft(record::EventKind kind, json::Object data, record::Source source) const;
    Expected<record::Sequence> journal(record::EventKind kind, json::Object data, record::Source source = {});
    /// Journals what nobody waits for: the log says what could not be saved.
    void note(record::EventKind kind, json::Object data, record::Source source = {});
    /// Nobody waits for it either: the log says what was refused.
    void follow_roster();
    Expected<MediaId> take_picture(const Instant &at);

    boost::asio::io_context &context_;
    Settings settings_;
    std::unique_ptr<GuardedClock> clock_;
    Store store_;
    std::unique_ptr<fingerprint::Matcher> matcher_;
    checkin::Candidates candidates_;
    std::string face_model_;
    std::string face_error_; ///< why no face is recognised now; empty: they are
    std::size_t face_dimension_ = 0;
    std::unique_ptr<checkin::FaceWorker> worker_;
    EventTap checkin_events_;
    std::unique_ptr<checkin::Checkin> checkin_;
    std::unique_ptr<checkin::ReaderDesk> reader_desk_;
    std::optional<std::int64_t> reader_lost_ms_; ///< boot time; nothing: it is there, or never was
    std::unique_ptr<checkin::Enrolment> enrolment_;
    std::unique_ptr<checkin::Consents> consents_;
    std::unique_ptr<checkin::TemplateRetention> retention_;
    std::unique_ptr<checkin::Claims> claims_;
    std::unique_ptr<checkin::LessonCloser> closer_;
    std::unique_ptr<CommandDesk> commands_;
    std::shared_ptr<const roster::Roster> roster_;
    RosterSource roster_source_;
    DirectoryWatch roster_watch_;
    std::unique_ptr<CameraPort> camera_;
    std::unique_ptr<Video> video_;
    std::unique_ptr<ReaderPort> reader_;
    std::unique_ptr<control::Server> control_;
    std::unique_ptr<Screen> screen_; ///< null: none is served
    boost::asio::steady_timer timer_;
    std::optional<std::int64_t> nonce_boot_ms_; ///< of the newest nonce in the chain, in this life
    std::string nonce_code_;                    ///< its first digits, burned into the picture
    record::Sequence started_after_ = 0;
    std::int64_t ticks_ = 0, heartbeat_ms_ = 0, face_error_ms_ = 0;
    bool stopping_ = false, templates_refused_ = false;
};

} // namespace xueshi::terminald
