#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::fingerprint {

/// A minutia: pixels, y up (as NBIS counts it); angle in degrees counter-clockwise from x, 0..359.
struct Minutia {
    int x = 0, y = 0, angle = 0;
    bool operator==(const Minutia &) const = default;
};
/// One impression's minutiae at 500 dpi.
using Impression = std::vector<Minutia>;

/// What a reader can do is asked, not assumed.
struct Capabilities {
    bool gives_minutiae = false; ///< match-on-host
    bool matches_itself = false; ///< match-on-chip: no score, no margin
    bool stores_templates = false;
    int enrol_stages = 5;
};

/// Why an impression cannot be used.
enum class Retry { none, too_short, centre, remove_and_retry, too_few_minutiae, too_many_minutiae };
std::string_view to_string(Retry retry);

/// A fingerprint reader. Its callbacks come from the reader's own thread: hand over and return.
class Reader {
public:
    virtual ~Reader() = default;
    virtual Capabilities capabilities() const = 0;
    virtual std::string driver() const = 0; ///< "virtual_image", "goodix", ...
    virtual bool is_virtual() const = 0;

    struct Callbacks {
        std::function<void(Impression)> impression;
        std::function<void(Retry)> retry;
        std::function<void(bool present)> presence; ///< reader unplugged or back
    };
    /// Scans finger after finger until stopped. The same mode serves check-in and enrolment (the caller collects).
    virtual Expected<void> start(Callbacks callbacks) = 0;
    /// Returns after the last callback has ended. Idempotent. Never call it from a callback.
    virtual void stop() = 0;
};

/// The first libfprint device whose driver's name is `driver` (empty: any). Error: not_found names what is there.
Expected<std::unique_ptr<Reader>> open_libfprint_reader(const std::string &driver);

} // namespace xueshi::fingerprint
