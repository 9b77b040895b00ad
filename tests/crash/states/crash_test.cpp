#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/crash/states/run.hpp"

using namespace xueshi::test;

namespace {

/// One run for all the promises below.
const crash::RunResult &result() {
    static const crash::RunResult all = [] {
        crash::RunOptions options;
        options.states = std::getenv("XUESHI_FULL_TESTS") != nullptr ? 100'000 : 3'000;
        return crash::run(options);
    }();
    return all;
}

} // namespace

TEST_CASE("F01: after a power cut at any write each acknowledged event is there, any other whole or absent, and a "
          "retry keeps its id") {
    for (const std::string &finding : result().product.findings) {
        MESSAGE(finding);
    }
    CHECK(result().product.states >= 3'000);
    CHECK(result().product.lost == 0);
    CHECK(result().product.corrupt == 0);
}

TEST_CASE("F01: a power cut in the middle of the recovery from a power cut loses nothing either") {
    CHECK(result().product.second_cuts > result().product.states / 10); // its findings are among those above
    CHECK(result().product.wrong() == 0);
}

TEST_CASE("F02: after a power cut at any write the index names no video that is missing or not whole, what was synced "
          "of a growing film plays, and a replaced file is old or new") {
    CHECK(result().product.half == 0);
    CHECK(result().product.lost == 0);
}

TEST_CASE("crash: ways to write that lose data are found to lose it") {
    CHECK(result().controls.size() == 4);
    for (const auto &[name, control] : result().controls) {
        CAPTURE(name);
        CHECK(control.wrong() > 0);
    }
}
