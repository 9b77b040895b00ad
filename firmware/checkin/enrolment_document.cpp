// A document held before the camera: its portrait is cut out, for the operator to look at.
#include <algorithm>
#include <chrono>
#include <memory>

#include <opencv2/core.hpp>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"

namespace xueshi::checkin {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDocumentMs = 60'000;
constexpr milliseconds kPicture(1'000); // none after so long: asked for again

/// The first good look may be of a hand that still moves, or of somebody else than the second.
bool is_same_place(const PortraitLook &one, const PortraitLook &other) {
    constexpr float kLeastOverlap = 0.5F; // of the larger face
    return one.hint == DocumentHint::good && other.hint == DocumentHint::good &&
           (one.box & other.box).area() >= kLeastOverlap * std::max(one.box.area(), other.box.area());
}

} // namespace

/// What is not looked at is wiped too: the document's number may be in it.
void Enrolment::drop_close_up() {
    if (close_up_) {
        close_up_->bgr.setTo(cv::Scalar::all(0));
    }
    close_up_.reset();
}

void Enrolment::offer_close_up(camera::Frame close_up) {
    drop_close_up();
    close_up_ = std::move(close_up);
    if (wants_close_up_) {
        wakeup_.notify();
    } else {
        drop_close_up(); // it came too late
    }
}

boost::asio::awaitable<Expected<PortraitLook>> Enrolment::look_at_document() {
    wants_close_up_ = true;
    parts_.take_close_up();
    const auto until = parts_.clock.now().boot_ms + kPicture.count();
    while (!close_up_ && parts_.clock.now().boot_ms < until) {
        reports_.clear();
        co_await wakeup_.wait(kPicture);
    }
    wants_close_up_ = false;
    if (!close_up_) {
        co_return PortraitLook();
    }
    auto close_up = std::make_shared<camera::Frame>(std::move(*close_up_)); // shared because a job is copyable
    close_up_.reset();
    auto work = [close_up](face::Pipeline &pipeline) { return look_for_portrait(pipeline, *close_up); };
    close_up.reset();
    auto look = co_await on_worker<Expected<PortraitLook>>(parts_.executor, *parts_.faces, std::move(work));
    co_return look;
}

boost::asio::awaitable<Expected<Portrait>> Enrolment::photograph_document(Watcher watcher) {
    if (parts_.faces == nullptr || !camera_ || !parts_.take_close_up) {
        co_return fail(ErrorCode::unavailable, "no camera here shows a document large enough now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    wants_faces_ = true; // whom a document shows does not check in
    const auto begun = parts_.clock.now().boot_ms;
    std::optional<DocumentHint> told;
    PortraitLook before;
    while (parts_.clock.now().boot_ms - begun < kDocumentMs) {
        auto look = co_await look_at_document();
        if (!look) {
            co_return tl::unexpected(look.error());
        }
        if (!watcher.still_there()) {
            break; // nobody looks at it any more
        }
        if (!camera_) {
            co_return fail(ErrorCode::unavailable, "the camera is gone");
        }
        if (is_same_place(*look, before)) {
            co_return std::move(look->portrait);
        }
        const auto hint = look->hint == DocumentHint::good ? DocumentHint::hold_still : look->hint;
        if (hint != told) {
            told = hint;
            watcher.progress(json::Object{{"document", to_string(hint)}});
        }
        before = std::move(*look);
    }
    co_return fail(ErrorCode::timeout, "没有拍到证件照片。No document's portrait was seen");
}

} // namespace xueshi::checkin
