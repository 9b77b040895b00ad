#include "firmware/camera/gst/pipeline.hpp"

#include <cassert>
#include <cstdlib>
#include <mutex>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

namespace xueshi::camera::gst {
namespace {

GstClockTime to_gst(std::chrono::milliseconds duration) {
    return static_cast<GstClockTime>(duration.count()) * GST_MSECOND;
}

ErrorCode resource_code(int code) {
    switch (code) {
    case GST_RESOURCE_ERROR_NOT_FOUND:
        return ErrorCode::not_found;
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
        return ErrorCode::denied;
    case GST_RESOURCE_ERROR_NO_SPACE_LEFT:
        return ErrorCode::no_space;
    case GST_RESOURCE_ERROR_OPEN_READ:
    case GST_RESOURCE_ERROR_OPEN_READ_WRITE:
    case GST_RESOURCE_ERROR_BUSY:
    case GST_RESOURCE_ERROR_READ:
        return ErrorCode::unavailable;
    default:
        return ErrorCode::io;
    }
}

ErrorCode stream_code(int code) {
    switch (code) {
    case GST_STREAM_ERROR_CODEC_NOT_FOUND:
    case GST_STREAM_ERROR_NOT_IMPLEMENTED:
        return ErrorCode::unsupported;
    case GST_STREAM_ERROR_FAILED: // "Internal data stream error": the source stopped
        return ErrorCode::unavailable;
    default:
        return ErrorCode::corrupt;
    }
}

/// Only the message: the debug text names addresses, which may hold a camera's password.
Error to_error(const GError &error) {
    auto code = ErrorCode::io;
    if (error.domain == GST_RESOURCE_ERROR) {
        code = resource_code(error.code);
    } else if (error.domain == GST_STREAM_ERROR) {
        code = stream_code(error.code);
    } else if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN) {
        code = ErrorCode::unsupported;
    }
    return {code, error.message};
}

/// Of the graph's own element that the message came from, or from inside of.
std::string sender(GstMessage *message, GstElement *pipeline) {
    GstObject *from = GST_MESSAGE_SRC(message);
    while (from != nullptr && GST_OBJECT_PARENT(from) != GST_OBJECT(pipeline)) {
        from = GST_OBJECT_PARENT(from);
    }
    return from != nullptr ? GST_OBJECT_NAME(from) : "";
}

/// Takes `buffer`.
Expected<void> push_buffer(const Element &appsrc, GstBuffer *buffer, std::int64_t pts_ns, std::int64_t duration_ns) {
    if (pts_ns >= 0) {
        GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(pts_ns);
    }
    if (duration_ns >= 0) {
        GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(duration_ns);
    }
    if (gst_app_src_push_buffer(GST_APP_SRC(appsrc.get()), buffer) != GST_FLOW_OK) {
        return fail(ErrorCode::unavailable, "the media graph takes no more data");
    }
    return {};
}

Error read_error(GstMessage *message) {
    GError *error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    auto result = to_error(*error);
    g_error_free(error);
    return result;
}

} // namespace

void Unref::operator()(_GstElement *element) const {
    gst_object_unref(element);
}
void Unref::operator()(_GstSample *sample) const {
    gst_sample_unref(sample);
}

/// When a device stops, GStreamer 1.22's v4l2 elements leave the buffers that are still out to their own end, which
/// only a graph that goes on needs, and forget a reference to their pool at that (gst_v4l2_object_stop): five
/// descriptors a start of a camera. Told to wait for the buffers instead, which have come back when a graph stops, they
/// free all.
void initialise() {
    static std::once_flag once;
    std::call_once(once, [] {
        ::setenv("GST_V4L2_FORCE_DRAIN", "1", 1);
        gst_init(nullptr, nullptr);
    });
}

bool element_works(const char *factory) {
    initialise();
    GstElement *made = gst_element_factory_make(factory, nullptr);
    if (made == nullptr) {
        return false;
    }
    const Element element(GST_ELEMENT(gst_object_ref_sink(made)));
    const bool works = gst_element_set_state(element.get(), GST_STATE_READY) != GST_STATE_CHANGE_FAILURE;
    gst_element_set_state(element.get(), GST_STATE_NULL);
    return works;
}

Expected<Pipeline> Pipeline::parse(const std::string &description) {
    initialise();
    GError *error = nullptr;
    GstElement *made = gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (error != nullptr) {
        const std::string message = error->message;
        g_error_free(error);
        if (made != nullptr) {
            gst_object_unref(made);
        }
        return fail(ErrorCode::unsupported, "build media graph: " + message);
    }
    return Pipeline(GST_ELEMENT(gst_object_ref_sink(made)));
}

