#include "daemon/sync/claimer.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/daemon/sync/bench.hpp"
#include "tests/support/borrowed_upstream.hpp"

using namespace xueshi;

namespace {

struct Bench : test::SyncBench {
    sync::State state = open_state();
    sync::Claimer::Options options;
    std::vector<std::string> trusted;

    Bench() {
        std::ofstream(directory / "first-ca.pem") << "first ca";
        options.ca_file = directory / "first-ca.pem";
        options.token = "one-time";
        upstream.claim_answers = {{device, "certificate", "ca", registry_signer->public_key_pem(), "", ""}};
        terminal.answer = [this](const std::string &, const json::Object &arguments) -> Expected<json::Object> {
            const std::string message = std::string(wire::kProofPurpose) + "\n" +
                                        std::string(arguments.at("certificate_request_pem").as_string());
            json::Object out;
            out["signing_key_pem"] = device_signer->public_key_pem();
            out["suite"] = 1;
            out["key_level"] = "file";
            out["chain"] = chain.str();
            out["proof"] = base64(device_signer->sign(as_bytes(message)).value());
            return out;
        };
    }
    sync::Outcome<std::string> step() {
        sync::Claimer claimer(
            state, terminal,
            [this](const sync::Trust &trust) -> Expected<std::unique_ptr<upstream::Upstream>> {
                trusted.push_back(trust.ca_pem);
                CHECK(trust.client_certificate.empty());
                return std::make_unique<test::BorrowedUpstream>(upstream);
            },
            options);
        return test::run(claimer.step(7));
    }
};

} // namespace

TEST_CASE("claim: key, proof and token go to the registry, its answer is saved") {
    Bench bench;
    const auto code = bench.step();
    REQUIRE(code);
    CHECK(code->empty());
    REQUIRE(bench.upstream.claims.size() == 1);
    const auto &request = bench.upstream.claims[0];
    CHECK(request.token == "one-time");
    CHECK(request.chain == bench.chain);
    CHECK(bench.trusted == std::vector<std::string>{"first ca"});
    const auto key = identity::PublicKey::from_pem(request.signing_key_pem).value();
    const std::string message = std::string(wire::kProofPurpose) + "\n" + request.certificate_request_pem;
    CHECK(key.verify(as_bytes(message), request.proof));
    REQUIRE(bench.state.claim());
    CHECK(bench.state.claim()->ca_pem == "ca");
    CHECK(std::filesystem::exists(bench.state.client_key()));
}

TEST_CASE("claim: without a token the code is shown until an operator approves; the key stays the same") {
    Bench bench;
    bench.options.token.clear();
    wire::ClaimAnswer waiting;
    waiting.code = "K7Q2-M9";
    bench.upstream.claim_answers.push_front(waiting);
    CHECK(*bench.step() == "K7Q2-M9");
    CHECK_FALSE(bench.state.claim());
    CHECK(bench.step()->empty());
    REQUIRE(bench.state.claim());
    const auto key = read_file(bench.state.client_key(), 10'000).value();
    CHECK(bench.upstream.claims[0].token.empty());
    CHECK(key == read_file(bench.state.client_key(), 10'000).value());
}

TEST_CASE("F13: a claim that is tried again is the same request, in another life too; a new key makes a new one") {
    Bench bench;
    wire::ClaimAnswer waiting;
    waiting.code = "K7Q2-M9";
    bench.upstream.claim_answers = {waiting, waiting, waiting};
    for (int tries = 0; tries < 2; ++tries) {
        REQUIRE(bench.step()); // each with a new Claimer
    }
    REQUIRE(bench.upstream.claims.size() == 2);
    CHECK(bench.upstream.claims[0].certificate_request_pem == bench.upstream.claims[1].certificate_request_pem);
    std::filesystem::remove(bench.state.client_key());
    REQUIRE(bench.step());
    CHECK(bench.upstream.claims[1].certificate_request_pem != bench.upstream.claims[2].certificate_request_pem);
}

TEST_CASE("claim: the token may come from a file, whenever it appears") {
    Bench bench;
    bench.options.token.clear();
    bench.options.token_file = bench.directory / "token";
    wire::ClaimAnswer waiting;
    waiting.code = "K7Q2-M9";
    bench.upstream.claim_answers.push_front(waiting);
    REQUIRE(bench.step());
    CHECK(bench.upstream.claims.back().token.empty());
    std::ofstream(bench.directory / "token") << "from file\n";
    REQUIRE(bench.step());
    CHECK(bench.upstream.claims.back().token == "from file");
}

TEST_CASE("claim: an answer for another device or with a broken key is not kept") {
    Bench bench;
    bench.upstream.claim_answers.front().device = DeviceId("d-00000000000000000000");
    CHECK_FALSE(bench.step());
    CHECK_FALSE(bench.state.claim());
    bench.upstream.claim_answers.front().device = bench.device;
    bench.upstream.claim_answers.front().registry_key_pem = "no key";
    CHECK_FALSE(bench.step());
    CHECK_FALSE(bench.state.claim());
}

TEST_CASE("claim: what is missing on the device itself is local, and the registry is not asked") {
    Bench bench;
    std::filesystem::remove(bench.options.ca_file);
    CHECK(bench.step().error().local);
    bench.terminal.answer = [](const std::string &, const json::Object &) -> Expected<json::Object> {
        return fail(ErrorCode::unavailable, "nobody listens");
    };
    const auto waiting = bench.step();
    REQUIRE_FALSE(waiting);
    CHECK(waiting.error().local);
    CHECK(waiting.error().words.en.find("terminal program") != std::string::npos);
    bench.terminal.answer = [](const std::string &, const json::Object &) { return json::Object(); };
    CHECK(bench.step().error().local);
    CHECK(bench.upstream.claims.empty());
}

TEST_CASE("claim: a used token is told in words") {
    Bench bench;
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(403, ErrorCode::denied));
    const auto refused = bench.step();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 403);
    CHECK_FALSE(refused.error().local);
}

TEST_CASE("F25: a request that the registry says was replaced is not sent again; the next is a new one") {
    Bench bench;
    bench.upstream.refusals = {test::FakeUpstream::refusal_of(503, ErrorCode::unavailable),
                               test::FakeUpstream::refusal_of(409, ErrorCode::conflict)};
    CHECK_FALSE(bench.step());
    CHECK(bench.step().error().words.en.find("another institution or a newer certificate") != std::string::npos);
    CHECK(bench.step());
    REQUIRE(bench.upstream.claims.size() == 3);
    const auto request = [&](std::size_t i) { return bench.upstream.claims[i].certificate_request_pem; };
    CHECK(request(0) == request(1));
    CHECK(request(1) != request(2));
}
