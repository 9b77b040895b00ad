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
    bool gives_minutiae = false;   ///< match-on-host: `impression` is called, everything else is the matcher's
    bool matches_itself = false;   ///< match-on-chip: `matched` is called; no score, no margin
    bool identifies = false;       ///< finds one of many prints; else it can say of one print only whether it is this
    bool stores_templates = false; ///< keeps what it enrols in itself: `forget` erases it there
    int enrol_stages = 5;
    std::size_t capacity = 0; ///< templates that it can keep; 0: it keeps none, or does not say
};

/// A finger as a matching reader gave it at enrolment. Opaque: only a reader of the same family understands it.
struct ReaderPrint {
    std::string label; ///< ours; names nobody
    Bytes data;
};

/// As the gallery keeps it: version u8 = 1, length of the label u8, label, data. Limit: 200 bytes of label.
Bytes write_print(const ReaderPrint &print);
Expected<ReaderPrint> read_print(ByteView bytes);

/// Why an impression cannot be used.
enum class Retry {
    none,
    too_short,
    centre,
    remove_and_retry,
    too_few_minutiae,  ///< pressed too lightly, or a corner of the finger
    too_many_minutiae, ///< dirt, or no finger
    not_the_same_finger,
};
std::string_view to_string(Retry retry);

/// A fingerprint reader. Its callbacks come from the reader's own thread: hand over and return. Orders never wait.
class Reader {
public:
    virtual ~Reader() = default;
    virtual Capabilities capabilities() const = 0;
    virtual std::string driver() const = 0; ///< "virtual_image", "goodix", ...
    virtual bool is_virtual() const = 0;

    /// Which readers understand each other's templates, and in which format: "minutiae-1" of every match-on-host
    /// reader, "libfprint-synaptics-1". Of modules that keep the templates, which module it is: another one may have
    /// come when the reader is back.
    virtual std::string family() const = 0;

    struct Callbacks {
        std::function<void(Impression)> impression = {};
        std::function<void(const std::string &label)> matched = {}; ///< of a matching reader; empty: none of its prints
        std::function<void(Retry)> retry = {};
        std::function<void(bool present)> presence = {};  ///< reader unplugged or back
        std::function<void(int done, int of)> stage = {}; ///< of `enrol`; 0 first: from now on it takes the finger
        /// `enrol` has ended; unavailable: the reader was unplugged or is busy, no_space: it is full, unsupported: it
        /// does not give back what it stored, so that nothing binds a place to a person.
        std::function<void(Expected<ReaderPrint>)> enrolled = {};
        /// `enrol` has ended: the finger is this one of the `others`. Nothing was kept.
        std::function<void(const std::string &label)> known = {};
        /// `forget` has ended. No error: the reader says that the print is not in it.
        std::function<void(const ReaderPrint &, const Expected<void> &)> forgotten = {};
        /// Something else lies in the reader where this print was: the finger found there is nobody's.
        std::function<void(const std::string &label)> exchanged = {};
    };
    /// Scans finger after finger until stopped. The same mode serves check-in and a match-on-host enrolment (the caller
    /// collects).
    virtual Expected<void> start(Callbacks callbacks) = 0;
    /// Returns after the last callback has ended; orders that were not served are dropped. Idempotent. Never call it
    /// from a callback.
    virtual void stop() = 0;

    // --- matching readers only; the others say unsupported. Between start and stop; what comes of it is called back
    // ---

    /// The prints that count from now on (those of the people in scope).
    virtual Expected<void> set_prints(const std::vector<ReaderPrint> &prints);
    /// Takes a finger in place of matching: `stage` and `retry`, at last `enrolled` or `known`. `others`: everybody's
    /// prints, which it must be none of.
    virtual Expected<void> enrol(const std::string &label, const std::vector<ReaderPrint> &others);
    virtual void cancel_enrolment() {}
    /// Erases a print that the reader keeps in itself.
    virtual Expected<void> forget(const ReaderPrint &print);
};

/// Of match-on-host readers: impressions as write_impressions stores them.
inline constexpr std::string_view kMinutiaeFamily = "minutiae-1";

struct LibfprintOptions {
    std::string driver;    ///< empty: the first that gives minutiae, or else the first that identifies by itself
    bool bozorth3 = false; ///< of an image reader: libfprint's own matcher, as if the reader matched by itself
};
/// Error: not_found names what is there.
Expected<std::unique_ptr<Reader>> open_libfprint_reader(const LibfprintOptions &options);

} // namespace xueshi::fingerprint
