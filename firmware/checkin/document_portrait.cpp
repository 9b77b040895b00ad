#include "firmware/checkin/document_portrait.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "firmware/camera/camera.hpp"

namespace xueshi::checkin {

namespace {

using face::QualityFlaw;

constexpr std::array<std::pair<DocumentHint, std::string_view>, 7> kNames{
    {{DocumentHint::hold_it_up, "hold_it_up"},
     {DocumentHint::one_portrait, "one_portrait"},
     {DocumentHint::closer, "closer"},
     {DocumentHint::hold_still, "hold_still"},
     {DocumentHint::other_light, "other_light"},
     {DocumentHint::hold_straight, "hold_straight"},
     {DocumentHint::good, "good"}}};

constexpr float kLeastWidth = 64; // pixels: a card that fills half of a 1,280 pixel camera's close-up shows 70
// Of the close-up's width. A face at arm's length has a third of it.
constexpr float kMostWidth = 0.25F, kLeastAside = 0.1F;

bool may_be_portrait(const cv::Rect2f &face, const cv::Size &close_up) {
    const auto width = static_cast<float>(close_up.width);
    const auto aside = std::abs(face.x + face.width / 2 - width / 2);
    return face.width <= kMostWidth * width && aside >= kLeastAside * width;
}

DocumentHint hint_for(QualityFlaw flaw) {
    switch (flaw) {
    case QualityFlaw::none:
        return DocumentHint::good;
    case QualityFlaw::too_small:
        return DocumentHint::closer;
    case QualityFlaw::too_blurred:
        return DocumentHint::hold_still;
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
    const cv::Rect area = cv::Rect(wide) & cv::Rect({0, 0}, close_up.size());
    auto jpeg = camera::encode_still(close_up(area));
    if (!jpeg) {
        return tl::unexpected(jpeg.error());
    }
    return Portrait(std::move(*jpeg));
}

/// The largest good face, unless there is another of like size; or what is to be done, by the largest.
struct Choice {
    DocumentHint hint = DocumentHint::hold_it_up;
    std::optional<face::Detection> portrait;

    void add(DocumentHint found, const face::Detection &face, double second_face_ratio) {
        if (found == DocumentHint::good && !portrait) {
            hint = found;
            portrait = face;
        } else if (found == DocumentHint::good && face.box.area() >= second_face_ratio * portrait->box.area()) {
            hint = DocumentHint::one_portrait;
        } else if (!portrait && hint == DocumentHint::hold_it_up) {
            hint = found;
        }
    }
};

Expected<PortraitLook> look(face::Pipeline &pipeline, const camera::Frame &close_up, double second_face_ratio) {
    constexpr float kNoEmbedding = 2; // none is as good
    std::vector<face::Detection> faces;
    if (auto detected = pipeline.detect(close_up, faces); !detected) {
        return tl::unexpected(detected.error());
    }
    std::erase_if(faces, [&](const auto &face) { return !may_be_portrait(face.box, close_up.bgr.size()); });
    faces.resize(std::min(faces.size(), face::kMostTracked));
    Choice choice;
    for (const auto &face : faces) {
        face::Observation seen;
        if (auto observed = pipeline.observe(close_up, face, kNoEmbedding, seen); !observed) {
            return tl::unexpected(observed.error());
        }
        choice.add(judge(seen), face, second_face_ratio);
    }
    PortraitLook result;
    result.hint = choice.hint;
    if (choice.hint == DocumentHint::good) {
        auto portrait = cut_out(close_up.bgr, choice.portrait->box);
        if (!portrait) {
            return tl::unexpected(portrait.error());
        }
        result.portrait = std::move(*portrait);
    }
    return result;
}

} // namespace

std::string_view to_string(DocumentHint hint) {
    return std::ranges::find(kNames, hint, &decltype(kNames)::value_type::first)->second;
}

Expected<PortraitLook> look_for_portrait(face::Pipeline &pipeline, camera::Frame &close_up, double second_face_ratio) {
    auto result = look(pipeline, close_up, second_face_ratio);
    close_up.bgr.setTo(cv::Scalar::all(0)); // the document's number may be in it: freed memory keeps nothing of it
    return result;
}

} // namespace xueshi::checkin
