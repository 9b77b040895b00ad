#include "tests/flow/sync_faults/site.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/journal/reader.hpp"
#include "tests/support/filed_class.hpp"

namespace xueshi::test::sync_faults {

using namespace std::chrono_literals;

namespace {

constexpr auto kAfterFailure = 100ms; ///< a program that ended by itself is started again after this
constexpr auto kStartPatience = 30s;
constexpr std::size_t kAllEvents = 100'000, kMaxJournal = 256 << 20;

json::Object read_object(const std::filesystem::path &path) {
    const auto text = read_file(path, 1 << 20);
    const auto value = text ? json::parse(*text) : Expected<json::Value>(json::Object());
    return value && value->is_object() ? value->get_object() : json::Object();
}

std::vector<std::string> registryd(const Programs &programs, const std::filesystem::path &state) {
    return {programs.directory / "xueshi-registryd",
            "--state.directory",
            state,
            "--device.port",
            "0",
            "--bureau.port",
            "0",
            "--tls.names",
            "127.0.0.1",
            "--clock.source",
            "host",
            "--log.level",
            "warning"};
}

/// The last word of what it prints.
std::string registryctl(const Programs &programs, const std::filesystem::path &state,
                        std::vector<std::string> arguments) {
    const auto log = state.parent_path() / "registryctl.log";
    std::filesystem::remove(log);
    arguments.insert(arguments.begin(), {programs.directory / "xueshi-registryctl", "--state", state});
    Process process(arguments, log);
    const int code = process.wait();
    std::ifstream in(log);
    const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
    if (code != 0 || words.empty()) {
        throw std::runtime_error("registryctl failed: see " + log.string());
    }
    return words.back();
}

} // namespace

RegistryTemplate make_registry_template(const Programs &programs, const std::filesystem::path &directory) {
    std::filesystem::create_directories(directory);
    const auto state = directory / "registry";
    Process registry(registryd(programs, state), directory / "registry.log");
    const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
    while (!std::filesystem::exists(state / "endpoints.json")) {
        if (!registry.runs() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("the registry does not start: see " + (directory / "registry.log").string());
        }
        std::this_thread::sleep_for(10ms);
    }
    std::ofstream(directory / "plan.toml") << kPlan;
    std::ofstream(directory / "roster.csv") << kRoster;
    registryctl(programs, state, {"import", "--plan", directory / "plan.toml", "--roster", directory / "roster.csv"});
    RegistryTemplate out;
    out.directory = state;
    out.device_token = registryctl(programs, state, {"token", "--institution", "institution-1", "--room", "room-1"});
    registry.end(SIGTERM);
    return out;
}

Site::Site(const Programs &programs, const RegistryTemplate &registry, Options options)
    : programs_(programs), template_(registry), options_(std::move(options)) {
    std::filesystem::create_directories(options_.directory / "terminal");
    std::filesystem::copy(template_.directory, registry_directory(), std::filesystem::copy_options::recursive);
}

std::vector<std::string> Site::command(Program program) const {
    const auto terminal = options_.directory / "terminal";
    if (program == Program::registry) {
        std::vector<std::string> command{"/usr/bin/env", "LD_PRELOAD=" + programs_.full_disk.string(),
                                         "XUESHI_FULL_DISK=" + (options_.directory / "disk_is_full").string()};
        for (std::string &word : registryd(programs_, registry_directory())) {
            command.push_back(std::move(word));
        }
        return command;
    }
    if (program == Program::terminal) {
        std::vector<std::string> command{programs_.feeder, terminal,
                                         "--seed",         std::to_string(options_.seed),
                                         "--punches",      std::to_string(options_.punches)};
        if (options_.new_ids) {
            command.emplace_back("--new-ids");
        }
        return command;
    }
    return {programs_.directory / "xueshi-syncd",
            "--sync.directory",
            sync_directory(),
            "--terminal.directory",
            terminal,
            "--control.socket",
            terminal / "control.sock",
            "--registry.url",
            "https://127.0.0.1:" + std::to_string(sync_goes_to_),
            "--registry.ca_file",
            registry_directory() / "ca.pem",
            "--registry.token",
            template_.device_token,
            "--registry.timeout_s",
            "2",
            "--sync.poll_ms",
            "100",
            "--sync.roster_every_s",
            "1",
            "--sync.backoff_max_s",
            "1",
            "--clips.upload",
            "all",
            "--clock.source",
            "host",
            "--log.level",
            "warning"};
}

void Site::start(Program program) {
    constexpr std::array kLogs{"registry.log", "sync.log", "terminal.log"};
    if (program == Program::registry) {
        registry_port_.reset();
        std::filesystem::remove(registry_directory() / "endpoints.json");
    }
    of(program).process.emplace(command(program), options_.directory / kLogs[static_cast<std::size_t>(program)]);
}

bool Site::look_after() {
    const auto now = std::chrono::steady_clock::now();
    for (const Program program : kPrograms) {
        Running &running = of(program);
        if (running.process && !running.process->runs()) {
            running.process.reset();
            running.may_start = now + kAfterFailure;
        }
        if (!running.process && now >= running.may_start) {
            start(program);
        }
    }
    if (!registry_port_) {
        const auto endpoints = read_object(registry_directory() / "endpoints.json");
        if (const auto *port = endpoints.if_contains("device_port")) {
            registry_port_ = static_cast<std::uint16_t>(port->as_int64());
        }
    }
    return registry_port_.has_value();
}

void Site::kill(Program program, std::chrono::milliseconds until_restart) {
    of(program).process.reset(); // by SIGKILL
    of(program).may_start = std::chrono::steady_clock::now() + until_restart;
}

void Site::kill_all() {
    for (Running &running : programs_running_) {
        running.process.reset();
    }
}

void Site::fill_disk(bool full) const {
    const auto flag = options_.directory / "disk_is_full";
    if (full) {
        std::ofstream out(flag);
    } else {
        std::filesystem::remove(flag);
    }
}

bool Site::is_settled() const {
    const auto terminal = options_.directory / "terminal";
    if (!std::filesystem::exists(terminal / "fed")) {
        return false;
    }
    const auto text = read_file(sync_directory() / "acked.json", acked::kMaxBytes);
    const auto acked = text ? acked::read_acked(*text) : tl::unexpected<Error>(text.error());
    auto reader = journal::JournalReader::open(terminal / "journal.db");
    const auto events = reader ? reader->read(0, kAllEvents, kMaxJournal) : tl::unexpected<Error>(reader.error());
    if (!acked || !events || events->empty() || acked->seq != events->back().seq) {
        return false;
    }
    // Not the files: a terminal that is killed may leave one that no event names.
    const auto clips = std::ranges::count_if(*events, [](const record::StoredEvent &event) {
        return event.kind == to_string(record::EventKind::clip_saved);
    });
    return std::ssize(acked->media) == clips;
}

} // namespace xueshi::test::sync_faults
