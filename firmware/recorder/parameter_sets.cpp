#include "firmware/recorder/parameter_sets.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace xueshi::recorder {
namespace {

constexpr std::array<std::uint8_t, 3> kStartCode{0, 0, 1};
constexpr int kLastSlice = 5, kSequenceSet = 7, kPictureSet = 8;

ByteView behind_start_code(ByteView bytes) {
    const auto code = std::ranges::search(bytes, kStartCode);
    return bytes.subspan(static_cast<std::size_t>(code.end() - bytes.begin()));
}

} // namespace

Bytes parameter_sets(ByteView unit) {
    Bytes sets;
    for (auto rest = behind_start_code(unit); !rest.empty(); rest = behind_start_code(rest)) {
        const int type = rest[0] & 0x1F;
        if (type >= 1 && type <= kLastSlice) { // the picture itself: all sets are before it
            break;
        }
        if (type == kSequenceSet || type == kPictureSet) {
            const auto end = std::ranges::search(rest, kStartCode).begin();
            sets.insert(sets.end(), rest.begin(), end);
        }
    }
    while (!sets.empty() && sets.back() == 0) { // of the next one's longer start code
        sets.pop_back();
    }
    return sets;
}

} // namespace xueshi::recorder
