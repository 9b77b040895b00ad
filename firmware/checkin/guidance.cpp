#include "firmware/checkin/guidance.hpp"

namespace xueshi::checkin {

Guidance guidance_for(face::QualityFlaw flaw) {
    switch (flaw) {
    case face::QualityFlaw::none:
        return Guidance::look_here;
    case face::QualityFlaw::too_small:
        return Guidance::come_closer;
    case face::QualityFlaw::too_blurred:
        return Guidance::hold_still;
    case face::QualityFlaw::too_dark:
        return Guidance::more_light;
    case face::QualityFlaw::too_bright:
        return Guidance::less_light;
    case face::QualityFlaw::turned_away:
        return Guidance::face_the_camera;
    case face::QualityFlaw::cut_off:
        return Guidance::move_to_the_middle;
    case face::QualityFlaw::eyes_covered:
    case face::QualityFlaw::mouth_covered:
    case face::QualityFlaw::brows_covered:
        return Guidance::uncover_face;
    }
    return Guidance::look_here;
}

Guidance guidance_for(fingerprint::Retry retry) {
    switch (retry) {
    case fingerprint::Retry::none:
    case fingerprint::Retry::remove_and_retry:
        return Guidance::lift_and_retry;
    case fingerprint::Retry::too_short:
        return Guidance::press_longer;
    case fingerprint::Retry::centre:
        return Guidance::centre_the_finger;
    case fingerprint::Retry::too_few_minutiae:
        return Guidance::press_harder;
    case fingerprint::Retry::too_many_minutiae:
        return Guidance::wipe_the_finger;
    case fingerprint::Retry::not_the_same_finger:
        return Guidance::same_finger_again;
    }
    return Guidance::lift_and_retry;
}

} // namespace xueshi::checkin
