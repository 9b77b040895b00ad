#include "tests/flow/sync_faults/site.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/reader.hpp"
#include "tests/support/filed_class.hpp"
#include "tests/support/sync_programs.hpp"

namespace xueshi::test::sync_faults {

using namespace std::chrono_literals;

namespace {

constexpr auto kAfterFailure = 100ms; ///< a program that ended by itself is started again after this
constexpr auto kStartPatience = 30s;
constexpr std::size_t kAllEvents = 100'000, kMaxJournal = 256 << 20;

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
    Process registry(registryd_command(programs.directory, state), directory / "registry.log");
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
        for (std::string &word : registryd_command(programs_.directory, registry_directory())) {
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
    const SyncdPlaces places{options_.directory, registry_directory(), sync_goes_to_, template_.device_token};
    auto command = syncd_command(programs_.directory, places);
    for (const char *word : {"--registry.timeout_s", "2", "--sync.poll_ms", "100", "--sync.roster_every_s", "1",
                             "--sync.backoff_max_s", "1"}) {
        command.emplace_back(word);
    }
    return command;
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
        registry_port_ = device_port_of(registry_directory());
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
