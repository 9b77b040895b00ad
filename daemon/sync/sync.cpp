#include "daemon/sync/sync.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/clip_uplink.hpp"
#include "daemon/sync/commander.hpp"
#include "daemon/sync/downlink.hpp"
#include "daemon/sync/inbox.hpp"
#include "daemon/sync/uplink.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/identity/tls_identity.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr auto kApprovalPoll = 3s; ///< an operator stands before the screen
constexpr auto kStatusTick = 500ms;
constexpr std::int64_t kSecondMs = 1'000;
constexpr auto kInboxPause = 2s; ///< a look whether something came by stick

const Words kNoRenewal{"无法更换本机证书", "the device's certificate cannot be renewed",
                       "이 단말기의 인증서를 바꿀 수 없습니다"};
const Words kNoLine{"无法使用登记平台给出的证书或公钥", "the registry's certificate or key cannot be used",
                    "등록 시스템이 준 인증서나 공개 키를 사용할 수 없습니다"};
} // namespace

/// The ways of the claimed device.
struct Sync::Line {
    identity::PublicKey registry_key;
    std::unique_ptr<upstream::Upstream> upstream;
    Uplink uplink;
    ClipUplink clips;
    Downlink downlink;
    Commander commander;
    Inbox inbox;

    Line(identity::PublicKey key, std::unique_ptr<upstream::Upstream> up, Sync &sync)
        : registry_key(std::move(key)), upstream(std::move(up)),
          uplink(*upstream, sync.source_, sync.state_, sync.terminal_, registry_key,
                 [&sync] { return sync.wall_ms(); }),
          clips(
              *upstream, sync.source_, sync.state_, [&sync] { return sync.wall_ms(); },
              [&sync] { return sync.boot_ms(); }, ClipUplink::Options{sync.options_.media, sync.options_.clips}),
          downlink(*upstream, sync.state_, registry_key),
          commander(*upstream, sync.source_, sync.state_, sync.terminal_, registry_key,
                    Commander::Powers{sync.options_.clips, [&sync] { return sync.rotate_certificate(); },
                                      [&sync](const record::SetPolicy &policy) { sync.apply_policy(policy); }}),
          inbox(sync.source_, sync.state_, downlink, registry_key, [&sync] { return sync.wall_ms(); }) {}
};

Sync::Sync(asio::io_context &io, const Clock &clock, Terminal &terminal, Connect connect, Options options, State state)
    : io_(io), clock_(clock), terminal_(terminal), options_(std::move(options)), state_(std::move(state)),
      status_(state_.status_file()), source_(options_.journal), watch_(io, options_.journal, options_.pauses()),
      certificate_pause_(options_.pauses()), circuits_(backoff()),
      network_changes_(io, options_.pauses(), [this] { network_changed(); }),
      network_(io, [this] { network_changes_.change(); }), link_(options_.link) {
    connect_ = [this, plain = std::move(connect)](const Trust &trust) -> Expected<std::unique_ptr<upstream::Upstream>> {
        auto made = plain(trust);
        return made ? Expected<std::unique_ptr<upstream::Upstream>>(guard(
                          std::move(*made), circuits_, [this] { return boot_ms(); },
                          [this](std::chrono::milliseconds time) { return rest(time); }))
                    : std::move(made);
    };
}
Sync::~Sync() = default;

Expected<std::unique_ptr<Sync>> Sync::open(asio::io_context &io, const Clock &clock, Terminal &terminal,
                                           Connect connect, Options options) {
    auto state = State::open(options.directory);
    if (!state) {
        return tl::unexpected<Error>(state.error());
    }
    if (!options.pauses) {
        options.pauses = pauses_of(io);
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
        co_await rest(waiting_time("registry_not_usable", failure, wait));
    }
    status_.now.phase = Phase::delivering;
    status_.now.device = state_.claim()->device;
    status_.now.upload_error.reset();
    spawn(fetch_rosters());
    spawn(deliver_clips());
    spawn(report_rejections());
    spawn(carry_nonces());
    spawn(keep_certificate());
    spawn(follow_commands());
    spawn(take_answers());
    if (options_.archive) {
        spawn(archive_films());
    }
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
        co_await rest(waiting_time("claim_failed", code.error(), wait));
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
    const auto policy = state_.ordered_policy();
    if (!policy) {
        return tl::unexpected<Error>(policy.error());
    }
    line_ = std::make_unique<Line>(std::move(*key), std::move(*upstream), *this);
    apply_policy(*policy);
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
            co_await rest(waiting_time("delivery_failed", step.error(), wait));
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
            co_await sleep(kMorePause);
            continue;
        }
        status_.now.clips_paused = clips_pause_because(link_, clock_.now(), default_interfaces());
        if (!status_.now.clips_paused.empty()) {
            const bool more = line_->clips.read_journal();
            count_clips();
            co_await sleep(more ? kMorePause : kLocalRetry);
            continue;
        }
        const auto step = co_await line_->clips.step();
        count_clips();
        if (!step) {
            status_.now.clip_error = step.error().words;
            co_await rest(waiting_time("clip_not_delivered_yet", step.error(), wait));
            continue;
        }
        if (*step != ClipUplink::Step::moved) { // an upload that only begins proves nothing
            wait.reset();
            status_.now.clip_error.reset();
        }
        if (*step == ClipUplink::Step::idle) {
            co_await sleep(options_.poll);
        } else {
            co_await asio::post(asio::use_awaitable); // a step that only read has not waited for anything
        }
    }
}

