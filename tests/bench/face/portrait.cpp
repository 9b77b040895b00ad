#include "tests/bench/face/portrait.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

namespace xueshi::bench {

Portraits portraits_of(const Vectors &vectors) {
    std::map<std::string, Vectors> pictures;
    for (const auto &one : vectors) {
        pictures[one.first->person].push_back(one);
    }
    Portraits portraits;
    for (auto &[person, samples] : samples_of(vectors)) {
        const auto &all = pictures.at(person);
        if (all.size() <= kEnrolled) {
            portraits.anybodys.push_back(all.front());
            continue;
        }
        const auto held = std::ranges::find_if(all, [&](const auto &one) {
            return std::ranges::find(samples, one.first, &Vectors::value_type::first) == samples.end();
        });
        portraits.own.push_back(*held);
        portraits.anybodys.push_back(*held);
        portraits.enrolled.emplace(person, std::move(samples));
    }
    return portraits;
}

PortraitRates compare(const Portraits &portraits, float threshold) {
    PortraitRates rates;
    for (const auto &[look, vector] : portraits.own) {
        rates.fnmr.add(best(portraits.enrolled.at(look->person), vector) < threshold);
    }
    for (const auto &[look, vector] : portraits.anybodys) {
        const auto before = rates.fmr.whole;
        for (const auto &[person, samples] : portraits.enrolled) {
            if (person != look->person) {
                rates.fmr.add(best(samples, vector) >= threshold);
            }
        }
        rates.fmr.different += rates.fmr.whole > before ? 1 : 0;
    }
    return rates;
}

void report_portraits(const std::string &set, const PortraitRates &rates, json::Object &figures) {
    figures["portrait_fnmr"] = share(rates.fnmr);
    figures["portrait_fnmr_interval"] = to_json(rates.fnmr);
    figures["portrait_fmr"] = share(rates.fmr);
    figures["portrait_fmr_interval"] = to_json(rates.fmr);
    std::cout << fmt::format("{} portrait against the most like of five samples, as shipped: FNMR {}, FMR {}\n", set,
                             words(rates.fnmr), words(rates.fmr));
}

} // namespace xueshi::bench
