#include <algorithm>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "tests/firmware/terminald/bare_terminal.hpp"
#include "tests/support/faulty_vfs.hpp"

using namespace xueshi;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
/// The class was ten years ago: by the machine's clock its time is long over.
const std::int64_t kMovedMs = test::wall_ms() - 3'650 * kDayMs - test::FakeClock::kStartMs;
const std::int64_t kEndMs = test::FakeClock::kStartMs + kMovedMs + kDayMs + 45 * 60'000;
const std::int64_t kOverMs = kEndMs + 60 * kDayMs;

/// A terminal in whose gallery a trainee's face and finger lie.
class KeptClass : public test::BareTerminal {
public:
    KeptClass() {
        registry.pin(directory / "sync");
        stop();
        gallery::StoredTemplate stored;
        stored.model = "m";
        stored.bytes = Bytes(600, 7);
        const auto opened = open();
        REQUIRE(opened->replace(PersonId("p-1"), "face", "", {stored}));
        REQUIRE(opened->replace(PersonId("p-1"), "finger", "right_index", {stored}));
        REQUIRE(opened->set_consent(PersonId("p-1"), "face", true));
    }
    void publish(std::int64_t as_of_ms) { registry.publish(directory / "sync", device_, as_of_ms, kMovedMs); }
    void restart() {
        stop();
        start();
    }
    /// Starts on a disk that takes `good` syncs and fails then; whether it failed.
    bool start_on(test::FaultyVfs &disk, int good) {
        context.restart();
        auto created = terminald::Terminal::create(context, settings());
        REQUIRE(created);
        int syncs = 0;
        disk.hook = [&](test::FaultyVfs::Operation operation, std::string_view) {
            return operation == test::FaultyVfs::Operation::sync && ++syncs > good ? SQLITE_IOERR_FSYNC : SQLITE_OK;
        };
        (void)(*created)->start();
        disk.hook = nullptr;
        (*created)->stop();
        context.run();
        return syncs > good;
    }
    bool alarmed() const {
        const auto all = events();
        return std::ranges::any_of(all, [](const auto &event) { return event.kind == "tamper"; });
    }
    /// Stops it.
    std::size_t templates() {
        stop();
        const auto opened = open();
        return opened->load("face", "m").value().size() + opened->load("finger", "m").value().size();
    }
    std::vector<record::EventBody> erasures() const {
        std::vector<record::EventBody> found;
        for (const auto &event : events()) {
            if (event.kind == "erasure") {
                found.push_back(record::read_body(event).value());
            }
        }
        return found;
    }
    void receive_nonce(std::int64_t wall_ms) {
        const identity::Nonce nonce{device_, "00112233445566778899aabbccddeeff", wall_ms};
        REQUIRE(terminal->note_nonce(identity::nonce_data(identity::sign_nonce(registry.signer(), nonce).value())));
    }
    void receive_receipt(std::int64_t wall_ms, const identity::Signer &signer) {
        acked::Acked acked;
        acked.chain = chain_;
        acked.seq = 1;
        identity::Receipt receipt;
        receipt.device = device_;
        receipt.chain = chain_;
        receipt.through_seq = receipt.count = 1;
        receipt.head_hash = events().front().hash;
        receipt.wall_ms = wall_ms;
        acked.receipt = identity::sign_receipt(signer, receipt).value();
        REQUIRE(write_file_durably(directory / "sync/acked.json", acked::write_acked(acked)));
    }

private:
    std::unique_ptr<gallery::Gallery> open() const {
        return gallery::Gallery::open(directory / "terminal/gallery.db", key_, device_).value();
    }
    DeviceId device_ = device();
    ChainId chain_{std::string(terminal->status().at("chain").as_string())};
    identity::SealingKey key_ = identity::open_or_create_sealing_key(directory / "terminal/sealing.key").value();
};

} // namespace

TEST_CASE_FIXTURE(KeptClass, "retention: the machine's clock, ten years ahead of the registry, erases nothing") {
    publish(kOverMs - 1);
    start();
    restart();
    CHECK(erasures().empty());
    CHECK(templates() == 2);
}

TEST_CASE_FIXTURE(KeptClass,
                  "retention: a roster that says that the days are over erases, once, and the journal has it") {
    publish(kEndMs);
    start();
    CHECK(erasures().empty());
    publish(kOverMs);
    REQUIRE(terminal->reload_roster());
    REQUIRE(erasures().size() == 1);
    CHECK(erasures().front().data.at("person").as_string() == "p-1");
    CHECK(erasures().front().data.at("reason").as_string() == "retention_over");
    restart();
    CHECK(erasures().size() == 1);
    CHECK(templates() == 0);
}

TEST_CASE_FIXTURE(KeptClass, "retention: where the roster stays as it is, nonces and receipts say what time it is") {
    publish(kEndMs);
    start();
    SUBCASE("a nonce") {
        receive_nonce(kOverMs);
        publish(kEndMs + 1);
        REQUIRE(terminal->reload_roster());
    }
    SUBCASE("a receipt, at the start too") {
        receive_receipt(kOverMs, registry.signer());
        restart();
    }
    CHECK(erasures().size() == 1);
    CHECK(templates() == 0);
}

TEST_CASE_FIXTURE(KeptClass, "retention: a receipt that another signed erases nothing") {
    publish(kEndMs);
    receive_receipt(kOverMs, *identity::open_or_create_signer(directory / "stranger.key").value());
    start();
    CHECK(erasures().empty());
    CHECK(templates() == 2);
}

TEST_CASE("retention: a disk that fails anywhere leaves nothing half: the next start finishes it") {
    bool untouched = false, half = false, whole = false;
    for (int good = 0; !whole && good < 100; ++good) {
        KeptClass kept;
        kept.publish(kOverMs);
        {
            test::FaultyVfs disk;
            whole = !kept.start_on(disk, good);
        }
        const bool gone = kept.templates() == 0, told = !kept.erasures().empty();
        CHECK((gone || !told));
        untouched = untouched || !gone;
        half = half || (gone && !told);
        kept.start(); // the disk is good again
        CHECK(kept.templates() == 0);
        CHECK(!kept.erasures().empty());
        CHECK_FALSE(kept.alarmed());
    }
    CHECK(untouched);
    CHECK(half);
    CHECK(whole);
}
