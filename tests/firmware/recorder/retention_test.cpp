#include "firmware/recorder/retention.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using recorder::choose_to_delete;

namespace {

constexpr std::int64_t kNow = test::FakeClock::kStartMs, kDay = 24 * 3'600'000;

/// Videos of a journal, confirmed or not.
struct Shelf {
    recorder::MediaIndex index;
    recorder::RetentionPolicy policy;
    recorder::Confirmed confirmed{1, 1'000, {}};
    std::size_t chain = 1;
    record::Sequence seq = 0;
    ClockQuality quality = ClockQuality::synchronised;

    void note(record::EventKind kind, json::Object data, std::int64_t days = 0) {
        record::EventBody body;
        body.seq = ++seq;
        body.at.wall_ms = kNow - days * kDay;
        body.at.quality = quality;
        body.kind = record::to_string(kind);
        body.data = std::move(data);
        index.note(body, chain);
    }
    void clip(const std::string &id, std::int64_t days, bool held, bool unknown = false) {
        record::ClipSaved saved{MediaId(id), id + ".mp4", "sha-" + id, 1'000, 8'000, 80, 0, 0};
        note(record::EventKind::clip_saved, to_json(saved), days);
        if (unknown) {
            record::RefusedAttempt attempt{RoomId("r"), record::Refusal::unknown_person, "face", -1, MediaId(id)};
            note(record::EventKind::refused_attempt, to_json(attempt), days);
        }
        hold(id, held);
    }
    void lesson(const std::string &id, std::int64_t days, bool held, std::int64_t bytes = 1'000) {
        record::LessonVideoSaved saved;
        saved.video = MediaId(id);
        saved.file = id + ".mp4";
        saved.sha256 = "sha-" + id;
        saved.bytes = bytes;
        note(record::EventKind::lesson_video_saved, to_json(saved), days);
        hold(id, held);
    }
    void hold(const std::string &id, bool held) {
        if (held) {
            confirmed.sha256.insert("sha-" + id);
        }
    }
    std::vector<std::string> chosen(recorder::Now now = {kNow}) const {
        std::vector<std::string> all;
        for (const auto &video : choose_to_delete(index, policy, confirmed, now)) {
            all.push_back(video.media.str() + " " + video.reason);
        }
        return all;
    }
};

using Chosen = std::vector<std::string>;

} // namespace

TEST_CASE("F17: a video is deleted after its days only when its digest and its event are confirmed") {
    Shelf shelf;
    shelf.clip("clip-held", 91, true);
    shelf.clip("clip-young", 89, true);
    shelf.clip("clip-alone", 1'000, false);
    shelf.lesson("film-held", 31, true);
    shelf.lesson("film-alone", 1'000, false);
    CHECK(shelf.chosen() == Chosen{"clip-held confirmed_days", "film-held confirmed_days"});
    shelf.confirmed.seq = 0; // the digests are there, the events are not
    CHECK(shelf.chosen().empty());
}

TEST_CASE("retention: clips of unknown people expire alone, confirmed or not") {
    Shelf shelf;
    shelf.clip("stranger-old", 8, false, true);
    shelf.clip("stranger-new", 6, false, true);
    shelf.clip("trainee", 8, false);
    CHECK(shelf.chosen() == Chosen{"stranger-old unknown_person"});
}

TEST_CASE("retention: a clip that may not leave the device goes after the days of those that may") {
    Shelf shelf;
    const ClassId secret("secret");
    for (const auto *clip : {"agreed", "agreed-secret", "refused", "refused-young"}) {
        shelf.clip(clip, clip == std::string("refused-young") ? 89 : 91, false);
        shelf.note(record::EventKind::punch,
                   {{"clip", clip},
                    {"person", std::string(clip).starts_with("agreed") ? "p-agreed" : "p-refused"},
                    {"class", clip == std::string("agreed-secret") ? secret.str() : "c-1"}});
    }
    shelf.clip("of-nobody", 91, false); // no punch names it
    shelf.lesson("film", 1'000, false);
    const auto says = [&](const char *person, bool given) {
        shelf.note(record::EventKind::consent,
                   {{"person", person}, {"purpose", "clips_leave_device"}, {"given", given}});
    };
    says("p-agreed", true);
    const auto chosen = [&](std::optional<clips::ClipPolicy> policy, bool clock_is_set = true) {
        return shelf.chosen({kNow, clock_is_set, 1'000'000, std::move(policy)});
    };
    const clips::ClipPolicy consented{clips::ClipUpload::consented, {secret}};
    CHECK(chosen(consented) ==
          Chosen{"agreed-secret withheld_days", "of-nobody withheld_days", "refused withheld_days"});
    CHECK(chosen(clips::ClipPolicy{clips::ClipUpload::all, {secret}}) ==
          Chosen{"agreed-secret withheld_days", "of-nobody withheld_days"}); // it may be of the confidential class
    CHECK(chosen(clips::ClipPolicy{clips::ClipUpload::all, {}}).empty());
    CHECK(chosen(clips::ClipPolicy{clips::ClipUpload::never, {}}).size() == 4);
    CHECK(chosen(std::nullopt).empty()); // nobody knows
    CHECK(chosen(consented, false).empty());
    says("p-refused", true); // in time
    CHECK(chosen(consented) == Chosen{"agreed-secret withheld_days", "of-nobody withheld_days"});
    says("p-agreed", false);
    CHECK(chosen(consented).front() == "agreed withheld_days");
    shelf.confirmed.seq = 0; // the registry does not know that there were any
    CHECK(chosen(consented).empty());
    ++shelf.confirmed.chain; // nor those of the chain before
    CHECK(chosen(consented).empty());
}

TEST_CASE(
    "F03: when there is no room the oldest confirmed lesson video goes first, then the oldest confirmed clip, and "
    "never what is not confirmed") {
    Shelf shelf;
    shelf.clip("clip-alone", 20, false);
    shelf.clip("clip-held", 20, true);
    shelf.clip("clip-held-later", 20, true);
    shelf.clip("clip-unknown", 5, false, true);
    shelf.lesson("film-alone", 9, false);
    shelf.lesson("film-1", 8, true);
    shelf.lesson("film-2", 7, true);
    shelf.lesson("film-3", 6, true);
    CHECK(shelf.chosen().empty());
    CHECK(shelf.chosen({kNow, true, 1'500}) == Chosen{"film-1 confirmed_bytes", "film-2 confirmed_bytes"});
    CHECK(shelf.chosen({kNow, true, 3'000}).size() == 3);
    CHECK(shelf.chosen({kNow, true, 3'500}).back() == "clip-held confirmed_bytes");
    CHECK(shelf.chosen({kNow, true, 1'000'000}).size() == 5);
    shelf.policy.lesson_bytes = 3'000;
    CHECK(shelf.chosen() == Chosen{"film-1 confirmed_bytes"});
}

TEST_CASE("F11: while the clock is unset nothing is too old") {
    Shelf shelf;
    shelf.clip("stranger", 100, true, true);
    shelf.lesson("film", 100, true);
    CHECK(shelf.chosen({kNow, false, 0}).empty());
    CHECK(shelf.chosen({kNow, false, 10}) == Chosen{"film confirmed_bytes"});
}

TEST_CASE("F11: a video of an unset clock is as old as the first time that is known after it") {
    Shelf shelf;
    shelf.quality = ClockQuality::unset;
    shelf.clip("stranger", 20'000, false, true); // 1970
    CHECK(shelf.chosen().empty());
    shelf.quality = ClockQuality::synchronised;
    shelf.note(record::EventKind::heartbeat, {}, 3);
    CHECK(shelf.chosen().empty());
    CHECK(shelf.chosen({kNow + 5 * kDay}) == Chosen{"stranger unknown_person"});
}

TEST_CASE("F05: confirmed videos of a chain before the present one go after their days, and first") {
    Shelf shelf;
    shelf.seq = 5'000; // the former chain was longer than what the present one has acknowledged
    shelf.chain = 0;
    shelf.lesson("former", 31, true);
    shelf.lesson("unconfirmed", 31, false);
    CHECK(shelf.chosen() == Chosen{"former confirmed_days"});
    shelf.lesson("newer", 1, true);
    shelf.chain = 1;
    shelf.seq = 0;
    shelf.lesson("present", 1, true);
    CHECK(shelf.chosen({kNow, true, 2'000}) == Chosen{"former confirmed_days", "newer confirmed_bytes"});
}

TEST_CASE("F02: a deletion is journaled before the file goes, and a cut between leaves nothing behind") {
    const test::TemporaryDirectory media;
    test::MemorySink sink;
    const test::FakeClock clock;
    Shelf shelf;
    shelf.lesson("film", 31, true);
    REQUIRE(write_file_durably(media / "film.mp4", "film").has_value());
    const auto chosen = choose_to_delete(shelf.index, shelf.policy, shelf.confirmed, {kNow});
    sink.fail_with({ErrorCode::io, "the journal's disk failed"});
    CHECK_FALSE(recorder::delete_videos(chosen, media.path(), sink, clock).has_value());
    CHECK(std::filesystem::exists(media / "film.mp4"));
    sink.recover();
    CHECK(recorder::delete_videos(chosen, media.path(), sink, clock) == 1'000);
    CHECK_FALSE(std::filesystem::exists(media / "film.mp4"));
    const auto told = sink.drafts(record::EventKind::media_deleted);
    REQUIRE(told.size() == 1);
    shelf.note(record::EventKind::media_deleted, told[0].data);
    CHECK(shelf.index.videos().empty());
    REQUIRE(write_file_durably(media / "film.mp4", "left by the cut").has_value());
    CHECK(recorder::remove_leftovers(shelf.index, media.path()).has_value());
    CHECK_FALSE(std::filesystem::exists(media / "film.mp4"));
}

TEST_CASE("F31: a file name out of an event never leads out of the media directory") {
    Shelf shelf;
    for (const auto *file : {"../journal.db", "/etc/passwd", ".hidden", ""}) {
        record::ClipSaved saved{MediaId(file), file, "sha", 1, 1, 1, 0, 0};
        shelf.note(record::EventKind::clip_saved, to_json(saved));
        shelf.note(record::EventKind::media_deleted, to_json(record::MediaDeleted{MediaId(file), file, "x", 1}));
    }
    CHECK(shelf.index.videos().empty());
    CHECK(shelf.index.deleted_files().empty());
}
