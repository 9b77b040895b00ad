#pragma once

#include <map>

#include "tests/crash/states/enumerate.hpp"

namespace xueshi::test::crash {

/// The product and the four controls, each with a script of its own.
struct RunResult {
    std::size_t operations = 0, events = 0;
    EnumerateResult product;
    std::map<std::string, EnumerateResult> controls;
    /// Nothing of the product's is wrong, and each control has lost something.
    bool passed() const;
};

struct RunOptions {
    std::uint64_t states = 3'000;
    std::uint64_t seed = 1;
    std::filesystem::path keep;
    std::filesystem::path trace; ///< where the product's operations are listed; empty: nowhere
    bool say_progress = false;
};
RunResult run(const RunOptions &options);

} // namespace xueshi::test::crash
