#include <doctest/doctest.h>

#include "firmware/face/watch.hpp"
#include "tests/support/fake_pipeline.hpp"

namespace xueshi::face {

namespace {

using test::FakePipeline;

/// Counts embeddings; the quality of each next face is told.
class CountingPipeline : public Pipeline {
public:
    std::vector<cv::Rect2f> boxes{{0, 0, 100, 100}};
    float quality = 0.5F;
    int observed = 0, embedded = 0;

    Expected<std::vector<Detection>> detect(const camera::Frame &) override {
        std::vector<Detection> faces;
        for (const auto &box : boxes) {
            faces.push_back({box, 1, {}});
        }
        return faces;
    }
    Expected<Observation> observe(const camera::Frame &, const Detection &detection) override {
        Observation observation;
        observation.detection = detection;
        observation.quality = quality;
        observation.embedding = {1, 0};
        return observation;
    }
    Expected<void> observe(const camera::Frame &frame, const Detection &detection, float embed_from,
                           Observation &into) override {
        ++observed;
        auto done = Pipeline::observe(frame, detection, embed_from, into);
        embedded += into.embedding.empty() ? 0 : 1;
        return done;
    }
    using Pipeline::detect;
    std::string embedding_model() const override { return "counting"; }
    std::size_t dimension() const override { return 2; }
    float match_threshold() const override { return 0.5F; }
    float match_margin() const override { return 0.1F; }
    float liveness_threshold() const override { return 0.5F; }
};

} // namespace

TEST_CASE("watch: an embedding is made only of a track's best frames") {
    CountingPipeline pipeline;
    Watch watch(pipeline);
    REQUIRE(watch.look({}));
    CHECK(pipeline.embedded == 1);
    pipeline.quality = 0.9F;
    REQUIRE(watch.look({}));
    CHECK(pipeline.embedded == 2);
    pipeline.quality = 0.5F;
    const auto poor = watch.look({});
    REQUIRE(poor);
    CHECK(pipeline.embedded == 2);
    CHECK((*poor)[0].observed);
    CHECK((*poor)[0].observation.embedding.empty());
    for (int frame = 0; frame < 60; ++frame) {
        REQUIRE(watch.look({})); // the best frame is long ago
    }
    CHECK(pipeline.embedded > 2);
}

TEST_CASE("watch: a settled face is followed and not looked at again") {
    CountingPipeline pipeline;
    Watch watch(pipeline);
    const auto first = watch.look({});
    REQUIRE(first);
    const auto track = (*first)[0].track;
    watch.settle(track);
    watch.settle(999);
    const int before = pipeline.observed;
    for (int frame = 0; frame < 10; ++frame) {
        const auto seen = watch.look({});
        REQUIRE(seen);
        CHECK((*seen)[0].settled);
        CHECK((*seen)[0].track == track);
        CHECK_FALSE((*seen)[0].observed);
    }
    CHECK(pipeline.observed == before);
    watch.unsettle(track);
    REQUIRE(watch.look({}));
    CHECK(pipeline.observed > before);
}

TEST_CASE("F27: up to four people are followed, the nearest is asked first") {
    CountingPipeline pipeline;
    pipeline.boxes.clear();
    for (int i = 0; i < 6; ++i) {
        const auto side = static_cast<float>(200 - 20 * i);
        pipeline.boxes.emplace_back(static_cast<float>(300 * i), 0.0F, side, side);
    }
    Watch watch(pipeline);
    const auto seen = watch.look({});
    REQUIRE(seen);
    REQUIRE(seen->size() == Watch::kMaxTracks);
    CHECK((*seen)[0].observed);
    CHECK((*seen)[0].observation.detection.box.width == 200);
    CHECK_FALSE((*seen)[1].observed);
    CHECK(pipeline.observed == 1);
}

TEST_CASE("watch: nobody is an empty list; a pipeline's error is handed on") {
    CountingPipeline pipeline;
    pipeline.boxes.clear();
    Watch watch(pipeline);
    const auto nobody = watch.look({});
    REQUIRE(nobody);
    CHECK(nobody->empty());
    FakePipeline fake;
    Watch other(fake);
    const auto two = other.look(FakePipeline::frame({{1}, {2}}));
    REQUIRE(two);
    CHECK((*two)[0].observation.embedding == FakePipeline::embedding(1));
}

} // namespace xueshi::face
