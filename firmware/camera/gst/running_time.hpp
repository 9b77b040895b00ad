#pragma once

#include <cstdint>

struct _GstPad;
struct _GstBuffer;
struct _GstSample;

namespace xueshi::camera::gst {

/// When the buffer is, in nanoseconds of its graph's running time; -1: it has no time.
std::int64_t running_time_ns(_GstPad *pad, const _GstBuffer *buffer);
std::int64_t running_time_ns(_GstSample *sample);

} // namespace xueshi::camera::gst
