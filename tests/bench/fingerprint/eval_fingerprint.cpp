// eval_fingerprint --db DIR [--db DIR ...] [--synthetic N] [--json FILE]: error rates and speed of the shipped matcher,
// and of bozorth3 beside it, on pictures that went through libfprint. Never part of the tests: the sets are people's
// fingers and stay outside.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/bench/fingerprint/bozorth3.hpp"
#include "tests/bench/fingerprint/collect.hpp"
#include "tests/bench/fingerprint/det_plot.hpp"
#include "tests/bench/fingerprint/figures.hpp"
#include "tests/bench/fingerprint/speed.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;

struct Order {
    std::vector<std::string> folders, left_out;
    std::int64_t synthetic = 0, first_seed = 1000;
    bool bozorth3 = false;
    std::filesystem::path file, plot;
};

/// "1.2 %, 95 %: 0.4 to 3.5"; "of none".
std::string words(std::size_t part, std::size_t of) {
    const auto [low, high] = interval(part, of);
    return of == 0 ? "of none"
                   : fmt::format("{:.1f} %, 95 %: {:.1f} to {:.1f}",
                                 100 * static_cast<double>(part) / static_cast<double>(of), 100 * low, 100 * high);
}

/// How a matcher decides: `guard` is what its threshold lies over the highest stranger that was seen.
struct Rule {
    double threshold = 0, margin = 0, guard = 0;
};
constexpr double kGuard = 0.03; // README.md of firmware/fingerprint, "Calibration"

/// One matcher 1:1 on some samples.
struct OneToOne {
    Verification fvc, every_pair;
};

/// Who came nearest to being taken for whom: for a person to look at. Sets name a finger twice now and then.
std::string nearest_of(const std::vector<Probe> &probes) {
    const auto probe = std::ranges::max_element(probes, {}, &Probe::stranger);
    if (probe == probes.end() || probe->strangers.empty()) {
        return "";
    }
    const auto finger =
        std::ranges::max_element(probe->strangers, {}, [](const auto &one) { return one.second; })->first;
    return fmt::format(" ({}/{}_{} as {}/{})", probe->set, probe->finger, probe->number, finger.first, finger.second);
}

/// One matcher's figures on some samples.
json::Object report(const std::string &name, const OneToOne &one, const std::vector<Probe> &probes, double threshold,
                    double margin) {
    const Identification many = count(probes, threshold, margin);
    json::Object figures = to_json(many);
    figures.insert_or_assign("every_pair", to_json(one.every_pair, threshold));
    for (const auto &[key, figure] : to_json(one.fvc, threshold)) {
        figures[key] = figure;
    }
    std::cout << fmt::format("{:<24} 1:1 EER {} zeroFMR {} (every pair: EER {} FMR100 {} FMR1000 {})  1:N FNIR {}/{} "
                             "FPIR {}/{} as another {} highest stranger {:.3f}{}\n",
                             name, percent(figures["eer"]), percent(figures["zero_fmr"]),
                             percent(figures["every_pair"].at("eer")), percent(figures["every_pair"].at("fmr100")),
                             percent(figures["every_pair"].at("fmr1000")), many.refused, many.probes, many.strangers_in,
                             many.strangers, many.as_another, many.highest_stranger, nearest_of(probes));
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
        const std::string name = group.empty() ? "pooled" : group;
        figures[name] = to_json(many);
        std::cout << fmt::format("{} left out one by one, {}: FNIR {}/{} ({}) FPIR {}/{} ({})\n", matcher, name,
                                 many.refused, many.probes, words(many.refused, many.probes), many.strangers_in,
                                 many.strangers, words(many.strangers_in, many.strangers));
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

OneToOne verify(const Collected &collected, const std::string &set, const PairScore &score) {
    const auto is_of_set = [&](const Sample &sample) { return set.empty() || sample.set == set; };
    std::vector<std::size_t> indices;
    std::vector<Sample> chosen, rejected;
    for (std::size_t i = 0; i < collected.samples.size(); ++i) {
        if (is_of_set(collected.samples[i])) {
            indices.push_back(i);
            chosen.push_back(collected.samples[i]);
        }
    }
    std::ranges::copy_if(collected.rejected, std::back_inserter(rejected), is_of_set);
    const auto of_chosen = [&](std::size_t i, std::size_t j) { return score(indices[i], indices[j]); };
    return {verify_one_to_one(chosen, rejected, Impostors::first_impressions, of_chosen),
            verify_one_to_one(chosen, rejected, Impostors::every_impression, of_chosen)};
}

json::Object by_set(const std::string &matcher, const Collected &collected, const PairScore &score,
                    const std::vector<Probe> &probes, const Rule &rule, std::vector<DetCurve> &curves) {
    const auto &[threshold, margin, guard] = rule;
    std::set<std::string> names{""};
    for (const auto *some : {&collected.samples, &collected.rejected}) {
        for (const Sample &sample : *some) {
            names.insert(sample.set);
        }
    }
    json::Object sets;
    json::Object whole;
    for (const std::string &name : names) {
        OneToOne one = verify(collected, name, score);
        const auto own = of_set(probes, name, [](const Probe &probe) { return probe.set; });
        const std::string title = matcher + " " + (name.empty() ? "pooled" : name);
        (name.empty() ? whole : sets)[name.empty() ? "pooled" : name] = report(title, one, own, threshold, margin);
        curves.push_back({title, std::move(one.every_pair)}); // FVC's few impostors make steps of a curve
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
    auto whole = by_set("mcc", collected, score, identify_one_to_many(matcher, collected.samples),
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
    }
    if (pooled.at("genuine_pairs").to_number<std::size_t>() == 0 ||
        pooled.at("impostor_pairs").to_number<std::size_t>() == 0) {
        std::cout << "no two impressions of one finger, or of two fingers: EER is of none\n";
    }
    whole["matcher"] = matcher->name();
    whole["threshold"] = matcher->threshold();
    whole["margin"] = matcher->margin();
    whole["pictures"] = collected.pictures();
    whole["fta"] = share(collected.rejected.size(), collected.pictures());
    if (order.bozorth3) {
        auto scores = Bozorth3Scores::measure(collected);
        if (!scores) {
            return tl::unexpected(scores.error());
        }
        whole["bozorth3"] =
            by_set("bozorth3", collected, std::cref(*scores), identify_one_to_many(*scores, collected.samples),
                   Rule{kBozorth3Threshold, 0, 0}, curves);
    }
    if (!order.plot.empty()) {
        if (auto written = write_det_plot(order.plot, curves); !written) {
            return tl::unexpected(written.error());
        }
    }
    return whole;
}

Expected<void> run(const Order &order) {
    auto collected =
        collect(order.folders, static_cast<int>(order.synthetic), static_cast<std::uint64_t>(order.first_seed));
    if (!collected) {
        return tl::unexpected(collected.error());
    }
    for (const std::string &finger : order.left_out) {
        if (auto gone = leave_out(*collected, finger); !gone) {
            return gone;
        }
    }
    if (collected->samples.empty()) {
        return fail(ErrorCode::invalid_argument,
                    collected->pictures() == 0
                        ? "no pictures: give --db or --synthetic"
                        : fmt::format("of {} pictures the reader took none", collected->pictures()));
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
        collected->pictures(), percent((*whole)["fta"]), percent((*whole)["eer"]), percent((*whole)["fnir"]),
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
    config.list("leave-out", order.left_out, "SET/FINGER that is not looked at; may be given again");
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
