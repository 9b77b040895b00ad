#pragma once

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

/// The minutiae of a print as fp_print_serialize writes it: "FP3", then the GVariant (issbymsmsia{sv}v), little-endian,
/// whose last member holds one (aiaiai) an impression: x, y, theta. At least one impression.
/// Limits: 64 KiB, 16 impressions, 200 minutiae. Error: corrupt.
Expected<std::vector<Impression>> parse_serialized_print(ByteView bytes);

} // namespace xueshi::fingerprint
