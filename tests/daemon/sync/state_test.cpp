#include "daemon/sync/state.hpp"
#include "daemon/sync/state_schema.hpp"

#include <doctest/doctest.h>

#include "firmware/core/identity/tls_identity.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/test_pki.hpp"

using namespace xueshi;

namespace {
identity::SignedDocument document(const std::string &payload) {
    return {payload, Bytes{1, 2}};
}
} // namespace

TEST_CASE("state: a claim survives, and its files are made again when they are gone") {
    test::SyncBench bench;
    {
        auto state = bench.open_state();
        CHECK_FALSE(state.claim());
        REQUIRE(write_file_durably(state.client_key(), "key", 0600));
        REQUIRE(state.save_claim(bench.claim(), 7));
    }
    std::filesystem::remove(bench.directory / "sync/client.crt");
    const auto state = bench.open_state();
    REQUIRE(state.claim());
    CHECK(state.claim()->device == bench.device);
    CHECK(read_file(state.client_certificate(), 100).value() == "certificate");
    CHECK(read_file(bench.directory / "sync/ca.pem", 100).value() == "ca");
    CHECK(read_file(bench.directory / "sync/registry_key.pem", 1'000).value() ==
          bench.registry_signer->public_key_pem());
}

TEST_CASE("F29: after an update that is taken back, the older syncd goes on with what the newer one only added to") {
    constexpr std::size_t kBefore = 8; // migrations that it knows
    test::SyncBench bench;
    {
        const auto state = bench.claimed_state();
    }
    auto database = sqlite::Database::open(bench.directory / "sync/sync.db", sqlite::Mode::read_write_create).value();
    CHECK(sqlite::usable_version(database, kBefore).value() == sync::kMigrations.size());
    CHECK(sqlite::usable_version(database, kBefore - 1).error().code == ErrorCode::unsupported);
}

TEST_CASE("state: a claim whose key is lost is made again") {
    test::SyncBench bench;
    {
        const auto state = bench.claimed_state();
    }
    REQUIRE(bench.open_state().claim());
    std::filesystem::remove(bench.directory / "sync/client.key");
    CHECK_FALSE(bench.open_state().claim());
}

TEST_CASE("F20: a renewed certificate takes its new key along, also when a kill came between the two") {
    test::SyncBench bench;
    const test::TestPki pki;
    auto claim = bench.claim();
    std::string old_key, new_key;
    {
        auto state = bench.claimed_state();
        const auto request = identity::make_certificate_request(state.next_client_key(), "device").value();
        old_key = read_file(state.client_key(), 10'000).value();
        new_key = read_file(state.next_client_key(), 10'000).value();
        REQUIRE(state.save_claim(claim, 2)); // another certificate: the renewal goes on
        CHECK(read_file(state.client_key(), 10'000).value() == old_key);
        claim.certificate_pem = pki.issue_for(request, "device");
        REQUIRE(state.save_claim(claim, 3));
        CHECK(read_file(state.client_key(), 10'000).value() == new_key);
        CHECK_FALSE(std::filesystem::exists(state.next_client_key()));
        REQUIRE(write_file_durably(state.client_key(), old_key, 0600)); // as a kill before the rename leaves it
        REQUIRE(write_file_durably(state.next_client_key(), new_key, 0600));
    }
    const auto state = bench.open_state();
    CHECK(read_file(state.client_key(), 10'000).value() == new_key);
    CHECK_FALSE(std::filesystem::exists(state.next_client_key()));
}

TEST_CASE("F09: a renewal is under way until its answer is here, whatever the clock does meanwhile") {
    test::SyncBench bench;
    auto state = bench.claimed_state();
    CHECK_FALSE(state.renewal_begun());
    std::filesystem::last_write_time(state.client_certificate(),
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(24));
    REQUIRE(state.begin_renewal());
    CHECK(state.renewal_begun());
    REQUIRE(identity::make_certificate_request(state.next_client_key(), "device"));
    REQUIRE(write_file_durably(state.certificate_request(), "request"));
    REQUIRE(state.begin_renewal()); // ordered once more
    CHECK(read_file(state.certificate_request(), 100).value() == "request");
    CHECK(state.renewal_begun());
    REQUIRE(state.save_claim(bench.claim(), 3));
    CHECK_FALSE(state.renewal_begun());
    REQUIRE(state.begin_renewal());
    CHECK_FALSE(std::filesystem::exists(state.certificate_request()));
}

TEST_CASE("state: what is acknowledged is kept by chain and told in acked.json") {
    test::SyncBench bench;
    auto state = bench.open_state();
    CHECK(state.acked(bench.chain).value() == 0);
    REQUIRE(state.save_receipt(bench.chain, 10, document("ten"), 100));
    REQUIRE(state.save_receipt(bench.chain, 12, document("twelve"), 200));
    CHECK(state.acked(bench.chain).value() == 12);
    CHECK(state.acked(ChainId("other")).value() == 0);
    CHECK(state.last_receipt_ms().value() == 200);
    const auto acked = bench.file("acked.json");
    CHECK(acked.at("chain_id").as_string() == bench.chain.str());
    CHECK(acked.at("seq") == 12);
    CHECK(acked.at("receipt").as_object().at("payload") == "twelve");
}

TEST_CASE("F05: a former chain's receipts are kept, and acked.json goes on naming the present chain") {
    test::SyncBench bench;
    const ChainId present("present");
    {
        auto state = bench.open_state();
        REQUIRE(state.save_receipt(bench.chain, 10, document("ten"), 100));
        REQUIRE(state.save_receipt(bench.chain, 12, document("twelve"), 100, true));
        CHECK(bench.file("acked.json").at("seq") == 10);
        REQUIRE(state.save_receipt(present, 2, document("two"), 200));
        REQUIRE(state.save_receipt(bench.chain, 14, document("fourteen"), 300, true));
        CHECK(bench.file("acked.json").at("seq") == 2);
    }
    const auto state = bench.open_state();
    CHECK(bench.file("acked.json").at("chain_id").as_string() == present.str());
}

TEST_CASE("state: of many receipts the newest of each chain stays") {
    test::SyncBench bench;
    auto state = bench.open_state();
    REQUIRE(state.save_receipt(bench.chain, 7, document("seven"), 100));
    REQUIRE(state.database().execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
                                     "INSERT INTO receipt (chain, seq, payload, signature, received_ms) "
                                     "SELECT 'other', i, '', x'00', 1 FROM n"));
    REQUIRE(state.save_receipt(ChainId("other"), 1'501, document("last"), 200));
    CHECK(state.acked(bench.chain).value() == 7);
    CHECK(state.acked(ChainId("other")).value() == 1'501);
    auto count = sqlite::Statement::prepare(state.database(), "SELECT count(*) FROM receipt").value();
    REQUIRE(count.step().value());
    CHECK(count.integer(0) == 1'001);
}

TEST_CASE("state: a kill between a receipt and acked.json is mended at the next start") {
    test::SyncBench bench;
    {
        auto state = bench.open_state();
        REQUIRE(state.save_receipt(bench.chain, 12, document("twelve"), 200));
    }
    std::filesystem::remove(bench.directory / "sync/acked.json");
    const auto state = bench.open_state();
    CHECK(bench.file("acked.json").at("seq") == 12);
}

TEST_CASE("state: the roster's tag is forgotten with the roster") {
    test::SyncBench bench;
    auto state = bench.open_state();
    CHECK(state.roster_etag().value().empty());
    REQUIRE(state.save_roster("{}", "\"v1\""));
    CHECK(state.roster_etag().value() == "\"v1\"");
    CHECK(read_file(bench.directory / "sync/roster.json", 100).value() == "{}");
    std::filesystem::remove(bench.directory / "sync/roster.json");
    CHECK(state.roster_etag().value().empty());
}

TEST_CASE("state: a rejection is kept once, with hash and signature, and reported once") {
    test::SyncBench bench;
    auto state = bench.open_state();
    sync::Rejection rejection;
    rejection.chain = bench.chain;
    rejection.seq = 4;
    rejection.id = Uuid::v4();
    rejection.kind = "punch";
    rejection.outcome = "invalid";
    rejection.reason = "why";
    rejection.hash.fill(9);
    rejection.signature = Bytes{1, 2, 3};
    CHECK(state.quarantine(rejection, 1).value());
    CHECK_FALSE(state.quarantine(rejection, 2).value());
    CHECK(state.quarantined().value() == 1);
    const auto open = state.unreported(10).value();
    REQUIRE(open.size() == 1);
    CHECK(open[0].id == rejection.id);
    CHECK(open[0].hash == rejection.hash);
    CHECK(open[0].signature == rejection.signature);
    CHECK(open[0].kind == "punch");
    REQUIRE(state.mark_reported(bench.chain, 4));
    CHECK(state.unreported(10).value().empty());
    CHECK(state.quarantined().value() == 1);
}

TEST_CASE("state: one directory has one daemon") {
    test::SyncBench bench;
    const auto state = bench.open_state();
    CHECK(sync::State::open(bench.directory / "sync").error().code == ErrorCode::conflict);
}
