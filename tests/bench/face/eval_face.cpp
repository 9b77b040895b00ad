// eval_face [--data DIR] [--json FILE]: open-set error rates of the shipped pipeline on research sets, thresholds found
// on one half of the persons and reported on the other. Never part of the tests: the sets stay outside.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/bench/face/identify.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;

struct Arguments {
    std::filesystem::path data = "../shared/data/faces";
    std::filesystem::path manifest = "models/manifest.json", files = "models/files", json;
    std::int64_t lfw_people = 700, gallery = 60, rounds = 10, threads = 2;
    double fpir = 0.005;
};

json::Object report(const std::string &what, const Rates &rates, float threshold, float margin) {
    std::cout << fmt::format("{:<22} threshold {:.3f} margin {:.3f}  FPIR {:.3f} %  FNIR {:.2f} % (one old photograph: "
                             "{:.2f} %)  wrong person {:.3f} %  of {} mated, {} strange\n",
                             what, threshold, margin, 100 * rates.fpir, 100 * rates.fnir, 100 * rates.fnir_stills,
                             100 * rates.wrong, rates.mated, rates.strangers);
    return {{"threshold", threshold},
            {"margin", margin},
            {"fpir", rates.fpir},
            {"fnir", rates.fnir},
            {"fnir_one_photograph", rates.fnir_stills},
            {"wrong_person", rates.wrong},
            {"mated", rates.mated},
            {"strangers", rates.strangers}};
}

/// Persons of even and odd place.
std::pair<std::vector<Sample>, std::vector<Sample>> halves(const std::vector<Sample> &samples) {
    std::vector<std::string> people;
    for (const auto &sample : samples) {
        people.push_back(sample.person);
    }
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    std::pair<std::vector<Sample>, std::vector<Sample>> result;
    for (const auto &sample : samples) {
        const auto place = std::lower_bound(people.begin(), people.end(), sample.person) - people.begin();
        (place % 2 == 0 ? result.first : result.second).push_back(sample);
    }
    return result;
}

json::Array measure_match(const Collection &collection, const Arguments &arguments, const face::Pipeline &pipeline) {
    const auto size = static_cast<std::size_t>(arguments.gallery);
    const auto rounds = static_cast<int>(arguments.rounds);
    const auto [even, odd] = halves(collection.samples);
    const auto even_trials = open_set_trials(even, size, rounds);
    const auto odd_trials = open_set_trials(odd, size, rounds);
    const auto all_trials = open_set_trials(collection.samples, size, rounds);
    json::Array rows;
    for (const float margin : {0.0F, 0.01F, 0.02F, 0.03F}) {
        const float by_even = calibrate(even_trials, margin, arguments.fpir);
        const float by_odd = calibrate(odd_trials, margin, arguments.fpir);
        rows.push_back(report("found on even, on odd:", rates(odd_trials, by_even, margin), by_even, margin));
        rows.push_back(report("found on odd, on even:", rates(even_trials, by_odd, margin), by_odd, margin));
    }
    rows.push_back(report("as shipped, on all:", rates(all_trials, pipeline.match_threshold(), pipeline.match_margin()),
                          pipeline.match_threshold(), pipeline.match_margin()));
    return rows;
}

/// APCER and BPCER of one frame (ISO/IEC 30107-3) at the shipped threshold, and where both are equal.
json::Object measure_liveness(const Collection &collection, float threshold) {
    std::vector<float> live;
    std::vector<float> print;
    for (const auto &sample : collection.liveness) {
        (sample.live ? live : print).push_back(sample.liveness);
    }
    const auto below = [](const std::vector<float> &scores, float at) {
        const auto count = std::count_if(scores.begin(), scores.end(), [&](float score) { return score < at; });
        return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(1, scores.size()));
    };
    double equal = 1;
    for (int step = 0; step <= 1000; ++step) {
        const float at = static_cast<float>(step) / 1000;
        equal = std::min(equal, std::max(below(live, at), 1 - below(print, at)));
    }
    const double apcer = 1 - below(print, threshold);
    const double bpcer = below(live, threshold);
    std::cout << fmt::format(
        "liveness of one frame  threshold {:.3f}  APCER (print) {:.1f} %  BPCER {:.1f} %  EER {:.1f} %  of "
        "{} prints, {} live\n",
        threshold, 100 * apcer, 100 * bpcer, 100 * equal, print.size(), live.size());
    return {{"threshold", threshold}, {"apcer_print", apcer}, {"bpcer", bpcer}, {"eer", equal}};
}

int fail_with(const Error &error) {
    std::cerr << "eval_face: " << error.message << "\n";
    return 1;
}

int run(const Arguments &arguments) {
    auto pipeline = face::Pipeline::load(arguments.manifest, arguments.files, static_cast<int>(arguments.threads));
    if (!pipeline) {
        return fail_with(pipeline.error());
    }
    const auto collection = collect(**pipeline, arguments.data, static_cast<int>(arguments.lfw_people));
    if (!collection) {
        return fail_with(collection.error());
    }
    json::Object result{{"embedding_model", (*pipeline)->embedding_model()},
                        {"pictures", collection->pictures},
                        {"without_face", collection->without_face},
                        {"refused_for_quality", collection->refused},
                        {"detect_ms", collection->detect_ms},
                        {"observe_ms", collection->observe_ms}};
    result["match"] = measure_match(*collection, arguments, **pipeline);
    result["liveness"] = measure_liveness(*collection, (*pipeline)->liveness_threshold());
    if (!arguments.json.empty()) {
        if (auto written = write_file_durably(arguments.json, json::serialize(result)); !written) {
            return fail_with(written.error());
        }
    }
    std::cout << fmt::format("{}: {} pictures, {} without a face, {} refused; detect {:.0f} ms, observe {:.0f} ms\n",
                             (*pipeline)->embedding_model(), collection->pictures, collection->without_face,
                             collection->refused, collection->detect_ms, collection->observe_ms);
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    if (const char *given = std::getenv("XUESHI_TEST_DATA"); given != nullptr) {
        arguments.data = std::filesystem::path(given) / "faces";
    }
    Config config("eval_face", "Open-set error rates of the shipped face pipeline on research sets.",
                  "eval_face --data ../shared/data/faces --json face.json");
    config.path("data", arguments.data, "folder with nuaa and lfw112");
    config.path("manifest", arguments.manifest, "models manifest");
    config.path("files", arguments.files, "folder of the models");
    config.path("json", arguments.json, "write the figures here too");
    config.integer("lfw-people", arguments.lfw_people, 60, 10000, "persons taken from LFW");
    config.integer("gallery", arguments.gallery, 2, 5000, "persons enrolled at once");
    config.integer("rounds", arguments.rounds, 1, 1000, "galleries drawn");
    config.integer("threads", arguments.threads, 1, 64, "threads of the networks");
    config.number("fpir", arguments.fpir, 0, 1, "false positive identification rate to calibrate for");
    const auto outcome = config.parse(argc, argv);
    if (!outcome) {
        return fail_with(outcome.error());
    }
    return *outcome == Config::Outcome::exit ? 0 : run(arguments);
}
