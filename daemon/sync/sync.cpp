#include "daemon/sync/sync.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/clip_uplink.hpp"
#include "daemon/sync/downlink.hpp"
#include "daemon/sync/uplink.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/identity/tls_identity.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr auto kApprovalPoll = 3s; ///< an operator stands before the screen
constexpr auto kStatusTick = 500ms;
constexpr auto kClipPause = 100ms;                    ///< a look whether the events are through
constexpr std::chrono::milliseconds kLocalRetry = 1s; ///< what hinders on the device itself is looked at this often

const Words kNoRenewal{"无法更换本机证书", "the device's certificate cannot be renewed"};
const Words kNoLine{"无法使用登记平台给出的证书或公钥", "the registry's certificate or key cannot be used"};
} // namespace

/// The ways of the claimed device.
struct Sync::Line {
    identity::PublicKey registry_key;
    std::unique_ptr<upstream::Upstream> upstream;
    Uplink uplink;
    ClipUplink clips;
    Downlink downlink;

    Line(identity::PublicKey key, std::unique_ptr<upstream::Upstream> up, Sync &sync)
        : registry_key(std::move(key)), upstream(std::move(up)),
          uplink(*upstream, sync.source_, sync.state_, sync.terminal_, registry_key,
                 [&sync] { return sync.wall_ms(); }),
          clips(
              *upstream, sync.source_, sync.state_, [&sync] { return sync.wall_ms(); },
              ClipUplink::Options{sync.options_.media, sync.options_.clips}),
          downlink(*upstream, sync.state_, registry_key) {}
};

Sync::Sync(asio::io_context &io, const Clock &clock, Terminal &terminal, Connect connect, Options options, State state)
    : io_(io), clock_(clock), terminal_(terminal), connect_(std::move(connect)), options_(std::move(options)),
      state_(std::move(state)), status_(state_.status_file()), source_(options_.journal), watch_(io, options_.journal) {
}
Sync::~Sync() = default;

Expected<std::unique_ptr<Sync>> Sync::open(asio::io_context &io, const Clock &clock, Terminal &terminal,
                                           Connect connect, Options options) {
    auto state = State::open(options.directory);
    if (!state) {
        return tl::unexpected<Error>(state.error());
    }
    std::unique_ptr<Sync> sync(
        new Sync(io, clock, terminal, std::move(connect), std::move(options), std::move(*state)));
    if (sync->options_.metrics_port != 0) {
        auto metrics = MetricsServer::listen(io, sync->options_.metrics_port, [self = sync.get()] {
            return write_metrics(self->status_.now, self->failures_, self->wall_ms());
        });
        if (!metrics) {
            return tl::unexpected<Error>(metrics.error());
        }
        sync->metrics_ = std::move(*metrics);
    }
    return sync;
}

void Sync::start(std::function<void(const Error &)> on_failure) {
    on_failure_ = std::move(on_failure);
    spawn(keep_status());
    spawn(run());
}

void Sync::spawn(asio::awaitable<void> work) {
    asio::co_spawn(io_, std::move(work), [this](const std::exception_ptr &failed) {
        try {
            if (failed) {
                std::rethrow_exception(failed);
            }
        } catch (const std::exception &exception) { // out of memory and the like: systemd starts it again
            on_failure_(Error{ErrorCode::io, exception.what()});
        }
    });
}

asio::awaitable<void> Sync::run() {
    co_await claim();
    auto wait = backoff();
    for (auto line = connect_line(); !line; line = connect_line()) {
        const Failure failure = hindered(line.error(), kNoLine).value();
        status_.now.upload_error = failure.words;
        co_await sleep(waiting_time("registry_not_usable", failure, wait));
    }
    status_.now.phase = Phase::delivering;
    status_.now.device = state_.claim()->device;
    status_.now.upload_error.reset();
    spawn(fetch_rosters());
    spawn(deliver_clips());
    spawn(report_rejections());
    spawn(carry_nonces());
    spawn(keep_certificate());
    co_await deliver();
}

asio::awaitable<void> Sync::claim() {
    Claimer claimer(state_, terminal_, connect_, options_.claim);
    auto wait = backoff();
    while (!state_.claim()) {
        const auto code = co_await claimer.step(wall_ms());
        if (code) {
            wait.reset();
            status_.now.claim_code = *code;
            status_.now.phase = code->empty() ? Phase::claiming : Phase::waiting_approval;
            status_.now.upload_error.reset();
            if (!code->empty()) {
                co_await sleep(kApprovalPoll);
            }
            continue;
        }
        status_.now.upload_error = code.error().words;
        co_await sleep(waiting_time("claim_failed", code.error(), wait));
    }
}

Expected<void> Sync::connect_line() {
    auto key = identity::PublicKey::from_pem(state_.claim()->registry_key_pem);
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    const Trust trust{state_.claim()->ca_pem, state_.client_certificate(), state_.client_key()};
    auto upstream = connect_(trust);
    if (!upstream) {
        return tl::unexpected<Error>(upstream.error());
    }
    line_ = std::make_unique<Line>(std::move(*key), std::move(*upstream), *this);
    return {};
}

asio::awaitable<void> Sync::deliver() {
    auto wait = backoff();
    for (;;) {
        const auto step = co_await line_->uplink.step();
        refresh_counts();
        if (!step) {
            events_wait_ = true;
            status_.now.upload_error = step.error().words;
            co_await sleep(waiting_time("delivery_failed", step.error(), wait));
            continue;
        }
        wait.reset();
        status_.now.upload_error.reset();
        events_wait_ = *step != Uplink::Step::idle;
        if (!events_wait_) {
            co_await watch_.wait(options_.poll);
        }
    }
}

