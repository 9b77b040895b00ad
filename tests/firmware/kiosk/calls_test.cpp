#include "firmware/kiosk/calls.hpp"

#include <doctest/doctest.h>

#include "firmware/kiosk/watches.hpp"

using namespace xueshi;
using namespace xueshi::kiosk;

namespace {

Instant at(std::int64_t boot_ms) {
    Instant now;
    now.boot_ms = boot_ms;
    return now;
}
Call call(const char *person, std::int64_t until_ms) {
    return {.person = PersonId(person), .until_ms = until_ms};
}
/// "p-1 called, p-2 present"
std::string text(const Calls &calls) {
    std::string out;
    for (const auto &one : calls.all()) {
        out += (out.empty() ? "" : ", ") + one.person.str() + " " + std::string(to_string(one.state));
    }
    return out;
}

} // namespace

TEST_CASE("calls: whoever comes is shown as present, whoever does not as not seen, each for a while") {
    Calls calls;
    calls.follow({call("p-1", 90), call("p-2", 60)}, at(1'000));
    CHECK(text(calls) == "p-2 called, p-1 called"); // whose time ends first
    calls.came(PersonId("p-1"), at(2'000));
    CHECK(text(calls) == "p-2 called, p-1 present");
    calls.follow({call("p-2", 60)}, at(3'000));
    calls.follow({}, at(4'000)); // their time is out
    CHECK(text(calls) == "p-2 not_seen, p-1 present");
    calls.follow({}, at(2'000 + Calls::kPresentMs));
    CHECK(text(calls) == "p-2 not_seen");
    calls.follow({}, at(4'000 + Calls::kNotSeenMs - 1));
    CHECK(text(calls) == "p-2 not_seen");
    calls.follow({}, at(4'000 + Calls::kNotSeenMs));
    CHECK(text(calls).empty());
}

TEST_CASE("calls: an answer within the second of the call counts, and a second call begins anew") {
    Calls calls;
    calls.came(PersonId("p-1"), at(1'000));
    CHECK(text(calls) == "p-1 present");
    calls.follow({}, at(2'000));
    CHECK(text(calls) == "p-1 present");
    calls.follow({call("p-1", 90)}, at(3'000));
    CHECK(text(calls) == "p-1 called");
    CHECK(calls.all().at(0).until_ms == 90);
}

TEST_CASE("watches: a bureau that asks for a day's clips at once takes one line of the screen") {
    Watches watches;
    std::vector<Uuid> commands;
    for (std::int64_t i = 0; i < 30; ++i) {
        commands.push_back(Uuid::v7(i));
        watches.begin(commands.back(), "send_clip", "city", 1'000 + i);
    }
    watches.begin(Uuid::v7(100), "send_clip", "province", 2'000);
    REQUIRE(watches.shown(2'000).size() == 2);
    CHECK(watches.shown(2'000).at(0).by == "city");
    CHECK(watches.shown(2'000).at(1).by == "province");
    for (const auto &command : commands) {
        watches.end(command, 3'000);
    }
    CHECK(watches.shown(3'000 + Watches::kStandsMs).size() == 1);
}

TEST_CASE("watches: the mark stands while an order is carried out and some seconds after, with who asked") {
    Watches watches;
    const auto picture = Uuid::v7(1), clip = Uuid::v7(2);
    watches.begin(picture, "take_picture", "city", 1'000);
    watches.end(picture, 1'001);
    REQUIRE(watches.shown(1'000 + Watches::kStandsMs).size() == 1);
    CHECK(watches.shown(1'000 + Watches::kStandsMs).at(0).by == "city");
    CHECK(watches.shown(1'001 + Watches::kStandsMs).empty());

    watches.begin(clip, "send_clip", "province", 50'000);
    CHECK(watches.shown(50'000 + 4 * Watches::kStandsMs).at(0).what == "send_clip"); // it has not ended
    watches.begin(clip, "send_clip", "province", 60'000);                            // again, after a kill of sync
    CHECK(watches.shown(60'000).size() == 1);
    watches.end(picture, 60'000); // long out of sight
    CHECK(watches.shown(60'000).size() == 1);
    CHECK(watches.shown(60'000 + Watches::kLongestMs).empty());
}
