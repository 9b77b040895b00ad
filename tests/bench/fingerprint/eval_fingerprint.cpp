// eval_fingerprint --db DIR [--db DIR ...] [--synthetic N] [--json FILE]: error rates and speed of the shipped matcher,
// and of bozorth3 beside it, on pictures that went through libfprint. Never part of the tests: the sets are people's
// fingers and stay outside.
#include <algorithm>
#include <iostream>
#include <set>

#include <fmt/format.h>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/bench/fingerprint/bozorth3.hpp"
#include "tests/bench/fingerprint/collect.hpp"
#include "tests/bench/fingerprint/det_plot.hpp"
#include "tests/bench/fingerprint/speed.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;

struct Order {
    std::vector<std::string> folders;
    std::int64_t synthetic = 0, first_seed = 1000;
    bool bozorth3 = false;
    std::filesystem::path file, plot;
};

json::Object to_json(const Interval &interval) {
    return {{"low", interval.low}, {"high", interval.high}};
}

json::Object to_json(const Identification &many) {
    return {{"probes", many.probes},
            {"fnir", many.fnir()},
            {"fnir_95", to_json(interval(many.refused, many.probes))},
            {"accepted_as_another", many.as_another},
            {"fpir", many.fpir()},
            {"fpir_95", to_json(interval(many.strangers_in, many.probes))},
            {"highest_stranger_score", many.highest_stranger}};
}

/// How a matcher decides: `guard` is what its threshold lies over the highest stranger that was seen.
struct Rule {
    double threshold = 0, margin = 0, guard = 0;
};
constexpr double kGuard = 0.03; // README.md of firmware/fingerprint, "Calibration"

/// One matcher's figures on some samples.
json::Object report(const std::string &name, const Verification &one, const std::vector<Probe> &probes,
                    double threshold, double margin) {
    const Identification many = count(probes, threshold, margin);
    json::Object figures = to_json(many);
    figures["eer"] = one.eer();
    figures["fmr100"] = one.fnmr_at_fmr(0.01);
    figures["fmr1000"] = one.fnmr_at_fmr(0.001);
    figures["zero_fmr"] = one.fnmr_at_fmr(0);
    figures["fnmr"] = one.fnmr(threshold);
    figures["fmr"] = one.fmr(threshold);
    figures["genuine_pairs"] = one.genuine.size();
    figures["impostor_pairs"] = one.impostor.size();
    std::cout << fmt::format(
        "{:<24} 1:1 EER {:5.2f} % FMR100 {:5.2f} FMR1000 {:5.2f} zeroFMR {:5.2f}  1:N FNIR {}/{} FPIR "
        "{}/{} as another {} highest stranger {:.3f}\n",
        name, 100 * one.eer(), 100 * one.fnmr_at_fmr(0.01), 100 * one.fnmr_at_fmr(0.001), 100 * one.fnmr_at_fmr(0),
        many.refused, many.probes, many.strangers_in, many.probes, many.as_another, many.highest_stranger);
    return figures;
}

/// The groups of sets that targets are named for: "fvc2002" of "fvc2002_db1_b"; "": all.
std::set<std::string> groups_of(const std::vector<Probe> &probes) {
    std::set<std::string> groups{""};
    for (const Probe &probe : probes) {
        groups.insert(probe.set.substr(0, probe.set.find('_')));
    }
    return groups;
}

json::Object left_out(const std::string &matcher, const std::vector<Probe> &probes, double margin, double guard) {
    json::Object figures{{"guard", guard}};
    for (const std::string &group : groups_of(probes)) {
        const Identification many = leave_one_finger_out(probes, margin, guard, group);
        const Interval fnir = interval(many.refused, many.probes), fpir = interval(many.strangers_in, many.probes);
        const std::string name = group.empty() ? "pooled" : group;
        figures[name] = to_json(many);
        std::cout << fmt::format("{} left out one by one, {}: FNIR {}/{} ({:.1f} %, 95 %: {:.1f} to {:.1f}) FPIR {}/{} "
                                 "({:.1f} %, 95 %: {:.1f} to {:.1f})\n",
                                 matcher, name, many.refused, many.probes, 100 * many.fnir(), 100 * fnir.low,
                                 100 * fnir.high, many.strangers_in, many.probes, 100 * many.fpir(), 100 * fpir.low,
                                 100 * fpir.high);
    }
    return figures;
}

