// Whatever a serial line brings, in pieces of any size: no byte is lost or counted twice, what is kept is bounded, and
// a good packet after it all is found.
#include <algorithm>
#include <cstdlib>

#include "firmware/fingerprint/uart/packet.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint::uart;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

constexpr std::size_t kFrame = 11; // bytes of a packet without payload

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const ByteView bytes(data, size);
    PacketParser parser;
    std::size_t in_packets = 0;
    const auto take_all = [&] {
        std::size_t found = 0;
        while (const auto packet = parser.next()) {
            require(packet->payload.size() <= kMostPayload);
            in_packets += packet->payload.size() + kFrame;
            ++found;
        }
        return found;
    };
    for (std::size_t at = 0; at < size;) {
        const std::size_t piece = std::min<std::size_t>(1 + data[at] % 32, size - at);
        parser.feed(bytes.subspan(at, piece));
        at += piece;
        take_all();
        require(parser.pending() <= kFrame + kMostPayload);
    }
    require(in_packets + parser.skipped() + parser.pending() == size);
    const Bytes good = write_packet({1, PacketKind::answer, {0x00}});
    std::size_t found = 0;
    for (std::size_t i = 0; i <= (kFrame + kMostPayload) / good.size(); ++i) { // the first may end what was begun
        parser.feed(good);
        found += take_all();
    }
    require(found > 0);
    return 0;
}
