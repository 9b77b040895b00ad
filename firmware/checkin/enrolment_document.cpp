// A document held before the camera: its portrait is cut out, for the operator to look at.
#include <chrono>
#include <memory>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"

namespace xueshi::checkin {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDocumentMs = 60'000;
constexpr milliseconds kPicture(1'000); // none after so long: asked for again
constexpr int kAgreeing = 2;            // looks in a row: the first may be of a hand that still moves

} // namespace

boost::asio::awaitable<Expected<PortraitLook>> Enrolment::look_at_document() {
    close_up_.reset();
    parts_.take_close_up();
    const auto until = parts_.clock.now().boot_ms + kPicture.count();
    while (!close_up_ && parts_.clock.now().boot_ms < until) {
        reports_.clear();
        co_await wakeup_.wait(kPicture);
    }
    if (!close_up_) {
        co_return PortraitLook();
    }
    auto close_up = std::make_shared<camera::Frame>(std::move(*close_up_)); // shared because a job is copyable
    close_up_.reset();
    auto work = [close_up, ratio = parts_.second_face_ratio](face::Pipeline &pipeline) {
        return look_for_portrait(pipeline, *close_up, ratio);
    };
    close_up.reset();
    auto look = co_await on_worker<Expected<PortraitLook>>(parts_.executor, *parts_.faces, std::move(work));
    co_return look;
}

boost::asio::awaitable<Expected<Portrait>> Enrolment::photograph_document(Watcher watcher) {
    if (parts_.faces == nullptr || !camera_ || !parts_.take_close_up) {
        co_return fail(ErrorCode::unavailable, "this terminal has no camera now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    wants_faces_ = true; // whom a document shows does not check in
    const auto begun = parts_.clock.now().boot_ms;
    std::optional<DocumentHint> told;
    int agreeing = 0;
    while (watcher.still_there() && parts_.clock.now().boot_ms - begun < kDocumentMs) {
        auto look = co_await look_at_document();
        if (!look) {
            co_return tl::unexpected(look.error());
        }
        agreeing = look->hint == DocumentHint::good ? agreeing + 1 : 0;
        if (agreeing == kAgreeing) {
            co_return std::move(look->portrait);
        }
        const auto hint = agreeing > 0 ? DocumentHint::hold_still : look->hint;
        if (hint != told) {
            told = hint;
            watcher.progress(json::Object{{"document", to_string(hint)}});
        }
    }
    co_return fail(ErrorCode::timeout, "没有拍到证件照片。No document's portrait was seen");
}

} // namespace xueshi::checkin
