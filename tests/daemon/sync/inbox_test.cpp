#include "daemon/sync/inbox.hpp"

#include <doctest/doctest.h>

#include "daemon/sync/clip_ledger.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/stick_index.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/event_chain.hpp"

using namespace xueshi;

namespace {

struct Bench : test::SyncBench {
    sync::State state = opened();
    sync::Downlink downlink{upstream, state, registry_key};
    sync::Inbox inbox{source, state, downlink, registry_key, [] { return std::int64_t{42}; }};

    sync::State opened() const {
        auto claimed = claimed_state();
        std::filesystem::remove(claimed.client_key()); // what was there is no key
        (void)identity::EnvelopeKey::open_or_create(claimed.client_key()).value();
        return claimed;
    }
    void put(const std::string &name, const std::string &text) const {
        REQUIRE(write_file_durably(state.inbox() / name, text));
    }
    identity::Receipt receipt(record::Sequence through) const {
        identity::Receipt receipt;
        receipt.device = device;
        receipt.chain = source.about.chain;
        receipt.through_seq = through;
        receipt.head_hash = source.events.at(static_cast<std::size_t>(through) - 1).hash;
        receipt.count = through;
        return receipt;
    }
    void put_receipt(const identity::Signer &signer, const identity::Receipt &receipt) const {
        put(stick::receipt_answer(receipt.chain),
            identity::write_document(identity::sign_receipt(signer, receipt).value()));
    }
    void put_clip_receipt(const DeviceId &whose, std::string_view clip) const {
        const stick::ClipReceipt receipt{whose, 1, {sha256(as_bytes(clip))}};
        put(stick::clip_receipt_answer(1, 0),
            identity::write_document(stick::sign_clip_receipt(*registry_signer, receipt).value()));
    }
    void put_roster(std::int64_t as_of_ms, const DeviceId &whose) const {
        roster::Roster roster;
        roster.device = whose;
        roster.institution = InstitutionId("i-1");
        roster.institution_name = "机构";
        roster.room = RoomId("r-1");
        roster.as_of_ms = as_of_ms;
        const auto document = identity::write_document(roster::sign_roster(*registry_signer, roster).value());
        const auto key = identity::EnvelopeKey::open_or_create(state.client_key()).value();
        put(std::string(stick::kRosterAnswer),
            std::string(as_text(identity::seal_for(key.public_key_pem(), as_bytes(document)).value())));
    }
    std::int64_t roster_as_of() const {
        const auto document = identity::read_document(read_file(state.roster_file(), 1 << 20).value(), 1 << 20).value();
        return roster::open_roster(registry_key, document).value().as_of_ms;
    }
    bool is_empty() const { return std::filesystem::is_empty(state.inbox()); }
    bool kept(const std::string &name) const { return std::filesystem::exists(state.inbox() / (name + ".refused")); }
};

} // namespace

TEST_CASE("inbox: a receipt that came by stick counts, and an older one after it changes nothing") {
    Bench bench;
    bench.source.append(5);
    bench.put_receipt(*bench.registry_signer, bench.receipt(4));
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.state.acked(bench.chain).value() == 4);
    CHECK(bench.file("acked.json").at("seq") == 4);
    bench.put_receipt(*bench.registry_signer, bench.receipt(2));
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.state.acked(bench.chain).value() == 4);
    CHECK(bench.is_empty());
    CHECK(bench.inbox.step().value() == 0);
}

TEST_CASE("inbox: a receipt that another key signed, of another chain or head is refused and kept aside") {
    Bench bench;
    bench.source.append(5);
    auto wrong_head = bench.receipt(4);
    wrong_head.head_hash[0] ^= 1;
    auto other_chain = bench.receipt(4);
    other_chain.chain = ChainId(Uuid::v4().str());
    const auto refused = [&](const identity::Signer &signer, const identity::Receipt &receipt) {
        bench.put_receipt(signer, receipt);
        return !bench.inbox.step() && bench.kept(stick::receipt_answer(receipt.chain)) &&
               bench.state.acked(bench.chain).value() == 0;
    };
    CHECK(refused(*bench.device_signer, bench.receipt(4)));
    CHECK(refused(*bench.registry_signer, wrong_head));
    CHECK(refused(*bench.registry_signer, other_chain));
    bench.put("receipt-x.json", "nonsense");
    CHECK_FALSE(bench.inbox.step());
    CHECK(bench.kept("receipt-x.json"));
}

