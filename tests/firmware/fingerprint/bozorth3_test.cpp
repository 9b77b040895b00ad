#include <doctest/doctest.h>

#include "firmware/fingerprint/virtual/synthetic.hpp"
#include "tests/support/virtual_finger_reader.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using namespace std::chrono_literals;
using test::VirtualFingerReader;

namespace {

/// Five impressions, each laid on when the one before was taken.
ReaderPrint enrol(VirtualFingerReader &virtual_reader, const SyntheticFinger &finger, const std::string &label) {
    REQUIRE(virtual_reader.reader->enrol(label, {}));
    for (int stage = 1; stage <= 5; ++stage) {
        REQUIRE(virtual_reader.wait_for_stage(stage - 1));
        REQUIRE(virtual_reader.feeder.show(finger.impression(stage), 30s));
        REQUIRE(virtual_reader.wait_for_stage(stage));
    }
    const auto print = virtual_reader.enrolled();
    REQUIRE(print);
    REQUIRE(*print);
    return **print;
}

std::string matched(VirtualFingerReader &virtual_reader, const Picture &picture) {
    const auto result = virtual_reader.scan(picture);
    REQUIRE(result);
    REQUIRE(std::holds_alternative<VirtualFingerReader::Matched>(*result));
    return std::get<VirtualFingerReader::Matched>(*result).label;
}

} // namespace

TEST_CASE("bozorth3: chosen for an image reader it enrols and matches as if the reader matched by itself") {
    VirtualFingerReader virtual_reader(true);
    Reader &reader = *virtual_reader.reader;
    CHECK(reader.family() == "libfprint-virtual_image-bozorth3-1");
    CHECK(reader.capabilities().matches_itself);
    CHECK(reader.capabilities().identifies);
    CHECK_FALSE(reader.capabilities().gives_minutiae);
    CHECK_FALSE(reader.capabilities().stores_templates);
    REQUIRE(reader.start(virtual_reader.callbacks()));
    const SyntheticFinger own(11, 1), other(23, 1), stranger(1, 1);
    const std::vector<ReaderPrint> prints{enrol(virtual_reader, own, "own"), enrol(virtual_reader, other, "other")};
    REQUIRE(reader.set_prints(prints));
    // The scan that waited ends for them, and the simulated reader drops what is laid on it meanwhile: a scan that was
    // just begun has them.
    reader.stop();
    REQUIRE(reader.start(virtual_reader.callbacks()));
    CHECK(matched(virtual_reader, own.impression(6)) == "own");
    CHECK(matched(virtual_reader, other.impression(6)) == "other");
    CHECK(matched(virtual_reader, stranger.impression(1)).empty());
}

TEST_CASE("bozorth3: an impression without enough minutiae is refused before it is compared") {
    VirtualFingerReader virtual_reader(true);
    REQUIRE(virtual_reader.reader->start(virtual_reader.callbacks()));
    const auto result = virtual_reader.scan({256, 320, Bytes(256 * 320, 200)});
    REQUIRE(result);
    REQUIRE(std::holds_alternative<Retry>(*result));
    CHECK(std::get<Retry>(*result) == Retry::too_few_minutiae);
}
