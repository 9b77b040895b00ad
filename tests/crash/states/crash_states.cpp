// Every state that a power cut may leave, reopened by the product.

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "tests/crash/states/run.hpp"

using namespace xueshi;
using namespace xueshi::test;

namespace {

json::Object to_json(const crash::RunResult &result, std::uint64_t seed) {
    json::Object controls;
    for (const auto &[name, control] : result.controls) {
        controls[name] = control.wrong();
    }
    json::Object out;
    out["states"] = result.product.states;
    out["checked"] = result.product.checked;
    out["built"] = result.product.built;
    out["second_cuts"] = result.product.second_cuts;
    out["operations"] = result.operations;
    out["events"] = result.events;
    out["lost"] = result.product.lost;
    out["corrupt"] = result.product.corrupt;
    out["half"] = result.product.half;
    out["controls"] = std::move(controls);
    out["seed"] = seed;
    out["passed"] = result.passed();
    return out;
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app(
        "Records what the product does to the disk, builds the states that a power cut may leave at each "
        "operation, and reopens each with the product's own code; that reopening is cut a second time. Four ways to "
        "write that lose data must be "
        "found to lose it. The script's keys and ids are new in each run; what is cut and how follows the seed.");
    crash::RunOptions options;
    options.states = std::getenv("XUESHI_FULL_TESTS") != nullptr ? 100'000 : 3'000;
    options.say_progress = true;
    std::string file;
    app.add_option("--states", options.states, "distinct states to check (2,000,000 at most)")
        ->check(CLI::Range(1, 2'000'000))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "of the choice of fates")->capture_default_str();
    app.add_option("--json", file, "write the result here");
    app.add_option("--keep", options.keep, "leave the first wrong state in this folder");
    app.add_option("--trace", options.trace, "list the recorded operations in this file");
    CLI11_PARSE(app, argc, argv);
    log::start("crash_states", "off"); // the script's own failures are meant
    std::cerr << "seed " << options.seed << '\n';
    const auto result = crash::run(options);
    for (const std::string &finding : result.product.findings) {
        std::cerr << finding << '\n';
    }
    const auto summary = json::serialize(to_json(result, options.seed));
    if (!file.empty()) {
        std::ofstream(file) << summary << '\n';
    }
    std::cout << summary << '\n';
    return result.passed() ? 0 : 1;
}
