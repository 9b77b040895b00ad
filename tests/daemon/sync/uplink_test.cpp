#include "daemon/sync/uplink.hpp"

#include <doctest/doctest.h>

#include "tests/daemon/sync/bench.hpp"

using namespace xueshi;
using sync::Uplink;

namespace {

struct Bench : test::SyncBench {
    std::optional<sync::State> state = claimed_state();
    std::optional<Uplink> uplink;

    Bench() { start(); }
    void start() {
        uplink.emplace(upstream, source, *state, terminal, registry_key, [] { return std::int64_t{42}; });
    }
    /// As after a kill: nothing but the directory is left.
    void restart() {
        uplink.reset();
        state.reset();
        state.emplace(claimed_state());
        start();
    }
    sync::Outcome<Uplink::Step> step() { return test::run(uplink->step()); }
    /// Until idle or a failure; at most `most` steps.
    sync::Outcome<Uplink::Step> drain(int most = 200) {
        auto last = step();
        while (last && *last == Uplink::Step::delivered && --most > 0) {
            last = step();
        }
        return last;
    }
    test::FakeUpstream::Chain &held() { return upstream.chains[chain.str()]; }
    std::int64_t acked() { return file("acked.json").at("seq").as_int64(); }
};

} // namespace

TEST_CASE("uplink: everything is delivered in order, and acked.json follows the receipt") {
    Bench bench;
    bench.source.append(2'500);
    CHECK(*bench.drain() == Uplink::Step::idle);
    REQUIRE(bench.held().events.size() == 2'500);
    CHECK(bench.held().events.back().body == bench.source.events.back().body);
    CHECK(bench.upstream.batches.size() == 3);
    CHECK(bench.upstream.batches[0].events.size() == wire::kMaxEventsPerBatch);
    CHECK(bench.acked() == 2'500);
    CHECK(bench.uplink->queue() == 0);
    bench.source.append(1);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 2'501);
}

TEST_CASE("uplink: a kill after any step resends nothing that is acknowledged and loses nothing") {
    Bench bench;
    for (record::Sequence life = 1; life <= 20; ++life) {
        bench.source.append(3);
        bench.upstream.lose_answers = life % 3 == 0;
        bench.step();
        bench.restart();
    }
    bench.upstream.lose_answers = false;
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 60);
    CHECK(bench.acked() == 60);
    CHECK(bench.upstream.batches.size() == 20);
    CHECK(bench.upstream.batches.back().events.front().seq == 58);
}

TEST_CASE("F13: an answer that was lost is asked for again, and the receipt comes with the duplicates") {
    Bench bench;
    bench.source.append(10);
    bench.upstream.lose_answers = true;
    CHECK_FALSE(bench.step());
    CHECK_FALSE(bench.step());
    CHECK(bench.held().events.size() == 10);
    CHECK_FALSE(std::filesystem::exists(bench.directory / "sync/acked.json"));
    bench.upstream.lose_answers = false;
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 10);
    CHECK(bench.acked() == 10);
}

TEST_CASE("F15: a refusal loses nothing, and hands on what the registry said of waiting") {
    Bench bench;
    bench.source.append(3);
    for (const unsigned status : {429U, 500U, 502U, 503U, 507U}) {
        bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(status, ErrorCode::unavailable, 17));
        const auto refused = bench.step();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == status);
        CHECK(refused.error().retry_after_s == 17);
        CHECK_FALSE(refused.error().local);
    }
    CHECK(bench.uplink->queue() == 3);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 3);
}

TEST_CASE("F18: a poison record is quarantined with its reason, terminald is told, the rest goes on") {
    Bench bench;
    bench.source.append(10);
    bench.upstream.poison = {4};
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 10);
    CHECK(bench.acked() == 10);
    CHECK(bench.state->quarantined().value() == 1);
    test::run(bench.uplink->report_rejections());
    test::run(bench.uplink->report_rejections());
    REQUIRE(bench.terminal.calls.size() == 1);
    CHECK(bench.terminal.calls[0].first == "sync_rejection");
    CHECK(bench.terminal.calls[0].second.at("chain").as_string() == bench.chain.str());
    CHECK(bench.terminal.calls[0].second.at("seq") == 4);
    CHECK(bench.terminal.calls[0].second.at("outcome") == "invalid");
    CHECK(bench.terminal.calls[0].second.at("reason") == "poison");
}

