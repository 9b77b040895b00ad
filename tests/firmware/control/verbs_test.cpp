#include "tests/firmware/control/running_server.hpp"

#include "firmware/control/verbs.hpp"
#include "firmware/core/control_messages/control_messages.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_gallery.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;
using namespace xueshi::control;
using control_messages::Client;

namespace {

class FakeTerminal final : public Terminal {
public:
    json::Object status() override { return {{"device", "d-1"}}; }
    json::Object diagnostics() override { return {{"version", "1"}}; }
    Expected<json::Object> prove_possession(std::string_view pem) override {
        signed_pem = pem;
        return json::Object{{"proof", "AAAA"}};
    }
    Expected<json::Object> reload_roster() override { return fail(ErrorCode::denied, "roster: signature"); }
    Expected<record::Sequence> note_nonce(const json::Object &data) override {
        nonce = data;
        return 8;
    }
    Expected<record::Sequence> note_sync_rejection(json::Object data) override {
        rejection = std::move(data);
        return 7;
    }
    Expected<json::Object> take_command(const json::Object &data) override {
        command = data;
        return json::Object{{"state", "for_sync"}};
    }
    Expected<record::Sequence> conclude_command(const json::Object &data) override {
        result = data;
        return 9;
    }

    std::string signed_pem;
    json::Object rejection, nonce, command, result;
};

/// All verbs, over an enrolment without devices.
struct Desk {
    Desk() {
        enrolment.set_roster(test::make_classroom());
        consents.set_roster(test::make_classroom());
        claims.set_roster(test::make_classroom());
        add_device_verbs(*running.server, terminal);
        add_enrolment_verbs(*running.server, enrolment);
        add_consent_verbs(*running.server, ConsentDesk{consents, enrolment});
        add_claim_verbs(*running.server, claims);
        running.run();
    }
    Expected<json::Object> call(std::string_view verb, json::Object arguments) {
        auto client = Client::connect(running.socket());
        REQUIRE(client);
        return client->call(verb, std::move(arguments));
    }

    test::RunningServer running;
    FakeTerminal terminal;
    test::FakeClock clock;
    test::MemorySink sink;
    test::FakeGallery gallery;
    checkin::Candidates candidates;
    checkin::Enrolment enrolment{{running.context.get_executor(),
                                  sink,
                                  clock,
                                  gallery,
                                  candidates,
                                  nullptr,
                                  nullptr,
                                  "fake-face-1",
                                  5,
                                  {},
                                  0.6}};
    checkin::Consents consents{sink, clock, gallery};
    checkin::History history;
    checkin::Claims claims{sink, clock, history, {}};
};

ErrorCode code_of(const Expected<json::Object> &answer) {
    REQUIRE_FALSE(answer);
    return answer.error().code;
}

} // namespace

