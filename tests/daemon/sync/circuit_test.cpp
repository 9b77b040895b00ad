#include "daemon/sync/circuit.hpp"

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>

#include "tests/daemon/sync/bench.hpp"
#include "tests/support/borrowed_upstream.hpp"
#include "tests/support/upload_piece.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {
sync::Backoff backoff() {
    return {1s, 300s, [] { return 0.0; }};
}
using Endpoint = sync::Circuits::Endpoint;
} // namespace

TEST_CASE("circuit: closed it lets everybody through, open nobody until its time, then one") {
    sync::Circuit circuit(backoff());
    CHECK(circuit.wait(0) == 0ms);
    CHECK(circuit.wait(0) == 0ms);
    circuit.failed(-1, 1'000);
    CHECK(circuit.wait(1'100) == 400ms); // half of the first pause at least
    CHECK(circuit.wait(1'500) == 0ms);   // this one asks
    CHECK(circuit.wait(1'500) == std::chrono::milliseconds(sync::Circuit::kLookMs));
    circuit.answered();
    CHECK(circuit.wait(1'500) == 0ms);
    CHECK(circuit.wait(1'500) == 0ms);
}

TEST_CASE("circuit: who asks for all and never tells does not keep the others for ever") {
    sync::Circuit circuit(backoff());
    circuit.failed(-1, 0);
    CHECK(circuit.wait(500) == 0ms);
    CHECK(circuit.wait(500 + sync::Circuit::kTrialMs) == 0ms);
}

TEST_CASE("circuit: each failure makes the pause longer, and what the server asked for holds") {
    sync::Circuit circuit(backoff());
    circuit.failed(-1, 0);
    CHECK(circuit.wait(0) == 500ms);
    circuit.failed(-1, 0);
    CHECK(circuit.wait(0) == 1'000ms);
    circuit.failed(120, 0);
    CHECK(circuit.wait(0) == 120'000ms);
}

TEST_CASE("circuit: after a change of the network one asks at once; in vain, the pauses go on from where they were") {
    sync::Circuit circuit(backoff());
    for (int i = 0; i < 5; ++i) {
        circuit.failed(-1, 0);
    }
    CHECK(circuit.wait(0) == 8'000ms);
    circuit.may_be_back(0);
    CHECK(circuit.wait(0) == 0ms);
    CHECK(circuit.wait(0) > 0ms);
    circuit.failed(-1, 0);
    CHECK(circuit.wait(0) == 16'000ms);
}

TEST_CASE("F15: a change of the network does not end the pause that the server asked for") {
    sync::Circuit circuit(backoff());
    circuit.failed(600, 0);
    circuit.may_be_back(1'000);
    CHECK(circuit.wait(1'000) == 599'000ms);
    circuit.failed(-1, 600'000);
    circuit.may_be_back(600'000);
    CHECK(circuit.wait(600'000) == 0ms);
}

TEST_CASE("circuits: one who was let through and could not ask leaves it open, and the next one asks") {
    test::SyncBench bench;
    sync::Circuits circuits(backoff());
    const auto away = test::FakeUpstream::refusal_of(0, ErrorCode::unavailable);
    for (int i = 0; i < 5; ++i) {
        circuits.tell(Endpoint::media, &away, 0);
    }
    std::int64_t now_ms = 8'000;
    const auto guarded = sync::guard(
        std::make_unique<test::BorrowedUpstream>(bench.upstream), circuits, [&now_ms] { return now_ms; },
        [](std::chrono::milliseconds) -> boost::asio::awaitable<void> { co_return; });
    bench.upstream.media.own_file_fails = true;
    CHECK(test::run(guarded->send_piece("a", test::piece_of("x"))).error().own_file);
    CHECK(circuits.open(Endpoint::media));
    CHECK(circuits.wait(Endpoint::events, 8'000) == 0ms);
    circuits.tell(Endpoint::events, &away, 8'000);
    CHECK(circuits.wait(Endpoint::roster, 8'000) == 16'000ms); // as often as it was tried
}

TEST_CASE("F15: an endpoint that asks for an hour (503, 429) holds up no other; a way that is broken holds up all") {
    sync::Circuits circuits(backoff());
    const auto overrun = test::FakeUpstream::refusal_of(429, ErrorCode::unavailable, 3'600);
    circuits.tell(Endpoint::media, &overrun, 0);
    CHECK(circuits.wait(Endpoint::media, 1'000) == 3'599'000ms);
    CHECK(circuits.wait(Endpoint::events, 1'000) == 0ms);
    CHECK(circuits.wait(Endpoint::roster, 1'000) == 0ms);
    const auto away = test::FakeUpstream::refusal_of(0, ErrorCode::unavailable);
    circuits.tell(Endpoint::events, &away, 1'000);
    CHECK(circuits.wait(Endpoint::roster, 1'000) == 500ms);
    CHECK(circuits.wait(Endpoint::media, 1'000) == 3'599'000ms);
    circuits.tell(Endpoint::events, nullptr, 2'000);
    CHECK(circuits.wait(Endpoint::roster, 2'000) == 0ms);
    CHECK(circuits.wait(Endpoint::media, 2'000) == 3'598'000ms);
}

TEST_CASE("circuits: one endpoint's trial that the way holds back is not spent") {
    sync::Circuits circuits(backoff());
    const auto overrun = test::FakeUpstream::refusal_of(503, ErrorCode::unavailable);
    const auto away = test::FakeUpstream::refusal_of(0, ErrorCode::unavailable);
    circuits.tell(Endpoint::media, &overrun, 0);
    circuits.tell(Endpoint::events, &away, 400);
    CHECK(circuits.wait(Endpoint::media, 500) == 400ms);
    CHECK(circuits.wait(Endpoint::media, 900) == 0ms);
}

TEST_CASE("circuit: a refusal that is about the request says that the endpoint is there") {
    const auto of = [](unsigned status) {
        return sync::Circuit::is_of_endpoint(test::FakeUpstream::refusal_of(status, ErrorCode::io));
    };
    CHECK(of(0));
    CHECK(of(429));
    CHECK(of(500));
    CHECK(of(503));
    CHECK_FALSE(of(400));
    CHECK_FALSE(of(403));
    CHECK_FALSE(of(413));
}

TEST_CASE("circuits: a guarded upstream waits while it is open, and tells what came of each request") {
    test::SyncBench bench;
    sync::Circuits circuits(backoff());
    std::int64_t now_ms = 0;
    const auto guarded = sync::guard(
        std::make_unique<test::BorrowedUpstream>(bench.upstream), circuits, [&now_ms] { return now_ms; },
        [&now_ms](std::chrono::milliseconds time) -> boost::asio::awaitable<void> {
            now_ms += time.count();
            co_return;
        });
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(503, ErrorCode::unavailable, 60));
    CHECK_FALSE(test::run(guarded->fetch_roster("")));
    CHECK(circuits.open(Endpoint::roster));
    CHECK(test::run(guarded->fetch_roster("")));
    CHECK(now_ms == 60'000);
    CHECK_FALSE(circuits.open(Endpoint::roster));
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(0, ErrorCode::unavailable));
    CHECK_FALSE(test::run(guarded->fetch_roster("")));
    CHECK(test::run(guarded->wait_for_commands(0, 30s))); // who asks for all does not wait there
    CHECK(test::run(guarded->wait_for_commands(0, 30s)));
    CHECK(bench.upstream.command_waits == std::vector<std::chrono::seconds>{0s, 30s});
}
