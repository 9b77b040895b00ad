#include "tests/bench/recorder/face_beside.hpp"

#include <pthread.h>

#include <future>

#include "firmware/camera/camera.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/bench/face/canvas.hpp"

namespace xueshi::bench {

FaceBeside::FaceBeside(std::unique_ptr<face::Pipeline> pipeline, cv::Mat person)
    : person_(std::move(person)),
      worker_(std::move(pipeline), 0.6,
              {[this](const checkin::FaceReport &report) { faces_ += report.crowd == checkin::Crowd::one ? 1 : 0; },
               [](const auto &) {}}) {
    std::promise<void> known;
    worker_.run([&](face::Pipeline &) {
        ::pthread_getcpuclockid(::pthread_self(), &clock_);
        known.set_value();
    });
    known.get_future().wait();
}

Expected<std::unique_ptr<FaceBeside>> FaceBeside::load(const std::filesystem::path &models, int width, int height) {
    const auto file = read_file(models / "files" / "samples" / "obama.jpg", 10 << 20);
    if (!file) {
        return tl::unexpected(file.error());
    }
    const auto picture = camera::decode_still(as_bytes(*file), {});
    auto pipeline = face::Pipeline::load(models / "manifest.json", models / "files", 1);
    if (!picture || !pipeline) {
        return tl::unexpected(picture ? pipeline.error() : picture.error());
    }
    return std::unique_ptr<FaceBeside>(new FaceBeside(std::move(*pipeline), on_wall(picture->bgr, {width, height})));
}

void FaceBeside::offer(const Instant &captured) {
    camera::Frame frame;
    frame.captured = captured;
    frame.bgr = person_; // shared: recognition only reads it
    worker_.offer(std::move(frame));
}

double FaceBeside::cpu_s() const {
    timespec time{};
    ::clock_gettime(clock_, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

} // namespace xueshi::bench
