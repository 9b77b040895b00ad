#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/encoder.hpp"
#include "firmware/camera/graph.hpp"
#include "firmware/camera/pipeline_camera.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/camera_receiver.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/video.hpp"

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

TEST_CASE("camera: each picture shows its own second of the terminal's clock") {
    const auto clock = make_system_clock(TimeSource::host);
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(small_test_camera(), *clock));
    camera::Overlay overlay;
    overlay.clock = ClockQuality::synchronised;
    cam->set_overlay(overlay);
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(25));
    cam->stop();
    const auto units = receiver.units();
    const auto pictures = test::decode_units(units);
    REQUIRE(pictures.size() == units.size());
    for (std::size_t i = 0; i < pictures.size(); i += 3) {
        const auto wall_ms = units[i].captured.wall_ms;
        CHECK(test::read_burned_in_second(pictures[i], wall_ms) == wall_ms / 1000);
    }
}

TEST_CASE("camera: lines set while it runs appear in the picture, and the analysis frames stay clean") {
    const test::FakeClock clock; // stands still, so only the lines change
    test::CameraReceiver receiver;
    auto options = small_test_camera();
    options.kind = camera::Kind::replay;
    options.playlist = "/nonexistent/playlist.json"; // the empty wall
    auto cam = std::move(*camera::Camera::create(options, clock));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(5));
    camera::Overlay overlay;
    overlay.institution = "延吉市职业培训学校";
    cam->set_overlay(overlay);
    const auto seen = receiver.units().size();
    REQUIRE(receiver.wait_for_units(seen + 15));
    cam->stop();
    const auto pictures = test::decode_units(receiver.units());
    const cv::Rect lower(0, 300, 320, 60), middle(400, 120, 200, 100);
    CHECK(cv::norm(pictures.front()(lower), pictures.back()(lower), cv::NORM_INF) > 100);
    CHECK(cv::norm(pictures.front()(middle), pictures.back()(middle), cv::NORM_INF) < 40);
    const auto frames = receiver.frames();
    CHECK(cv::norm(frames.front().bgr, frames.back().bgr, cv::NORM_INF) < 10);
}

TEST_CASE("camera: Chinese characters are drawn as such, and not as the box of a font without them") {
    const auto ink = [](const std::string &line) {
        cv::Mat grey;
        cv::cvtColor(test::draw_time_line({1280, 720}, line), grey, cv::COLOR_BGR2GRAY);
        return cv::Mat(grey > 128);
    };
    const auto one = cv::boundingRect(ink("一"));
    CHECK(one.width > 4 * one.height);
    cv::Mat labels;
    CHECK(cv::connectedComponents(ink("三"), labels) == 1 + 3); // the ground, and three strokes apart
    CHECK(cv::connectedComponents(ink("川"), labels) == 1 + 3);
}

TEST_CASE("camera: key frames come each second, so that a clip can begin there") {
    const auto clock = make_system_clock(TimeSource::host);
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(small_test_camera(), *clock));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(31));
    cam->stop();
    std::size_t since_key = 0;
    for (const auto &unit : receiver.units()) {
        since_key = unit.key_frame ? 0 : since_key + 1;
        CHECK(since_key < 10);
    }
}

TEST_CASE("camera: a slow receiver of frames gets the newest, and the film loses nothing by it") {
    const auto clock = make_system_clock(TimeSource::host);
    test::CameraReceiver receiver;
    auto callbacks = receiver.callbacks();
    std::promise<void> release;
    callbacks.frame = [keep = callbacks.frame, hold = release.get_future().share()](camera::Frame frame) {
        keep(std::move(frame));
        hold.wait();
    };
    auto cam = std::move(*camera::Camera::create(small_test_camera(), *clock));
    REQUIRE(cam->start(std::move(callbacks)).has_value());
    REQUIRE(receiver.wait_for_units(20));
    CHECK(receiver.frames().size() == 1);
    const auto held_until = receiver.units().back().captured.boot_ms;
    release.set_value();
    REQUIRE(receiver.wait_for_frames(6));
    cam->stop();
    std::size_t held = 0;
    for (const auto &frame : receiver.frames()) {
        held += frame.captured.boot_ms <= held_until ? 1 : 0;
    }
    CHECK(held <= 5); // the first, and those in the two places of one picture and between them
}