TEST_CASE("inbox: what cannot be judged yet stays until it can") {
    Bench bench;
    bench.source.append(3);
    bench.put_receipt(*bench.registry_signer, bench.receipt(3));
    bench.source.failure = Error{ErrorCode::unavailable, "no journal yet"};
    CHECK_FALSE(bench.inbox.step());
    CHECK_FALSE(bench.is_empty());
    bench.source.failure.reset();
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.state.acked(bench.chain).value() == 3);
}

TEST_CASE("inbox: a clip receipt is for this device alone") {
    Bench bench;
    bench.source.append(2);
    for (const auto &[device, good] : {std::pair{bench.device, true}, std::pair{DeviceId("d-other"), false}}) {
        bench.put_clip_receipt(device, "clip");
        CHECK(bench.inbox.step().has_value() == good);
        CHECK(bench.kept(stick::clip_receipt_answer(1, 0)) == !good);
    }
}

TEST_CASE("inbox: a clip receipt waits for the receipt that acknowledges its clip") {
    Bench bench;
    test::EventChain journal;
    record::ClipSaved saved;
    saved.clip = MediaId(Uuid::v4().str());
    saved.file = saved.clip.str() + ".mp4";
    saved.sha256 = hex(sha256(as_bytes("clip")));
    saved.bytes = 4;
    journal.append(record::EventKind::clip_saved, record::to_json(saved));
    bench.source.about.chain = journal.chain();
    bench.source.events = journal.events();
    bench.put_receipt(*bench.registry_signer, bench.receipt(1));
    bench.put_clip_receipt(bench.device, "clip");
    bench.source.read_failure = Error{ErrorCode::io, "the card does not answer"};
    CHECK_FALSE(bench.inbox.step());
    bench.source.read_failure.reset();
    CHECK(bench.inbox.step().value() == 2);
    CHECK(sync::confirmed_clips(bench.state.database(), 9).value() == std::vector{sha256(as_bytes("clip"))});
}

TEST_CASE("inbox: a long journal is read a part at a time before its clips are confirmed") {
    Bench bench;
    bench.source.append(10'000);
    bench.put_receipt(*bench.registry_signer, bench.receipt(10'000));
    REQUIRE(bench.inbox.step().value() == 1);
    bench.put_clip_receipt(bench.device, "clip");
    int waited = 0;
    while (!bench.inbox.step() && waited < 100) {
        CHECK_FALSE(bench.is_empty()); // not refused: tried again
        ++waited;
    }
    CHECK(waited >= 1);
    CHECK(waited < 10);
    CHECK(bench.is_empty());
}

TEST_CASE("inbox: a roster that came by stick is taken when it is newer, and only if it is ours") {
    Bench bench;
    bench.put_roster(100, bench.device);
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.roster_as_of() == 100);
    bench.put_roster(50, bench.device);
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.roster_as_of() == 100);
    bench.put_roster(200, DeviceId("d-00000000000000000000"));
    CHECK_FALSE(bench.inbox.step());
    CHECK(bench.roster_as_of() == 100);
    bench.put(std::string(stick::kRosterAnswer), "not sealed");
    CHECK_FALSE(bench.inbox.step());
    CHECK(bench.kept(std::string(stick::kRosterAnswer)));
    bench.put_roster(200, bench.device);
    CHECK(bench.inbox.step().value() == 1);
    CHECK(bench.roster_as_of() == 200);
    CHECK(bench.state.roster_etag().value().empty());
}

TEST_CASE("inbox: a link and what is no answer are not read") {
    Bench bench;
    REQUIRE(write_file_durably(bench.directory / "secret", "secret"));
    std::filesystem::create_symlink(bench.directory / "secret", bench.state.inbox() / "receipt-1.json");
    bench.put("autorun.inf", "x");
    CHECK_FALSE(bench.inbox.step());
    CHECK(read_file(bench.directory / "secret", 100).value() == "secret");
    CHECK(std::filesystem::exists(bench.state.inbox() / "autorun.inf"));
}
