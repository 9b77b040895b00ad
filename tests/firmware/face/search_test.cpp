#include <doctest/doctest.h>

#include <limits>
#include <random>

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

Embedding random_unit(std::mt19937 &random, std::size_t size) {
    std::normal_distribution<float> normal;
    Embedding vector(size);
    for (auto &value : vector) {
        value = normal(random);
    }
    REQUIRE(normalise(vector));
    return vector;
}

/// The best person by a plain loop in double precision.
std::size_t plain_best(const std::vector<GalleryEntry> &entries, const Embedding &probe) {
    double best = -2;
    std::size_t person = 0;
    for (const auto &entry : entries) {
        double sum = 0;
        for (std::size_t i = 0; i < probe.size(); ++i) {
            sum += static_cast<double>(entry.embedding[i]) * probe[i];
        }
        if (sum > best) {
            best = sum;
            person = entry.person;
        }
    }
    return person;
}

} // namespace

TEST_CASE("search: the best is what a plain loop in double precision finds, for people as like as two drops too") {
    std::mt19937 random(5);
    std::vector<GalleryEntry> entries;
    for (std::size_t i = 0; i < 200; ++i) {
        entries.push_back({2 * i, random_unit(random, 64)});
        auto double_of = entries.back().embedding;
        double_of[i % 64] += 1e-6F;
        REQUIRE(normalise(double_of));
        entries.push_back({2 * i + 1, double_of});
    }
    for (int query = 0; query < 1000; ++query) {
        auto probe = entries[random() % entries.size()].embedding;
        probe[random() % 64] += 0.1F;
        REQUIRE(normalise(probe));
        const auto found = search(entries, probe);
        REQUIRE(found);
        REQUIRE(found->person == plain_best(entries, probe));
        REQUIRE(found->second_score <= found->score + 1e-4F);
    }
}

TEST_CASE("embed: a vector of zeros or of numbers that are none is an error") {
    const auto code_of = [](Embedding vector) {
        const auto done = normalise(vector);
        return done ? ErrorCode::unavailable : done.error().code;
    };
    CHECK(code_of({0, 0}) == ErrorCode::corrupt);
    CHECK(code_of({std::numeric_limits<float>::infinity(), 0}) == ErrorCode::corrupt);
    CHECK(code_of({std::numeric_limits<float>::quiet_NaN(), 0}) == ErrorCode::corrupt);
    Embedding fine{3, 4};
    CHECK(normalise(fine));
    CHECK(fine[1] == doctest::Approx(0.8));
}

} // namespace xueshi::face