TEST_CASE("camera: every encoder of this machine delivers a decodable stream") {
    const auto clock = make_system_clock(TimeSource::host);
    const auto options = small_test_camera();
    int tried = 0;
    for (const auto &encoder : camera::known_encoders(options)) {
        if (!camera::gst::element_works(encoder.name.c_str())) {
            continue;
        }
        CAPTURE(encoder.name);
        ++tried;
        test::CameraReceiver receiver;
        const auto cam = camera::make_pipeline_camera(options, encoder, *clock);
        REQUIRE(cam->start(receiver.callbacks()).has_value());
        REQUIRE(receiver.wait_for_units(12));
        cam->stop();
        const auto units = receiver.units();
        CHECK(units.front().key_frame);
        CHECK(std::ranges::count_if(units, &camera::Unit::key_frame) >= 2);
        CHECK(test::decode_units(units).size() == units.size());
    }
    CHECK(tried > 0);
}

TEST_CASE("F07: an encoder that fails, refuses the pictures or makes nothing of them is no camera that was lost") {
    const auto clock = make_system_clock(TimeSource::host);
    const std::string h264 = "x264enc tune=zerolatency speed-preset=ultrafast";
    for (const auto &description :
         {h264 + " ! identity name=encoder error-after=10", "capsfilter caps=video/x-raw,width=17 ! " + h264,
          "identity name=encoder drop-probability=1 ! " + h264}) {
        CAPTURE(description);
        test::CameraReceiver receiver;
        const auto cam = camera::make_pipeline_camera(small_test_camera(), {"broken", description}, *clock);
        const bool started = cam->start(receiver.callbacks()).has_value();
        if (started) {
            REQUIRE(receiver.wait_for_errors(1));
            CHECK(receiver.errors()[0].message.starts_with("broken: "));
        }
        CHECK(cam->encoder_failed());
        cam->stop();
        CHECK(receiver.errors().size() == (started ? 1 : 0));
    }
}

TEST_CASE("camera: an encoder that failed is not chosen while there is another") {
    auto options = small_test_camera();
    for (auto encoder = camera::choose_encoder(options); encoder; encoder = camera::choose_encoder(options)) {
        CHECK(std::ranges::count(options.failed_encoders, encoder->name) == 0);
        options.failed_encoders.push_back(encoder->name);
    }
    CHECK_FALSE(options.failed_encoders.empty());
    CHECK(camera::choose_encoder(options).error().code == ErrorCode::unsupported);
}

TEST_CASE("camera: it starts again after a stop, and counts its frames from 1") {
    const auto clock = make_system_clock(TimeSource::host);
    auto cam = std::move(*camera::Camera::create(small_test_camera(), *clock));
    for (int round = 0; round < 2; ++round) {
        test::CameraReceiver receiver;
        REQUIRE(cam->start(receiver.callbacks()).has_value());
        REQUIRE(receiver.wait_for_frames(2));
        REQUIRE(receiver.wait_for_units(2));
        cam->stop();
        cam->stop();
        CHECK(receiver.frames().front().number == 1);
        CHECK(receiver.units().front().key_frame);
        const auto frames = receiver.frames().size();
        CHECK(receiver.frames().size() == frames);
    }
}

TEST_CASE("F07: a camera that is not there is an error of start, and one that cannot be reached of the callback") {
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.kind = camera::Kind::v4l2;
    options.device = "/dev/video-none";
    auto usb = std::move(*camera::Camera::create(options, *clock));
    test::CameraReceiver receiver;
    const auto started = usb->start(receiver.callbacks());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().code == ErrorCode::not_found);
    CHECK(usb->driver() == "v4l2");

    options.kind = camera::Kind::rtsp;
    options.device = "rtsp://user:secret@127.0.0.1:1/none";
    auto network = std::move(*camera::Camera::create(options, *clock));
    if (network->start(receiver.callbacks()).has_value()) {
        REQUIRE(receiver.wait_for_errors(1));
        CHECK(receiver.errors()[0].message.find("secret") == std::string::npos);
        network->stop();
    }
    CHECK(network->driver() == "rtsp");
}

