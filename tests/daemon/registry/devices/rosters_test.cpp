#include <doctest/doctest.h>

#include "daemon/registry/devices/rosters.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace devices = xueshi::registry::devices;

TEST_CASE("roster: a terminal gets the classes of its room, signed, and 304 while nothing changed") {
    test::RegistryFixture registry;
    const test::EventChain chain;
    const auto device = registry.admit(chain);
    auto elsewhere = test::make_classroom()->classes.front();
    elsewhere.id = ClassId("c-2");
    for (auto &lesson : elsewhere.lessons) {
        lesson.room = RoomId("r-2");
    }
    registry.add_class(elsewhere, "培训学校");

    devices::Rosters rosters(*registry.store, *registry.signer, registry.clock);
    http::Request request;
    const auto response = test::run(rosters.get(device, request));
    REQUIRE(response.status == 200);
    const auto key = identity::PublicKey::from_pem(registry.signer->public_key_pem()).value();
    const auto document = identity::read_document(response.body, roster::kMaxRosterBytes).value();
    const auto roster = roster::open_roster(key, document).value();
    CHECK(roster.device == device.id);
    CHECK(roster.room == RoomId("r-1"));
    CHECK(roster.classes == test::make_classroom()->classes);

    registry.clock.advance(60'000);
    request.headers["if-none-match"] = response.headers.at("ETag");
    CHECK(test::run(rosters.get(device, request)).status == 304);
    elsewhere.id = ClassId("c-3");
    elsewhere.lessons.front().room = RoomId("r-1");
    registry.add_class(elsewhere, "培训学校");
    CHECK(test::run(rosters.get(device, request)).status == 200);
}
