#pragma once

#include <atomic>
#include <ctime>
#include <filesystem>
#include <memory>

#include "firmware/checkin/face_worker.hpp"

namespace xueshi::bench {

/// The terminal's recognition with one person before the camera, who is asked all the time: the most that it does. The
/// test camera shows nobody, so each of its frames is exchanged for a photograph.
class FaceBeside {
public:
    /// `models`: folder of manifest.json and files/, with its sample photographs.
    static Expected<std::unique_ptr<FaceBeside>> load(const std::filesystem::path &models, int width, int height);

    /// A frame of that moment. Thread-safe; returns at once.
    void offer(const Instant &captured);
    double cpu_s() const;                                ///< of its thread
    std::int64_t faces() const { return faces_.load(); } ///< frames with a face so far

private:
    FaceBeside(std::unique_ptr<face::Pipeline> pipeline, cv::Mat person);

    const cv::Mat person_;
    std::atomic<std::int64_t> faces_ = 0;
    clockid_t clock_{};
    checkin::FaceWorker worker_; ///< last: reports to all else
};

} // namespace xueshi::bench
