#include <sys/stat.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::journal;

namespace {

constexpr Reserve kSmall{4 << 20, 1 << 20};

record::EventDraft punch(test::FakeClock &clock) {
    record::Punch punch;
    punch.person = PersonId(Uuid::v4().str());
    punch.room = RoomId("r-101");
    punch.training_class = ClassId("c-2026-0001");
    punch.lesson = LessonId("l-1");
    punch.score_millionths = punch.liveness_millionths = 712'345;
    punch.frames = 5;
    punch.clip = MediaId(Uuid::v4().str());
    punch.model = "dlib-resnet+fr-feature";
    record::EventDraft draft;
    draft.at = clock.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = record::EventKind::punch;
    draft.source = {record::SourceKind::physical, "v4l2"};
    draft.data = record::to_json(punch);
    clock.advance(1'000);
    return draft;
}

struct JournalOnSmallDisk {
    JournalOnSmallDisk() {
        if (disk.there()) {
            signer = identity::open_or_create_signer(disk / "signing.key").value();
            start();
        }
    }
    void start() {
        writer.reset();
        writer = JournalWriter::open(disk / "journal.db", *signer, kSmall).value();
    }

    const test::SmallDisk disk{12};
    test::FakeClock clock;
    std::unique_ptr<identity::Signer> signer;
    std::unique_ptr<JournalWriter> writer; ///< none: no small disk is to be had
};

/// Moves the log into the database after each `every` events.
std::int64_t append_until_refused(JournalWriter &writer, test::FakeClock &clock, std::int64_t every,
                                  Expected<record::Sequence> &last) {
    std::int64_t count = 0;
    for (last = writer.append(punch(clock)); last && count < 100'000; last = writer.append(punch(clock))) {
        ++count;
        if (count % every == 0) {
            (void)writer.checkpoint();
        }
    }
    return count;
}

/// Calls of write and its kin so far by this process.
std::int64_t written_times() {
    std::ifstream io("/proc/self/io");
    for (std::string word; io >> word;) {
        if (std::int64_t count = 0; word == "syscw:" && io >> count) {
            return count;
        }
    }
    FAIL("no /proc/self/io");
    return 0;
}

/// What the database holds, by its own pages.
std::uintmax_t used_bytes(const std::filesystem::path &path) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_only).value();
    auto row =
        sqlite::Statement::prepare(database, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            .value();
    REQUIRE(row.step().value());
    return static_cast<std::uintmax_t>(row.integer(0));
}

/// A terminal that is started over and over on the same journal.
struct Starts {
    test::TemporaryDirectory directory;
    test::FakeClock clock;
    std::filesystem::path path = directory / "journal.db";
    std::unique_ptr<identity::Signer> signer = identity::open_or_create_signer(directory / "signing.key").value();

    std::unique_ptr<JournalWriter> start(const Reserve &reserve) const {
        return JournalWriter::open(path, *signer, reserve).value();
    }
};

} // namespace

