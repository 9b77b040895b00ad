#include "firmware/face/face.hpp"

#include <algorithm>

#include <malloc.h>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/face/align.hpp"
#include "firmware/face/load.hpp"
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
    Comparison comparison;
    std::string embedding_model;
    PipelineChoice choice;
    double liveness_threshold = 1;
};

class StagedPipeline : public Pipeline {
public:
    explicit StagedPipeline(Stages stages) : stages_(std::move(stages)) {}

    Expected<std::vector<Detection>> detect(const camera::Frame &frame) override {
        std::vector<Detection> found;
        if (auto done = detect(frame, found, Reach::room); !done) {
            return tl::unexpected(done.error());
        }
        return found;
    }

    Expected<void> detect(const camera::Frame &frame, std::vector<Detection> &into, Reach reach) override {
        into.clear();
        if (auto usable = check(frame); !usable) {
            return usable;
        }
        auto done = stages_.detector->detect(frame.bgr, into, reach);
        std::sort(into.begin(), into.end(),
                  [](const Detection &a, const Detection &b) { return a.box.area() > b.box.area(); });
        return done;
    }

    Expected<std::optional<Detection>> follow(const camera::Frame &frame, const Detection &before) override {
        if (auto usable = check(frame); !usable) {
            return tl::unexpected(usable.error());
        }
        return stages_.detector->follow(frame.bgr, before);
    }

    Expected<Observation> observe(const camera::Frame &frame, const Detection &detection) override {
        Observation observation;
        if (auto done = observe(frame, detection, 0, observation); !done) {
            return tl::unexpected(done.error());
        }
        return observation;
    }

    Expected<void> observe(const camera::Frame &frame, const Detection &detection, float embed_from,
                           Observation &into) override {
        into.liveness = 0;
        into.quality = 0;
        into.embedding.clear();
        if (auto usable = check(frame); !usable) {
            return usable;
        }
        if (auto judged = judge(frame.bgr, detection, into); !judged || into.flaw != QualityFlaw::none) {
            return judged;
        }
        const auto odds = stages_.liveness->log_odds(frame.bgr, detection.box);
        if (!odds) {
            return tl::unexpected(odds.error());
        }
        into.liveness = probability(*odds);
        if (into.quality < embed_from) {
            return {};
        }
        into.embedding.resize(dimension());
        auto done = stages_.embedder->embed(frame.bgr, into.detection.landmarks, into.embedding);
        if (!done) {
            into.embedding.clear();
        }
        return done;
    }

    std::string embedding_model() const override { return stages_.embedding_model; }
    std::size_t dimension() const override { return stages_.embedder->dimension(); }
    Comparison comparison() const override { return stages_.comparison; }
    float match_threshold() const override { return static_cast<float>(stages_.choice.match_threshold); }
    float match_margin() const override { return static_cast<float>(stages_.choice.match_margin); }
    float liveness_threshold() const override { return static_cast<float>(stages_.liveness_threshold); }

private:
    /// Landmarks again, closer, then pose and flaws.
    Expected<void> judge(const cv::Mat &bgr, const Detection &detection, Observation &into) {
        into.detection = detection;
        into.pose = pose_of(detection);
        into.flaw = geometry_flaw(detection, bgr.size(), limits_);
        if (into.flaw == QualityFlaw::too_small) {
            return {};
        }
        const auto refined =
            detection.close ? Expected<Detection>(detection) : stages_.detector->refine(bgr, detection);
        if (!refined) {
            return tl::unexpected(refined.error());
        }
        into.detection = *refined;
        into.pose = pose_of(*refined);
        into.flaw = geometry_flaw(*refined, bgr.size(), limits_);
        if (into.flaw != QualityFlaw::none) {
            return {};
        }
        const auto crop = aligner_.crop(bgr, refined->landmarks, arcface_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        const auto seen = crop_quality_.judge(**crop, limits_);
        into.flaw = seen.flaw;
        into.quality = seen.flaw == QualityFlaw::none ? sample_quality(*refined, into.pose, seen.sharpness) : 0;
        return {};
    }

    Stages stages_;
    QualityLimits limits_;
    Aligner aligner_;
    CropQuality crop_quality_;
};

Expected<void> load_embedding(const Manifest &manifest, const fs::path &files, Stages &stages) {
    std::vector<std::unique_ptr<Embedder>> members;
    for (const auto &member : manifest.pipeline.embed) {
        auto embedder = load_embedder(manifest, files, member.name);
        if (!embedder) {
            return tl::unexpected(embedder.error());
        }
        members.push_back(std::move(*embedder));
    }
    auto comparison = comparison_of(manifest, manifest.pipeline.embed);
    auto description = describe_embedding(manifest, manifest.pipeline.embed);
    if (!comparison || !description) {
        return tl::unexpected(comparison ? description.error() : comparison.error());
    }
    stages.embedder = make_joined_embedder(std::move(members));
    stages.comparison = std::move(*comparison);
    stages.embedding_model = std::move(*description);
    if (stages.comparison.dimension() != stages.embedder->dimension()) {
        return fail(ErrorCode::invalid_argument, "the manifest's dimensions are not those of its embedding models");
    }
    return {};
}

Expected<void> load_liveness_sum(const Manifest &manifest, const fs::path &files, Stages &stages) {
    const auto choice = choose_liveness(manifest, files);
    if (!choice) {
        return tl::unexpected(choice.error());
    }
    std::vector<LivenessMember> members;
    for (const auto &member : choice->models) {
        auto liveness = load_liveness(manifest, files, member.name);
        if (!liveness) {
            return tl::unexpected(liveness.error());
        }
        members.push_back({std::move(*liveness), member.weight});
    }
    stages.liveness = make_fused_liveness(std::move(members), choice->bias);
    stages.liveness_threshold = choice->threshold;
    return {};
}

Expected<Stages> load_stages(const Manifest &manifest, const fs::path &files) {
    Stages stages;
    stages.choice = manifest.pipeline;
    auto detector = load_detector(manifest, files, manifest.pipeline.detect);
    if (!detector) {
        return tl::unexpected(detector.error());
    }
    stages.detector = std::move(*detector);
    if (auto loaded = load_liveness_sum(manifest, files, stages); !loaded) {
        return tl::unexpected(loaded.error());
    }
    if (auto loaded = load_embedding(manifest, files, stages); !loaded) {
        return tl::unexpected(loaded.error());
    }
    return stages;
}

} // namespace

Expected<void> Pipeline::detect(const camera::Frame &frame, std::vector<Detection> &into, Reach) {
    auto found = detect(frame);
    if (!found) {
        return tl::unexpected(found.error());
    }
    into = std::move(*found);
    return {};
}

Expected<void> Pipeline::observe(const camera::Frame &frame, const Detection &detection, float embed_from,
                                 Observation &into) {
    auto seen = observe(frame, detection);
    if (!seen) {
        return tl::unexpected(seen.error());
    }
    into = std::move(*seen);
    if (into.quality < embed_from) {
        into.embedding.clear();
    }
    return {};
}

Expected<std::optional<Detection>> Pipeline::follow(const camera::Frame &, const Detection &) {
    return std::nullopt;
}

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
    // Reading the networks took several times what they keep: back to the system.
    malloc_trim(0);
    if (!stages) {
        return tl::unexpected(stages.error());
    }
    return std::make_unique<StagedPipeline>(std::move(*stages));
}

} // namespace xueshi::face
