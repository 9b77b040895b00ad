#include "firmware/recorder/content.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "firmware/recorder/picture_light.hpp"

namespace xueshi::recorder {

std::optional<record::ContentFault> Persistence::look(bool is_so, const Instant &at) {
    if (is_so) {
        since_ = since_.value_or(record::moment_of(at));
        until_ = record::moment_of(at);
        if (!faulty_ && at.boot_ms - since_->boot_ms >= hold_ms_) {
            faulty_ = true;
            return told(false);
        }
        return std::nullopt;
    }
    if (!since_ || (faulty_ && at.boot_ms - until_->boot_ms < kReleaseMs)) {
        return std::nullopt;
    }
    return end();
}

std::optional<record::ContentFault> Persistence::end() {
    const auto over = faulty_ ? std::optional(told(true)) : std::nullopt;
    faulty_ = false;
    since_.reset();
    until_.reset();
    return over;
}

std::optional<record::ContentFault> Persistence::ongoing() const {
    return faulty_ ? std::optional(told(false)) : std::nullopt;
}

record::ContentFault Persistence::told(bool over) const {
    return {device_, fault_, over, *since_, *until_};
}

Thumbnail thumbnail(const camera::Frame &frame) {
    Thumbnail made;
    std::size_t i = 0;
    for (int y = 0; y < Thumbnail::kHeight; ++y) {
        for (int x = 0; x < Thumbnail::kWidth; ++x) {
            const auto &pixel = frame.bgr.at<cv::Vec3b>((2 * y + 1) * frame.bgr.rows / (2 * Thumbnail::kHeight),
                                                        (2 * x + 1) * frame.bgr.cols / (2 * Thumbnail::kWidth));
            made.grey[i++] = static_cast<std::uint8_t>((pixel[0] + 2 * pixel[1] + pixel[2]) / 4);
        }
    }
    return made;
}

double difference(const Thumbnail &a, const Thumbnail &b) {
    int sum = 0, seen = 0;
    for (std::size_t i = 0; i < a.grey.size(); ++i) {
        sum += std::abs(a.grey[i] - b.grey[i]);
        seen += std::max(a.grey[i], b.grey[i]) > kBarBrightest ? 1 : 0;
    }
    return double(sum) / std::max(seen, 1);
}

PictureCheck::PictureCheck(const std::string &device)
    : black_(device, record::Fault::black, kHoldMs), covered_(device, record::Fault::covered, kHoldMs),
      frozen_(device, record::Fault::frozen, kHoldMs), looped_(device, record::Fault::looped, 0) {}

std::vector<record::ContentFault> PictureCheck::look(const camera::Frame &frame) {
    const auto picture = thumbnail(frame);
    const auto light = light_of(picture, frame.bgr);
    const bool black = light.mean < kBlackMean && light.brightest < kBlackBrightest;
    const bool covered = !black && (light.spread < kCoveredSpread || light.structure < kCoveredStructure);
    const bool is_still = is_frozen(picture) || is_frozen_but_coded(picture, frame.captured.boot_ms);
    std::vector<record::ContentFault> told;
    for (const auto &fault : {black_.look(black, frame.captured), covered_.look(covered, frame.captured),
                              frozen_.look(is_still, frame.captured),
                              looped_.look(is_looped(picture, frame.captured.boot_ms), frame.captured)}) {
        if (fault) {
            told.push_back(*fault);
        }
    }
    return told;
}

/// Against the first picture of the stretch, so that slow change adds up.
bool PictureCheck::is_frozen(const Thumbnail &now) {
    if (still_) {
        int changed = 0;
        for (std::size_t i = 0; i < now.grey.size(); ++i) {
            changed += now.grey[i] != still_->grey[i] ? 1 : 0;
        }
        if (changed <= kFrozenShare * Thumbnail::kPixels) {
            return true;
        }
    }
    still_ = now;
    return false;
}

namespace {

struct Changes {
    int any = 0, moved = 0; ///< pixels: at all, and by more than a coder does
    int seen = 0;           ///< that are no bars
};

Changes changes(const Thumbnail &a, const Thumbnail &b) {
    Changes found;
    for (std::size_t i = 0; i < a.grey.size(); ++i) {
        const int by = std::abs(a.grey[i] - b.grey[i]);
        found.any += by > 0 ? 1 : 0;
        found.moved += by > PictureCheck::kCodingNoise ? 1 : 0;
        found.seen += std::max(a.grey[i], b.grey[i]) > kBarBrightest ? 1 : 0;
    }
    return found;
}

} // namespace

/// Which part of the picture was not so in the likest of those some seconds before: of a sensor's pictures most of it.
double PictureCheck::news(const Thumbnail &now, std::int64_t boot_ms) const {
    double least = 1;
    for (auto past = past_.rbegin(); past != past_.rend() && boot_ms - past->boot_ms <= kCodedMs; ++past) {
        if (boot_ms - past->boot_ms >= kCodedApartMs) {
            const auto found = changes(now, past->picture);
            least = std::min(least, double(found.any) / std::max(found.seen, 1));
        }
    }
    return least;
}

/// For so long nothing moved, and the pictures are the same few over and over: a coder makes them of one, between two
/// key frames.
bool PictureCheck::is_frozen_but_coded(const Thumbnail &now, std::int64_t boot_ms) const {
    if (past_.empty() || boot_ms - past_.front().boot_ms < kCodedMs) {
        return false;
    }
    double sum = 0;
    int pictures = 0;
    for (auto past = past_.rbegin(); past != past_.rend() && boot_ms - past->boot_ms <= kCodedMs; ++past) {
        if (changes(now, past->picture).moved > kStirred) {
            return false;
        }
        sum += past->news;
        ++pictures;
    }
    return sum <= kCodedNews * pictures;
}

/// Each distance into the past has a stretch of pictures that were alike at it; where one is long enough and something
/// moved in it, what is seen was seen before: nothing moves twice in the same way, noise included. A picture that the
/// camera left out, now or then, shifts the distance by one or has no like: so a stretch may go on from the distances
/// beside it, and over two pictures without like.
bool PictureCheck::is_looped(const Thumbnail &now, std::int64_t boot_ms) {
    const bool moved = !past_.empty() && difference(now, past_.back().picture) > kMovement;
    bool looped = false;
    std::vector<Stretch> before;
    before.reserve(past_.size());
    for (const auto &past : past_) {
        before.push_back(past.stretch);
    }
    for (std::size_t i = 0; i < past_.size(); ++i) {
        auto &past = past_[i];
        Stretch best{boot_ms, 0, 0};
        for (std::size_t back = 0; back <= 2 && back <= i; ++back) {
            best = std::min(best, before[i - back],
                            [](const Stretch &a, const Stretch &b) { return a.since_ms < b.since_ms; });
        }
        const bool alike = difference(now, past.picture) <= kLoopedDifference;
        if (boot_ms - past.boot_ms < kLoopShortestMs || (!alike && (best.movements == 0 || best.missed == 2))) {
            past.stretch = {boot_ms, 0, 0};
            continue;
        }
        past.stretch = {best.since_ms, best.movements + (alike && moved ? 1 : 0), alike ? 0 : best.missed + 1};
        looped =
            looped || (alike && boot_ms - best.since_ms >= kLoopMatchedMs && past.stretch.movements >= kLoopMovements);
    }
    past_.push_back({boot_ms, now, {boot_ms, 0, 0}, news(now, boot_ms)});
    while (boot_ms - past_.front().boot_ms > kLoopLongestMs) {
        past_.pop_front();
    }
    return looped;
}

std::vector<record::ContentFault> PictureCheck::end() {
    still_.reset();
    past_.clear();
    std::vector<record::ContentFault> told;
    for (auto *check : {&black_, &covered_, &frozen_, &looped_}) {
        if (const auto over = check->end()) {
            told.push_back(*over);
        }
    }
    return told;
}

std::vector<record::ContentFault> PictureCheck::ongoing() const {
    std::vector<record::ContentFault> all;
    for (const auto *check : {&black_, &covered_, &frozen_, &looped_}) {
        if (const auto fault = check->ongoing()) {
            all.push_back(*fault);
        }
    }
    return all;
}

} // namespace xueshi::recorder
