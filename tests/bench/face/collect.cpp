#include "tests/bench/face/collect.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

namespace {

namespace fs = std::filesystem;

// Widths of the faces as they come: NUAA crops 160 of 203 pixels, LFW 85 of 112.
constexpr double kNuaaScale = 0.6;
constexpr double kLfwScale = 1.2;
constexpr int kMaxPicturesAPerson = 4;
constexpr int kLivenessStep = 2; // neighbours are nearly the same frame

std::vector<fs::path> sorted_entries(const fs::path &folder) {
    std::vector<fs::path> entries;
    for (const auto &entry : fs::directory_iterator(folder)) {
        entries.push_back(entry.path());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

Expected<camera::Frame> read(const fs::path &path) {
    const auto file = read_file(path, 10 << 20);
    if (!file) {
        return tl::unexpected(file.error());
    }
    return camera::decode_still(as_bytes(*file), {});
}

camera::Frame framed(const camera::Frame &picture, double scale) {
    cv::Mat face;
    cv::resize(picture.bgr, face, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    camera::Frame frame;
    frame.bgr = cv::Mat(360, 640, CV_8UC3, cv::Scalar(110, 110, 110));
    face.copyTo(frame.bgr(cv::Rect(250, 100, face.cols, face.rows)));
    return frame;
}

class Collector {
public:
    explicit Collector(face::Pipeline &pipeline) : pipeline_(pipeline) {}

    /// A picture to match, on a frame as the camera gives it.
    Expected<void> add(const fs::path &path, double scale, Sample sample) {
        const auto picture = read(path);
        return picture ? look(framed(*picture, scale), std::move(sample), result_.samples)
                       : Expected<void>(tl::unexpected(picture.error().with_context(path.string())));
    }

    /// A picture as it is, for liveness alone.
    Expected<void> add_raw(const fs::path &path, Sample sample) {
        const auto picture = read(path);
        return picture ? look(*picture, std::move(sample), result_.liveness)
                       : Expected<void>(tl::unexpected(picture.error().with_context(path.string())));
    }

    Collection finish() {
        using Milliseconds = std::chrono::duration<double, std::milli>;
        result_.detect_ms = Milliseconds(detect_).count() / std::max(1, result_.pictures);
        result_.observe_ms = Milliseconds(observe_).count() / std::max(1, observed_);
        return std::move(result_);
    }

private:
    Expected<void> look(const camera::Frame &frame, Sample sample, std::vector<Sample> &into) {
        if (++result_.pictures % 200 == 0) {
            std::cerr << result_.pictures << " pictures\n";
        }
        const auto begin = std::chrono::steady_clock::now();
        const auto found = pipeline_.detect(frame);
        const auto middle = std::chrono::steady_clock::now();
        detect_ += middle - begin;
        if (!found) {
            return tl::unexpected(found.error());
        }
        if (found->empty()) {
            ++result_.without_face;
            return {};
        }
        auto seen = pipeline_.observe(frame, found->front());
        if (!seen) {
            return tl::unexpected(seen.error());
        }
        if (seen->flaw != face::QualityFlaw::none) {
            ++result_.refused;
            return {};
        }
        observe_ += std::chrono::steady_clock::now() - middle;
        ++observed_;
        sample.liveness = seen->liveness;
        sample.embedding = std::move(seen->embedding);
        into.push_back(std::move(sample));
        return {};
    }

    face::Pipeline &pipeline_;
    Collection result_;
    std::chrono::steady_clock::duration detect_{}, observe_{};
    int observed_ = 0;
};

/// File names are subject_?_?_session_frame.
std::string session_of(const fs::path &path) {
    const auto name = path.stem().string();
    const auto end = name.rfind('_');
    return end == std::string::npos ? name : name.substr(0, end);
}

Expected<void> add_nuaa(Collector &collector, const fs::path &folder) {
    for (const auto &subject : sorted_entries(folder / "live")) {
        for (const auto &path : sorted_entries(subject)) {
            const Sample sample{"nuaa/" + subject.filename().string(), session_of(path), true, 0, {}};
            if (auto added = collector.add(path, kNuaaScale, sample); !added) {
                return added;
            }
        }
    }
    return {};
}

Expected<void> add_liveness(Collector &collector, const fs::path &folder, bool live) {
    int count = 0;
    for (const auto &subject : sorted_entries(folder / (live ? "live" : "print"))) {
        for (const auto &path : sorted_entries(subject)) {
            if (count++ % kLivenessStep != 0) {
                continue;
            }
            Sample sample{"nuaa/" + subject.filename().string(), session_of(path), live, 0, {}};
            if (auto added = collector.add_raw(path, std::move(sample)); !added) {
                return added;
            }
        }
    }
    return {};
}

Expected<void> add_lfw(Collector &collector, const fs::path &folder, int people) {
    for (const auto &person : sorted_entries(folder)) {
        if (people-- == 0) {
            break;
        }
        int pictures = 0;
        for (const auto &path : sorted_entries(person)) {
            if (pictures++ == kMaxPicturesAPerson) {
                break;
            }
            Sample sample{"lfw/" + person.filename().string(), path.stem().string(), true, 0, {}};
            if (auto added = collector.add(path, kLfwScale, std::move(sample)); !added) {
                return added;
            }
        }
    }
    return {};
}

} // namespace

Expected<Collection> collect(face::Pipeline &pipeline, const fs::path &faces, int lfw_people) {
    if (!fs::is_directory(faces / "nuaa") || !fs::is_directory(faces / "lfw112" / "images")) {
        return fail(ErrorCode::not_found, faces.string() + " has no nuaa and lfw112: give --data");
    }
    Collector collector(pipeline);
    if (auto added = add_nuaa(collector, faces / "nuaa"); !added) {
        return tl::unexpected(added.error());
    }
    for (const bool live : {true, false}) {
        if (auto added = add_liveness(collector, faces / "nuaa", live); !added) {
            return tl::unexpected(added.error());
        }
    }
    if (auto added = add_lfw(collector, faces / "lfw112" / "images", lfw_people); !added) {
        return tl::unexpected(added.error());
    }
    return collector.finish();
}

} // namespace xueshi::bench
