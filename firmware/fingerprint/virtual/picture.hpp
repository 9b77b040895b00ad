#pragma once

#include <filesystem>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::fingerprint {

/// A reader's picture: 8 bits a pixel, rows from the top, dark ridges on light ground, 500 dpi.
struct Picture {
    int width = 0, height = 0;
    Bytes pixels;
};

/// Any PNG, made grey. Limit: 2000 x 2000 pixels.
Expected<Picture> read_png(const std::filesystem::path &path);

} // namespace xueshi::fingerprint