/// A chunk at a time, and none while events wait.
asio::awaitable<void> Sync::deliver_clips() {
    auto wait = backoff();
    for (;;) {
        if (events_wait_) {
            co_await sleep(kClipPause);
            continue;
        }
        status_.now.clips_paused = clips_pause_because(options_.link, clock_.now(), default_interface());
        if (!status_.now.clips_paused.empty()) {
            co_await sleep(kLocalRetry);
            continue;
        }
        const auto step = co_await line_->clips.step();
        status_.now.clips = line_->clips.waiting();
        status_.now.clips_withheld = line_->clips.withheld();
        if (!step) {
            status_.now.clip_error = step.error().words;
            co_await sleep(waiting_time("clip_not_delivered_yet", step.error(), wait));
            continue;
        }
        wait.reset();
        status_.now.clip_error.reset();
        if (*step == ClipUplink::Step::idle) {
            co_await sleep(options_.poll);
        }
    }
}

asio::awaitable<void> Sync::fetch_rosters() {
    auto wait = backoff();
    for (;;) {
        const auto replaced = co_await line_->downlink.step();
        auto time = options_.roster_every;
        if (replaced) {
            wait.reset();
            status_.now.roster_error.reset();
            status_.now.last_roster_ms = wall_ms();
        } else {
            status_.now.roster_error = replaced.error().words;
            time = waiting_time("roster_not_fetched", replaced.error(), wait);
        }
        co_await sleep(time);
    }
}

/// Beside the delivery: a terminald that hangs must not hold it up.
asio::awaitable<void> Sync::report_rejections() {
    for (;;) {
        co_await line_->uplink.report_rejections();
        co_await sleep(kLocalRetry);
    }
}

/// The registry's newest signed time into the chain, at most one a minute. One that terminald does not get now is
/// replaced by the next: an older one would say less.
asio::awaitable<void> Sync::carry_nonces() {
    for (;;) {
        auto pause = kLocalRetry;
        const auto document = line_->upstream->take_nonce();
        const auto nonce = document ? identity::open_nonce(line_->registry_key, *document)
                                    : Expected<identity::Nonce>(fail(ErrorCode::not_found, "none came"));
        if (nonce && nonce->device == state_.claim()->device) {
            auto arguments = identity::nonce_data(*document);
            const auto taken = co_await terminal_.call("nonce", std::move(arguments));
            pause = taken ? options_.nonce_every : pause;
        }
        co_await sleep(std::min(pause, options_.nonce_every));
    }
}

bool Sync::certificate_ends_soon() const {
    const auto now = clock_.now();
    const auto ends_ms = identity::certificate_ends_ms(state_.claim()->certificate_pem);
    // A clock that may show anything must not make a device ask again and again.
    return ends_ms && now.quality != ClockQuality::unset && *ends_ms - now.wall_ms < options_.renew_before.count();
}

/// Renews the certificate before its end. The registry refuses the old one as soon as it has made the new one: a
/// renewal whose answer was lost goes on, in the next life too.
asio::awaitable<void> Sync::keep_certificate() {
    Claimer claimer(state_, terminal_, connect_, options_.claim);
    auto wait = backoff();
    for (;;) {
        if (!state_.renewal_begun() && !certificate_ends_soon()) {
            co_await sleep(options_.certificate_every);
            continue;
        }
        if (const auto begun = state_.begin_renewal(); !begun) {
            const Failure failure = hindered(begun.error(), kNoRenewal).value();
            co_await sleep(waiting_time("certificate_not_renewed", failure, wait));
            continue;
        }
        const auto code = co_await claimer.step(wall_ms());
        if (code && code->empty()) {
            wait.reset();
            line_->upstream->credentials_changed();
            log::info("certificate_renewed");
        }
        auto pause = options_.certificate_every; // a registry that gives short ones is not asked without end
        if (!code) {
            pause = waiting_time("certificate_not_renewed", code.error(), wait);
        } else if (!code->empty()) {
            pause = kApprovalPoll;
        }
        co_await sleep(pause);
    }
}

/// What others see is at most a tick old, and a busy uplink does not write the file a hundred times a second.
asio::awaitable<void> Sync::keep_status() {
    for (;;) {
        status_.write_if_due(wall_ms());
        co_await sleep(kStatusTick);
    }
}

void Sync::refresh_counts() {
    status_.now.queue = line_->uplink.queue();
    status_.now.oldest_unsent_ms = line_->uplink.oldest_unsent_ms();
    status_.now.former_waiting = line_->uplink.former_waiting();
    status_.now.acked = line_->uplink.acked();
    status_.now.quarantined = state_.quarantined().value_or(status_.now.quarantined);
    status_.now.last_receipt_ms = state_.last_receipt_ms().value_or(status_.now.last_receipt_ms);
}

asio::awaitable<void> Sync::sleep(std::chrono::milliseconds time) {
    asio::steady_timer timer(io_, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

std::chrono::milliseconds Sync::waiting_time(const std::string &event, const Failure &failure, Backoff &backoff) {
    ++failures_[event];
    const auto time = failure.local ? kLocalRetry : backoff.next(failure.retry_after_s);
    std::string &last = last_logged_[event];
    if (!failure.local || last != failure.error.message) { // what is waited for each second is said once
        log::warning(event, {{"status", failure.status},
                             {"code", to_string(failure.error.code)},
                             {"wait_ms", time.count()},
                             log::Field(failure.error)});
        last = failure.error.message;
    }
    return time;
}

Backoff Sync::backoff() const {
    return {options_.first_backoff, options_.longest_backoff, system_random()};
}

} // namespace xueshi::sync
