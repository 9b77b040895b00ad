#include <cmath>
#include <memory>
#include <random>

#include "firmware/face/search.hpp"
#include "firmware/fingerprint/matcher.hpp"
#include "tests/bench/insns/works.hpp"
#include "tests/firmware/fingerprint/made_up_prints.hpp"

namespace xueshi::bench {

namespace {

/// Without std::normal_distribution: its numbers are the library's own choice.
face::Embedding random_unit(std::mt19937_64 &random, std::size_t size) {
    face::Embedding vector(size);
    double squares = 0;
    for (auto &value : vector) {
        value = static_cast<float>(static_cast<double>(random() >> 11) / static_cast<double>(1ULL << 53) - 0.5);
        squares += static_cast<double>(value) * value;
    }
    for (auto &value : vector) {
        value = static_cast<float>(value / std::sqrt(squares));
    }
    return vector;
}

Work face_search() {
    constexpr std::size_t kPeople = 180, kSamples = 5, kDimension = 640;
    std::mt19937_64 random(2026);
    std::vector<face::GalleryEntry> entries;
    for (std::size_t i = 0; i < kPeople * kSamples; ++i) {
        entries.push_back({i / kSamples, random_unit(random, kDimension)});
    }
    return {"face_search", "180 people, 5 samples each, 640 numbers a sample",
            [entries = std::move(entries), probe = random_unit(random, kDimension)] {
                must(face::search(entries, probe).has_value(), "search");
            }};
}

Work finger_search() {
    constexpr std::size_t kPeople = 60;
    const std::shared_ptr<const fingerprint::Matcher> matcher = fingerprint::make_mcc_matcher();
    std::vector<fingerprint::MatchCandidate> candidates;
    for (std::size_t person = 0; person < kPeople; ++person) {
        const auto finger = test::strewn(person + 1);
        candidates.push_back({person, *matcher->prepare({finger, test::laid_again(finger, 7, 4, -6, 2)})});
    }
    const auto probe = *matcher->prepare({test::laid_again(test::strewn(17), -12, 9, 5, 2)});
    return {"finger_search", "60 fingers, 2 impressions each, 40 minutiae", [=] {
                const auto best = fingerprint::identify(*matcher, candidates, *probe);
                must(best && best->person == 16, "identify");
            }};
}

} // namespace

std::vector<Work> search_works() {
    return {face_search(), finger_search()};
}

} // namespace xueshi::bench
