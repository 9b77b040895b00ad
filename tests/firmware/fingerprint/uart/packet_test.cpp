#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "firmware/fingerprint/uart/packet.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint::uart;

namespace {

Packet any_packet() {
    return {*rc::gen::arbitrary<std::uint32_t>(),
            *rc::gen::element(PacketKind::command, PacketKind::data, PacketKind::answer, PacketKind::last_data),
            *rc::gen::resize(static_cast<int>(kMostPayload), rc::gen::arbitrary<Bytes>())};
}

} // namespace

TEST_CASE("uart: packets are the manual's bytes") {
    // "Shake hands" with the factory's password, and the good answer to it (ZFM-20 manual, VfyPwd).
    const Packet order{kAnyAddress, PacketKind::command, {0x13, 0, 0, 0, 0}};
    CHECK(write_packet(order) ==
          Bytes{0xef, 0x01, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00, 0x07, 0x13, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1b});
    const Bytes answer{0xef, 0x01, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00, 0x03, 0x00, 0x00, 0x0a};
    PacketParser parser;
    parser.feed(answer);
    CHECK(parser.next() == Packet{kAnyAddress, PacketKind::answer, {0x00}});
    CHECK_FALSE(parser.next());
    CHECK(parser.skipped() == 0);
}

TEST_CASE("uart: packets are found however they were split, merged and dirtied") {
    CHECK(rc::check("each in order", [] {
        const auto count = *rc::gen::inRange(1, 6);
        std::vector<Packet> sent;
        Bytes line;
        std::size_t noise = 0;
        for (int i = 0; i < count; ++i) {
            // Noise without the header's first byte: with it, what follows may be part of a packet as well.
            const auto dirt = *rc::gen::container<Bytes>(rc::gen::inRange<std::uint8_t>(0, 0xef));
            line.insert(line.end(), dirt.begin(), dirt.end());
            noise += dirt.size();
            sent.push_back(any_packet());
            const Bytes bytes = write_packet(sent.back());
            line.insert(line.end(), bytes.begin(), bytes.end());
        }
        PacketParser parser;
        std::vector<Packet> got;
        for (std::size_t at = 0; at < line.size();) {
            const auto piece = std::min<std::size_t>(*rc::gen::inRange<std::size_t>(1, 40), line.size() - at);
            parser.feed(ByteView(line).subspan(at, piece));
            at += piece;
            while (auto packet = parser.next()) {
                got.push_back(*packet);
            }
        }
        RC_ASSERT(got == sent);
        RC_ASSERT(parser.skipped() == noise);
    }));
}

TEST_CASE("uart: a packet with a wrong sum is dropped, and the next one found") {
    const Packet packet{kAnyAddress, PacketKind::answer, {0x00, 0x01}};
    Bytes bad = write_packet(packet);
    ++bad.back();
    PacketParser parser;
    parser.feed(bad);
    CHECK_FALSE(parser.next());
    parser.feed(write_packet(packet));
    CHECK(parser.next() == packet);
}

TEST_CASE("uart: lengths that no packet has are not waited for") {
    for (const auto &length : std::vector<Bytes>{{0x00, 0x01}, {0x01, 0x03}, {0xff, 0xff}}) {
        PacketParser parser;
        Bytes bytes{0xef, 0x01, 0xff, 0xff, 0xff, 0xff, 0x07, length[0], length[1]};
        parser.feed(bytes);
        parser.feed(write_packet({7, PacketKind::answer, {0x02}}));
        CHECK(parser.next() == Packet{7, PacketKind::answer, {0x02}});
    }
}

TEST_CASE("uart: no bytes do harm, and little is kept of them") {
    CHECK(rc::check("any bytes", [](const Bytes &bytes) {
        PacketParser parser;
        parser.feed(bytes);
        while (parser.next()) {
        }
        RC_ASSERT(parser.pending() <= 9 + kMostPayload + 2);
    }));
}
