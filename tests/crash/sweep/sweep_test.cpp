#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/crash/sweep/sweep.hpp"

using namespace xueshi::test;

namespace {

/// One run for all the promises below.
const faults::SweepResult &result() {
    static const faults::SweepResult all = [] {
        faults::SweepOptions options;
        options.per_call = std::getenv("XUESHI_FULL_TESTS") != nullptr ? 0 : 12;
        return faults::sweep(options);
    }();
    return all;
}

} // namespace

TEST_CASE("F03: whichever write finds the disk full, nothing is said to be saved that is not") {
    for (const std::string &finding : result().findings) {
        MESSAGE(finding);
    }
    CHECK(result().calls.at("write") > 100);
    CHECK(result().false_success == 0);
}

TEST_CASE("F04: of a thousand allocations, evenly spread, whichever fails, no key is half and nothing is corrupt") {
    faults::SweepOptions options;
    options.call = "malloc";
    options.per_call = 1'000;
    const auto allocations = faults::sweep(options);
    for (const std::string &finding : allocations.findings) {
        MESSAGE(finding);
    }
    CHECK(allocations.points > 1'000);
    CHECK(allocations.passed());
}

TEST_CASE("F04: whichever open, read, write, fsync or allocation fails, once or for good, nothing is corrupt and work "
          "goes on when it has passed") {
    CHECK(result().points > 100);
    CHECK(result().corrupt == 0);
    CHECK(result().not_resumed == 0);
}
