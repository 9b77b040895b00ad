#include "firmware/terminald/media_keeper.hpp"

#include "firmware/terminald/continuity.hpp"
#include "tests/support/acknowledged_journal.hpp"

using namespace xueshi;
using terminald::MediaKeeper;

namespace {

/// A journal with a film and a clip of an unknown person, and their files.
class Keeping : public test::AcknowledgedJournal {
public:
    Keeping() {
        REQUIRE(make_directory(media()));
        record::LessonVideoSaved film;
        film.video = MediaId("film");
        film.file = "film.mp4";
        film.sha256 = hex(sha256(as_bytes("film")));
        film.bytes = 4;
        film.last.wall_ms = clock().now().wall_ms;
        save(record::EventKind::lesson_video_saved, record::to_json(film), film.file);
    }
    std::filesystem::path media() const { return state() / "media"; }
    void journal(record::EventKind kind, json::Object data) {
        const auto now = clock().now();
        REQUIRE(writer().append({Uuid::v7(now.wall_ms), kind, {}, now, std::move(data)}));
    }
    void save(record::EventKind kind, json::Object data, const std::string &file) {
        journal(kind, std::move(data));
        REQUIRE(write_file_durably(media() / file, "film"));
    }
    /// As syncd says what the registry holds.
    void confirm(const std::string &content) {
        acknowledge();
        auto acked = acked::read_acked(read_file(sync() / "acked.json", acked::kMaxBytes).value()).value();
        acked.media.push_back(sha256(as_bytes(content)));
        REQUIRE(write_file_durably(sync() / "acked.json", acked::write_acked(acked)));
    }
    MediaKeeper keeper() { return {{state(), sync()}, {}, 0, writer(), clock()}; }
    bool has_film() const { return std::filesystem::exists(media() / "film.mp4"); }
};

constexpr std::int64_t kDay = 24 * 3'600'000;

} // namespace

