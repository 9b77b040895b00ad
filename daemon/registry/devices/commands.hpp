#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "daemon/registry/store/commands.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::registry::devices {

/// What is ordered of terminals, and how they hear of it. Bound to the loop's thread, but for `order`, which runs in
/// the caller's transaction.
class Commands {
public:
    /// All outlive it. While `most_waiting` devices wait the others are answered at once, so that those who wait never
    /// take all of a registry's connections.
    Commands(store::Store &store, const identity::Signer &signer, const Clock &clock, std::size_t most_waiting = 1'500)
        : store_(store), signer_(signer), clock_(clock), most_waiting_(most_waiting) {}

    struct Order {
        record::CommandKind kind = record::CommandKind::take_picture;
        json::Object arguments; ///< checked
        std::string ordered_by;
        std::int64_t valid_ms = 0;
    };
    /// Signs and keeps it. Call `wake` after the commit. Error: conflict when too many wait for this device.
    Expected<store::Command> order(store::Session &session, const store::Device &device, const Order &order) const;
    /// A device that waits is answered at once.
    void wake(const DeviceId &device);

    /// GET /v1/commands?after=&wait=: at once when something waits, else when it is ordered or the wait is over. A
    /// second request of a device ends the first.
    boost::asio::awaitable<http::Response> get(store::Device device, http::Request request);
    /// Answers all who wait; nobody waits from now on.
    void stop();

private:
    struct Waiting {
        explicit Waiting(const boost::asio::any_io_executor &executor) : timer(executor) {}
        boost::asio::steady_timer timer;
        bool woken = false; ///< something was ordered, maybe before the timer ran
        bool ended = false; ///< by a second request, or the registry's end
    };

    store::Store &store_;
    const identity::Signer &signer_;
    const Clock &clock_;
    const std::size_t most_waiting_;
    std::map<DeviceId, std::shared_ptr<Waiting>> waiting_; ///< shared with the request that waits
    bool stopped_ = false;
};

} // namespace xueshi::registry::devices
