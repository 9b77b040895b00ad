#include "daemon/sync/film_uplink.hpp"

#include <doctest/doctest.h>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/event_chain.hpp"
#include "tests/support/fake_archive.hpp"

using namespace xueshi;

namespace {

/// A journal with films, their files, and an archive.
struct FilmBench : test::SyncBench {
    sync::State state = claimed_state();
    test::EventChain journal;
    test::FakeArchive archive;
    std::int64_t now_ms = 1'788'200'000'000;
    std::filesystem::path media = directory / "media";
    std::optional<sync::FilmUplink> uplink;

    FilmBench() {
        std::filesystem::create_directories(media);
        source.about.chain = journal.chain();
        live();
    }
    /// A new life on the same sync.db.
    void live() {
        uplink.emplace(
            archive, source, state, [this] { return now_ms; }, sync::FilmUplink::Options{media, {ClassId("secret")}});
    }
    /// A film of a lesson; its bytes.
    std::string film(const std::string &file, const std::string &training_class = "c-1") {
        const std::string bytes = std::string(as_text(random_bytes(100'000)));
        REQUIRE(write_file_durably(media / file, bytes));
        record::LessonVideoSaved video;
        video.video = MediaId(Uuid::v4().str());
        video.file = file;
        video.sha256 = hex(sha256(as_bytes(bytes)));
        video.bytes = std::ssize(bytes);
        video.duration_ms = 45 * 60'000;
        video.camera = "classroom";
        video.room = RoomId("r-1");
        video.lessons = {{ClassId(training_class), LessonId("l-1")}};
        video.first = {1'788'200'000'000 + 60'000 * ++films_, 1};
        video.last = {video.first.wall_ms + video.duration_ms, 2};
        video.boot_id = "11111111-2222-4333-8444-555555555555";
        journal.append(record::EventKind::lesson_video_saved, to_json(video));
        source.events = journal.events();
        return bytes;
    }
    sync::Outcome<sync::FilmUplink::Step> step() { return test::run(uplink->step()); }
    void until_idle() {
        for (auto done = step(); !done || *done != sync::FilmUplink::Step::idle; done = step()) {
            REQUIRE_MESSAGE(done, (done ? "" : done.error().words.en));
        }
    }
    /// The archive's objects whose name ends so.
    std::vector<std::string> contents(const std::string &end) const {
        std::vector<std::string> found;
        for (const auto &[name, bytes] : archive.objects) {
            if (name.ends_with(end)) {
                found.push_back(bytes);
            }
        }
        return found;
    }
    std::vector<Sha256> confirmed() { return sync::confirmed_films(state.database(), 10).value(); }

private:
    int films_ = 0;
};

} // namespace

TEST_CASE_FIXTURE(FilmBench,
                  "archive: films are put, read back, entered into their day's index, and only then confirmed") {
    const auto first = film("a.mp4"), second = film("b.mp4");
    until_idle();
    CHECK(contents(".mp4") == std::vector<std::string>{first, second});
    CHECK(confirmed() == std::vector<Sha256>{sha256(as_bytes(first)), sha256(as_bytes(second))});
    REQUIRE(contents("SHA256SUMS").size() == 1);
    const auto sums = contents("SHA256SUMS")[0];
    CHECK(sums.find(hex(sha256(as_bytes(first))) + "  ") != std::string::npos);
    CHECK(sums.find(hex(sha256(as_bytes(second))) + "  ") != std::string::npos);
    const auto index = contents("index.csv")[0];
    CHECK(index.starts_with("file,sha256,bytes,begins,"));
    CHECK(index.find("r-1,c-1/l-1,classroom") != std::string::npos);
    CHECK(index.find(",45.0,") != std::string::npos);
    CHECK(std::ranges::count(index, '\n') == 3);
    for (const auto &[name, bytes] : archive.objects) {
        CHECK(upstream::is_archive_name(name));
        CHECK(name.starts_with(journal.device().str() + "/2026-09-01/")); // the day in Shanghai
    }
}

TEST_CASE_FIXTURE(FilmBench,
                  "F32: no cell of an archive's index is a formula or ends its row, whatever a class is called") {
    film("a.mp4", "=cmd|' /C calc'!A1,\"x\"");
    until_idle();
    const auto index = contents("index.csv").at(0);
    CHECK(index.find(",\"'=cmd|' /C calc'!A1,\"\"x\"\"/l-1\",classroom,") != std::string::npos);
    CHECK(std::ranges::count(index, '\n') == 2);
    CHECK(std::ranges::count(index, '\r') == 2); // RFC 4180
}

TEST_CASE_FIXTURE(FilmBench, "archive: what it holds is named in acked.json, so that retention may delete") {
    const auto bytes = film("a.mp4");
    until_idle();
    identity::Receipt receipt;
    receipt.device = device;
    receipt.chain = journal.chain();
    receipt.through_seq = 1;
    receipt.head_hash = journal.events()[0].hash;
    receipt.count = 1;
    REQUIRE(state.save_receipt(journal.chain(), 1, identity::sign_receipt(*registry_signer, receipt).value(), 1));
    const auto acked = acked::read_acked(read_file(directory / "sync/acked.json", acked::kMaxBytes).value()).value();
    CHECK(acked.media == std::vector<Sha256>{sha256(as_bytes(bytes))});
}

TEST_CASE_FIXTURE(FilmBench, "archive: wrong bytes there are found, told, and put again until they are right") {
    const auto bytes = film("a.mp4");
    archive.spoil = true;
    REQUIRE(step()); // the journal
    for (int i = 0; i < 2; ++i) {
        const auto wrong = step();
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().words.en.find("other bytes than were sent") != std::string::npos);
        CHECK(confirmed().empty());
    }
    archive.spoil = false;
    until_idle();
    CHECK(contents(".mp4") == std::vector<std::string>{bytes});
    CHECK(confirmed().size() == 1);
}

TEST_CASE_FIXTURE(FilmBench, "archive: a film that never passes rests, and the others go on") {
    film("a.mp4");
    archive.spoil = true;
    REQUIRE(step());
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(step());
    }
    archive.spoil = false;
    film("b.mp4");
    until_idle();
    CHECK(confirmed().size() == 1);
    now_ms += sync::FilmLedger::kRestMs;
    until_idle();
    CHECK(confirmed().size() == 2);
}

TEST_CASE_FIXTURE(FilmBench, "archive: a film that cannot be read on the device rests at once, and the others go on") {
    const auto bad = film("bad.mp4"), good = film("good.mp4");
    REQUIRE(step());
    SUBCASE("when it is opened") {
        std::filesystem::rename(media / "bad.mp4", media / "aside.mp4");
        std::filesystem::create_symlink("aside.mp4", media / "bad.mp4"); // no link is followed
        CHECK(step().error().local);
    }
    SUBCASE("while it is sent") {
        archive.put_refusal = test::FakeArchive::refusal_of(0, ErrorCode::io);
        archive.put_refusal->own_file = true;
        CHECK(step().error().local);
        archive.put_refusal.reset();
    }
    until_idle();
    CHECK(confirmed() == std::vector<Sha256>{sha256(as_bytes(good))});
    CHECK(uplink->waiting() == 1);
    std::filesystem::remove(media / "bad.mp4");
    REQUIRE(write_file_durably(media / "bad.mp4", bad));
    now_ms += sync::FilmLedger::kRestMs;
    until_idle();
    CHECK(confirmed().size() == 2);
}

TEST_CASE_FIXTURE(FilmBench, "archive: a film that was stopped on its way is no failure and is brought later") {
    const auto bytes = film("a.mp4");
    REQUIRE(step());
    archive.put_refusal = test::FakeArchive::refusal_of(0, ErrorCode::cancelled);
    archive.put_refusal->stopped = true;
    for (int i = 0; i < 5; ++i) {
        CHECK(step().value() == sync::FilmUplink::Step::moved);
    }
    archive.put_refusal.reset();
    CHECK(step()); // it did not rest
    CHECK(confirmed() == std::vector<Sha256>{sha256(as_bytes(bytes))});
}

TEST_CASE_FIXTURE(FilmBench,
                  "archive: killed after the copy or before the index, nothing is sent twice and nothing is missing") {
    const auto bytes = film("a.mp4");
    REQUIRE(step());
    archive.text_refusal = test::FakeArchive::refusal_of(503, ErrorCode::unavailable);
    CHECK_FALSE(step()); // the film is there, its index is not
    CHECK(confirmed().empty());
    archive.text_refusal.reset();
    live();
    until_idle();
    CHECK(confirmed().size() == 1);
    CHECK(std::ranges::count_if(archive.requests, [](const auto &one) { return one.starts_with("PUT"); }) == 1);
    CHECK(contents("index.csv").size() == 1);
}

TEST_CASE_FIXTURE(FilmBench,
                  "archive: a wrong key, a full archive and one that is away are told in words, and films stay") {
    film("a.mp4");
    REQUIRE(step());
    const auto words = [&](unsigned status, ErrorCode code) {
        archive.refusal = test::FakeArchive::refusal_of(status, code);
        const auto refused = step();
        REQUIRE_FALSE(refused);
        return refused.error().words;
    };
    CHECK(words(403, ErrorCode::denied).en.find("a wrong key") != std::string::npos);
    CHECK(words(403, ErrorCode::denied).zh.find("密钥") != std::string::npos);
    CHECK(words(403, ErrorCode::denied).ko.find("키가 틀렸거나") != std::string::npos);
    CHECK(words(507, ErrorCode::no_space).en.find("full") != std::string::npos);
    CHECK(words(0, ErrorCode::unavailable).en.find("cannot be used") != std::string::npos);
    archive.refusal.reset();
    now_ms += sync::FilmLedger::kRestMs;
    until_idle();
    CHECK(confirmed().size() == 1);
}

TEST_CASE_FIXTURE(FilmBench, "archive: no film of a confidential class leaves the device") {
    film("a.mp4", "secret");
    until_idle();
    CHECK(archive.requests.empty());
    CHECK(confirmed().empty());
    CHECK(uplink->waiting() == 0);
    auto roster = *test::make_classroom();
    roster.classes.front().confidential_document = "3";
    REQUIRE(state.note_confidential(roster));
    film("b.mp4", "c-1");
    until_idle();
    CHECK(archive.requests.empty());
}

TEST_CASE_FIXTURE(FilmBench,
                  "archive: a class that becomes confidential before its film is sent keeps it, until it is ordinary") {
    const auto bytes = film("a.mp4", "c-1");
    REQUIRE(step()); // the journal is read; the film waits for the night
    auto roster = *test::make_classroom();
    roster.classes.front().confidential_document = "3";
    REQUIRE(state.note_confidential(roster));
    until_idle();
    CHECK(archive.requests.empty());
    live();
    until_idle();
    CHECK(archive.requests.empty());
    roster.classes.front().confidential_document.clear();
    REQUIRE(state.note_confidential(roster));
    until_idle();
    CHECK(confirmed() == std::vector<Sha256>{sha256(as_bytes(bytes))});
}

TEST_CASE_FIXTURE(FilmBench, "archive: films that an older version took in are held against their classes too") {
    film("a.mp4", "c-1");
    film("b.mp4", "secret");
    REQUIRE(step());
    for (const char *older : {"DELETE FROM film_class", "DELETE FROM film_cursor",
                              "UPDATE film SET state = 'withheld' WHERE file = 'b.mp4'"}) { // as it is migrated
        REQUIRE(state.database().execute(older));
    }
    auto roster = *test::make_classroom();
    roster.classes.front().confidential_document = "3";
    REQUIRE(state.note_confidential(roster));
    live();
    until_idle();
    CHECK(archive.requests.empty());
}

TEST_CASE_FIXTURE(FilmBench,
                  "archive: a film that is gone or is not what was signed is given up, with the others going on") {
    film("gone.mp4");
    std::filesystem::remove(media / "gone.mp4");
    film("cut.mp4");
    std::filesystem::resize_file(media / "cut.mp4", 10);
    film("good.mp4");
    until_idle();
    CHECK(confirmed().size() == 1);
}

TEST_CASE_FIXTURE(FilmBench, "archive: a film whose bytes changed on the device never counts as archived, and is sent "
                             "once, not for ever") {
    film("a.mp4");
    film("b.mp4");
    REQUIRE(write_file_durably(media / "a.mp4", std::string(100'000, 'x')));
    until_idle();
    CHECK(confirmed().size() == 1);
    CHECK(uplink->waiting() == 0);
    const auto requests = archive.requests.size();
    now_ms += 3'600'000;
    until_idle();
    CHECK(archive.requests.size() == requests);
}

TEST_CASE_FIXTURE(FilmBench, "archive: the link's bandwidth holds for films") {
    film("a.mp4");
    uplink->limit_sending(20'000);
    until_idle();
    CHECK(archive.most_bytes_per_s == 20'000);
}

TEST_CASE_FIXTURE(FilmBench, "archive: what terminald deleted stays in the index and needs no word any more") {
    film("a.mp4");
    until_idle();
    std::filesystem::remove(media / "a.mp4");
    now_ms += 60'000;
    until_idle();
    CHECK(confirmed().empty());
    film("b.mp4");
    until_idle();
    CHECK(std::ranges::count(contents("index.csv")[0], '\n') == 3);
}
