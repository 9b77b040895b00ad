#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "firmware/core/base/unique_fd.hpp"
#include "firmware/fingerprint/virtual/picture.hpp"

namespace xueshi::fingerprint {

/// Puts pictures before libfprint's driver virtual_image, which listens on the socket FP_VIRTUAL_IMAGE names while its
/// device is open. The driver reads one picture a scan and says nothing back; that it has read all bytes is the only
/// thing that can be seen of it. While it looks for minutiae it drops a further picture: leave time between two.
class Feeder {
public:
    explicit Feeder(std::filesystem::path socket) : socket_(std::move(socket)) {}

    /// Connects, again and again while the driver is not listening. A newer connection ends an older one.
    /// Error: timeout.
    Expected<void> connect(std::chrono::milliseconds patience);
    /// Returns when the driver has read the picture; connects again and sends it anew when the driver went away.
    /// Error: timeout (no scan was waiting), after which the connection is closed so that no stale finger is read
    /// later.
    Expected<void> show(const Picture &picture, std::chrono::milliseconds patience);
    /// What the driver calls FpDeviceRetry: 0 general, 1 too short, 2 centre, 3 remove finger.
    Expected<void> report_retry(int code, std::chrono::milliseconds patience);
    /// The reader is unplugged.
    Expected<void> unplug(std::chrono::milliseconds patience);

private:
    using Deadline = std::chrono::steady_clock::time_point;
    Expected<void> connect_until(Deadline deadline);
    Expected<void> deliver(const Bytes &message, std::chrono::milliseconds patience);
    Expected<void> deliver_once(const Bytes &message, Deadline deadline);

    std::filesystem::path socket_;
    UniqueFd fd_;
};

} // namespace xueshi::fingerprint
