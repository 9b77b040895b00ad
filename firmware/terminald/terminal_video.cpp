// The parts of Terminal that film lessons and show what goes on.
#include <algorithm>
#include <functional>

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/terminald/terminal.hpp"

namespace xueshi::terminald {

namespace asio = boost::asio;

namespace {

/// Some days of a full terminal: what of them is on film or on the screen must be known again after a restart.
constexpr record::Sequence kRemembered = 20'000;

void remember(const std::filesystem::path &path, const std::function<void(const record::EventBody &)> &tell) {
    auto reader = journal::JournalReader::open(path);
    const auto head = reader ? reader->head() : tl::unexpected<Error>(reader.error());
    if (!head) {
        log::warning("events_not_remembered", {log::Field(head.error())});
        return;
    }
    const record::Sequence from = std::max<record::Sequence>(0, head->seq - kRemembered);
    const auto end = reader->visit(from, [&tell](const record::StoredEvent &, const record::EventBody &body) {
        tell(body);
        return Expected<void>();
    });
    if (!end) {
        log::warning("events_not_remembered", {log::Field(end.error())});
    }
}

} // namespace

Expected<void> Terminal::make_video() {
    auto video = Video::create(context_, settings_.video, {settings_.state_directory, settings_.sync_directory},
                               {*store_.journal, *clock_, store_.history, worker_.get()});
    if (!video) {
        return tl::unexpected(video.error());
    }
    video_ = std::move(*video);
    remember(settings_.state_directory / "journal.db", [this](const auto &body) { video_->remember(body); });
    video_->all_remembered();
    return {};
}

void Terminal::make_screen() {
    if (!settings_.screen.enabled) {
        return;
    }
    auto options = settings_.screen;
    options.kiosk.version = XUESHI_VERSION;
    options.kiosk.device = store_.journal->description().device.str();
    const auto &camera = settings_.camera;
    screen_ = std::make_unique<Screen>(
        Screen::Parts{context_, *clock_, *store_.journal, store_.history, *checkin_, *store_.gallery.gallery, *this,
                      *control_, settings_.state_directory, settings_.sync_directory,
                      !settings_.fingerprint.driver.empty(), camera.analysis_width, camera.analysis_height},
        std::move(options));
    remember(settings_.state_directory / "journal.db", [this](const auto &body) { screen_->remember(body); });
    screen_->start();
}

/// Check-in goes on first: the screen shows what follows from the event, too.
void Terminal::on_saved(const record::EventDraft &draft, record::Sequence seq) {
    if (screen_) {
        asio::post(context_, [this, draft, seq] { screen_->saved(draft, seq); });
    }
}

/// Who was not recognised is not shown either (人脸识别技术应用安全管理办法: no more than serves).
void Terminal::on_checkin_event(const record::EventDraft &draft) {
    const auto *clip = draft.data.if_contains("clip");
    if (draft.kind == record::EventKind::refused_attempt && clip != nullptr && clip->is_string() && camera_) {
        camera_->blur(MediaId(std::string(clip->get_string())));
    }
}

} // namespace xueshi::terminald
