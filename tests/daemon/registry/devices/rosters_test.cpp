#include <doctest/doctest.h>

#include "daemon/registry/devices/rosters.hpp"
#include "tests/support/bureau.hpp"

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

    devices::Rosters rosters(*registry.store, *registry.signer, registry.clock, {});
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

TEST_CASE("roster: it tells everyone's hours as they were counted, anew when that was ten minutes ago") {
    constexpr std::int64_t kStart = test::FakeClock::kStartMs, kEnd = kStart + 45 * 60'000;
    test::BureauFixture registry;
    test::EventChain chain;
    const auto device = registry.admit(chain);
    devices::Rosters rosters(*registry.store, *registry.signer, registry.clock, registry.policy);
    const auto key = identity::PublicKey::from_pem(registry.signer->public_key_pem()).value();
    http::Request request;
    const auto get = [&] {
        const auto response = test::run(rosters.get(device, request));
        REQUIRE(response.status == 200);
        const auto document = identity::read_document(response.body, roster::kMaxRosterBytes).value();
        return roster::open_roster(key, document).value();
    };
    const ClassId c1("c-1");
    const PersonId p1("p-1");
    const auto before = get();
    REQUIRE(before.hours_of(c1, p1) != nullptr);
    CHECK(before.hours_of(c1, p1)->proved == 0);
    CHECK(before.hours_as_of_ms == registry.clock.now().wall_ms);

    test::punch_at(chain, "p-1", kStart - 60'000);
    test::punch_at(chain, "p-1", kEnd + 60'000);
    registry.deliver(chain, device);
    registry.clock.advance(devices::Rosters::kHoursAgeMs - 1);
    const auto meanwhile = get();
    CHECK(meanwhile.hours == before.hours);
    CHECK(meanwhile.hours_as_of_ms == before.hours_as_of_ms);
    registry.clock.advance(1);
    const auto after = get();
    CHECK(*after.hours_of(c1, p1) == roster::HoursSoFar{1, 2});
    CHECK(after.hours_of(c1, PersonId("p-2"))->proved == 0);
    CHECK(after.hours_as_of_ms == registry.clock.now().wall_ms);
    CHECK(after.hours_of(ClassId("c-9"), p1) == nullptr);
}
