#include "firmware/camera/graph_watch.hpp"

namespace xueshi::camera {

GraphWatch::GraphWatch(gst::Pipeline &pipeline, std::string what, Limits limits,
                       std::function<void(const gst::Pipeline::Report &)> failed)
    : pipeline_(pipeline), what_(std::move(what)), limits_(limits), failed_(std::move(failed)),
      last_(std::chrono::steady_clock::now()) {}

GraphWatch::~GraphWatch() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void GraphWatch::begin() {
    thread_ = std::thread([this] { run(); });
}

void GraphWatch::alive() {
    last_ = std::chrono::steady_clock::now();
    any_ = true;
}

bool GraphWatch::stalled() const {
    const auto quiet = std::chrono::steady_clock::now() - last_.load();
    return quiet > (any_ ? limits_.next : limits_.first);
}

/// Ends after the first failure: the graph is of no use after it.
void GraphWatch::run() {
    constexpr std::chrono::milliseconds kLook(100);
    while (!stopping_) {
        auto report = pipeline_.wait(kLook);
        if (report.outcome == gst::Pipeline::Outcome::ended) {
            report.error = {ErrorCode::unavailable, "the stream ended: no " + what_};
        } else if (report.outcome == gst::Pipeline::Outcome::quiet) {
            if (!stalled()) {
                continue;
            }
            report.error = {ErrorCode::unavailable, "no " + what_};
        }
        if (!stopping_) {
            failed_(report);
        }
        return;
    }
}

} // namespace xueshi::camera
