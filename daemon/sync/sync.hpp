#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>

#include <boost/asio/io_context.hpp>

#include "daemon/sync/backoff.hpp"
#include "daemon/sync/change_gate.hpp"
#include "daemon/sync/circuit.hpp"
#include "daemon/sync/claimer.hpp"
#include "daemon/sync/journal_source.hpp"
#include "daemon/sync/journal_watch.hpp"
#include "daemon/sync/link_policy.hpp"
#include "daemon/sync/metrics.hpp"
#include "daemon/sync/network_watch.hpp"
#include "daemon/sync/pause.hpp"
#include "daemon/sync/status.hpp"
#include "daemon/upstream/archive/archive.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/clips/clip_policy.hpp"

namespace xueshi::sync {

/// The daemon's work: claim once, then deliver events and fetch the roster until the loop ends. Everything it learned
/// is durable at each step, so it may be killed at any moment.
class Sync {
public:
    struct Options {
        std::filesystem::path directory; ///< of sync
        std::filesystem::path journal;   ///< terminal/journal.db
        std::filesystem::path media;     ///< terminal/media
        clips::ClipPolicy clips;
        LinkPolicy link;
        /// The institution's archive of lesson videos; null: it has none.
        std::function<Expected<std::unique_ptr<upstream::Archive>>()> archive;
        Claimer::Options claim;
        std::chrono::milliseconds poll{1'000}; ///< the journal is looked at this often, and when it changes
        std::chrono::milliseconds roster_every{60'000};
        std::chrono::milliseconds nonce_every{60'000};
        std::chrono::milliseconds renew_before{std::chrono::hours(30 * 24)}; ///< the certificate's end
        std::chrono::milliseconds certificate_every{std::chrono::hours(1)};  ///< it is looked at so often
        std::chrono::seconds command_wait{30};                               ///< the registry may let a request wait
        std::chrono::milliseconds command_pause{1'000};                      ///< between two, whatever it answers
        std::int64_t max_send_bytes_per_s = 0;      ///< as the connection was made with; 0: no limit
        std::chrono::milliseconds exchange{30'000}; ///< likewise: a batch and its answer take no longer
        std::uint16_t metrics_port = 0;             ///< on 127.0.0.1; 0: nobody is told
        MakePause pauses;                           ///< null: by the kernel's time
        std::chrono::milliseconds first_backoff{1'000};
        std::chrono::milliseconds longest_backoff{300'000};
    };
    /// `io`, `clock` and `terminal` outlive it. Error: the sync directory cannot be used.
    static Expected<std::unique_ptr<Sync>> open(boost::asio::io_context &io, const Clock &clock, Terminal &terminal,
                                                Connect connect, Options options);
    ~Sync();

    /// Spawns the work on the loop. `on_failure`: the program cannot go on.
    void start(std::function<void(const Error &)> on_failure);

private:
    static constexpr std::chrono::milliseconds kMorePause{100};    ///< a look whether what goes before is through
    static constexpr std::chrono::milliseconds kLocalRetry{1'000}; ///< what hinders on the device itself is looked at

    struct Line;
    Sync(boost::asio::io_context &io, const Clock &clock, Terminal &terminal, Connect connect, Options options,
         State state);
    void spawn(boost::asio::awaitable<void> work);
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> claim();
    Expected<void> connect_line();
    boost::asio::awaitable<void> deliver();
    boost::asio::awaitable<void> deliver_clips();
    boost::asio::awaitable<void> fetch_rosters();
    boost::asio::awaitable<void> report_rejections();
    boost::asio::awaitable<void> carry_nonces();
    boost::asio::awaitable<void> keep_certificate();
    boost::asio::awaitable<void> follow_commands();
    boost::asio::awaitable<void> archive_films();
    boost::asio::awaitable<void> watch_films_link();
    void look_at_films_link();
    void apply_policy(const record::SetPolicy &policy);
    Expected<void> rotate_certificate();
    bool certificate_ends_soon() const;
    boost::asio::awaitable<void> keep_status();
    boost::asio::awaitable<void> take_answers();
    void wake_resting();
    boost::asio::awaitable<void> sleep(std::chrono::milliseconds time);
    /// After a failure: less when the network changed meanwhile.
    boost::asio::awaitable<void> rest(std::chrono::milliseconds time);
    void network_changed();
    void limit_sending();
    void refresh_counts();
    void count_clips();
    std::int64_t wall_ms() const { return clock_.now().wall_ms; }
    std::int64_t boot_ms() const { return clock_.now().boot_ms; }
    Backoff backoff() const;
    /// How long to wait after a failure, which is logged.
    std::chrono::milliseconds waiting_time(const std::string &event, const Failure &failure, Backoff &backoff);

    boost::asio::io_context &io_;
    const Clock &clock_;
    Terminal &terminal_;
    Connect connect_;
    Options options_;
    State state_;
    StatusFile status_;
    std::map<std::string, std::int64_t> failures_; ///< by what was tried
    std::unique_ptr<MetricsServer> metrics_;
    JournalSource source_;
    JournalWatch watch_;
    std::unique_ptr<Pause> certificate_pause_; ///< woken when somebody orders a new one
    Circuits circuits_;                        ///< of the registry
    std::set<Pause *> resting_;                ///< woken when the network changes
    ChangeGate network_changes_;
    NetworkWatch network_;                  // after it
    bool film_on_its_way_ = false;          ///< then the cap is shared
    std::atomic<bool> films_stop_ = false;  ///< read by the archive's threads too
    std::int64_t max_send_bytes_per_s_ = 0; ///< as configured, or as the registry ordered instead
    LinkPolicy link_;                       ///< as configured, or as the registry ordered instead
    std::unique_ptr<Line> line_;            ///< after the claim
    bool events_wait_ = true;               ///< clips come after events
    std::map<std::string, std::string> last_logged_;
    std::string described_; ///< to systemd
    std::function<void(const Error &)> on_failure_;
};

} // namespace xueshi::sync
