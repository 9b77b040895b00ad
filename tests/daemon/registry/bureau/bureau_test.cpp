#include <set>

#include <doctest/doctest.h>

#include "daemon/registry/store/events.hpp"
#include "tests/daemon/registry/filing/filed.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

namespace {

std::string class_body(const std::string &plan = filed::kPlan, const std::string &roster = filed::roster()) {
    json::Object body;
    body["plan"] = plan;
    body["roster"] = roster;
    return json::serialize(body);
}

struct PulledFixture : test::BureauFixture {
    std::string token = add_token("read", "i-1");
    test::EventChain chain;
    store::Device device = admit(chain);

    PulledFixture() {
        for (int i = 0; i < 5; ++i) {
            test::punch_at(chain, "p-" + std::to_string(i % 4 + 1), clock.now().wall_ms + i);
            chain.append(); // something that is no punch
        }
        deliver(chain, device);
    }
};

/// A chain in a batch that a test may spoil before it is taken.
struct ChainFixture : test::BureauFixture {
    std::string token = add_token("read", "i-1");
    test::EventChain chain;
    store::Device device = admit(chain);
    std::string path = "/v1/devices/" + device.id.str() + "/chain";
    wire::EventBatch batch;

    explicit ChainFixture(int events) {
        for (int i = 0; i < events; ++i) {
            chain.append();
        }
        batch.chain = chain.chain();
        batch.events = chain.events();
    }
    void take_batch() {
        in_transaction(
            [&](store::Session &session) { registry::ingest::take_batch(session, device, batch, policy, 1).value(); });
    }
};

} // namespace

TEST_CASE("bureau: punches are pulled page by page by their ingest position, each once") {
    PulledFixture registry;
    std::vector<std::int64_t> seqs;
    std::string after = "0";
    for (int page = 0; page < 10; ++page) {
        const auto answer = registry.get("/v1/punches", registry.token, {{"after", after}, {"limit", "2"}});
        for (const auto &punch : answer.at("punches").as_array()) {
            seqs.push_back(punch.at("seq").as_int64());
            CHECK(punch.at("name") == "学员");
            CHECK(punch.at("class") == "c-1");
        }
        after = std::to_string(answer.at("next").as_int64());
    }
    CHECK(seqs == std::vector<std::int64_t>{1, 3, 5, 7, 9});
    CHECK(registry.get("/v1/punches", registry.token, {{"class", "other"}}).at("punches").as_array().empty());
}

TEST_CASE("bureau: punches as CSV have the cursor in a header and as many rows") {
    PulledFixture registry;
    const auto response = registry.ask("GET", "/v1/punches", registry.token, {}, {{"format", "csv"}});
    CHECK(response.content_type.starts_with("text/csv"));
    CHECK(response.headers.at("Xueshi-Next") == "9");
    CHECK(std::count(response.body.begin(), response.body.end(), '\n') == 6);
}

TEST_CASE("bureau: limits and cursors outside their range are 400") {
    PulledFixture registry;
    for (const auto &[key, value] : std::vector<std::pair<std::string, std::string>>{
             {"after", "-1"}, {"after", "x"}, {"limit", "0"}, {"limit", "1001"}, {"limit", "1e3"}}) {
        CHECK(registry.ask("GET", "/v1/punches", registry.token, {}, {{key, value}}).status == 400);
    }
}

TEST_CASE("bureau: the chain of a device is whole, also where an event was quarantined") {
    ChainFixture registry(4);
    auto &batch = registry.batch;
    batch.events[1].signature = batch.events[0].signature;
    registry.take_batch();
    const auto devices = registry.get("/v1/devices", registry.token);
    CHECK(devices.at("devices").as_array().front().at("device") == json::Value(registry.device.id.str()));
    const auto links = registry.get(registry.path, registry.token).at("events").as_array();
    REQUIRE(links.size() == 4);
    for (std::size_t i = 0; i < links.size(); ++i) {
        CHECK(links[i].at("seq") == static_cast<std::int64_t>(i) + 1);
        CHECK(std::string(links[i].at("hash").as_string()) == hex(registry.chain.events()[i].hash));
        CHECK(std::string(links[i].at("prev").as_string()) == hex(registry.chain.events()[i].prev));
        CHECK(std::string(links[i].at("signature").as_string()) == base64(batch.events[i].signature));
        CHECK(links[i].at("outcome") == (i == 1 ? "invalid" : "stored"));
    }
    const auto page = registry.get(registry.path, registry.token, {{"after", "1"}, {"limit", "2"}});
    CHECK(page.at("events").as_array().front().at("seq") == 2);
}

