#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>

#include "tests/bench/face/refit.hpp"
#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

/// The track's liveness: the mean of its frames, as check-in decides.
float mean(const std::vector<const Look *> &track) {
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

Judged judge(const std::vector<std::vector<const Look *>> &live, const std::vector<std::vector<const Look *>> &attacks,
             float threshold) {
    Judged judged;
    for (const auto &track : live) {
        judged.scores.same.push_back(mean(track));
        judged.bpcer.add(judged.scores.same.back() < threshold);
    }
    for (const auto &track : attacks) {
        judged.scores.other.push_back(mean(track));
        judged.apcer.add(judged.scores.other.back() >= threshold);
    }
    return judged;
}

std::vector<std::vector<const Look *>> one_by_one(const std::vector<Look> &looks) {
    std::vector<std::vector<const Look *>> result;
    for (const auto &look : looks) {
        if (look.usable()) {
            result.push_back({&look});
        }
    }
    return result;
}

json::Object report(const std::string &what, const Judged &judged) {
    std::cout << fmt::format("PAD {}: APCER (print) {}, BPCER {}, EER {}\n", what, words(judged.apcer),
                             words(judged.bpcer), percent(equal_error(judged.scores)));
    return {{"apcer_print", to_json(judged.apcer)},
            {"bpcer", to_json(judged.bpcer)},
            {"eer", figure(equal_error(judged.scores))}};
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

/// Of the samples alone, when no tracks were measured.
void add_rates(json::Object &result, const std::map<std::string, Species> &species) {
    Rate apcer;
    for (const auto &[name, one] : species) {
        if (name == "live") {
            result["bpcer"] = 1 - one.accepted.value();
        } else {
            apcer.part += one.accepted.part;
            apcer.whole += one.accepted.whole;
        }
    }
    if (apcer.whole > 0) {
        result["apcer"] = apcer.value();
    }
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
    result["held_out_track_of_5"] =
        report("weights of the other subjects, track of 5", judge(tracks(live.looks), tracks(prints.looks), threshold));
    result["held_out_frame"] = report("weights of the other subjects, one frame",
                                      judge(one_by_one(live.looks), one_by_one(prints.looks), threshold));
}

} // namespace

Expected<json::Object> measure_pad(Looker &looker, const Nuaa &nuaa, const std::filesystem::path &spoof) {
    json::Object result;
    const float threshold = looker.pipeline().liveness_threshold();
    if (!nuaa.prints.empty() && !nuaa.live_crops.empty()) {
        const auto by_track = judge(tracks(nuaa.live_crops), tracks(nuaa.prints), threshold);
        const auto by_frame = judge(one_by_one(nuaa.live_crops), one_by_one(nuaa.prints), threshold);
        add_held_out(result, nuaa, threshold);
        result["track_of_5"] = report("track of 5", by_track);
        result["frame"] = report("one frame", by_frame);
        result["apcer"] = share(by_track.apcer);
        result["bpcer"] = share(by_track.bpcer);
    }
    if (spoof.empty()) {
        return result;
    }
    const auto samples = look_at_samples(looker, spoof);
    if (!samples) {
        return tl::unexpected(samples.error());
    }
    result["samples"] = to_json(*samples);
    if (!result.contains("apcer")) {
        add_rates(result, *samples);
    }
    return result;
}

} // namespace xueshi::bench
