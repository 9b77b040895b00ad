#include "firmware/recorder/lesson_recorder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "firmware/core/base/file.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/recorder/fragments.hpp"
#include "firmware/recorder/open_film.hpp"
#include "firmware/recorder/part_file.hpp"
#include "tests/support/classroom_film.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/video.hpp"
#include "tests/support/wait_until.hpp"

using namespace xueshi;
using test::classroom_film;
using test::wait_until;

namespace {

constexpr std::int64_t kForever = std::int64_t{1} << 52;

recorder::Span whole() {
    return {0, kForever, RoomId("room-1"), {{ClassId("class-1"), LessonId("lesson-1")}}};
}

/// A recorder on a directory, its journal, and how much room its disk says it has.
struct Bench {
    explicit Bench(recorder::Plan plan = {whole()}) : plan(std::move(plan)) {}

    void start() {
        recorder::LessonOptions options;
        options.media_directory = directory / "media";
        options.wants_sound = true;
        options.sync_ms = 500;
        options.free_bytes = [this](const std::filesystem::path &) { return free.load(); };
        auto created = recorder::LessonRecorder::create(options, sink, clock, evidence);
        REQUIRE(created.has_value());
        made = std::move(*created);
        made->set_source({record::SourceKind::virtual_device, "test"});
        made->set_plan(plan);
    }
    /// Units of these milliseconds of the film.
    void push(std::int64_t from_ms, std::int64_t until_ms, bool with_sound = true, std::int64_t clock_ms = 0) const {
        const auto begin = test::captured(classroom_film().front()).boot_ms;
        for (const auto &unit : classroom_film()) {
            const auto at = test::captured(unit).boot_ms - begin;
            const bool wanted = with_sound || std::holds_alternative<camera::Unit>(unit);
            if (at >= from_ms && at < until_ms && wanted) {
                std::visit(
                    [&](auto value) {
                        value.captured.wall_ms += clock_ms;
                        made->push(std::move(value));
                    },
                    unit);
            }
        }
    }
    std::vector<record::LessonVideoSaved> saved() const {
        std::vector<record::LessonVideoSaved> all;
        for (const auto &draft : sink.drafts(record::EventKind::lesson_video_saved)) {
            auto video = record::lesson_video_saved_from_json(draft.data);
            REQUIRE(video.has_value());
            all.push_back(std::move(*video));
        }
        return all;
    }
    std::filesystem::path media(const std::string &name) const { return directory / "media" / name; }
    std::size_t files(std::string_view ending) const {
        std::size_t count = 0;
        for (const auto &entry : std::filesystem::directory_iterator(directory / "media")) {
            count += entry.path().string().ends_with(ending) ? 1 : 0;
        }
        return count;
    }
    /// The film that is being written; waits until it is begun.
    recorder::OpenFilm open_film() const {
        std::vector<recorder::OpenFilm> open;
        REQUIRE(wait_until([&] {
            open = recorder::find_open_films(directory / "media");
            return open.size() == 1;
        }));
        return open.front();
    }

    recorder::Plan plan;
    test::TemporaryDirectory directory;
    test::MemorySink sink;
    test::FakeClock clock;
    recorder::Evidence evidence;
    std::atomic<std::int64_t> free = 10ll << 30;
    std::unique_ptr<recorder::LessonRecorder> made;
};

std::size_t pictures(std::int64_t from_ms, std::int64_t until_ms) {
    const auto begin = test::captured(classroom_film().front()).boot_ms;
    return static_cast<std::size_t>(std::ranges::count_if(classroom_film(), [&](const auto &unit) {
        const auto at = test::captured(unit).boot_ms - begin;
        return std::holds_alternative<camera::Unit>(unit) && at >= from_ms && at < until_ms;
    }));
}

const camera::Unit &first_picture() {
    for (const auto &unit : classroom_film()) {
        if (const auto *picture = std::get_if<camera::Unit>(&unit)) {
            return *picture;
        }
    }
    throw std::runtime_error("no picture");
}

} // namespace

