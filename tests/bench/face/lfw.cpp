#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

namespace fs = std::filesystem;

constexpr double kScale = 1.2; // the face of a crop of 112 pixels: about 100 on the frame

/// "Abel_Pacheco/Abel_Pacheco_0004.jpg"; without a folder the number is cut off.
std::string person_of(const std::string &path) {
    const auto folder = path.find('/');
    return path.substr(0, folder != std::string::npos ? folder : path.rfind('_'));
}

/// Everybody with everybody, in one half of the people.
Scores all_pairs(const Lfw &lfw, const System &system, bool reports) {
    std::vector<std::pair<std::string, face::Embedding>> vectors;
    for (const auto &[path, look] : lfw.looks) {
        if (look.usable() && lfw.reports(look.person) == reports) {
            vectors.emplace_back(look.person, vector_of(look, system));
        }
    }
    Scores scores;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            auto &into = vectors[i].first == vectors[j].first ? scores.same : scores.other;
            into.push_back(product(vectors[i].second, vectors[j].second));
        }
    }
    return scores;
}

/// What a threshold learnt on the one half is worth on the other.
json::Object held_out(const std::string &name, const Scores &learn, const Scores &report) {
    constexpr double kFar = 1e-3;
    const auto threshold = threshold_at(learn.other, kFar);
    const auto tar = accepted(report.same, threshold);
    const auto far = accepted(report.other, threshold);
    std::cout << fmt::format("LFW {:<14} threshold {} of the other half (FAR 1e-3): TAR {}, FAR {}\n", name,
                             words(threshold), words(tar), words(far));
    return {{"threshold", figure(threshold)}, {"tar", to_json(tar)}, {"far", to_json(far)}};
}

json::Object measure(const Lfw &lfw, const System &system) {
    std::map<std::string, face::Embedding> vectors;
    for (const auto &[path, look] : lfw.looks) {
        if (look.usable()) {
            vectors.emplace(path, vector_of(look, system));
        }
    }
    std::vector<Compared> compared;
    for (const auto &pair : lfw.pairs) {
        const auto left = vectors.find(pair.left);
        const auto right = vectors.find(pair.right);
        if (left != vectors.end() && right != vectors.end()) {
            compared.push_back({pair.fold, product(left->second, right->second), pair.same});
        }
    }
    const auto folds = k_fold(compared);
    if (folds.whole == 0) {
        std::cout << "LFW accuracy is of none: it takes pairs of two folds, one to choose the threshold on\n";
    }
    const auto scores = all_pairs(lfw, system, true);
    const auto others = all_pairs(lfw, system, false);
    json::Object result{{"accuracy", share(folds)},
                        {"accuracy_k_fold", to_json(folds)},
                        {"eer", figure(equal_error(scores))},
                        {"same", scores.same.size()},
                        {"other", scores.other.size()}};
    std::string line =
        fmt::format("LFW {:<14} accuracy {}; EER {}; TAR", system.name, words(folds), percent(equal_error(scores)));
    for (const auto &[name, far] : {std::pair{"1e-2", 1e-2}, {"1e-3", 1e-3}, {"1e-4", 1e-4}}) {
        const auto rate = accepted(scores.same, threshold_at(scores.other, far));
        result["tar_at_far_" + std::string(name)] = to_json(rate);
        line += fmt::format(" {}: {}", name, words(rate));
    }
    json::Array points;
    for (const auto &[far, tar] : roc(scores)) {
        points.push_back(json::Array{far, tar});
    }
    result["roc"] = std::move(points);
    std::cout << line << "\n";
    result["held_out"] = json::Array{held_out(system.name, others, scores), held_out(system.name, scores, others)};
    return result;
}

} // namespace

bool Lfw::reports(const std::string &person) const {
    // By a sum of the letters: the same half whatever else is in the folder.
    unsigned sum = 0;
    for (const char letter : person) {
        sum = sum * 31 + static_cast<unsigned char>(letter);
    }
    return sum / 7 % 2 == 1;
}

Expected<Lfw> look_at_lfw(Looker &looker, const fs::path &folder, const std::string &pairs) {
    auto lines = read_pairs(folder / pairs, 4); // fold,left,right,same
    if (!lines) {
        return tl::unexpected(lines.error());
    }
    Lfw lfw;
    for (auto &line : *lines) {
        lfw.pairs.push_back({std::move(line.texts[0]), std::move(line.texts[1]), std::move(line.texts[2]), line.same});
    }
    for (const auto &pair : lfw.pairs) {
        for (const auto &path : {pair.left, pair.right}) {
            if (lfw.looks.contains(path)) {
                continue;
            }
            auto look = looker.look(folder / "images" / path, kScale, true);
            look.person = "lfw/" + person_of(path);
            lfw.missing += look.readable ? 0 : 1;
            lfw.looks.emplace(path, std::move(look));
        }
    }
    if (lfw.missing == lfw.looks.size()) {
        return fail(ErrorCode::not_found, fmt::format("{}: none of the {} pictures that {} names can be read",
                                                      (folder / "images").string(), lfw.looks.size(), pairs));
    }
    return lfw;
}

json::Object measure_lfw(const Lfw &lfw, const Looker &looker) {
    json::Object result;
    if (lfw.pairs.empty()) {
        return result;
    }
    json::Object providers;
    for (const auto &system : looker.systems()) {
        providers[system.name] = measure(lfw, system);
    }
    result = providers.at("shipped").as_object();
    result["providers"] = std::move(providers);
    result["unreadable"] = lfw.missing;
    return result;
}

} // namespace xueshi::bench
