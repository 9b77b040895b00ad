#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/journal/reader.hpp"
#include "tests/daemon/syncd/terminal.hpp"
#include "tests/support/filed_class.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"

namespace xueshi::test {

inline const std::filesystem::path kPrograms = XUESHI_PROGRAMS;

/// The three programs' world: a registry, a terminal's stand-in and the real sync daemon between them.
struct World {
    TemporaryDirectory directory;
    TerminalStandIn terminal;
    std::optional<Process> registry, sync;
    std::int64_t device_port = free_port(), bureau_port = free_port(device_port); ///< kept when it is started again
    std::int64_t sync_port = 0; ///< where sync goes instead of device_port, when it is not 0
    std::string token;

    explicit World(identity::Suite suite = identity::Suite::p256_sha256) : terminal(suite) {
        start_registry();
        std::ofstream(directory / "plan.toml") << kPlan;
        std::ofstream(directory / "roster.csv") << kRoster;
        registryctl({"import", "--plan", directory / "plan.toml", "--roster", directory / "roster.csv"});
        token = registryctl({"token", "--institution", "institution-1", "--room", "room-1"});
    }

    void start_registry() {
        std::filesystem::remove(directory / "registry/endpoints.json");
        registry.emplace(std::vector<std::string>{kPrograms / "xueshi-registryd", "--state.directory",
                                                  directory / "registry", "--device.port", std::to_string(device_port),
                                                  "--bureau.port", std::to_string(bureau_port), "--tls.names",
                                                  "127.0.0.1", "--clock.source", "host"},
                         directory / "registry.log");
        REQUIRE(wait_for([&] { return read("registry/endpoints.json").contains("device_port"); }));
    }
    void start_sync(const std::filesystem::path &ca) {
        sync.emplace(
            std::vector<std::string>{kPrograms / "xueshi-syncd",
                                     "--sync.directory",
                                     directory / "sync",
                                     "--terminal.directory",
                                     terminal.journal.directory.path(),
                                     "--control.socket",
                                     terminal.socket,
                                     "--registry.url",
                                     "https://127.0.0.1:" + std::to_string(sync_port != 0 ? sync_port : device_port),
                                     "--registry.ca_file",
                                     ca,
                                     "--registry.token",
                                     token,
                                     "--sync.poll_ms",
                                     "100",
                                     "--sync.roster_every_s",
                                     "1",
                                     "--sync.backoff_max_s",
                                     "1",
                                     "--clips.upload",
                                     "all",
                                     "--clock.source",
                                     "host"},
            directory / "sync.log");
    }
    void start_sync() { start_sync(directory / "registry/ca.pem"); }

    /// The last word of what it prints.
    std::string registryctl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {kPrograms / "xueshi-registryctl", "--state", directory / "registry"});
        std::filesystem::remove(directory / "ctl.log");
        Process process(arguments, directory / "ctl.log");
        const int code = process.wait();
        std::ifstream in(directory / "ctl.log");
        std::string word, last;
        while (in >> word) {
            last = word;
        }
        REQUIRE_MESSAGE(code == 0, read_file(directory / "ctl.log", 10'000).value());
        return last;
    }

    json::Object read(const std::string &name) const {
        const auto text = read_file(directory / name, 1 << 20);
        const auto value = text ? json::parse(*text) : Expected<json::Value>(json::Object());
        return value && value->is_object() ? value->get_object() : json::Object();
    }
    template <typename Condition>
    static bool wait_for(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return condition();
    }
    bool acked(std::int64_t seq) const {
        return wait_for([&] {
            const auto out = read("sync/acked.json");
            return out.contains("seq") && out.at("seq") == seq;
        });
    }
    std::string upload_error() const {
        const auto status = read("sync/status.json");
        return status.contains("upload_error") ? std::string(status.at("upload_error").as_object().at("en").as_string())
                                               : std::string();
    }
    bool says(const std::string &word) const {
        return wait_for([&] { return upload_error().find(word) != std::string::npos; });
    }
    /// The registry's rows against the journal, one by one.
    void compare() const {
        auto reader = journal::JournalReader::open(terminal.journal.path).value();
        const auto events = reader.read(0, 100'000, 64 << 20).value();
        auto database = sqlite::Database::open(directory / "registry/registry.db", sqlite::Mode::read_only).value();
        auto rows = sqlite::Statement::prepare(database, "SELECT seq, id, body, hash FROM event ORDER BY seq").value();
        std::size_t count = 0;
        for (; rows.step().value(); ++count) {
            REQUIRE(count < events.size());
            CHECK(rows.integer(0) == events[count].seq);
            CHECK(rows.text(1) == events[count].id.str());
            CHECK(rows.text(2) == events[count].body);
            CHECK(rows.text(3) == hex(events[count].hash));
        }
        CHECK(count == events.size());
    }
};

} // namespace xueshi::test
