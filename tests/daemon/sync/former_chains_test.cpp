// A real journal, salvaged, and a real registry's store: what had not been delivered arrives.
#include <doctest/doctest.h>

#include <fstream>
#include <utility>

#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/events.hpp"
#include "daemon/sync/journal_source.hpp"
#include "daemon/sync/uplink.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"
#include "firmware/core/journal/salvage/beginning.hpp"
#include "tests/support/journal_on_disk.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
using sync::Uplink;

namespace {

using Seqs = std::vector<record::Sequence>;

/// The registry's own ingest, without sockets.
class RegistryUpstream final : public upstream::Upstream {
public:
    RegistryUpstream(test::RegistryFixture &registry, store::Device device)
        : ingest_(*registry.store, *registry.signer, registry.clock, {}), device_(std::move(device)) {}

    boost::asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        http::Request request;
        request.body = wire::write(batch);
        const auto response = co_await ingest_.post(device_, std::move(request));
        co_return wire::read_batch_answer(response.body).value();
    }
    boost::asio::awaitable<upstream::Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest) override { co_return none(); }
    boost::asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string) override { co_return none(); }
    boost::asio::awaitable<upstream::Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t, std::chrono::seconds) override {
        co_return none();
    }
    void limit_sending(std::int64_t) override {}
    boost::asio::awaitable<upstream::Answer<UploadPosition>> create_upload(wire::ClipAnnouncement) override {
        co_return none();
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> upload_position(std::string) override { co_return none(); }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> send_piece(std::string, Piece) override {
        co_return none();
    }

private:
    static tl::unexpected<upstream::Refusal> none() { return tl::unexpected<upstream::Refusal>(upstream::Refusal{}); }
    registry::ingest::Ingest ingest_;
    store::Device device_;
};

class NoTerminal final : public sync::Terminal {
public:
    boost::asio::awaitable<Expected<json::Object>> call(std::string, json::Object) override {
        co_return fail(ErrorCode::unavailable, "not asked here");
    }
};

struct World : test::JournalOnDisk, test::RegistryFixture {
    const std::filesystem::path sync_directory = RegistryFixture::directory / "sync";
    identity::PublicKey registry_key = identity::PublicKey::from_pem(RegistryFixture::signer->public_key_pem()).value();
    store::Device device = admit(JournalOnDisk::signer());
    RegistryUpstream upstream{*this, device};
    NoTerminal terminal;
    bool kill_after_each_step = false;

    /// From start to sudden death.
    struct Life {
        sync::State state;
        sync::JournalSource source;
        Uplink uplink;
        explicit Life(World &world)
            : state(sync::State::open(world.sync_directory).value()), source(world.path()),
              uplink(world.upstream, source, state, world.terminal, world.registry_key,
                     [] { return std::int64_t{1}; }) {
            REQUIRE(write_file_durably(state.client_key(), "key", 0600));
            if (!state.claim()) {
                const sync::Claim claim{world.device.id, "", "", world.RegistryFixture::signer->public_key_pem(), ""};
                REQUIRE(state.save_claim(claim, 1));
            }
        }
    };
    /// The test runs twice.
    void in_one_life_or_many() {
        SUBCASE("in one life") {}
        SUBCASE("killed after each step") {
            kill_after_each_step = true;
        }
    }
    void deliver() {
        auto life = std::make_unique<Life>(*this);
        for (int i = 0; i < 100; ++i) {
            const auto step = test::run(life->uplink.step());
            REQUIRE(step);
            if (*step == Uplink::Step::idle) {
                return;
            }
            if (kill_after_each_step) {
                life.reset();
                life = std::make_unique<Life>(*this);
            }
        }
        FAIL("never idle");
    }
    /// The card loses these events; the terminal starts on what a salvage kept.
    void lose(const Seqs &seqs) {
        REQUIRE(writer().checkpoint());
        const ChainId lost_chain = chain();
        close();
        std::ifstream in(path(), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(in), {}};
        for (const record::Sequence seq : seqs) {
            spoil(bytes, lost_chain, seq);
        }
        std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
        std::filesystem::remove(path().string() + "-wal");
        const auto waiting = JournalOnDisk::directory() / journal::kSalvagedName;
        const auto &key = JournalOnDisk::signer().public_key_pem();
        REQUIRE(journal::salvage({path(), waiting, key, "salvaged"}));
        REQUIRE(journal::adopt_salvage(JournalOnDisk::directory().path(), identity::PublicKey::from_pem(key).value()));
        open();
        auto first = draft();
        first.kind = record::EventKind::boot;
        first.data = record::to_json(**journal::beginning_of_chain(path()));
        writer().append(first).value();
    }
    /// Former chains in the same file have the same seqs.
    static void spoil(std::string &bytes, const ChainId &chain, record::Sequence seq) {
        const std::string seq_text = "\"seq\":" + std::to_string(seq) + ",", chain_text = "\"chain\":\"";
        for (auto at = bytes.find(seq_text);; at = bytes.find(seq_text, at + 1)) {
            REQUIRE(at != std::string::npos);
            if (bytes.compare(bytes.rfind(chain_text, at) + chain_text.size(), chain.str().size(), chain.str()) == 0) {
                bytes[at + 1] = 'S';
                return;
            }
        }
    }
    ChainId chain() { return writer().description().chain; }

