#pragma once

#include "daemon/sync/failure.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/upstream/upstream.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::sync {

/// Fetches the roster. What is not signed by the pinned key, or is another device's, never replaces the one that is
/// there.
class Downlink {
public:
    /// All outlive the downlink.
    Downlink(upstream::Upstream &upstream, State &state, const identity::PublicKey &registry_key)
        : upstream_(upstream), state_(state), registry_key_(registry_key) {}

    /// True: a new roster is in place; false: the old one still holds.
    boost::asio::awaitable<Outcome<bool>> step();

    /// A roster that came by stick; one that is older than what is there changes nothing. Error: as for one that came
    /// over the network.
    Expected<void> take_carried(const std::string &document);

private:
    /// Empty when there is no roster that holds: the next answer then comes whole.
    Expected<std::string> etag();
    Expected<roster::Roster> open(const std::string &text) const;
    Expected<void> replace(const upstream::Upstream::RosterAnswer &answer);

    upstream::Upstream &upstream_;
    State &state_;
    const identity::PublicKey &registry_key_;
    bool holds_ = false; ///< what lies on the disk was looked at in this life, or came in it
};

} // namespace xueshi::sync