Pipeline &Pipeline::operator=(Pipeline &&other) noexcept {
    if (this != &other) {
        stop();
        pipeline_ = std::move(other.pipeline_);
    }
    return *this;
}

Pipeline::~Pipeline() {
    stop();
}

Expected<void> Pipeline::play() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) {
        return {};
    }
    auto report = wait(std::chrono::milliseconds(0));
    if (report.outcome != Outcome::failed) {
        report.error = {ErrorCode::unavailable, "the media graph does not start"};
    }
    return tl::unexpected<Error>(std::move(report.error));
}

void Pipeline::stop() {
    if (pipeline_) {
        gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }
}

Element Pipeline::element(const char *name) const {
    GstElement *found = gst_bin_get_by_name(GST_BIN(pipeline_.get()), name);
    assert(found != nullptr);
    return Element(found);
}

void Pipeline::set_text(const char *element_name, const char *property, const std::string &value) {
    g_object_set(element(element_name).get(), property, value.c_str(), nullptr);
}

Pipeline::Report Pipeline::wait(std::chrono::milliseconds timeout) {
    GstBus *bus = gst_element_get_bus(pipeline_.get());
    constexpr auto kWanted = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    GstMessage *message = gst_bus_timed_pop_filtered(bus, to_gst(timeout), kWanted);
    gst_object_unref(bus);
    Report report;
    if (message == nullptr) {
        return report;
    }
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        report.outcome = Outcome::ended;
    } else {
        report.outcome = Outcome::failed;
        report.error = read_error(message);
        report.element = sender(message, pipeline_.get());
    }
    gst_message_unref(message);
    return report;
}

std::int64_t Pipeline::running_time_ns() const {
    const GstClockTime time = gst_element_get_current_running_time(pipeline_.get());
    return GST_CLOCK_TIME_IS_VALID(time) ? static_cast<std::int64_t>(time) : 0;
}

Expected<Sample> pull(Pipeline &pipeline, const Element &appsink, std::chrono::milliseconds timeout) {
    // A failure is on the bus only, so the wait is cut into pieces.
    constexpr auto kPiece = std::chrono::milliseconds(20);
    auto *sink = GST_APP_SINK(appsink.get());
    for (auto waited = kPiece; waited <= timeout; waited += kPiece) {
        if (GstSample *sample = gst_app_sink_try_pull_sample(sink, to_gst(kPiece)); sample != nullptr) {
            return Sample(sample);
        }
        if (gst_app_sink_is_eos(sink) != FALSE) {
            return nullptr;
        }
        if (auto report = pipeline.wait(std::chrono::milliseconds(0)); report.outcome == Pipeline::Outcome::failed) {
            return tl::unexpected<Error>(std::move(report.error));
        }
    }
    return fail(ErrorCode::timeout, "the media graph gives nothing");
}

Expected<Sample> try_pull(Pipeline &pipeline, const Element &appsink) {
    if (GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(appsink.get()), 0); sample != nullptr) {
        return Sample(sample);
    }
    if (auto report = pipeline.wait(std::chrono::milliseconds(0)); report.outcome == Pipeline::Outcome::failed) {
        return tl::unexpected<Error>(std::move(report.error));
    }
    return nullptr;
}

Expected<void> push(const Element &appsrc, ByteView bytes, std::int64_t pts_ns, std::int64_t duration_ns) {
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
    if (buffer == nullptr) {
        return fail(ErrorCode::io, "no memory for a media buffer");
    }
    gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
    return push_buffer(appsrc, buffer, pts_ns, duration_ns);
}

Expected<void> push(const Element &appsrc, ByteView bytes, std::shared_ptr<const void> owner, std::int64_t pts_ns,
                    std::int64_t duration_ns) {
    using Owner = std::shared_ptr<const void>;
    GstBuffer *buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, const_cast<std::uint8_t *>(bytes.data()),
                                                    bytes.size(), 0, bytes.size(), new Owner(std::move(owner)),
                                                    [](gpointer kept) { delete static_cast<Owner *>(kept); });
    return push_buffer(appsrc, buffer, pts_ns, duration_ns);
}

void end_stream(const Element &appsrc) {
    gst_app_src_end_of_stream(GST_APP_SRC(appsrc.get()));
}

Bytes bytes_of(const Sample &sample) {
    GstBuffer *buffer = gst_sample_get_buffer(sample.get());
    Bytes bytes(gst_buffer_get_size(buffer));
    if (!bytes.empty()) { // mp4mux sends empty ones
        gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
    }
    return bytes;
}

} // namespace xueshi::camera::gst
