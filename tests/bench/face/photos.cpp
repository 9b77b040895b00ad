#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "tests/bench/face/sets.hpp"
#include "tests/bench/face/verification.hpp"

namespace xueshi::bench {

namespace {

Rate accuracy(const Scores &half, float threshold) {
    const auto right = accepted(half.same, threshold);
    const auto wrong = accepted(half.other, threshold);
    return {.part = right.part + wrong.whole - wrong.part, .whole = right.whole + wrong.whole};
}

/// Nothing of no pairs.
std::optional<float> best_threshold(const Scores &half) {
    std::optional<float> best;
    double most = -1;
    for (const auto *scores : {&half.same, &half.other}) {
        for (const float score : *scores) {
            const double value = accuracy(half, score).value();
            best = value > most ? score : best;
            most = std::max(most, value);
        }
    }
    return best;
}

/// The threshold that is best for one half of the people, reported on the other half: nobody is in both.
json::Object measure(const Photos &photos, const System &system, std::vector<Chosen> &chosen) {
    const auto &[pairs, looks] = photos;
    const auto half_of = halves_of(pairs);
    const auto people = first_people(pairs);
    std::array<Scores, 2> halves;
    Scores scores;
    std::size_t across = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto &left = looks.at(pairs[i].texts[0]);
        const auto &right = looks.at(pairs[i].texts[1]);
        if (!left.usable() || !right.usable()) {
            continue;
        }
        const float score = product(vector_of(left, system), vector_of(right, system));
        scores.add(pairs[i].same, score, people[i]);
        if (half_of[i]) {
            halves[*half_of[i]].add(pairs[i].same, score, people[i]);
        } else {
            ++across;
        }
    }
    const auto threshold = best_threshold(halves[0]);
    chosen.push_back({system.name, "photos", threshold});
    const auto right = threshold ? accuracy(halves[1], *threshold) : Rate{};
    const auto tar = accepted(halves[1].same, threshold);
    const auto far = accepted(halves[1].other, threshold);
    std::cout << fmt::format("photos {:<14} threshold {} of a half on the other: accuracy {}, TAR {}, FAR {}\n",
                             system.name, words(threshold), words(right), words(tar), words(far));
    auto result = verification(fmt::format("photos {:<14} all pairs:", system.name), scores);
    merge(result, {{"accuracy", to_json(right)},
                   {"tar", to_json(tar)},
                   {"far", to_json(far)},
                   {"threshold", figure(threshold)},
                   {"pairs_across_halves", across}});
    return result;
}

} // namespace

Expected<Photos> look_at_photos(Looker &looker, const std::filesystem::path &folder, const std::string &pairs_file) {
    auto pairs = read_pairs(folder / pairs_file, 3); // file_x,file_y,Decision
    if (!pairs) {
        return tl::unexpected(pairs.error());
    }
    Photos photos{.pairs = std::move(*pairs), .looks = {}};
    for (const auto &pair : photos.pairs) {
        for (const auto &name : pair.texts) {
            if (!photos.looks.contains(name)) {
                photos.looks.emplace(name, looker.look(folder / name, 0, true));
            }
        }
    }
    if (std::ranges::none_of(photos.looks, [](const auto &one) { return one.second.readable; })) {
        return fail(ErrorCode::not_found, fmt::format("{}: none of the {} photographs that {} names can be read",
                                                      folder.string(), photos.looks.size(), pairs_file));
    }
    return photos;
}

json::Object measure_photos(const Photos &photos, const Looker &looker, std::vector<Chosen> &chosen) {
    json::Object result;
    if (photos.pairs.empty()) {
        return result;
    }
    for (const auto &system : looker.systems()) {
        result[system.name] = measure(photos, system, chosen);
    }
    Rate live;
    Rate unreadable;
    for (const auto &[name, look] : photos.looks) {
        unreadable.add(!look.readable);
        if (look.usable()) {
            live.add(face::probability(look.liveness) < looker.pipeline().liveness_threshold());
        }
    }
    std::cout << "photos BPCER of one picture " << words(live) << "\n";
    result["bpcer"] = to_json(live);
    result["unreadable"] = unreadable.part;
    return result;
}

} // namespace xueshi::bench
