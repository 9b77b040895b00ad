#include "firmware/core/base/service.hpp"

#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>

namespace xueshi::service {

void starting(std::chrono::seconds at_most) {
    const auto microseconds = std::chrono::microseconds(at_most).count();
    sd_notify(0, ("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds)).c_str());
}
void ready(std::string_view status) {
    sd_notify(0, ("READY=1\nSTATUS=" + std::string(status)).c_str());
}
void status(std::string_view text) {
    sd_notify(0, ("STATUS=" + std::string(text)).c_str());
}
void stopping() {
    sd_notify(0, "STOPPING=1");
}
void watchdog_alive() {
    sd_notify(0, "WATCHDOG=1");
}

long watchdog_interval_ms() {
    std::uint64_t microseconds = 0;
    return sd_watchdog_enabled(0, &microseconds) > 0 ? static_cast<long>(microseconds / 1'000) : 0;
}

} // namespace xueshi::service
