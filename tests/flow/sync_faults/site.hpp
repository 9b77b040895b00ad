#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace xueshi::test::sync_faults {

/// The programs that schedules run.
struct Programs {
    std::filesystem::path directory;         ///< of syncd, registryd and registryctl
    std::filesystem::path feeder, full_disk; ///< punch_feeder; the library that fills the registry's disk
};

/// A registry's state directory with one class filed, to be copied for each schedule: its CA is made once.
struct RegistryTemplate {
    std::filesystem::path directory;
    std::string device_token; ///< good once in each copy
};
/// Throws when the registry's programs do not do what they should.
RegistryTemplate make_registry_template(const Programs &programs, const std::filesystem::path &directory);

enum class Program : std::size_t { registry, sync, terminal };
inline constexpr std::array kPrograms{Program::registry, Program::sync, Program::terminal};

/// One device and its registry, each program a process that is started again when it ended. One thread's.
class Site {
public:
    struct Options {
        std::filesystem::path directory; ///< made; gets terminal/, sync/, registry/ and the programs' logs
        std::uint64_t seed = 1;          ///< of the punches
        std::int64_t punches = 100;
        bool new_ids = false; ///< negative control
    };
    Site(const Programs &programs, const RegistryTemplate &registry, Options options);

    void set_sync_goes_to(std::uint16_t port) { sync_goes_to_ = port; }
    /// Starts what does not run and may. True: the registry listens; its port is known then.
    bool look_after();
    std::optional<std::uint16_t> registry_port() const { return registry_port_; }
    void kill(Program program, std::chrono::milliseconds until_restart);
    void kill_all();

    void fill_disk(bool full) const;
    bool is_claimed() const { return std::filesystem::exists(sync_directory() / "client.crt"); }
    /// All punches are fed, acknowledged and confirmed with their clips.
    bool is_settled() const;

    std::filesystem::path registry_directory() const { return options_.directory / "registry"; }
    std::filesystem::path sync_directory() const { return options_.directory / "sync"; }

private:
    struct Running {
        std::optional<Process> process;
        std::chrono::steady_clock::time_point may_start;
    };
    Running &of(Program program) { return programs_running_[static_cast<std::size_t>(program)]; }
    void start(Program program);
    std::vector<std::string> command(Program program) const;

    const Programs &programs_;
    const RegistryTemplate &template_;
    Options options_;
    std::array<Running, kPrograms.size()> programs_running_;
    std::optional<std::uint16_t> registry_port_;
    std::uint16_t sync_goes_to_ = 0;
};

} // namespace xueshi::test::sync_faults
