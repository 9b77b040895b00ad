#include "daemon/sync/batch_size.hpp"

#include <doctest/doctest.h>

using xueshi::sync::BatchSize;
using xueshi::sync::kPatience;

TEST_CASE("batch size: halves down to one, then says that nothing is left to halve") {
    BatchSize size(1'000);
    CHECK(size.refused(9));
    CHECK(size.count() == 4);
    CHECK(size.refused(4));
    CHECK(size.refused(2));
    CHECK(size.count() == 1);
    CHECK_FALSE(size.refused(1));
    CHECK(size.count() == 1);
}

TEST_CASE("batch size: no answer halves it too, but where one side does not trust the other") {
    BatchSize size(1'000);
    size.unanswered(1'000, xueshi::ErrorCode::timeout);
    CHECK(size.count() == 500);
    size.unanswered(500, xueshi::ErrorCode::unavailable);
    CHECK(size.count() == 250);
    size.unanswered(250, xueshi::ErrorCode::denied);
    size.unanswered(250, xueshi::ErrorCode::unsupported);
    CHECK(size.count() == 250);
}

TEST_CASE("batch size: grows again as batches get through, up to its most") {
    BatchSize size(6);
    size.refused(6);
    CHECK(size.count() == 3);
    for (int i = 1; i < kPatience; ++i) {
        size.accepted();
        CHECK(size.count() == 3);
    }
    size.accepted();
    CHECK(size.count() == 6);
    size.accepted();
    CHECK(size.count() == 6);
}
