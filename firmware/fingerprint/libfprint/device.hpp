#pragma once

#include <memory>
#include <string>

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

/// What came of waiting for one finger.
struct Scan {
    enum class Outcome { impression, retry, cancelled, lost };
    Outcome outcome = Outcome::lost;
    Impression impression = {};
    Retry retry = Retry::none;
    std::string why = {}; ///< of lost
};

/// One libfprint image device. Thread-bound: all in the thread that owns the MainContext; the calls that wait iterate
/// it.
class Device {
public:
    /// The first image device with this driver's name (empty: any). Error: not_found names what is there instead.
    static Expected<std::unique_ptr<Device>> find(const std::string &driver);
    virtual ~Device() = default;

    virtual const std::string &driver() const = 0;
    virtual int enrol_stages() const = 0;
    virtual Expected<void> open() = 0;
    virtual void close() = 0;
    /// Waits for a finger.
    virtual Scan scan() = 0;
    /// Ends a waiting scan, or the next one at once. Call it in the owner's thread (MainContext::post).
    virtual void cancel() = 0;
};

} // namespace xueshi::fingerprint