void Sync::count_clips() {
    status_.now.clips = line_->clips.waiting();
    status_.now.clips_withheld = line_->clips.withheld();
}

asio::awaitable<void> Sync::fetch_rosters() {
    auto wait = backoff();
    for (;;) {
        const auto replaced = co_await line_->downlink.step();
        if (!replaced) {
            status_.now.roster_error = replaced.error().words;
            co_await rest(waiting_time("roster_not_fetched", replaced.error(), wait));
            continue;
        }
        wait.reset();
        status_.now.roster_error.reset();
        status_.now.last_roster_ms = wall_ms();
        co_await sleep(options_.roster_every);
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
            co_await certificate_pause_->wait(options_.certificate_every);
            continue;
        }
        if (const auto begun = state_.begin_renewal(); !begun) {
            const Failure failure = hindered(begun.error(), kNoRenewal).value();
            co_await rest(waiting_time("certificate_not_renewed", failure, wait));
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
        co_await certificate_pause_->wait(pause);
    }
}

/// With a new key (State::next_client_key). Ordered twice after a kill, it is done twice: each time the registry
/// refuses the certificate before.
Expected<void> Sync::rotate_certificate() {
    if (auto begun = state_.begin_renewal(); !begun) {
        return begun;
    }
    certificate_pause_->wake();
    return {};
}

/// What the registry left out of its order is as configured.
void Sync::apply_policy(const record::SetPolicy &policy) {
    link_ = options_.link;
    const auto order = [](std::vector<DailySpan> &hours, const std::optional<std::vector<std::string>> &ordered) {
        if (!ordered) {
            return;
        }
        hours.clear();
        for (const std::string &text : *ordered) {
            if (const auto span = parse_daily_span(text)) {
                hours.push_back(*span);
            }
        }
    };
    order(link_.clip_hours, policy.clip_hours);
    order(link_.film_hours, policy.film_hours);
    constexpr std::int64_t kKilobyte = 1'000;
    max_send_bytes_per_s_ =
        policy.max_kbytes_per_s ? kKilobyte * *policy.max_kbytes_per_s : options_.max_send_bytes_per_s;
    limit_sending();
    // Half of the time is left for the answer, and for what else is on the line.
    line_->uplink.limit_batches(max_send_bytes_per_s_ * options_.exchange.count() / 2 / kSecondMs);
}

/// A film takes half of the link as long as it is on its way: the cap holds for both together.
void Sync::limit_sending() {
    const std::int64_t half = (max_send_bytes_per_s_ + 1) / 2;
    line_->upstream->limit_sending(film_on_its_way_ ? half : max_send_bytes_per_s_);
}

/// On a connection of its own, which waits at the registry.
asio::awaitable<void> Sync::follow_commands() {
    auto wait = backoff();
    for (;;) {
        const auto begun_ms = boot_ms();
        const auto step = co_await line_->commander.step(options_.command_wait);
        if (!step) {
            status_.now.command_error = step.error().words;
            co_await rest(waiting_time("commands_not_followed", step.error(), wait));
            continue;
        }
        wait.reset();
        status_.now.command_error.reset();
        // A registry that does not let requests wait is not asked more often than one that does.
        const std::chrono::milliseconds waited(boot_ms() - begun_ms), wished = options_.command_wait;
        co_await sleep(*step ? options_.command_pause : std::max(options_.command_pause, wished - waited));
    }
}

/// What came by stick; the uplink then sees at once how little is left to send.
asio::awaitable<void> Sync::take_answers() {
    for (;;) {
        const auto taken = line_->inbox.step();
        if (!taken) {
            status_.now.inbox_error = taken.error().words;
        } else if (*taken > 0) {
            status_.now.inbox_error.reset();
            wake_resting();
        }
        co_await sleep(kInboxPause);
    }
}

/// What others see is at most a tick old, and a busy uplink does not write the file a hundred times a second.
asio::awaitable<void> Sync::keep_status() {
    for (;;) {
        status_.now.reachable = !circuits_.open(Circuits::Endpoint::events);
        auto &policy = status_.now.clip_policy;
        // Orders that cannot be read now stand as they were told: what is not named, terminald may delete.
        policy = {options_.clips.upload, state_.confidential_classes(options_.clips.confidential),
                  ClipLedger(state_.database()).asked_for().value_or(policy.asked)};
        status_.write_if_due(wall_ms());
        if (std::string text = describe(status_.now); text != described_) {
            described_ = std::move(text);
            service::status(described_);
        }
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
    const auto pause = options_.pauses();
    co_await pause->wait(time);
}

asio::awaitable<void> Sync::rest(std::chrono::milliseconds time) {
    const auto pause = options_.pauses();
    resting_.insert(pause.get());
    co_await pause->wait(time);
    resting_.erase(pause.get());
}

/// A cable that was plugged in ends pauses that the broken network made.
void Sync::network_changed() {
    log::info("network_changed");
    circuits_.may_be_back(boot_ms());
    wake_resting();
}

void Sync::wake_resting() {
    for (Pause *pause : std::exchange(resting_, {})) {
        pause->wake();
    }
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
