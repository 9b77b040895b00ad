#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/sync/backoff.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::sync {

/// One thing that may be away, as all who ask see it together: after a failure that says so nobody asks for a while,
/// then one asks for all. So what is away is asked as rarely as one alone would.
class Circuit {
public:
    explicit Circuit(Backoff backoff) : backoff_(std::move(backoff)) {}

    /// 0: ask now, and tell what came of it. Else so long at most, and here again.
    std::chrono::milliseconds wait(std::int64_t boot_ms);
    /// It answered, whatever it said.
    void answered();
    void failed(int retry_after_s, std::int64_t boot_ms);
    /// What was away may be there: the next one asks, without forgetting how often it was tried. Not before the time
    /// that the endpoint itself asked for.
    void may_be_back(std::int64_t boot_ms);
    /// Who was let through did not come so far: the next one asks.
    void not_asked(std::int64_t boot_ms);
    bool open() const { return open_; }

    /// Whether a refusal is the endpoint's own: no answer, 429, or 500 and above.
    static bool is_of_endpoint(const upstream::Refusal &refusal);

    /// How long one who asks may keep the others waiting.
    static constexpr std::int64_t kTrialMs = 150'000;
    /// The others look so often what came of it.
    static constexpr std::int64_t kLookMs = 1'000;

private:
    Backoff backoff_;
    bool open_ = false;
    bool trial_ = false;                  ///< one asks for all
    std::int64_t until_ms_ = 0;           ///< boot time
    std::int64_t asked_for_until_ms_ = 0; ///< by Retry-After
};

/// The registry: the way to it, which all its endpoints share, and each endpoint, which may be out of order or overrun
/// by itself. Clips that it takes no more of for an hour hold up no punch.
class Circuits {
public:
    enum class Endpoint { claim, events, commands, roster, media };

    explicit Circuits(const Backoff &backoff);

    /// As Circuit's.
    std::chrono::milliseconds wait(Endpoint endpoint, std::int64_t boot_ms);
    /// What came of a request that was let through; null: it was answered well.
    void tell(Endpoint endpoint, const upstream::Refusal *refusal, std::int64_t boot_ms);
    void may_be_back(std::int64_t boot_ms);
    bool open(Endpoint endpoint) const { return way_.open() || of(endpoint).open(); }

private:
    const Circuit &of(Endpoint endpoint) const { return endpoints_[static_cast<std::size_t>(endpoint)]; }
    Circuit &of(Endpoint endpoint) { return endpoints_[static_cast<std::size_t>(endpoint)]; }

    Circuit way_;
    std::vector<Circuit> endpoints_;
};

/// Hands requests on as the circuits let them. All outlive it. `rest` waits for a time, or less.
std::unique_ptr<upstream::Upstream> guard(std::unique_ptr<upstream::Upstream> upstream, Circuits &circuits,
                                          std::function<std::int64_t()> boot_ms,
                                          std::function<boost::asio::awaitable<void>(std::chrono::milliseconds)> rest);

} // namespace xueshi::sync
