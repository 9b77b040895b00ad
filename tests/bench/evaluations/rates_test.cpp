#include "tests/bench/face/rates.hpp"

#include <doctest/doctest.h>

using namespace xueshi::bench;

TEST_CASE("evaluation: a figure of none is null and not perfect") {
    CHECK(share(Rate{}).is_null());
    CHECK(share(Rate{0, 4}).as_double() == 0);
    for (const char *key : {"value", "low", "high"}) {
        CHECK(to_json(Rate{}).at(key).is_null());
        CHECK_FALSE(to_json(Rate{0, 4}).at(key).is_null());
    }
    CHECK(words(Rate{}) == "of none");
    CHECK_FALSE(threshold_at({}, 1e-3));
    CHECK(accepted(std::vector<float>{0.9F}, threshold_at({}, 1e-3)).whole == 0);
    CHECK_FALSE(equal_error({.same = {0.9F}, .other = {}}));
    CHECK_FALSE(equal_error({.same = {}, .other = {0.1F}}));
    CHECK(equal_error({.same = {0.9F}, .other = {0.1F}}) == 0);
    CHECK(figure(equal_error({})).is_null());
}

TEST_CASE("evaluation: accuracy is over the folds that a set names") {
    const auto accuracy =
        k_fold({{"1", 0.9F, true, "a"}, {"1", 0.1F, false, "a"}, {"2", 0.8F, true, "a"}, {"2", 0.2F, false, "a"}});
    CHECK(accuracy.right.whole == 4);
    CHECK(accuracy.folds == 2);
    CHECK_FALSE(accuracy.made);
}

TEST_CASE(
    "evaluation: pairs of one fold are dealt out to ten, a person's together, or to as many as there are people") {
    std::vector<Compared> pairs;
    for (int person = 0; person < 25; ++person) {
        for (int i = 0; i < 4; ++i) {
            pairs.push_back({"1", i < 2 ? 0.9F : 0.1F, i < 2, std::to_string(person)});
        }
    }
    const auto ten = k_fold(pairs);
    CHECK(ten.right.whole == 100);
    CHECK(ten.right.part == 100);
    CHECK(ten.folds == 10);
    CHECK(ten.made);

    // Either's threshold (0.9 and 0.3) is wrong about two of the other's three pairs, and would be right about its own.
    const auto two = k_fold({{"1", 0.3F, true, "low"},
                             {"1", 0.3F, true, "low"},
                             {"1", 0.1F, false, "low"},
                             {"1", 0.9F, true, "high"},
                             {"1", 0.5F, false, "high"},
                             {"1", 0.5F, false, "high"}});
    CHECK(two.right.part == 2);
    CHECK(two.right.whole == 6);
    CHECK(two.folds == 2);

    const auto three = k_fold({{"1", 0.9F, true, "a"}, {"1", 0.1F, false, "b"}, {"1", 0.8F, true, "c"}});
    CHECK(three.right.whole == 3);
    CHECK(three.folds == 3);
}

TEST_CASE("evaluation: accuracy is of none where the pairs of one fold are of one person, and of no pairs") {
    const auto one = k_fold({{"1", 0.9F, true, "a"}, {"1", 0.1F, false, "a"}});
    CHECK(one.right.whole == 0);
    CHECK(one.folds == 0);
    CHECK_FALSE(one.made);
    CHECK(k_fold({}).right.whole == 0);
}

TEST_CASE("evaluation: pictures that are tried in several galleries make the interval no narrower") {
    const Rate once{.part = 2, .whole = 100};
    const Rate often{.part = 40, .whole = 2000, .different = 100};
    CHECK(often.interval() == once.interval());
    CHECK(to_json(often).at("different").to_number<int>() == 100);
    CHECK(words(often).find("of 2000 (100 different)") != std::string::npos);
}

TEST_CASE("evaluation: the equal error rate has an interval over people, and none of one person") {
    Scores scores;
    for (std::uint32_t person = 0; person < 20; ++person) {
        for (int i = 0; i < 10; ++i) { // of two people half of all fail
            scores.add(true, person < 2 && i < 5 ? 0.2F : 0.9F, person);
            scores.add(false, person < 2 && i < 5 ? 0.9F : 0.1F, person);
        }
    }
    CHECK(*equal_error(scores) == doctest::Approx(0.05));
    const auto interval = equal_error_interval(scores);
    CHECK(interval.at("people").to_number<int>() == 20);
    CHECK(interval.at("low").as_double() == 0);
    CHECK(interval.at("high").as_double() > 0.08);
    CHECK(interval.at("high").as_double() < 0.3);
    CHECK(interval == equal_error_interval(scores)); // the same at every run
    CHECK(percent(scores).starts_with("5.00 % [0.00, "));

    Scores alone;
    alone.add(true, 0.9F, 0);
    alone.add(false, 0.1F, 0);
    CHECK(*equal_error(alone) == 0);
    CHECK(equal_error_interval(alone).at("low").is_null());
    CHECK(equal_error_interval({}).at("high").is_null());
    CHECK(equal_error_interval({.same = {0.9F}, .other = {0.1F}}).at("low").is_null());
}

TEST_CASE("evaluation: the equal error rate is where both errors are equal") {
    CHECK(*equal_error({.same = {0.3F, 0.7F, 0.8F, 0.9F}, .other = {0.1F, 0.2F, 0.25F, 0.5F}}) ==
          doctest::Approx(0.25));
    CHECK(*equal_error({.same = {0.5F}, .other = {0.5F}}) == 1);
}
