// The lesson's video from the configuration to the journal.
#include "firmware/terminald/video.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "firmware/camera/gst/pipeline.hpp"
#include "tests/firmware/terminald/filmed_lesson.hpp"
#include "tests/support/failing_encoder.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/sound.hpp"

using namespace xueshi;
using namespace xueshi::terminald;
using test::FilmedLesson;
using test::wall_ms;

TEST_CASE("terminald: a lesson becomes a film with sound, journaled when it is closed, and the status counts it") {
    FilmedLesson room;
    room.start();
    REQUIRE(room.run_until([&] { return room.recorded_ms() > 5'000; }));
    CHECK(room.video().at("camera_running").as_bool());
    CHECK(room.video().at("microphone_running").as_bool());
    CHECK(room.video().at("filming").as_bool());
    CHECK(room.lesson().at("owed_ms").as_int64() == 10 * 60'000);
    CHECK(room.lesson().at("usable_ms").as_int64() <= room.recorded_ms());
    CHECK(room.lesson().at("hours").as_array().size() == 1);
    CHECK(room.films().empty()); // not before it is closed
    room.stop();
    const auto films = room.films();
    REQUIRE_FALSE(films.empty());
    const auto &film = films.back();
    CHECK(film.lessons == std::vector<record::LessonRef>{{ClassId("c-1"), LessonId("l-1")}});
    CHECK(film.room == RoomId("r-1"));
    CHECK(film.sound_ms > 2'000);
    const auto probed = test::probe(room.media() / film.file);
    CHECK(probed.packets.at("h264").size() == static_cast<std::size_t>(film.frames));
    CHECK(probed.packets.at("aac").size() > 40);
    const auto body = room.events(record::EventKind::lesson_video_saved).back();
    CHECK(body.source == record::Source{record::SourceKind::virtual_device, "test+test"});
    CHECK(room.events(record::EventKind::shutdown).back().seq > body.seq);
    // After a restart the minutes are still known.
    room.start();
    CHECK(room.run_until([&] { return !room.video().at("lessons").as_array().empty(); }));
    CHECK(room.recorded_ms() > 2'000);
}

TEST_CASE("F07: a classroom camera that is unplugged ends its film, and the gap is journaled until it is back") {
    FilmedLesson room([](VideoSettings &video) {
        video.classroom_kind = "replay";
        video.classroom.kind = camera::Kind::replay;
    });
    room.settings.video.classroom.playlist = room.directory / "playlist.json";
    const auto show = [&](const std::string &items) {
        REQUIRE(write_file_durably(room.settings.video.classroom.playlist, R"({"version":1,"items":[)" + items + "]}"));
    };
    show("");
    room.start();
    REQUIRE(room.run_until([&] { return room.recorded_ms() > 5'000; }));
    show(fmt::format(R"({{"unplugged":true,"from_ms":0,"until_ms":{}}})", wall_ms() + 3'600'000));
    REQUIRE(room.run_until([&] { return room.events(record::EventKind::camera_gap).size() >= 2; }));
    CHECK(room.run_until([&] { return !room.films().empty() && !room.video().at("filming").as_bool(); }));
    show("");
    REQUIRE(room.run_until([&] { return room.events(record::EventKind::camera_gap).size() >= 3; }));
    CHECK(room.run_until([&] { return room.video().at("filming").as_bool(); }));
    room.stop();
    const auto gaps = room.events(record::EventKind::camera_gap);
    CHECK(gaps[0].data == json::Object{{"device", "classroom"}, {"state", "up"}, {"lost_ms", -1}});
    CHECK(gaps[1].data.at("state").as_string() == "down");
    CHECK(gaps[1].data.at("reason").as_string() == "no picture from the camera");
    CHECK(gaps[2].data.at("state").as_string() == "up");
    CHECK(gaps[2].data.at("lost_ms").as_int64() > 0);
    CHECK(room.films().size() >= 2);
}

TEST_CASE("F07: a board's encoder that fails while it films gives way to another, and the lesson is filmed on") {
    camera::gst::initialise();
    const test::FailingEncoder board;
    FilmedLesson room;
    room.start();
    REQUIRE(room.run_until([&] { return room.events(record::EventKind::camera_gap).size() >= 3; }));
    const auto failed_after = room.recorded_ms();
    CHECK(room.run_until([&] { return room.recorded_ms() > failed_after + 6'000; })); // longer than it lasts
    room.stop();
    const auto gaps = room.events(record::EventKind::camera_gap);
    REQUIRE(gaps.size() == 3);
    CHECK(gaps[1].data.at("state").as_string() == "down");
    CHECK(gaps[1].data.at("reason").as_string().starts_with("v4l2h264enc: "));
    CHECK(gaps[2].data.at("state").as_string() == "up");
    CHECK(gaps[2].data.at("lost_ms").as_int64() < 5'000);
    CHECK(room.films().size() >= 2);
}

TEST_CASE("F07: a microphone that is lost is journaled, the lesson is filmed on, and sound comes back by itself") {
    FilmedLesson room([](VideoSettings &video) {
        video.microphone_kind = "file";
        video.microphone.kind = camera::SoundKind::file;
    });
    room.settings.video.microphone.file = room.directory / "lesson.wav"; // is not there yet
    room.start();
    REQUIRE(room.run_until([&] { return room.events(record::EventKind::microphone_gap).size() == 1; }));
    REQUIRE(room.run_until([&] { return room.recorded_ms() > 0; }));
    CHECK(room.lesson().at("usable_ms").as_int64() == 0);
    test::write_wav(room.directory / "lesson.wav", 4'000, 8'000);
    REQUIRE(room.run_until([&] { return room.events(record::EventKind::microphone_gap).size() >= 3; }));
    room.stop();
    const auto gaps = room.events(record::EventKind::microphone_gap);
    CHECK(gaps[0].data.at("state").as_string() == "down");
    CHECK(gaps[0].data.at("reason").as_string().find("not found") != std::string::npos);
    CHECK(gaps[1].data.at("state").as_string() == "up");
    CHECK(gaps[1].data.at("lost_ms").as_int64() > 0);
    CHECK(gaps[2].data.at("state").as_string() == "down"); // the file ended
    const auto films = room.films();
    REQUIRE(films.size() >= 2);
    CHECK(films[0].sound_ms == 0);
    CHECK(std::ranges::any_of(films, [](const auto &film) { return film.sound_ms > 0; }));
}

TEST_CASE("F08: silence in a lesson is journaled, and does not count as usable") {
    FilmedLesson room([](VideoSettings &video) {
        video.microphone_kind = "file";
        video.microphone.kind = camera::SoundKind::file;
    });
    room.settings.video.microphone.file = room.directory / "silence.wav";
    test::write_wav(room.directory / "silence.wav", 60'000, 0);
    room.start();
    REQUIRE(room.run_until([&] { return room.recorded_ms() > 15'000; }));
    const auto told = room.events(record::EventKind::content_fault);
    CHECK(std::ranges::any_of(told, [](const record::EventBody &body) {
        const auto fault = record::content_fault_from_json(body.data);
        return fault && fault->fault == record::Fault::silent && fault->device == "microphone" && !fault->over;
    }));
    CHECK(room.lesson().at("usable_ms").as_int64() < 5'000);
}

TEST_CASE("F08: what is wrong when the program ends is journaled with its end, and takes no more from the next start") {
    FilmedLesson room([](VideoSettings &video) {
        video.classroom_kind = "replay";
        video.classroom.kind = camera::Kind::replay;
        video.microphone_kind = "file";
        video.microphone.kind = camera::SoundKind::file;
    });
    room.settings.video.classroom.playlist = room.directory / "playlist.json";
    room.settings.video.microphone.file = room.directory / "silence.wav";
    // Its "face" is so small that the picture is drawn larger than the canvas, however it moves.
    const auto png = test::make_png(cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(0)));
    REQUIRE(write_file_durably(room.directory / "black.png", as_text(png)));
    REQUIRE(write_file_durably(room.settings.video.classroom.playlist,
                               fmt::format(R"({{"version":1,"items":[{{"file":"black.png","from_ms":0,"until_ms":{},)"
                                           R"("face":{{"x":28,"y":28,"width":8,"height":8}}}}]}})",
                                           wall_ms() + 3'600'000)));
    test::write_wav(room.directory / "silence.wav", 60'000, 0);
    const auto told = [&] {
        std::map<record::Fault, std::vector<record::ContentFault>> faults;
        for (const auto &body : room.events(record::EventKind::content_fault)) {
            const auto fault = record::content_fault_from_json(body.data).value();
            faults[fault.fault].push_back(fault);
        }
        return faults;
    };
    room.start();
    SUBCASE("told already") {
        REQUIRE(room.run_until([&] { return told().size() == 3; }));
    }
    SUBCASE("seen while the loop had no time to tell") {
        REQUIRE(room.run_until([&] { return room.video().at("filming").as_bool(); }));
        std::this_thread::sleep_for(std::chrono::milliseconds(recorder::PictureCheck::kHoldMs + 5'000));
        REQUIRE(told().empty());
    }
    room.stop();
    const auto shutdown = room.events(record::EventKind::shutdown).back();
    CHECK(room.events(record::EventKind::content_fault).back().seq < shutdown.seq);
    CHECK(told().size() == 3); // black, frozen, silent
    for (const auto &[fault, events] : told()) {
        CAPTURE(record::to_string(fault));
        REQUIRE(events.size() == 2);
        CHECK_FALSE(events[0].over);
        CHECK(events[1].over);
        CHECK(events[1].since == events[0].since);
        CHECK(events[1].until.boot_ms >= events[0].until.boot_ms);
        CHECK(events[1].until.boot_ms <= shutdown.at.boot_ms);
    }
}

TEST_CASE("terminald: no classroom camera, no film; and nothing about it in the status") {
    FilmedLesson room([](VideoSettings &video) {
        video.classroom_kind = "none";
        video.microphone_kind = "none";
    });
    room.start();
    room.context.run_for(std::chrono::milliseconds(1'500));
    CHECK_FALSE(room.video().at("filming").as_bool());
    CHECK(room.video().at("lessons").as_array().empty());
    room.stop();
    CHECK(room.films().empty());
}
