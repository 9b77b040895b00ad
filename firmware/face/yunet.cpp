#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "firmware/face/detect.hpp"

namespace xueshi::face {

namespace {

constexpr int kLongSide = 640;
constexpr int kColumns = 15; // box, five points, confidence

class YuNet : public Detector {
public:
    explicit YuNet(cv::Ptr<cv::FaceDetectorYN> net) : net_(std::move(net)) {}

    Expected<std::vector<Detection>> detect(const cv::Mat &bgr) override {
        try {
            cv::Mat picture = bgr;
            const double scale = std::min(1.0, static_cast<double>(kLongSide) / std::max(bgr.cols, bgr.rows));
            if (scale < 1) {
                cv::resize(bgr, picture, {}, scale, scale, cv::INTER_AREA);
            }
            net_->setInputSize(picture.size());
            cv::Mat faces;
            net_->detect(picture, faces);
            return read(faces, static_cast<float>(scale));
        } catch (const cv::Exception &exception) {
            return fail(ErrorCode::corrupt, "model yunet cannot run: " + exception.err);
        }
    }

private:
    static Expected<std::vector<Detection>> read(const cv::Mat &faces, float scale) {
        std::vector<Detection> found;
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
        return found;
    }

    cv::Ptr<cv::FaceDetectorYN> net_;
};

} // namespace

Expected<std::unique_ptr<Detector>> make_yunet(const std::string &path) {
    try {
        auto net = cv::FaceDetectorYN::create(path, "", {320, 192}, 0.8F, 0.3F, 512);
        return std::make_unique<YuNet>(std::move(net));
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model yunet cannot be read: " + exception.err);
    }
}

} // namespace xueshi::face
