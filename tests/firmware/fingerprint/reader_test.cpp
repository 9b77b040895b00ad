#include <doctest/doctest.h>

#include "firmware/fingerprint/matcher.hpp"
#include "firmware/fingerprint/virtual/synthetic.hpp"
#include "tests/support/virtual_finger_reader.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using namespace std::chrono_literals;

namespace {

const SyntheticFinger &finger() {
    static const SyntheticFinger made(1, 1);
    return made;
}

Retry retry_of(const std::optional<test::VirtualFingerReader::Result> &result) {
    return result && std::holds_alternative<Retry>(*result) ? std::get<Retry>(*result) : Retry::none;
}

Impression scan(test::VirtualFingerReader &virtual_reader, const Picture &picture) {
    const auto result = virtual_reader.scan(picture);
    REQUIRE(result);
    REQUIRE(std::holds_alternative<Impression>(*result));
    return std::get<Impression>(*result);
}

} // namespace

TEST_CASE("reader: synthetic fingers that went through libfprint are told apart") {
    constexpr std::size_t kFingers = 4;
    test::VirtualFingerReader virtual_reader;
    REQUIRE(virtual_reader.reader->start(virtual_reader.callbacks()));
    const auto matcher = make_mcc_matcher();
    std::vector<MatchCandidate> enrolled;
    std::vector<std::pair<std::size_t, Impression>> probes;
    for (std::size_t person = 0; person < kFingers; ++person) {
        const SyntheticFinger own(100 + person, 2);
        std::vector<Impression> impressions;
        for (int i = 1; i <= 5; ++i) {
            impressions.push_back(scan(virtual_reader, own.impression(i)));
        }
        enrolled.push_back({person, *matcher->prepare(impressions)});
        probes.emplace_back(person, scan(virtual_reader, own.impression(6)));
        probes.emplace_back(person, scan(virtual_reader, own.impression(7)));
    }
    probes.emplace_back(kFingers, scan(virtual_reader, finger().impression(1))); // a stranger
    virtual_reader.reader->stop();
    for (const auto &[person, impression] : probes) {
        const auto result = identify(*matcher, enrolled, **matcher->prepare({impression}));
        REQUIRE(result);
        if (person == kFingers) {
            CHECK(result->score < matcher->threshold());
        } else {
            CHECK(result->person == person);
            CHECK(result->score >= matcher->threshold());
            CHECK(result->score - result->second_score >= matcher->margin());
        }
    }
}

TEST_CASE("reader: what it can do and that it is virtual") {
    const test::VirtualFingerReader virtual_reader;
    CHECK(virtual_reader.reader->driver() == "virtual_image");
    CHECK(virtual_reader.reader->is_virtual());
    CHECK(virtual_reader.reader->capabilities().gives_minutiae);
    CHECK_FALSE(virtual_reader.reader->capabilities().matches_itself);
    CHECK(virtual_reader.reader->capabilities().enrol_stages == 5);
}

TEST_CASE("reader: an unusable finger asks again and says why") {
    test::VirtualFingerReader virtual_reader;
    REQUIRE(virtual_reader.reader->start(virtual_reader.callbacks()));
    CHECK(retry_of(virtual_reader.scan({256, 320, Bytes(256 * 320, 200)})) == Retry::too_few_minutiae);
    for (const auto &[code, expected] :
         std::vector<std::pair<int, Retry>>{{1, Retry::too_short}, {2, Retry::centre}, {3, Retry::remove_and_retry}}) {
        REQUIRE(virtual_reader.feeder.report_retry(code, 20s));
        CHECK(retry_of(virtual_reader.next()) == expected);
    }
    CHECK(scan(virtual_reader, finger().impression(2)).size() >= 12);
}

TEST_CASE("reader: stop ends a scan that waits, and it can be started again") {
    test::VirtualFingerReader virtual_reader;
    Reader &reader = *virtual_reader.reader;
    reader.stop(); // nothing to stop
    REQUIRE(reader.start(virtual_reader.callbacks()));
    const auto twice = reader.start(virtual_reader.callbacks());
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == ErrorCode::conflict);
    reader.stop();
    reader.stop();
    REQUIRE(reader.start(virtual_reader.callbacks()));
    CHECK(scan(virtual_reader, finger().impression(1)).size() >= 12);
}

TEST_CASE("reader: unplugged and back is told, and scanning goes on") {
    test::VirtualFingerReader virtual_reader;
    REQUIRE(virtual_reader.reader->start(virtual_reader.callbacks()));
    REQUIRE(virtual_reader.feeder.unplug(20s));
    CHECK(virtual_reader.wait_for_presence(false));
    CHECK(virtual_reader.wait_for_presence(true));
    CHECK(scan(virtual_reader, finger().impression(1)).size() >= 12);
}

TEST_CASE("reader: a driver that is not there is named, with what is there instead") {
    std::string message;
    {
        test::VirtualFingerReader virtual_reader;
        const auto second = open_libfprint_reader({.driver = "virtual_image"});
        REQUIRE_FALSE(second);
        CHECK(second.error().code == ErrorCode::conflict);
        virtual_reader.reader.reset();
        const auto other = open_libfprint_reader({.driver = "no_such_driver"});
        REQUIRE_FALSE(other);
        CHECK(other.error().code == ErrorCode::not_found);
        message = other.error().message;
    }
    CHECK(message.find("no_such_driver") != std::string::npos);
    CHECK(message.find("virtual_image") != std::string::npos);
}
