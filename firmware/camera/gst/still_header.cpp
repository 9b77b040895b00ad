#include "firmware/camera/gst/still_header.hpp"

#include <algorithm>
#include <array>

namespace xueshi::camera::gst {
namespace {

/// Reads numbers out of bytes; past the end they are 0.
class Reader {
public:
    explicit Reader(ByteView bytes, bool little_endian = false) : bytes_(bytes), little_endian_(little_endian) {}
    unsigned byte(std::size_t at) const { return at < bytes_.size() ? bytes_[at] : 0u; }
    unsigned u16(std::size_t at) const {
        return little_endian_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1);
    }
    unsigned u32(std::size_t at) const {
        return little_endian_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
    }

private:
    ByteView bytes_;
    bool little_endian_;
};

bool starts_with(ByteView bytes, std::string_view text) {
    return bytes.size() >= text.size() && std::ranges::equal(bytes.first(text.size()), as_bytes(text));
}

/// The orientation out of an APP1 segment's TIFF structure; 1 when it holds none.
int exif_orientation(ByteView segment) {
    using namespace std::string_view_literals;
    if (!starts_with(segment, "Exif\0\0"sv)) {
        return 1;
    }
    const auto tiff = segment.subspan(6);
    const Reader reader(tiff, starts_with(tiff, "II"));
    const std::size_t directory = reader.u32(4);
    const unsigned entries = std::min(reader.u16(directory), 64u);
    for (unsigned i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + std::size_t{12} * i;
        if (reader.u16(entry) == 274) {
            const auto value = reader.u16(entry + 8);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        }
    }
    return 1;
}

bool is_start_of_frame(unsigned marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool ends_entropy_data(unsigned marker) {
    const bool stuffed_or_restart = marker == 0x00 || (marker >= 0xD0 && marker <= 0xD7);
    return !stuffed_or_restart && marker != 0xFF;
}

/// The marker behind the entropy-coded data that begins at `at`; the file's end when there is none.
std::size_t skip_entropy_data(const Reader &reader, std::size_t at, std::size_t end) {
    while (at + 1 < end && !(reader.byte(at) == 0xFF && ends_entropy_data(reader.byte(at + 1)))) {
        ++at;
    }
    return at;
}

/// Walks all segments to the end-of-image marker: a decoder must not see a cut file (GStreamer 1.22's jpegdec spins on
/// one), nor what cameras append behind the picture.
Expected<StillHeader> read_jpeg(ByteView file) {
    const Reader reader(file);
    StillHeader header;
    std::size_t at = 2;
    bool scanned = false;
    while (at + 1 < file.size() && reader.byte(at) == 0xFF) {
        const unsigned marker = reader.byte(at + 1);
        if (marker == 0xFF) { // fill byte
            ++at;
            continue;
        }
        if (marker == 0xD9) {
            header.bytes = at + 2;
            break;
        }
        const std::size_t length = reader.u16(at + 2);
        if (length < 2 || at + 2 + length > file.size() || (is_start_of_frame(marker) && header.width != 0)) {
            break;
        }
        if (is_start_of_frame(marker)) {
            header.height = static_cast<int>(reader.u16(at + 5));
            header.width = static_cast<int>(reader.u16(at + 7));
        } else if (marker == 0xE1) {
            header.orientation = std::max(header.orientation, exif_orientation(file.subspan(at + 4, length - 2)));
        }
        at += 2 + length;
        if (marker == 0xDA) {
            scanned = true;
            at = skip_entropy_data(reader, at, file.size());
        }
    }
    if (header.bytes == 0 || header.width == 0 || !scanned) {
        return fail(ErrorCode::corrupt, "the JPEG file is incomplete");
    }
    return header;
}

Expected<StillHeader> read_png(ByteView file) {
    const Reader reader(file);
    if (!starts_with(file.subspan(8), std::string_view("\0\0\0\x0DIHDR", 8)) || file.size() < 33) {
        return fail(ErrorCode::corrupt, "PNG without a header");
    }
    constexpr unsigned kMaxSide = 0x7FFFFFFF;
    StillHeader header;
    header.format = StillFormat::png;
    header.bytes = file.size();
    header.width = static_cast<int>(std::min(reader.u32(16), kMaxSide));
    header.height = static_cast<int>(std::min(reader.u32(20), kMaxSide));
    return header;
}

} // namespace

Expected<StillHeader> read_still_header(ByteView file) {
    if (starts_with(file, "\xFF\xD8\xFF")) {
        return read_jpeg(file);
    }
    if (starts_with(file, "\x89PNG\r\n\x1A\n")) {
        return read_png(file);
    }
    return fail(ErrorCode::unsupported, "a picture is a JPEG or a PNG file");
}

} // namespace xueshi::camera::gst
