#include "firmware/camera/pipeline_camera.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <mutex>
#include <thread>

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "firmware/camera/driver_name.hpp"
#include "firmware/camera/graph.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"
#include "firmware/camera/instant_log.hpp"
#include "firmware/camera/overlay.hpp"
#include "firmware/camera/replay/replay_source.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera {
namespace {

using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

/// A network camera takes seconds to begin; a camera that runs never pauses this long (FAULTS F07: back within 5 s).
constexpr auto kFirstPictureLimit = 15s;
constexpr auto kNextPictureLimit = 3s;
/// Of a picture on its way from the device to the tee; more is a wrong timestamp.
constexpr std::int64_t kMaxAgeMs = 2'000;

class PipelineCamera final : public Camera {
public:
    PipelineCamera(const Options &options, const Encoder &encoder, const Clock &clock)
        : options_(options), encoder_(encoder), clock_(clock) {}
    ~PipelineCamera() override { stop(); }

    Expected<void> start(Callbacks callbacks) override;
    void stop() override;
    void set_overlay(const Overlay &overlay) override;
    std::string driver() const override { return driver_name(options_); }
    Kind kind() const override { return options_.kind; }
    std::string encoder() const override { return encoder_.name; }

private:
    void connect();
    void add_probe(const char *element, const char *pad, GstPadProbeCallback callback);
    void on_captured(GstPad *pad, const GstBuffer *buffer);
    void on_burn_in(GstPad *pad, const GstBuffer *buffer);
    void on_frame(const gst::Sample &sample);
    void on_unit(const gst::Sample &sample);
    void watch();
    bool stalled() const;

    const Options options_;
    const Encoder encoder_;
    const Clock &clock_;
    Callbacks callbacks_;
    std::unique_ptr<gst::Pipeline> pipeline_;
    gst::Element time_text_;
    std::unique_ptr<replay::ReplaySource> replay_;
    std::thread watcher_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::uint64_t> captured_ = 0; ///< pictures since the start
    std::atomic<SteadyTime> last_captured_;
    std::uint64_t frames_ = 0; ///< of the thread that delivers frames
    std::string time_shown_;   ///< of the thread that burns in
    InstantLog instants_;
    std::mutex overlay_mutex_;
    Overlay overlay_;
};

/// -1 when the buffer has no time.
std::int64_t running_time(const GstSegment *segment, const GstBuffer *buffer) {
    const auto time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    return GST_CLOCK_TIME_IS_VALID(time) ? static_cast<std::int64_t>(time) : -1;
}

std::int64_t running_time(GstPad *pad, const GstBuffer *buffer) {
    GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == nullptr) {
        return -1;
    }
    const GstSegment *segment = nullptr;
    gst_event_parse_segment(event, &segment);
    const auto result = running_time(segment, buffer);
    gst_event_unref(event);
    return result;
}

Expected<void> PipelineCamera::start(Callbacks callbacks) {
    stop();
    auto parsed = gst::Pipeline::parse(describe_graph(options_, encoder_));
    if (!parsed) {
        return tl::unexpected<Error>(parsed.error());
    }
    {
        const std::lock_guard lock(overlay_mutex_);
        pipeline_ = std::make_unique<gst::Pipeline>(std::move(*parsed));
        pipeline_->set_text("lines", "text", overlay_lines(overlay_));
    }
    callbacks_ = std::move(callbacks);
    connect();
    if (auto playing = pipeline_->play(); !playing) {
        stop();
        return fail(playing, "start camera");
    }
    if (options_.kind == Kind::replay) {
        replay_ = std::make_unique<replay::ReplaySource>(options_, clock_, *pipeline_);
    }
    watcher_ = std::thread([this] { watch(); });
    log::info("camera_started", {{"driver", driver()}, {"encoder", encoder_.name}});
    return {};
}

void PipelineCamera::connect() {
    stopping_ = false;
    captured_ = 0;
    frames_ = 0;
    time_shown_.clear();
    last_captured_ = std::chrono::steady_clock::now();
    time_text_ = pipeline_->element("time");
    if (options_.kind == Kind::v4l2) {
        pipeline_->set_text("source", "device", options_.device);
    } else if (options_.kind == Kind::rtsp) {
        pipeline_->set_text("source", "location", options_.device);
    }
    add_probe("split", "sink", [](GstPad *pad, GstPadProbeInfo *info, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_captured(pad, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    });
    add_probe("time", "video_sink", [](GstPad *pad, GstPadProbeInfo *info, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_burn_in(pad, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    });
    GstAppSinkCallbacks frames{};
    frames.new_sample = [](GstAppSink *sink, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_frame(gst::Sample(gst_app_sink_pull_sample(sink)));
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element("frames").get()), &frames, this, nullptr);
    GstAppSinkCallbacks units{};
    units.new_sample = [](GstAppSink *sink, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_unit(gst::Sample(gst_app_sink_pull_sample(sink)));
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element("units").get()), &units, this, nullptr);
}

