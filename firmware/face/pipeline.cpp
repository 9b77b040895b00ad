#include "firmware/face/face.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/face/align.hpp"
#include "firmware/face/detect.hpp"
#include "firmware/face/embed.hpp"
#include "firmware/face/liveness.hpp"
#include "firmware/face/manifest.hpp"
#include "firmware/face/quality.hpp"

namespace xueshi::face {

namespace {

namespace fs = std::filesystem;

// What decode_still and the cameras hand out; more would be a picture of hundreds of megabytes.
constexpr int kMinSide = 16;
constexpr int kMaxSide = 8192;

Expected<void> check(const camera::Frame &frame) {
    if (frame.bgr.type() != CV_8UC3 || frame.bgr.dims != 2) {
        return fail(ErrorCode::invalid_argument, "the picture is not 8-bit BGR");
    }
    const auto [least, most] = std::minmax(frame.bgr.cols, frame.bgr.rows);
    if (least < kMinSide || most > kMaxSide) {
        return fail(most > kMaxSide ? ErrorCode::too_large : ErrorCode::invalid_argument,
                    fmt::format("a picture of {} x {} is outside {} to {} pixels a side", frame.bgr.cols,
                                frame.bgr.rows, kMinSide, kMaxSide));
    }
    return {};
}

struct Stages {
    std::unique_ptr<Detector> detector;
    std::unique_ptr<Liveness> liveness;
    std::unique_ptr<Embedder> embedder;
    std::string embedding_model;
    PipelineChoice choice;
};

class StagedPipeline : public Pipeline {
public:
    explicit StagedPipeline(Stages stages) : stages_(std::move(stages)) {}

    Expected<std::vector<Detection>> detect(const camera::Frame &frame) override {
        if (auto usable = check(frame); !usable) {
            return tl::unexpected(usable.error());
        }
        auto found = stages_.detector->detect(frame.bgr);
        if (found) {
            std::stable_sort(found->begin(), found->end(),
                             [](const Detection &a, const Detection &b) { return a.box.area() > b.box.area(); });
        }
        return found;
    }

    Expected<Observation> observe(const camera::Frame &frame, const Detection &detection) override {
        if (auto usable = check(frame); !usable) {
            return tl::unexpected(usable.error());
        }
        Observation observation;
        observation.detection = detection;
        observation.flaw = geometry_flaw(detection, frame.bgr.size(), limits_);
        if (observation.flaw == QualityFlaw::too_small) {
            return observation;
        }
        const auto refined = stages_.detector->refine(frame.bgr, detection);
        if (!refined) {
            return tl::unexpected(refined.error());
        }
        observation.detection = *refined;
        const auto flaw = flaw_of(frame.bgr, *refined);
        if (!flaw) {
            return tl::unexpected(flaw.error());
        }
        observation.flaw = *flaw;
        if (observation.flaw != QualityFlaw::none) {
            return observation;
        }
        const auto liveness = stages_.liveness->score(frame.bgr, detection.box);
        if (!liveness) {
            return tl::unexpected(liveness.error());
        }
        observation.liveness = *liveness;
        auto embedding = stages_.embedder->embed(frame.bgr, refined->landmarks);
        if (!embedding) {
            return tl::unexpected(embedding.error());
        }
        observation.embedding = std::move(*embedding);
        return observation;
    }

