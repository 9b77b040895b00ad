#pragma once

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

/// The minutiae of a print as fp_print_serialize writes it: "FP3", then the GVariant (issbymsmsia{sv}v), little-endian,
/// whose last member holds one (aiaiai) an impression: x, y, theta. Reads the first impression.
/// Limits: 64 KiB, 200 minutiae. Error: corrupt.
Expected<Impression> parse_serialized_print(ByteView bytes);

} // namespace xueshi::fingerprint
