#include "daemon/registry/devices/commands.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/wire/commands.hpp"
#include "firmware/core/identity/command.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
namespace devices = xueshi::registry::devices;

namespace {

struct CommandsFixture : test::RegistryFixture {
    test::EventChain chain, other_chain;
    store::Device device = admit(chain), other = admit(other_chain);
    devices::Commands commands{*store, *signer, clock};
    identity::PublicKey key = identity::PublicKey::from_pem(signer->public_key_pem()).value();

    void order(std::int64_t valid_ms = 60'000) {
        devices::Commands::Order order;
        order.ordered_by = "bureau";
        order.valid_ms = valid_ms;
        in_transaction([&](store::Session &session) { commands.order(session, device, order).value(); });
    }
    static http::Request request(std::int64_t after, std::int64_t wait_s) {
        http::Request request;
        request.query = {{"after", std::to_string(after)}, {"wait", std::to_string(wait_s)}};
        return request;
    }
    std::vector<identity::Command> read(const http::Response &response) const {
        std::vector<identity::Command> all;
        const auto documents = wire::read_commands(response.body).value();
        for (const auto &document : documents) {
            all.push_back(identity::open_command(key, document).value());
        }
        return all;
    }
    std::vector<identity::Command> ask(const store::Device &who, std::int64_t after = 0) {
        auto work = commands.get(who, request(after, 0));
        return read(test::run(std::move(work)));
    }
};

/// Requests that wait, on one loop.
struct Waiters {
    boost::asio::io_context io;
    std::vector<http::Response> answers;

    /// So many are answered then.
    void begin(devices::Commands &commands, const store::Device &device, const http::Request &request,
               std::size_t answered) {
        boost::asio::co_spawn(io, commands.get(device, request),
                              [this](std::exception_ptr failed, http::Response answer) {
                                  REQUIRE_FALSE(failed);
                                  answers.push_back(std::move(answer));
                              });
        settle(answered);
    }
    /// Until so many are answered, and a little longer: the database has a thread of its own.
    void settle(std::size_t answered) {
        io.restart();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (answers.size() < answered && std::chrono::steady_clock::now() < end) {
            io.run_one_for(std::chrono::milliseconds(20));
        }
        for (int i = 0; i < 20; ++i) {
            io.run_one_for(std::chrono::milliseconds(20));
        }
    }
};

} // namespace

TEST_CASE_FIXTURE(CommandsFixture,
                  "registry: a command is signed for one device, which gets it in order and past its number no more") {
    order();
    order();
    const auto all = ask(device);
    REQUIRE(all.size() == 2);
    CHECK(all[0].device == device.id);
    CHECK(all[0].ordered_by == "bureau");
    CHECK(all[0].number < all[1].number);
    CHECK(ask(device, all[0].number).size() == 1);
    CHECK(ask(device, all[1].number).empty());
    CHECK(ask(other).empty());
}

TEST_CASE_FIXTURE(CommandsFixture, "registry: an expired command is given to nobody") {
    order(1'000);
    clock.advance(1'000);
    CHECK(ask(device).empty());
}

TEST_CASE_FIXTURE(CommandsFixture, "registry: a registry restored from an older copy gives no number again") {
    order();
    const auto before = ask(device)[0].number;
    store = registry::store::Store::open("sqlite3://" + (directory / "older.db").string()).value();
    device = admit(chain);
    clock.advance(1);
    devices::Commands restored(*store, *signer, clock);
    in_transaction([&](store::Session &session) {
        devices::Commands::Order order;
        order.valid_ms = 60'000;
        CHECK(restored.order(session, device, order)->number > before);
    });
}

TEST_CASE_FIXTURE(CommandsFixture,
                  "registry: who waits is answered when something is ordered, and only who it is for") {
    Waiters waiters;
    waiters.begin(commands, device, request(0, 60), 0);
    waiters.begin(commands, other, request(0, 60), 0);
    CHECK(waiters.answers.empty());
    order();
    commands.wake(device.id);
    waiters.settle(1);
    REQUIRE(waiters.answers.size() == 1);
    CHECK(read(waiters.answers[0]).size() == 1);
    commands.stop();
    waiters.settle(2);
    REQUIRE(waiters.answers.size() == 2);
    CHECK(read(waiters.answers[1]).empty());
}

TEST_CASE_FIXTURE(CommandsFixture,
                  "registry: a second request of a device ends the first; after the end nobody waits") {
    Waiters waiters;
    waiters.begin(commands, device, request(0, 60), 0);
    waiters.begin(commands, device, request(0, 60), 1);
    CHECK(waiters.answers.size() == 1);
    commands.stop();
    waiters.settle(2);
    waiters.begin(commands, device, request(0, 60), 3);
    CHECK(waiters.answers.size() == 3);
}

TEST_CASE_FIXTURE(CommandsFixture,
                  "registry: those who wait never take all connections: over a limit devices are answered at once") {
    devices::Commands few(*store, *signer, clock, 1);
    Waiters waiters;
    waiters.begin(few, device, request(0, 60), 0);
    CHECK(waiters.answers.empty());
    waiters.begin(few, other, request(0, 60), 1);
    CHECK(waiters.answers.size() == 1);
    waiters.begin(few, device, request(0, 60), 2); // in the place of its first one
    CHECK(waiters.answers.size() == 2);
    few.stop();
    waiters.settle(3);
    CHECK(waiters.answers.size() == 3);
}

TEST_CASE_FIXTURE(CommandsFixture, "registry: numbers that are none are refused") {
    http::Request request;
    request.query = {{"after", "-1"}};
    CHECK(test::run(commands.get(device, request)).status == 400);
    request.query = {{"wait", "long"}};
    CHECK(test::run(commands.get(device, request)).status == 400);
}

TEST_CASE_FIXTURE(CommandsFixture, "registry: what waits for one device has a limit") {
    for (int i = 0; i < 64; ++i) {
        order();
    }
    devices::Commands::Order one_more;
    one_more.valid_ms = 60'000;
    in_transaction([&](store::Session &session) {
        CHECK(commands.order(session, device, one_more).error().code == ErrorCode::conflict);
    });
}