    std::string embedding_model() const override { return stages_.embedding_model; }
    std::size_t dimension() const override { return stages_.embedder->dimension(); }
    float match_threshold() const override { return static_cast<float>(stages_.choice.match_threshold); }
    float match_margin() const override { return static_cast<float>(stages_.choice.match_margin); }
    float liveness_threshold() const override { return static_cast<float>(stages_.choice.liveness_threshold); }

private:
    Expected<QualityFlaw> flaw_of(const cv::Mat &bgr, const Detection &detection) const {
        const auto flaw = geometry_flaw(detection, bgr.size(), limits_);
        if (flaw != QualityFlaw::none) {
            return flaw;
        }
        const auto crop = aligned_crop(bgr, detection.landmarks, arcface_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        return light_flaw(*crop, limits_);
    }

    Stages stages_;
    QualityLimits limits_;
};

Expected<std::unique_ptr<Detector>> load_detector(const Manifest &manifest, const fs::path &files) {
    const auto model = manifest.find("detect", manifest.pipeline.detect);
    if (!model) {
        return tl::unexpected(model.error());
    }
    auto bytes = read_model(files, *model);
    if (!bytes) {
        return tl::unexpected(bytes.error());
    }
    if (model->provider == "centerface") {
        return make_centerface(*bytes);
    }
    if (model->provider == "yunet") {
        return make_yunet((files / model->file).string());
    }
    return fail(ErrorCode::unsupported, "no provider \"" + model->provider + "\" of role detect");
}

Expected<std::unique_ptr<Embedder>> load_embedder(const Model &model, const std::string &bytes) {
    if (model.provider == "onnx") {
        return make_onnx_embedder(bytes, model);
    }
    if (model.provider == "dlib") {
        return make_dlib_embedder(bytes, model);
    }
    return fail(ErrorCode::unsupported, "no provider \"" + model.provider + "\" of role embed");
}

Expected<std::unique_ptr<Liveness>> load_liveness(const Model &model, const std::string &bytes) {
    if (model.provider == "onnx") {
        return make_onnx_liveness(bytes, model);
    }
    return fail(ErrorCode::unsupported, "no provider \"" + model.provider + "\" of role liveness");
}

/// Loads the members of a sum, one after another.
template <typename Stage, typename Load>
Expected<std::vector<std::pair<std::unique_ptr<Stage>, double>>>
load_sum(const Manifest &manifest, const fs::path &files, std::string_view role,
         const std::vector<WeightedModel> &members, Load load) {
    std::vector<std::pair<std::unique_ptr<Stage>, double>> sum;
    for (const auto &member : members) {
        const auto model = manifest.find(role, member.name);
        if (!model) {
            return tl::unexpected(model.error());
        }
        const auto bytes = read_model(files, *model);
        if (!bytes) {
            return tl::unexpected(bytes.error());
        }
        auto stage = load(*model, *bytes);
        if (!stage) {
            return tl::unexpected(stage.error());
        }
        sum.emplace_back(std::move(*stage), member.weight);
    }
    return sum;
}

/// Names and weights and the start of each sum: another file or weight makes other templates.
Expected<std::string> describe_embedding(const Manifest &manifest) {
    std::string text;
    for (const auto &member : manifest.pipeline.embed) {
        const auto model = manifest.find("embed", member.name);
        if (!model) {
            return tl::unexpected(model.error());
        }
        text += fmt::format("{}{}@{}{}*{}", text.empty() ? "" : "+", model->name, model->sha256.substr(0, 8),
                            model->flip_add ? "f" : "", member.weight);
    }
    return text;
}

Expected<Stages> load_stages(const Manifest &manifest, const fs::path &files) {
    Stages stages;
    stages.choice = manifest.pipeline;
    auto detector = load_detector(manifest, files);
    if (!detector) {
        return tl::unexpected(detector.error());
    }
    auto liveness = load_sum<Liveness>(manifest, files, "liveness", manifest.pipeline.liveness, load_liveness);
    if (!liveness) {
        return tl::unexpected(liveness.error());
    }
    auto embedders = load_sum<Embedder>(manifest, files, "embed", manifest.pipeline.embed, load_embedder);
    if (!embedders) {
        return tl::unexpected(embedders.error());
    }
    auto description = describe_embedding(manifest);
    if (!description) {
        return tl::unexpected(description.error());
    }
    stages.detector = std::move(*detector);
    stages.liveness = make_fused_liveness(std::move(*liveness));
    stages.embedder = make_fused_embedder(std::move(*embedders));
    stages.embedding_model = std::move(*description);
    return stages;
}

} // namespace

Expected<std::unique_ptr<Pipeline>> Pipeline::load(const fs::path &manifest_file, const fs::path &files, int threads) {
    if (threads > 0) {
        cv::setNumThreads(threads);
        limit_blas_threads(threads);
    }
    const auto text = read_file(manifest_file, 256 << 10);
    if (!text) {
        return tl::unexpected(text.error().with_context("models manifest"));
    }
    const auto manifest = parse_manifest(*text);
    if (!manifest) {
        return tl::unexpected(manifest.error().with_context(manifest_file.string()));
    }
    auto stages = load_stages(*manifest, files);
    if (!stages) {
        return tl::unexpected(stages.error());
    }
    return std::make_unique<StagedPipeline>(std::move(*stages));
}

} // namespace xueshi::face
