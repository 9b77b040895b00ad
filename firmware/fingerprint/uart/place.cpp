#include "firmware/fingerprint/uart/place.hpp"

#include <algorithm>

namespace xueshi::fingerprint::uart {

Bytes write_place(const Place &place) {
    Bytes bytes{static_cast<std::uint8_t>(place.page >> 8U), static_cast<std::uint8_t>(place.page & 0xffU)};
    bytes.insert(bytes.end(), place.digest.begin(), place.digest.end());
    return bytes;
}

Expected<Place> read_place(ByteView bytes) {
    Place place;
    if (bytes.size() != 2 + place.digest.size()) {
        return fail(ErrorCode::corrupt, "a print's place in a fingerprint module has 34 bytes");
    }
    place.page = static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
    std::ranges::copy(bytes.subspan(2), place.digest.begin());
    return place;
}

} // namespace xueshi::fingerprint::uart
