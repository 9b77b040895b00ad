#include "firmware/terminald/roster_source.hpp"

#include "tests/firmware/terminald/signed_roster.hpp"

using namespace xueshi;

namespace {

struct Room {
    test::RosterRegistry registry;
    test::TemporaryDirectory directory;
    const std::filesystem::path sync = directory / "sync";
    const DeviceId device{"d-1"};
    terminald::RosterSource source{sync, device};

    ErrorCode refusal() {
        const auto read = source.read();
        REQUIRE_FALSE(read);
        return read.error().code;
    }
};

} // namespace

TEST_CASE_FIXTURE(Room, "terminald: before the claim there is no roster, and that is no alarm") {
    CHECK(refusal() == ErrorCode::not_found);
    registry.pin(sync);
    CHECK(refusal() == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Room, "terminald: the pinned registry's roster for this device is taken") {
    registry.pin(sync);
    registry.publish(sync, device, 5);
    const auto roster = source.read();
    REQUIRE(roster);
    CHECK((*roster)->classes.size() == 1);
    CHECK((*roster)->as_of_ms == 5);
}

TEST_CASE_FIXTURE(Room, "terminald: a roster signed by anybody else, or altered, is refused") {
    registry.pin(sync);
    const test::RosterRegistry other;
    other.publish(sync, device, 5);
    CHECK(refusal() == ErrorCode::denied);
    registry.publish(sync, device, 5);
    auto text = read_file(sync / "roster.json", 1 << 20);
    REQUIRE(text);
    const auto at = text->find("r-1");
    REQUIRE(at != std::string::npos);
    (*text)[at + 2] = '2';
    REQUIRE(write_file_durably(sync / "roster.json", *text));
    CHECK(refusal() == ErrorCode::denied);
}

TEST_CASE_FIXTURE(Room, "F25: another device's roster, or an older one put back, is refused") {
    registry.pin(sync);
    registry.publish(sync, DeviceId("d-2"), 5);
    CHECK(refusal() == ErrorCode::denied);
    registry.publish(sync, device, 5);
    REQUIRE(source.read());
    registry.publish(sync, device, 4);
    CHECK(refusal() == ErrorCode::conflict);
}
