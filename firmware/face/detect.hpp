#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/face/face.hpp"

namespace xueshi::face {

/// Finds faces and their five landmarks in a picture of any size. Thread-bound.
class Detector {
public:
    virtual ~Detector() = default;
    /// In pixels of `bgr`; no order. `into` is emptied first and keeps its memory; no face leaves it empty.
    virtual Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into, Reach reach) = 0;
    /// A face found in `bgr` with its landmarks measured again, closer. Unchanged where a detector needs no second
    /// look.
    virtual Expected<Detection> refine(const cv::Mat &bgr, const Detection &detection);
    /// A face of the picture before, found again near where it was; nothing when it is not there, or when the detector
    /// only searches whole pictures.
    virtual Expected<std::optional<Detection>> follow(const cv::Mat &bgr, const Detection &before);
};

/// CenterFace (Xu et al., arXiv:1911.03599), an anchor-free network; `bytes`: its ONNX file.
Expected<std::unique_ptr<Detector>> make_centerface(const std::string &bytes);
/// YuNet in OpenCV's FaceDetectorYN. The library reads a file only: `path`.
Expected<std::unique_ptr<Detector>> make_yunet(const std::string &path);
/// BlazeFace for near faces (arXiv:1907.05047), `bytes`: its ONNX file. It says where the mouth is, not its corners.
Expected<std::unique_ptr<Detector>> make_blazeface(const std::string &bytes);

/// Keeps of overlapping boxes the most confident one.
void suppress_overlaps(std::vector<Detection> &detections, float max_overlap);
/// Intersection over union, 0..1.
float overlap(const cv::Rect2f &a, const cv::Rect2f &b);

} // namespace xueshi::face