    Seqs held(const ChainId &id) {
        Seqs seqs;
        in_transaction([&](store::Session &session) {
            for (const auto &event : store::chain_after(session, device.institution, device.id, id, 0, 1'000)) {
                seqs.push_back(event.event.seq);
            }
        });
        return seqs;
    }
    store::DeviceState state() {
        auto state = store::DeviceState::approved;
        in_transaction([&](store::Session &session) { state = store::find_device(session, device.id)->state; });
        return state;
    }
    std::string acked_chain() const {
        const auto text = read_file(sync_directory / "acked.json", 1 << 20).value();
        return std::string(json::parse(text).value().as_object().at("chain_id").as_string());
    }
};

} // namespace

TEST_CASE("F05: after a salvage the registry gets all that was kept, and the device is not quarantined") {
    World world;
    world.in_one_life_or_many();
    const auto first = world.chain();
    world.fill(4);
    world.deliver();
    world.fill(6);
    world.lose({7, 10});
    const auto second = world.chain();
    world.fill(2);
    world.deliver();
    CHECK(world.held(first) == Seqs{1, 2, 3, 4, 5, 6, 8, 9});
    CHECK(world.held(second) == Seqs{1, 2, 3});
    CHECK(world.state() == store::DeviceState::claimed);
    CHECK(world.acked_chain() == second.str());
}

TEST_CASE("F05: what was never delivered arrives after two salvages, the first events of the first chain lost") {
    World world;
    world.in_one_life_or_many();
    const auto first = world.chain();
    world.fill(6);
    world.lose({1, 2, 4});
    const auto second = world.chain();
    world.fill(4);
    world.lose({3});
    const auto third = world.chain();
    world.deliver();
    CHECK(world.held(first) == Seqs{3, 5, 6});
    CHECK(world.held(second) == Seqs{1, 2, 4, 5});
    CHECK(world.held(third) == Seqs{1});
    CHECK(world.state() == store::DeviceState::claimed);
}

TEST_CASE("F05: a chain between two others whose first event is lost comes in, and an operator decides") {
    World world;
    const auto first = world.chain();
    world.fill(3);
    world.deliver();
    world.lose({});
    const auto second = world.chain();
    world.fill(3);
    world.lose({1});
    const auto third = world.chain();
    world.deliver();
    CHECK(world.held(first) == Seqs{1, 2, 3});
    CHECK(world.held(second) == Seqs{2, 3, 4});
    CHECK(world.held(third) == Seqs{1});
    CHECK(world.state() == store::DeviceState::quarantined);
}
