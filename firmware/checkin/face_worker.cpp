#include "firmware/checkin/face_worker.hpp"

#include <algorithm>

namespace xueshi::checkin {

FaceWorker::FaceWorker(std::unique_ptr<face::Pipeline> pipeline, double second_face_ratio, Callbacks callbacks)
    : pipeline_(std::move(pipeline)), second_face_ratio_(second_face_ratio), callbacks_(std::move(callbacks)),
      thread_([this] { loop(); }) {}

FaceWorker::~FaceWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void FaceWorker::offer(camera::Frame frame) {
    {
        const std::lock_guard lock(mutex_);
        frame_ = std::move(frame);
    }
    wake_.notify_one();
}

void FaceWorker::attend(Attention attention) {
    const std::lock_guard lock(mutex_);
    attention_ = std::move(attention);
}

void FaceWorker::run(Job job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void FaceWorker::loop() {
    while (true) {
        std::optional<camera::Frame> frame;
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || frame_ || !jobs_.empty(); });
            if (stopping_) {
                return;
            }
            if (!jobs_.empty()) {
                job = std::move(jobs_.front());
                jobs_.pop_front();
            } else {
                frame.swap(frame_);
                heeded_ = attention_;
            }
        }
        if (job) {
            job(*pipeline_);
        } else {
            look(*frame, heeded_);
        }
    }
}

/// Embedding is most of the work of a frame: whoever is decided about is looked
/// at once a second, to see whether somebody else stepped into the track.
bool FaceWorker::may_rest(std::uint64_t track, const Instant &at, const Attention &attention) {
    constexpr std::int64_t kLookAgainMs = 1'000;
    if (track == attention.waiting) {
        return true;
    }
    if (!attention.is_decided(track)) {
        return false;
    }
    if (at.boot_ms - looked_ms_ < kLookAgainMs) {
        return true;
    }
    looked_ms_ = at.boot_ms;
    return false;
}

/// An embedding is made only of frames nearly as good as the track's best.
Expected<void> FaceWorker::observe(const camera::Frame &frame, const face::Detection &detection,
                                   const Attention &attention, FaceReport &report) {
    // Asking for the best itself would leave one frame; and it fades, so that nobody waits for one moment's light.
    constexpr float kNearlyBest = 0.85F, kFade = 0.98F;
    // The look at somebody decided about is for whoever stepped into the track: the best is another person's then.
    if (report.track != best_track_ || attention.is_decided(report.track)) {
        best_track_ = report.track;
        best_ = 0;
    }
    auto done =
        pipeline_->observe(frame, detection, attention.any_quality ? 0 : kNearlyBest * best_, report.observation);
    best_ = std::max(kFade * best_, report.observation.quality);
    return done;
}

void FaceWorker::look(const camera::Frame &frame, const Attention &attention) {
    if (auto done = pipeline_->detect(frame, detections_); !done) {
        callbacks_.error(done.error().with_context("detect faces"));
        return;
    }
    tracker_.update(detections_, tracks_);
    const auto choice = choose(detections_, tracks_, attention, second_face_ratio_);
    FaceReport report;
    report.at = frame.captured;
    report.crowd = choice.crowd;
    if (report.crowd == Crowd::one) {
        report.track = tracks_[choice.index];
        report.observed = !may_rest(report.track, frame.captured, attention);
    }
    if (report.crowd == Crowd::one && report.observed) {
        if (auto done = observe(frame, detections_[choice.index], attention, report); !done) {
            callbacks_.error(done.error().with_context("observe a face"));
            return;
        }
    }
    callbacks_.report(std::move(report));
}

} // namespace xueshi::checkin
