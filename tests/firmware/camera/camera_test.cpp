#include <doctest/doctest.h>

#include "firmware/camera/camera.hpp"
#include "tests/support/camera_receiver.hpp"

using namespace xueshi;

namespace {

camera::Options small_test_camera() {
    camera::Options options;
    options.kind = camera::Kind::test;
    options.width = 640;
    options.height = 360;
    options.analysis_width = 320;
    options.analysis_height = 180;
    options.frames_per_second = 10;
    return options;
}

} // namespace

TEST_CASE("camera: one graph delivers BGR frames for analysis and H.264 units with their moments of capture") {
    const auto clock = make_system_clock(TimeSource::host);
    const auto before = clock->now();
    test::CameraReceiver receiver;
    auto created = camera::Camera::create(small_test_camera(), *clock);
    REQUIRE(created.has_value());
    auto &cam = **created;
    REQUIRE(cam.start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_frames(12));
    REQUIRE(receiver.wait_for_units(12));
    cam.stop();
    const auto after = clock->now();

    std::uint64_t last = 0;
    for (const auto &frame : receiver.frames()) {
        CHECK(frame.bgr.size() == cv::Size(320, 180));
        CHECK(frame.bgr.type() == CV_8UC3);
        CHECK(frame.number == last + 1);
        CHECK(frame.captured.boot_ms >= before.boot_ms);
        CHECK(frame.captured.boot_ms <= after.boot_ms);
        CHECK(frame.captured.boot_id == before.boot_id);
        last = frame.number;
    }
    const auto units = receiver.units();
    CHECK(units[0].key_frame);
    for (std::size_t i = 0; i < units.size(); ++i) {
        CHECK(units[i].data.size() > 4);
        CHECK(units[i].captured.boot_ms >= before.boot_ms);
        CHECK(units[i].captured.boot_ms <= after.boot_ms);
        CHECK((i == 0 || units[i].pts_ns > units[i - 1].pts_ns));
        CHECK((i == 0 || units[i].captured.boot_ms >= units[i - 1].captured.boot_ms));
    }
    CHECK(receiver.errors().empty());
    CHECK(cam.driver() == "test");
    CHECK_FALSE(cam.encoder().empty());
}
