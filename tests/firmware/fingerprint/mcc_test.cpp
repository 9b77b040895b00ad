#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "firmware/fingerprint/matcher.hpp"
#include "firmware/fingerprint/mcc/cylinder.hpp"
#include "firmware/fingerprint/mcc/hull.hpp"
#include "firmware/fingerprint/mcc/selection.hpp"
#include "firmware/fingerprint/mcc/similarity.hpp"
#include "tests/firmware/fingerprint/made_up_prints.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using test::laid_again;
using test::strewn;

namespace {

double score(const Impression &a, const Impression &b) {
    const auto matcher = make_mcc_matcher();
    return matcher->compare(**matcher->prepare({a}), **matcher->prepare({b}));
}

/// Equation 20 and its two conditions (60 degrees, 60 % of a base valid in both), one cylinder with one.
std::vector<mcc::Similar> by_plain_loop(const std::vector<mcc::Cylinder> &a, const std::vector<mcc::Cylinder> &b) {
    std::vector<mcc::Similar> found;
    for (std::size_t row = 0; row < a.size(); ++row) {
        for (std::size_t column = 0; column < b.size(); ++column) {
            const mcc::Cylinder &one = a[row], &other = b[column];
            const auto both = one.valid & other.valid;
            int in_a = 0, in_b = 0, differ = 0;
            for (std::size_t section = 0; section < mcc::kSections; ++section) {
                in_a += std::popcount(one.cells[section] & both);
                in_b += std::popcount(other.cells[section] & both);
                differ += std::popcount((one.cells[section] ^ other.cells[section]) & both);
            }
            const int turn = std::abs(one.pose.degrees - other.pose.degrees);
            const float roots = std::sqrt(static_cast<float>(in_a)) + std::sqrt(static_cast<float>(in_b));
            const float value = roots > 0 ? 1 - std::sqrt(static_cast<float>(differ)) / roots : 0;
            if (std::min(turn, 360 - turn) <= 60 && value > 0 &&
                std::popcount(both) >= std::ceil(0.6 * mcc::cells_in_circle())) {
                found.push_back({value, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(column)});
            }
        }
    }
    return found;
}

/// Random bits, every second base with a corner missing; directions in `steps`, so that many are the same.
std::vector<mcc::Cylinder> made_up_cylinders(int most, int steps) {
    std::vector<mcc::Cylinder> cylinders(*rc::gen::inRange<std::size_t>(0, static_cast<std::size_t>(most)));
    for (mcc::Cylinder &cylinder : cylinders) {
        cylinder.pose.degrees = *rc::gen::inRange(0, steps) * (360 / steps);
        cylinder.valid = *rc::gen::element(~mcc::BaseBits{0}, ~mcc::BaseBits{0} >> *rc::gen::inRange(0U, 48U));
        for (mcc::BaseBits &cells : cylinder.cells) {
            cells = *rc::gen::arbitrary<mcc::BaseBits>() & cylinder.valid;
        }
    }
    return cylinders;
}

} // namespace

TEST_CASE("mcc: comparing by direction finds what a plain double loop finds") {
    CHECK(rc::check("each pair and its similarity", [] {
        const int steps = *rc::gen::element(6, 36, 360);
        const auto a = made_up_cylinders(40, steps), b = made_up_cylinders(40, steps);
        auto plain = by_plain_loop(a, b);
        auto found = mcc::local_similarities(mcc::by_direction(a), mcc::by_direction(b));
        std::sort(found.begin(), found.end(), [](const mcc::Similar &left, const mcc::Similar &right) {
            return std::tie(left.row, left.column) < std::tie(right.row, right.column);
        });
        RC_ASSERT(found.size() == plain.size());
        for (std::size_t i = 0; i < plain.size(); ++i) {
            RC_ASSERT(found[i].row == plain[i].row);
            RC_ASSERT(found[i].column == plain[i].column);
            RC_ASSERT(found[i].similarity == plain[i].similarity);
        }
    }));
}

