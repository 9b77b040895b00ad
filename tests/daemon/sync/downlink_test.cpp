#include "daemon/sync/downlink.hpp"

#include <doctest/doctest.h>

#include "firmware/core/roster/roster.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/classroom.hpp"

using namespace xueshi;

namespace {

struct Bench : test::SyncBench {
    sync::State state = claimed_state();
    sync::Downlink downlink{upstream, state, registry_key};

    void offer(const identity::Signer &signer, const DeviceId &whose, const std::string &etag,
               const std::vector<training::TrainingClass> &classes = {}) {
        roster::Roster roster;
        roster.device = whose;
        roster.institution = InstitutionId("institution-1");
        roster.institution_name = "机构";
        roster.room = RoomId("room-1");
        roster.as_of_ms = 1;
        roster.classes = classes;
        upstream.roster = identity::write_document(roster::sign_roster(signer, roster).value());
        upstream.roster_etag = etag;
    }
    std::string on_disk() const { return read_file(directory / "sync/roster.json", 1 << 20).value_or(""); }
};

} // namespace

TEST_CASE("downlink: a roster is taken byte for byte, and only once") {
    Bench bench;
    bench.offer(*bench.registry_signer, bench.device, "\"v1\"");
    CHECK(*test::run(bench.downlink.step()));
    CHECK(bench.on_disk() == bench.upstream.roster);
    CHECK_FALSE(*test::run(bench.downlink.step()));
    bench.offer(*bench.registry_signer, bench.device, "\"v2\"");
    CHECK(*test::run(bench.downlink.step()));
    CHECK(bench.state.roster_etag().value() == "\"v2\"");
}

TEST_CASE(
    "downlink: a class that was filed as confidential stays so when it leaves the roster, not when it is filed anew") {
    Bench bench;
    auto training_class = test::make_classroom()->classes.front();
    const auto take = [&](std::vector<training::TrainingClass> classes, const std::string &etag) {
        bench.offer(*bench.registry_signer, bench.device, etag, classes);
        REQUIRE(*test::run(bench.downlink.step()));
    };
    const std::set<ClassId> configured{ClassId("c-9")}, both{ClassId("c-1"), ClassId("c-9")};
    take({training_class}, "v1");
    CHECK(bench.state.confidential_classes(configured) == configured);
    training_class.confidential_document = "3";
    take({training_class}, "v2");
    CHECK(bench.state.confidential_classes(configured) == both);
    take({}, "v3");
    CHECK(bench.state.confidential_classes(configured) == both);
    {
        [[maybe_unused]] const auto ended = std::move(bench.state);
    }
    CHECK(bench.open_state().confidential_classes(configured) == both);
    {
        auto state = bench.open_state();
        sync::Downlink later(bench.upstream, state, bench.registry_key);
        training_class.confidential_document.clear();
        bench.offer(*bench.registry_signer, bench.device, "v4", {training_class});
        REQUIRE(*test::run(later.step()));
        CHECK(state.confidential_classes(configured) == configured);
    }
    CHECK(bench.open_state().confidential_classes({}).empty());
}

TEST_CASE("F21: a roster that is broken, signed by another or for another device is refused and the old one stays") {
    Bench bench;
    bench.offer(*bench.registry_signer, bench.device, "\"v1\"");
    REQUIRE(test::run(bench.downlink.step()));
    const std::string good = bench.upstream.roster;
    const auto refused = [&] {
        const auto step = test::run(bench.downlink.step());
        return !step && !step.error().local && bench.on_disk() == good && bench.state.roster_etag().value() == "\"v1\"";
    };
    bench.offer(*bench.device_signer, bench.device, "\"v2\"");
    CHECK(refused());
    bench.offer(*bench.registry_signer, DeviceId("d-00000000000000000000"), "\"v2\"");
    CHECK(refused());
    bench.upstream.roster = good.substr(0, good.size() / 2);
    CHECK(refused());
    bench.upstream.roster = std::string("\0x", 2);
    CHECK(refused());
    auto tampered = json::parse(good).value();
    auto payload = std::string(tampered.as_object()["payload"].as_string());
    payload.replace(payload.find("room-1"), 6, "room-2");
    tampered.as_object()["payload"] = payload;
    bench.upstream.roster = json::serialize(tampered);
    CHECK(refused());
}

TEST_CASE("downlink: a roster that was damaged on the disk is fetched again, though its tag still holds") {
    Bench bench;
    bench.offer(*bench.registry_signer, bench.device, "\"v1\"");
    REQUIRE(*test::run(bench.downlink.step()));
    for (const std::string &damaged : {bench.upstream.roster.substr(0, 100), std::string()}) {
        REQUIRE(write_file_durably(bench.directory / "sync/roster.json", damaged));
        sync::Downlink later(bench.upstream, bench.state, bench.registry_key); // as after a start
        bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(503, ErrorCode::unavailable));
        CHECK_FALSE(test::run(later.step()));
        CHECK(*test::run(later.step()));
        CHECK(bench.on_disk() == bench.upstream.roster);
        CHECK_FALSE(*test::run(later.step()));
    }
    sync::Downlink later(bench.upstream, bench.state, bench.registry_key);
    CHECK_FALSE(*test::run(later.step())); // one that holds is not fetched again
}

TEST_CASE("downlink: a device that has no room yet is told so") {
    Bench bench;
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(404, ErrorCode::not_found));
    CHECK(test::run(bench.downlink.step()).error().words.en.find("not placed this device in a room") !=
          std::string::npos);
}

TEST_CASE("downlink: a refusal of the registry is handed on and the old roster stays") {
    Bench bench;
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(503, ErrorCode::unavailable, 9));
    const auto step = test::run(bench.downlink.step());
    REQUIRE_FALSE(step);
    CHECK(step.error().retry_after_s == 9);
}
