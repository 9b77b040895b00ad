#include <algorithm>

#include <doctest/doctest.h>

#include "tests/daemon/syncd/world.hpp"

using namespace xueshi;
using namespace std::chrono_literals;
using test::World;

TEST_CASE("F16: a registry killed and started again while events come in ends with each of them once") {
    World world;
    world.start_sync();
    REQUIRE(World::wait_for([&] { return world.read("sync/roster.json").contains("payload"); }));
    world.terminal.journal.append(30);
    REQUIRE(world.acked(30));
    world.registry->end(SIGKILL);
    world.terminal.journal.append(40);
    CHECK(world.says("cannot be reached"));
    world.start_registry();
    CHECK(world.acked(70));
    world.compare();
    CHECK(world.sync->end(SIGTERM) == 0);
}

TEST_CASE("suite: a terminal that signs with SM2 claims, delivers and is acknowledged") {
    World world(identity::Suite::sm2_sm3);
    world.start_sync();
    world.terminal.journal.append(30);
    CHECK(world.acked(30));
    world.compare();
    auto database = sqlite::Database::open(world.directory / "registry/registry.db", sqlite::Mode::read_only).value();
    auto suite = sqlite::Statement::prepare(database, "SELECT suite FROM device").value();
    REQUIRE(suite.step().value());
    CHECK(suite.integer(0) == 2);
}

TEST_CASE("F13: a sync daemon killed at any moment goes on where the receipts say") {
    World world;
    for (int life = 0; life < 12; ++life) {
        world.start_sync();
        world.terminal.journal.append(10);
        std::this_thread::sleep_for(std::chrono::milliseconds(30 * life)); // another moment each time
        world.sync->end(SIGKILL);
    }
    world.start_sync();
    CHECK(world.acked(120));
    world.compare();
}

TEST_CASE("F19: with another CA at hand nothing is claimed, and the status says why") {
    World world, other;
    world.start_sync(other.directory / "registry/ca.pem");
    CHECK(world.says("cannot be trusted"));
    CHECK_FALSE(std::filesystem::exists(world.directory / "sync/client.crt"));
}

TEST_CASE("F20: a revoked device is told so; its records stay") {
    World world;
    world.start_sync();
    world.terminal.journal.append(1);
    REQUIRE(world.acked(1));
    world.registryctl({"revoke", world.terminal.journal.writer->description().device.str()});
    world.terminal.journal.append(1);
    CHECK(world.says("refuses this device"));
    // The waiting request may be refused before the record is even looked at.
    CHECK(World::wait_for([&] { return world.read("sync/status.json").at("queue") == 1; }));
    CHECK(world.terminal.journal.writer->head()->seq == 2);
}

TEST_CASE("syncd: without a token the code is shown, and an operator's approval lets the device in") {
    World world;
    world.token.clear();
    world.start_sync();
    REQUIRE(World::wait_for([&] {
        return world.read("sync/status.json")["claim_code"].is_string() &&
               !world.read("sync/status.json")["claim_code"].as_string().empty();
    }));
    const std::string code(world.read("sync/status.json").at("claim_code").as_string());
    world.registryctl({"approve", code, "--institution", "institution-1", "--room", "room-1"});
    world.terminal.journal.append(2);
    CHECK(world.acked(2));
}

TEST_CASE("syncd: a certificate that is renewed is used at once; the old one is refused from then on") {
    World world;
    world.start_sync();
    world.terminal.journal.append(1);
    REQUIRE(world.acked(1));
    world.sync->end(SIGKILL);
    const auto certificate = world.directory / "sync/client.crt";
    const auto old = read_file(certificate, 1 << 20).value();
    const auto old_key = read_file(world.directory / "sync/client.key", 1 << 20).value();
    std::filesystem::remove(world.directory / "sync/client.csr"); // as a life leaves it that began a renewal
    REQUIRE(write_file_durably(world.directory / "sync/renewal", ""));
    world.start_sync();
    CHECK(World::wait_for([&] { return read_file(certificate, 1 << 20).value_or(old) != old; }));
    world.terminal.journal.append(1);
    CHECK(world.acked(2));
    CHECK(World::wait_for([&] { return world.upload_error().empty(); }));
    // A key that was copied is worth nothing from then on.
    CHECK(read_file(world.directory / "sync/client.key", 1 << 20).value() != old_key);
    CHECK_FALSE(std::filesystem::exists(world.directory / "sync/client.next.key"));
}

TEST_CASE(
    "commands: an order at the registry reaches the terminal while its request waits there, and is not given again") {
    World world;
    world.start_sync();
    REQUIRE(World::wait_for([&] {
        return world.read("sync/status.json").contains("phase") &&
               world.read("sync/status.json").at("phase") == "delivering";
    }));
    const auto device = std::string(world.read("sync/status.json").at("device").as_string());
    world.registryctl({"command", device, "take_picture"});
    const auto commands = [&] { return std::ranges::count(world.terminal.verbs(), "command"); };
    CHECK(World::wait_for([&] { return commands() == 1; }));
    const auto is_noted = [&] { // killed before, the daemon would rightly be given it again
        auto database = sqlite::Database::open(world.directory / "sync/sync.db", sqlite::Mode::read_only).value();
        auto cursor = sqlite::Statement::prepare(database, "SELECT count(*) FROM command_cursor").value();
        return cursor.step().value() && cursor.integer(0) > 0;
    };
    REQUIRE(World::wait_for(is_noted));
    world.sync->end(SIGKILL);
    world.start_sync();
    world.registryctl({"command", device, "rotate_certificate"});
    CHECK(World::wait_for([&] { return commands() == 2; }));
    CHECK(world.registryctl({"commands", device}) == "waiting"); // the stand-in tells no result
}
