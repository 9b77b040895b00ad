#pragma once

#include "firmware/fingerprint/mcc/consolidation.hpp"
#include "firmware/fingerprint/mcc/print.hpp"

namespace xueshi::fingerprint::mcc {

/// Lays one print over the other, as the most consistent pairs want it, and sees which minutiae meet and how closely:
/// 0..1, the share of those that could meet. Cylinders see 70 pixels around a minutia; this sees the whole print.
double aligned_share(const Print &a, const Print &b, const Relaxed &relaxed);

} // namespace xueshi::fingerprint::mcc