TEST_CASE("lesson video: picture and sound of a lesson become one film that other players play") {
    Bench bench;
    bench.start();
    bench.push(0, kForever);
    bench.made->stop();
    REQUIRE(bench.saved().size() == 1);
    const auto video = bench.saved()[0];
    CHECK(video.room == RoomId("room-1"));
    CHECK(video.lessons == whole().lessons);
    CHECK(video.camera == "classroom");
    CHECK(video.frames == static_cast<std::int64_t>(pictures(0, kForever)));
    CHECK(video.first == record::moment_of(first_picture().captured));
    CHECK_FALSE(video.recovered);
    CHECK(bench.files("") == 1);

    const auto film = bench.media(video.file);
    const auto content = read_file(film, 100 << 20);
    REQUIRE(content.has_value());
    CHECK(video.sha256 == hex(sha256(as_bytes(*content))));
    CHECK(video.bytes == static_cast<std::int64_t>(content->size()));

    const auto probed = test::probe(film);
    CHECK(probed.complaints.empty());
    REQUIRE(probed.packets.size() == 2);
    const auto &h264 = probed.packets.at("h264"), &aac = probed.packets.at("aac");
    CHECK(static_cast<std::int64_t>(h264.size()) == video.frames);
    CHECK(std::abs(probed.duration - static_cast<double>(video.duration_ms) / 1e3) < 0.2);
    const auto span = static_cast<double>(video.last.boot_ms - video.first.boot_ms) / 1e3;
    CHECK(std::abs(h264.back().pts - h264.front().pts - span) < 0.2);
    for (const auto *track : {&h264, &aac}) {
        for (std::size_t i = 1; i < track->size(); ++i) {
            CHECK((*track)[i].dts > (*track)[i - 1].dts);
        }
    }
    for (std::size_t i = 1; i < aac.size(); ++i) { // sound without a hole
        CHECK(aac[i].pts - aac[i - 1].pts < 2 * 1'024.0 / 48'000);
    }
    CHECK(std::abs(aac.front().pts - h264.front().pts) < 0.2);
}

TEST_CASE("lesson video: sound that comes before the picture of its moment is in the film, and in step with it") {
    constexpr std::int64_t kAheadMs = 600;
    const auto begin = test::captured(classroom_film().front()).boot_ms;
    auto units = classroom_film();
    std::ranges::stable_sort(units, {}, [&](const test::FilmUnit &unit) {
        const bool is_picture = std::holds_alternative<camera::Unit>(unit);
        return test::captured(unit).boot_ms - begin + (is_picture ? kAheadMs : 0);
    });
    const auto middle = first_picture().captured.wall_ms + 3'000;
    auto first = whole(), second = whole();
    first.end_ms = second.start_ms = middle;
    second.lessons = {{ClassId("class-1"), LessonId("lesson-2")}};
    Bench bench({first, second});
    bench.start();
    for (const auto &unit : units) {
        std::visit([&](const auto &value) { bench.made->push(value); }, unit);
    }
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 2);
    for (const auto &video : videos) {
        const auto aac = test::probe(bench.media(video.file)).packets.at("aac");
        const auto heard_ms = static_cast<double>(aac.size()) * 1'024 / 48;
        CHECK(std::abs(heard_ms - static_cast<double>(video.sound_ms)) < 60); // nothing of its beginning is missing
    }
}

TEST_CASE("lesson video: the burned-in time, read back at three moments, is right to the second") {
    Bench bench;
    bench.start();
    bench.push(0, kForever);
    bench.made->stop();
    const auto video = bench.saved().at(0);
    const auto shown = test::decode_file(bench.media(video.file));
    REQUIRE(static_cast<std::int64_t>(shown.size()) == video.frames);
    std::vector<Instant> moments;
    for (const auto &unit : classroom_film()) {
        if (const auto *picture = std::get_if<camera::Unit>(&unit)) {
            moments.push_back(picture->captured);
        }
    }
    for (const auto at : {std::size_t{1}, shown.size() / 2, shown.size() - 1}) {
        CHECK(test::read_burned_in_time(shown[at]) == shanghai_time(moments[at].wall_ms));
    }
}

