#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/kiosk/role.hpp"

namespace xueshi::kiosk {

/// Why a PIN did not open.
struct PinRefusal {
    Error error; ///< not_found: none is set; denied: wrong; unavailable: locked; io: not counted, so not tried
    std::int64_t wait_ms = -1; ///< until the next try is looked at; -1: that does not help
};

/// Whose PIN, and which: `role` (teacher or admin) and `pin` of an order, and nothing else in it.
struct RoleAndPin {
    Role role = Role::trainee;
    std::string pin;
};
Expected<RoleAndPin> read_role_and_pin(const json::Object &arguments);

/// 6 to 12 digits; not all alike, not a straight run such as 123456 or 987654.
Expected<void> check_pin(std::string_view pin);

/// How long nobody may try after so many wrong PINs in a row: nothing before the third; then 30 s, doubled each time,
/// at most an hour.
std::int64_t lockout_ms(std::int64_t failures);

/// The operators' PINs in kiosk_pins.json (0600), as scrypt; wrong ones are counted there too, before a PIN is looked
/// at, so that neither a restart nor a power cut gives tries away (F30). Time is boot time, which nobody sets; another
/// boot begins the running wait again. Thread-bound; scrypt runs on a thread of its own.
class Pins {
public:
    /// A file that is not there: no PIN is set. One that cannot be read opens nothing either: the error is logged, and
    /// setting a PIN replaces it.
    Pins(std::filesystem::path file, const Clock &clock);
    ~Pins();

    bool is_set(Role role) const { return entries_.contains(role); }
    /// Durable on return, and the wrong ones are forgotten. Error: invalid_argument, or of the file.
    boost::asio::awaitable<Expected<void>> set(Role role, std::string pin);
    /// The same where none is set; `conflict` where one is, also when it was set meanwhile.
    boost::asio::awaitable<Expected<void>> set_first(Role role, std::string pin);
    /// Nothing: it is the PIN.
    boost::asio::awaitable<std::optional<PinRefusal>> check(Role role, std::string pin);
    /// 0: the next try is looked at.
    std::int64_t wait_ms(Role role) const;

private:
    struct Entry {
        Bytes salt, hash;
        std::int64_t failures = 0;
        std::string boot_id; ///< of the last wrong one
        std::int64_t boot_ms = 0;
    };
    void read();
    Expected<void> write() const;
    boost::asio::awaitable<Expected<void>> keep(Role role, std::string pin, bool only_first);

    std::filesystem::path file_;
    const Clock &clock_;
    std::map<Role, Entry> entries_;
    bool busy_ = false; ///< one PIN is looked at a time: many connections are no more tries
    boost::asio::thread_pool hashing_{1};
};

} // namespace xueshi::kiosk