TEST_CASE("bureau: a chain that is read in small pages has every link once, wherever events were quarantined") {
    ChainFixture registry(9);
    auto &batch = registry.batch;
    for (const std::size_t bad : {0u, 1u, 2u, 3u, 6u, 7u}) {
        batch.events[bad].signature = batch.events[8].signature;
    }
    registry.take_batch();
    batch.events = {registry.chain.events()[1], registry.chain.events()[4]}; // came again, otherwise
    batch.events[0].hash[0] ^= 1;
    batch.events[1].hash[0] ^= 1;
    registry.take_batch();
    const auto whole = registry.get(registry.path, registry.token).at("events").as_array();
    for (const char *limit : {"1", "2", "3"}) {
        json::Array links;
        for (std::int64_t after = 0, more = 1; more != 0;) {
            const auto page =
                registry.get(registry.path, registry.token, {{"after", std::to_string(after)}, {"limit", limit}});
            more = page.at("next").as_int64() - after;
            after = page.at("next").as_int64();
            links.insert(links.end(), page.at("events").as_array().begin(), page.at("events").as_array().end());
        }
        CHECK(json::serialize(links) == json::serialize(whole));
    }
}

TEST_CASE("bureau: a punch names its clip, in both forms") {
    test::BureauFixture registry;
    const auto token = registry.add_token("read", "i-1");
    test::EventChain chain;
    const auto device = registry.admit(chain);
    record::Punch punch;
    punch.person = PersonId("p-1");
    punch.room = RoomId("r-1");
    punch.clip = MediaId(Uuid::v4().str());
    chain.append(record::EventKind::punch, record::to_json(punch));
    registry.deliver(chain, device);
    const auto told = registry.get("/v1/punches", token).at("punches").as_array();
    REQUIRE(told.size() == 1);
    REQUIRE(told.front().as_object().contains("clip"));
    CHECK(told.front().at("clip") == json::Value(punch.clip.str()));
    const auto csv = registry.ask("GET", "/v1/punches", token, {}, {{"format", "csv"}}).body;
    CHECK(csv.find(",clip,") != std::string::npos);
    CHECK(csv.find("," + punch.clip.str() + ",") != std::string::npos);
}

TEST_CASE("bureau: a punch says who recognised: the terminal, a reader by itself, or a person") {
    test::BureauFixture registry;
    const auto token = registry.add_token("read", "i-1");
    test::EventChain chain;
    const auto device = registry.admit(chain);
    record::Punch punch;
    punch.person = PersonId("p-1");
    punch.room = RoomId("r-1");
    punch.model = "mcc";
    punch.score_millionths = 500'000;
    chain.append(record::EventKind::punch, record::to_json(punch));
    punch.evidence = record::Evidence::finger;
    punch.by_reader = true;
    punch.score_millionths = -1;
    chain.append(record::EventKind::punch, record::to_json(punch));
    punch = {};
    punch.person = PersonId("p-1");
    punch.room = RoomId("r-1");
    punch.evidence = record::Evidence::manual;
    punch.operator_name = "teacher";
    punch.reason = "hand in plaster";
    chain.append(record::EventKind::punch, record::to_json(punch));
    registry.deliver(chain, device);
    const auto told = registry.get("/v1/punches", token).at("punches").as_array();
    REQUIRE(told.size() == 3);
    CHECK(told.at(0).at("matched_by").as_string() == "terminal");
    CHECK(told.at(1).at("matched_by").as_string() == "reader");
    CHECK(told.at(1).at("score_millionths").as_int64() == -1);
    CHECK(told.at(2).at("matched_by").as_string() == "person");
}

