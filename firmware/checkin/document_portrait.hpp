#pragma once

#include <string_view>

#include "firmware/checkin/id_document.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// What to do with a document that is held before the camera; each has one line on the screen.
enum class DocumentHint {
    hold_it_up,    ///< no portrait is seen
    one_portrait,  ///< several of like size
    closer,        ///< the portrait is too small
    sharper,       ///< it is blurred: by the hand, or too near for the lens
    hold_still,    ///< good, and seen once only
    other_light,   ///< too dark, or it shines
    hold_straight, ///< it is turned, cut off, or something lies over it
    good,
};
std::string_view to_string(DocumentHint hint);

struct PortraitLook {
    DocumentHint hint = DocumentHint::hold_it_up;
    cv::Rect2f box;    ///< of the face in the close-up, when good
    Portrait portrait; ///< JPEG of the portrait alone, nothing else of the document; empty unless good
};

/// Pictures of a narrower camera show no portrait large enough.
inline constexpr int kLeastDocumentCamera = 480;

/// Looks for a document's portrait in a camera's close-up, which the document fills: identity cards and passports
/// (ISO/IEC 7810; ICAO Doc 9303) have it well to one side, its face not a fifth as wide as they are. Whoever stands
/// before the camera is larger, or nearer to the middle, and is not taken for it; that it is the document's after all,
/// somebody must see. The largest decides: passports show theirs a second time, small and faint. On the recognition
/// thread; wipes the close-up.
Expected<PortraitLook> look_for_portrait(face::Pipeline &pipeline, camera::Frame &close_up);

} // namespace xueshi::checkin
