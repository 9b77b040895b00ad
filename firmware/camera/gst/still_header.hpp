#pragma once

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera::gst {

enum class StillFormat { jpeg, png };

/// What a picture says about itself before anything is decoded.
struct StillHeader {
    StillFormat format = StillFormat::jpeg;
    int width = 0, height = 0;
    std::size_t bytes = 0; ///< of the file that are the picture
    int orientation = 1;   ///< EXIF, 1 to 8 (TIFF 6.0 tag 274); 1 is upright
};

/// Walks the segments of a JPEG (ITU-T T.81 annex B, EXIF 2.3) or reads a PNG's first chunk (RFC 2083). `unsupported`
/// for anything else, `corrupt` for a JPEG that was cut.
Expected<StillHeader> read_still_header(ByteView file);

} // namespace xueshi::camera::gst
