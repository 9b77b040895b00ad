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

constexpr double kSecondFace = 0.6;
constexpr int kMiddle = 768 / 2;

DocumentHint hint_of(const std::vector<Face> &faces, int x = 60) {
    FakePipeline pipeline;
    auto close_up = FakePipeline::close_up(faces, x);
    const auto look = look_for_portrait(pipeline, close_up, kSecondFace);
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
    CHECK(hint_of({face_of(60)}) == DocumentHint::closer);
    CHECK(hint_of({face_of(100, QualityFlaw::too_small)}) == DocumentHint::closer);
    CHECK(hint_of({face_of(100, QualityFlaw::too_blurred)}) == DocumentHint::hold_still);
    CHECK(hint_of({face_of(100, QualityFlaw::too_bright)}) == DocumentHint::other_light);
    CHECK(hint_of({face_of(100, QualityFlaw::cut_off)}) == DocumentHint::hold_straight);
    CHECK(hint_of({face_of(100, QualityFlaw::eyes_covered)}) == DocumentHint::hold_straight);
}

TEST_CASE("document portrait: whoever stands before the camera is not taken for one") {
    CHECK(hint_of({face_of(200)}) == DocumentHint::hold_it_up);
    CHECK(hint_of({face_of(100)}, kMiddle - 50) == DocumentHint::hold_it_up);
    CHECK(hint_of({face_of(200), face_of(100)}) == DocumentHint::good);
    CHECK(hint_of({face_of(200), face_of(100, QualityFlaw::too_blurred)}) == DocumentHint::hold_still);
}

TEST_CASE("document portrait: a second one, small and faint, is the document's own; one of like size is another's") {
    CHECK(hint_of({face_of(150), face_of(80)}) == DocumentHint::good);
    CHECK(hint_of({face_of(150), face_of(140)}) == DocumentHint::one_portrait);
    CHECK(hint_of({face_of(150), face_of(140), face_of(80)}) == DocumentHint::one_portrait);
}

TEST_CASE("document portrait: only the portrait is cut out, and nothing of the close-up remains in memory") {
    FakePipeline pipeline;
    auto close_up = FakePipeline::close_up({face_of(100)});
    const cv::Mat pixels = close_up.bgr; // the same ones
    const auto look = look_for_portrait(pipeline, close_up, kSecondFace);
    REQUIRE(look);
    const auto portrait = camera::decode_still(look->portrait.items(), {});
    REQUIRE(portrait);
    CHECK(portrait->bgr.size() == cv::Size(200, 150)); // the picture ends above the face
    CHECK(cv::countNonZero(pixels.reshape(1)) == 0);
}
