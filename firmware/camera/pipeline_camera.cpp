#include "firmware/camera/pipeline_camera.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <mutex>

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "firmware/camera/driver_name.hpp"
#include "firmware/camera/graph.hpp"
#include "firmware/camera/graph_watch.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/running_time.hpp"
#include "firmware/camera/gst/sample.hpp"
#include "firmware/camera/instant_log.hpp"
#include "firmware/camera/overlay.hpp"
#include "firmware/camera/replay/replay_source.hpp"
#include "firmware/camera/rtsp.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera {
namespace {

/// A network camera takes seconds to begin; one that runs never pauses so long (F07: a loss is known within 2 s).
constexpr std::chrono::milliseconds kFirstPictureLimit(10'000), kNextPictureLimit(1'500);
/// While pictures come; longer than the slowest processor needs for those in the queue, or to begin.
constexpr std::chrono::milliseconds kFirstUnitLimit(8'000), kNextUnitLimit(3'000);
using SteadyClock = std::chrono::steady_clock;

class PipelineCamera final : public Camera {
public:
    PipelineCamera(const Options &options, const Encoder &encoder, const Clock &clock)
        : options_(options), encoder_(encoder), clock_(clock) {}
    ~PipelineCamera() override { stop(); }

    Expected<void> start(Callbacks callbacks) override;
    void stop() override;
    void set_overlay(const Overlay &overlay) override;
    void take_close_up() override { wants_close_up_ = true; }
    std::string driver() const override { return driver_name(options_); }
    Kind kind() const override { return options_.kind; }
    std::string encoder() const override { return encoder_.name; }
    bool encoder_failed() const override { return encoder_failed_; }

private:
    void connect();
    template <auto receive>
    void deliver(const char *sink_name);
    void add_probe(const char *element, const char *pad, GstPadProbeCallback callback);
    void on_captured(GstPad *pad, const GstBuffer *buffer);
    void on_burn_in(GstPad *pad, const GstBuffer *buffer);
    void on_frame(const gst::Sample &sample);
    void on_unit(const gst::Sample &sample);
    void on_preview(const gst::Sample &sample);
    void on_close_up(const gst::Sample &sample);
    bool wants_preview() const { return !callbacks_.wants_preview || callbacks_.wants_preview(); }
    void watch_encoder();
    void failed(const gst::Pipeline::Report &report);

