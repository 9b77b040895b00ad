// Clips, lesson video and journal together on a real disk that is really full.
#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <thread>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/recorder/lesson_recorder.hpp"
#include "firmware/recorder/recorder.hpp"
#include "tests/support/classroom_film.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/wait_until.hpp"

using namespace xueshi;
using test::wait_until;

namespace {

constexpr std::int64_t kKeepFree = 8 << 20; ///< of video
constexpr int kDiskMib = 100;               ///< filming goes on when 64 MiB more than kKeepFree are free

/// A terminal's recorders and journal on one small disk.
class Room {
public:
    explicit Room(const test::SmallDisk &disk) : disk_(disk) {
        signer_ = identity::open_or_create_signer(disk / "signing.key").value();
        writer = journal::JournalWriter::open(disk / "journal.db", *signer_, {4 << 20, 1 << 20}).value();
        recorder::Options clip;
        clip.media_directory = disk / "media";
        clip.before_ms = clip.after_ms = 500;
        clips = recorder::Recorder::create(clip, *writer, clock, {}).value();
        recorder::LessonOptions lesson;
        lesson.media_directory = disk / "media";
        lesson.keep_free = kKeepFree;
        lesson.sync_ms = 500;
        lessons = recorder::LessonRecorder::create(lesson, *writer, clock, evidence).value();
        lessons->set_plan({{0, std::int64_t{1} << 52, RoomId("r-1"), {{ClassId("class-1"), LessonId("lesson-1")}}}});
    }

    /// These milliseconds of the film, for both recorders. The moment of the last picture.
    Instant film(std::int64_t from_ms, std::int64_t until_ms) {
        const auto begin = test::captured(test::classroom_film().front()).boot_ms;
        Instant last;
        for (const auto &unit : test::classroom_film()) {
            const auto at = test::captured(unit).boot_ms - begin;
            if (at < from_ms || at >= until_ms) {
                continue;
            }
            if (const auto *picture = std::get_if<camera::Unit>(&unit)) {
                clips->push(*picture);
                last = picture->captured;
            }
            std::visit([&](const auto &value) { lessons->push(value); }, unit);
        }
        return last;
    }
    bool punch() {
        record::EventDraft draft;
        draft.at = clock.now();
        draft.id = Uuid::v7(draft.at.wall_ms);
        draft.kind = record::EventKind::punch;
        record::Punch punch;
        punch.person = PersonId(draft.id.str());
        punch.training_class = ClassId("class-1");
        punch.lesson = LessonId("lesson-1");
        draft.data = record::to_json(punch);
        clock.advance(1'000);
        return writer->append(draft).has_value();
    }
    std::vector<json::Object> events(record::EventKind kind) const {
        auto reader = journal::JournalReader::open(disk_ / "journal.db").value();
        std::vector<json::Object> found;
        const auto all = reader.read(0, 10'000).value();
        for (const auto &event : all) {
            if (event.kind == record::to_string(kind)) {
                found.push_back(record::read_body(event).value().data);
            }
        }
        return found;
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto &entry : std::filesystem::directory_iterator(disk_ / "media")) {
            names.insert(entry.path().filename().string());
        }
        return names;
    }

    test::FakeClock clock;
    recorder::Evidence evidence;
    std::unique_ptr<journal::JournalWriter> writer;
    std::unique_ptr<recorder::Recorder> clips;
    std::unique_ptr<recorder::LessonRecorder> lessons;

private:
    const test::SmallDisk &disk_;
    std::unique_ptr<identity::Signer> signer_;
};

} // namespace

TEST_CASE("F03: on a disk that fills in a lesson, filming stops, punches go on, and all of it comes back by itself") {
    (void)test::classroom_film(); // its threads see the machine's own disks
    const test::SmallDisk disk(kDiskMib);
    if (!disk.there()) {
        MESSAGE("skipped: this process may not mount a small disk");
        return;
    }
    Room room(disk);
    room.film(0, 3'000);
    REQUIRE(wait_until([&] { return room.evidence.between(0, std::int64_t{1} << 52).recorded_ms > 2'000; }));

    // Somebody's files take the room that video may have: the film ends, whole, and a clip still fits.
    disk.fill("somebody", kKeepFree * 3 / 4);
    REQUIRE(wait_until([&] { return room.lessons->state().stopped_for_space; }));
    REQUIRE(room.events(record::EventKind::lesson_video_saved).size() == 1);
    const auto stopped = room.events(record::EventKind::recording_gap);
    REQUIRE(stopped.size() == 1);
    CHECK(stopped[0].at("state").as_string() == "stopped");
    CHECK(stopped[0].at("reason").as_string() == "disk_full");
    CHECK(stopped[0].at("free_bytes").as_int64() < kKeepFree);
    const auto clip = room.clips->start_clip(room.film(3'000, 4'000));
    REQUIRE_FALSE(clip.empty());
    CHECK(room.punch());
    room.film(4'000, 5'000);
    REQUIRE(wait_until([&] { return room.events(record::EventKind::clip_saved).size() == 1; }));
    CHECK_FALSE(room.lessons->state().filming);

    // And then the rest: no clip, but punches.
    disk.fill("somebody");
    const auto late = room.clips->start_clip(room.film(5'000, 5'300));
    REQUIRE_FALSE(late.empty());
    room.film(5'300, 6'000);
    int punched = 0;
    for (int i = 0; i < 200; ++i) {
        punched += room.punch() ? 1 : 0;
    }
    CHECK(punched == 200);
    CHECK(room.events(record::EventKind::clip_saved).size() == 1);
    REQUIRE(wait_until([&] { return room.files().size() == 2; })); // of each try to save it no piece stays

    std::filesystem::remove(disk / "somebody");
    REQUIRE(wait_until([&] { return !room.lessons->state().stopped_for_space; }));
    room.film(6'000, 7'000);
    REQUIRE(wait_until([&] { return room.events(record::EventKind::clip_saved).size() == 2; }));
    room.clips->stop();
    room.lessons->stop();
    const auto told = room.events(record::EventKind::recording_gap);
    REQUIRE(told.size() == 2);
    CHECK(told[1].at("state").as_string() == "resumed");
    auto saved = room.events(record::EventKind::lesson_video_saved);
    CHECK(saved.size() == 2);
    const auto clips = room.events(record::EventKind::clip_saved);
    saved.insert(saved.end(), clips.begin(), clips.end());
    std::set<std::string> named;
    for (const auto &video : saved) { // each is there, whole, and what was signed
        const std::string file(video.at("file").as_string());
        named.insert(file);
        const auto content = read_file(disk / "media" / file, 100 << 20);
        REQUIRE(content);
        CHECK(hex(sha256(as_bytes(*content))) == std::string(video.at("sha256").as_string()));
        CHECK(static_cast<std::int64_t>(test::probe(disk / "media" / file).packets.at("h264").size()) ==
              video.at("frames").as_int64());
    }
    CHECK(room.files() == named);
    CHECK(room.events(record::EventKind::punch).size() == 201);
    const auto verified = journal::verify_journal(disk / "journal.db");
    REQUIRE(verified);
    CHECK_FALSE(verified->first_bad.has_value());
}
