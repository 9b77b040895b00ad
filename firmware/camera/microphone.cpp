#include "firmware/camera/microphone.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "firmware/camera/graph_watch.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/running_time.hpp"
#include "firmware/camera/instant_log.hpp"
#include "firmware/camera/rtsp.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera {
namespace {

/// A network camera takes seconds to begin. F07: a loss is known within 2 s.
constexpr GraphWatch::Limits kLimits{std::chrono::milliseconds(10'000), std::chrono::milliseconds(1'500)};
constexpr std::size_t kLevelSamples = kSoundRate / 10;
constexpr double kFullScale = 32'768, kQuietest = -100;

class PipelineMicrophone final : public Microphone {
public:
    PipelineMicrophone(SoundOptions options, std::string encoder, const Clock &clock)
        : options_(std::move(options)), encoder_(std::move(encoder)), clock_(clock) {}
    ~PipelineMicrophone() override { stop(); }

    Expected<void> start(SoundCallbacks callbacks) override;
    void stop() override;
    std::string driver() const override;
    SoundKind kind() const override { return options_.kind; }

private:
    void connect();
    void on_captured(GstPad *pad, GstBuffer *buffer);
    void measure(GstBuffer *buffer, const Instant &captured);
    void on_unit(const gst::Sample &sample);
    void failed(const Error &error);

    const SoundOptions options_;
    const std::string encoder_;
    const Clock &clock_;
    SoundCallbacks callbacks_;
    std::unique_ptr<gst::Pipeline> pipeline_;
    std::unique_ptr<GraphWatch> watch_;
    std::atomic<bool> stopping_ = false;
    InstantLog instants_;
    double energy_ = 0; ///< of the thread that captures
    std::size_t samples_ = 0;
};

std::string PipelineMicrophone::driver() const {
    switch (options_.kind) {
    case SoundKind::alsa:
        return "alsa";
    case SoundKind::rtsp:
        return "rtsp";
    case SoundKind::file:
        return "file";
    case SoundKind::test:
        break;
    }
    return "test";
}

Expected<void> PipelineMicrophone::start(SoundCallbacks callbacks) {
    stop();
    auto parsed = gst::Pipeline::parse(describe_sound_graph(options_, encoder_));
    if (!parsed) {
        return tl::unexpected<Error>(parsed.error());
    }
    pipeline_ = std::make_unique<gst::Pipeline>(std::move(*parsed));
    callbacks_ = std::move(callbacks);
    watch_ = std::make_unique<GraphWatch>(*pipeline_, "sound from the microphone", kLimits,
                                          [this](const gst::Pipeline::Report &report) { failed(report.error); });
    connect();
    if (auto playing = pipeline_->play(); !playing) {
        stop();
        return fail(playing, "start microphone");
    }
    watch_->begin();
    return {};
}

void PipelineMicrophone::connect() {
    stopping_ = false;
    energy_ = 0;
    samples_ = 0;
    if (options_.kind == SoundKind::alsa) {
        pipeline_->set_text("source", "device", options_.device);
    } else if (options_.kind == SoundKind::rtsp) {
        aim_rtsp(*pipeline_, options_.device, "audio");
    } else if (options_.kind == SoundKind::file) {
        pipeline_->set_text("source", "location", options_.file.string());
    }
    GstPad *pad = gst_element_get_static_pad(pipeline_->element("sound").get(), "src");
    assert(pad != nullptr);
    const auto probe = [](GstPad *at, GstPadProbeInfo *info, gpointer self) {
        static_cast<PipelineMicrophone *>(self)->on_captured(at, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    };
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, this, nullptr);
    gst_object_unref(pad);
    GstAppSinkCallbacks units{};
    units.new_sample = [](GstAppSink *sink, gpointer self) {
        static_cast<PipelineMicrophone *>(self)->on_unit(gst::Sample(gst_app_sink_pull_sample(sink)));
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element("units").get()), &units, this, nullptr);
}

void PipelineMicrophone::stop() {
    stopping_ = true;
    if (pipeline_) {
        pipeline_->stop();
    }
    watch_.reset();
    pipeline_.reset();
}

void PipelineMicrophone::on_captured(GstPad *pad, GstBuffer *buffer) {
    const auto captured = instants_.capture(clock_, gst::running_time_ns(pad, buffer), pipeline_->running_time_ns());
    watch_->alive();
    measure(buffer, captured);
}

