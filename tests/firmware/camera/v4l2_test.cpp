// A USB camera by the real v4l2src: the kernel behind it is tests/support/v4l2_stand_in.cpp.
#include <doctest/doctest.h>

#include <filesystem>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "tests/support/camera_receiver.hpp"
#include "tests/support/v4l2_stand_in.hpp"

using namespace xueshi;

namespace {

camera::Options usb_camera() {
    camera::Options options;
    options.kind = camera::Kind::v4l2;
    options.device = test::kStandInCamera;
    options.width = 640;
    options.height = 360;
    options.analysis_width = 320;
    options.analysis_height = 180;
    options.frames_per_second = 10;
    return options;
}

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

} // namespace

TEST_CASE("F07: a USB camera that comes again and again keeps no descriptor of the times before") {
    camera::gst::initialise();
    const auto clock = make_system_clock(TimeSource::host);
    std::ptrdiff_t before = 0;
    constexpr int kSettled = 2, kStarts = 52; // the first starts load plugins
    bool unplugged = false;
    SUBCASE("stopped") {}
    SUBCASE("unplugged") {
        unplugged = true;
    }
    for (int i = 0; i < kStarts; ++i) {
        test::CameraReceiver receiver;
        auto cam = camera::Camera::create(usb_camera(), *clock).value();
        REQUIRE(cam->start(receiver.callbacks()));
        REQUIRE(receiver.wait_for_frames(2));
        if (unplugged) {
            test::plug_stand_in(false);
            CHECK(receiver.wait_for_errors(1));
        }
        cam->stop();
        test::plug_stand_in(true);
        cam.reset();
        before = i < kSettled ? open_descriptors() : before;
    }
    CHECK(open_descriptors() == before);
}
