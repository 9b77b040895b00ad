// eval_fingerprint --db DIR [--db DIR ...] [--synthetic N] [--json FILE]: error rates of the shipped matcher on
// pictures that went through libfprint. Never part of the tests: the sets are people's fingers and stay outside.
#include <algorithm>
#include <iostream>
#include <set>

#include <fmt/format.h>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/bench/fingerprint/collect.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;

json::Object report(const Verification &one, const Identification &many) {
    return {{"genuine_pairs", one.genuine},
            {"impostor_pairs", one.impostor},
            {"eer", one.eer},
            {"fnmr", one.fnmr},
            {"fmr", one.fmr},
            {"highest_impostor_score", one.highest_impostor},
            {"fingers_enrolled", many.enrolled},
            {"probes", many.probes},
            {"fnir", many.fnir()},
            {"accepted_as_another", many.as_another},
            {"fpir", many.fpir()},
            {"highest_stranger_score", many.highest_stranger}};
}

json::Object measure(const fingerprint::Matcher &matcher, const std::string &name, const std::vector<Sample> &samples) {
    const Verification one = verify_one_to_one(matcher, samples);
    const Identification many = identify_one_to_many(matcher, samples);
    std::cout << fmt::format(
        "{:<16} {:5} pictures  1:1 EER {:5.2f} %  FNMR {:5.2f} %  FMR {:.4f} %  1:N of {} FNIR {}/{}"
        "  as another {}  FPIR {}/{}  highest stranger {:.4f}\n",
        name, samples.size(), 100 * one.eer, 100 * one.fnmr, 100 * one.fmr, many.enrolled,
        many.refused + many.as_another, many.probes, many.as_another, many.strangers_in, many.probes,
        many.highest_stranger);
    return report(one, many);
}

int run(const std::vector<std::string> &folders, std::int64_t synthetic, std::int64_t first_seed,
        const std::filesystem::path &file) {
    const auto collected = collect(folders, static_cast<int>(synthetic), static_cast<std::uint64_t>(first_seed));
    if (!collected) {
        std::cerr << collected.error().message << "\n";
        return 1;
    }
    const auto matcher = fingerprint::make_mcc_matcher();
    std::set<std::string> names;
    for (const Sample &sample : collected->samples) {
        names.insert(sample.set);
    }
    json::Object sets;
    for (const std::string &name : names) {
        std::vector<Sample> samples;
        std::copy_if(collected->samples.begin(), collected->samples.end(), std::back_inserter(samples),
                     [&](const Sample &sample) { return sample.set == name; });
        sets[name] = measure(*matcher, name, samples);
    }
    json::Object pooled = measure(*matcher, "pooled", collected->samples);
    const json::Object whole{{"matcher", matcher->name()},
                             {"threshold", matcher->threshold()},
                             {"margin", matcher->margin()},
                             {"pictures", collected->pictures},
                             {"unusable", collected->unusable},
                             {"sets", std::move(sets)},
                             {"pooled", pooled}};
    if (!file.empty()) {
        if (auto written = write_file_durably(file, json::serialize(whole) + "\n"); !written) {
            std::cerr << written.error().message << "\n";
            return 1;
        }
    }
    std::cout << fmt::format(
        "eval_fingerprint: {} threshold {} margin {}: {} pictures, {} unusable, pooled EER {:.2f} %, "
        "FNIR {:.2f} %, FPIR {:.2f} %\n",
        matcher->name(), matcher->threshold(), matcher->margin(), collected->pictures, collected->unusable,
        100 * pooled["eer"].as_double(), 100 * pooled["fnir"].as_double(), 100 * pooled["fpir"].as_double());
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    std::vector<std::string> folders;
    std::int64_t synthetic = 0, first_seed = 1000;
    std::filesystem::path file;
    Config config("eval_fingerprint", "Measures the fingerprint matcher on sets of pictures.",
                  "  eval_fingerprint --db fvc2002_db1_b --synthetic 20 --json out.json\n");
    config.list("db", folders, "folder of <finger>_<impression>.png; may be given again");
    config.integer("synthetic", synthetic, 0, 1000, "made-up fingers beside them");
    config.integer("first-seed", first_seed, 0, 1'000'000'000, "person of the first of them");
    config.path("json", file, "where the figures go");
    const auto parsed = config.parse(argc, argv);
    if (!parsed) {
        std::cerr << parsed.error().message << "\n";
        return 2;
    }
    return *parsed == Config::Outcome::exit ? 0 : run(folders, synthetic, first_seed, file);
}
