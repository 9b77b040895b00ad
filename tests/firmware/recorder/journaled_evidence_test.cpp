#include "firmware/recorder/journaled_evidence.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using recorder::Evidence;

namespace {

constexpr std::int64_t kMinute = 60'000;

record::EventBody event(record::EventKind kind, json::Object data, std::int64_t wall_ms) {
    record::EventBody body;
    body.kind = record::to_string(kind);
    body.at.wall_ms = wall_ms;
    body.data = std::move(data);
    return body;
}

/// Minutes of both clocks.
record::LessonVideoSaved film(std::int64_t first_wall, std::int64_t last_wall, std::int64_t first_boot,
                              std::int64_t last_boot) {
    record::LessonVideoSaved film;
    film.video = MediaId("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b4");
    film.file = film.video.str() + ".mp4";
    film.sha256 = std::string(64, 'a');
    film.bytes = film.frames = film.sound_ms = 1'000;
    film.duration_ms = (last_boot - first_boot) * kMinute;
    film.camera = "classroom";
    film.room = RoomId("r-1");
    film.boot_id = "11111111-2222-4333-8444-555555555555";
    film.first = {first_wall * kMinute, first_boot * kMinute};
    film.last = {last_wall * kMinute, last_boot * kMinute};
    return film;
}

record::ContentFault fault(std::int64_t since, std::int64_t until, bool over) {
    return {"classroom",
            record::Fault::frozen,
            over,
            {since * kMinute, since * kMinute},
            {until * kMinute, until * kMinute}};
}

struct Journal {
    Evidence evidence;
    recorder::JournaledEvidence journaled{evidence};

    void note(const record::LessonVideoSaved &film) {
        journaled.note(event(record::EventKind::lesson_video_saved, to_json(film), film.last.wall_ms));
    }
    void note(const record::ContentFault &fault) {
        journaled.note(event(record::EventKind::content_fault, to_json(fault), fault.until.wall_ms));
    }
    void boot(std::int64_t minute) { journaled.note(event(record::EventKind::boot, {}, minute * kMinute)); }
    std::int64_t recorded(std::int64_t from, std::int64_t until) const {
        return evidence.between(from * kMinute, until * kMinute).recorded_ms / kMinute;
    }
    std::int64_t usable(std::int64_t from, std::int64_t until) const {
        return evidence.between(from * kMinute, until * kMinute).usable_ms / kMinute;
    }
};

} // namespace

TEST_CASE("F09: a film in which the clock was set is as long as it was filmed, not as the wall clock jumped") {
    Journal journal;
    journal.note(film(100, 1'000, 20, 25)); // begun under yesterday's time
    CHECK(journal.recorded(0, 2'000) == 5);
    CHECK(journal.recorded(995, 1'000) == 5);
}

TEST_CASE("F09: a fault in which the clock was set takes no more than it lasted") {
    Journal journal;
    journal.note(film(0, 100, 0, 100));
    auto jumped = fault(0, 60, true);
    jumped.since = {-10'000 * kMinute, 58 * kMinute};
    journal.note(jumped);
    CHECK(journal.usable(0, 100) == 98);
}

TEST_CASE("F08: a fault that was not over when the program ended lasted until the next start") {
    Journal journal;
    journal.note(fault(10, 11, false));
    journal.note(film(0, 40, 0, 40));
    journal.boot(45);
    journal.note(film(45, 60, 45, 60));
    CHECK(journal.usable(0, 40) == 10);
    CHECK(journal.usable(45, 60) == 15);
}

TEST_CASE("F08: the newest start ends a fault that the journal leaves open") {
    Journal journal;
    journal.note(film(0, 40, 0, 40));
    journal.note(fault(10, 11, false));
    journal.journaled.start(50 * kMinute);
    journal.note(film(50, 60, 50, 60));
    CHECK(journal.usable(0, 60) == 20);
}

TEST_CASE("F08: a fault that is over takes what it lasted, and no more after the next start") {
    Journal journal;
    journal.note(film(0, 40, 0, 40));
    journal.note(fault(10, 11, false));
    journal.note(fault(10, 15, true));
    journal.boot(40);
    CHECK(journal.usable(0, 40) == 35);
}

TEST_CASE("evidence: pictures that are missing inside a film, and a film without sound, are recorded and not usable") {
    Journal journal;
    auto gaps = film(1'000, 1'040, 0, 40);
    gaps.gaps = {{10 * kMinute, 12 * kMinute}};
    journal.note(gaps);
    CHECK(journal.recorded(1'000, 1'040) == 40);
    CHECK(journal.usable(1'000, 1'040) == 38);
    auto silent = film(2'000, 2'040, 1'000, 1'040);
    silent.sound_ms = 0;
    journal.note(silent);
    CHECK(journal.recorded(2'000, 2'040) == 40);
    CHECK(journal.usable(2'000, 2'040) == 0);
}
