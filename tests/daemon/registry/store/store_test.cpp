#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/events.hpp"
#include "daemon/registry/store/migrations.hpp"
#include "daemon/registry/store/tokens.hpp"
#include "tests/support/registry.hpp"
#include "tests/support/schema_objects.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

TEST_CASE("store: schema.sql is what the migrations make") {
    test::check_schema("daemon/registry/store/schema.sql", store::migrations());
}

TEST_CASE("store: a chain that followed none before the succession table quarantines its device, with a decision") {
    test::TemporaryDirectory directory;
    const auto file = directory / "registry.db";
    {
        auto old = sqlite::Database::open(file, sqlite::Mode::read_write_create).value();
        const std::string first(store::migrations().front());
        REQUIRE(old.execute(first + R"(
            CREATE TABLE schema_version (version BIGINT NOT NULL);
            INSERT INTO schema_version (version) VALUES (1);
            INSERT INTO chain VALUES ('i-1', 'd-1', 'c-1', 1, '', 1, '', 5, 5);
            INSERT INTO chain VALUES ('i-1', 'd-1', 'c-2', 1, '', 1, 'unrelated', 7, 9);
            INSERT INTO chain VALUES ('i-1', 'd-1', 'c-3', 1, '', 1, 'unrelated', 8, 9);
            INSERT INTO chain VALUES ('i-1', 'd-2', 'c-1', 1, '', 1, '', 5, 5);
            INSERT INTO chain VALUES ('i-1', 'd-3', 'c-1', 1, '', 1, 'unrelated', 6, 6);
            INSERT INTO device VALUES ('i-1', 'd-1', 'r-1', 'claimed', '', 1, '', '', '', '', 1);
            INSERT INTO device VALUES ('i-1', 'd-2', 'r-1', 'claimed', '', 1, '', '', '', '', 1);
            INSERT INTO device VALUES ('i-1', 'd-3', 'r-1', 'revoked', '', 1, '', '', '', '', 1);
        )"));
    }
    const auto opened = store::Store::open("sqlite3://" + file.string()).value();
    const std::function<Expected<int>(store::Session &)> work = [](store::Session &session) -> Expected<int> {
        const InstitutionId institution("i-1");
        const auto decisions = store::decisions_of(session, institution, DeviceId("d-1"));
        CHECK(store::find_device(session, DeviceId("d-1"))->state == store::DeviceState::quarantined);
        REQUIRE(decisions.size() == 1);
        CHECK(decisions.front().decision == "quarantined");
        CHECK(decisions.front().reason.starts_with("unrelated_chain: "));
        CHECK(decisions.front().decided_ms == 7);
        CHECK(decisions.front().by == "registry");
        CHECK(store::find_device(session, DeviceId("d-2"))->state == store::DeviceState::claimed);
        CHECK(store::find_device(session, DeviceId("d-3"))->state == store::DeviceState::revoked);
        CHECK(store::decisions_of(session, institution, DeviceId("d-2")).empty());
        CHECK(store::decisions_of(session, institution, DeviceId("d-3")).empty());
        const auto released = *store::find_device(session, DeviceId("d-1"));
        CHECK(store::release_device(session, released, "test", "operator", 10));
        CHECK(store::decisions_of(session, institution, DeviceId("d-1")).size() == 2);
        return 0;
    };
    CHECK(opened->transact<int>(work));
}

TEST_CASE("registry store: a filed class is read back as it was filed") {
    test::RegistryFixture registry;
    const auto filed = test::make_classroom()->classes.front();
    registry.in_transaction([&](store::Session &session) {
        const auto found = store::find_class(session, filed.institution, filed.id);
        REQUIRE(found);
        CHECK(*found == filed);
        CHECK(!store::find_class(session, InstitutionId("other"), filed.id));
        CHECK(store::classes_in_room(session, filed.institution, RoomId("r-1")) == std::vector{filed.id});
        CHECK(store::classes_in_room(session, filed.institution, RoomId("r-2")).empty());
        CHECK(store::classes_of_person(session, filed.institution, PersonId("p-2")) == std::vector{filed.id});
    });
}

TEST_CASE("F23: names with rare characters are stored exactly") {
    test::RegistryFixture registry;
    auto training_class = test::make_classroom()->classes.front();
    training_class.id = ClassId("c-names");
    training_class.trainees = {{PersonId("n-1"), "01", "𠮷田·买买提"},
                               {PersonId("n-2"), "02", "王"},
                               {PersonId("n-3"), "03", "'; DROP TABLE person; --"}};
    registry.add_class(training_class, "学校");
    registry.in_transaction([&](store::Session &session) {
        CHECK(store::find_class(session, training_class.institution, training_class.id)->trainees ==
              training_class.trainees);
    });
}

TEST_CASE("registry store: an error rolls the whole transaction back") {
    test::RegistryFixture registry;
    const std::function<Expected<int>(store::Session &)> work = [](store::Session &session) -> Expected<int> {
        store::save_institution(session, {InstitutionId("i-2"), "x", "220100"});
        return fail(ErrorCode::conflict, "no");
    };
    CHECK(registry.store->transact<int>(work).error().code == ErrorCode::conflict);
    const std::function<Expected<int>(store::Session &)> throwing = [](store::Session &session) -> Expected<int> {
        store::save_institution(session, {InstitutionId("i-2"), "x", "220100"});
        throw std::runtime_error("no");
    };
    CHECK(registry.store->transact<int>(throwing).error().code == ErrorCode::io);
    registry.in_transaction([](store::Session &session) { CHECK(store::institutions(session).size() == 1); });
}

TEST_CASE("registry store: what was committed is there when the database is opened again, readable by its user only") {
    test::TemporaryDirectory directory;
    const std::string file = (directory / "r.db").string();
    const std::function<Expected<int>(store::Session &)> write = [](store::Session &session) -> Expected<int> {
        store::save_institution(session, {InstitutionId("i-1"), "学校", "220100"});
        return 0;
    };
    REQUIRE(store::Store::open("sqlite3://" + file).value()->transact<int>(write));
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    const auto again = store::Store::open("sqlite3://" + file);
    REQUIRE(again);
    const std::function<Expected<std::string>(store::Session &)> read =
        [](store::Session &session) -> Expected<std::string> {
        return store::find_institution(session, InstitutionId("i-1")).value().name;
    };
    CHECK((*again)->transact<std::string>(read).value() == "学校");
    CHECK(store::Store::open("mysql://x").error().code == ErrorCode::unsupported);
}

TEST_CASE("registry store: a file that is no database is an error, not an empty registry") {
    test::TemporaryDirectory directory;
    const auto file = directory / "r.db";
    {
        std::FILE *out = std::fopen(file.c_str(), "w");
        std::fputs(std::string(4096, 'x').c_str(), out);
        std::fclose(out);
    }
    CHECK(!store::Store::open("sqlite3://" + file.string()));
}

TEST_CASE("registry store: ingest positions follow each other without a hole, also from many threads") {
    test::RegistryFixture registry;
    std::mutex mutex;
    std::vector<std::int64_t> firsts;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10; ++n) {
                registry.in_transaction([&](store::Session &session) {
                    const auto first = store::take_positions(session, InstitutionId("i-1"), 3);
                    const std::lock_guard lock(mutex);
                    firsts.push_back(first);
                });
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    for (std::size_t i = 0; i < firsts.size(); ++i) {
        CHECK(firsts[i] == static_cast<std::int64_t>(i) * 3 + 1);
    }
}

TEST_CASE("registry store: events, chains, tokens and alarms are read back as they were written") {
    test::RegistryFixture registry;
    test::EventChain chain;
    chain.append();
    store::Event event;
    event.institution = InstitutionId("i-1");
    event.device = chain.device();
    event.chain = chain.chain();
    event.event = chain.events().front();
    event.position = 1;
    event.received_ms = 5;
    event.flags = "unknown_kind";
    event.person = PersonId("p-1");
    event.room = RoomId("r-1");
    store::Chain head;
    head.institution = event.institution;
    head.device = event.device;
    head.id = event.chain;
    head.head_seq = 1;
    head.head_hash = event.event.hash;
    head.count = 1;
    registry.in_transaction([&](store::Session &session) {
        store::add_events(session, {event});
        store::save_chain(session, head);
        store::save_chain(session, head);
        store::BureauToken token;
        token.hash = "ab";
        token.name = "局";
        token.scopes = "read";
        store::add_bureau_token(session, token);
        store::Alarm alarm;
        alarm.institution = event.institution;
        alarm.kind = "conflict";
        store::raise_alarm(session, alarm);
    });
    registry.in_transaction([&](store::Session &session) {
        const auto found = store::find_event(session, event.institution, event.device, event.event.id);
        REQUIRE(found);
        CHECK(found->event.body == event.event.body);
        CHECK(found->event.hash == event.event.hash);
        CHECK(found->event.signature == event.event.signature);
        CHECK(found->position == 1);
        CHECK(found->person == event.person);
        CHECK(store::find_chain(session, event.institution, event.device, event.chain)->head_hash == head.head_hash);
        CHECK(store::bureau_tokens(session).front().name == "局");
        CHECK(store::alarms_of(session, event.institution).size() == 1);
        CHECK(store::events_after(session, event.institution, event.event.kind, 0, 10).size() == 1);
        CHECK(store::events_after(session, event.institution, event.event.kind, 1, 10).empty());
    });
}
