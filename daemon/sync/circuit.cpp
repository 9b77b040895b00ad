#include "daemon/sync/circuit.hpp"

#include <algorithm>
#include <utility>

namespace xueshi::sync {

namespace asio = boost::asio;

bool Circuit::is_of_endpoint(const upstream::Refusal &refusal) {
    constexpr unsigned kTooMany = 429, kServerError = 500;
    return refusal.status == 0 || refusal.status == kTooMany || refusal.status >= kServerError;
}

std::chrono::milliseconds Circuit::wait(std::int64_t boot_ms) {
    if (!open_) {
        return {};
    }
    if (boot_ms < until_ms_) {
        const std::int64_t left = until_ms_ - boot_ms;
        return std::chrono::milliseconds(trial_ ? std::min(left, kLookMs) : left);
    }
    until_ms_ = boot_ms + kTrialMs; // this one asks
    trial_ = true;
    return {};
}

void Circuit::answered() {
    open_ = trial_ = false;
    backoff_.reset();
}

void Circuit::failed(int retry_after_s, std::int64_t boot_ms) {
    open_ = true;
    trial_ = false;
    until_ms_ = boot_ms + backoff_.next(retry_after_s).count();
    asked_for_until_ms_ = boot_ms + std::int64_t{std::max(retry_after_s, 0)} * 1'000;
}

void Circuit::may_be_back(std::int64_t boot_ms) {
    until_ms_ = std::max(asked_for_until_ms_, std::min(until_ms_, boot_ms));
}

void Circuit::not_asked(std::int64_t boot_ms) {
    trial_ = false;
    until_ms_ = std::min(until_ms_, boot_ms);
}

Circuits::Circuits(const Backoff &backoff)
    : way_(backoff), endpoints_(static_cast<std::size_t>(Endpoint::media) + 1, Circuit(backoff)) {}

std::chrono::milliseconds Circuits::wait(Endpoint endpoint, std::int64_t boot_ms) {
    const auto own = of(endpoint).wait(boot_ms);
    const auto way = own.count() > 0 ? own : way_.wait(boot_ms);
    if (own.count() == 0 && way.count() > 0) {
        of(endpoint).not_asked(boot_ms);
    }
    return way;
}

void Circuits::tell(Endpoint endpoint, const upstream::Refusal *refusal, std::int64_t boot_ms) {
    if (refusal != nullptr && (refusal->own_file || refusal->status == 0)) {
        of(endpoint).not_asked(boot_ms);
        if (refusal->own_file) {
            way_.not_asked(boot_ms);
        } else {
            way_.failed(refusal->retry_after_s, boot_ms);
        }
        return;
    }
    way_.answered();
    if (refusal != nullptr && Circuit::is_of_endpoint(*refusal)) {
        of(endpoint).failed(refusal->retry_after_s, boot_ms);
    } else {
        of(endpoint).answered();
    }
}

void Circuits::may_be_back(std::int64_t boot_ms) {
    way_.may_be_back(boot_ms);
    for (Circuit &circuit : endpoints_) {
        circuit.may_be_back(boot_ms);
    }
}

namespace {

class GuardedUpstream final : public upstream::Upstream {
public:
    using Endpoint = Circuits::Endpoint;
    GuardedUpstream(std::unique_ptr<upstream::Upstream> upstream, Circuits &circuits,
                    std::function<std::int64_t()> boot_ms,
                    std::function<asio::awaitable<void>(std::chrono::milliseconds)> rest)
        : upstream_(std::move(upstream)), circuits_(circuits), boot_ms_(std::move(boot_ms)), rest_(std::move(rest)) {}

    asio::awaitable<upstream::Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) override {
        co_await pass(Endpoint::claim);
        co_return tell(Endpoint::claim, co_await upstream_->claim(std::move(request)));
    }
    asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        co_await pass(Endpoint::events);
        co_return tell(Endpoint::events, co_await upstream_->send_events(batch));
    }
    asio::awaitable<upstream::Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) override {
        co_await pass(Endpoint::commands);
        // Who asks for all does not make the others wait until something is ordered.
        co_return tell(Endpoint::commands,
                       co_await upstream_->wait_for_commands(
                           after, circuits_.open(Endpoint::commands) ? std::chrono::seconds(0) : wait));
    }
    asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        co_await pass(Endpoint::roster);
        co_return tell(Endpoint::roster, co_await upstream_->fetch_roster(std::move(etag)));
    }
    asio::awaitable<upstream::Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) override {
        co_await pass(Endpoint::media);
        co_return tell(Endpoint::media, co_await upstream_->create_upload(std::move(clip)));
    }
    asio::awaitable<upstream::Answer<UploadPosition>> upload_position(std::string upload) override {
        co_await pass(Endpoint::media);
        co_return tell(Endpoint::media, co_await upstream_->upload_position(std::move(upload)));
    }
    asio::awaitable<upstream::Answer<UploadPosition>> send_piece(std::string upload, Piece piece) override {
        co_await pass(Endpoint::media);
        co_return tell(Endpoint::media, co_await upstream_->send_piece(std::move(upload), std::move(piece)));
    }
    void limit_sending(std::int64_t bytes_per_s) override { upstream_->limit_sending(bytes_per_s); }
    std::optional<identity::SignedDocument> take_nonce() override { return upstream_->take_nonce(); }
    void credentials_changed() override { upstream_->credentials_changed(); }

private:
    asio::awaitable<void> pass(Endpoint endpoint) {
        for (auto time = circuits_.wait(endpoint, boot_ms_()); time.count() > 0;
             time = circuits_.wait(endpoint, boot_ms_())) {
            co_await rest_(time);
        }
    }
    template <typename T>
    upstream::Answer<T> tell(Endpoint endpoint, upstream::Answer<T> answer) {
        circuits_.tell(endpoint, answer ? nullptr : &answer.error(), boot_ms_());
        return answer;
    }

    std::unique_ptr<upstream::Upstream> upstream_;
    Circuits &circuits_;
    std::function<std::int64_t()> boot_ms_;
    std::function<asio::awaitable<void>(std::chrono::milliseconds)> rest_;
};

} // namespace

std::unique_ptr<upstream::Upstream> guard(std::unique_ptr<upstream::Upstream> upstream, Circuits &circuits,
                                          std::function<std::int64_t()> boot_ms,
                                          std::function<asio::awaitable<void>(std::chrono::milliseconds)> rest) {
    return std::make_unique<GuardedUpstream>(std::move(upstream), circuits, std::move(boot_ms), std::move(rest));
}

} // namespace xueshi::sync
