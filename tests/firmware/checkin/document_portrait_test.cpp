#include "firmware/checkin/document_portrait.hpp"

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "firmware/camera/camera.hpp"
#include "tests/support/fake_pipeline.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using face::QualityFlaw;
using test::FakePipeline;
using Face = test::FakePipeline::Face;

namespace {

constexpr int kMiddle = 768 / 2;

DocumentHint hint_of(const std::vector<Face> &faces, int x = 60) {
    FakePipeline pipeline;
    auto close_up = FakePipeline::close_up(faces, x);
    const auto look = look_for_portrait(pipeline, close_up);
    REQUIRE(look);
    CHECK(look->portrait.items().empty() == (look->hint != DocumentHint::good));
    return look->hint;
}

Face face_of(int side, QualityFlaw flaw = QualityFlaw::none) {
    return {.person = 2, .flaw = flaw, .side = side};
}

} // namespace

TEST_CASE("document portrait: the one face of the document is taken, and each other case says what to do") {
    CHECK(hint_of({}) == DocumentHint::hold_it_up);
    CHECK(hint_of({face_of(100)}) == DocumentHint::good);
    CHECK(hint_of({face_of(50)}) == DocumentHint::closer);
    CHECK(hint_of({face_of(100, QualityFlaw::too_small)}) == DocumentHint::closer);
    CHECK(hint_of({face_of(100, QualityFlaw::too_blurred)}) == DocumentHint::sharper);
    CHECK(hint_of({face_of(100, QualityFlaw::too_bright)}) == DocumentHint::other_light);
    CHECK(hint_of({face_of(100, QualityFlaw::cut_off)}) == DocumentHint::hold_straight);
    CHECK(hint_of({face_of(100, QualityFlaw::eyes_covered)}) == DocumentHint::hold_straight);
}

TEST_CASE(
    "document portrait: a document's is found on either side, from half the frame to a little more than all of it") {
    // A resident identity card: a face of 0.18 of its width, 0.27 of it beside its middle. The close-up has 768 pixels.
    for (const double size : {0.5, 0.7, 1.0, 1.1}) {
        const auto face = static_cast<int>(0.18 * size * 768);
        const auto aside = static_cast<int>(0.27 * size * 768);
        CAPTURE(size);
        CHECK(hint_of({face_of(face)}, kMiddle - aside - face / 2) == DocumentHint::good);
        if (kMiddle + aside < 480) { // a left edge is a row of the fake
            CHECK(hint_of({face_of(face)}, kMiddle + aside - face / 2) == DocumentHint::good);
        }
    }
}

TEST_CASE("document portrait: whoever stands before the camera is not taken for one") {
    CHECK(hint_of({face_of(200)}) == DocumentHint::hold_it_up);
    CHECK(hint_of({face_of(100)}, kMiddle - 50) == DocumentHint::hold_it_up);
    CHECK(hint_of({face_of(150)}, kMiddle - 75 - 110) == DocumentHint::hold_it_up); // 0.9 m away, a little aside
    CHECK(hint_of({face_of(200), face_of(100)}) == DocumentHint::good);
    CHECK(hint_of({face_of(200), face_of(100, QualityFlaw::too_blurred)}) == DocumentHint::sharper);
    CHECK(hint_of({face_of(140), face_of(90)}) == DocumentHint::one_portrait); // an onlooker, or the portrait?
}

TEST_CASE("document portrait: the largest decides; a second one, small and faint, is the document's own") {
    CHECK(hint_of({face_of(150), face_of(60)}) == DocumentHint::good);
    CHECK(hint_of({face_of(150, QualityFlaw::too_bright), face_of(70)}) == DocumentHint::other_light);
    CHECK(hint_of({face_of(150), face_of(140)}) == DocumentHint::one_portrait);
}

TEST_CASE("document portrait: only the portrait is cut out, and nothing of the close-up remains in memory") {
    FakePipeline pipeline;
    auto close_up = FakePipeline::close_up({face_of(100)});
    const cv::Mat pixels = close_up.bgr; // the same ones
    const auto look = look_for_portrait(pipeline, close_up);
    REQUIRE(look);
    const auto portrait = camera::decode_still(look->portrait.items(), {});
    REQUIRE(portrait);
    CHECK(portrait->bgr.size() == cv::Size(200, 150)); // the picture ends above the face
    CHECK(cv::countNonZero(pixels.reshape(1)) == 0);
}
