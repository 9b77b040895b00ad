#include "firmware/checkin/face_samples.hpp"

#include "firmware/camera/camera.hpp"
#include "firmware/checkin/scene.hpp"

namespace xueshi::checkin {

std::string_view describe(face::QualityFlaw flaw) {
    switch (flaw) {
    case face::QualityFlaw::none:
        return "good";
    case face::QualityFlaw::too_small:
        return "the face is too small";
    case face::QualityFlaw::too_blurred:
        return "the face is blurred";
    case face::QualityFlaw::too_dark:
        return "the face is too dark";
    case face::QualityFlaw::too_bright:
        return "the face is too bright";
    case face::QualityFlaw::turned_away:
        return "the face is turned away";
    case face::QualityFlaw::cut_off:
        return "the face is cut off";
    case face::QualityFlaw::eyes_covered:
        return "the eyes are covered: sunglasses";
    case face::QualityFlaw::mouth_covered:
        return "the mouth is covered: a mask or a scarf";
    case face::QualityFlaw::brows_covered:
        return "the brows are covered: a hat";
    }
    return "not usable";
}

Expected<face::Observation> sample_photograph(face::Pipeline &pipeline, ByteView file, const Instant &now,
                                              double second_face_ratio) {
    auto frame = camera::decode_still(file, now);
    if (!frame) {
        return tl::unexpected(frame.error());
    }
    const auto faces = pipeline.detect(*frame);
    if (!faces) {
        return tl::unexpected(faces.error());
    }
    switch (crowd(*faces, second_face_ratio)) {
    case Crowd::nobody:
        return fail(ErrorCode::invalid_argument, "no face in it");
    case Crowd::several:
        return fail(ErrorCode::invalid_argument, "several faces of like size in it");
    case Crowd::one:
        break;
    }
    auto observation = pipeline.observe(*frame, faces->front());
    frame->bgr.setTo(cv::Scalar::all(0)); // it may be a document's portrait: freed memory keeps nothing of it
    if (observation && observation->flaw != face::QualityFlaw::none) {
        return fail(ErrorCode::invalid_argument, std::string(describe(observation->flaw)));
    }
    return observation;
}

} // namespace xueshi::checkin
