#include "tests/bench/face/looks.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

namespace {

constexpr std::size_t kPictureLimit = 20 << 20;

/// A picture that would not fit there is scaled so that it does: a chin that is cut off makes another face.
camera::Frame framed(const camera::Frame &picture, double scale) {
    constexpr int kWidth = 640, kHeight = 360, kLeft = 250, kTop = 100;
    const double columns = picture.bgr.cols;
    const double rows = picture.bgr.rows;
    scale = std::min({scale, (kWidth - kLeft) / columns, (kHeight - kTop) / rows});
    cv::Mat face; // at least a pixel, however narrow the picture is
    cv::resize(picture.bgr, face, {}, std::max(scale, 1 / columns), std::max(scale, 1 / rows),
               scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    camera::Frame frame;
    frame.bgr = cv::Mat(kHeight, kWidth, CV_8UC3, cv::Scalar(110, 110, 110));
    face.copyTo(frame.bgr(cv::Rect({kLeft, kTop}, face.size())));
    return frame;
}

/// A medical mask painted over nose, mouth and chin.
void paint_mask(cv::Mat &bgr, const face::Landmarks &landmarks) {
    const auto to_picture = face::similarity(face::arcface_template().points, landmarks);
    if (!to_picture) {
        return;
    }
    std::vector<cv::Point> outline;
    for (const cv::Point2f at : {cv::Point2f{18, 66}, {56, 60}, {94, 66}, {90, 100}, {56, 118}, {22, 100}}) {
        const auto &t = *to_picture;
        outline.emplace_back(cvRound(t(0, 0) * at.x + t(0, 1) * at.y + t(0, 2)),
                             cvRound(t(1, 0) * at.x + t(1, 1) * at.y + t(1, 2)));
    }
    cv::fillPoly(bgr, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(215, 200, 170));
}

/// A window behind: the face at two fifths of its light, everything about it bright.
void light_from_behind(cv::Mat &bgr, const cv::Rect2f &box) {
    cv::Mat inside = cv::Mat::zeros(bgr.size(), CV_8UC1);
    cv::ellipse(
        inside,
        cv::RotatedRect({box.x + box.width / 2, box.y + box.height / 2}, {1.3F * box.width, 1.3F * box.height}, 0),
        cv::Scalar(255), cv::FILLED);
    cv::Mat dark;
    bgr.convertTo(dark, -1, 0.4, 0);
    cv::Mat bright(bgr.size(), bgr.type(), cv::Scalar(245, 245, 245));
    dark.copyTo(bright, inside);
    bgr = bright;
}

using LivenessNetworks = std::vector<std::unique_ptr<face::Liveness>>;

/// Of the sum that ships, without the cues.
Expected<LivenessNetworks> load_liveness_networks(const face::Manifest &manifest, const std::filesystem::path &files) {
    const auto choice = face::choose_liveness(manifest, files);
    if (!choice) {
        return tl::unexpected(choice.error());
    }
    LivenessNetworks networks;
    for (const auto &member : choice->models) {
        const auto model = manifest.find("liveness", member.name);
        if (!model || model->provider == "cues") {
            continue;
        }
        auto network = face::load_liveness(manifest, files, member.name);
        if (!network) {
            return tl::unexpected(network.error());
        }
        networks.push_back(std::move(*network));
    }
    return networks;
}

} // namespace

Expected<Looker> Looker::load(const std::filesystem::path &manifest_file, const std::filesystem::path &files,
                              int threads) {
    Looker looker;
    auto pipeline = face::Pipeline::load(manifest_file, files, threads);
    const auto text = read_file(manifest_file, 256 << 10);
    const auto manifest = text ? face::parse_manifest(*text) : Expected<face::Manifest>(tl::unexpected(text.error()));
    if (!pipeline || !manifest) {
        return tl::unexpected(pipeline ? manifest.error() : pipeline.error());
    }
    looker.pipeline_ = std::move(*pipeline);
    std::vector<std::string> names;
    for (const auto &model : manifest->models) {
        if (model.role != "embed" || (model.optional && !std::filesystem::exists(files / model.file))) {
            continue;
        }
        auto network = face::load_embedder(*manifest, files, model.name);
        auto comparison = face::comparison_of(*manifest, {{model.name, 1}});
        if (!network || !comparison) {
            return tl::unexpected(network ? comparison.error() : network.error());
        }
        looker.systems_.push_back({model.name, {looker.networks_.size()}, std::move(*comparison)});
        looker.networks_.push_back(std::move(*network));
        names.push_back(model.name);
    }
    auto liveness = load_liveness_networks(*manifest, files);
    if (!liveness) {
        return tl::unexpected(liveness.error());
    }
    looker.liveness_ = std::move(*liveness);
    System shipped{"shipped", {}, looker.pipeline_->comparison()};
    for (const auto &member : manifest->pipeline.embed) {
        shipped.networks.push_back(
            static_cast<std::size_t>(std::find(names.begin(), names.end(), member.name) - names.begin()));
    }
    looker.systems_.push_back(std::move(shipped));
    return looker;
}

std::vector<float> Looker::evidence(const camera::Frame &frame, const cv::Rect2f &box) {
    std::vector<float> found;
    found.reserve(liveness_.size() + face::LivenessCues::kCount);
    for (const auto &network : liveness_) {
        found.push_back(network->log_odds(frame.bgr, box).value_or(0));
    }
    if (const auto cues = cues_.measure(frame.bgr, box)) {
        found.insert(found.end(), cues->begin(), cues->end());
    }
    return found;
}

Look Looker::look(const std::filesystem::path &path, double scale, bool embed, Change change) {
    if (++looked_ % 200 == 0) {
        std::cerr << looked_ << " pictures\n";
    }
    Look look;
    const auto file = read_file(path, kPictureLimit);
    auto picture =
        file ? camera::decode_still(as_bytes(*file), {}) : Expected<camera::Frame>(tl::unexpected(file.error()));
    if (!picture) {
        std::cerr << fmt::format("{}: {}\n", path.string(), picture.error().message);
        ++unreadable_;
        return look;
    }
    look.readable = true;
    auto frame = scale > 0 ? framed(*picture, scale) : std::move(*picture);
    auto found = pipeline_->detect(frame);
    if (found && !found->empty() && change != Change::none) {
        change == Change::masked ? paint_mask(frame.bgr, found->front().landmarks)
                                 : light_from_behind(frame.bgr, found->front().box);
        found = pipeline_->detect(frame);
    }
    if (follow_ && found && !found->empty()) {
        if (const auto again = pipeline_->follow(frame, found->front()); again && *again) {
            found->front() = **again;
        }
    }
    face::Observation seen;
    if (!found || found->empty() || !pipeline_->observe(frame, found->front(), 2, seen)) {
        return look;
    }
    look.found = true;
    look.flaw = seen.flaw;
    const float odds = std::clamp(seen.liveness, 1e-6F, 1 - 1e-6F);
    look.liveness = std::log(odds / (1 - odds));
    if (look.usable()) {
        look.evidence = evidence(frame, found->front().box);
    }
    for (const auto &network : networks_) {
        if (!embed || !look.usable()) {
            break;
        }
        look.embeddings.emplace_back(network->dimension());
        if (!network->embed(frame.bgr, seen.detection.landmarks, look.embeddings.back())) {
            look.found = false;
        }
    }
    return look;
}

face::Embedding vector_of(const Look &look, const System &system) {
    face::Embedding joined;
    for (const auto network : system.networks) {
        joined.insert(joined.end(), look.embeddings[network].begin(), look.embeddings[network].end());
    }
    return system.comparison.prepare(joined).value_or(face::Embedding(joined.size(), 0.0F));
}

float product(const face::Embedding &a, const face::Embedding &b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

} // namespace xueshi::bench
