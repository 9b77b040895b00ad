#include "firmware/fingerprint/virtual/picture.hpp"

#include <png.h>

namespace xueshi::fingerprint {
namespace {

constexpr unsigned kMaxSide = 2000;

struct PngReader {
    png_image image{};
    PngReader() { image.version = PNG_IMAGE_VERSION; }
    ~PngReader() { png_image_free(&image); }
    PngReader(const PngReader &) = delete;
    PngReader &operator=(const PngReader &) = delete;
};

} // namespace

Expected<Picture> read_png(const std::filesystem::path &path) {
    PngReader reader;
    if (png_image_begin_read_from_file(&reader.image, path.c_str()) == 0) {
        return fail(ErrorCode::invalid_argument, path.string() + ": " + reader.image.message);
    }
    if (reader.image.width > kMaxSide || reader.image.height > kMaxSide) {
        return fail(ErrorCode::too_large, path.string() + ": over 2000 pixels a side");
    }
    reader.image.format = PNG_FORMAT_GRAY;
    reader.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; // else 16 bits without a gamma count as linear, and are brightened
    Picture picture{static_cast<int>(reader.image.width), static_cast<int>(reader.image.height),
                    Bytes(PNG_IMAGE_SIZE(reader.image))};
    const png_color white{255, 255, 255}; // behind transparent pixels
    if (png_image_finish_read(&reader.image, &white, picture.pixels.data(), 0, nullptr) == 0) {
        return fail(ErrorCode::invalid_argument, path.string() + ": " + reader.image.message);
    }
    return picture;
}

} // namespace xueshi::fingerprint
