// Every call of a script of 50 punches fails, once and for good.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>

#include "firmware/core/base/json.hpp"
#include "tests/crash/sweep/sweep.hpp"

using namespace xueshi;
using namespace xueshi::test;

namespace {

json::Object to_json(const faults::SweepResult &result) {
    json::Object calls;
    for (const auto &[name, count] : result.calls) {
        calls[name] = count;
    }
    json::Object out;
    out["points"] = result.points;
    out["false_success"] = result.false_success;
    out["corrupt"] = result.corrupt;
    out["not_resumed"] = result.not_resumed;
    out["ended"] = result.ended;
    out["found_by_id"] = result.found_by_id;
    out["calls"] = std::move(calls);
    out["passed"] = result.passed();
    return out;
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Fails every allocation, open, read, write, fsync, ftruncate, rename, unlink and mmap of 50 punches "
                 "with clips, enrolments and replaced files, once and from there on, and reopens what is left.");
    faults::SweepOptions options;
    options.say_progress = true;
    options.workers = std::thread::hardware_concurrency();
    std::string file;
    app.add_option("--per-call", options.per_call, "points of each kind of call, evenly spread; 0: every one")
        ->capture_default_str();
    app.add_option("--call", options.call, "only this kind, to look at a finding again: malloc, open, read, ...");
    app.add_option("--first", options.first, "from this call of it on")->check(CLI::PositiveNumber);
    app.add_option("--last", options.last, "up to this call");
    app.add_option("--json", file, "write the result here");
    CLI11_PARSE(app, argc, argv);
    const auto result = faults::sweep(options);
    for (const std::string &finding : result.findings) {
        std::cerr << finding << '\n';
    }
    const auto summary = json::serialize(to_json(result));
    if (!file.empty()) {
        std::ofstream(file) << summary << '\n';
    }
    std::cout << summary << '\n';
    return result.passed() ? 0 : 1;
}