void PipelineMicrophone::measure(GstBuffer *buffer, const Instant &captured) {
    GstMapInfo map;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        return;
    }
    const auto *samples = reinterpret_cast<const std::int16_t *>(map.data);
    for (std::size_t i = 0; i < map.size / sizeof *samples; ++i) {
        energy_ += double(samples[i]) * samples[i];
    }
    samples_ += map.size / sizeof *samples;
    gst_buffer_unmap(buffer, &map);
    if (samples_ < kLevelSamples) {
        return;
    }
    const double rms = std::sqrt(energy_ / static_cast<double>(samples_)) / kFullScale;
    energy_ = 0;
    samples_ = 0;
    if (callbacks_.level && !stopping_) {
        callbacks_.level({rms > 0 ? std::max(kQuietest, 20 * std::log10(rms)) : kQuietest, captured});
    }
}

void PipelineMicrophone::on_unit(const gst::Sample &sample) {
    if (!sample || !callbacks_.unit || stopping_) {
        return;
    }
    SoundUnit unit;
    unit.data = gst::bytes_of(sample);
    unit.pts_ns = gst::running_time_ns(sample.get());
    unit.duration_ns = std::int64_t{kSamplesPerUnit} * 1'000'000'000 / kSoundRate;
    unit.captured = instants_.find(unit.pts_ns);
    callbacks_.unit(std::move(unit));
}

void PipelineMicrophone::failed(const Error &error) {
    if (stopping_) {
        return;
    }
    log::warning("microphone_failed", {{"driver", driver()}, {"error", error.message}});
    if (callbacks_.error) {
        callbacks_.error(error);
    }
}

std::string source(const SoundOptions &options) {
    switch (options.kind) {
    case SoundKind::alsa: // the graph's clock stays the system's, the picture's too: sound is fitted to it
        return "alsasrc name=source provide-clock=false do-timestamp=true";
    case SoundKind::rtsp:
        return rtsp_element("audio") + " ! decodebin";
    case SoundKind::file:
        return "filesrc name=source ! decodebin";
    case SoundKind::test:
        break;
    }
    return "audiotestsrc is-live=true volume=0.2 samplesperbuffer=960";
}

} // namespace

std::string describe_sound_graph(const SoundOptions &options, std::string_view encoder) {
    // audiorate: a network camera's packets begin unsteadily, and sound has no holes in a film.
    return fmt::format("{} ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate={},channels=1 ! "
                       "audiorate skip-to-first=true ! identity name=sound {} ! queue leaky=downstream ! audioconvert "
                       "! {} bitrate={} ! aacparse ! "
                       "audio/mpeg,mpegversion=4,stream-format=adts ! appsink name=units sync=false",
                       source(options), kSoundRate, options.kind == SoundKind::file ? "sync=true" : "", encoder,
                       options.bitrate_kbit * 1'000);
}

Expected<SoundKind> parse_sound_kind(std::string_view text) {
    if (text == "alsa") {
        return SoundKind::alsa;
    }
    if (text == "rtsp") {
        return SoundKind::rtsp;
    }
    if (text == "file") {
        return SoundKind::file;
    }
    if (text == "test") {
        return SoundKind::test;
    }
    return fail(ErrorCode::invalid_argument, "microphone kind is alsa, rtsp, file or test");
}

Expected<std::unique_ptr<Microphone>> Microphone::create(const SoundOptions &options, const Clock &clock) {
    if (options.bitrate_kbit < 16 || options.bitrate_kbit > 320) {
        return fail(ErrorCode::invalid_argument, "microphone: 16 to 320 kbit a second");
    }
    if (options.kind == SoundKind::file && options.file.empty()) {
        return fail(ErrorCode::invalid_argument, "microphone: kind file needs a file");
    }
    for (const auto *encoder : {"avenc_aac", "voaacenc"}) {
        if (gst::element_works(encoder)) {
            return std::make_unique<PipelineMicrophone>(options, encoder, clock);
        }
    }
    return fail(ErrorCode::unsupported, "no AAC encoder: install gstreamer1.0-libav or -plugins-bad");
}

} // namespace xueshi::camera
