#include <doctest/doctest.h>

#include <algorithm>

#include "daemon/registry/bureau/routes.hpp"
#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/stick/export.hpp"
#include "tests/daemon/registry/filing/filed.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace bureau = xueshi::registry::bureau;
namespace store = xueshi::registry::store;

namespace {

/// Every endpoint, asked about institution i-1 (region 220100), with what a good answer is.
struct Endpoint {
    std::string method, path, body;
    std::map<std::string, std::string> query;
    bureau::Scope scope;
};

struct MatrixFixture : test::BureauFixture {
    test::EventChain chain;
    store::Device device = admit(chain);
    MediaId clip{Uuid::v4().str()};
    std::string code = ask_for_approval();

    MatrixFixture() {
        store::Media media;
        media.institution = device.institution;
        media.device = device.id;
        media.clip.clip = clip;
        media.clip.event = Uuid::v7(1);
        media.clip.sha256 = sha256({});
        media.object = "abcdef";
        REQUIRE(make_directory(clips.path_of(media.object).parent_path(), 0700));
        REQUIRE(write_file_durably(clips.path_of(media.object), ""));
        in_transaction([&](store::Session &session) { store::add_media(session, media); });
        record::ClipSaved saved; // a clip that has not come
        saved.clip = MediaId(Uuid::v4().str());
        saved.file = "clip.mp4";
        saved.sha256 = hex(sha256(as_bytes("clip")));
        saved.bytes = 4;
        chain.append(record::EventKind::clip_saved, record::to_json(saved));
        deliver(chain, device);
        http::Request claim;
        claim.body = wire::write(claim_request(chain));
        REQUIRE(test::run(claims.claim(claim)).status == 200); // a certificate, for which its roster is sealed
        in_transaction([&](store::Session &session) { device = store::find_device(session, device.id).value(); });
    }
    /// The code of a new device that waits.
    std::string ask_for_approval() {
        const test::EventChain other;
        http::Request claim;
        claim.body = wire::write(claim_request(other));
        return wire::read_claim_answer(test::run(claims.claim(claim)).body).value().code;
    }
    /// A class of i-1 that is not filed yet.
    std::string new_class() {
        auto plan = filed::edited(filed::kPlan, "school-1", "i-1");
        json::Object body;
        body["plan"] = filed::edited(plan, "class-1", "class-" + std::to_string(++classes_));
        body["roster"] = filed::roster();
        return json::serialize(body);
    }

    std::string stick() const { return "/v1/devices/" + device.id.str() + "/stick/"; }
    std::string seal(const std::string &plain) const {
        return std::string(as_text(identity::seal_for(envelope.public_key_pem(), as_bytes(plain)).value()));
    }
    std::string sealed_events() const {
        std::string text;
        auto writer =
            stick::ExportWriter::into(text, {chain.device(), chain.chain(), 1, chain.key().pem(), 0, Sha256{}});
        REQUIRE(writer->add(chain.events().front()));
        REQUIRE(writer->finish());
        return seal(text);
    }

    std::vector<Endpoint> endpoints() {
        const std::map<std::string, std::string> of_i1{{"institution", "i-1"}};
        in_transaction([&](store::Session &session) { store::save_device(session, device); }); // was it revoked?
        return {
            {"GET", "/v1/media/" + clip.str(), "", {}, bureau::Scope::read},
            {"HEAD", "/v1/media/" + clip.str(), "", {}, bureau::Scope::read},
            {"POST", "/v1/classes", new_class(), {}, bureau::Scope::filing},
            {"POST", stick() + "events", sealed_events(), {}, bureau::Scope::filing},
            {"POST", stick() + "clips/" + chain.events().front().id.str(), seal("clip"), {}, bureau::Scope::filing},
            {"POST", stick() + "clip-receipt", R"({"events":[]})", {}, bureau::Scope::filing},
            {"GET", stick() + "roster", "", {}, bureau::Scope::filing},
            {"POST",
             "/v1/claims/" + code + "/approve",
             R"({"institution":"i-1","room":"r-1"})",
             {},
             bureau::Scope::admin},
            {"GET", "/v1/punches", "", of_i1, bureau::Scope::read},
            {"GET", "/v1/requests", "", of_i1, bureau::Scope::read},
            {"GET", "/v1/classes/c-1/attendance", "", {}, bureau::Scope::read},
            {"GET", "/v1/classes/c-1/attendance", "", of_i1, bureau::Scope::read},
            {"GET", "/v1/devices", "", of_i1, bureau::Scope::read},
            {"GET", "/v1/devices/" + device.id.str() + "/chain", "", {}, bureau::Scope::read},
            {"GET", "/v1/devices/" + device.id.str() + "/commands", "", {}, bureau::Scope::read},
            {"POST",
             "/v1/devices/" + device.id.str() + "/commands",
             R"({"kind":"take_picture"})",
             {},
             bureau::Scope::inspect},
            {"POST", "/v1/device-tokens", R"({"institution":"i-1","room":"r-1"})", {}, bureau::Scope::admin},
            {"POST",
             "/v1/bureau-tokens",
             R"({"name":"x","institution":"i-1","scopes":["read"]})",
             {},
             bureau::Scope::admin},
            {"POST", "/v1/devices/" + device.id.str() + "/release", R"({"reason":"x"})", {}, bureau::Scope::admin},
            {"POST", "/v1/devices/" + device.id.str() + "/revoke", "{}", {}, bureau::Scope::admin},
        };
    }
    unsigned status(const Endpoint &endpoint, const std::string &token) {
        const auto status = ask(endpoint.method, endpoint.path, token, endpoint.body, endpoint.query).status;
        if (status == 200 && endpoint.path.ends_with("/approve")) {
            code = ask_for_approval();
        }
        if (status == 200 && endpoint.path.ends_with("/revoke")) {
            in_transaction([&](store::Session &session) { store::save_device(session, device); });
        }
        return status;
    }

private:
    int classes_ = 0;
};

} // namespace

