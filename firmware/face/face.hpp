#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/face/search.hpp"

namespace xueshi::face {

/// A face in a frame. Pixels of the frame; landmarks: right eye, left eye, nose, right and left mouth corner (of the
/// person, so the right eye lies left in the picture).
struct Detection {
    cv::Rect2f box;
    float confidence = 0; ///< 0..1
    std::array<cv::Point2f, 5> landmarks;
    bool close = false; ///< the landmarks were measured on an enlarged crop: no need to look again
};

/// Why a face cannot be used; each has one line of guidance on the screen. Sunglasses cover the eyes, a mask or a scarf
/// the mouth, a winter hat the brows.
enum class QualityFlaw {
    none,
    too_small,
    too_blurred,
    too_dark,
    too_bright,
    turned_away,
    cut_off,
    eyes_covered,
    mouth_covered,
    brows_covered
};
std::string_view to_string(QualityFlaw flaw);

/// Where the face looks, in degrees, from its five points: roughly, to tell poses apart. 0: into the camera; yaw and
/// roll are positive to the right of the picture and clockwise, pitch is positive downwards.
struct Pose {
    float yaw = 0, pitch = 0, roll = 0;
};

/// All that one frame says of one face.
struct Observation {
    Detection detection;
    QualityFlaw flaw = QualityFlaw::none;
    Pose pose;
    float quality = 0;   ///< 0..1: how good a sample it is among those without flaw
    float liveness = 0;  ///< 0 spoof .. 1 live
    Embedding embedding; ///< empty: a flaw, or not worth it; else `Pipeline::dimension()` numbers
};

/// How far a frame is searched.
enum class Reach {
    near, ///< who stands before the terminal: faces of a tenth of the frame's width; a third of the work
    room, ///< every face that can be used
};

/// The recognition stages over one frame, models chosen by the manifest. Thread-bound (networks keep state).
class Pipeline {
public:
    /// Loads models/manifest.json and the files it names from `files`; a wrong sha256 or shape is refused.
    /// `threads`: how many OpenCV and OpenBLAS may use in the whole process; 0: as they like.
    static Expected<std::unique_ptr<Pipeline>> load(const std::filesystem::path &manifest,
                                                    const std::filesystem::path &files, int threads = 0);
    virtual ~Pipeline() = default;

    /// Faces of a frame, largest first, without embeddings or liveness.
    virtual Expected<std::vector<Detection>> detect(const camera::Frame &frame) = 0;
    /// Quality, then liveness and embedding where quality allows.
    virtual Expected<Observation> observe(const camera::Frame &frame, const Detection &detection) = 0;

    /// The same without allocation once the memory is there. An embedding is made only of a face of at least this
    /// quality.
    virtual Expected<void> detect(const camera::Frame &frame, std::vector<Detection> &into, Reach reach = Reach::room);
    virtual Expected<void> observe(const camera::Frame &frame, const Detection &detection, float embed_from,
                                   Observation &into);

    /// Finds a face of the frame before again, in its surroundings alone: a quarter of a search's work. Nothing when it
    /// is not there; a pipeline may never find any.
    virtual Expected<std::optional<Detection>> follow(const camera::Frame &frame, const Detection &before);

    /// Name and version of what makes the embedding: templates of another one are not compared.
    virtual std::string embedding_model() const = 0;
    virtual std::size_t dimension() const = 0;
    /// How two embeddings are compared; as they are unless a pipeline says otherwise.
    virtual Comparison comparison() const { return {}; }
    /// Score above which two embeddings are one person; measured, see the manifest.
    virtual float match_threshold() const = 0;
    /// Least distance of the best person's score from the second person's.
    virtual float match_margin() const = 0;
    virtual float liveness_threshold() const = 0;
};

/// Of the faces of a frame the largest so many are followed; who stands behind them is not asked yet.
inline constexpr std::size_t kMostTracked = 4;

/// Same faces from frame to frame: by overlap of boxes.
class Tracker {
public:
    static constexpr int kPatience = 5; ///< frames without its face after which a track ends
    /// Of tracks at a time, when the frames have no more faces than are followed.
    static constexpr std::size_t kMostAtOnce = kMostTracked * (kPatience + 1);

    /// Gives each detection a track number; a track without a face for longer than `kPatience` frames ends.
    std::vector<std::uint64_t> update(const std::vector<Detection> &detections);
    /// The same into memory that is kept.
    void update(std::span<const Detection> detections, std::vector<std::uint64_t> &numbers);
    /// Of all tracks that have not ended, also of those without a face in the newest frame.
    auto numbers() const { return std::views::transform(tracks_, &Track::number); }

private:
    struct Pair {
        float overlap;
        std::size_t track, detection;
    };
    struct Track {
        std::uint64_t number;
        cv::Rect2f box;
        int missed;
        bool seen;
    };
    std::vector<Track> tracks_;
    std::vector<Pair> pairs_;
    std::uint64_t next_ = 1;
};

} // namespace xueshi::face
