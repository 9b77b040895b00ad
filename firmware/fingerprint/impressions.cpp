// version u8 = 1, impressions u8, then for each: minutiae u8, then for each: x u16, y u16, angle u16; little-endian.
// Nothing follows the last one.
#include <algorithm>

#include <fmt/format.h>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::fingerprint {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxImpressions = 16;
constexpr std::size_t kMaxMinutiae = 255;
constexpr std::size_t kMinutiaBytes = 6;

void put16(Bytes &bytes, int value) {
    const auto bits = static_cast<unsigned>(std::clamp(value, 0, 0xffff));
    bytes.push_back(static_cast<std::uint8_t>(bits & 0xffU));
    bytes.push_back(static_cast<std::uint8_t>(bits >> 8U));
}

int get16(ByteView bytes, std::size_t at) {
    return bytes[at] | bytes[at + 1] << 8;
}

tl::unexpected<Error> bad(std::size_t at, std::string_view what) {
    return fail(ErrorCode::corrupt, fmt::format("finger impressions: {} at byte {}", what, at));
}

Expected<Impression> read_impression(ByteView bytes, std::size_t &at) {
    if (at >= bytes.size()) {
        return bad(at, "ends before an impression");
    }
    const std::size_t count = bytes[at++];
    if (bytes.size() - at < count * kMinutiaBytes) {
        return bad(at, "ends before its minutiae");
    }
    Impression impression(count);
    for (Minutia &minutia : impression) {
        minutia = {get16(bytes, at), get16(bytes, at + 2), get16(bytes, at + 4)};
        if (minutia.angle >= 360) {
            return bad(at + 4, "an angle over 359");
        }
        at += kMinutiaBytes;
    }
    return impression;
}

} // namespace

Bytes write_impressions(const std::vector<Impression> &impressions) {
    const std::size_t count = std::min(impressions.size(), kMaxImpressions);
    Bytes bytes{kVersion, static_cast<std::uint8_t>(count)};
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t minutiae = std::min(impressions[i].size(), kMaxMinutiae);
        bytes.push_back(static_cast<std::uint8_t>(minutiae));
        for (std::size_t j = 0; j < minutiae; ++j) {
            put16(bytes, impressions[i][j].x);
            put16(bytes, impressions[i][j].y);
            put16(bytes, (impressions[i][j].angle % 360 + 360) % 360);
        }
    }
    return bytes;
}

Expected<std::vector<Impression>> read_impressions(ByteView bytes) {
    if (bytes.size() < 2 || bytes[0] != kVersion) {
        return bad(0, "not of version 1");
    }
    const std::size_t count = bytes[1];
    if (count > kMaxImpressions) {
        return bad(1, "more than 16 impressions");
    }
    std::vector<Impression> impressions;
    std::size_t at = 2;
    for (std::size_t i = 0; i < count; ++i) {
        auto impression = read_impression(bytes, at);
        if (!impression) {
            return tl::unexpected(impression.error());
        }
        impressions.push_back(std::move(*impression));
    }
    if (at != bytes.size()) {
        return bad(at, "bytes after the last impression");
    }
    return impressions;
}

} // namespace xueshi::fingerprint