TEST_CASE("F33: no token, a forged one and an expired one are 401 at every endpoint") {
    MatrixFixture registry;
    const auto expired = registry.add_token("admin", "", "", -1);
    for (const bureau::Route &route : bureau::routes()) {
        for (const std::string &token : {std::string(), std::string("forged"), expired}) {
            const auto response = registry.ask(std::string(route.method), std::string(route.path), token);
            CHECK(response.status == 401);
            CHECK(response.headers.at("WWW-Authenticate") == "Bearer");
        }
    }
}

TEST_CASE("F33: role x relation x endpoint: another institution or region is 404, a missing scope 403, no leak") {
    MatrixFixture registry;
    registry.in_transaction(
        [](store::Session &session) { store::save_institution(session, {InstitutionId("i-2"), "another", "220200"}); });
    struct Relation {
        std::string institution, region;
        bool covers;
    };
    const std::vector<Relation> relations{{"i-1", "", true}, {"i-2", "", false},    {"", "220100", true},
                                          {"", "", true},    {"", "220000", true},  {"", "220200", false},
                                          {"", "11", false}, {"unknown", "", false}};
    const std::size_t count = registry.endpoints().size();
    for (const Relation &relation : relations) {
        for (const std::string scopes : {"read", "filing", "inspect", "admin", "read filing"}) {
            for (std::size_t i = 0; i < count; ++i) {
                const Endpoint endpoint = registry.endpoints()[i]; // what is used up is there anew
                CAPTURE(endpoint.method);
                CAPTURE(endpoint.path);
                CAPTURE(relation.institution);
                CAPTURE(relation.region);
                CAPTURE(scopes);
                const auto token = registry.add_token(scopes, relation.institution, relation.region);
                const bool may =
                    scopes == "admin" || scopes.find(bureau::to_string(endpoint.scope)) != std::string::npos;
                const auto status = registry.status(endpoint, token);
                if (may && relation.covers) {
                    CHECK((status == 200 || (endpoint.method == "POST" && status == 201)));
                } else {
                    CHECK(status == (may ? 404 : 403));
                }
            }
        }
    }
}

TEST_CASE("F33: the matrix has a row for every route, with its scope") {
    MatrixFixture registry;
    const auto endpoints = registry.endpoints();
    for (const bureau::Route &route : bureau::routes()) {
        CAPTURE(route.method);
        CAPTURE(route.path);
        CHECK(std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint &endpoint) {
            const auto *reached = bureau::match(endpoint.method, endpoint.path).route;
            return reached == &route && endpoint.scope == route.scope;
        }));
    }
}

TEST_CASE("F33: what is not there and what is not covered look the same") {
    MatrixFixture registry;
    const auto token = registry.add_token("read", "i-2");
    CHECK(registry.ask("GET", "/v1/classes/c-1/attendance", token).body ==
          registry.ask("GET", "/v1/classes/nothing/attendance", token).body);
    CHECK(registry.ask("GET", "/v1/devices/" + registry.device.id.str() + "/chain", token).body ==
          registry.ask("GET", "/v1/devices/d-0/chain", token).body);
    CHECK(registry.get("/v1/devices", token).at("devices").as_array().empty());
}

TEST_CASE("F33: a token cannot make one that covers more than itself") {
    MatrixFixture registry;
    const auto city = registry.add_token("admin", "", "220100");
    const auto one = registry.add_token("admin", "i-1");
    const std::string province = R"({"name":"x","region":"220000","scopes":["read"]})";
    const std::string same_city = R"({"name":"x","region":"220100","scopes":["read"]})";
    CHECK(registry.ask("POST", "/v1/bureau-tokens", city, province).status == 404);
    CHECK(registry.ask("POST", "/v1/bureau-tokens", city, same_city).status == 201);
    CHECK(registry.ask("POST", "/v1/bureau-tokens", one, same_city).status == 404);
    CHECK(registry.ask("POST", "/v1/bureau-tokens", one, R"({"name":"x","scopes":["read"]})").status == 400);
}

TEST_CASE("bureau: unknown paths are 404 and wrong methods 405, with a good token only") {
    MatrixFixture registry;
    const auto token = registry.add_token("admin", "");
    CHECK(registry.ask("GET", "/v1/nothing", token).status == 404);
    CHECK(registry.ask("GET", "/v1/classes/c-1/attendance/more", token).status == 404);
    CHECK(registry.ask("DELETE", "/v1/devices", token).status == 405);
    CHECK(registry.ask("GET", "/v1/nothing", "forged").status == 401);
}
