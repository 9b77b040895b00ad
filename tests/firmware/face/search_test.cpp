#include <doctest/doctest.h>

#include "firmware/face/embed.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::face {

TEST_CASE("search: nobody enrolled is no result") {
    CHECK_FALSE(search({}, {1, 0}));
    CHECK_FALSE(search({{0, {1, 0}}}, {}));
}

TEST_CASE("search: the only person has no second") {
    const auto result = search({{4, {1, 0}}, {4, {0.8F, 0.6F}}}, {0.6F, 0.8F});
    REQUIRE(result);
    CHECK(result->person == 4);
    CHECK(result->score == doctest::Approx(0.96));
    CHECK(result->second_score == -1);
}

TEST_CASE("search: the second score is another person's, never the best person's second template") {
    const std::vector<GalleryEntry> entries{{1, {1, 0}}, {2, {0, 1}}, {1, {0.96F, 0.28F}}};
    const auto result = search(entries, {1, 0});
    REQUIRE(result);
    CHECK(result->person == 1);
    CHECK(result->score == doctest::Approx(1));
    CHECK(result->second_score == doctest::Approx(0));
}

TEST_CASE("search: the order of the templates does not matter") {
    std::vector<GalleryEntry> entries{{1, {1, 0}}, {1, {0.6F, 0.8F}}, {2, {0.8F, 0.6F}}, {3, {0, 1}}};
    std::sort(entries.begin(), entries.end(), [](const auto &a, const auto &b) { return a.person < b.person; });
    do {
        const auto result = search(entries, {0.96F, 0.28F});
        REQUIRE(result);
        CHECK(result->person == 1);
        CHECK(result->score == doctest::Approx(0.96));
        CHECK(result->second_score == doctest::Approx(0.936));
    } while (std::next_permutation(entries.begin(), entries.end(), [](const auto &a, const auto &b) {
        return std::pair(a.person, a.embedding) < std::pair(b.person, b.embedding);
    }));
}

TEST_CASE("search: a template of another length is not compared") {
    const auto result = search({{1, {1, 0, 0}}, {2, {0, 1}}}, {1, 0});
    REQUIRE(result);
    CHECK(result->person == 2);
    CHECK(result->second_score == -1);
}

namespace {

/// An embedder that gives what it was told.
class FixedEmbedder : public Embedder {
public:
    explicit FixedEmbedder(Embedding embedding) : embedding_(std::move(embedding)) {}
    Expected<Embedding> embed(const cv::Mat &, const Landmarks &) override { return embedding_; }
    std::size_t dimension() const override { return embedding_.size(); }

private:
    Embedding embedding_;
};

Embedding fused(const Embedding &a, double weight_a, const Embedding &b, double weight_b) {
    std::vector<std::pair<std::unique_ptr<Embedder>, double>> members;
    members.emplace_back(std::make_unique<FixedEmbedder>(a), weight_a);
    members.emplace_back(std::make_unique<FixedEmbedder>(b), weight_b);
    const auto embedder = make_fused_embedder(std::move(members));
    CHECK(embedder->dimension() == a.size() + b.size());
    return *embedder->embed({}, {});
}

} // namespace

TEST_CASE("embed: the cosine of two fused vectors is the weighted mean of the networks' cosines") {
    const auto first = fused({1, 0}, 6, {0, 1, 0}, 1);
    const auto second = fused({0.8F, 0.6F}, 6, {0, 0.6F, 0.8F}, 1);
    const auto result = search({{1, first}}, second);
    REQUIRE(result);
    CHECK(result->score == doctest::Approx((6 * 0.8 + 1 * 0.6) / 7));
}

TEST_CASE("embed: a vector of zeros or of numbers that are none is an error") {
    CHECK(normalised({0, 0}).error().code == ErrorCode::corrupt);
    CHECK_FALSE(normalised({std::numeric_limits<float>::infinity(), 0}));
    CHECK_FALSE(normalised({std::numeric_limits<float>::quiet_NaN(), 0}));
    CHECK((*normalised({3, 4}))[1] == doctest::Approx(0.8));
}

} // namespace xueshi::face
