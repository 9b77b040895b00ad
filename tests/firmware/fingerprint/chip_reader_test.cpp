#include <doctest/doctest.h>

#include "tests/support/virtual_chip_reader.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using test::VirtualChipReader;

namespace {

/// Lays the finger on until the reader has it.
ReaderPrint enrol(VirtualChipReader &chip, const std::string &finger) {
    REQUIRE(chip.reader->enrol("label-" + finger));
    for (int stage = 1; stage <= chip.reader->capabilities().enrol_stages; ++stage) {
        REQUIRE(chip.tell("SCAN " + finger));
        REQUIRE(chip.wait_for_stage(stage));
    }
    auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE(*print);
    return **print;
}

} // namespace

TEST_CASE("chip reader: what it can do is asked, and minutiae are none of it") {
    const VirtualChipReader chip("virtual_device_storage");
    const Capabilities can = chip.reader->capabilities();
    CHECK(can.matches_itself);
    CHECK(can.identifies);
    CHECK(can.stores_templates);
    CHECK_FALSE(can.gives_minutiae);
    CHECK(chip.reader->family() == "libfprint-virtual_device_storage-1");
}

TEST_CASE("chip reader: an enrolled finger is matched, another is not, a forgotten one no more") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint print = enrol(chip, "thumb");
    CHECK(print.label == "label-thumb");
    REQUIRE(chip.reader->set_prints({print}));
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "label-thumb");
    REQUIRE(chip.tell("SCAN ring"));
    CHECK(chip.matched() == "");
    REQUIRE(chip.reader->forget(print));
    const auto again = chip.reader->forget(print);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::not_found);
}

TEST_CASE("chip reader: one that only compares says of one print whether it is this") {
    VirtualChipReader chip("virtual_device");
    CHECK_FALSE(chip.reader->capabilities().stores_templates);
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint print = enrol(chip, "index");
    REQUIRE(chip.reader->set_prints({print}));
    REQUIRE(chip.tell("SCAN index"));
    CHECK(chip.matched() == "label-index");
    REQUIRE(chip.tell("RETRY 1"));
    CHECK(chip.retry() == Retry::too_short);
    REQUIRE(chip.tell("SCAN little"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: unplugged while it enrols, the enrolment ends and the reader comes back") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    REQUIRE(chip.reader->enrol("gone"));
    REQUIRE(chip.tell("UNPLUG"));
    const auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::unavailable);
    CHECK(chip.presence() == false);
    CHECK(chip.presence() == true);
}

TEST_CASE("chip reader: an enrolment is cancelled at once, and matching goes on") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    REQUIRE(chip.reader->enrol("nobody"));
    chip.reader->cancel_enrolment();
    const auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::cancelled);
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: \"any\" passes over a reader that gives no minutiae, and names it") {
    {
        const VirtualChipReader chip("virtual_device_storage");
    } // from now on libfprint finds it
    const auto any = open_libfprint_reader("");
    REQUIRE_FALSE(any);
    CHECK(any.error().code == ErrorCode::not_found);
    CHECK(any.error().message.find("virtual_device_storage") != std::string::npos);
}
