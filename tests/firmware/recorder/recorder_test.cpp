#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "firmware/core/base/file.hpp"
#include "firmware/recorder/recorder.hpp"
#include "tests/support/camera_receiver.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/video.hpp"
#include "tests/support/wait_until.hpp"

using namespace xueshi;
using test::wait_until;

namespace {

constexpr int kFramesPerSecond = 10;

/// Some seconds of a real camera.
std::vector<camera::Unit> shoot(int width, int height, int frames_per_second, int seconds) {
    camera::Options options;
    options.kind = camera::Kind::test;
    options.width = width;
    options.height = height;
    options.analysis_width = options.preview_width = 160;
    options.analysis_height = options.preview_height = 90;
    options.frames_per_second = frames_per_second;
    const auto clock = make_system_clock(TimeSource::host);
    test::CameraReceiver receiver;
    auto cam = camera::Camera::create(options, *clock);
    REQUIRE(cam.has_value());
    camera::Overlay overlay;
    overlay.clock = ClockQuality::synchronised;
    (*cam)->set_overlay(overlay);
    REQUIRE((*cam)->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(static_cast<std::size_t>(seconds * frames_per_second + 1)));
    (*cam)->stop();
    return receiver.units();
}

/// Four seconds, made once: real units, whose times a test may shift.
const std::vector<camera::Unit> &film() {
    static const auto units = shoot(640, 360, kFramesPerSecond, 4);
    return units;
}

/// A recorder, its journal and its media directory. The clock stands at the film's beginning until a test moves it.
struct Bench {
    test::TemporaryDirectory directory;
    test::MemorySink sink;
    test::FakeClock clock;
    recorder::Options options;
    std::unique_ptr<recorder::Recorder> made;

    explicit Bench(std::int64_t before_ms = 1'000, std::int64_t after_ms = 1'000) {
        options.media_directory = directory / "media";
        options.before_ms = before_ms;
        options.after_ms = after_ms;
        auto created = recorder::Recorder::create(options, sink, clock, {record::SourceKind::replay, "test"});
        REQUIRE(created.has_value());
        made = std::move(*created);
    }

    std::filesystem::path file(const MediaId &id) const { return options.media_directory / (id.str() + ".mp4"); }

    json::Object event(const MediaId &id) const {
        for (const auto &draft : sink.drafts(record::EventKind::clip_saved)) {
            if (draft.data.at("clip").as_string() == id.str()) {
                return draft.data;
            }
        }
        return {};
    }

    std::size_t files() const {
        std::size_t count = 0;
        for (const auto &entry : std::filesystem::directory_iterator(options.media_directory)) {
            (void)entry;
            ++count;
        }
        return count;
    }

    void push(std::size_t from, std::size_t until) {
        for (auto i = from; i < until; ++i) {
            made->push(film()[i]);
        }
    }
};

std::int64_t integer(const json::Object &data, std::string_view key) {
    return data.at(key).as_int64();
}

} // namespace

TEST_CASE("recorder: a clip is a film from before the punch until after it, with its own seconds burned in") {
    Bench bench;
    bench.push(0, 21);
    const auto punch = film()[20].captured;
    const auto id = bench.made->start_clip(punch);
    REQUIRE_FALSE(id.empty());
    bench.push(21, film().size());
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));

    const auto data = bench.event(id);
    const auto frames = integer(data, "frames");
    std::size_t first = 0, last = 0;
    for (std::size_t i = 0; i < film().size(); ++i) {
        const auto &unit = film()[i];
        first = unit.key_frame && unit.captured.boot_ms <= punch.boot_ms - 1'000 ? i : first;
        last = unit.captured.boot_ms <= punch.boot_ms + 1'000 ? i : last;
    }
    CHECK(integer(data, "first_wall_ms") == film()[first].captured.wall_ms);
    CHECK(integer(data, "last_wall_ms") == film()[last].captured.wall_ms);
    CHECK(integer(data, "first_boot_ms") == film()[first].captured.boot_ms);
    CHECK(integer(data, "last_boot_ms") == film()[last].captured.boot_ms);
    CHECK(data.at("gaps").as_array().empty());
    CHECK(frames == static_cast<std::int64_t>(last - first + 1));

    const auto pictures = test::decode_file(bench.file(id));
    REQUIRE(static_cast<std::int64_t>(pictures.size()) == frames);
    const auto span = integer(data, "last_wall_ms") - integer(data, "first_wall_ms");
    CHECK(integer(data, "duration_ms") >= span);
    CHECK(integer(data, "duration_ms") <= span + 300);

    for (std::size_t i = 0; i < pictures.size(); i += 5) {
        const auto wall_ms = film()[first + i].captured.wall_ms;
        CHECK(test::read_burned_in_second(pictures[i], wall_ms) == wall_ms / 1000);
    }
}

