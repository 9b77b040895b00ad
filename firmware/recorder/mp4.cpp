#include "firmware/recorder/mp4.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::recorder {
namespace {

namespace gst = camera::gst;

constexpr auto kMuxLimit = std::chrono::seconds(20); ///< a clip is some megabytes, nothing is encoded

Expected<void> feed(gst::Pipeline &pipeline, const std::vector<Placed> &units) {
    const auto in = pipeline.element("in");
    for (const auto &placed : units) {
        if (auto pushed = gst::push(in, placed.unit->data, placed.pts_ns, placed.duration_ns); !pushed) {
            return pushed;
        }
    }
    gst::end_stream(in);
    return {};
}

Expected<void> drain(gst::Pipeline &pipeline, const ByteSink &sink) {
    const auto out = pipeline.element("out");
    bool any = false;
    for (;;) {
        const auto sample = gst::pull(pipeline, out, kMuxLimit);
        if (!sample) { // slowness passes, anything else lies in the units
            const auto code = sample.error().code == ErrorCode::timeout ? ErrorCode::timeout : ErrorCode::corrupt;
            return fail(code, sample.error().message);
        }
        if (!*sample) {
            break;
        }
        if (auto written = sink(gst::bytes_of(*sample)); !written) {
            return written;
        }
        any = true;
    }
    if (!any) {
        return fail(ErrorCode::corrupt, "the units cannot be packed into an MP4");
    }
    return {};
}

} // namespace

Expected<void> mux_mp4(const std::vector<Placed> &units, const ByteSink &sink) {
    // To put the index in front mp4mux keeps the pictures aside in a file; this one is in memory only.
    const UniqueFd aside(::memfd_create("clip", MFD_CLOEXEC));
    if (!aside) {
        return tl::unexpected<Error>(error_from_errno(errno, "make memory file"));
    }
    auto pipeline = gst::Pipeline::parse(
        fmt::format("appsrc name=in format=time max-bytes=0 caps=video/x-h264,stream-format=byte-stream,alignment=au ! "
                    "h264parse ! mp4mux faststart=true faststart-file=/proc/self/fd/{} ! "
                    "appsink name=out sync=false max-buffers=16",
                    aside.get()));
    if (!pipeline) {
        return tl::unexpected<Error>(pipeline.error());
    }
    if (auto playing = pipeline->play(); !playing) {
        return playing;
    }
    if (auto fed = feed(*pipeline, units); !fed) {
        return fed;
    }
    return drain(*pipeline, sink);
}

} // namespace xueshi::recorder