template <typename T, typename SetOf>
std::vector<T> of_set(const std::vector<T> &all, const std::string &set, SetOf &&set_of) {
    std::vector<T> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const T &one) { return set.empty() || set_of(one) == set; });
    return chosen;
}

/// Pair scores of one matcher, by index of a sample.
using PairScore = std::function<double(std::size_t, std::size_t)>;

Verification verify(const std::vector<Sample> &samples, const std::string &set, const PairScore &score) {
    std::vector<std::size_t> indices;
    std::vector<Sample> chosen;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (set.empty() || samples[i].set == set) {
            indices.push_back(i);
            chosen.push_back(samples[i]);
        }
    }
    return verify_one_to_one(chosen, [&](std::size_t i, std::size_t j) { return score(indices[i], indices[j]); });
}

json::Object by_set(const std::string &matcher, const std::vector<Sample> &samples, const PairScore &score,
                    const std::vector<Probe> &probes, const Rule &rule, std::vector<DetCurve> &curves) {
    const auto &[threshold, margin, guard] = rule;
    std::set<std::string> names{""};
    for (const Sample &sample : samples) {
        names.insert(sample.set);
    }
    json::Object sets;
    json::Object whole;
    for (const std::string &name : names) {
        Verification one = verify(samples, name, score);
        const auto own = of_set(probes, name, [](const Probe &probe) { return probe.set; });
        const std::string title = matcher + " " + (name.empty() ? "pooled" : name);
        (name.empty() ? whole : sets)[name.empty() ? "pooled" : name] = report(title, one, own, threshold, margin);
        curves.push_back({title, std::move(one)});
    }
    whole["sets"] = std::move(sets);
    whole["leave_one_finger_out"] = left_out(matcher, probes, margin, guard);
    return whole;
}

json::Object measure_shipped(const fingerprint::Matcher &matcher, const Collected &collected,
                             std::vector<DetCurve> &curves) {
    std::vector<std::shared_ptr<const fingerprint::Template>> prepared;
    for (const Sample &sample : collected.samples) {
        prepared.push_back(*matcher.prepare({sample.impression}));
    }
    const auto score = [&](std::size_t i, std::size_t j) { return matcher.compare(*prepared[i], *prepared[j]); };
    auto whole = by_set("mcc", collected.samples, score, identify_one_to_many(matcher, collected.samples),
                        Rule{matcher.threshold(), matcher.margin(), kGuard}, curves);
    json::Object speed;
    for (const Speed &one : measure_speed(matcher, collected.samples)) {
        std::cout << fmt::format("{} templates of five impressions: {:.1f} ms\n", one.templates, one.identify_ms);
        speed[std::to_string(one.templates)] = one.identify_ms;
    }
    whole["identify_ms"] = std::move(speed);
    return whole;
}

