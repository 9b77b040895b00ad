#include "firmware/fingerprint/uart/packet.hpp"

#include <algorithm>
#include <array>

namespace xueshi::fingerprint::uart {
namespace {

constexpr std::array<std::uint8_t, 2> kHeader{0xef, 0x01};
constexpr std::size_t kKindAt = 6, kLengthAt = 7, kPayloadAt = 9, kSumBytes = 2;

std::uint32_t number(ByteView bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = value << 8U | bytes[at + i];
    }
    return value;
}

void put(Bytes &bytes, std::uint32_t value, std::size_t count) {
    while (count-- > 0) {
        bytes.push_back(static_cast<std::uint8_t>(value >> 8U * count));
    }
}

/// Over kind, length and payload.
std::uint32_t sum(ByteView bytes, std::size_t until) {
    std::uint32_t total = 0;
    for (std::size_t i = kKindAt; i < until; ++i) {
        total += bytes[i];
    }
    return total & 0xffffU;
}

bool is_kind(std::uint8_t byte) {
    return byte == 0x01 || byte == 0x02 || byte == 0x07 || byte == 0x08;
}

} // namespace

Bytes write_packet(const Packet &packet) {
    const std::size_t size = std::min(packet.payload.size(), kMostPayload);
    Bytes bytes(kHeader.begin(), kHeader.end());
    put(bytes, packet.address, 4);
    bytes.push_back(static_cast<std::uint8_t>(packet.kind));
    put(bytes, static_cast<std::uint32_t>(size + kSumBytes), 2);
    bytes.insert(bytes.end(), packet.payload.begin(), packet.payload.begin() + static_cast<std::ptrdiff_t>(size));
    put(bytes, sum(bytes, bytes.size()), kSumBytes);
    return bytes;
}

void PacketParser::feed(ByteView bytes) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

void PacketParser::skip(std::size_t bytes) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(bytes));
    skipped_ += bytes;
}

bool PacketParser::seek_header() {
    const auto found = std::search(pending_.begin(), pending_.end(), kHeader.begin(), kHeader.end());
    if (found != pending_.end()) {
        skip(static_cast<std::size_t>(found - pending_.begin()));
        return true;
    }
    const bool half = !pending_.empty() && pending_.back() == kHeader[0];
    skip(pending_.size() - (half ? 1 : 0));
    return false;
}

std::optional<Packet> PacketParser::next() {
    while (seek_header()) {
        if (pending_.size() < kPayloadAt) {
            return std::nullopt;
        }
        const std::size_t length = number(pending_, kLengthAt, 2);
        if (!is_kind(pending_[kKindAt]) || length < kSumBytes || length > kMostPayload + kSumBytes) {
            skip(1);
            continue;
        }
        if (pending_.size() < kPayloadAt + length) {
            return std::nullopt;
        }
        const std::size_t end = kPayloadAt + length - kSumBytes;
        if (number(pending_, end, kSumBytes) != sum(pending_, end)) {
            skip(1);
            continue;
        }
        const auto begin = pending_.begin();
        Packet packet{number(pending_, 2, 4), static_cast<PacketKind>(pending_[kKindAt]),
                      Bytes(begin + kPayloadAt, begin + static_cast<std::ptrdiff_t>(end))};
        pending_.erase(begin, begin + static_cast<std::ptrdiff_t>(end + kSumBytes));
        return packet;
    }
    return std::nullopt;
}

} // namespace xueshi::fingerprint::uart
