#include "firmware/checkin/scene.hpp"

namespace xueshi::checkin {

Crowd crowd(const std::vector<face::Detection> &detections, double second_face_ratio) {
    if (detections.empty()) {
        return Crowd::nobody;
    }
    if (detections.size() == 1) {
        return Crowd::one;
    }
    const auto first = static_cast<double>(detections[0].box.area());
    const auto second = static_cast<double>(detections[1].box.area());
    return second >= second_face_ratio * first ? Crowd::several : Crowd::one;
}

} // namespace xueshi::checkin
