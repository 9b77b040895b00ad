#include "firmware/recorder/fragment_muxer.hpp"

#include <chrono>
#include <string>

namespace xueshi::recorder {
namespace {

namespace gst = camera::gst;

constexpr std::chrono::seconds kFinishLimit(20); ///< some seconds of film are left, nothing is encoded

} // namespace

FragmentMuxer::FragmentMuxer(gst::Pipeline pipeline, bool with_sound, ByteSink sink)
    : pipeline_(std::move(pipeline)), pictures_(pipeline_.element("pictures")),
      sounds_(with_sound ? pipeline_.element("sounds") : gst::Element()), out_(pipeline_.element("out")),
      sink_(std::move(sink)) {}

Expected<FragmentMuxer> FragmentMuxer::create(bool with_sound, ByteSink sink) {
    std::string graph = "appsrc name=pictures format=time max-bytes=0 "
                        "caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! mux. "
                        "mp4mux name=mux fragment-duration=1000 streamable=true ! appsink name=out sync=false";
    if (with_sound) {
        graph += " appsrc name=sounds format=time max-bytes=0 "
                 "caps=audio/mpeg,mpegversion=4,stream-format=adts,framed=true ! aacparse ! mux.";
    }
    auto pipeline = gst::Pipeline::parse(graph);
    if (!pipeline) {
        return tl::unexpected<Error>(pipeline.error());
    }
    if (auto playing = pipeline->play(); !playing) {
        return tl::unexpected<Error>(playing.error());
    }
    return FragmentMuxer(std::move(*pipeline), with_sound, std::move(sink));
}

Expected<void> FragmentMuxer::picture(ByteView unit, std::int64_t pts_ns, std::int64_t duration_ns) {
    if (auto pushed = gst::push(pictures_, unit, pts_ns, duration_ns); !pushed) {
        return pushed;
    }
    return pass_on();
}

Expected<void> FragmentMuxer::sound(ByteView unit, std::int64_t pts_ns, std::int64_t duration_ns) {
    if (auto pushed = gst::push(sounds_, unit, pts_ns, duration_ns); !pushed) {
        return pushed;
    }
    return pass_on();
}

Expected<void> FragmentMuxer::pass_on() {
    for (;;) {
        const auto sample = gst::try_pull(pipeline_, out_);
        if (!sample) {
            return tl::unexpected<Error>(sample.error());
        }
        if (!*sample) {
            return {};
        }
        if (auto taken = sink_(gst::bytes_of(*sample)); !taken) {
            return taken;
        }
    }
}

Expected<void> FragmentMuxer::finish() {
    gst::end_stream(pictures_);
    if (sounds_) {
        gst::end_stream(sounds_);
    }
    for (;;) {
        const auto sample = gst::pull(pipeline_, out_, kFinishLimit);
        if (!sample) {
            return tl::unexpected<Error>(sample.error());
        }
        if (!*sample) {
            return {};
        }
        if (auto taken = sink_(gst::bytes_of(*sample)); !taken) {
            return taken;
        }
    }
}

} // namespace xueshi::recorder
