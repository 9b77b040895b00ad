#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

struct _GstElement;
struct _GstSample;

/// GStreamer behind RAII, without its headers: for the rooms that build graphs (camera, recorder).
namespace xueshi::camera::gst {

/// Gives one reference back.
struct Unref {
    void operator()(_GstElement *element) const;
    void operator()(_GstSample *sample) const;
};
using Element = std::unique_ptr<_GstElement, Unref>;
using Sample = std::unique_ptr<_GstSample, Unref>;

/// gst_init, once a process; thread-safe, but it sets a variable of the environment: a program whose other threads may
/// read that meanwhile calls it before it has them.
void initialise();
/// A factory of this name is installed and its element reaches READY, which opens a hardware codec's device.
bool element_works(const char *factory);

/// A graph and its bus. No GLib main loop is needed: the bus is polled. Thread-safe but for the destructor.
class Pipeline {
public:
    /// In the words of gst-launch. Text from outside never goes in here but by `set_text`.
    static Expected<Pipeline> parse(const std::string &description);
    Pipeline(Pipeline &&) noexcept = default;
    Pipeline &operator=(Pipeline &&other) noexcept;
    ~Pipeline();

    /// Starts; the error is what the failing element said.
    Expected<void> play();
    /// To NULL: returns when all streaming threads have ended. Idempotent.
    void stop();
    /// What the graph was built with; asserts that `name` is in the description.
    Element element(const char *name) const;
    void set_text(const char *element_name, const char *property, const std::string &value);

    enum class Outcome { ended, failed, quiet };
    struct Report {
        Outcome outcome = Outcome::quiet;
        Error error;
        std::string element; ///< whose error: the name of one of the graph's own elements
    };
    /// The next error or end of stream from the bus; `quiet` when none came in time.
    Report wait(std::chrono::milliseconds timeout);
    /// Nanoseconds the graph has been playing; 0 before.
    std::int64_t running_time_ns() const;

private:
    explicit Pipeline(_GstElement *pipeline) : pipeline_(pipeline) {}

    Element pipeline_;
};

/// Next sample of the graph's appsink; null at the end of the stream. Error: the graph's, or `timeout`.
Expected<Sample> pull(Pipeline &pipeline, const Element &appsink, std::chrono::milliseconds timeout);
/// The next sample if it is there already; null: none is. Error: the graph's.
Expected<Sample> try_pull(Pipeline &pipeline, const Element &appsink);
/// Copies `bytes` into an appsrc as one buffer. -1: no time.
Expected<void> push(const Element &appsrc, ByteView bytes, std::int64_t pts_ns = -1, std::int64_t duration_ns = -1);
/// The same without a copy: `owner` holds `bytes`, until the graph is done with them.
Expected<void> push(const Element &appsrc, ByteView bytes, std::shared_ptr<const void> owner, std::int64_t pts_ns,
                    std::int64_t duration_ns);
void end_stream(const Element &appsrc);
/// All bytes of a sample's buffer.
Bytes bytes_of(const Sample &sample);

} // namespace xueshi::camera::gst