    const Options options_;
    const Encoder encoder_;
    const Clock &clock_;
    Callbacks callbacks_;
    std::unique_ptr<gst::Pipeline> pipeline_;
    gst::Element time_text_;
    std::unique_ptr<replay::ReplaySource> replay_;
    std::unique_ptr<GraphWatch> watch_;
    std::atomic<bool> stopping_ = false, told_ = false, encoder_failed_ = false;
    std::atomic<bool> any_picture_ = false, any_unit_ = false, wants_close_up_ = false;
    std::atomic<SteadyClock::time_point> newest_unit_; ///< or the first picture
    std::uint64_t frames_ = 0;                         ///< of the thread that delivers frames
    std::string time_shown_;                           ///< of the thread that burns in
    InstantLog instants_;
    std::mutex overlay_mutex_;
    Overlay overlay_;
};

/// A camera of one picture a second is not lost between two of them.
std::chrono::milliseconds two_pictures(const Options &options) {
    return std::chrono::milliseconds(2'000 / options.frames_per_second);
}

Expected<void> PipelineCamera::start(Callbacks callbacks) {
    stop();
    auto parsed = gst::Pipeline::parse(describe_graph(options_, encoder_));
    encoder_failed_ = !parsed; // of all its elements this one differs from machine to machine
    if (!parsed) {
        return tl::unexpected<Error>(parsed.error());
    }
    {
        const std::lock_guard lock(overlay_mutex_);
        pipeline_ = std::make_unique<gst::Pipeline>(std::move(*parsed));
        pipeline_->set_text("lines", "text", overlay_lines(overlay_));
    }
    callbacks_ = std::move(callbacks);
    watch_ = std::make_unique<GraphWatch>(
        *pipeline_, "picture from the camera",
        GraphWatch::Limits{kFirstPictureLimit, std::max(kNextPictureLimit, two_pictures(options_))},
        [this](const gst::Pipeline::Report &report) { failed(report); });
    connect();
    if (auto playing = pipeline_->play(); !playing) {
        stop();
        return fail(playing, "start camera");
    }
    watch_->begin();
    if (options_.kind == Kind::replay) {
        replay_ = std::make_unique<replay::ReplaySource>(options_, clock_, *pipeline_);
    }
    log::info("camera_started", {{"driver", driver()}, {"encoder", encoder_.name}});
    return {};
}

void PipelineCamera::connect() {
    stopping_ = told_ = any_picture_ = any_unit_ = wants_close_up_ = false;
    frames_ = 0;
    time_shown_.clear();
    time_text_ = pipeline_->element("time");
    if (options_.kind == Kind::v4l2) {
        pipeline_->set_text("source", "device", options_.device);
    } else if (options_.kind == Kind::rtsp) {
        aim_rtsp(*pipeline_, options_.device, "video");
    }
    add_probe("split", "sink", [](GstPad *pad, GstPadProbeInfo *info, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_captured(pad, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    });
    add_probe("time", "video_sink", [](GstPad *pad, GstPadProbeInfo *info, gpointer self) {
        static_cast<PipelineCamera *>(self)->on_burn_in(pad, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    });
    deliver<&PipelineCamera::on_frame>("frames");
    deliver<&PipelineCamera::on_unit>("units");
    if (options_.preview_frames_per_second > 0) {
        deliver<&PipelineCamera::on_preview>("preview");
        add_probe("shown", "sink", [](GstPad *, GstPadProbeInfo *, gpointer self) {
            return static_cast<PipelineCamera *>(self)->wants_preview() ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
        });
    }
    if (options_.close_ups) {
        deliver<&PipelineCamera::on_close_up>("close_up");
        add_probe("near", "sink", [](GstPad *, GstPadProbeInfo *, gpointer self) {
            const bool wanted = static_cast<PipelineCamera *>(self)->wants_close_up_.exchange(false);
            return wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
        });
    }
}

template <auto receive>
void PipelineCamera::deliver(const char *sink_name) {
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink *sink, gpointer self) {
        (static_cast<PipelineCamera *>(self)->*receive)(gst::Sample(gst_app_sink_pull_sample(sink)));
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element(sink_name).get()), &callbacks, this, nullptr);
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
    watch_.reset();
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

void PipelineCamera::on_captured(GstPad *pad, const GstBuffer *buffer) {
    instants_.capture(clock_, gst::running_time_ns(pad, buffer), pipeline_->running_time_ns());
    watch_->alive();
    watch_encoder();
}

void PipelineCamera::watch_encoder() {
    const auto now = SteadyClock::now();
    if (!any_picture_.exchange(true)) {
        newest_unit_ = now;
    } else if (now - newest_unit_.load() > (any_unit_ ? kNextUnitLimit : kFirstUnitLimit)) {
        failed({gst::Pipeline::Outcome::failed, {ErrorCode::unavailable, "no picture from the encoder"}, "encoder"});
    }
}

/// In the streaming thread, just before this very picture is drawn on: it shows its own second.
void PipelineCamera::on_burn_in(GstPad *pad, const GstBuffer *buffer) {
    std::string line;
    {
        const std::lock_guard lock(overlay_mutex_);
        line = time_line(instants_.find(gst::running_time_ns(pad, buffer)), overlay_);
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
    const auto at = gst::running_time_ns(sample.get());
    Frame frame;
    frame.bgr = std::move(picture);
    frame.captured = instants_.find(at);
    frame.number = ++frames_;
    callbacks_.frame(std::move(frame));
}

void PipelineCamera::on_unit(const gst::Sample &sample) {
    any_unit_ = true;
    newest_unit_ = SteadyClock::now();
    if (!sample || !callbacks_.unit || stopping_) {
        return;
    }
    const GstBuffer *buffer = gst_sample_get_buffer(sample.get());
    Unit unit;
    unit.data = gst::bytes_of(sample);
    unit.key_frame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    unit.pts_ns = gst::running_time_ns(sample.get());
    const auto duration = GST_BUFFER_DURATION(buffer);
    unit.duration_ns = GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<std::int64_t>(duration)
                                                         : 1'000'000'000 / options_.frames_per_second;
    unit.captured = instants_.find(unit.pts_ns);
    callbacks_.unit(std::move(unit));
}

void PipelineCamera::on_preview(const gst::Sample &sample) {
    if (sample && callbacks_.preview && !stopping_) {
        Preview preview;
        preview.jpeg = gst::bytes_of(sample);
        preview.captured = instants_.find(gst::running_time_ns(sample.get()));
        callbacks_.preview(std::move(preview));
    }
}

void PipelineCamera::on_close_up(const gst::Sample &sample) {
    Frame frame;
    frame.bgr = sample ? gst::copy_bgr(sample) : cv::Mat();
    if (!frame.bgr.empty() && callbacks_.close_up && !stopping_) {
        frame.captured = instants_.find(gst::running_time_ns(sample.get()));
        callbacks_.close_up(std::move(frame));
    }
}

/// Where an encoder refuses the pictures, it is the source that says it cannot go on.
void PipelineCamera::failed(const gst::Pipeline::Report &report) {
    if (stopping_ || told_.exchange(true)) {
        return;
    }
    auto error = report.error;
    encoder_failed_ = report.element == "encoder" || (any_picture_ && !any_unit_);
    if (encoder_failed_) {
        error.message = encoder_.name + ": " + error.message;
    }
    log::warning("camera_failed", {{"driver", driver()}, {"error", error.message}});
    if (callbacks_.error) {
        callbacks_.error(error);
    }
}

} // namespace

std::unique_ptr<Camera> make_pipeline_camera(const Options &options, const Encoder &encoder, const Clock &clock) {
    return std::make_unique<PipelineCamera>(options, encoder, clock);
}

} // namespace xueshi::camera