TEST_CASE("F18: 413 halves the batch; a single event that is too large is withheld, the rest goes on") {
    Bench bench;
    bench.source.append(100);
    bench.upstream.bulky = {37};
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 100);
    CHECK(bench.held().quarantined == std::set<record::Sequence>{37});
    CHECK(bench.acked() == 100);
    const auto open = bench.state->unreported(10).value();
    REQUIRE(open.size() == 1);
    CHECK(open[0].seq == 37);
    CHECK(open[0].outcome == "too_large");
    CHECK(bench.upstream.batches.size() < 60);
}

TEST_CASE("F18: a registry that takes fewer events at once gets them in smaller batches") {
    Bench bench;
    bench.upstream.most_events = 3;
    bench.source.append(50);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 50);
    CHECK(bench.state->quarantined().value() == 0);
}

TEST_CASE("F16: what a slow link does not carry in time goes in smaller batches, larger ones again when it is faster") {
    Bench bench;
    bench.upstream.most_in_time = 40;
    bench.source.append(1'000);
    int failures = 0;
    for (auto step = bench.step(); !step || *step != Uplink::Step::idle; step = bench.step()) {
        REQUIRE((step || ++failures < 10));
    }
    CHECK(bench.held().events.size() == 1'000);
    CHECK(bench.acked() == 1'000);
    CHECK(bench.state->quarantined().value() == 0);
    bench.upstream.most_in_time = 1'000;
    bench.source.append(3'000);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.batches.back().events.size() > 40);
}

TEST_CASE("uplink: under a cap the first batch is already one that the cap carries in time") {
    Bench bench;
    bench.uplink->limit_batches(150'000); // 10 kB/s for 15 s
    bench.source.append(500);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 500);
    CHECK(bench.upstream.batches[0].events.size() == 146);
    bench.uplink->limit_batches(0);
    bench.source.append(500);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.batches.back().events.size() == 500);
    bench.uplink->limit_batches(1);
    bench.source.append(3);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 1'003);
}

TEST_CASE("F18: a refusal of the whole request that passes (400, 422) withholds no event") {
    Bench bench;
    bench.source.append(8);
    for (const unsigned status : {400U, 422U, 400U, 400U, 422U}) {
        bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(status, ErrorCode::invalid_argument));
    }
    int failures = 0;
    for (auto step = bench.step(); !step || *step != Uplink::Step::idle; step = bench.step()) {
        REQUIRE((step || ++failures < 10));
    }
    CHECK(failures == 2); // 8, 4 and 2 events were halved; one alone is tried again, after a pause
    CHECK(bench.state->quarantined().value() == 0);
    CHECK(bench.held().quarantined.empty());
    CHECK(bench.acked() == 8);
}

TEST_CASE("F18: an event that is refused alone again and again is withheld with its reason, and the rest goes on") {
    Bench bench;
    bench.source.append(3);
    bench.upstream.unreadable = {2};
    int failures = 0;
    for (auto step = bench.step(); !step || *step != Uplink::Step::idle; step = bench.step()) {
        REQUIRE((step || ++failures < 50));
    }
    CHECK(failures == 17);
    CHECK(bench.acked() == 3);
    CHECK(bench.held().quarantined == std::set<record::Sequence>{2});
    const auto open = bench.state->unreported(10).value();
    REQUIRE(open.size() == 1);
    CHECK(open[0].seq == 2);
    CHECK(open[0].outcome == "invalid");
    CHECK(open[0].reason == "told to refuse");
}

TEST_CASE("F18: a way that refuses everything for hours (400) and is well again costs no event its body") {
    Bench bench;
    bench.source.append(3);
    int failures = 0;
    SUBCASE("links too") {
        while (failures < 100) {
            bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(400, ErrorCode::invalid_argument));
            failures += bench.step() ? 0 : 1;
        }
    }
    SUBCASE("until just before the link is taken") {
        bench.upstream.unreadable = {1, 2, 3};
        while (bench.state->quarantined().value() == 0) {
            bench.step();
        }
        bench.upstream.unreadable.clear();
    }
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 3);
    CHECK(bench.held().quarantined.empty());
    CHECK(bench.held().events.size() == 3);
    CHECK(bench.upstream.batches.size() < 250);
}

