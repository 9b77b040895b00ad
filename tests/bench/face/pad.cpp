#include <algorithm>
#include <iostream>

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
    std::cout << fmt::format("PAD {}: APCER (print) {}, BPCER {}, EER {:.1f} %\n", what, words(judged.apcer),
                             words(judged.bpcer), 100 * equal_error(judged.scores));
    return {
        {"apcer_print", to_json(judged.apcer)}, {"bpcer", to_json(judged.bpcer)}, {"eer", equal_error(judged.scores)}};
}

} // namespace

json::Object measure_pad(Looker &looker, const Nuaa &nuaa, const std::filesystem::path &spoof) {
    json::Object result;
    const float threshold = looker.pipeline().liveness_threshold();
    if (!nuaa.prints.empty() && !nuaa.live_crops.empty()) {
        const auto by_track = judge(tracks(nuaa.live_crops), tracks(nuaa.prints), threshold);
        const auto by_frame = judge(one_by_one(nuaa.live_crops), one_by_one(nuaa.prints), threshold);
        const auto live = judge_held_out(nuaa.live_crops, nuaa.live_crops, nuaa.prints);
        const auto prints = judge_held_out(nuaa.prints, nuaa.live_crops, nuaa.prints);
        result["held_out_track_of_5"] =
            report("weights of the other subjects, track of 5", judge(tracks(live), tracks(prints), threshold));
        result["held_out_frame"] =
            report("weights of the other subjects, one frame", judge(one_by_one(live), one_by_one(prints), threshold));
        result["track_of_5"] = report("track of 5", by_track);
        result["frame"] = report("one frame", by_frame);
        result["apcer"] = by_track.apcer.value();
        result["bpcer"] = by_track.bpcer.value();
    }
    json::Object species;
    for (const auto &[name, file] :
         {std::pair{"print", "image_F1.jpg"}, {"screen", "image_F2.jpg"}, {"live", "image_T1.jpg"}}) {
        if (spoof.empty()) {
            break;
        }
        const auto look = looker.look(spoof / file, 0, false);
        if (look.readable) {
            const float live = look.usable() ? face::probability(look.liveness) : 0;
            const bool accepted = look.usable() && live >= threshold;
            species[name] = json::Object{
                {"pictures", 1}, {"accepted", accepted ? 1 : 0}, {"usable", look.usable()}, {"liveness", live}};
            std::cout << fmt::format(
                "PAD sample {}: {}, liveness {:.2f}\n", name,
                look.usable() ? (accepted ? "taken for live" : "refused") : face::to_string(look.flaw), live);
        }
    }
    result["samples"] = std::move(species);
    return result;
}

} // namespace xueshi::bench
