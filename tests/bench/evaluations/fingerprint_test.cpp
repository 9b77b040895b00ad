#include <algorithm>

#include <doctest/doctest.h>

#include "tests/bench/fingerprint/figures.hpp"

using namespace xueshi;
using namespace xueshi::bench;

namespace {

/// `impressions` pictures of each of `fingers`, in order; a score says which two were compared.
std::vector<Sample> set_of(int fingers, int impressions) {
    std::vector<Sample> samples;
    for (int finger = 1; finger <= fingers; ++finger) {
        for (int number = 1; number <= impressions; ++number) {
            samples.push_back({"a", finger, number, {}});
        }
    }
    return samples;
}

double alike(std::size_t, std::size_t) {
    return 0.5;
}

} // namespace

TEST_CASE("eval_fingerprint: figures of none are null, not perfect") {
    // One finger, and nobody else to be taken for.
    const std::vector<Probe> alone{{.set = "a", .finger = 1, .own = 0.9}};
    const auto many = to_json(count(alone, 0.34, 0.02));
    CHECK(many.at("fnir").as_double() == 0);
    for (const char *key : {"fpir", "fpir_95", "highest_stranger_score"}) {
        CAPTURE(key);
        CHECK(many.at(key).is_null());
    }
    const auto left_out = to_json(leave_one_finger_out(alone, 0.02, 0.03, ""));
    CHECK(left_out.at("fnir").is_null());
    CHECK(left_out.at("fpir").is_null());
    const auto pairs = to_json(verify_one_to_one(set_of(1, 3), {}, Impostors::first_impressions, alike), 0.34);
    CHECK(pairs.at("genuine_pairs").to_number<int>() == 3);
    CHECK(pairs.at("fnmr").as_double() == 0);
    for (const char *key : {"eer", "fmr100", "fmr1000", "zero_fmr", "fmr"}) {
        CAPTURE(key);
        CHECK(pairs.at(key).is_null());
    }
    CHECK(to_json(Verification{}, 0.34).at("fnmr").is_null());
    CHECK(to_json(Identification{}).at("fnir").is_null());
    CHECK(share(0, 0).is_null());
    CHECK(percent(share(0, 0)) == "of none");
}

TEST_CASE("eval_fingerprint: as in FVC a finger's impressions are all compared, of two fingers the first ones") {
    std::vector<std::pair<std::size_t, std::size_t>> compared;
    const auto note = [&](std::size_t i, std::size_t j) {
        compared.emplace_back(i, j);
        return 0.5;
    };
    const auto fvc = verify_one_to_one(set_of(10, 8), {}, Impostors::first_impressions, note);
    CHECK(fvc.genuine.size() == 280);
    CHECK(fvc.impostor.size() == 45);
    for (const auto &[i, j] : compared) {
        CHECK(i < j);
        CHECK((i / 8 == j / 8 || (i % 8 == 0 && j % 8 == 0)));
    }
    std::ranges::sort(compared);
    CHECK(std::ranges::adjacent_find(compared) == compared.end()); // no pair twice
    CHECK(verify_one_to_one(set_of(10, 8), {}, Impostors::every_impression, alike).impostor.size() == 2880);
    auto two_sets = set_of(2, 1);
    two_sets.push_back({"b", 1, 1, {}});
    CHECK(verify_one_to_one(two_sets, {}, Impostors::every_impression, alike).impostor.size() == 1);
}

TEST_CASE("eval_fingerprint: a picture that the reader did not take is a rejection in each of its attempts") {
    auto taken = set_of(3, 4);
    const std::vector<Sample> rejected{taken.front()}; // the first impression of the first finger
    taken.erase(taken.begin());
    const auto one = verify_one_to_one(taken, rejected, Impostors::first_impressions, alike);
    CHECK(one.genuine.size() == 18); // as many as if it had been taken
    CHECK(one.impostor.size() == 3);
    CHECK(one.rej_enroll == 1);
    CHECK(one.rej_ngra == 3);
    CHECK(one.rej_nira == 2);
    CHECK(one.fnmr(0.34) == doctest::Approx(3.0 / 18));
    CHECK(one.fmr(0.34) == doctest::Approx(1.0 / 3));
}

TEST_CASE("eval_fingerprint: the equal error rate is the middle of the interval in which the rates cross") {
    const auto eer = [](std::vector<double> genuine, std::vector<double> impostor) {
        return Verification{.genuine = std::move(genuine), .impostor = std::move(impostor)}.eer();
    };
    CHECK(eer({0.6, 0.7, 0.8, 0.9}, {0.1, 0.2, 0.3, 0.4}) == 0);
    CHECK(eer({0.3, 0.7, 0.8, 0.9}, {0.1, 0.2, 0.25, 0.5}) == doctest::Approx(0.25)); // both are 1/4 over 0.3
    CHECK(eer({0.3, 0.8}, {0.1, 0.2, 0.4}) == doctest::Approx(1.0 / 6));
    CHECK(eer({0.5}, {0.5}) == doctest::Approx(0.5));
}
