#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>

#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

struct Labelled {
    std::string left, right;
    bool same;
};

std::vector<Labelled> read_pairs(const std::filesystem::path &path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line); // file_x,file_y,Decision
    std::vector<Labelled> pairs;
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        Labelled pair;
        std::string decision;
        if (std::getline(fields, pair.left, ',') && std::getline(fields, pair.right, ',') &&
            std::getline(fields, decision)) {
            pair.same = decision.starts_with("Yes");
            pairs.push_back(pair);
        }
    }
    return pairs;
}

json::Object measure(const std::vector<Labelled> &pairs, const std::map<std::string, Look> &looks,
                     const System &system) {
    // The threshold that is best on every second pair, reported on the others.
    std::vector<std::pair<float, bool>> halves[2];
    Scores scores;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto &left = looks.at(pairs[i].left);
        const auto &right = looks.at(pairs[i].right);
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
    std::cout << fmt::format("photos {:<14} accuracy on the other half {}; EER {:.2f} %\n", system.name,
                             words(accuracy), 100 * equal_error(scores));
    return {{"accuracy", to_json(accuracy)}, {"threshold", best}, {"eer", equal_error(scores)}};
}

} // namespace

json::Object measure_photos(Looker &looker, const std::filesystem::path &folder, const std::string &pairs_file,
                            Rate &fta) {
    const auto pairs = read_pairs(folder / pairs_file);
    json::Object result;
    if (pairs.empty()) {
        return result;
    }
    std::map<std::string, Look> looks;
    Rate live;
    for (const auto &pair : pairs) {
        for (const auto &name : {pair.left, pair.right}) {
            if (!looks.contains(name)) {
                const auto look = looks.emplace(name, looker.look(folder / name, 0, true)).first->second;
                if (look.readable) {
                    fta.add(!look.usable());
                }
                if (look.usable()) {
                    live.add(face::probability(look.liveness) < looker.pipeline().liveness_threshold());
                }
            }
        }
    }
    for (const auto &system : looker.systems()) {
        result[system.name] = measure(pairs, looks, system);
    }
    std::cout << "photos BPCER of one picture " << words(live) << "\n";
    result["bpcer"] = to_json(live);
    return result;
}

} // namespace xueshi::bench