TEST_CASE("mcc: scores of prints that are hard to lay on one another are those that the threshold was measured with") {
    const auto with_a_third_turned = [](Impression impression, int degrees) {
        for (std::size_t i = 0; i < impression.size(); i += 3) {
            impression[i].angle = (impression[i].angle + (i % 2 == 0 ? 360 - degrees : degrees)) % 360;
        }
        return impression;
    };
    const Impression finger = strewn(1, 60), other = strewn(2, 60);
    CHECK(score(finger, laid_again(finger, 15, 10, -5, 13, 1)) == doctest::Approx(0.383480889010).epsilon(1e-10));
    CHECK(score(other, laid_again(other, 15, 10, -5, 13, 2)) == doctest::Approx(0.420866961679).epsilon(1e-10));
    CHECK(score(finger, with_a_third_turned(finger, 30)) == doctest::Approx(0.749202920706).epsilon(1e-10));
    CHECK(score(finger, with_a_third_turned(finger, 38)) == doctest::Approx(0.736996628786).epsilon(1e-10));
    Impression narrow; // its ends know little of what is around them
    for (int i = 0; i < 12; ++i) {
        narrow.push_back({100 + i * 30, 200 + i % 2 * 4, i * 70 % 360});
    }
    CHECK(score(narrow, laid_again(narrow, 0, 3, 2)) == doctest::Approx(0.504266289026).epsilon(1e-10));
    Impression scattered{{100, 100, 10}, {120, 110, 50}, {110, 130, 200}}; // only three have neighbours
    for (int i = 1; i < 10; ++i) {
        scattered.push_back({100 + i % 3 * 1'000, 100 + i / 3 * 1'000, 40 * i});
    }
    CHECK(score(scattered, scattered) == doctest::Approx(0.332667926650).epsilon(1e-10));
}

TEST_CASE("mcc: scores are those that threshold and margin were measured with") {
    const Impression few = strewn(3, 20), many = strewn(2, 90);
    CHECK(score(strewn(1), laid_again(strewn(1), 12, 15, -10, 3, 1)) == doctest::Approx(0.834287697928).epsilon(1e-10));
    CHECK(score(many, laid_again(many, -25, 4, 9, 5, 2)) == doctest::Approx(0.813853821341).epsilon(1e-10));
    CHECK(score(few, laid_again(few, 40, 0, 0, 2, 3)) == doctest::Approx(0.750774079604).epsilon(1e-10));
    CHECK(score(strewn(1), strewn(101)) == doctest::Approx(0.118940784026).epsilon(1e-10));
    CHECK(score(strewn(5, 120), strewn(6, 130)) == doctest::Approx(0.124481744253).epsilon(1e-10));
    CHECK(score(strewn(7, 25), strewn(8, 60)) == doctest::Approx(0.117812333661).epsilon(1e-10));
    const auto matcher = make_mcc_matcher();
    CHECK(matcher->name() == "mcc8b-lgsr-aligned-3");
    CHECK(matcher->threshold() == 0.245);
    CHECK(matcher->margin() == 0.02);
    CHECK(matcher->least_minutiae() == 12);
    CHECK(matcher->most_minutiae() == 140);
}

TEST_CASE("mcc: the most similar pairs come first, each row and column once, however they lay") {
    CHECK(rc::check("against one by one", [] {
        const auto rows = *rc::gen::inRange<int>(1, 30), columns = *rc::gen::inRange<int>(1, 30);
        const auto most = *rc::gen::inRange<std::size_t>(1, 12);
        const int steps = *rc::gen::element(2, 20, 5000); // 1.0 is among them
        std::vector<mcc::Similar> similar;
        for (int row = 0; row < rows; ++row) {
            for (int column = 0; column < columns; ++column) {
                similar.push_back({static_cast<float>(*rc::gen::inRange(1, steps)) / static_cast<float>(steps - 1),
                                   static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(column)});
            }
        }
        const auto pairs = mcc::most_similar(similar, most);
        RC_ASSERT(pairs.size() == std::min({most, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)}));
        for (const mcc::Similar &pair : pairs) { // the first of the best that are left
            const auto best = std::max_element(similar.begin(), similar.end(), [](const auto &a, const auto &b) {
                return a.similarity < b.similarity;
            });
            RC_ASSERT(pair.similarity == best->similarity);
            RC_ASSERT(pair.row == best->row);
            RC_ASSERT(pair.column == best->column);
            std::erase_if(similar,
                          [&](const auto &other) { return other.row == pair.row || other.column == pair.column; });
        }
    }));
    CHECK(mcc::most_similar({}, 3).empty());
}