TEST_CASE_FIXTURE(Keeping, "F17: the terminal deletes a film only when a signed receipt and its digest confirm it") {
    auto keeper = this->keeper();
    clock().advance(31 * kDay);
    CHECK(keeper.step() == 0); // no receipt
    acknowledge();
    CHECK(keeper.step() == 0); // the event, not the film
    confirm("another film");
    CHECK(keeper.step() == 0);
    confirm("film");
    const auto text = read_file(sync() / "registry_key.pem", 10'000).value();
    REQUIRE(remove_durably(sync() / "registry_key.pem"));
    CHECK(keeper.step() == 0); // nobody vouches for it
    REQUIRE(write_file_durably(sync() / "registry_key.pem", text));
    CHECK(has_film());
    CHECK(keeper.step() == 4);
    CHECK_FALSE(has_film());
    CHECK(keeper.step() == 0);
}

TEST_CASE_FIXTURE(Keeping,
                  "retention: a clip that may not leave the device goes by its days, by what syncd told of that") {
    record::ClipSaved clip;
    clip.clip = MediaId("clip");
    clip.file = "clip.mp4";
    clip.sha256 = hex(sha256(as_bytes("film")));
    clip.bytes = 4;
    save(record::EventKind::clip_saved, record::to_json(clip), clip.file);
    acknowledge();
    const auto tell = [&](clips::ClipUpload upload) {
        const json::Object status{{"clip_policy", clips::to_json({upload, {}})}};
        REQUIRE(write_file_durably(sync() / "status.json", json::serialize(status)));
    };
    tell(clips::ClipUpload::consented);
    auto keeper = this->keeper();
    clock().advance(89 * kDay);
    CHECK(keeper.step() == 0);
    clock().advance(2 * kDay);
    tell(clips::ClipUpload::all);
    CHECK(keeper.step() == 0);
    REQUIRE(remove_durably(sync() / "status.json"));
    CHECK(keeper.step() == 0); // syncd never told
    tell(clips::ClipUpload::consented);
    CHECK(keeper.step() == 4);
    CHECK_FALSE(std::filesystem::exists(media() / "clip.mp4"));
    CHECK(has_film());
}

TEST_CASE_FIXTURE(Keeping,
                  "retention: a clip that the bureau ordered stays until it has it, where policy lets none leave") {
    record::Consent consent;
    consent.person = PersonId("p");
    consent.purpose = "clips_leave_device";
    consent.given = true;
    journal(record::EventKind::consent, record::to_json(consent));
    record::Punch punch;
    punch.person = PersonId("p");
    punch.training_class = ClassId("c");
    punch.clip = MediaId("clip");
    journal(record::EventKind::punch, record::to_json(punch));
    record::ClipSaved clip;
    clip.clip = punch.clip;
    clip.file = "clip.mp4";
    clip.sha256 = hex(sha256(as_bytes("film")));
    clip.bytes = 4;
    save(record::EventKind::clip_saved, record::to_json(clip), clip.file);
    acknowledge();
    clock().advance(91 * kDay);
    const auto tell = [&](std::set<MediaId> asked) {
        const json::Object status{{"clip_policy", clips::to_json({clips::ClipUpload::never, {}, std::move(asked)})}};
        REQUIRE(write_file_durably(sync() / "status.json", json::serialize(status)));
    };
    auto keeper = this->keeper();
    tell({punch.clip});
    CHECK(keeper.step() == 0);
    CHECK(std::filesystem::exists(media() / "clip.mp4"));
    tell({}); // nobody waits for it
    CHECK(keeper.step() == 4);
    CHECK_FALSE(std::filesystem::exists(media() / "clip.mp4"));
}

TEST_CASE_FIXTURE(Keeping, "F05: a film of the chain before this one is deleted, too, when it is confirmed") {
    const auto copy = take_copy();
    fill(1);
    acknowledge();
    put_back(copy); // rolled back: the chain ends
    const auto before = chain();
    REQUIRE(terminald::restore_continuity(state(), sync(), key()));
    REQUIRE(chain() != before);
    open();
    fill(1);
    confirm("film");
    clock().advance(31 * kDay);
    auto keeper = this->keeper();
    CHECK(keeper.step() == 4);
    CHECK_FALSE(has_film());
    auto next = this->keeper();
    CHECK(next.step() == 0);
}

TEST_CASE_FIXTURE(Keeping, "retention: a backlog of old films goes a few at a time, so that punches need not wait") {
    confirm("film");
    for (int i = 0; i < 25; ++i) {
        record::LessonVideoSaved film;
        film.video = MediaId("film-" + std::to_string(i));
        film.file = film.video.str() + ".mp4";
        film.sha256 = hex(sha256(as_bytes("film")));
        film.bytes = 4;
        save(record::EventKind::lesson_video_saved, record::to_json(film), film.file);
    }
    confirm("film");
    clock().advance(31 * kDay);
    auto keeper = this->keeper();
    CHECK(keeper.step() == 20 * 4);
    CHECK(keeper.step() == 6 * 4);
    CHECK(keeper.step() == 0);
}

TEST_CASE_FIXTURE(Keeping,
                  "retention: a long journal is read a part at a time, and nothing is deleted before its end") {
    confirm("film");
    clock().advance(31 * kDay);
    for (int i = 0; i < 2'500; ++i) {
        journal(record::EventKind::heartbeat, {});
    }
    auto keeper = this->keeper();
    for (int part = 0; part < 2; ++part) {
        CHECK(keeper.step() == 0);
        CHECK(keeper.is_behind());
        CHECK(has_film());
    }
    CHECK(keeper.step() == 4);
    CHECK_FALSE(keeper.is_behind());
}

TEST_CASE_FIXTURE(Keeping,
                  "F02: a clip that a power cut left without its event is journaled when all events are known") {
    const auto clip = Uuid::v7(clock().now().wall_ms).str() + ".mp4", known = Uuid::v4().str() + ".mp4";
    save(record::EventKind::clip_saved, json::Object{{"clip", "known"}, {"file", known}}, known);
    REQUIRE(write_file_durably(media() / clip, "a clip"));
    const auto before = writer().head()->seq;
    for (int start = 0; start < 2; ++start) {
        auto keeper = this->keeper();
        CHECK(keeper.step() == 0);
        CHECK(writer().head()->seq == before + 1); // once
    }
    const auto events = journal::JournalReader::open(path())->read(before, 1).value();
    const auto told = record::read_body(events.at(0)).value();
    CHECK(told.kind == "clip_saved");
    CHECK(told.data.at("file").as_string() == clip);
    CHECK(told.data.at("recovered").as_bool());
    CHECK(std::filesystem::exists(media() / clip));
}

TEST_CASE_FIXTURE(Keeping, "F02: what a power cut left of a deletion is removed by the next start") {
    confirm("film");
    clock().advance(31 * kDay);
    {
        auto keeper = this->keeper();
        CHECK(keeper.step() == 4);
    }
    REQUIRE(write_file_durably(media() / "film.mp4", "film"));
    auto next = keeper();
    CHECK(next.step() == 0);
    CHECK_FALSE(has_film());
}
