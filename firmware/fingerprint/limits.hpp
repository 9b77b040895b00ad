#pragma once

#include <cstddef>

namespace xueshi::fingerprint {

/// A plausible impression. With fewer minutiae too little is known; smudged and forged prints with very many resemble
/// everybody's (README.md: how these were measured).
inline constexpr std::size_t kLeastMinutiae = 12;
inline constexpr std::size_t kMostMinutiae = 140;

} // namespace xueshi::fingerprint
