#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/store.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::registry::devices {

/// Everything the terminal in `device.room` needs: the classes that have a lesson there and did not end long ago.
Expected<roster::Roster> build_roster(store::Session &session, const store::Device &device, std::int64_t now_ms);

/// GET /v1/roster: the signed document; 304 when the device has this content (the ETag leaves the moments of making and
/// counting out). Hours are counted anew when they are older than kHoursAgeMs: counting reads all of a class's punches,
/// and a terminal asks every minute.
class Rosters {
public:
    static constexpr std::int64_t kHoursAgeMs = 10 * 60'000;

    Rosters(store::Store &store, const identity::Signer &signer, const Clock &clock, rules::CountingPolicy policy);
    boost::asio::awaitable<http::Response> get(store::Device device, http::Request request);
    /// As it is now, signed: for a terminal that cannot ask.
    Expected<identity::SignedDocument> sign(store::Session &session, const store::Device &device);

private:
    struct Counted {
        std::int64_t at_ms = 0;
        std::map<PersonId, roster::HoursSoFar> hours;
    };
    Expected<roster::Roster> build(store::Session &session, const store::Device &device, std::int64_t now_ms);
    Expected<void> add_hours(store::Session &session, roster::Roster &roster, std::int64_t now_ms);
    Expected<Counted> hours_of(store::Session &session, const InstitutionId &institution, const ClassId &id,
                               std::int64_t now_ms);

    store::Store &store_;
    const identity::Signer &signer_;
    const Clock &clock_;
    const rules::CountingPolicy policy_;
    std::mutex mutex_; ///< the store's threads count
    std::map<std::pair<InstitutionId, ClassId>, Counted> counted_;
};

} // namespace xueshi::registry::devices
