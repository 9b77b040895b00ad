#include <iostream>
#include <map>

#include <fmt/format.h>

#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

json::Object measure(const std::vector<LabelledLine> &pairs, const std::map<std::string, Look> &looks,
                     const System &system) {
    // The threshold that is best on every second pair, reported on the others.
    std::vector<std::pair<float, bool>> halves[2];
    Scores scores;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto &left = looks.at(pairs[i].texts[0]);
        const auto &right = looks.at(pairs[i].texts[1]);
        if (left.usable() && right.usable()) {
            const float score = product(vector_of(left, system), vector_of(right, system));
            halves[i % 2].emplace_back(score, pairs[i].same);
            (pairs[i].same ? scores.same : scores.other).push_back(score);
        }
    }
    const auto right = [](const std::vector<std::pair<float, bool>> &half, float threshold) {
        Rate rate;
        for (const auto &[score, same] : half) {
            rate.add((score >= threshold) == same);
        }
        return rate;
    };
    float best = 0;
    double most = -1;
    for (const auto &[score, same] : halves[0]) {
        const double value = right(halves[0], score).value();
        best = value > most ? score : best;
        most = std::max(most, value);
    }
    const auto accuracy = right(halves[1], best);
    std::cout << fmt::format("photos {:<14} accuracy on the other half {}; EER {}\n", system.name, words(accuracy),
                             percent(equal_error(scores)));
    return {{"accuracy", to_json(accuracy)}, {"threshold", best}, {"eer", figure(equal_error(scores))}};
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
