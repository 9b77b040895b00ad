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

TEST_CASE("evaluation: accuracy over folds is of none where there is one fold only") {
    std::vector<Compared> pairs{{"1", 0.9F, true}, {"1", 0.1F, false}};
    CHECK(k_fold(pairs).whole == 0);
    pairs.push_back({"2", 0.8F, true});
    pairs.push_back({"2", 0.2F, false});
    CHECK(k_fold(pairs).whole == 4);
}
