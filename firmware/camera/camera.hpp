#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera {

enum class Kind { v4l2, rtsp, replay, test };
Expected<Kind> parse_kind(std::string_view text);

struct Options {
    Kind kind = Kind::v4l2;
    std::string device = "/dev/video0"; ///< v4l2: the node; rtsp: the URL
    std::filesystem::path playlist;     ///< replay: playlist.json (format: playlist.md)
    int width = 1280, height = 720, frames_per_second = 15;
    int analysis_width = 640, analysis_height = 360; ///< of the frames handed out
    int analysis_frames_per_second = 0;              ///< at most; 0: every picture
    int preview_frames_per_second = 0;               ///< 0: no preview is made
    int preview_width = 480, preview_height = 270;
    bool close_ups = false; ///< can be taken
    int bitrate_kbit = 1500;
    std::vector<std::string> failed_encoders; ///< are not chosen
};

/// One encoded access unit: H.264, Annex B byte stream, as made by h264parse alignment=au.
struct Unit {
    Bytes data;
    bool key_frame = false;
    std::int64_t pts_ns = 0; ///< running time of the graph
    std::int64_t duration_ns = 0;
    Instant captured;
};

/// A picture for the screen, without burned-in text.
struct Preview {
    Bytes jpeg;
    Instant captured;
};

/// The middle of a picture, of an identity card's shape (ISO/IEC 7810, ID-1), at the camera's full resolution: a
/// document that is held before the camera is too small in an analysis frame.
inline constexpr double kCloseUpWidth = 0.6; ///< of the picture's
inline constexpr double kCloseUpRatio = 85.60 / 53.98;

/// The burned-in lines. All texts are UTF-8; date and time are added by the camera, Asia/Shanghai.
struct Overlay {
    std::string institution, training_class, lesson;
    int checked_in = 0;
    ClockQuality clock = ClockQuality::unset; ///< unset shows 时钟未校准
    std::string nonce_code;                   ///< empty: nothing shown
};

struct Callbacks {
    std::function<void(Frame)> frame;          ///< latest wins: slow receivers lose frames, never queue
    std::function<void(Unit)> unit;            ///< every encoded unit, in order
    std::function<void(Error)> error;          ///< the graph stopped: unplugged, no permission, codec missing
    std::function<void(Preview)> preview = {}; ///< latest wins
    /// Asked at each picture: false: no preview is made of it, which saves scaling and JPEG. Empty: always.
    std::function<bool()> wants_preview = {};
    std::function<void(Frame)> close_up = {}; ///< one for each order
};

/// One capture graph: source -> tee -> analysis frames, preview, burned-in text -> encoder -> units.
/// Callbacks come from GStreamer's threads: hand over and return.
class Camera {
public:
    /// `clock` outlives the camera.
    static Expected<std::unique_ptr<Camera>> create(const Options &options, const Clock &clock);
    virtual ~Camera() = default;
    virtual Expected<void> start(Callbacks callbacks) = 0;
    /// Returns after the last callback has ended; never call it from one. Idempotent; start may follow.
    virtual void stop() = 0;
    virtual void set_overlay(const Overlay &overlay) = 0; ///< thread-safe
    /// Of the next picture. Thread-safe; nothing comes without `Options::close_ups`, or while no picture does.
    virtual void take_close_up() = 0;
    /// "v4l2", "rtsp", "replay", "test", with what follows: goes into each event's source.
    virtual std::string driver() const = 0;
    virtual Kind kind() const = 0;
    virtual std::string encoder() const = 0; ///< element that encodes, for the log
    /// It is why the graph stopped or does not start: it said so, or made nothing of the pictures that came.
    /// Thread-safe.
    virtual bool encoder_failed() const = 0;
};

/// A picture as JPEG. Thread-safe.
Expected<Bytes> encode_still(const cv::Mat &bgr);
/// Decodes a JPEG (turned upright by its EXIF orientation) or PNG photograph into BGR. Limits: 10 MB, 16 to 8,192
/// pixels a side, 50 megapixels. Thread-safe.
Expected<Frame> decode_still(ByteView file, const Instant &captured);

} // namespace xueshi::camera
