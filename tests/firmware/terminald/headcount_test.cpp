#include "firmware/terminald/video.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

#include <opencv2/core.hpp>

#include "firmware/recorder/open_film.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_pipeline.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

/// A lesson that the kiosk camera films, with a detector that sees the painted faces.
struct Lesson {
    explicit Lesson(const std::string &camera = "kiosk", const std::string &microphone = "none") {
        settings.classroom_kind = camera;
        settings.classroom.kind = camera::Kind::test;
        settings.microphone_kind = microphone;
        settings.microphone.kind = camera::SoundKind::test;
        settings.lesson.camera = camera;
        settings.lesson.keep_free = 0;
        punch("p-1");
        punch("p-2");
        auto made = Video::create(context, settings, {directory.path(), directory.path()},
                                  {sink, clock, history, worker.get()});
        REQUIRE(made);
        video = std::move(*made);
    }
    ~Lesson() { video->stop(); }

    void punch(const char *person) {
        record::Punch one;
        one.person = PersonId(person);
        one.room = RoomId("r-1");
        history.note(one, clock.now()); // what it means is asked of the schedule
    }
    void show(std::size_t faces) {
        video->offer(test::FakePipeline::frame(std::vector<test::FakePipeline::Face>(faces), clock.now()));
        video->every_second(roster);
    }
    /// The loop runs until so many heads were counted; false: they are not within a minute. Nothing is waited for a
    /// little.
    bool counted(std::size_t times) {
        for (int i = 0; i < 15 || (i < 6'000 && counts().size() < times); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10)); // for the worker
            context.restart();
            context.poll();
        }
        return counts().size() == times;
    }
    std::vector<record::Headcount> counts() const {
        std::vector<record::Headcount> all;
        for (const auto &draft : sink.drafts(record::EventKind::headcount)) {
            all.push_back(record::headcount_from_json(draft.data).value());
        }
        return all;
    }

    test::TemporaryDirectory directory;
    test::FakeClock clock;
    test::MemorySink sink;
    checkin::History history;
    VideoSettings settings;
    boost::asio::io_context context{1};
    std::unique_ptr<checkin::FaceWorker> worker = std::make_unique<checkin::FaceWorker>(
        std::make_unique<test::FakePipeline>(), 0.6,
        checkin::FaceWorker::Callbacks{[](const auto &) {}, [](const Error &) {}});
    std::shared_ptr<roster::Roster> roster = test::make_classroom();
    std::unique_ptr<Video> video;
};

} // namespace

TEST_CASE("headcount: the faces in the classroom are journaled every thirty seconds beside who is checked in") {
    Lesson lesson;
    lesson.show(3);
    REQUIRE(lesson.counted(1));
    const auto count = lesson.counts()[0];
    CHECK(count.faces == 3);
    CHECK(count.checked_in == 2);
    CHECK(count.camera == "kiosk"); // the evidence says that one camera does both
    CHECK(count.room == RoomId("r-1"));
    CHECK(count.lessons == std::vector<record::LessonRef>{{ClassId("c-1"), LessonId("l-1")}});
    lesson.clock.advance(29'000);
    lesson.show(4);
    CHECK(lesson.counted(1));
    lesson.clock.advance(1'000);
    lesson.show(5);
    REQUIRE(lesson.counted(2));
    CHECK(lesson.counts()[1].faces == 5);
    const auto shown = lesson.video->status().at("lessons").as_array().at(0).as_object();
    CHECK(shown.at("faces").as_int64() == 5);
    CHECK(shown.at("checked_in").as_int64() == 2);
}

TEST_CASE("headcount: where a count takes longer than until the next, none is ordered meanwhile") {
    Lesson lesson;
    std::promise<void> release;
    lesson.worker->run([&](face::Pipeline &) { release.get_future().wait(); });
    lesson.show(3);
    for (int i = 0; i < 3; ++i) {
        lesson.clock.advance(30'000);
        lesson.show(4);
    }
    release.set_value();
    CHECK(lesson.counted(1));
    lesson.show(5);
    CHECK(lesson.counted(2));
}

TEST_CASE("headcount: who checked in by the punch between two lessons is counted in the second") {
    constexpr std::int64_t kMinute = 60'000;
    Lesson lesson;
    auto &lessons = lesson.roster->classes[0].lessons;
    const auto start = lessons[0].end_ms() + 10 * kMinute;
    lessons[1].hours = {training::ClassHour{start, start + 45 * kMinute}};
    lesson.clock.advance(50 * kMinute);
    lesson.punch("p-1");
    lesson.clock.advance(10 * kMinute);
    lesson.show(1);
    REQUIRE(lesson.counted(1));
    CHECK(lesson.counts()[0].checked_in == 1); // the second never checked in to this lesson
    const auto shown = lesson.video->status().at("lessons").as_array();
    REQUIRE(shown.size() == 2);
    CHECK(shown[1].at("checked_in").as_int64() == 1);
}

TEST_CASE("F07: a kiosk camera that comes and goes says nothing of a lesson that another camera films") {
    Lesson lesson("test");
    lesson.video->kiosk_opens({record::SourceKind::physical, "v4l2"});
    lesson.show(3);
    REQUIRE(lesson.counted(1));
    lesson.video->kiosk_lost(); // the classroom's picture is as new as it was
    lesson.clock.advance(30'000);
    lesson.video->every_second(lesson.roster);
    REQUIRE(lesson.counted(2));
    CHECK(lesson.sink.drafts(record::EventKind::headcount)[0].source !=
          record::Source{record::SourceKind::physical, "v4l2"});
}

TEST_CASE(
    "terminald: the very first film says which camera and microphone it is from, however late the loop hears of them") {
    Lesson lesson("test", "test");
    lesson.video->every_second(lesson.roster);
    lesson.video->start();
    std::vector<recorder::OpenFilm> films;
    for (int i = 0; i < 3'000 && (films.empty() || films.back().source.driver != "test+test"); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10)); // the loop does not run
        films = recorder::find_open_films(lesson.directory / "media");
    }
    REQUIRE_FALSE(films.empty());
    CHECK(films.back().source == record::Source{record::SourceKind::virtual_device, "test+test"});
    lesson.video->stop();
    for (const auto &draft : lesson.sink.drafts(record::EventKind::lesson_video_saved)) {
        CHECK(draft.source.kind == record::SourceKind::virtual_device);
    }
}

TEST_CASE("F08: footage that is played again is told though its pictures come a little early or late") {
    Lesson lesson;
    cv::RNG late(7);
    for (int i = 0; i < 95; ++i) { // it begins again after ten seconds, and is told eight later
        camera::Frame frame;
        frame.bgr = cv::Mat(18, 32, CV_8UC3);
        cv::RNG shown(static_cast<std::uint64_t>(i % 50) + 1);
        shown.fill(frame.bgr, cv::RNG::UNIFORM, 0, 256);
        frame.captured = lesson.clock.now();
        frame.captured.boot_ms += i * 200 + late.uniform(-3, 4);
        frame.captured.wall_ms += i * 200;
        lesson.video->offer(frame);
    }
    lesson.context.poll();
    const auto told = lesson.sink.drafts(record::EventKind::content_fault);
    REQUIRE(told.size() == 1);
    CHECK(told[0].data.at("fault").as_string() == "looped");
}

TEST_CASE("headcount: outside lessons nobody is counted, and without a picture there is no count") {
    Lesson lesson;
    lesson.video->every_second(lesson.roster);
    CHECK(lesson.counted(0));
    lesson.clock.advance(46 * 60'000);
    lesson.show(3);
    CHECK(lesson.counted(0));
}
