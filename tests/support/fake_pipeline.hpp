#pragma once

#include <cmath>

#include <opencv2/core/mat.hpp>

#include "firmware/face/face.hpp"

namespace xueshi::test {

/// Faces painted as numbers: row r of a frame, pixel (r, 0) = {person 1..4, flaw, liveness in percent} is a face of
/// that person, pixel (r, 1) = {its quality in percent, the side of its box}; a frame has as many faces as rows with a
/// person. Embeddings are the four unit vectors; person 9 looks like nobody, person 12 is between persons 1 and 2,
/// person 11 is a little like person 1 alone.
class FakePipeline : public face::Pipeline {
public:
    struct Face {
        int person = 1;
        face::QualityFlaw flaw = face::QualityFlaw::none;
        int liveness_percent = 95;
        int quality_percent = 0;
        int side = 100; ///< pixels; list the largest first, as a pipeline does
    };
    static camera::Frame frame(const std::vector<Face> &faces, const Instant &at = {}) {
        camera::Frame frame;
        frame.captured = at;
        frame.bgr = cv::Mat::zeros(16, 16, CV_8UC3);
        for (std::size_t i = 0; i < faces.size(); ++i) {
            frame.bgr.at<cv::Vec3b>(static_cast<int>(i), 0) =
                cv::Vec3b(static_cast<unsigned char>(faces[i].person), static_cast<unsigned char>(faces[i].flaw),
                          static_cast<unsigned char>(faces[i].liveness_percent));
            frame.bgr.at<cv::Vec3b>(static_cast<int>(i), 1) = cv::Vec3b(
                static_cast<unsigned char>(faces[i].quality_percent), static_cast<unsigned char>(faces[i].side), 0);
        }
        return frame;
    }
    /// A close-up of 768 x 484 pixels: the first face's left edge is at `x`, each further one's a pixel further.
    static camera::Frame close_up(const std::vector<Face> &faces, int x = 60) {
        camera::Frame wide;
        wide.bgr = cv::Mat::zeros(484, 768, CV_8UC3);
        if (!faces.empty()) {
            const auto count = static_cast<int>(faces.size());
            frame(faces).bgr(cv::Rect(0, 0, 2, count)).copyTo(wide.bgr(cv::Rect(0, x, 2, count)));
        }
        return wide;
    }
    static face::Embedding embedding(int person) {
        if (person == 12) {
            return {0.71F, 0.70F, 0.05F, 0, 0};
        }
        if (person == 11) {
            return {0.5F, 0, 0, 0, 0.87F};
        }
        face::Embedding unit(5, 0.0F);
        unit[static_cast<std::size_t>(person >= 1 && person <= 4 ? person - 1 : 4)] = 1;
        return unit;
    }

    using face::Pipeline::observe;
    int searched = 0, searched_near = 0, followed = 0; ///< frames

    /// Near are faces of at least 60 pixels.
    Expected<void> detect(const camera::Frame &frame, std::vector<face::Detection> &into, face::Reach reach) override {
        into = *detect(frame);
        if (reach == face::Reach::near) {
            ++searched_near;
            --searched;
            std::erase_if(into, [](const face::Detection &detection) { return detection.box.width < 60; });
        }
        return {};
    }
    Expected<std::vector<face::Detection>> detect(const camera::Frame &frame) override {
        ++searched;
        std::vector<face::Detection> faces;
        for (int row = 0; row < frame.bgr.rows; ++row) {
            if (frame.bgr.at<cv::Vec3b>(row, 0)[0] != 0) {
                face::Detection detection;
                const auto side = static_cast<float>(frame.bgr.at<cv::Vec3b>(row, 1)[1]);
                detection.box = cv::Rect2f(static_cast<float>(row), 0, side, side);
                detection.confidence = 1;
                faces.push_back(detection);
            }
        }
        return faces;
    }
    Expected<std::optional<face::Detection>> follow(const camera::Frame &frame,
                                                    const face::Detection &before) override {
        ++followed;
        const bool there = frame.bgr.at<cv::Vec3b>(static_cast<int>(before.box.x), 0)[0] != 0;
        return there ? std::optional(before) : std::nullopt;
    }
    Expected<face::Observation> observe(const camera::Frame &frame, const face::Detection &detection) override {
        const auto row = static_cast<int>(detection.box.x);
        const auto pixel = frame.bgr.at<cv::Vec3b>(row, 0);
        face::Observation observation;
        observation.detection = detection;
        observation.flaw = static_cast<face::QualityFlaw>(pixel[1]);
        if (observation.flaw == face::QualityFlaw::none) {
            observation.liveness = static_cast<float>(pixel[2]) / 100;
            observation.quality = static_cast<float>(frame.bgr.at<cv::Vec3b>(row, 1)[0]) / 100;
            observation.embedding = embedding(pixel[0]);
        }
        return observation;
    }
    std::string embedding_model() const override { return "fake-face-1"; }
    std::size_t dimension() const override { return 5; }
    float match_threshold() const override { return 0.6F; }
    float match_margin() const override { return 0.1F; }
    float liveness_threshold() const override { return 0.5F; }
};

} // namespace xueshi::test
