#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/clips/clip_policy.hpp"
#include "firmware/core/clips/clip_words.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/event_chain.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using clips::ClipPolicy;
using clips::ClipUpload;

TEST_CASE(
    "clip words: whom a clip shows, who agreed, what is deleted; other events, purposes and nonsense say nothing") {
    test::EventChain chain;
    const auto word = [&](record::EventKind kind, json::Object data) {
        return clips::clip_word(chain.append(kind, std::move(data)));
    };
    const auto shown = word(record::EventKind::punch, {{"clip", "k"}, {"person", "p"}, {"class", "c"}});
    REQUIRE(std::holds_alternative<clips::ShownIn>(shown));
    CHECK(std::get<clips::ShownIn>(shown).clip == MediaId("k"));
    CHECK(std::get<clips::ShownIn>(shown).person == PersonId("p"));
    CHECK(std::get<clips::ShownIn>(shown).training_class == ClassId("c"));
    CHECK(std::get<clips::ShownIn>(word(record::EventKind::refused_attempt, {{"clip", "k"}})).person.empty());
    const auto given =
        word(record::EventKind::consent, {{"person", "p"}, {"purpose", "clips_leave_device"}, {"given", true}});
    REQUIRE(std::holds_alternative<clips::LeaveConsent>(given));
    CHECK(std::get<clips::LeaveConsent>(given).given);
    const auto unclear =
        word(record::EventKind::consent, {{"person", "p"}, {"purpose", "clips_leave_device"}, {"given", "yes"}});
    CHECK_FALSE(std::get<clips::LeaveConsent>(unclear).given);
    const auto deleted = word(record::EventKind::media_deleted, {{"media", "k"}});
    REQUIRE(std::holds_alternative<clips::DeletedClip>(deleted));
    CHECK(std::get<clips::DeletedClip>(deleted).clip == MediaId("k"));
    for (const auto &silent :
         {word(record::EventKind::punch, {{"person", "p"}}), word(record::EventKind::heartbeat, {{"clip", "k"}}),
          word(record::EventKind::consent, {{"person", "p"}, {"purpose", "face"}, {"given", true}}),
          word(record::EventKind::clip_saved, {{"clip", "no uuid"}})}) {
        CHECK(std::holds_alternative<std::monostate>(silent));
    }
}

TEST_CASE("F31: a signed event whose file name is no plain name names no clip") {
    test::EventChain chain;
    const auto reads = [&](const std::string &file) {
        record::ClipSaved saved;
        saved.clip = MediaId(Uuid::v4().str());
        saved.sha256 = hex(sha256(as_bytes("x")));
        saved.bytes = 1;
        saved.file = file;
        return clips::saved_clip(chain.append(record::EventKind::clip_saved, record::to_json(saved))).has_value();
    };
    CHECK(reads("clip.mp4"));
    for (const char *bad : {"", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a b"}) {
        CHECK_FALSE(reads(bad));
    }
}

TEST_CASE("clip policy: syncd's status.json tells it; without one nothing is told, and nonsense is an error") {
    const test::TemporaryDirectory sync;
    const auto told = [&] { return clips::told_policy(sync.path()); };
    CHECK_FALSE(told().value());
    const auto write = [&](const json::Object &status) {
        REQUIRE(write_file_durably(sync / "status.json", json::serialize(status)));
    };
    write({{"queue", 3}});
    CHECK_FALSE(told().value());
    const ClipPolicy policy{ClipUpload::never, {ClassId("a")}};
    write({{"queue", 3}, {"clip_policy", clips::to_json(policy)}});
    CHECK(told().value() == policy);
    write({{"clip_policy", "never"}});
    CHECK_FALSE(told());
}

TEST_CASE("clip policy: what syncd tells is read as it was meant") {
    const ClipPolicy policy{ClipUpload::all, {ClassId("a"), ClassId("b")}, {MediaId("k"), MediaId("l")}};
    CHECK(clips::read_policy(clips::to_json(policy)).value() == policy);
    json::Object earlier = clips::to_json(ClipPolicy{});
    earlier.erase("asked"); // told by a syncd of before
    CHECK(clips::read_policy(earlier).value() == ClipPolicy{});
    json::Object odd = clips::to_json(policy);
    odd["asked"] = json::Array{7};
    CHECK_FALSE(clips::read_policy(odd));
    CHECK(clips::read_policy(clips::to_json(ClipPolicy{})).value() == ClipPolicy{});
    json::Object other = clips::to_json(policy);
    other["upload"] = "sometimes";
    CHECK_FALSE(clips::read_policy(other));
}

TEST_CASE("clip policy: beside a confidential class, what no event gives a class to stays too") {
    const clips::ClipSubject known{PersonId("p"), ClassId("open"), true}, stranger{PersonId(), ClassId(), false},
        unset_clock{PersonId("p"), ClassId(), true};
    const ClipPolicy open{ClipUpload::all, {}}, beside{ClipUpload::all, {ClassId("secret")}};
    for (const auto &subjects :
         {std::vector<clips::ClipSubject>{}, {stranger}, {unset_clock}, std::vector{known, stranger}}) {
        CHECK(clips::withheld_because(beside, subjects) == "confidential");
        CHECK(clips::withheld_because(beside, subjects, clips::Asked::yes) == "confidential");
    }
    CHECK(clips::withheld_because(beside, {known}).empty());
}

TEST_CASE("clip policy: a clip that shows somebody who was not recognised never leaves, whoever asks for it") {
    const clips::ClipSubject known{PersonId("p"), ClassId("c"), true}, stranger{PersonId(), ClassId("c"), false};
    const ClipPolicy all{ClipUpload::all, {}};
    for (const auto asked : {clips::Asked::no, clips::Asked::yes}) {
        CHECK(clips::withheld_because(all, {stranger}, asked) == "unknown_person");
        CHECK(clips::withheld_because(all, {known, stranger}, asked) == "unknown_person");
        CHECK(clips::withheld_because(all, {known}, asked).empty());
    }
}
