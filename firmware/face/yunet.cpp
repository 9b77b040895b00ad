#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "firmware/face/detect.hpp"
#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

constexpr int kLongSide = 640;
constexpr int kColumns = 15; // box, five points, confidence

class YuNet : public Detector {
public:
    explicit YuNet(cv::Ptr<cv::FaceDetectorYN> net) : net_(std::move(net)) {}

    Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into, Reach) override {
        try {
            const double scale = std::min(1.0, static_cast<double>(kLongSide) / std::max(bgr.cols, bgr.rows));
            if (scale < 1) {
                cv::resize(bgr, smaller_, {}, scale, scale, cv::INTER_AREA);
            }
            const cv::Mat &picture = scale < 1 ? smaller_ : bgr;
            net_->setInputSize(picture.size());
            net_->detect(picture, faces_);
            return read(faces_, static_cast<float>(scale), into);
        } catch (const cv::Exception &exception) {
            return fail(ErrorCode::corrupt, "model yunet cannot run: " + one_line(exception.err));
        }
    }

private:
    static Expected<void> read(const cv::Mat &faces, float scale, std::vector<Detection> &found) {
        found.clear();
        if (!faces.empty() && faces.cols != kColumns) {
            return fail(ErrorCode::corrupt, "model yunet gives outputs of other shapes");
        }
        for (int row = 0; row < faces.rows; ++row) {
            const float *values = faces.ptr<float>(row);
            Detection detection;
            detection.box = {values[0] / scale, values[1] / scale, values[2] / scale, values[3] / scale};
            for (std::size_t i = 0; i < detection.landmarks.size(); ++i) {
                detection.landmarks[i] = {values[4 + 2 * i] / scale, values[5 + 2 * i] / scale};
            }
            detection.confidence = values[kColumns - 1];
            found.push_back(detection);
        }
        return {};
    }

    cv::Ptr<cv::FaceDetectorYN> net_;
    cv::Mat smaller_, faces_;
};

} // namespace

Expected<std::unique_ptr<Detector>> make_yunet(const std::string &path) {
    try {
        auto detector = std::make_unique<YuNet>(cv::FaceDetectorYN::create(path, "", {320, 192}, 0.8F, 0.3F, 512));
        // The first pass shows whether the file has the outputs that the library reads.
        std::vector<Detection> nothing;
        if (auto trial = detector->detect(cv::Mat::zeros(192, 320, CV_8UC3), nothing, Reach{}); !trial) {
            return tl::unexpected(trial.error());
        }
        return detector;
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model yunet cannot be read: " + one_line(exception.err));
    }
}

} // namespace xueshi::face
