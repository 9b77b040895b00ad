#pragma once

#include <string>

#include <tl/expected.hpp>

#include "daemon/upstream/upstream.hpp"

namespace xueshi::sync {

/// A sentence for the person before the terminal, in the screen's languages.
struct Words {
    std::string zh, en, ko;
    bool operator==(const Words &) const = default;
};

/// Why a step did not do its work.
struct Failure {
    Words words;            ///< for people; the technical text is in brackets at the end
    Error error;            ///< for the log
    unsigned status = 0;    ///< HTTP; 0: none
    int retry_after_s = -1; ///< as told by the registry, else -1
    bool local = false;     ///< the registry was not asked: trying again soon costs nobody anything
};
template <typename T>
using Outcome = tl::expected<T, Failure>;

/// The registry refused, or could not be reached.
tl::unexpected<Failure> refused(const upstream::Refusal &refusal);
/// The same, where the status means something of its own to what was asked.
tl::unexpected<Failure> refused(const upstream::Refusal &refusal, const Words &what);
/// Something of the device itself is in the way, before the registry was asked.
tl::unexpected<Failure> hindered(const Error &error, const Words &what);
/// The registry's answer cannot be used.
tl::unexpected<Failure> mistrusted(const Error &error, const Words &what);

} // namespace xueshi::sync
