#include <doctest/doctest.h>

#include "firmware/checkin/face_samples.hpp"
#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;
using test::Desk;

TEST_CASE_FIXTURE(Desk, "enrolment: bytes that are no photograph are refused with the reason of each") {
    const std::vector<Bytes> photographs{Bytes{1, 2, 3}, Bytes{}};
    const auto outcome = run(enrolment.face_from_photographs(order_for("01"), photographs, watcher()), [] {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::invalid_argument);
    CHECK(outcome.error().message.find("photograph 1") != std::string::npos);
    CHECK(outcome.error().message.find("photograph 2") != std::string::npos);
    CHECK(sink.drafts(EventKind::enrolment).empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: one good photograph suffices, and the event says that it was a photograph") {
    using Face = test::FakePipeline::Face;
    const auto outcome = enrol_photographs("03", {photograph({}), photograph({Face{3}, Face{1}}),
                                                  photograph({Face{3, face::QualityFlaw::too_dark}}),
                                                  photograph({Face{3}}), photograph({Face{1}})});
    REQUIRE(outcome);
    CHECK(outcome->samples == 1);
    CHECK(outcome->remarks == std::vector<std::string>{"photograph 1: no face in it",
                                                       "photograph 2: several faces of like size in it",
                                                       "photograph 3: the face is too dark",
                                                       "photograph 5: another person than the one before"});
    const auto events = sink.drafts(EventKind::enrolment);
    REQUIRE(events.size() == 1);
    CHECK(events[0].data.at("from").as_string() == "photograph");
    CHECK(candidates.has_face(PersonId("p-3")));
}

TEST_CASE_FIXTURE(Desk, "enrolment: too many photographs, or none, are refused") {
    CHECK(enrol_photographs("03", {}).error().code == ErrorCode::invalid_argument);
    CHECK(enrol_photographs("03", std::vector<Bytes>(11)).error().code == ErrorCode::invalid_argument);
}
