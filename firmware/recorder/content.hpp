#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/core/record/video_bodies.hpp"

/// F08: whether picture and sound show anything of the lesson. The thresholds are stated here and tried on made
/// footage; what they do not see: a lens that is covered by something with a pattern, a loop longer than two minutes or
/// one that was encoded again more coarsely than a grey level.
namespace xueshi::recorder {

/// A condition that must last before it is a fault, and be gone a while before the fault is over. Thread-bound.
class Persistence {
public:
    Persistence(std::string device, record::Fault fault, std::int64_t hold_ms)
        : device_(std::move(device)), fault_(fault), hold_ms_(hold_ms) {}

    /// The condition at a moment; what is to be journaled, if anything.
    std::optional<record::ContentFault> look(bool is_so, const Instant &at);
    /// The device is gone: whatever was, is over.
    std::optional<record::ContentFault> end();
    /// The fault that goes on, as far as it was seen.
    std::optional<record::ContentFault> ongoing() const;

    static constexpr std::int64_t kReleaseMs = 2'000;

private:
    record::ContentFault told(bool over) const;

    std::string device_;
    record::Fault fault_;
    std::int64_t hold_ms_;
    std::optional<record::Moment> since_, until_; ///< of the condition, faulty or not yet
    bool faulty_ = false;
};

/// 32 x 18 single pixels of a picture, grey: single ones, because a sensor's noise, which tells a living picture from a
/// frozen one, would vanish in a mean.
struct Thumbnail {
    static constexpr int kWidth = 32, kHeight = 18, kPixels = kWidth * kHeight;
    std::array<std::uint8_t, kPixels> grey{};
};
Thumbnail thumbnail(const camera::Frame &frame);
/// Mean of the absolute differences, in grey levels, of the pixels that are not black in both, as the bars beside an
/// upright picture are.
double difference(const Thumbnail &a, const Thumbnail &b);

/// Of one camera's pictures, two to five a second. Thread-bound.
class PictureCheck {
public:
    explicit PictureCheck(const std::string &device);

    std::vector<record::ContentFault> look(const camera::Frame &frame);
    std::vector<record::ContentFault> end();
    std::vector<record::ContentFault> ongoing() const;

    static constexpr double kBlackMean = 24, kBlackBrightest = 64; ///< grey levels; brightest but for 2 %
    static constexpr double kCoveredSpread = 6;                    ///< standard deviation in grey levels
    static constexpr double kCoveredStructure = 3; ///< the same without an even shade (picture_light.hpp)
    static constexpr double kFrozenShare = 0.02;   ///< of the pixels that may differ at all
    /// A frozen picture that was coded on its way: it comes as one of few, over and over; a sensor's noise never does.
    static constexpr std::int64_t kCodedMs = 20'000, kCodedApartMs = 1'000;
    static constexpr double kCodedNews = 0.28; ///< mean share of a picture that differs from the likest one before
    static constexpr int kCodingNoise = 12;    ///< grey levels; more is movement
    static constexpr int kStirred = 2;         ///< so many pixels of 576 may move
    static constexpr double kLoopedDifference = 1.0, kMovement = 1.5;
    static constexpr std::int64_t kHoldMs = 10'000; ///< black, covered, frozen
    static constexpr std::int64_t kLoopLongestMs = 120'000, kLoopShortestMs = 2'000, kLoopMatchedMs = 8'000;
    static constexpr int kLoopMovements = 5; ///< so many pictures of the repeated stretch moved

private:
    /// Pictures in a row that were alike at one distance into the past.
    struct Stretch {
        std::int64_t since_ms;
        int movements; ///< pictures of it that moved
        int missed;    ///< the newest so many had no like
    };
    struct Past {
        std::int64_t boot_ms;
        Thumbnail picture;
        Stretch stretch; ///< at the distance from here to the newest
        double news;     ///< share that differs from the likest picture before
    };
    bool is_frozen(const Thumbnail &now);
    bool is_frozen_but_coded(const Thumbnail &now, std::int64_t boot_ms) const;
    double news(const Thumbnail &now, std::int64_t boot_ms) const;
    bool is_looped(const Thumbnail &now, std::int64_t boot_ms);

    Persistence black_, covered_, frozen_, looped_;
    std::optional<Thumbnail> still_; ///< since when nothing changed
    std::deque<Past> past_;          ///< oldest first; the counters belong to the distance to the newest
};

/// Of a microphone: silent under -65 dB of full scale for ten seconds; a classroom in which nobody speaks is louder.
/// Thread-bound.
class SoundCheck {
public:
    SoundCheck() : silent_("microphone", record::Fault::silent, kHoldMs) {}
    std::optional<record::ContentFault> look(double dbfs, const Instant &at) {
        return silent_.look(dbfs < kSilentDbfs, at);
    }
    std::optional<record::ContentFault> end() { return silent_.end(); }
    std::optional<record::ContentFault> ongoing() const { return silent_.ongoing(); }

    static constexpr double kSilentDbfs = -65;
    static constexpr std::int64_t kHoldMs = 10'000;

private:
    Persistence silent_;
};

} // namespace xueshi::recorder
