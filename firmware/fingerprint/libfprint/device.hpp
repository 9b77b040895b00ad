#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

/// What came of waiting for one finger.
struct Scan {
    enum class Outcome { impression, matched, retry, nothing, too_hot, cancelled, lost };
    Outcome outcome = Outcome::lost;
    Impression impression = {};
    std::string label = {}; ///< of matched; empty: none of the prints
    Retry retry = Retry::none;
    std::string why = {}; ///< of lost
};

/// libfprint's estimate of a reader's heat; at `hot` it takes no order until the reader has cooled down.
enum class Heat { cold, warm, hot };

/// Whether a print must be deleted in the reader. Error: unsupported; the reader keeps prints and deletes none.
Expected<bool> must_delete(bool keeps_prints, bool deletes_prints);

/// One libfprint device. Thread-bound: all in the thread that owns the MainContext; the calls that wait iterate it.
class Device {
public:
    /// Error: not_found names what is there instead.
    static Expected<std::unique_ptr<Device>> find(const LibfprintOptions &options);
    virtual ~Device() = default;

    virtual const std::string &driver() const = 0;
    virtual Capabilities capabilities() const = 0;
    virtual Heat heat() const = 0;
    virtual Expected<void> open() = 0;
    virtual void close() = 0;
    /// Waits for a finger; if it is not cold and none comes, `at_most` (then `nothing`). A matching device looks for it
    /// among the prints.
    virtual Scan scan(std::chrono::milliseconds at_most) = 0;
    /// Those that cannot be read are left out, and named.
    virtual Expected<void> set_prints(const std::vector<ReaderPrint> &prints) = 0;
    using Progress = std::function<void(int done, Retry retry)>;
    virtual Expected<ReaderPrint> enrol(const std::string &label, const Progress &progress) = 0;
    /// Error: unsupported; the print stays in a reader that cannot delete.
    virtual Expected<void> forget(const ReaderPrint &print) = 0;
    /// Ends a waiting scan or enrolment, or the next one at once. Call it in the owner's thread (MainContext::post).
    virtual void cancel() = 0;
    /// Ends the scan that waits, if one does, as if no finger had come.
    virtual void interrupt() = 0;
    /// The same, but a scan that works on a picture ends by itself: whoever laid the finger on need not do it again.
    virtual void make_room() = 0;
};

} // namespace xueshi::fingerprint
