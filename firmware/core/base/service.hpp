#pragma once

#include <chrono>
#include <string_view>

/// What a service tells systemd (sd_notify(3)); without systemd nothing happens.
namespace xueshi::service {

/// The start may take so long from now on, also where that is more than the unit's TimeoutStartSec.
void starting(std::chrono::seconds at_most);
void ready(std::string_view status);
void status(std::string_view text);
void stopping();
/// Call from the main loop at least twice in `watchdog_interval_ms()`.
void watchdog_alive();
/// 0: no watchdog asked for.
long watchdog_interval_ms();

} // namespace xueshi::service