TEST_CASE(
    "recorder: clips of any rate and shape play elsewhere: each picture at its own time, none missing, none twice") {
    struct Shape {
        int width, height, frames_per_second;
    };
    for (const auto &[width, height, rate] : {Shape{320, 240, 12}, {240, 320, 30}, {640, 360, 25}}) {
        CAPTURE(rate);
        const auto units = shoot(width, height, rate, 2);
        Bench bench(1'000, 500);
        const auto punch = static_cast<std::size_t>(rate);
        for (std::size_t i = 0; i <= punch; ++i) {
            bench.made->push(units[i]);
        }
        const auto id = bench.made->start_clip(units[punch].captured);
        REQUIRE_FALSE(id.empty());
        for (std::size_t i = punch + 1; i < units.size(); ++i) {
            bench.made->push(units[i]);
        }
        bench.made->stop();
        const auto data = bench.event(id);
        const auto probed = test::probe(bench.file(id));
        CHECK(probed.complaints.empty());
        const auto &packets = probed.packets.at("h264");
        REQUIRE(static_cast<std::int64_t>(packets.size()) == integer(data, "frames"));
        CHECK(std::abs(probed.duration - static_cast<double>(integer(data, "duration_ms")) / 1e3) < 0.2);
        const auto first =
            static_cast<std::size_t>(std::ranges::find(units, integer(data, "first_wall_ms"),
                                                       [](const camera::Unit &unit) { return unit.captured.wall_ms; }) -
                                     units.begin());
        for (std::size_t i = 1; i < packets.size(); ++i) {
            const auto step = static_cast<double>(units[first + i].pts_ns - units[first + i - 1].pts_ns) / 1e9;
            CHECK(packets[i].pts - packets[i - 1].pts == doctest::Approx(step).epsilon(0.05));
            CHECK(packets[i].dts > packets[i - 1].dts);
        }
    }
}

TEST_CASE("recorder: a clip's event says between which moments of it pictures are missing") {
    Bench bench;
    bench.push(0, 16);
    const auto id = bench.made->start_clip(film()[15].captured);
    bench.push(20, film().size());
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));
    const auto gaps = bench.event(id).at("gaps").as_array();
    REQUIRE(gaps.size() == 1);
    const auto from = gaps[0].as_array().at(0).as_int64(), until = gaps[0].as_array().at(1).as_int64();
    CHECK(from > film()[15].captured.boot_ms);
    CHECK(from < film()[17].captured.boot_ms);
    CHECK(until == film()[20].captured.boot_ms);
}

