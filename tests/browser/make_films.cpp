// One clip and one lesson video by the real recorders, out of a test camera and a test microphone, for a browser to
// play.
//
//   make_films DIRECTORY    prints, last, {"clip": {...}, "lesson": {...}}: what their events say
#include <iostream>

#include "firmware/core/base/json.hpp"
#include "firmware/recorder/lesson_recorder.hpp"
#include "firmware/recorder/recorder.hpp"
#include "tests/support/classroom_film.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "make_films DIRECTORY\n";
        return 2;
    }
    test::MemorySink sink;
    const test::FakeClock clock;
    recorder::Evidence evidence;
    recorder::Options clip;
    recorder::LessonOptions lesson;
    clip.media_directory = lesson.media_directory = argv[1];
    clip.before_ms = clip.after_ms = 1'500;
    lesson.keep_free = 0;
    auto clips = recorder::Recorder::create(clip, sink, clock, {}).value();
    auto lessons = recorder::LessonRecorder::create(lesson, sink, clock, evidence).value();
    lessons->set_plan({{0, std::int64_t{1} << 52, RoomId("r-1"), {}}});
    int pictures = 0;
    for (const auto &unit : test::classroom_film()) {
        std::visit([&](const auto &value) { lessons->push(value); }, unit);
        if (const auto *picture = std::get_if<camera::Unit>(&unit)) {
            clips->push(*picture);
            if (++pictures == 30) {
                (void)clips->start_clip(picture->captured);
            }
        }
    }
    clips->stop();
    lessons->stop();
    const auto saved = sink.drafts(record::EventKind::clip_saved);
    const auto filmed = sink.drafts(record::EventKind::lesson_video_saved);
    if (saved.size() != 1 || filmed.size() != 1) {
        std::cerr << "make_films: the recorders saved " << saved.size() << " clips and " << filmed.size()
                  << " lesson videos\n";
        return 1;
    }
    std::cout << json::serialize(json::Object{{"clip", saved[0].data}, {"lesson", filmed[0].data}}) << "\n";
    return 0;
}