TEST_CASE("F14: an event that is a conflict when it is offered once more stays a rejection") {
    Bench bench;
    bench.source.append(3);
    bench.upstream.bulky = {2};
    while (bench.state->quarantined().value() == 0) {
        bench.step();
    }
    bench.upstream.bulky.clear();
    bench.upstream.contradicted = {2};
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.state->quarantined().value() == 1);
}

TEST_CASE("F14: a conflict keeps the event on the device and raises a rejection") {
    Bench bench;
    bench.source.append(3);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.events[2].body = "{\"seq\":3,\"other\":1}";
    bench.source.events[2].hash = identity::link_hash(bench.source.events[2].prev, bench.source.events[2].body);
    std::filesystem::remove_all(bench.directory / "sync"); // a clone that knows of no receipt
    bench.restart();
    const auto refused = bench.step();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error.code == ErrorCode::conflict);
    CHECK(bench.state->quarantined().value() == 1);
    CHECK(bench.state->unreported(1).value()[0].outcome == "conflict");
    CHECK_FALSE(std::filesystem::exists(bench.directory / "sync/acked.json"));
}

TEST_CASE("uplink: a rejected rejection makes no further one") {
    Bench bench;
    bench.source.append(1, "sync_rejection");
    bench.upstream.poison = {1};
    CHECK(*bench.drain() == Uplink::Step::idle);
    test::run(bench.uplink->report_rejections());
    CHECK(bench.terminal.calls.empty());
    CHECK(bench.state->unreported(10).value().empty());
}

TEST_CASE("uplink: terminald learns of a rejection when it runs again") {
    Bench bench;
    bench.source.append(1);
    bench.upstream.poison = {1};
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.terminal.answer = [](const std::string &, const json::Object &) -> Expected<json::Object> {
        return fail(ErrorCode::unavailable, "nobody listens");
    };
    test::run(bench.uplink->report_rejections());
    CHECK(bench.state->unreported(10).value().size() == 1);
    bench.terminal.answer = [](const std::string &, const json::Object &) { return json::Object(); };
    test::run(bench.uplink->report_rejections());
    CHECK(bench.state->unreported(10).value().empty());
}

TEST_CASE("uplink: a rejection that terminald will never take is not offered for ever") {
    Bench bench;
    bench.source.append(1);
    bench.upstream.poison = {1};
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.terminal.answer = [](const std::string &, const json::Object &) -> Expected<json::Object> {
        return fail(ErrorCode::denied, "not for this peer");
    };
    test::run(bench.uplink->report_rejections());
    CHECK(bench.state->unreported(10).value().empty());
    CHECK(bench.state->quarantined().value() == 1);
}

TEST_CASE("uplink: a receipt for another head acknowledges nothing") {
    Bench bench;
    bench.source.append(3);
    bench.upstream.forge_head = true;
    const auto refused = bench.step();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error.code == ErrorCode::conflict);
    CHECK_FALSE(refused.error().local);
    CHECK_FALSE(std::filesystem::exists(bench.directory / "sync/acked.json"));
    bench.upstream.forge_head = false;
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 3);
}

TEST_CASE("uplink: a registry that was restored from an older copy gets again what it lost") {
    Bench bench;
    bench.source.append(50);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.held().events.resize(20);
    bench.source.append(1);
    CHECK_FALSE(bench.step()); // the gap is found, with a pause
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.held().events.size() == 51);
    CHECK(bench.acked() == 51);
}

TEST_CASE("F06: a journal that ends before what is acknowledged is an alarm, and nothing is sent") {
    Bench bench;
    bench.source.append(5);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.events.resize(3);
    const auto sent = bench.upstream.batches.size();
    const auto hindered = bench.step();
    REQUIRE_FALSE(hindered);
    CHECK(hindered.error().error.code == ErrorCode::conflict);
    CHECK(bench.upstream.batches.size() == sent);
}

TEST_CASE("uplink: a new chain begins at its own first event") {
    Bench bench;
    bench.source.append(5);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.about.chain = ChainId(Uuid::v4().str());
    bench.source.events.clear();
    bench.source.append(2);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.chains[bench.source.about.chain.str()].events.size() == 2);
    CHECK(bench.file("acked.json").at("chain_id").as_string() == bench.source.about.chain.str());
    CHECK(bench.acked() == 2);
}

