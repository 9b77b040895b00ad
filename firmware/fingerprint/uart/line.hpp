#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "firmware/core/base/error.hpp"
#include "firmware/fingerprint/uart/packet.hpp"

namespace xueshi::fingerprint::uart {

/// A serial line that speaks packets. Thread-bound; its calls wait.
class Line {
public:
    static Expected<std::unique_ptr<Line>> open(const std::string &device, unsigned baud);
    virtual ~Line() = default;
    /// Error: unavailable when the other side is gone, timeout when it takes nothing.
    virtual Expected<void> send(const Packet &packet, std::chrono::milliseconds patience) = 0;
    /// Error: timeout, unavailable.
    virtual Expected<Packet> receive(std::chrono::milliseconds patience) = 0;
    /// Forgets what came and was not asked for.
    virtual void drain() = 0;
    /// Bytes so far that belonged to no good packet: noise, or a packet that was spoilt.
    virtual std::size_t skipped() const = 0;
};

} // namespace xueshi::fingerprint::uart