TEST_CASE("lesson video: it is split where the class hours are, at a key frame, and nothing is lost between") {
    const auto middle = first_picture().captured.wall_ms + 3'000;
    auto first = whole(), second = whole();
    first.end_ms = second.start_ms = middle;
    second.lessons = {{ClassId("class-1"), LessonId("lesson-2")}};
    Bench bench({first, second});
    bench.start();
    bench.push(0, kForever);
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 2);
    CHECK(videos[0].lessons == first.lessons);
    CHECK(videos[1].lessons == second.lessons);
    CHECK(videos[1].first.wall_ms >= middle);
    CHECK(videos[1].first.wall_ms < middle + 1'200); // a key frame each second
    CHECK(videos[0].frames + videos[1].frames == static_cast<std::int64_t>(pictures(0, kForever)));
    CHECK(bench.evidence.between(0, kForever).recorded_ms > 6'000);
}

TEST_CASE("lesson video: nothing is filmed outside the plan") {
    auto span = whole();
    span.start_ms = first_picture().captured.wall_ms + 2'000;
    span.end_ms = span.start_ms + 2'000;
    Bench bench({span});
    bench.start();
    bench.push(0, kForever);
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 1);
    CHECK(videos[0].first.wall_ms >= span.start_ms);
    CHECK(videos[0].last.wall_ms < span.end_ms + 1'200);
    bench.plan.clear();
    CHECK(bench.files("") == 1);
}

TEST_CASE("F07: without its microphone the lesson is filmed on, apart, and that does not count as usable") {
    Bench bench;
    bench.start();
    bench.push(0, 3'000);
    bench.made->microphone_lost();
    bench.push(3'000, 5'000, false);
    bench.push(5'000, kForever);
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 3);
    CHECK(videos[0].sound_ms > 2'000);
    CHECK(videos[1].sound_ms == 0);
    CHECK(videos[2].sound_ms > 500);
    CHECK(videos[0].frames + videos[1].frames + videos[2].frames == static_cast<std::int64_t>(pictures(0, kForever)));
    CHECK(test::probe(bench.media(videos[1].file)).packets.count("aac") == 0);
    const auto amount = bench.evidence.between(0, kForever);
    CHECK(amount.usable_ms < amount.recorded_ms - 1'000);
    CHECK(amount.usable_ms > 3'000);
}

TEST_CASE("F07: a camera that is lost closes its film, and the next one begins when it is back") {
    Bench bench;
    bench.start();
    bench.push(0, 3'000);
    bench.made->camera_lost();
    bench.push(4'000, kForever);
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 2);
    CHECK(videos[0].last.boot_ms < videos[1].first.boot_ms - 900);
    CHECK(bench.evidence.between(0, kForever).recorded_ms < 6'200);
}

TEST_CASE(
    "F09: a clock that is set while a lesson is filmed ends the film, and no minute is counted that was not filmed") {
    Bench bench;
    bench.start();
    bench.push(0, 3'000, true, -86'400'000);
    bench.push(3'000, kForever);
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 2);
    CHECK(videos[0].frames + videos[1].frames == static_cast<std::int64_t>(pictures(0, kForever)));
    CHECK(bench.evidence.between(0, kForever).recorded_ms < 7'200);
}

TEST_CASE("lesson video: a film is as trustworthy as the less trustworthy of its camera and its microphone") {
    Bench bench;
    bench.start();
    bench.made->set_source({record::SourceKind::physical, "v4l2"});
    bench.made->set_sound_source({record::SourceKind::replay, "file"});
    bench.push(0, 3'000);
    bench.made->microphone_lost();
    bench.push(3'000, kForever, false);
    bench.made->stop();
    const auto drafts = bench.sink.drafts(record::EventKind::lesson_video_saved);
    REQUIRE(drafts.size() == 2);
    CHECK(drafts[0].source == record::Source{record::SourceKind::replay, "v4l2+file"});
    CHECK(drafts[1].source == record::Source{record::SourceKind::physical, "v4l2"}); // without sound
}

TEST_CASE("F07: a camera whose picture changes while it films begins another film, and nothing is lost between") {
    const auto clock = make_system_clock(TimeSource::host);
    camera::Options options;
    options.kind = camera::Kind::test;
    options.width = 640;
    options.height = 360;
    options.frames_per_second = 12; // the film's is 10
    test::CameraReceiver receiver;
    auto cam = std::move(*camera::Camera::create(options, *clock));
    REQUIRE(cam->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(25));
    cam->stop();
    Bench bench;
    bench.start();
    bench.push(0, 4'000, false);
    const auto &last = test::captured(classroom_film().front());
    const auto other = receiver.units();
    for (auto unit : other) {
        const auto since_ms = unit.captured.boot_ms - other[0].captured.boot_ms + 4'000;
        unit.captured = last;
        unit.captured.boot_ms += since_ms;
        unit.captured.wall_ms += since_ms;
        bench.made->push(std::move(unit));
    }
    bench.made->stop();
    const auto videos = bench.saved();
    REQUIRE(videos.size() == 2);
    CHECK(videos[0].frames == static_cast<std::int64_t>(pictures(0, 4'000)));
    CHECK(videos[1].frames == static_cast<std::int64_t>(other.size()));
    CHECK(videos[1].first.boot_ms - videos[0].last.boot_ms < 300);
    CHECK(bench.sink.drafts(record::EventKind::recording_gap).empty());
    for (const auto &video : videos) {
        CHECK(test::probe(bench.media(video.file)).complaints.empty());
    }
}

TEST_CASE("F02: a film that a power cut left behind is kept to its last whole fragment, wherever the cut falls") {
    Bench bench;
    bench.start();
    bench.push(0, kForever);
    // What is on the disk before anything is finished.
    const auto film = bench.open_film();
    const auto part = recorder::PartFile::part_name(film.film(bench.directory / "media"));
    REQUIRE(wait_until(
        [&] { return recorder::read_film_facts(part).has_value() && recorder::read_film_facts(part)->frames >= 50; }));
    const auto content = read_file(part, 100 << 20);
    const auto note = read_file(film.note(bench.directory / "media"), 1 << 20);
    REQUIRE(content.has_value());
    REQUIRE(note.has_value());
    bench.made->stop();

    const auto cut_at = [&](std::size_t bytes, std::size_t zeros) {
        const test::TemporaryDirectory media;
        REQUIRE(write_file_durably(film.note(media.path()), *note).has_value());
        const auto left = content->substr(0, bytes) + std::string(zeros, '\0');
        REQUIRE(write_file_durably(recorder::PartFile::part_name(film.film(media.path())), left).has_value());
        const auto mended = recorder::mend(media.path(), film);
        if (!mended) {
            CHECK(mended.error().code == ErrorCode::corrupt);
            return std::int64_t{0};
        }
        CHECK(mended->recovered);
        CHECK(mended->bytes <= static_cast<std::int64_t>(bytes));
        CHECK(mended->bytes == static_cast<std::int64_t>(std::filesystem::file_size(film.film(media.path()))));
        const auto probed = test::probe(film.film(media.path()));
        CHECK(static_cast<std::int64_t>(probed.packets.at("h264").size()) == mended->frames);
        CHECK(mended->last.boot_ms >= mended->first.boot_ms);
        return mended->frames;
    };
    // Whatever the disk made of it, reading it ends, and gives no more than is there.
    const test::TemporaryDirectory damaged;
    for (std::size_t i = 0; i < 300; ++i) {
        auto other = *content;
        for (const auto byte : random_bytes(8)) {
            other[(i * 7'919 + byte * 131u) % (i % 2 == 0 ? 3'000 : other.size())] = static_cast<char>(byte);
        }
        REQUIRE(write_file_durably(damaged / "film.mp4", other).has_value());
        const auto facts = recorder::read_film_facts(damaged / "film.mp4");
        CHECK((!facts || facts->whole_bytes <= static_cast<std::int64_t>(other.size())));
    }
    std::int64_t most = 0;
    for (std::size_t i = 0; i < 12; ++i) {
        const auto bytes = content->size() * (i + 1) / 12 - (i % 3 == 0 ? 0 : 7);
        const auto frames = cut_at(bytes, i % 2 == 0 ? 0 : 5'000);
        CHECK(frames >= most);
        most = frames;
    }
    CHECK(most >= 40);
    CHECK(cut_at(10, 0) == 0);
}

TEST_CASE("F02: what was left behind is journaled once by the next start, whatever was done already") {
    Bench bench;
    bench.start();
    bench.sink.fail_with({ErrorCode::io, "the power went"});
    bench.push(0, 4'000);
    bench.made->stop(); // closed and renamed, not journaled
    CHECK(bench.saved().empty());
    CHECK(bench.files(".mp4") == 1);
    CHECK(bench.files(".open.json") == 1);
    bench.sink.recover();
    for (int start = 0; start < 2; ++start) {
        bench.start();
        REQUIRE(wait_until([&] { return bench.saved().size() == 1 && bench.files(".open.json") == 0; }));
        bench.made->stop();
    }
    const auto video = bench.saved().at(0);
    CHECK(video.recovered);
    CHECK(video.frames == static_cast<std::int64_t>(pictures(0, 4'000)));
    CHECK(std::abs(test::probe(bench.media(video.file)).duration - static_cast<double>(video.duration_ms) / 1e3) < 0.2);
    const auto span = video.last.boot_ms - video.first.boot_ms;
    CHECK(std::abs(video.duration_ms - span - 100) < 100);
}

TEST_CASE("F02: a film cut in its first second is dropped whole, and no event names it") {
    Bench bench;
    bench.start();
    bench.made->stop();
    recorder::OpenFilm film;
    film.id = MediaId(Uuid::v7(1).str());
    film.event = Uuid::v7(1);
    film.camera = "classroom";
    film.first.boot_id = "11111111-2222-4333-8444-555555555555";
    REQUIRE(write_file_durably(film.note(bench.directory / "media"), recorder::write_open_film(film)).has_value());
    REQUIRE(
        write_file_durably(recorder::PartFile::part_name(film.film(bench.directory / "media")), "ftyp").has_value());
    bench.start();
    REQUIRE(wait_until([&] { return bench.files("") == 0; }));
    bench.made->stop();
    CHECK(bench.saved().empty());
}

TEST_CASE("F03: lesson video stops before the room that records need, says so, and goes on when there is room") {
    Bench bench;
    bench.start();
    bench.push(0, 3'000);
    REQUIRE(wait_until([&] { return bench.evidence.between(0, kForever).recorded_ms > 2'000; }));
    bench.free = 100ll << 20;
    REQUIRE(wait_until([&] { return bench.made->state().stopped_for_space; }));
    bench.push(3'000, 4'000);
    REQUIRE(wait_until([&] { return bench.saved().size() == 1; }));
    CHECK_FALSE(bench.made->state().filming);
    const auto told = bench.sink.drafts(record::EventKind::recording_gap);
    REQUIRE(told.size() == 1);
    CHECK(told[0].data.at("state").as_string() == "stopped");
    CHECK(told[0].data.at("reason").as_string() == "disk_full");
    bench.free = 10ll << 30;
    REQUIRE(wait_until([&] { return !bench.made->state().stopped_for_space; }));
    bench.push(4'000, kForever);
    bench.made->stop();
    CHECK(bench.saved().size() == 2);
    CHECK(bench.sink.drafts(record::EventKind::recording_gap).size() == 2);
}

namespace {

/// A disk whose next write beyond so many bytes of film fails.
class FullDisk final : public FileSystem {
public:
    FullDisk() : kernel_(file_system()) { replace_file_system(this); }
    ~FullDisk() override { replace_file_system(nullptr); }
    std::atomic<bool> full = false;
    std::int64_t write(int fd, const void *data, std::size_t size) override {
        if (full && size > 1'000) {
            errno = ENOSPC;
            return -1;
        }
        return kernel_.write(fd, data, size);
    }

private:
    FileSystem &kernel_;
};

} // namespace

TEST_CASE("F03: a disk that is full in the middle of a fragment stops the film, and what is whole of it is kept") {
    FullDisk disk;
    Bench bench;
    bench.start();
    bench.push(0, 4'000);
    const auto film = bench.open_film();
    const auto part = recorder::PartFile::part_name(film.film(bench.directory / "media"));
    REQUIRE(wait_until([&] { return recorder::read_film_facts(part).value_or(recorder::FilmFacts{}).frames >= 20; }));
    disk.full = true;
    bench.push(4'000, kForever);
    REQUIRE(wait_until([&] { return bench.made->state().stopped_for_space; }));
    disk.full = false;
    bench.made->stop();
    CHECK(bench.saved().empty());
    bench.start(); // or a minute later
    REQUIRE(wait_until([&] { return bench.saved().size() == 1; }));
    bench.made->stop();
    const auto video = bench.saved()[0];
    CHECK(video.recovered);
    CHECK(video.frames >= 20);
    CHECK(test::probe(bench.media(video.file)).packets.at("h264").size() == static_cast<std::size_t>(video.frames));
}

TEST_CASE("F07: pictures that are missing inside a film count against its lesson while it is still filmed") {
    Bench bench;
    bench.start();
    const auto begin = test::captured(classroom_film().front()).boot_ms;
    for (const auto &unit : classroom_film()) {
        const auto at = test::captured(unit).boot_ms - begin;
        const bool missing = at >= 2'000 && at < 3'500 && std::holds_alternative<camera::Unit>(unit);
        if (!missing) {
            std::visit([&](const auto &value) { bench.made->push(value); }, unit);
        }
    }
    REQUIRE(wait_until([&] { return bench.evidence.between(0, kForever).recorded_ms > 5'000; }));
    const auto amount = bench.evidence.between(0, kForever);
    CHECK(bench.saved().empty());
    CHECK(amount.recorded_ms - amount.usable_ms > 1'300);
    CHECK(amount.recorded_ms - amount.usable_ms < 1'700);
    bench.made->stop();
    CHECK(bench.saved().size() == 1);
}

TEST_CASE("F07: a camera that stutters all the lesson is told every pause, however many there are") {
    constexpr std::int64_t kPauses = 3 * std::int64_t{record::kMaxVideoGaps}, kStepMs = 400;
    Bench bench;
    bench.start();
    auto picture = first_picture();
    const auto begin = picture.captured;
    const auto missing_ms = kStepMs - picture.duration_ns / 1'000'000;
    for (std::int64_t i = 0; i <= kPauses; ++i) {
        bench.made->push(picture);
        picture.captured.boot_ms += kStepMs;
        picture.captured.wall_ms += kStepMs;
        picture.pts_ns += kStepMs * 1'000'000;
    }
    bench.made->stop();
    std::int64_t told_ms = 0;
    auto end = begin.boot_ms;
    for (const auto &film : bench.saved()) {
        CHECK(film.first.boot_ms - end <= kStepMs);
        end = film.last.boot_ms;
        for (const auto &[from, until] : film.gaps) {
            told_ms += until - from;
        }
    }
    CHECK(end == begin.boot_ms + kPauses * kStepMs);
    const auto between_films = static_cast<std::int64_t>(bench.saved().size()) - 1; // no film's pause
    CHECK(told_ms == (kPauses - between_films) * missing_ms);
}

namespace {

/// A disk that takes long to bring its first film to rest.
class SlowDisk final : public FileSystem {
public:
    SlowDisk() : kernel_(file_system()) { replace_file_system(this); }
    ~SlowDisk() override { replace_file_system(nullptr); }
    std::atomic<bool> slow = true, working = false;
    int fdatasync(int fd) override {
        working = true;
        while (slow) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return kernel_.fdatasync(fd);
    }

private:
    FileSystem &kernel_;
};

} // namespace

TEST_CASE("F07: a disk that is slow for seconds is no camera that was lost: the film goes on, and is whole") {
    SlowDisk disk;
    Bench bench;
    bench.start();
    bench.push(0, 1'000);
    REQUIRE(wait_until([&] { return disk.working.load(); }));
    for (std::int64_t at = 1'000; at < 4'000; at += 100) { // the camera films on, as time passes
        bench.push(at, at + 100);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    disk.slow = false;
    bench.push(4'000, kForever);
    bench.made->stop();
    REQUIRE(bench.saved().size() == 1);
    const auto video = bench.saved()[0];
    CHECK(video.frames == static_cast<std::int64_t>(pictures(0, kForever)));
    CHECK(video.gaps.empty());
    CHECK(bench.made->state().dropped == 0);
}

TEST_CASE("evidence: what overlaps counts once, and what is faulty is not usable") {
    recorder::Evidence evidence;
    evidence.recorded(1'000, 5'000);
    evidence.recorded(4'000, 6'000);
    evidence.recorded(8'000, 9'000);
    evidence.recorded(6'000, 7'000);
    evidence.faulty(0, 1'500);
    evidence.faulty(6'500, 8'200);
    CHECK(evidence.between(0, 10'000) == recorder::Evidence::Amount{7'000, 5'800});
    CHECK(evidence.between(4'500, 8'500) == recorder::Evidence::Amount{3'000, 2'300});
    CHECK(evidence.between(7'000, 8'000) == recorder::Evidence::Amount{});
    evidence.forget_before(7'500);
    CHECK(evidence.between(0, 10'000) == recorder::Evidence::Amount{1'000, 800});
}