TEST_CASE("recorder: the journal's digest and size are the file's, and the group may read it") {
    Bench bench;
    bench.push(0, 21);
    const auto id = bench.made->start_clip(film()[20].captured);
    bench.push(21, film().size());
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));
    const auto data = bench.event(id);
    const auto content = read_file(bench.file(id), 10 << 20);
    REQUIRE(content.has_value());
    CHECK(data.at("sha256").as_string() == hex(sha256(as_bytes(*content))));
    CHECK(integer(data, "bytes") == static_cast<std::int64_t>(content->size()));
    CHECK(data.at("file").as_string() == id.str() + ".mp4");
    CHECK(content->substr(4, 4) == "ftyp");
    CHECK(content->find("moov") < content->find("mdat"));
    struct stat status{};
    REQUIRE(::stat(bench.file(id).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
    CHECK(bench.files() == 1);
    const auto draft = bench.sink.drafts().at(0);
    CHECK(draft.source == record::Source{record::SourceKind::replay, "test"});
    CHECK(draft.at.boot_id == bench.clock.now().boot_id);
}

TEST_CASE("recorder: overlapping clips share the ring and are both whole") {
    Bench bench;
    bench.push(0, 16);
    const auto first = bench.made->start_clip(film()[15].captured);
    bench.push(16, 21);
    const auto second = bench.made->start_clip(film()[20].captured);
    bench.push(21, film().size());
    REQUIRE(wait_until([&] { return bench.sink.drafts().size() == 2; }));
    CHECK(first != second);
    for (const auto &id : {first, second}) {
        CHECK(static_cast<std::int64_t>(test::decode_file(bench.file(id)).size()) ==
              integer(bench.event(id), "frames"));
    }
    CHECK(integer(bench.event(second), "last_wall_ms") > integer(bench.event(first), "last_wall_ms"));
}

TEST_CASE("recorder: a whole class that punches within a clip's length has a clip each") {
    constexpr std::size_t kClass = 60;
    Bench bench;
    std::set<MediaId> clips;
    for (std::size_t i = 0; i < kClass; ++i) {
        bench.push(i / 3, i / 3 + (i % 3 == 0 ? 1 : 0));
        clips.insert(bench.made->start_clip(film()[i / 3].captured));
    }
    bench.made->stop();
    CHECK(clips.size() == kClass);
    CHECK_FALSE(clips.contains(MediaId()));
    CHECK(bench.files() == kClass);
    for (const auto &clip : clips) {
        CHECK_FALSE(bench.event(clip).empty());
    }
}

TEST_CASE("recorder: a clip that is to be blurred, which takes seconds, does not hold up that of a punch") {
    Bench bench;
    bench.push(0, 21);
    const auto stranger = bench.made->start_clip(film()[19].captured),
               punch = bench.made->start_clip(film()[20].captured);
    CHECK(bench.made->blur(stranger));
    bench.made->stop();
    const auto saved = bench.sink.drafts(record::EventKind::clip_saved);
    REQUIRE(saved.size() == 2);
    CHECK(saved[0].data.at("clip").as_string() == punch.str());
    CHECK(saved[1].data.at("clip").as_string() == stranger.str());
}

TEST_CASE("recorder: no unit, no clip, no event") {
    Bench bench;
    CHECK(bench.made->start_clip(bench.clock.now()).empty());
    auto unit = film()[1];
    REQUIRE_FALSE(unit.key_frame);
    bench.made->push(unit);
    CHECK(bench.made->start_clip(unit.captured).empty());
    bench.made->stop();
    CHECK(bench.sink.drafts().empty());
    CHECK(bench.files() == 0);
}

TEST_CASE("recorder: a camera silent since before the clip's beginning, or younger than its end, gives no clip") {
    Bench bench;
    bench.push(0, 5);
    auto later = film()[4].captured;
    later.boot_ms += 5'000;
    CHECK(bench.made->start_clip(later).empty());
    auto earlier = film()[0].captured;
    earlier.boot_ms -= 5'000;
    CHECK(bench.made->start_clip(earlier).empty());
}

TEST_CASE("F07: a camera that stops inside a clip leaves what there is, saved") {
    Bench bench;
    bench.push(0, 21);
    const auto id = bench.made->start_clip(film()[20].captured);
    REQUIRE_FALSE(id.empty());
    bench.clock.advance(film()[20].captured.boot_ms + 10'000);
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));
    CHECK(integer(bench.event(id), "last_wall_ms") == film()[20].captured.wall_ms);
    CHECK(static_cast<std::int64_t>(test::decode_file(bench.file(id)).size()) == integer(bench.event(id), "frames"));
}

TEST_CASE("F07: where a camera came back with another picture inside a clip, the part about the punch is saved") {
    const auto other = shoot(480, 640, 12, 2);
    const auto back_ms = film()[20].captured.boot_ms + 500;
    for (const bool before : {true, false}) { // the punch, of the loss
        CAPTURE(before);
        Bench bench(2'000, 2'000);
        bench.push(0, 21);
        auto at = film()[20].captured;
        if (before) {
            REQUIRE_FALSE(bench.made->start_clip(at).empty());
        }
        for (auto unit : other) {
            unit.captured.boot_ms += back_ms - other[0].captured.boot_ms;
            at = unit.captured;
            bench.made->push(std::move(unit));
        }
        if (!before) {
            REQUIRE_FALSE(bench.made->start_clip(at).empty());
        }
        bench.made->stop();
        REQUIRE(bench.sink.drafts().size() == 1);
        const auto saved = bench.sink.drafts()[0].data;
        const auto pictures =
            test::decode_file(bench.options.media_directory / std::string(saved.at("file").as_string()));
        CHECK(static_cast<std::int64_t>(pictures.size()) == integer(saved, "frames"));
        CHECK(pictures.size() == (before ? 21 : other.size()));
        CHECK(pictures.back().size() == (before ? cv::Size(640, 360) : cv::Size(480, 640)));
    }
}

TEST_CASE("recorder: stop finishes open clips and waits for them; after it nothing begins") {
    Bench bench;
    bench.push(0, 21);
    const auto id = bench.made->start_clip(film()[20].captured);
    bench.made->stop();
    CHECK_FALSE(bench.event(id).empty());
    CHECK(bench.made->start_clip(film()[20].captured).empty());
    bench.made->stop();
    CHECK(bench.sink.drafts().size() == 1);
}