Expected<json::Object> measure(const Order &order, const Collected &collected) {
    const auto matcher = fingerprint::make_mcc_matcher();
    std::vector<DetCurve> curves;
    json::Object whole = measure_shipped(*matcher, collected, curves);
    const json::Object pooled = whole["pooled"].as_object();
    for (const char *key : {"eer", "fnir", "fpir"}) {
        whole[key] = pooled.at(key);
    }
    if (pooled.at("probes").to_number<std::size_t>() == 0) {
        std::cout << "no finger has more than five impressions: nothing was probed, FNIR and FPIR are of none\n";
        whole["fnir"] = whole["fpir"] = nullptr;
    }
    if (pooled.at("genuine_pairs").to_number<std::size_t>() == 0 ||
        pooled.at("impostor_pairs").to_number<std::size_t>() == 0) {
        std::cout << "no two impressions of one finger, or of two fingers: EER is of none\n";
        whole["eer"] = nullptr;
    }
    whole["matcher"] = matcher->name();
    whole["threshold"] = matcher->threshold();
    whole["margin"] = matcher->margin();
    whole["pictures"] = collected.pictures;
    whole["fta"] =
        static_cast<double>(collected.unusable) / static_cast<double>(std::max<std::size_t>(collected.pictures, 1));
    if (order.bozorth3) {
        auto scores = Bozorth3Scores::measure(collected);
        if (!scores) {
            return tl::unexpected(scores.error());
        }
        whole["bozorth3"] =
            by_set("bozorth3", collected.samples, std::cref(*scores), identify_one_to_many(*scores, collected.samples),
                   Rule{kBozorth3Threshold, 0, 0}, curves);
    }
    if (!order.plot.empty()) {
        if (auto written = write_det_plot(order.plot, curves); !written) {
            return tl::unexpected(written.error());
        }
    }
    return whole;
}

std::string percent(const json::Value &share) {
    return share.is_null() ? "of none" : fmt::format("{:.2f} %", 100 * share.to_number<double>());
}

Expected<void> run(const Order &order) {
    const auto collected =
        collect(order.folders, static_cast<int>(order.synthetic), static_cast<std::uint64_t>(order.first_seed));
    if (!collected) {
        return tl::unexpected(collected.error());
    }
    if (collected->samples.empty()) {
        return fail(ErrorCode::invalid_argument,
                    collected->pictures == 0 ? "no pictures: give --db or --synthetic"
                                             : fmt::format("of {} pictures the reader took none", collected->pictures));
    }
    auto whole = measure(order, *collected);
    if (!whole) {
        return tl::unexpected(whole.error());
    }
    if (!order.file.empty()) {
        if (auto written = write_file_durably(order.file, json::serialize(*whole) + "\n"); !written) {
            return written;
        }
    }
    std::cout << fmt::format(
        "eval_fingerprint: {} threshold {} margin {}: {} pictures, FTA {}, pooled EER {}, FNIR {}, FPIR {}, "
        "180 templates in {:.1f} ms\n",
        (*whole)["matcher"].as_string().c_str(), (*whole)["threshold"].as_double(), (*whole)["margin"].as_double(),
        collected->pictures, percent((*whole)["fta"]), percent((*whole)["eer"]), percent((*whole)["fnir"]),
        percent((*whole)["fpir"]), (*whole)["identify_ms"].as_object()["180"].as_double());
    return {};
}

} // namespace

int main(int argc, char **argv) {
    Order order;
    Config config(
        "eval_fingerprint", "Measures the fingerprint matcher on sets of pictures.",
        "  eval_fingerprint --db fvc2002_db1_b --synthetic 20 --bozorth3 true --json out.json --det det.svg\n");
    config.list("db", order.folders, "folder of <finger>_<impression>.png; may be given again");
    config.integer("synthetic", order.synthetic, 0, 1000, "made-up fingers beside them");
    config.integer("first-seed", order.first_seed, 0, 1'000'000'000, "person of the first of them");
    config.boolean("bozorth3", order.bozorth3, "measure libfprint's own matcher too (minutes)");
    config.path("json", order.file, "where the figures go");
    config.path("det", order.plot, "where the DET plot goes, an SVG");
    const auto parsed = config.parse(argc, argv);
    if (!parsed) {
        std::cerr << parsed.error().message << "\n";
        return 2;
    }
    if (*parsed == Config::Outcome::exit) {
        return 0;
    }
    if (auto done = run(order); !done) {
        std::cerr << done.error().message << "\n";
        return 1;
    }
    return 0;
}
