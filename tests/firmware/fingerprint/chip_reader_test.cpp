#include <doctest/doctest.h>

#include "firmware/fingerprint/libfprint/device.hpp"
#include "tests/support/virtual_chip_reader.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using test::VirtualChipReader;

namespace {

/// Lays the finger on until the reader has it.
ReaderPrint enrol(VirtualChipReader &chip, const std::string &finger) {
    REQUIRE(chip.reader->enrol("label-" + finger, {}));
    for (int stage = 1; stage <= chip.reader->capabilities().enrol_stages; ++stage) {
        REQUIRE(chip.wait_for_stage(stage - 1)); // before it says 0, the finger would be matched
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
    CHECK(chip.forgotten().value_or(fail(ErrorCode::timeout, "")));
    REQUIRE(chip.reader->forget(print)); // it is in there no longer, which is what was asked for
    CHECK(chip.forgotten().value_or(fail(ErrorCode::timeout, "")));
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: one that keeps prints and cannot delete them never says that a print is gone") {
    const auto stuck = must_delete(true, false);
    REQUIRE_FALSE(stuck);
    CHECK(stuck.error().code == ErrorCode::unsupported);
    CHECK(must_delete(true, true).value_or(false));
    CHECK_FALSE(must_delete(false, false).value_or(true)); // nothing is in there
}

TEST_CASE("chip reader: a finger that is enrolled already is told by its label, and not taken again") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint thumb = enrol(chip, "thumb");
    REQUIRE(chip.reader->enrol("label-twice", {thumb}));
    REQUIRE(chip.wait_for_stage(0));
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.known() == "label-thumb");
    REQUIRE(chip.reader->set_prints({thumb}));
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "label-thumb");
    // Another one passes the check, which is a stage of its own.
    REQUIRE(chip.reader->enrol("label-ring", {thumb}));
    REQUIRE(chip.wait_for_stage(0));
    REQUIRE(chip.tell("SCAN ring"));
    REQUIRE(chip.wait_for_stage(1));
    for (int stage = 2; stage <= chip.reader->capabilities().enrol_stages + 1; ++stage) {
        REQUIRE(chip.tell("SCAN ring"));
        REQUIRE(chip.wait_for_stage(stage));
    }
    const auto ring = chip.enrolled();
    REQUIRE(ring);
    REQUIRE(*ring);
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "label-thumb"); // those in scope count again, not everybody's
    REQUIRE(chip.tell("SCAN ring"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: what is to be forgotten while the reader is away is an error, so that it is asked again") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint print = enrol(chip, "thumb");
    REQUIRE(chip.tell("UNPLUG"));
    CHECK(chip.presence() == false);
    REQUIRE(chip.reader->forget(print));
    const auto done = chip.forgotten();
    REQUIRE(done);
    REQUIRE_FALSE(*done);
    CHECK(done->error().code == ErrorCode::unavailable);
    CHECK(chip.presence() == true);
    REQUIRE(chip.reader->forget(print));
    CHECK(chip.forgotten().value_or(fail(ErrorCode::timeout, "")));
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
    REQUIRE(chip.reader->enrol("gone", {}));
    REQUIRE(chip.tell("UNPLUG"));
    const auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::unavailable);
    CHECK(chip.presence() == false);
    CHECK(chip.presence() == true);
}

TEST_CASE("chip reader: unplugged while it waits for a finger, it says so and when it is back, and goes on") {
    std::string driver;
    SUBCASE("one that only compares") {
        driver = "virtual_device";
    }
    SUBCASE("one that keeps the prints") {
        driver = "virtual_device_storage";
    }
    VirtualChipReader chip(driver);
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint print = enrol(chip, "thumb");
    REQUIRE(chip.reader->set_prints({print}));
    REQUIRE(chip.tell("UNPLUG"));
    CHECK(chip.presence() == false);
    CHECK(chip.presence() == true);
    REQUIRE(chip.tell("SCAN ring"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: an enrolment is cancelled at once, and matching goes on") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    REQUIRE(chip.reader->enrol("nobody", {}));
    chip.reader->cancel_enrolment();
    const auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::cancelled);
    REQUIRE(chip.tell("SCAN thumb"));
    CHECK(chip.matched() == "");
}

TEST_CASE("chip reader: a cancelled check for a known finger ends the enrolment too") {
    VirtualChipReader chip("virtual_device_storage");
    REQUIRE(chip.reader->start(chip.callbacks()));
    const ReaderPrint thumb = enrol(chip, "thumb");
    REQUIRE(chip.reader->enrol("label-nobody", {thumb}));
    chip.reader->cancel_enrolment();
    const auto print = chip.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::cancelled);
}

TEST_CASE("chip reader: where no reader gives minutiae \"any\" is the first that identifies by itself") {
    const VirtualChipReader chip("", "virtual_device_storage");
    const auto any = open_libfprint_reader({});
    REQUIRE(any);
    CHECK((*any)->driver() == "virtual_device_storage");
    CHECK((*any)->capabilities().matches_itself);
}

TEST_CASE("reader's print: kept with its label, and refused when cut off or of another version") {
    const ReaderPrint print{"a label", Bytes{1, 2, 3}};
    const Bytes bytes = write_print(print);
    const auto again = read_print(bytes);
    REQUIRE(again);
    CHECK(again->label == print.label);
    CHECK(again->data == print.data);
    for (std::size_t i = 0; i < 2 + print.label.size(); ++i) {
        CHECK_FALSE(read_print(ByteView(bytes).first(i)));
    }
    Bytes other = bytes;
    other[0] = 2;
    CHECK(read_print(other).error().code == ErrorCode::corrupt);
}
