#include <doctest/doctest.h>

#include <set>

#include "daemon/registry/store/classes.hpp"
#include "firmware/core/identity/command.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

namespace {

struct OrdersFixture : test::BureauFixture {
    test::EventChain chain;
    store::Device device = admit(chain);
    std::string path = "/v1/devices/" + device.id.str() + "/commands";
    std::string inspector = add_token("inspect read", "i-1"), admin = add_token("admin", "i-1");

    unsigned order(const std::string &body, const std::string &token) { return ask("POST", path, token, body).status; }
    json::Value newest() { return get(path, inspector).at("commands").as_array().at(0); }
    std::string state() { return std::string(newest().at("state").as_string()); }
    /// The signed command that waits.
    identity::SignedDocument document() {
        std::vector<store::Command> open;
        in_transaction([&](store::Session &session) {
            open = store::open_commands(session, device.institution, device.id, 0, clock.now().wall_ms, 1);
        });
        return open.at(0).document;
    }
};

} // namespace

TEST_CASE_FIXTURE(OrdersFixture,
                  "bureau: who inspects orders what shows people, the operator what concerns the device") {
    for (const std::string body : {R"({"kind":"send_clip","arguments":{"clip":"m-1"}})", R"({"kind":"take_picture"})",
                                   R"({"kind":"reverify","arguments":{"people":["p-1"]}})"}) {
        CHECK(order(body, inspector) == 201);
        CHECK(order(body, admin) == 201);
    }
    for (const std::string body :
         {R"({"kind":"resend_range","arguments":{"chain":"c","first":1,"last":2}})", R"({"kind":"rotate_certificate"})",
          R"({"kind":"set_policy","arguments":{"max_kbytes_per_s":10}})"}) {
        CHECK(order(body, inspector) == 403);
        CHECK(order(body, admin) == 201);
    }
    CHECK(newest().at("ordered_by") == "test");
}

TEST_CASE_FIXTURE(
    OrdersFixture,
    "bureau: an unknown kind, wrong arguments and people of nobody's roster are refused with the reason") {
    CHECK(order(R"({"kind":"reboot"})", admin) == 400);
    CHECK(order(R"({"kind":"send_clip"})", inspector) == 400);
    CHECK(order(R"({"kind":"take_picture","valid_minutes":0})", inspector) == 400);
    CHECK(order(R"({"kind":"reverify","arguments":{"people":["p-99"]}})", inspector) == 404);
    CHECK(get(path, inspector).at("commands").as_array().empty());
}

TEST_CASE_FIXTURE(OrdersFixture, "bureau: the registry draws at random who is verified again, and signs whom it drew") {
    const auto draw = [&](const std::string &arguments) {
        return order(R"({"kind":"reverify","arguments":)" + arguments + "}", inspector);
    };
    const auto drawn = [&] { return record::reverify_from_json(newest().at("arguments").as_object()).value().people; };
    std::size_t trainees = 0;
    in_transaction([&](store::Session &session) {
        trainees = store::find_class(session, device.institution, ClassId("c-1"))->trainees.size();
    });
    REQUIRE(trainees > 1);
    std::set<PersonId> seen;
    for (int i = 0; i < 60; ++i) {
        REQUIRE(draw(R"({"class":"c-1","draw":1})") == 201);
        REQUIRE(drawn().size() == 1);
        seen.insert(drawn().front());
    }
    CHECK(seen.size() == trainees); // by chance not: once in ten million runs where they are four
    REQUIRE(draw(R"({"class":"c-1","draw":60})") == 201);
    const auto all = drawn();
    CHECK(std::set(all.begin(), all.end()).size() == trainees);
    CHECK(all.size() == trainees); // each once
    const auto signed_order = identity::read_command(document()).value();
    CHECK(record::reverify_from_json(signed_order.arguments)); // the terminal is told names, not numbers
    for (const auto *wrong : {R"({"class":"c-1","draw":0})", R"({"class":"c-1","draw":61})", R"({"draw":1})",
                              R"({"class":"c-1","draw":1,"people":["p-1"]})"}) {
        CHECK(draw(wrong) == 400);
    }
    CHECK(draw(R"({"class":"another","draw":1})") == 404);
}

TEST_CASE_FIXTURE(OrdersFixture, "bureau: a revoked device hears no command") {
    device.state = store::DeviceState::revoked;
    in_transaction([&](store::Session &session) { store::save_device(session, device); });
    CHECK(order(R"({"kind":"take_picture"})", inspector) == 409);
}

TEST_CASE_FIXTURE(OrdersFixture,
                  "bureau: what came of an order comes with the device's events; another's word changes nothing") {
    REQUIRE(order(R"({"kind":"take_picture"})", inspector) == 201);
    CHECK(state() == "waiting");
    const auto command = identity::read_command(document()).value();
    record::CommandResult result;
    result.command = command.id;
    result.clip = MediaId("m-1");

    test::EventChain stranger;
    const auto other = admit(stranger);
    result.outcome = record::CommandOutcome::failed;
    stranger.append(record::EventKind::command_result, to_json(result));
    deliver(stranger, other);
    CHECK(state() == "waiting");

    chain.append(record::EventKind::command, identity::document_fields(document()));
    deliver(chain, device);
    CHECK(state() == "taken");
    result.outcome = record::CommandOutcome::done;
    chain.append(record::EventKind::command_result, to_json(result));
    result.outcome = record::CommandOutcome::failed; // the first stands
    chain.append(record::EventKind::command_result, to_json(result));
    deliver(chain, device);
    CHECK(state() == "done");
    CHECK(newest().at("result").at("clip") == "m-1");
}

TEST_CASE_FIXTURE(OrdersFixture, "bureau: an order that nobody took in its time is expired") {
    REQUIRE(order(R"({"kind":"take_picture","valid_minutes":1})", inspector) == 201);
    clock.advance(60'000);
    CHECK(state() == "expired");
}
