#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "firmware/fingerprint/matcher.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;

namespace {

rc::Gen<Minutia> any_minutia() {
    return rc::gen::build<Minutia>(rc::gen::set(&Minutia::x, rc::gen::inRange(0, 65536)),
                                   rc::gen::set(&Minutia::y, rc::gen::inRange(0, 65536)),
                                   rc::gen::set(&Minutia::angle, rc::gen::inRange(0, 360)));
}

rc::Gen<std::vector<Impression>> any_impressions() {
    return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 17), [](std::size_t count) {
        return rc::gen::container<std::vector<Impression>>(count, rc::gen::container<Impression>(any_minutia()));
    });
}

} // namespace

TEST_CASE("impressions: what was written is read again") {
    CHECK(rc::check("round trip", [] {
        const auto impressions = *any_impressions();
        const auto again = read_impressions(write_impressions(impressions));
        RC_ASSERT(again.has_value());
        RC_ASSERT(*again == impressions);
    }));
}

TEST_CASE("impressions: the bytes are as the format says") {
    const Bytes bytes = write_impressions({{{1, 258, 359}}, {}});
    CHECK(bytes == Bytes{1, 2, 1, 1, 0, 2, 1, 103, 1, 0});
}

TEST_CASE("impressions: places beyond 16 bits are moved to the edge, and angles are brought into the circle") {
    const auto again = read_impressions(write_impressions({{{-1, 70'000, -90}, {5, 6, 720}}}));
    REQUIRE(again);
    CHECK(*again == std::vector<Impression>{{{0, 65'535, 270}, {5, 6, 0}}});
}

TEST_CASE("impressions: more than 16 of them or more than 255 minutiae are cut off") {
    const auto again = read_impressions(write_impressions(std::vector<Impression>(20, Impression(300))));
    REQUIRE(again);
    CHECK(again->size() == 16);
    CHECK(again->front().size() == 255);
}

TEST_CASE("impressions: every shortening, another version, a wild angle and bytes behind are refused") {
    const Bytes whole = write_impressions({{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(read_impressions(ByteView(whole).first(size)));
    }
    Bytes changed = whole;
    changed.push_back(0);
    CHECK(read_impressions(changed).error().message ==
          "finger impressions: bytes after the last impression at byte 22");
    changed = whole;
    changed[0] = 2;
    CHECK_FALSE(read_impressions(changed));
    changed = whole;
    changed[1] = 17;
    CHECK_FALSE(read_impressions(changed));
    changed = whole;
    changed[8] = 200;
    CHECK_FALSE(read_impressions(changed));
    changed = whole;
    changed[7] = 104; // 360 degrees
    changed[8] = 1;
    CHECK_FALSE(read_impressions(changed));
}

TEST_CASE("impressions: any bytes are read or refused") {
    CHECK(rc::check("no bytes do harm", [] {
        auto bytes = *rc::gen::arbitrary<Bytes>();
        if (!bytes.empty()) {
            bytes[0] = 1;
        }
        if (const auto read = read_impressions(bytes)) {
            RC_ASSERT(write_impressions(*read) == bytes);
        }
    }));
}
