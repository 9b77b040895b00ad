#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>

#include "tests/bench/face/refit.hpp"
#include "tests/bench/face/sets.hpp"
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
    Scores scores; ///< same: live, other: prints
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
            {"eer_interval", equal_error_interval(judged.scores)}};
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

/// Sample pictures of one species.
struct Species {
    Rate accepted, usable;
    float liveness = 0; ///< sum
};

/// image_F1 is a print, image_F2 a screen, any other image_F a fake; image_T is live. Empty: no sample.
std::string species_of(const std::filesystem::path &picture) {
    const std::string name = picture.stem().string();
    if (name.starts_with("image_F")) {
        return name == "image_F1" ? "print" : name == "image_F2" ? "screen" : "fake";
    }
    return name.starts_with("image_T") ? "live" : "";
}

Expected<std::map<std::string, Species>> look_at_samples(Looker &looker, const std::filesystem::path &folder) {
    const auto files = entries_of(folder);
    if (!files) {
        return tl::unexpected(files.error());
    }
    std::map<std::string, Species> species;
    for (const auto &file : *files) {
        const std::string name = species_of(file);
        const auto look = name.empty() ? Look{} : looker.look(file, 0, false);
        if (!look.readable) {
            continue;
        }
        const float live = look.usable() ? face::probability(look.liveness) : 0;
        const bool accepted = look.usable() && live >= looker.pipeline().liveness_threshold();
        species[name].accepted.add(accepted);
        species[name].usable.add(look.usable());
        species[name].liveness += live;
        std::cout << fmt::format("PAD sample {} ({}): {}, liveness {:.2f}\n", file.filename().string(), name,
                                 look.usable() ? (accepted ? "taken for live" : "refused")
                                 : look.found  ? face::to_string(look.flaw)
                                               : "no_face",
                                 live);
    }
    if (species.empty()) {
        return fail(ErrorCode::not_found,
                    folder.string() + ": no readable picture image_F... (print, screen) or image_T... (live)");
    }
    return species;
}

json::Object to_json(const std::map<std::string, Species> &species) {
    json::Object result;
    for (const auto &[name, one] : species) {
        result[name] = json::Object{{"pictures", one.accepted.whole},
                                    {"accepted", one.accepted.part},
                                    {"usable", one.usable.part},
                                    {"accepted_rate", bench::to_json(one.accepted)},
                                    {"liveness", one.liveness / static_cast<float>(one.accepted.whole)}};
    }
    return result;
}

/// Of the samples, where no tracks were measured.
void add_rates(json::Object &result, const std::map<std::string, Species> &species) {
    Rate apcer, bpcer;
    for (const auto &[name, one] : species) {
        auto &rate = name == "live" ? bpcer : apcer;
        rate.part += name == "live" ? one.accepted.whole - one.accepted.part : one.accepted.part;
        rate.whole += one.accepted.whole;
    }
    result["apcer"] = result["apcer"].is_null() ? share(apcer) : result["apcer"];
    result["bpcer"] = result["bpcer"].is_null() ? share(bpcer) : result["bpcer"];
}

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
    judge_lengths(result, "held_out_", "weights of the other subjects, ", live.looks, prints.looks, threshold);
}

} // namespace

Expected<json::Object> measure_pad(Looker &looker, const Nuaa &nuaa, const std::filesystem::path &spoof) {
    json::Object result;
    const float threshold = looker.pipeline().liveness_threshold();
    if (!nuaa.live_crops.empty()) {
        add_held_out(result, nuaa, threshold);
        const auto judged = judge_lengths(result, "", "", nuaa.live_crops, nuaa.prints, threshold);
        result["apcer"] = share(judged.apcer);
        result["bpcer"] = share(judged.bpcer);
    }
    if (spoof.empty()) {
        return result;
    }
    const auto samples = look_at_samples(looker, spoof);
    if (!samples) {
        return tl::unexpected(samples.error());
    }
    result["samples"] = to_json(*samples);
    add_rates(result, *samples);
    return result;
}

} // namespace xueshi::bench