TEST_CASE("camera: the graph of each kind of source can be built") {
    for (const auto kind : {camera::Kind::v4l2, camera::Kind::rtsp, camera::Kind::replay, camera::Kind::test}) {
        auto options = small_test_camera();
        options.kind = kind;
        const auto encoder = camera::choose_encoder(options);
        REQUIRE(encoder.has_value());
        const auto graph = camera::gst::Pipeline::parse(camera::describe_graph(options, *encoder));
        CHECK_MESSAGE(graph.has_value(), (graph ? "" : graph.error().message));
    }
}

TEST_CASE("camera: options outside their limits are refused") {
    const test::FakeClock clock;
    const auto refused = [&](auto &&change) {
        auto options = small_test_camera();
        change(options);
        const auto created = camera::Camera::create(options, clock);
        return !created && created.error().code == ErrorCode::invalid_argument;
    };
    CHECK(refused([](auto &o) { o.width = 641; }));
    CHECK(refused([](auto &o) { o.height = 100'000; }));
    CHECK(refused([](auto &o) { o.analysis_width = 1280; }));
    CHECK(refused([](auto &o) { o.frames_per_second = 0; }));
    CHECK(refused([](auto &o) { o.bitrate_kbit = -1; }));
    CHECK(refused([](auto &o) { o.kind = camera::Kind::replay; }));
    CHECK_FALSE(camera::parse_kind("vivid").has_value());
    CHECK(camera::parse_kind("replay") == camera::Kind::replay);
}

TEST_CASE("replay camera: who stands before it follows the playlist, also when that is written later") {
    test::TemporaryDirectory directory;
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.kind = camera::Kind::replay;
    options.playlist = directory / "playlist.json";
    auto cam = std::move(*camera::Camera::create(options, *clock));
    test::CameraReceiver receiver;
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_frames(3));

    const auto photograph = test::make_png(cv::Mat(300, 200, CV_8UC3, cv::Scalar(20, 20, 220)));
    REQUIRE(write_file_durably(directory / "person.png", as_text(photograph)).has_value());
    const auto from = clock->now().wall_ms + 3'000; // the file is there by then, however slow the disk
    REQUIRE(write_file_durably(options.playlist, fmt::format(R"({{"version":1,"items":[{{"file":"person.png",)"
                                                             R"("from_ms":{},"until_ms":{},"motion_seed":3}}]}})",
                                                             from, from + 1'000))
                .has_value());
    const auto red = [](const camera::Frame &frame) {
        const auto colour = cv::mean(frame.bgr(cv::Rect(150, 80, 20, 20)));
        return colour[2] > 150 && colour[0] < 80;
    };
    std::size_t seen = 3;
    while (receiver.frames().back().captured.wall_ms < from + 1'500) {
        REQUIRE(receiver.wait_for_frames(++seen));
    }
    cam->stop();
    int shown = 0;
    for (const auto &frame : receiver.frames()) {
        const auto at = frame.captured.wall_ms;
        if (std::abs(at - from) <= 5 || std::abs(at - from - 1'000) <= 5) {
            continue; // drawn for this side of the moment or the other: two clocks were read
        }
        CHECK(red(frame) == (at > from && at < from + 1'000));
        shown += red(frame) ? 1 : 0;
    }
    CHECK(shown > 0);
    CHECK(cam->driver() == "replay");
}

TEST_CASE("camera: a small picture of which no preview is made needs no room for one") {
    auto options = small_test_camera();
    options.width = 320;
    options.height = 192;
    options.analysis_width = 320;
    options.analysis_height = 192;
    const test::FakeClock clock;
    CHECK(camera::Camera::create(options, clock));
    options.preview_frames_per_second = 5; // of 480 x 270, as it is by default
    CHECK(camera::Camera::create(options, clock).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("camera: a preview is a JPEG of its own size and rate, and analysis may be slower than the film") {
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.preview_frames_per_second = 5;
    options.preview_width = 160;
    options.preview_height = 90;
    options.analysis_frames_per_second = 2;
    test::CameraReceiver receiver;
    std::promise<Bytes> first;
    std::atomic<int> previews = 0;
    auto callbacks = receiver.callbacks();
    callbacks.preview = [&](camera::Preview preview) {
        if (previews++ == 0) {
            first.set_value(std::move(preview.jpeg));
        }
    };
    auto cam = std::move(*camera::Camera::create(options, *clock));
    REQUIRE(cam->start(std::move(callbacks)).has_value());
    REQUIRE(receiver.wait_for_units(30));
    cam->stop();
    CHECK(previews >= 2);
    CHECK(previews <= 20);
    CHECK(receiver.frames().size() >= 2);
    CHECK(receiver.frames().size() <= 10);
    const auto picture = camera::decode_still(first.get_future().get(), clock->now());
    REQUIRE(picture.has_value());
    CHECK(picture->bgr.size() == cv::Size(160, 90));
}

TEST_CASE("camera: no preview is made while nobody wants one, from the first picture on, and it begins at once") {
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.preview_frames_per_second = 15;
    test::CameraReceiver receiver;
    std::atomic<int> previews = 0;
    std::atomic<bool> wanted = false;
    auto callbacks = receiver.callbacks();
    callbacks.preview = [&](const camera::Preview &) { ++previews; };
    callbacks.wants_preview = [&] { return wanted.load(); };
    auto cam = std::move(*camera::Camera::create(options, *clock));
    REQUIRE(cam->start(std::move(callbacks)).has_value());
    REQUIRE(receiver.wait_for_units(20)); // the film and the frames do not wait for it
    REQUIRE(receiver.wait_for_frames(5));
    CHECK(previews == 0);
    wanted = true;
    REQUIRE(receiver.wait_for_units(50));
    CHECK(previews >= 2);
    cam->stop();
}

TEST_CASE("camera: a close-up is the middle of one picture at full resolution, and comes only when it is asked for") {
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.close_ups = true;
    test::CameraReceiver receiver;
    std::promise<camera::Frame> first;
    std::atomic<int> close_ups = 0;
    auto callbacks = receiver.callbacks();
    callbacks.close_up = [&](camera::Frame close_up) {
        if (close_ups++ == 0) {
            first.set_value(std::move(close_up));
        }
    };
    auto cam = std::move(*camera::Camera::create(options, *clock));
    REQUIRE(cam->start(std::move(callbacks)).has_value());
    REQUIRE(receiver.wait_for_units(20));
    CHECK(close_ups == 0);
    const auto asked = clock->now();
    cam->take_close_up();
    const auto close_up = first.get_future().get();
    REQUIRE(receiver.wait_for_units(30));
    CHECK(close_ups == 1);
    cam->stop();
    CHECK(close_up.bgr.size() == cv::Size(384, 244)); // a card's shape
    CHECK(close_up.captured.boot_ms >= asked.boot_ms - 500);
}

TEST_CASE("F07: a replayed camera that is unplugged is reported lost within two seconds, and plugged in is back") {
    test::TemporaryDirectory directory;
    const auto clock = make_system_clock(TimeSource::host);
    auto options = small_test_camera();
    options.kind = camera::Kind::replay;
    options.playlist = directory / "playlist.json";
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(options, *clock));
    REQUIRE(write_file_durably(options.playlist, R"({"version":1,"items":[]})").has_value());
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(1)); // under emulation the first one takes seconds
    const auto from = clock->now().wall_ms + 1'000;
    REQUIRE(
        write_file_durably(options.playlist,
                           fmt::format(R"({{"version":1,"items":[{{"unplugged":true,"from_ms":{},"until_ms":{}}}]}})",
                                       from, from + 60'000))
            .has_value());
    REQUIRE(receiver.wait_for_errors(1));
    CHECK(receiver.errors()[0].code == ErrorCode::unavailable);
    CHECK_FALSE(cam->encoder_failed());
    CHECK(receiver.units().back().captured.wall_ms < from + 500);
    cam->stop();
    REQUIRE(write_file_durably(options.playlist, R"({"version":1,"items":[]})").has_value());
    const auto seen = receiver.units().size();
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    CHECK(receiver.wait_for_units(seen + 3));
}
