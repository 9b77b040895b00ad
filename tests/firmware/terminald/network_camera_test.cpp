// A network camera films and hears a lesson: rtspsrc against a real server.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/firmware/terminald/filmed_lesson.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/network_camera.hpp"

using namespace xueshi;

namespace {

/// Both tracks of a film, as a player of others finds them, and as long as its event says.
void check_film(const test::FilmedLesson &room, const record::LessonVideoSaved &film) {
    const auto probed = test::probe(room.media() / film.file);
    CHECK(probed.complaints.empty());
    const auto &pictures = probed.packets.at("h264"), &sounds = probed.packets.at("aac");
    CHECK(static_cast<std::int64_t>(pictures.size()) == film.frames);
    CHECK(std::abs(probed.duration - static_cast<double>(film.duration_ms) / 1e3) < 0.2);
    const auto heard = sounds.back().pts + sounds.back().duration;
    CHECK(std::abs(heard - static_cast<double>(film.sound_ms) / 1e3) < 0.2);
    CHECK(std::abs(heard - pictures.back().pts) < 1);
    for (const auto *track : {&pictures, &sounds}) {
        for (std::size_t i = 1; i < track->size(); ++i) {
            CHECK((*track)[i].dts > (*track)[i - 1].dts);
        }
    }
}

std::string last_state(const test::FilmedLesson &room, record::EventKind kind) {
    const auto gaps = room.events(kind);
    return gaps.empty() ? "" : std::string(gaps.back().data.at("state").as_string());
}

} // namespace

TEST_CASE(
    "F07: a network camera films a lesson with its sound, is lost, and films on when it is back, whatever it shows") {
    test::NetworkCamera network(test::camera_picture(1280, 720, 15) +
                                test::camera_sound(8'000, 1, "alawenc ! rtppcmapay"));
    test::FilmedLesson room([&](terminald::VideoSettings &video) {
        video.classroom_kind = video.microphone_kind = "rtsp";
        video.classroom.kind = camera::Kind::rtsp;
        video.microphone.kind = camera::SoundKind::rtsp;
        video.classroom.device = video.microphone.device = network.url();
    });
    room.start();
    REQUIRE(room.run_until([&] { return room.recorded_ms() > 5'000 && room.lesson().at("usable_ms").as_int64() > 0; }));
    network.unplug();
    REQUIRE(room.run_until([&] {
        return last_state(room, record::EventKind::camera_gap) == "down" &&
               last_state(room, record::EventKind::microphone_gap) == "down" && !room.video().at("filming").as_bool();
    }));
    const auto before = room.films();
    network.plug_in(test::camera_picture(480, 640, 12) + test::camera_sound(44'100, 2, "avenc_aac ! rtpmp4gpay"));
    REQUIRE(room.run_until([&] { return room.video().at("camera_running").as_bool(); }));
    REQUIRE(room.run_until([&] { return room.video().at("microphone_running").as_bool(); }));
    const auto filmed = room.recorded_ms();
    REQUIRE(room.run_until([&] { return room.recorded_ms() > filmed + 6'000; }));
    room.stop();

    const auto films = room.films();
    REQUIRE(films.size() > before.size());
    for (const auto &film : films) {
        if (film.sound_ms > 1'000) {
            check_film(room, film);
        }
    }
    const auto has_sound = [](const record::LessonVideoSaved &film) { return film.sound_ms > 1'000; };
    CHECK(std::ranges::any_of(before, has_sound));
    CHECK(std::any_of(films.begin() + std::ssize(before), films.end(), has_sound));
    for (const auto kind : {record::EventKind::camera_gap, record::EventKind::microphone_gap}) {
        // A machine with much else to do may lose the stream once more by itself.
        const auto gaps = room.events(kind);
        REQUIRE(gaps.size() >= 3);
        REQUIRE(gaps.size() <= 7);
        REQUIRE(gaps.size() % 2 == 1);
        for (std::size_t i = 0; i < gaps.size(); ++i) {
            CHECK(gaps[i].data.at("state").as_string() == (i % 2 == 0 ? "up" : "down"));
            CHECK((i % 2 == 1 || (gaps[i].data.at("lost_ms").as_int64() > 0) == (i > 0)));
        }
    }
    CHECK(room.events(record::EventKind::lesson_video_saved).back().source ==
          record::Source{record::SourceKind::physical, "rtsp+rtsp"});
}
