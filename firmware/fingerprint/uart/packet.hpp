#pragma once

#include <cstdint>
#include <optional>

#include "firmware/core/base/bytes.hpp"

/// The packets of the optical modules ZFM-20, AS608, R30x and R503 (README.md): header EF 01, address, kind, length,
/// payload, sum; all big-endian.
namespace xueshi::fingerprint::uart {

enum class PacketKind : std::uint8_t { command = 0x01, data = 0x02, answer = 0x07, last_data = 0x08 };

inline constexpr std::uint32_t kAnyAddress = 0xffffffff; ///< how modules leave the factory
inline constexpr std::size_t kMostPayload = 256;

struct Packet {
    std::uint32_t address = kAnyAddress;
    PacketKind kind = PacketKind::command;
    Bytes payload;
    bool operator==(const Packet &) const = default;
};

/// At most kMostPayload bytes of payload are written.
Bytes write_packet(const Packet &packet);

/// Finds packets in what a serial line brings: pieces of any size, noise between them. A packet whose sum, kind or
/// length is wrong is skipped by its first byte only, so that the next good one is found even inside it. Holds at most
/// one packet's bytes beyond what a caller feeds at once.
class PacketParser {
public:
    void feed(ByteView bytes);
    /// The next whole packet; nullopt: feed more.
    std::optional<Packet> next();
    void clear() { pending_.clear(); }
    std::size_t skipped() const { return skipped_; } ///< bytes that belonged to no good packet
    std::size_t pending() const { return pending_.size(); }

private:
    bool seek_header();
    void skip(std::size_t bytes);

    Bytes pending_;
    std::size_t skipped_ = 0;
};

} // namespace xueshi::fingerprint::uart
