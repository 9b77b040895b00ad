#pragma once

#include "firmware/core/base/bytes.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// The one good face of a photograph (JPEG or PNG). On the recognition thread. Error: invalid_argument says in plain
/// words why it cannot be used: no face, several faces, or what is wrong with the picture.
Expected<face::Observation> sample_photograph(face::Pipeline &pipeline, ByteView file, const Instant &now,
                                              double second_face_ratio);

/// What to say about a flaw, in an operator's words.
std::string_view describe(face::QualityFlaw flaw);

} // namespace xueshi::checkin