TEST_CASE("mcc: a hull knows its inside and its margin") {
    const mcc::Hull square({{0, 0}, {10, 0}, {10, 10}, {0, 10}, {5, 5}, {5, 0}});
    CHECK(square.within({5, 5}, 0));
    CHECK(square.within({13, 5}, 3));
    CHECK_FALSE(square.within({13.1, 5}, 3));
    CHECK_FALSE(square.within({13, 13}, 4)); // a corner's margin is round
    CHECK(mcc::Hull({{1, 1}}).within({1, 3}, 2));
    CHECK_FALSE(mcc::Hull({}).within({0, 0}, 100));
    CHECK(mcc::Hull({{0, 0}, {10, 0}, {20, 0}}).within({15, 1}, 1));
}

TEST_CASE("mcc: cylinders do not change when the finger is turned or shifted") {
    const Impression impression = strewn(1);
    const auto cylinders = mcc::make_cylinders(impression);
    const auto shifted = mcc::make_cylinders(laid_again(impression, 0, 30, -20));
    REQUIRE(cylinders.size() >= 20);
    REQUIRE(shifted.size() == cylinders.size());
    for (std::size_t i = 0; i < cylinders.size(); ++i) {
        CHECK(cylinders[i].cells == shifted[i].cells);
    }
    CHECK(score(impression, laid_again(impression, 37, 10, 10)) > 0.8 * score(impression, impression));
}

TEST_CASE("mcc: the same finger scores over the threshold, another under it") {
    const auto matcher = make_mcc_matcher();
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Impression finger = strewn(seed);
        CHECK(score(finger, laid_again(finger, 12, 15, -10, 3, seed)) > matcher->threshold() + matcher->margin());
        CHECK(score(finger, strewn(seed + 100)) < matcher->threshold());
    }
}

TEST_CASE("mcc: a mirrored finger is another finger") {
    Impression finger = strewn(5), mirrored = finger;
    for (Minutia &minutia : mirrored) {
        minutia.x = 450 - minutia.x;
        minutia.angle = (540 - minutia.angle) % 360;
    }
    CHECK(score(finger, mirrored) < make_mcc_matcher()->threshold());
}

TEST_CASE("mcc: order of minutiae changes nothing, scores are symmetric and within 0..1") {
    const Impression a = strewn(7, 30), b = laid_again(strewn(7, 45), 5, 3, 2, 4);
    Impression reversed(a.rbegin(), a.rend());
    CHECK(score(a, b) == doctest::Approx(score(b, a)).epsilon(1e-3));
    CHECK(score(a, b) == doctest::Approx(score(reversed, b)).epsilon(1e-3));
    CHECK(score(a, a) <= 1);
    CHECK(score(a, strewn(8)) >= 0);
}

TEST_CASE("mcc: the best of several impressions counts") {
    const auto matcher = make_mcc_matcher();
    const Impression finger = strewn(20);
    const auto enrolled = *matcher->prepare({strewn(21), finger, strewn(22)});
    const auto probe = *matcher->prepare({laid_again(finger, 5, 5, 5)});
    CHECK(matcher->compare(*enrolled, *probe) == score(finger, laid_again(finger, 5, 5, 5)));
}

TEST_CASE("mcc: implausible impressions are refused, and a strange one cannot match") {
    const auto matcher = make_mcc_matcher();
    CHECK(matcher->prepare({}).error().code == ErrorCode::invalid_argument);
    CHECK_FALSE(matcher->prepare({strewn(1, matcher->least_minutiae() - 1)}));
    CHECK_FALSE(matcher->prepare({strewn(1), strewn(1, matcher->most_minutiae() + 1)}));
    CHECK(matcher->prepare({strewn(1, matcher->least_minutiae()), strewn(2, matcher->most_minutiae())}));
    const Impression heap(40, Minutia{10, 10, 0}); // all in one place
    CHECK(score(heap, heap) <= 1);
    CHECK(score(heap, strewn(1)) < matcher->threshold());
    Impression far(12);
    for (int i = 0; i < 12; ++i) {
        far[static_cast<std::size_t>(i)] = {i * 1000, 0, 0}; // nobody has a neighbour
    }
    CHECK(score(far, far) == 0);
}
