// Random faults between a terminal and its registry; afterwards everything is there once, in order and as signed.

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "tests/flow/sync_faults/programs.hpp"
#include "tests/flow/sync_faults/run.hpp"

using namespace xueshi;
using namespace xueshi::test;

namespace {

template <typename Map>
json::Object object_of(const Map &map) {
    json::Object out;
    for (const auto &[name, value] : map) {
        out[name] = value;
    }
    return out;
}

json::Object to_json(const sync_faults::RunResult &result) {
    json::Object out;
    out["schedules"] = result.schedules;
    out["punches"] = result.total.punches;
    out["events"] = result.total.events;
    out["clips"] = result.total.clips;
    out["lost"] = result.total.lost;
    out["doubled"] = result.total.doubled;
    out["foreign"] = result.total.foreign;
    out["disordered"] = result.total.disordered;
    out["refused"] = result.total.refused;
    out["clips_wrong"] = result.total.clips_wrong;
    out["receipts_wrong"] = result.total.receipts_wrong;
    out["stuck"] = result.stuck;
    out["faults"] = object_of(result.faults);
    out["controls"] = object_of(result.controls);
    out["passed"] = result.passed();
    return out;
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app(
        "Runs a terminal, xueshi-syncd and xueshi-registryd under random faults of the network (cut, RST, half-open, "
        "refused, delayed, slow; requests and answers dropped, doubled, reordered, 5xx), kills and full disks, then "
        "waits until all is acknowledged, kills everything and compares the registry with the journal byte for byte. "
        "Two broken ways to sync and two changed rows must be found.");
    sync_faults::RunOptions options;
    options.say_progress = true;
    std::uint64_t one = 0;
    std::string file;
    app.add_option("--seeds", options.seeds, "schedules to run")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--from", options.first_seed, "the first seed")->capture_default_str();
    auto *again = app.add_option("--seed", one, "run this one alone, without controls");
    app.add_option("--jobs", options.jobs, "schedules at a time")->check(CLI::Range(1, 256))->capture_default_str();
    app.add_option("--directory", options.directory, "where the schedules live; failed ones are left there");
    auto programs = sync_faults::built_programs();
    app.add_option("--programs", programs.directory, "where xueshi-syncd, -registryd and -registryctl lie");
    app.add_option("--json", file, "write the result here");
    CLI11_PARSE(app, argc, argv);
    log::start("sync_faults", "error");
    if (again->count() > 0) {
        options.first_seed = one;
        options.seeds = 1;
        options.controls = false;
    }
    const auto result = sync_faults::run(programs, options);
    std::cerr << '\n';
    for (const std::string &failure : result.failures) {
        std::cerr << failure << '\n';
    }
    const auto summary = json::serialize(to_json(result));
    if (!file.empty()) {
        std::ofstream(file) << summary << '\n';
    }
    std::cout << summary << '\n';
    return result.passed() ? EXIT_SUCCESS : EXIT_FAILURE;
}