TEST_CASE("recorder: a clip is from the camera that ran when it was started, though another takes its place") {
    Bench bench;
    bench.push(0, 21);
    const auto before = bench.made->start_clip(film()[15].captured);
    const record::Source other{record::SourceKind::physical, "v4l2:v4l2 loopback"};
    bench.made->set_source(other);
    const auto after = bench.made->start_clip(film()[20].captured);
    bench.push(21, film().size());
    bench.made->stop();
    std::map<MediaId, record::Source> sources;
    for (const auto &draft : bench.sink.drafts(record::EventKind::clip_saved)) {
        sources[MediaId(std::string(draft.data.at("clip").as_string()))] = draft.source;
    }
    CHECK(sources[before] == record::Source{record::SourceKind::replay, "test"});
    CHECK(sources[after] == other);
}

TEST_CASE("recorder: while the journal fails the file stays, and the retry keeps the event's id") {
    Bench bench(1'000, 0);
    bench.sink.fail_with({ErrorCode::io, "the journal's disk failed"});
    bench.push(0, 21);
    const auto id = bench.made->start_clip(film()[19].captured);
    REQUIRE(wait_until([&] { return std::filesystem::exists(bench.file(id)); }));
    CHECK(bench.sink.drafts().empty());
    const auto content = read_file(bench.file(id), 10 << 20);
    bench.sink.recover();
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));
    bench.made->stop();
    CHECK(bench.sink.drafts().size() == 1);
    CHECK(bench.event(id).at("sha256").as_string() == hex(sha256(as_bytes(*content))));
    CHECK(bench.files() == 1);
}

namespace {

/// The kernel's files, until writing is to fail.
class FailingFiles final : public FileSystem {
public:
    FailingFiles() : kernel_(file_system()) { replace_file_system(this); }
    ~FailingFiles() override { replace_file_system(nullptr); }
    std::atomic<int> write_error = 0, sync_error = 0;
    std::atomic<int> failures = 0;

