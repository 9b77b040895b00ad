#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "firmware/core/journal/writer/writer.hpp"
#include "tests/flow/sync_faults/site.hpp"
#include "tests/support/control_stand_in.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::bench {

/// Seconds of processor time and peak resident memory of a program.
struct Use {
    double cpu_s = 0;
    std::int64_t peak_rss_kib = 0;
};
Use use_of(pid_t pid);

/// A claimed terminal with a real journal, the sync daemon and a registry, each of the latter a process.
class Delivery {
public:
    explicit Delivery(const test::sync_faults::Programs &programs);

    void append_punches(std::int64_t count);
    /// The file first, then its event; its bytes are random.
    void save_clip(std::int64_t bytes);

    std::uint16_t registry_port() const { return registry_port_; }
    /// The sync daemon goes to `port` (0: to the registry) until `done`, looked at every few milliseconds. Seconds
    /// since it was started. Throws after ten minutes.
    double sync_until(const std::function<bool()> &done, std::uint16_t port = 0);
    void stop_sync() { sync_.reset(); }
    Use use_of_sync() const { return use_of(sync_->pid()); }
    Use use_of_registry() const { return use_of(registry_->pid()); }

    bool all_acknowledged() const;
    bool clip_begun() const;
    bool clip_confirmed() const;
    std::vector<record::StoredEvent> events() const;
    identity::PublicKey device_key() const;
    const std::filesystem::path &directory() const { return directory_.path(); }

private:
    void append(record::EventKind kind, json::Object data);

    const test::sync_faults::Programs &programs_;
    test::TemporaryDirectory directory_;
    test::sync_faults::RegistryTemplate registry_state_;
    std::unique_ptr<identity::Signer> signer_;
    std::unique_ptr<journal::JournalWriter> writer_;
    std::optional<test::ControlStandIn> control_;
    std::optional<test::Process> registry_, sync_;
    std::uint16_t registry_port_ = 0;
    std::int64_t appended_ = 0;
    std::size_t clips_ = 0;
};

} // namespace xueshi::bench
