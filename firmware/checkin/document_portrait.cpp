#include "firmware/checkin/document_portrait.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"

namespace xueshi::checkin {

namespace {

using face::QualityFlaw;

constexpr std::array<std::pair<DocumentHint, std::string_view>, 8> kNames{
    {{DocumentHint::hold_it_up, "hold_it_up"},
     {DocumentHint::one_portrait, "one_portrait"},
     {DocumentHint::closer, "closer"},
     {DocumentHint::sharper, "sharper"},
     {DocumentHint::hold_still, "hold_still"},
     {DocumentHint::other_light, "other_light"},
     {DocumentHint::hold_straight, "hold_straight"},
     {DocumentHint::good, "good"}}};

/// Pixels; a little above the smallest face that is used at all.
constexpr float kLeastWidth = 56;
/// Of the close-up's width: a resident identity card that fills it has a face of some 0.18, 0.27 beside the middle.
/// Somebody at arm's length has 0.3 and more.
constexpr float kMostWidth = 0.2F, kLeastAside = 0.1F;
/// Of the face's own width: who stands further away is nearer to the middle by that measure.
constexpr float kLeastAsideOfFace = 0.8F;
constexpr float kSecondArea = 0.25F;    ///< a document's own second portrait has less of the first
constexpr int kMostPortraitWidth = 512; ///< pixels: no network sees more of it
static_assert(kMostWidth * camera::kCloseUpWidth * kLeastDocumentCamera >= kLeastWidth);

bool may_be_portrait(const cv::Rect2f &face, const cv::Size &close_up) {
    const auto width = static_cast<float>(close_up.width);
    const auto aside = std::abs(face.x + face.width / 2 - width / 2);
    return face.width <= kMostWidth * width && aside >= std::max(kLeastAside * width, kLeastAsideOfFace * face.width);
}

DocumentHint hint_for(QualityFlaw flaw) {
    switch (flaw) {
    case QualityFlaw::none:
        return DocumentHint::good;
    case QualityFlaw::too_small:
        return DocumentHint::closer;
    case QualityFlaw::too_blurred:
        return DocumentHint::sharper;
    case QualityFlaw::too_dark:
    case QualityFlaw::too_bright:
        return DocumentHint::other_light;
    case QualityFlaw::turned_away:
    case QualityFlaw::cut_off:
    case QualityFlaw::eyes_covered:
    case QualityFlaw::mouth_covered:
    case QualityFlaw::brows_covered:
        break;
    }
    return DocumentHint::hold_straight;
}

DocumentHint judge(const face::Observation &seen) {
    if (seen.flaw != QualityFlaw::none) {
        return hint_for(seen.flaw);
    }
    return seen.detection.box.width < kLeastWidth ? DocumentHint::closer : DocumentHint::good;
}

/// With hair and chin, as an identity document shows them.
Expected<Portrait> cut_out(const cv::Mat &close_up, const cv::Rect2f &face) {
    const cv::Rect2f wide(face.x - face.width / 2, face.y - face.height / 2, face.width * 2, face.height * 2);
    cv::Mat portrait = close_up(cv::Rect(wide) & cv::Rect({0, 0}, close_up.size()));
    if (portrait.cols > kMostPortraitWidth) {
        const auto scale = static_cast<double>(kMostPortraitWidth) / portrait.cols;
        cv::resize(cv::Mat(portrait), portrait, {}, scale, scale, cv::INTER_AREA);
    }
    auto jpeg = camera::encode_still(portrait);
    portrait.setTo(cv::Scalar::all(0)); // a smaller copy, perhaps
    if (!jpeg) {
        return tl::unexpected(jpeg.error());
    }
    return Portrait(std::move(*jpeg));
}

Expected<PortraitLook> look(face::Pipeline &pipeline, const camera::Frame &close_up) {
    constexpr float kNoEmbedding = 2; // none is as good
    std::vector<face::Detection> faces;
    if (auto detected = pipeline.detect(close_up, faces); !detected) {
        return tl::unexpected(detected.error());
    }
    std::erase_if(faces, [&](const auto &face) { return !may_be_portrait(face.box, close_up.bgr.size()); });
    PortraitLook result;
    if (faces.empty()) {
        return result;
    }
    const auto &largest = faces.front();
    if (faces.size() > 1 && faces[1].box.area() >= kSecondArea * largest.box.area()) {
        result.hint = DocumentHint::one_portrait;
        return result;
    }
    face::Observation seen;
    if (auto observed = pipeline.observe(close_up, largest, kNoEmbedding, seen); !observed) {
        return tl::unexpected(observed.error());
    }
    result.hint = judge(seen);
    if (result.hint != DocumentHint::good) {
        return result;
    }
    auto portrait = cut_out(close_up.bgr, largest.box);
    if (!portrait) {
        return tl::unexpected(portrait.error());
    }
    result.box = largest.box;
    result.portrait = std::move(*portrait);
    return result;
}

} // namespace

std::string_view to_string(DocumentHint hint) {
    return std::ranges::find(kNames, hint, &decltype(kNames)::value_type::first)->second;
}

Expected<PortraitLook> look_for_portrait(face::Pipeline &pipeline, camera::Frame &close_up) {
    auto result = look(pipeline, close_up);
    close_up.bgr.setTo(cv::Scalar::all(0)); // the document's number may be in it: freed memory keeps nothing of it
    return result;
}

} // namespace xueshi::checkin