TEST_CASE(
    "bureau: what people ask to be decided is pulled page by page: claims and changes, no other operator's action") {
    test::BureauFixture registry;
    const auto token = registry.add_token("read", "i-1");
    test::EventChain chain;
    const auto device = registry.admit(chain);
    record::PendingClaim claim;
    claim.person = PersonId("p-1");
    claim.room = RoomId("r-1");
    claim.training_class = ClassId("c-1");
    claim.lesson = LessonId("l-1");
    claim.reason = record::ClaimReason::injury;
    record::ChangeRequest asked;
    asked.training_class = ClassId("c-1");
    asked.lesson = LessonId("l-2");
    asked.begin_ms = 1'800'000'000'000;
    asked.operator_name = "kiosk:teacher";
    const json::Object login{{"what", "kiosk_login"}, {"role", "teacher"}, {"outcome", "granted"}};
    chain.append(record::EventKind::operator_action, login);
    chain.append(record::EventKind::pending_claim, record::to_json(claim));
    chain.append(record::EventKind::operator_action, login);
    chain.append(record::EventKind::operator_action, record::to_json(asked));
    asked.training_class = ClassId("c-2");
    asked.change = record::LessonChange::not_held;
    asked.begin_ms = 0;
    chain.append(record::EventKind::operator_action, record::to_json(asked));
    auto malformed = record::to_json(asked);
    malformed["begin_ms"] = 1;
    chain.append(record::EventKind::operator_action, malformed);
    registry.deliver(chain, device);

    json::Array told;
    std::string after = "0";
    for (int page = 0; page < 6; ++page) {
        const auto answer = registry.get("/v1/requests", token, {{"after", after}, {"limit", "1"}});
        for (const auto &one : answer.at("requests").as_array()) {
            told.push_back(one);
        }
        after = std::to_string(answer.at("next").as_int64());
    }
    REQUIRE(told.size() == 3);
    CHECK(told[0].at("kind") == "pending_claim");
    CHECK(told[0].at("person") == "p-1");
    CHECK(told[0].at("reason") == "injury");
    CHECK(told[0].at("lesson") == "l-1");
    CHECK(told[0].at("change") == "");
    CHECK(told[1].at("kind") == "change");
    CHECK(told[1].at("change") == "time");
    CHECK(told[1].at("begin") == "2027-01-15T08:00:00.000Z");
    CHECK(told[1].at("operator") == "kiosk:teacher");
    CHECK(told[2].at("change") == "not_held");
    CHECK(told[2].at("begin") == "");
    CHECK(registry.get("/v1/requests", token, {{"class", "c-2"}}).at("requests").as_array().size() == 1);
    const auto csv = registry.ask("GET", "/v1/requests", token, {}, {{"format", "csv"}});
    CHECK(csv.headers.at("Xueshi-Next") == after);
    CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 4);
}

TEST_CASE("bureau: a class is filed whole, its known people keep their ids, twice is 409") {
    test::BureauFixture registry;
    const auto token = registry.add_token("filing", "", "220000");
    const auto response = registry.ask("POST", "/v1/classes", token, class_body());
    REQUIRE(response.status == 201);
    CHECK(json::parse(response.body)->at("filed") == 4);
    CHECK(registry.ask("POST", "/v1/classes", token, class_body()).status == 409);

    std::string second = filed::kPlan;
    second.replace(second.find("class-1"), 7, "class-2");
    CHECK(registry.ask("POST", "/v1/classes", token, class_body(second, filed::roster(1))).status == 201);
    registry.in_transaction([](store::Session &session) {
        const auto first = store::find_class(session, InstitutionId("school-1"), ClassId("class-1"));
        const auto next = store::find_class(session, InstitutionId("school-1"), ClassId("class-2"));
        CHECK(first->trainees.front().id == next->trainees.front().id);
        CHECK(store::classes_of_person(session, InstitutionId("school-1"), first->trainees.front().id).size() == 2);
    });
}

TEST_CASE("bureau: trainees of a confidential class stay apart though none has an ID number, and its roster says so") {
    test::BureauFixture registry;
    const auto token = registry.add_token("filing", "", "220000");
    const auto plan = filed::edited(filed::kPlan, "[policy]", "confidential_document = \"3\"\n[policy]");
    const std::string second = filed::edited(plan, "class-1", "class-2");
    const std::string nameless = "number,name,id_number\n07,,\n08,,\n";
    REQUIRE(registry.ask("POST", "/v1/classes", token, class_body(plan, nameless)).status == 201);
    REQUIRE(registry.ask("POST", "/v1/classes", token, class_body(second, nameless)).status == 201);
    registry.in_transaction([](store::Session &session) {
        std::set<PersonId> people;
        for (const char *id : {"class-1", "class-2"}) {
            const auto found = store::find_class(session, InstitutionId("school-1"), ClassId(id));
            CHECK(found->confidential_document == "3");
            people.insert({found->trainees.at(0).id, found->trainees.at(1).id});
        }
        CHECK(people.size() == 4);
    });
}

