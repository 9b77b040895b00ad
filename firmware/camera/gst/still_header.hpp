#pragma once

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera::gst {

enum class StillFormat { jpeg, png };

/// What a picture says about itself before anything is decoded.
struct StillHeader {
    StillFormat format = StillFormat::jpeg;
    int width = 0, height = 0;
    int orientation = 1; ///< EXIF, 1 to 8 (TIFF 6.0 tag 274); 1 is upright
};

/// Reads the first bytes of a JPEG (ITU-T T.81 annex B, EXIF 2.3) or a PNG (RFC 2083). `unsupported` for anything else.
Expected<StillHeader> read_still_header(ByteView file);

} // namespace xueshi::camera::gst