TEST_CASE("F03: on a disk that video has filled punches go on from their reserve, then are refused, then told of") {
    std::int64_t every = 200;
    bool punched_again = true;
    SUBCASE("with a checkpoint now and then") {}
    SUBCASE("with checkpoints that come before the append that finds the disk full") {
        every = 10;
    }
    SUBCASE("also when nobody punches any more") {
        punched_again = false;
    }
    JournalOnSmallDisk journal;
    if (!journal.writer) {
        MESSAGE("skipped: this process may not mount a small disk");
        return;
    }
    auto &[disk, clock, signer, writer] = journal;
    writer->append(punch(clock)).value();
    disk.fill("video.mp4");
    Expected<record::Sequence> last = 0;
    const auto appended = append_until_refused(*writer, clock, every, last);
    CHECK(appended >= 2'000); // of about 1.4 KB in 4 MiB
    REQUIRE_FALSE(last.has_value());
    CHECK(last.error().code == ErrorCode::no_space);
    CHECK(writer->refused() == 1);
    const auto waiting = punch(clock), other = punch(clock);
    for (int round = 0; round < 2; ++round) { // retries are no new refusals, also when two wait
        CHECK(writer->append(waiting).error().code == ErrorCode::no_space);
        CHECK(writer->append(other).error().code == ErrorCode::no_space);
        CHECK_FALSE(writer->checkpoint().has_value());
    }
    CHECK(writer->refused() == 3);

    journal.start(); // also after a restart
    CHECK(writer->head()->seq == appended + 1);
    CHECK(writer->append(waiting).error().code == ErrorCode::no_space);
    writer->tell_of_refusals(clock.now());
    CHECK(writer->refused() == 1); // there is no room to say so, and trying is no refusal
    std::filesystem::remove(disk / "video.mp4");
    record::Sequence seq = appended + 1;
    if (punched_again) {
        CHECK(writer->append(waiting).value() == ++seq);
    } else {
        REQUIRE(writer->checkpoint());
        writer->tell_of_refusals(clock.now());
    }
    CHECK(writer->refused() == 0);
    writer->tell_of_refusals(clock.now()); // it was said
    CHECK(writer->head()->seq == seq + 1);
    const auto events = JournalReader::open(disk / "journal.db")->read(seq, 10).value();
    REQUIRE(events.size() == 1);
    CHECK(events.front().kind == "storage_gap");
    const auto body = record::read_body(events.front()).value();
    CHECK(body.data.at("refused") == 1);
    CHECK(body.data.at("first_wall_ms") == waiting.at.wall_ms);
    CHECK_FALSE(verify_journal(disk / "journal.db")->first_bad.has_value());
}

TEST_CASE("F03: a start for which there is no room comes before all else once there is") {
    JournalOnSmallDisk journal;
    if (!journal.writer) {
        MESSAGE("skipped: this process may not mount a small disk");
        return;
    }
    auto &[disk, clock, signer, writer] = journal;
    disk.fill("video.mp4");
    Expected<record::Sequence> last = 0;
    const auto appended = append_until_refused(*writer, clock, 1'000'000, last);
    journal.start();
    auto boot = punch(clock), more = punch(clock), late = punch(clock);
    boot.kind = record::EventKind::boot;
    more.kind = record::EventKind::tamper;
    CHECK(writer->append_first(boot).error().code == ErrorCode::no_space);
    CHECK(writer->append_first(more).error().code == ErrorCode::no_space);
    CHECK(writer->append(late).error().code == ErrorCode::no_space);
    CHECK(writer->refused() == 1);
    std::filesystem::remove(disk / "video.mp4");
    SUBCASE("somebody punches") {
        CHECK(writer->append(late).value() == appended + 3);
    }
    SUBCASE("nobody comes") {
        writer->tell_of_refusals(clock.now());
    }
    const auto events = JournalReader::open(disk / "journal.db")->read(appended, 10).value();
    REQUIRE(events.size() >= 3);
    CHECK(events[0].id == boot.id);
    CHECK(events[1].id == more.id);
    CHECK(events.back().kind == "storage_gap");
    CHECK(writer->refused() == 0);
    CHECK_FALSE(verify_journal(disk / "journal.db")->first_bad.has_value());
}

TEST_CASE_FIXTURE(Starts, "F03: the reserve is taken at the start, and survives checkpoints and restarts") {
    const auto held = [&] {
        struct stat status{};
        return ::stat(path.c_str(), &status) == 0 ? std::int64_t{status.st_blocks} * 512 : 0;
    };
    for (int i = 0; i < 3; ++i) {
        const auto writer = start(kSmall);
        CHECK(held() >= kSmall.database_bytes);
        writer->append(punch(clock)).value();
        REQUIRE(writer->checkpoint());
        CHECK(held() >= kSmall.database_bytes);
    }
    CHECK(held() >= kSmall.database_bytes);
    CHECK_FALSE(verify_journal(path)->first_bad.has_value());
}

TEST_CASE_FIXTURE(Starts, "F03: the reserve is not written, neither at the start nor when the log is first moved") {
    const auto before = written_times();
    for (int i = 0; i < 2; ++i) {
        const auto writer = start({64 << 20, 1 << 20});
        CHECK(std::filesystem::file_size(path) == 64 << 20);
        writer->append(punch(clock)).value();
        REQUIRE(writer->checkpoint());
        CHECK(std::filesystem::file_size(path) == 64 << 20);
    }
    CHECK(written_times() - before < 1'000); // of 16,384 blocks
    CHECK_FALSE(verify_journal(path)->first_bad.has_value());
}

TEST_CASE_FIXTURE(Starts, "F03: the next part of the reserve is taken before it is needed, and not written either") {
    auto writer = start(kSmall);
    std::int64_t most = 0;
    for (int i = 1; used_bytes(path) < 5 << 20; ++i) {
        REQUIRE(i < 20'000);
        writer->append(punch(clock)).value();
        if (i % 100 == 0) {
            const auto before = written_times();
            REQUIRE(writer->checkpoint());
            most = std::max(most, written_times() - before);
        }
        if (i == 1'000) { // a restart takes nothing that is not needed yet
            writer.reset();
            writer = start(kSmall);
            CHECK(std::filesystem::file_size(path) == 4 << 20);
        }
    }
    CHECK(most < 500); // pages of a hundred events; a piece has 1,024 blocks
    REQUIRE(writer->checkpoint());
    CHECK(std::filesystem::file_size(path) == 8 << 20);
    CHECK_FALSE(verify_journal(path)->first_bad.has_value());
}

TEST_CASE_FIXTURE(Starts, "F03: a journal whose first start was cut short gets its reserve at the next") {
    {
        const auto writer = start({});        // no reserve yet
        writer->append(punch(clock)).value(); // in the log only
        std::filesystem::copy_file(path, directory / "cut.db");
        std::filesystem::copy_file(path.string() + "-wal", directory / "cut.db-wal");
    }
    const auto writer = JournalWriter::open(directory / "cut.db", *signer, kSmall).value();
    CHECK(writer->head()->seq == 1);
    CHECK(std::filesystem::file_size(directory / "cut.db") == kSmall.database_bytes);
    CHECK_FALSE(verify_journal(directory / "cut.db")->first_bad.has_value());
}

TEST_CASE_FIXTURE(Starts, "journal: the reserve holds 200,000 punches") {
    const auto writer = start({});
    constexpr std::int64_t kCount = 500;
    for (std::int64_t i = 0; i < kCount; ++i) {
        writer->append(punch(clock)).value();
    }
    REQUIRE(writer->checkpoint());
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
    CHECK(bytes / kCount * 200'000 < kReserve.database_bytes);
}