TEST_CASE("F21: a roster with one bad line is refused whole with its line") {
    test::BureauFixture registry;
    const auto token = registry.add_token("filing", "", "220000");
    const auto response =
        registry.ask("POST", "/v1/classes", token, class_body(filed::kPlan, filed::roster() + "3,李四,123\n"));
    CHECK(response.status == 400);
    CHECK(response.body.find("line 4") != std::string::npos);
    registry.in_transaction(
        [](store::Session &session) { CHECK(!store::find_institution(session, InstitutionId("school-1"))); });
}

TEST_CASE("bureau: unknown members and malformed JSON are 400") {
    test::BureauFixture registry;
    const auto token = registry.add_token("admin", "");
    for (const char *path : {"/v1/classes", "/v1/device-tokens", "/v1/bureau-tokens", "/v1/claims/ABCDEF/approve"}) {
        for (const char *body : {"", "{", "[]", R"({"surprise":1})"}) {
            CHECK(registry.ask("POST", path, token, body).status == 400);
        }
    }
}

TEST_CASE("bureau: a device token lets one device in; a new bureau token works at once") {
    test::BureauFixture registry;
    const auto admin = registry.add_token("admin", "");
    const auto made = registry.ask("POST", "/v1/device-tokens", admin, R"({"institution":"i-1","room":"r-1"})");
    REQUIRE(made.status == 201);
    const test::EventChain chain;
    http::Request claim;
    claim.body =
        wire::write(registry.claim_request(chain, std::string(json::parse(made.body)->at("token").as_string())));
    CHECK(test::run(registry.claims.claim(claim)).status == 200);

    const auto bureau = registry.ask("POST", "/v1/bureau-tokens", admin,
                                     R"({"name":"市人社局","institution":"i-1","scopes":["read"]})");
    REQUIRE(bureau.status == 201);
    const std::string token(json::parse(bureau.body)->at("token").as_string());
    CHECK(registry.ask("GET", "/v1/devices", token).status == 200);
    CHECK(registry.ask("POST", "/v1/device-tokens", token, "{}").status == 403);
    CHECK(registry.ask("POST", "/v1/bureau-tokens", admin, R"({"name":"x","institution":"i-1","scopes":["root"]})")
              .status == 400);
}

TEST_CASE("bureau: an operator approves a waiting device by its code, and revokes it") {
    test::BureauFixture registry;
    const auto admin = registry.add_token("admin", "i-1");
    const test::EventChain chain;
    http::Request claim;
    claim.body = wire::write(registry.claim_request(chain));
    const auto code = wire::read_claim_answer(test::run(registry.claims.claim(claim)).body).value().code;
    CHECK(registry.ask("POST", "/v1/claims/" + code + "/approve", admin, R"({"institution":"i-2","room":"r-1"})")
              .status == 404);
    CHECK(registry.ask("POST", "/v1/claims/" + code + "/approve", admin, R"({"institution":"i-1","room":"r-1"})")
              .status == 200);
    const auto claimed = test::run(registry.claims.claim(claim));
    REQUIRE(claimed.status == 200);
    http::Request request;
    request.client_certificate_pem = wire::read_claim_answer(claimed.body).value().certificate_pem;
    REQUIRE(registry::devices::authenticate(registry.devices, request));
    CHECK(registry.ask("POST", "/v1/devices/" + chain.device().str() + "/revoke", admin, "{}").status == 200);
    CHECK(registry::devices::authenticate(registry.devices, request).error().status == 403);
}

TEST_CASE("bureau: attendance has bounds as exact fractions, and percent that never rounds up") {
    PulledFixture registry;
    const auto answer = registry.get("/v1/classes/c-1/attendance", registry.token);
    const auto &trainee = answer.at("trainees").as_array().front();
    CHECK(trainee.at("number") == "01");
    CHECK(trainee.at("filed") == 2);
    CHECK(trainee.at("rate").as_array().at(1) == "1");
    CHECK(trainee.at("rate_percent").as_string().ends_with("100.00 %"));
    CHECK(trainee.at("ratio").as_array().size() == 2);
    CHECK(!answer.as_object().contains("demonstration"));
    registry.policy.allow_replay = true;
    CHECK(registry.get("/v1/classes/c-1/attendance", registry.token).at("demonstration") == true);
    const auto csv = registry.ask("GET", "/v1/classes/c-1/attendance", registry.token, {}, {{"format", "csv"}});
    CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 5);
}
