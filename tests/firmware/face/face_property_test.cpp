#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <opencv2/core.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/face/align.hpp"
#include "firmware/face/embed.hpp"
#include "firmware/face/face.hpp"
#include "firmware/face/liveness.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

namespace {

float within(int low, int high) {
    return static_cast<float>(*rc::gen::inRange(low * 1000, high * 1000)) / 1000;
}

Embedding any_unit_vector(std::size_t size) {
    Embedding vector(size);
    for (auto &value : vector) {
        value = within(-1, 1);
    }
    vector[0] += 2; // never all zeros
    if (!normalise(vector)) {
        vector.assign(size, 0);
        vector[0] = 1;
    }
    return vector;
}

} // namespace

TEST_CASE("align: similarity finds any rotation, scale and shift again") {
    CHECK(rc::check([] {
        const float angle = within(-3, 3);
        const float scale = within(1, 20) / 4;
        const cv::Point2f shift(within(-2000, 2000), within(-2000, 2000));
        const auto &points = arcface_template().points;
        Landmarks moved;
        for (std::size_t i = 0; i < points.size(); ++i) {
            moved[i] = shift + scale * cv::Point2f(points[i].x * std::cos(angle) - points[i].y * std::sin(angle),
                                                   points[i].x * std::sin(angle) + points[i].y * std::cos(angle));
        }
        const auto t = similarity(points, moved);
        RC_ASSERT(t.has_value());
        for (std::size_t i = 0; i < points.size(); ++i) {
            const cv::Point2f found((*t)(0, 0) * points[i].x + (*t)(0, 1) * points[i].y + (*t)(0, 2),
                                    (*t)(1, 0) * points[i].x + (*t)(1, 1) * points[i].y + (*t)(1, 2));
            RC_ASSERT(cv::norm(found - moved[i]) < 0.1);
        }
    }));
}

TEST_CASE("search: the best and the second are what sorting all persons gives") {
    CHECK(rc::check([] {
        const auto probe = any_unit_vector(5);
        std::vector<GalleryEntry> entries(*rc::gen::inRange<std::size_t>(1, 30));
        std::map<std::size_t, float> best;
        for (auto &entry : entries) {
            entry = {*rc::gen::inRange<std::size_t>(0, 8), any_unit_vector(5)};
            float score = 0;
            for (std::size_t i = 0; i < probe.size(); ++i) {
                score += entry.embedding[i] * probe[i];
            }
            const auto at = best.emplace(entry.person, score).first;
            at->second = std::max(at->second, score);
        }
        std::vector<float> sorted;
        for (const auto &[person, score] : best) {
            sorted.push_back(score);
        }
        std::sort(sorted.rbegin(), sorted.rend());
        const auto result = search(entries, probe);
        RC_ASSERT(result.has_value());
        RC_ASSERT(std::abs(result->score - sorted[0]) < 1e-4F);
        RC_ASSERT(std::abs(best[result->person] - sorted[0]) < 1e-4F);
        RC_ASSERT(std::abs(result->second_score - (sorted.size() > 1 ? sorted[1] : -1)) < 1e-4F);
    }));
}

TEST_CASE("tracker: each face of a frame has its own number, and numbers are never given twice") {
    CHECK(rc::check([] {
        Tracker tracker;
        std::uint64_t highest = 0;
        const auto frames = *rc::gen::inRange(1, 30);
        for (int frame = 0; frame < frames; ++frame) {
            std::vector<Detection> detections(*rc::gen::inRange<std::size_t>(0, 5));
            for (auto &detection : detections) {
                detection.box = {within(0, 600), within(0, 300), within(1, 200), within(1, 200)};
            }
            const auto numbers = tracker.update(detections);
            RC_ASSERT(numbers.size() == detections.size());
            RC_ASSERT(std::set<std::uint64_t>(numbers.begin(), numbers.end()).size() == numbers.size());
            for (const auto number : numbers) {
                RC_ASSERT(number != 0);
                // A new number is the next one: none of an ended track comes back.
                RC_ASSERT(number <= highest + numbers.size());
                highest = std::max(highest, number);
            }
        }
    }));
}

TEST_CASE("liveness: the crop lies inside the picture, whatever the box") {
    CHECK(rc::check([] {
        const cv::Size picture(*rc::gen::inRange(16, 2000), *rc::gen::inRange(16, 2000));
        const cv::Rect2f box(within(-500, 2500), within(-500, 2500), within(0, 1500), within(0, 1500));
        const auto crop = liveness_crop(box, 2.7, picture);
        RC_ASSERT((crop & cv::Rect({0, 0}, picture)) == crop);
        RC_ASSERT((box.width < 1 || box.height < 1) == crop.empty());
    }));
}

TEST_CASE("manifest: a damaged one is an error, never a crash") {
    const auto text = read_file("models/manifest.json", 1 << 20);
    REQUIRE(text);
    CHECK(rc::check([&] {
        auto damaged = *text;
        const auto count = *rc::gen::inRange(1, 6);
        for (int i = 0; i < count; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
            damaged[at] = *rc::gen::elementOf(std::string("\"{}[]:,0-9e\\\x01z"));
        }
        damaged.resize(*rc::gen::inRange<std::size_t>(damaged.size() / 2, damaged.size() + 1));
        const auto manifest = parse_manifest(damaged);
        RC_ASSERT(manifest.has_value() || !manifest.error().message.empty());
    }));
}

} // namespace xueshi::face
