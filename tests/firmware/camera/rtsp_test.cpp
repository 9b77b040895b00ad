// Network cameras, played by GStreamer's own RTSP server.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>

#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/microphone.hpp"
#include "tests/support/camera_receiver.hpp"
#include "tests/support/network_camera.hpp"
#include "tests/support/sound.hpp"
#include "tests/support/video.hpp"
#include "tests/support/wait_until.hpp"

using namespace xueshi;

namespace {

camera::Options looking_at(const test::NetworkCamera &network) {
    camera::Options options;
    options.kind = camera::Kind::rtsp;
    options.device = network.url();
    options.width = 640;
    options.height = 360;
    options.analysis_width = 320;
    options.analysis_height = 180;
    options.frames_per_second = 15;
    return options;
}

camera::SoundOptions listening_to(const test::NetworkCamera &network) {
    camera::SoundOptions options;
    options.kind = camera::SoundKind::rtsp;
    options.device = network.url();
    return options;
}

/// What is heard until so many units came. Debian 12's RTSP server falls silent behind its first packet about once in
/// 600 starts over TCP; the microphone says that it hears nothing, and as in the terminal it is begun again.
std::unique_ptr<test::SoundReceiver> listen(camera::Microphone &microphone, std::size_t units) {
    for (int start = 1;; ++start) {
        auto receiver = std::make_unique<test::SoundReceiver>();
        REQUIRE(microphone.start(receiver->callbacks()).has_value());
        const bool heard =
            test::wait_until([&] { return !receiver->levels().empty() || !receiver->errors().empty(); }) &&
            receiver->errors().empty();
        if (heard || start == 3) {
            REQUIRE(receiver->wait_for_units(units));
            microphone.stop();
            return receiver;
        }
        microphone.stop();
    }
}

} // namespace

TEST_CASE("microphone: a network camera's sound is heard, whatever its coding, rate and channels") {
    const auto clock = make_system_clock(TimeSource::host);
    const std::pair<std::string, std::string> sounds[] = {
        {"G.711, 8 kHz, mono", test::camera_sound(8'000, 1, "alawenc ! rtppcmapay")},
        {"AAC, 44.1 kHz, stereo", test::camera_sound(44'100, 2, "avenc_aac ! rtpmp4gpay")},
        {"Opus, 48 kHz, stereo", test::camera_sound(48'000, 2, "opusenc ! rtpopuspay")},
    };
    for (const auto &[name, sound] : sounds) {
        CAPTURE(name);
        const test::NetworkCamera network(test::camera_picture(320, 240, 10) + sound);
        auto microphone = std::move(*camera::Microphone::create(listening_to(network), *clock));
        const auto receiver = listen(*microphone, 120);
        CHECK(microphone->driver() == "rtsp");
        CHECK(receiver->errors().empty());
        CHECK(receiver->levels().back().dbfs == doctest::Approx(-17).epsilon(0.1));
        CHECK(test::heard_hz(receiver->units()) == doctest::Approx(440).epsilon(0.02));
        const auto units = receiver->units();
        for (std::size_t i = 1; i < units.size(); ++i) {
            const auto late_ns = units[i].pts_ns - units[i - 1].pts_ns - units[i].duration_ns;
            CHECK(std::abs(late_ns) < 1'000'000);
        }
    }
}

TEST_CASE("F07: a network camera without a microphone is a microphone that is not there, and its picture comes") {
    const auto clock = make_system_clock(TimeSource::host);
    const test::NetworkCamera network(test::camera_picture(640, 360, 10));
    test::SoundReceiver sounds;
    auto microphone = std::move(*camera::Microphone::create(listening_to(network), *clock));
    if (microphone->start(sounds.callbacks()).has_value()) {
        CHECK(sounds.wait_for_errors(1));
    }
    test::CameraReceiver pictures;
    auto cam = std::move(*camera::Camera::create(looking_at(network), *clock));
    REQUIRE(cam->start(pictures.callbacks()).has_value());
    CHECK(pictures.wait_for_units(5));
    cam->stop();
    microphone->stop();
    CHECK(sounds.units().empty());
}

TEST_CASE("camera: an upright picture of a network camera keeps its shape, between bars") {
    const auto clock = make_system_clock(TimeSource::host);
    const test::NetworkCamera network("videotestsrc is-live=true pattern=white ! "
                                      "video/x-raw,width=180,height=320,framerate=12/1 ! x264enc tune=zerolatency ! "
                                      "rtph264pay name=pay0 pt=96");
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(looking_at(network), *clock));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(20));
    REQUIRE(receiver.wait_for_frames(5));
    cam->stop();
    for (const auto &picture : {receiver.frames().back().bgr, test::decode_units(receiver.units()).back()}) {
        cv::Mat grey;
        cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
        const auto shown = cv::boundingRect(grey.row(grey.rows / 2) > 128); // without the burned-in lines
        CHECK(double(shown.width) / grey.rows == doctest::Approx(180.0 / 320).epsilon(0.05));
        CHECK(shown.x == doctest::Approx((grey.cols - shown.width) / 2).epsilon(0.05));
    }
}

TEST_CASE("F07: a network camera that is lost is told, and one that comes back with another picture is filmed on") {
    const auto clock = make_system_clock(TimeSource::host);
    test::NetworkCamera network(test::camera_picture(1280, 720, 10));
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(looking_at(network), *clock));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(20));
    network.unplug();
    REQUIRE(receiver.wait_for_errors(1));
    cam->stop();
    const auto seen = receiver.units().size();
    network.plug_in(test::camera_picture(640, 480, 12));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(seen + 20));
    cam->stop();
    const auto units = receiver.units();
    REQUIRE(units[seen].key_frame);
    const std::vector<camera::Unit> after(units.begin() + static_cast<std::ptrdiff_t>(seen), units.end());
    const auto pictures = test::decode_units(after);
    CHECK(pictures.size() == after.size());
    CHECK(pictures.back().size() == cv::Size(640, 360));
}
