#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

using Half = std::vector<std::pair<float, bool>>; ///< score, and whether it is one person

Rate accuracy(const Half &half, float threshold) {
    Rate rate;
    for (const auto &[score, same] : half) {
        rate.add((score >= threshold) == same);
    }
    return rate;
}

/// Nothing of no pairs.
std::optional<float> best_threshold(const Half &half) {
    std::optional<float> best;
    double most = -1;
    for (const auto &[score, same] : half) {
        const double value = accuracy(half, score).value();
        best = value > most ? score : best;
        most = std::max(most, value);
    }
    return best;
}

/// The threshold that is best for one half of the people, reported on the other half: nobody is in both.
json::Object measure(const std::vector<LabelledLine> &pairs, const std::map<std::string, Look> &looks,
                     const System &system) {
    const auto half_of = halves_of(pairs);
    std::array<Half, 2> halves;
    Scores scores;
    std::size_t across = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto &left = looks.at(pairs[i].texts[0]);
        const auto &right = looks.at(pairs[i].texts[1]);
        if (!left.usable() || !right.usable()) {
            continue;
        }
        const float score = product(vector_of(left, system), vector_of(right, system));
        (pairs[i].same ? scores.same : scores.other).push_back(score);
        if (half_of[i]) {
            halves[*half_of[i]].emplace_back(score, pairs[i].same);
        } else {
            ++across;
        }
    }
    const auto threshold = best_threshold(halves[0]);
    const auto right = threshold ? accuracy(halves[1], *threshold) : Rate{};
    std::cout << fmt::format("photos {:<14} accuracy on the other half of the people {}; EER {}\n", system.name,
                             words(right), percent(equal_error(scores)));
    return {{"accuracy", to_json(right)},
            {"threshold", figure(threshold)},
            {"pairs_across_halves", across},
            {"eer", figure(equal_error(scores))}};
}

} // namespace

Expected<json::Object> measure_photos(Looker &looker, const std::filesystem::path &folder,
                                      const std::string &pairs_file, Rate &fta) {
    const auto pairs = read_pairs(folder / pairs_file, 3); // file_x,file_y,Decision
    if (!pairs) {
        return tl::unexpected(pairs.error());
    }
    std::map<std::string, Look> looks;
    Rate live;
    Rate unreadable;
    for (const auto &pair : *pairs) {
        for (const auto &name : pair.texts) {
            if (looks.contains(name)) {
                continue;
            }
            const auto look = looks.emplace(name, looker.look(folder / name, 0, true)).first->second;
            unreadable.add(!look.readable);
            if (look.readable) {
                fta.add(!look.usable());
            }
            if (look.usable()) {
                live.add(face::probability(look.liveness) < looker.pipeline().liveness_threshold());
            }
        }
    }
    if (unreadable.part == unreadable.whole) {
        return fail(ErrorCode::not_found, fmt::format("{}: none of the {} photographs that {} names can be read",
                                                      folder.string(), unreadable.whole, pairs_file));
    }
    json::Object result;
    for (const auto &system : looker.systems()) {
        result[system.name] = measure(*pairs, looks, system);
    }
    std::cout << "photos BPCER of one picture " << words(live) << "\n";
    result["bpcer"] = to_json(live);
    result["unreadable"] = unreadable.part;
    return result;
}

} // namespace xueshi::bench
