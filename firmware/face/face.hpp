#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::face {

/// A face in a frame. Pixels of the frame; landmarks: right eye, left eye, nose, right and left mouth corner (of the
/// person, so the right eye lies left in the picture).
struct Detection {
    cv::Rect2f box;
    float confidence = 0; ///< 0..1
    std::array<cv::Point2f, 5> landmarks;
};

/// Why a face cannot be used; each has one line of guidance on the screen.
enum class QualityFlaw { none, too_small, too_blurred, too_dark, too_bright, turned_away, cut_off };
std::string_view to_string(QualityFlaw flaw);

/// Unit vector; its length is `Pipeline::dimension()`.
using Embedding = std::vector<float>;

/// All that one frame says of one face.
struct Observation {
    Detection detection;
    QualityFlaw flaw = QualityFlaw::none;
    float liveness = 0;  ///< 0 spoof .. 1 live
    Embedding embedding; ///< empty when a flaw forbade it
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

    /// Name and version of what makes the embedding: templates of another one are not compared.
    virtual std::string embedding_model() const = 0;
    virtual std::size_t dimension() const = 0;
    /// Cosine above which two embeddings are one person; measured, see the manifest.
    virtual float match_threshold() const = 0;
    /// Least distance of the best person's score from the second person's.
    virtual float match_margin() const = 0;
    virtual float liveness_threshold() const = 0;
};

/// Same faces from frame to frame: by overlap of boxes.
class Tracker {
public:
    /// Gives each detection a track number; a track without a face for `patience` frames ends.
    std::vector<std::uint64_t> update(const std::vector<Detection> &detections);

private:
    struct Track {
        std::uint64_t number;
        cv::Rect2f box;
        int missed;
    };
    std::vector<Track> tracks_;
    std::uint64_t next_ = 1;
};

struct GalleryEntry {
    std::size_t person = 0; ///< caller's index of a person; several entries may share it
    Embedding embedding;
};

struct SearchResult {
    std::size_t person = 0;
    float score = -1;        ///< cosine, best of the person's entries
    float second_score = -1; ///< best of any other person; -1: nobody else
};
/// Exact search over entries; nullopt when there are none.
std::optional<SearchResult> search(const std::vector<GalleryEntry> &entries, const Embedding &probe);

} // namespace xueshi::face