void PipelineCamera::add_probe(const char *element, const char *pad_name, GstPadProbeCallback callback) {
    GstPad *pad = gst_element_get_static_pad(pipeline_->element(element).get(), pad_name);
    assert(pad != nullptr);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, this, nullptr);
    gst_object_unref(pad);
}

void PipelineCamera::stop() {
    stopping_ = true;
    replay_.reset();
    if (pipeline_) {
        pipeline_->stop();
    }
    if (watcher_.joinable()) {
        watcher_.join();
    }
    const std::lock_guard lock(overlay_mutex_); // only now: burning in takes it
    time_text_.reset();
    pipeline_.reset();
}

void PipelineCamera::set_overlay(const Overlay &overlay) {
    const std::lock_guard lock(overlay_mutex_);
    overlay_ = overlay;
    if (pipeline_) {
        pipeline_->set_text("lines", "text", overlay_lines(overlay));
    }
}

/// The buffer's time is the device's moment of capture; what has passed since is taken off the clock's present.
void PipelineCamera::on_captured(GstPad *pad, const GstBuffer *buffer) {
    const auto captured_ns = running_time(pad, buffer);
    auto instant = clock_.now();
    if (captured_ns >= 0) {
        const auto age_ms =
            std::clamp<std::int64_t>((pipeline_->running_time_ns() - captured_ns) / 1'000'000, 0, kMaxAgeMs);
        instant.wall_ms -= age_ms;
        instant.boot_ms -= age_ms;
        instants_.remember(captured_ns, instant);
    }
    last_captured_ = std::chrono::steady_clock::now();
    ++captured_;
}

/// In the streaming thread, just before this very picture is drawn on: it shows its own second.
void PipelineCamera::on_burn_in(GstPad *pad, const GstBuffer *buffer) {
    std::string line;
    {
        const std::lock_guard lock(overlay_mutex_);
        line = time_line(instants_.find(running_time(pad, buffer)), overlay_);
    }
    if (line != time_shown_) {
        g_object_set(time_text_.get(), "text", line.c_str(), nullptr);
        time_shown_ = std::move(line);
    }
}

void PipelineCamera::on_frame(const gst::Sample &sample) {
    auto picture = sample ? gst::copy_bgr(sample) : cv::Mat();
    if (picture.empty() || !callbacks_.frame || stopping_) {
        return;
    }
    const auto at = running_time(gst_sample_get_segment(sample.get()), gst_sample_get_buffer(sample.get()));
    Frame frame;
    frame.bgr = std::move(picture);
    frame.captured = instants_.find(at);
    frame.number = ++frames_;
    callbacks_.frame(std::move(frame));
}

void PipelineCamera::on_unit(const gst::Sample &sample) {
    if (!sample || !callbacks_.unit || stopping_) {
        return;
    }
    const GstBuffer *buffer = gst_sample_get_buffer(sample.get());
    Unit unit;
    unit.data = gst::bytes_of(sample);
    unit.key_frame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    unit.pts_ns = running_time(gst_sample_get_segment(sample.get()), buffer);
    const auto duration = GST_BUFFER_DURATION(buffer);
    unit.duration_ns = GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<std::int64_t>(duration)
                                                         : 1'000'000'000 / options_.frames_per_second;
    unit.captured = instants_.find(unit.pts_ns);
    callbacks_.unit(std::move(unit));
}

bool PipelineCamera::stalled() const {
    const auto quiet = std::chrono::steady_clock::now() - last_captured_.load();
    return captured_ == 0 ? quiet > kFirstPictureLimit : quiet > kNextPictureLimit;
}

/// Reports the first failure only: the graph is of no use after it.
void PipelineCamera::watch() {
    while (!stopping_) {
        auto report = pipeline_->wait(100ms);
        if (report.outcome == gst::Pipeline::Outcome::ended) {
            report.error = {ErrorCode::unavailable, "the camera's stream ended"};
        } else if (report.outcome == gst::Pipeline::Outcome::quiet) {
            if (!stalled()) {
                continue;
            }
            report.error = {ErrorCode::unavailable, "no picture from the camera"};
        }
        if (!stopping_) {
            log::warning("camera_failed", {{"driver", driver()}, {"error", report.error.message}});
            if (callbacks_.error) {
                callbacks_.error(report.error);
            }
        }
        return;
    }
}

} // namespace

std::unique_ptr<Camera> make_pipeline_camera(const Options &options, const Encoder &encoder, const Clock &clock) {
    return std::make_unique<PipelineCamera>(options, encoder, clock);
}

} // namespace xueshi::camera
