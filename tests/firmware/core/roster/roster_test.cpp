#include <doctest/doctest.h>

#include "firmware/core/roster/roster.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::roster;

namespace {

Roster classroom() {
    return *test::make_classroom();
}

std::string refusal(const std::string &payload) {
    const auto roster = read_roster(payload);
    return roster ? "" : roster.error().message;
}

/// The classroom's payload with one piece of text replaced.
std::string edited(std::string_view from, std::string_view to) {
    auto payload = write_roster(classroom()).value();
    const auto at = payload.find(from);
    REQUIRE(at != std::string::npos);
    return payload.replace(at, from.size(), to);
}

std::string refusal_of(const Roster &roster) {
    const auto payload = write_roster(roster);
    return payload ? "" : payload.error().message;
}

} // namespace

TEST_CASE("roster: what is written is read back the same") {
    const auto payload = write_roster(classroom());
    REQUIRE(payload.has_value());
    CHECK(read_roster(*payload).value() == classroom());
}

TEST_CASE("roster: finds classes and people") {
    const auto roster = classroom();
    CHECK(roster.training_class(ClassId("c-1")) != nullptr);
    CHECK(roster.training_class(ClassId("c-9")) == nullptr);
    CHECK(roster.trainee(PersonId("p-3"))->number == "03");
    CHECK(roster.trainee(PersonId("p-9")) == nullptr);
}

TEST_CASE("roster: what is known of everyone's hours is read back, and what cannot be hours is refused") {
    auto roster = classroom();
    roster.hours_as_of_ms = 5;
    roster.hours[{ClassId("c-1"), PersonId("p-2")}] = {1, 2};
    const auto payload = write_roster(roster).value();
    const auto back = read_roster(payload).value();
    CHECK(back == roster);
    REQUIRE(back.hours_of(ClassId("c-1"), PersonId("p-2")) != nullptr);
    CHECK(*back.hours_of(ClassId("c-1"), PersonId("p-2")) == HoursSoFar{1, 2});
    CHECK(back.hours_of(ClassId("c-1"), PersonId("p-1")) == nullptr);
    const auto with = [&](const std::string &hours) {
        auto text = payload;
        const std::string own = "\"hours\":[[1,1,2]]";
        text.replace(text.find(own), own.size(), "\"hours\":[" + hours + "]");
        return refusal(text);
    };
    CHECK(with("[1,1,2]").empty());
    for (const char *wrong : {"[1,2,1]", "[1,-1,2]", "[-1,1,2]", "[1,1]", "[1,1,\"2\"]", "[0,1,9999999]", "7"}) {
        CAPTURE(wrong);
        CHECK(with(wrong).find("classes[0].hours[0]") != std::string::npos);
    }
    CHECK(with("[4,1,2]").find("hours of trainee 4 of 4") != std::string::npos);
}

TEST_CASE("roster: a signed roster opens with the registry's key only, and only unchanged") {
    test::TemporaryDirectory directory;
    const auto signer = identity::open_or_create_signer(directory.path() / "a.pem").value();
    const auto other = identity::open_or_create_signer(directory.path() / "b.pem").value();
    const auto key = identity::PublicKey::from_pem(signer->public_key_pem()).value();
    auto document = sign_roster(*signer, classroom()).value();
    CHECK(open_roster(key, document).value() == classroom());

    CHECK(open_roster(key, sign_roster(*other, classroom()).value()).error().code == ErrorCode::denied);
    const auto receipt = identity::sign_document(*signer, "xueshi-receipt-v1", document.payload).value();
    CHECK(open_roster(key, receipt).error().code == ErrorCode::denied);
    document.payload[document.payload.find("p-1")] = 'q';
    CHECK(open_roster(key, document).error().code == ErrorCode::denied);
}

TEST_CASE("roster: unknown, missing and mistyped fields are refused by their path") {
    CHECK(refusal(edited("\"teacher\"", "\"tutor\"")).find("classes[0].lessons[0].teacher") != std::string::npos);
    CHECK(refusal(edited("\"name\":\"学员\"", "\"name\":7")).find("trainees[0].name") != std::string::npos);
    CHECK(refusal(edited("\"room\":\"r-1\"}", "\"room\":\"r-1\",\"x\":1}")).find("x") != std::string::npos);
    CHECK(refusal(edited("face_or_finger", "iris")).find("policy.factor") != std::string::npos);
    CHECK_FALSE(refusal("").empty());
    CHECK_FALSE(refusal("[]").empty());
    CHECK_FALSE(refusal(write_roster(classroom()).value() + " x").empty());
}

TEST_CASE("roster: hours are pairs in order and there is at least one") {
    CHECK(refusal(edited("\"hours\":[[", "\"hours\":[[1],[")).find("hours[0]") != std::string::npos);
    auto roster = classroom();
    roster.classes[0].lessons[0].hours.clear();
    CHECK(refusal_of(roster).find("no class hour") != std::string::npos);
    roster = classroom();
    std::swap(roster.classes[0].lessons[0], roster.classes[0].lessons[1]);
    CHECK(refusal_of(roster).find("after a later one") != std::string::npos);
}

TEST_CASE("roster: an ordinary class says nothing of confidentiality, so that older terminals go on reading it") {
    auto roster = classroom();
    CHECK(write_roster(roster)->find("confidential") == std::string::npos);
    roster.classes.front().confidential_document = "3";
    CHECK(read_roster(*write_roster(roster)).value() == roster);
}

TEST_CASE("roster: a class or a trainee that stands twice is refused") {
    auto roster = classroom();
    roster.classes.push_back(roster.classes[0]);
    CHECK(refusal_of(roster).find("stands twice") != std::string::npos);
    roster = classroom();
    roster.classes[0].trainees[1].id = roster.classes[0].trainees[0].id;
    CHECK(refusal_of(roster).find("used twice") != std::string::npos);
}

TEST_CASE("roster: F34: every limit is kept") {
    auto roster = classroom();
    roster.classes[0].name = std::string(kMaxTextBytes + 1, 'n');
    CHECK(refusal_of(roster).find("longer than") != std::string::npos);
    roster = classroom();
    roster.classes[0].lessons.assign(kMaxLessons + 1, roster.classes[0].lessons[0]);
    CHECK(refusal_of(roster).find("at most") != std::string::npos);
    CHECK(read_roster(std::string(kMaxRosterBytes + 1, ' ')).error().code == ErrorCode::too_large);
    CHECK_FALSE(refusal(std::string(100'000, '[')).empty());
}
