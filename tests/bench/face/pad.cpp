#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "tests/bench/face/refit.hpp"
#include "tests/bench/face/sets.hpp"
#include "tests/bench/face/species.hpp"
#include "tests/bench/face/tracks.hpp"

namespace xueshi::bench {

namespace {

/// The track's liveness: the mean of its frames, as check-in decides.
float mean(const Track &track) {
    float sum = 0;
    for (const auto *look : track) {
        sum += face::probability(look->liveness);
    }
    return sum / static_cast<float>(track.size());
}

struct Judged {
    Rate apcer, bpcer;
    Scores scores; ///< same: live, other: attacks
};

Judged judge(const std::vector<Track> &live, const std::vector<Track> &attacks, float threshold) {
    Judged judged;
    std::map<std::string, std::uint32_t> numbers;
    for (const bool is_live : {true, false}) {
        for (const auto &track : is_live ? live : attacks) {
            const auto next = static_cast<std::uint32_t>(numbers.size());
            const auto person = numbers.emplace(track.front()->person, next).first->second;
            const float score = mean(track);
            judged.scores.add(is_live, score, person);
            is_live ? judged.bpcer.add(score < threshold) : judged.apcer.add(score >= threshold);
        }
    }
    return judged;
}

json::Object report(const std::string &what, const Judged &judged) {
    std::cout << fmt::format("PAD {}: APCER (print) {}, BPCER {}, EER {}\n", what, words(judged.apcer),
                             words(judged.bpcer), percent(judged.scores));
    return {{"apcer_print", to_json(judged.apcer)},
            {"bpcer", to_json(judged.bpcer)},
            {"eer", figure(equal_error(judged.scores))},
            {"eer_interval", equal_error_interval(judged.scores)},
            {"roc", roc_points(judged.scores)}};
}

/// Windows of five, recordings that have fewer, and single frames, each by itself in the figures. Both kinds of tracks
/// together.
Judged judge_lengths(json::Object &result, const std::string &key, const std::string &what,
                     const std::vector<Look> &live, const std::vector<Look> &prints, float threshold) {
    const auto add = [&](const std::string &length, const std::string &name,
                         std::vector<Track> (*cut)(const std::vector<Look> &)) {
        const auto judged = judge(cut(live), cut(prints), threshold);
        result[key + length] = report(what + name, judged);
        return judged;
    };
    add("track_of_5", "track of 5", tracks_of_five);
    add("track_shorter", "recordings of fewer", shorter_tracks);
    add("frame", "one frame", one_by_one);
    return add("track", "both kinds of tracks", all_tracks);
}

/// Of people whom the weights have not seen: pad.apcer and pad.bpcer are of those they were fitted on.
void add_held_out(json::Object &result, const Nuaa &nuaa, float threshold) {
    const auto live = judge_held_out(nuaa.live_crops, nuaa.live_crops, nuaa.prints);
    const auto prints = judge_held_out(nuaa.prints, nuaa.live_crops, nuaa.prints);
    auto left_out = live.left_out;
    left_out.insert(prints.left_out.begin(), prints.left_out.end());
    result["held_out_people_left_out"] = left_out.size();
    if (!left_out.empty()) {
        std::cout << fmt::format("PAD weights of the other subjects: {} left out, without whom nothing is left to "
                                 "learn from\n",
                                 left_out.size());
    }
    if (live.looks.empty() || prints.looks.empty()) {
        return;
    }
    const auto judged =
        judge_lengths(result, "held_out_", "weights of the other subjects, ", live.looks, prints.looks, threshold);
    add_rate(result, "held_out_apcer", judged.apcer);
    add_rate(result, "held_out_bpcer", judged.bpcer);
}

Species species_of(const Rate &error, const std::vector<Look> &looks) {
    Species species{.error = error, .no_sample = {}};
    for (const auto &look : looks) {
        if (look.readable) {
            species.no_sample.add(!look.usable());
        }
    }
    return species;
}

/// All species together against the living faces.
json::Object curve_of(const Spoof &spoof) {
    std::vector<Track> live;
    std::vector<Track> attacks;
    for (const auto &[name, looks] : spoof) {
        std::ranges::move(one_by_one(looks), std::back_inserter(name == "live" ? live : attacks));
    }
    const auto scores = judge(live, attacks, 0).scores;
    return {{"eer", figure(equal_error(scores))}, {"roc", roc_points(scores)}};
}

json::Object samples_of(const Spoof &spoof, float threshold) {
    json::Object result;
    for (const auto &[name, looks] : spoof) {
        const auto judged = judge({}, one_by_one(looks), threshold); // as if all were attacks
        float sum = 0;
        for (const float score : judged.scores.other) {
            sum += score;
        }
        const auto usable = judged.apcer.whole;
        result[name] = json::Object{
            {"pictures", looks.size()},
            {"usable", usable},
            {"accepted", judged.apcer.part},
            {"accepted_rate", to_json(judged.apcer)},
            {"liveness", usable == 0 ? json::Value(nullptr) : json::Value(sum / static_cast<float>(usable))}};
    }
    return result;
}

} // namespace

json::Object measure_pad(const Looker &looker, const Nuaa &nuaa, const Spoof &spoof) {
    json::Object result{{"apcer", nullptr}, {"bpcer", nullptr}};
    if (nuaa.live_crops.empty() && spoof.empty()) {
        return result;
    }
    const float threshold = looker.pipeline().liveness_threshold();
    Attacks attacks;
    Species live;
    if (!nuaa.live_crops.empty()) {
        add_held_out(result, nuaa, threshold);
        const auto judged = judge_lengths(result, "", "", nuaa.live_crops, nuaa.prints, threshold);
        attacks["nuaa"]["print"] = species_of(judged.apcer, nuaa.prints);
        live = species_of(judged.bpcer, nuaa.live_crops);
    }
    if (!spoof.empty()) {
        result["samples"] = samples_of(spoof, threshold);
        result["spoof"] = curve_of(spoof);
    }
    for (const auto &[name, looks] : spoof) {
        const auto tracks = one_by_one(looks);
        if (name != "live") {
            attacks["spoof"][name] = species_of(judge({}, tracks, threshold).apcer, looks);
        } else if (nuaa.live_crops.empty()) {
            live = species_of(judge(tracks, {}, threshold).bpcer, looks);
        }
    }
    add_attacks(result, attacks);
    add_rate(result, "bpcer", live.error);
    result["bpcer_no_sample"] = to_json(live.no_sample);
    return result;
}

} // namespace xueshi::bench