TEST_CASE_FIXTURE(Desk, "control verbs: status answers, and refuses fields it does not know") {
    const auto status = call("status", {});
    REQUIRE(status);
    CHECK(status->at("device").as_string() == "d-1");
    CHECK(code_of(call("status", {{"verbose", true}})) == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Desk, "control verbs: diagnostics are a report, and refuse fields they do not know") {
    const auto answer = call("diagnostics", {});
    REQUIRE(answer);
    CHECK(answer->at("report").at("version").as_string() == "1");
    CHECK(code_of(call("diagnostics", {{"people", true}})) == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Desk, "control verbs: without a camera no document is photographed, and unknown fields are refused") {
    CHECK(code_of(call("photograph_document", {})) == ErrorCode::unavailable);
    CHECK(code_of(call("photograph_document", {{"number", "03"}})) == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Desk, "control verbs: the signing key signs certificate requests and nothing else") {
    CHECK(code_of(call("prove_possession", {{"certificate_request_pem", "{\"seq\":1}"}})) ==
          ErrorCode::invalid_argument);
    CHECK(terminal.signed_pem.empty());
    CHECK(call("prove_possession", {{"certificate_request_pem", "-----BEGIN CERTIFICATE REQUEST-----\nAA=="}}));
    CHECK_FALSE(terminal.signed_pem.empty());
}

TEST_CASE_FIXTURE(Desk, "control verbs: a rejection by the registry is journaled") {
    const auto answer =
        call("sync_rejection", {{"chain", "c-1"}, {"seq", 5}, {"outcome", "invalid"}, {"reason", "no such person"}});
    REQUIRE(answer);
    CHECK(answer->at("seq").as_int64() == 7);
    CHECK(terminal.rejection.at("rejected_chain").as_string() == "c-1");
    CHECK(terminal.rejection.at("rejected_seq").as_int64() == 5);
    CHECK(code_of(call("sync_rejection", {{"chain", "c-1"}, {"seq", 0}, {"outcome", "invalid"}, {"reason", ""}})) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(call("reload_roster", {})) == ErrorCode::denied);
}

TEST_CASE_FIXTURE(Desk, "control: the registry's command goes to the terminal as it is signed, its result too") {
    const json::Object signed_command{{"payload", "{}"}, {"signature", "AAAA"}};
    CHECK(call("command", signed_command)->at("state") == "for_sync");
    CHECK(terminal.command == signed_command);
    const json::Object result{{"command", "c"}, {"outcome", "done"}};
    CHECK(call("command_result", result)->at("seq") == 9);
    CHECK(terminal.result == result);
}

TEST_CASE_FIXTURE(Desk, "control verbs: the registry's signed time goes to the terminal as it is") {
    const auto answer = call("nonce", {{"payload", "{}"}, {"signature", "AAAA"}});
    REQUIRE(answer);
    CHECK(answer->at("seq").as_int64() == 8);
    CHECK(terminal.nonce == json::Object{{"payload", "{}"}, {"signature", "AAAA"}});
}

TEST_CASE_FIXTURE(Desk, "control verbs: an enrolment says who, with what, and nothing else") {
    const json::Array none;
    CHECK(code_of(call("enrol_face", {{"photographs", none}})) == ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"person", "p-1"}, {"photographs", none}})) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}})) == ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"photographs", json::Array{"not base64!"}}})) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"from", "memory"}})) == ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"photographs", none}, {"surprise", 1}})) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"from", "camera"}, {"document", 7}})) ==
          ErrorCode::invalid_argument);
    const json::Object nobody;
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"from", "camera"}, {"witnesses", json::Array{nobody}}})) ==
          ErrorCode::invalid_argument);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Desk, "control verbs: without reader or models an enrolment is unavailable, in plain words") {
    CHECK(code_of(call("enrol_finger", {{"number", "01"}, {"finger", "right_index"}})) == ErrorCode::unavailable);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"photographs", json::Array{"AAAA"}}})) ==
          ErrorCode::unavailable);
    CHECK(code_of(call("enrol_face", {{"number", "01"}, {"from", "camera"}})) == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(Desk, "control verbs: an unknown trainee is not found, a known one is erased") {
    CHECK(code_of(call("erase", {{"number", "99"}, {"reason", "withdrawn"}})) == ErrorCode::not_found);
    CHECK(code_of(call("erase", {{"number", "01"}})) == ErrorCode::invalid_argument);
    const auto erased = call("erase", {{"number", "01"}, {"reason", "withdrawn"}});
    REQUIRE(erased);
    CHECK(erased->at("person").as_string() == "p-1");
    CHECK(sink.drafts(record::EventKind::erasure).size() == 1);
}

TEST_CASE_FIXTURE(Desk, "control verbs: one finger is erased without taking back a consent") {
    const auto person = PersonId("p-1");
    gallery.consents.insert({person, "finger"});
    gallery.templates.push_back({0, person, "finger", "left_index", "minutiae-1", {}});
    gallery.templates.push_back({0, person, "finger", "left_thumb", "minutiae-1", {}});
    CHECK(code_of(call("erase", {{"number", "01"}, {"finger", "nose"}, {"reason", "hurt"}})) ==
          ErrorCode::invalid_argument);
    CHECK(gallery.templates.size() == 2);
    REQUIRE(call("erase", {{"number", "01"}, {"finger", "left_index"}, {"reason", "hurt"}}));
    REQUIRE(gallery.templates.size() == 1);
    CHECK(gallery.templates[0].finger == "left_thumb");
    CHECK(gallery.consents.size() == 1);
    CHECK(sink.drafts(record::EventKind::erasure).back().data.at("finger").as_string() == "left_index");
}

TEST_CASE_FIXTURE(Desk, "control verbs: a consent is to a text that the terminal shows, and can be withdrawn") {
    const auto texts = call("consent_texts", {});
    REQUIRE(texts);
    const auto first = texts->at("texts").as_array().at(0).as_object();
    json::Object consent{{"number", "01"}, {"purpose", first.at("purpose")}, {"text_hash", first.at("text_hash")}};
    REQUIRE(call("consent", consent));
    CHECK(gallery.consents.size() == 1);
    consent["text_hash"] = std::string(64, '0');
    CHECK(code_of(call("consent", consent)) == ErrorCode::invalid_argument);
    REQUIRE(call("consent", {{"number", "01"}, {"purpose", first.at("purpose")}, {"given", false}}));
    CHECK(gallery.consents.empty());
}

TEST_CASE_FIXTURE(Desk, "control verbs: who was not recognised claims, is punched by the teacher, or accommodated") {
    const auto claimed = call("claim", {{"number", "01"}});
    REQUIRE(claimed);
    CHECK(claimed->at("person").as_string() == "p-1");
    CHECK(claimed->at("earlier").as_bool() == false);
    CHECK(code_of(call("claim", {{"number", "01"}, {"reason", "lazy"}})) == ErrorCode::invalid_argument);
    REQUIRE(call("manual_punch", {{"number", "01"}, {"reason", "hand in plaster"}}));
    CHECK_FALSE(sink.drafts(record::EventKind::punch)[0].data.at("operator").as_string().empty());
    REQUIRE(call("accommodate", {{"number", "01"}, {"instead", "finger"}, {"reason", "face bandaged"}}));
    CHECK(history.accommodation(PersonId("p-1")) == "finger");
}
