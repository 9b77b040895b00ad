#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/clock.hpp"

namespace xueshi::kiosk {

/// Who has logged in from the local network: tokens that browsers keep as a cookie, of which this side keeps hashes, in
/// memory only. A login ends when nobody used it for `idle_ms`, and with the program. Thread-bound.
class LanLogins {
public:
    LanLogins(const Clock &clock, std::int64_t idle_ms) : clock_(clock), idle_ms_(idle_ms) {}

    /// A new token; the login that was used longest ago gives way where there are kMost.
    std::string open();
    bool stands(std::string_view token);
    /// Whether it stands; then it is used now.
    bool use(std::string_view token);
    void close(std::string_view token);

    static constexpr std::size_t kMost = 8;

private:
    void forget_idle();

    const Clock &clock_;
    std::int64_t idle_ms_;
    std::map<Sha256, std::int64_t> used_boot_ms_; ///< by the token's hash
};

/// The value of one cookie out of the header `Cookie` (RFC 6265 section 4.2.1); empty: it is not there.
std::string cookie_of(std::string_view header, std::string_view name);

} // namespace xueshi::kiosk
