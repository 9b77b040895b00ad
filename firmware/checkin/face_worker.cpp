#include "firmware/checkin/face_worker.hpp"

namespace xueshi::checkin {

FaceWorker::FaceWorker(std::unique_ptr<face::Pipeline> pipeline, double second_face_ratio, Callbacks callbacks)
    : pipeline_(std::move(pipeline)), watch_(*pipeline_, second_face_ratio), callbacks_(std::move(callbacks)),
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

/// `after_job`: the last turn was a job's.
bool FaceWorker::takes_job(bool after_job) const {
    return !jobs_.empty() && !(after_job && frame_);
}

void FaceWorker::loop() {
    bool after_job = false;
    while (true) {
        std::optional<camera::Frame> frame;
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || frame_ || !jobs_.empty(); });
            if (stopping_) {
                return;
            }
            after_job = takes_job(after_job);
            if (after_job) {
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
            look(*frame);
        }
    }
}

void FaceWorker::look(const camera::Frame &frame) {
    auto report = watch_.look(frame, heeded_);
    if (!report) {
        callbacks_.error(report.error());
    } else if (*report) {
        callbacks_.report(std::move(**report));
    }
}

} // namespace xueshi::checkin