TEST_CASE("F05: what is left of former chains is sent first, and acked.json tells of the present one") {
    Bench bench;
    bench.source.append(5);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.append(3);
    bench.source.begin_chain();
    const auto second = bench.source.about.chain;
    bench.source.append(4);
    bench.source.begin_chain();
    const auto third = bench.source.about.chain;
    bench.source.append(2);
    CHECK(bench.step());
    CHECK(bench.uplink->queue() == 9);
    CHECK(bench.held().events.size() == 8);
    CHECK_FALSE(bench.upstream.chains.contains(second.str()));
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.chains[second.str()].events.size() == 4);
    CHECK(bench.upstream.chains[third.str()].events.size() == 2);
    CHECK(bench.upstream.batches.size() == 4);
    CHECK(bench.state->acked(bench.chain).value() == 8);
    CHECK(bench.file("acked.json").at("chain_id").as_string() == third.str());
    bench.restart();
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.batches.size() == 4);
    CHECK(bench.uplink->queue() == 0);
}

TEST_CASE("F05: a former chain that cannot be read, or goes on behind lost events, holds up no other") {
    Bench bench;
    bench.source.append(9);
    bench.source.begin_chain();
    bench.source.append(2);
    auto &former = bench.source.former.front();
    std::size_t left = 0;
    SUBCASE("not read") {
        bench.source.damaged = bench.chain;
    }
    SUBCASE("not taken") {
        former.events.erase(former.events.begin() + 5, former.events.begin() + 7);
        left = 5;
    }
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.acked() == 2);
    CHECK(bench.held().events.size() == left);
    CHECK(bench.uplink->queue() == 9 - static_cast<std::int64_t>(left));
    const auto sent = bench.upstream.batches.size();
    bench.source.append(1);
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.batches.size() == sent + 1); // it is not tried in vain each time
    bench.source.damaged = {};
    bench.source.append(1, "tamper"); // such an event may say what is lost
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.upstream.batches.back().chain == bench.chain);
    CHECK(bench.held().events.size() == (left == 0 ? 9 : left));
    CHECK(bench.acked() == 4);
}

TEST_CASE("F05: where damage took what is acknowledged of a former chain, the registry's receipt stands") {
    Bench bench;
    bench.source.append(9);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.begin_chain();
    bench.source.former.front().events.resize(6);
    std::filesystem::remove_all(bench.directory / "sync"); // nothing is known of receipts
    bench.restart();
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.state->acked(bench.chain).value() == 9);
    CHECK(bench.state->quarantined().value() == 0);
}

TEST_CASE("F06: another history of a former chain is not acknowledged by the registry's receipt for its own") {
    Bench bench;
    bench.source.append(9);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.source.events.resize(4);
    bench.source.append(1, "punch");
    bench.source.events.back().body += " ";
    bench.source.events.back().hash = sha256({});
    bench.source.begin_chain();
    bench.source.append(1);
    std::filesystem::remove_all(bench.directory / "sync");
    bench.restart();
    CHECK(*bench.drain() == Uplink::Step::idle);
    CHECK(bench.state->acked(bench.chain).value() == 0);
    CHECK(bench.state->unreported(10).value().front().outcome == "conflict");
    CHECK(bench.acked() == 1);
}

TEST_CASE("F05: a registry that was restored from an older copy gets again what it lost of former chains too") {
    Bench bench;
    bench.source.append(9);
    bench.source.begin_chain();
    const auto present = bench.source.about.chain;
    bench.source.append(3);
    CHECK(*bench.drain() == Uplink::Step::idle);
    bench.held().events.resize(4);
    bench.upstream.chains.erase(present.str());
    bench.source.append(1);
    for (int i = 0; i < 10; ++i) {
        bench.step(); // each gap is found with a pause
    }
    CHECK(bench.held().events.size() == 9);
    CHECK(bench.upstream.chains[present.str()].events.size() == 4);
}

TEST_CASE("uplink: without a journal, or with another device's, nothing is sent and the reason is local") {
    Bench bench;
    bench.source.failure = Error{ErrorCode::unavailable, "no journal yet"};
    const auto waiting = bench.step();
    REQUIRE_FALSE(waiting);
    CHECK(waiting.error().local);
    bench.source.failure.reset();
    bench.source.append(1);
    bench.source.about.device = DeviceId("d-00000000000000000000");
    CHECK(bench.step().error().error.code == ErrorCode::denied);
    CHECK(bench.upstream.batches.empty());
}
