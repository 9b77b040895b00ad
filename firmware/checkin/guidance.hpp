#pragma once

#include "firmware/checkin/status.hpp"
#include "firmware/face/face.hpp"
#include "firmware/fingerprint/reader.hpp"

namespace xueshi::checkin {

/// What to tell the person whose face or finger was not good enough.
Guidance guidance_for(face::QualityFlaw flaw);
Guidance guidance_for(fingerprint::Retry retry);

} // namespace xueshi::checkin
