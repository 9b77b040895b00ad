#include <doctest/doctest.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/video_bodies.hpp"

using namespace xueshi;
using namespace xueshi::record;

namespace {

LessonVideoSaved morning() {
    LessonVideoSaved video;
    video.video = MediaId("0190aaaa-0000-7000-8000-000000000001");
    video.file = "0190aaaa-0000-7000-8000-000000000001.mp4";
    video.sha256 = std::string(64, 'a');
    video.bytes = 123'456'789;
    video.duration_ms = 2'700'040;
    video.frames = 40'501;
    video.sound_ms = 2'700'000;
    video.camera = "classroom";
    video.room = RoomId("room-1");
    video.lessons = {{ClassId("class-1"), LessonId("lesson-1")}, {ClassId("class-2"), LessonId("lesson-7")}};
    video.first = {1'795'233'600'000, 10'000};
    video.last = {1'795'236'300'000, 2'710'000};
    video.boot_id = "11111111-2222-4333-8444-555555555555";
    video.gaps = {{20'000, 21'500}};
    return video;
}

} // namespace

TEST_CASE("video bodies: a lesson video's event is canonical JSON and is read back as it was") {
    const auto written = to_json(morning());
    CHECK(canonical_json(written).has_value());
    const auto read = lesson_video_saved_from_json(written);
    REQUIRE(read.has_value());
    CHECK(to_json(*read) == written);
    CHECK(read->lessons == morning().lessons);
    CHECK(read->gaps == morning().gaps);
    CHECK(read->last == morning().last);
}

TEST_CASE("video bodies: what is missing, unknown or turned round is refused with its place") {
    const auto refused = [](auto &&change) {
        auto data = to_json(morning());
        change(data);
        const auto read = lesson_video_saved_from_json(data);
        return read ? std::string() : read.error().message;
    };
    CHECK(refused([](auto &data) { data.erase("sound_ms"); }).find("sound_ms") != std::string::npos);
    CHECK(refused([](auto &data) { data["colour"] = "red"; }).find("colour") != std::string::npos);
    CHECK(refused([](auto &data) { data["gaps"] = json::Array{json::Array{9, 8}}; }).find("gaps") != std::string::npos);
    CHECK(refused([](auto &data) { data["lessons"] = json::Array{json::Object{}}; }).find("lessons") !=
          std::string::npos);
}

TEST_CASE("video bodies: headcounts, faults and deletions are read back as they were") {
    const Headcount count{RoomId("room-1"), {{ClassId("c"), LessonId("l")}}, "classroom", 17, 18};
    REQUIRE(headcount_from_json(to_json(count)).has_value());
    CHECK(to_json(*headcount_from_json(to_json(count))) == to_json(count));
    for (const auto fault : {Fault::frozen, Fault::black, Fault::covered, Fault::looped, Fault::silent}) {
        const ContentFault told{"classroom", fault, true, {1, 2}, {3, 4}};
        REQUIRE(content_fault_from_json(to_json(told)).has_value());
        CHECK(to_json(*content_fault_from_json(to_json(told))) == to_json(told));
    }
    CHECK_FALSE(parse_fault("dull").has_value());
    const MediaDeleted gone{MediaId("m"), "m.mp4", "confirmed_days", 77};
    REQUIRE(media_deleted_from_json(to_json(gone)).has_value());
    CHECK(to_json(*media_deleted_from_json(to_json(gone))) == to_json(gone));
}

TEST_CASE("F07: a gap says which device, what was said of its loss, and of a return how long it was away") {
    const auto lost = to_json(DeviceGap{"classroom", true, "no picture from the camera", 0});
    CHECK(lost == json::Object{{"device", "classroom"}, {"state", "down"}, {"reason", "no picture from the camera"}});
    CHECK(to_json(DeviceGap{"microphone", false, "", 4'000}) ==
          json::Object{{"device", "microphone"}, {"state", "up"}, {"lost_ms", 4'000}});
    CHECK(to_json(RecordingGap{true, "disk_full", 5}) ==
          json::Object{{"state", "stopped"}, {"reason", "disk_full"}, {"free_bytes", 5}});
}
