// A person before the camera, by the networks, to a page's WebSocket.
#include "firmware/terminald/screen.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/firmware/terminald/screen_classroom.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

TEST_CASE("screen: a stranger and then an enrolled face, from the camera to the page") {
    Classroom room("astronaut.png", true);
    const auto refused = room.receive("result", [](const auto &result) { return result.at("outcome") == "refused"; });
    REQUIRE(refused.is_object());
    CHECK(refused.at("reason") == "unknown_person");
    CHECK(refused.at("advice") == "retry");
    CHECK_FALSE(refused.as_object().contains("name"));

    room.log_in("admin");
    room.enrol_face();
    room.result("logout");

    room.show("obama.jpg");
    const auto guided = room.receive("guidance", [](const auto &guidance) { return guidance.at("face").is_object(); });
    REQUIRE(guided.is_object());
    CHECK(guided.at("crowd") == "one");
    const auto &face = guided.at("face");
    CHECK(face.at("x").as_int64() + face.at("width").as_int64() / 2 > 300); // the photograph stands in the middle
    CHECK(face.at("x").as_int64() + face.at("width").as_int64() / 2 < 700);
    const auto shown = room.receive("result", [](const auto &result) { return result.at("outcome") == "recorded"; });
    REQUIRE(shown.is_object());
    CHECK(shown.at("number") == "03");
    CHECK(shown.at("name") == "学*");
    CHECK(shown.at("evidence") == "face");
    CHECK(shown.at("direction") == "check_in");
    REQUIRE(shown.at("punches").as_array().size() == 1);
    CHECK(shown.at("punches").at(0).at("direction") == "check_in");
    CHECK_FALSE(shown.at("reverification").as_bool());
    CHECK(room.receive("guidance", [](const auto &guidance) { return guidance.at("code") == "recorded"; }).is_object());

    CHECK(room.command(1, "reverify", {{"people", json::Array{"p-3"}}}, 3'600'000) == "settled");
    const auto called = room.receive("status", [](const auto &s) { return !s.at("asked").as_array().empty(); });
    REQUIRE(called.is_object());
    CHECK(called.at("asked").at(0).at("state") == "called");
    room.stop(); // the call is still there after a restart; who stands there steps up anew
    room.start();
    const auto answer = room.receive("result", [](const auto &result) { return result.at("outcome") == "recorded"; });
    REQUIRE(answer.is_object());
    CHECK(answer.at("reverification").as_bool());
    CHECK(answer.at("direction") == "moment");
    const auto seen =
        room.receive("status", [](const auto &s) { return s.at("asked").at(0).at("state") == "present"; });
    CHECK(seen.is_object());
}