    int open(const char *path, int flags, unsigned mode) override { return kernel_.open(path, flags, mode); }
    std::int64_t write(int fd, const void *data, std::size_t size) override {
        return failed(write_error) ? -1 : kernel_.write(fd, data, size);
    }
    int fsync(int fd) override { return failed(sync_error) ? -1 : kernel_.fsync(fd); }
    int rename(const char *from, const char *to) override { return kernel_.rename(from, to); }
    int unlink(const char *path) override { return kernel_.unlink(path); }

private:
    bool failed(int error) {
        errno = error;
        failures += error != 0 ? 1 : 0;
        return error != 0;
    }
    FileSystem &kernel_;
};

void check_disk_failure(std::atomic<int> FailingFiles::*which, int error) {
    FailingFiles files;
    Bench bench(1'000, 0);
    files.*which = error;
    bench.push(0, 21);
    const auto id = bench.made->start_clip(film()[19].captured);
    REQUIRE(wait_until([&] { return files.failures > 0; }));
    CHECK(bench.sink.drafts().empty());
    CHECK_FALSE(std::filesystem::exists(bench.file(id)));
    files.*which = 0;
    REQUIRE(wait_until([&] { return !bench.sink.drafts().empty(); }));
    bench.made->stop();
    CHECK(bench.files() == 1);
    CHECK(static_cast<std::int64_t>(test::decode_file(bench.file(id)).size()) == integer(bench.event(id), "frames"));
}

} // namespace

TEST_CASE("F03: on a full disk a clip is not journaled and leaves no piece; it is saved when there is room again") {
    check_disk_failure(&FailingFiles::write_error, ENOSPC);
}

TEST_CASE("F02: a clip whose fsync fails is not journaled and leaves no piece") {
    check_disk_failure(&FailingFiles::sync_error, EIO);
}

TEST_CASE("F03: clips that a full disk does not take hold no more memory than they may, overlapping ones but once") {
    FailingFiles disk;
    Bench bench(1'000, 0);
    bench.made.reset();
    std::size_t filmed = 0;
    for (std::size_t i = 0; i <= 20; ++i) {
        filmed += film()[i].data.size();
    }
    bench.options.waiting_bytes = filmed;
    bench.made = std::move(
        *recorder::Recorder::create(bench.options, bench.sink, bench.clock, {record::SourceKind::replay, "test"}));
    disk.write_error = ENOSPC;
    bench.push(0, 21);
    for (int i = 0; i < 100; ++i) { // all of one moment
        CHECK_FALSE(bench.made->start_clip(film()[15].captured).empty());
    }
    bench.push(21, film().size());
    CHECK_FALSE(bench.made->start_clip(film()[35].captured).empty());
    CHECK(bench.made->start_clip(film()[36].captured).empty());
    disk.write_error = 0;
    bench.made->stop();
    CHECK(bench.sink.drafts().size() == 101);
}

TEST_CASE("recorder: units that are no H.264 are given up with nothing left behind") {
    Bench bench(1'000, 0);
    for (int i = 0; i < 10; ++i) {
        camera::Unit unit;
        unit.data = random_bytes(500);
        unit.key_frame = i == 0;
        unit.pts_ns = i * 100'000'000;
        unit.captured.boot_ms = 1'000 + 100 * i;
        bench.made->push(std::move(unit));
    }
    Instant at;
    at.boot_ms = 1'500;
    CHECK_FALSE(bench.made->start_clip(at).empty());
    bench.made->stop();
    CHECK(bench.sink.drafts().empty());
    CHECK(bench.files() == 0);
}

TEST_CASE(
    "F27: in a clip of somebody who was not recognised nobody can be recognised, and its time can still be read") {
    Bench bench;
    bench.push(0, 21);
    const auto sharp = bench.made->start_clip(film()[20].captured);
    const auto unknown = bench.made->start_clip(film()[20].captured);
    CHECK(bench.made->blur(unknown));
    CHECK_FALSE(bench.made->blur(MediaId("no such clip")));
    bench.push(21, film().size());
    REQUIRE(wait_until([&] { return bench.sink.drafts().size() == 2; }));
    CHECK_FALSE(bench.made->blur(sharp)); // it is on disk
    const auto before = test::decode_file(bench.file(sharp)), after = test::decode_file(bench.file(unknown));
    REQUIRE(after.size() == before.size());
    CHECK(integer(bench.event(unknown), "duration_ms") == integer(bench.event(sharp), "duration_ms"));
    const auto detail = [](const cv::Mat &picture) {
        cv::Mat edges;
        cv::Laplacian(picture(cv::Rect(0, picture.rows / 6, picture.cols, picture.rows / 2)), edges, CV_32F);
        return cv::norm(edges, cv::NORM_INF);
    };
    const auto first_wall_ms = integer(bench.event(unknown), "first_wall_ms");
    double sharpest = 0;
    for (std::size_t i = 0; i < after.size(); i += 2) {
        sharpest = std::max(sharpest, detail(before[i])); // the test camera's ball, white on black
        CHECK(detail(after[i]) < 40);
        const auto shown = static_cast<std::int64_t>(i) * 100 + first_wall_ms;
        CHECK(std::abs(test::read_burned_in_second(after[i], shown) - shown / 1'000) <= 1);
    }
    CHECK(sharpest > 100);
}

TEST_CASE("F27: of an upright clip of an unknown person too, nothing but the burned-in text stays sharp") {
    const auto upright = shoot(540, 960, kFramesPerSecond, 2);
    Bench bench;
    for (std::size_t i = 0; i < 11; ++i) {
        bench.made->push(upright[i]);
    }
    const auto unknown = bench.made->start_clip(upright[10].captured);
    REQUIRE(bench.made->blur(unknown));
    for (std::size_t i = 11; i < upright.size(); ++i) {
        bench.made->push(upright[i]);
    }
    bench.made->stop();
    const auto pictures = test::decode_file(bench.file(unknown));
    REQUIRE(pictures.size() > 10);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        REQUIRE(pictures[i].size() == cv::Size(540, 960));
        cv::Mat edges;
        cv::Laplacian(pictures[i](cv::Rect(0, 50, 540, 810)), edges, CV_32F); // between the lines above and below
        CHECK(cv::norm(edges, cv::NORM_INF) < 40);
        const auto shown = integer(bench.event(unknown), "first_wall_ms") + static_cast<std::int64_t>(i) * 100;
        CHECK(std::abs(test::read_burned_in_second(pictures[i], shown) - shown / 1'000) <= 1);
    }
}

TEST_CASE("recorder: options outside their limits are refused") {
    test::TemporaryDirectory directory;
    test::MemorySink sink;
    test::FakeClock clock;
    const auto code = [&](std::int64_t before_ms, std::size_t ring_bytes) {
        recorder::Options options;
        options.media_directory = directory / "media";
        options.before_ms = before_ms;
        options.ring_bytes = ring_bytes;
        return recorder::Recorder::create(options, sink, clock, {}).error().code;
    };
    CHECK(code(-1, 8u << 20) == ErrorCode::invalid_argument);
    CHECK(code(60'001, 8u << 20) == ErrorCode::invalid_argument);
    CHECK(code(1'000, 1'000) == ErrorCode::invalid_argument);
}
