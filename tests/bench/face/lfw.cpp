#include <algorithm>
#include <cctype>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "tests/bench/face/halves.hpp"
#include "tests/bench/face/open_set.hpp"
#include "tests/bench/face/portrait.hpp"
#include "tests/bench/face/sets.hpp"
#include "tests/bench/face/verification.hpp"

namespace xueshi::bench {

namespace {

namespace fs = std::filesystem;

constexpr double kScale = 1.2; // the face of a crop of 112 pixels: about 100 on the frame
constexpr int kDraws = 10;

/// "Abel_Pacheco/Abel_Pacheco_0004.jpg"; without a folder the number is cut off.
std::string person_of(const std::string &path) {
    const auto folder = path.find('/');
    return path.substr(0, folder != std::string::npos ? folder : path.rfind('_'));
}

bool is_picture(const fs::path &path) {
    auto ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

/// One half of the people: `reports` says which.
Vectors half_of(const Lfw &lfw, const Vectors &vectors, bool reports) {
    Vectors half;
    std::ranges::copy_if(vectors, std::back_inserter(half),
                         [&](const auto &one) { return lfw.reports(one.first->person) == reports; });
    return half;
}

/// Everybody with everybody.
Scores all_pairs(const Vectors &vectors) {
    std::map<std::string, std::uint32_t> numbers;
    for (const auto &[look, vector] : vectors) {
        numbers.emplace(look->person, static_cast<std::uint32_t>(numbers.size()));
    }
    Scores scores;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        const auto &person = vectors[i].first->person;
        const auto number = numbers.at(person);
        for (std::size_t j = 0; j < i; ++j) {
            scores.add(person == vectors[j].first->person, product(vectors[i].second, vectors[j].second), number);
        }
    }
    return scores;
}

/// Galleries of half of the people, 60 at most: first of those who have pictures left to probe with when five are
/// enrolled. Whoever is not in one is a stranger to it.
std::vector<Search> searches(const Vectors &vectors) {
    std::map<std::string, std::size_t> pictures;
    for (const auto &[look, vector] : vectors) {
        ++pictures[look->person];
    }
    Samples probing, others;
    std::set<const Look *> enrolled;
    for (auto &[person, samples] : samples_of(vectors)) {
        for (const auto &[look, vector] : samples) {
            enrolled.insert(look);
        }
        (pictures.at(person) > samples.size() ? probing : others).emplace(person, samples);
    }
    const auto size = gallery_size(pictures.size());
    std::mt19937 random(20241124); // the same galleries at every run
    std::vector<Search> all;
    for (int draw = 0; draw < kDraws; ++draw) {
        Gallery gallery;
        fill(gallery, probing, size, random);
        fill(gallery, others, size, random);
        for (const auto &[look, vector] : vectors) {
            if (!enrolled.contains(look) || !gallery.has(look->person)) {
                all.push_back(search(gallery, *look, {&vector}));
            }
        }
    }
    return all;
}

/// The threshold that one half of the people asks for at FPIR 0.3 %, judged on the other half, in galleries and 1:1.
json::Object threshold_of_half(const System &system, const Vectors &learn, const Vectors &judged,
                               const Scores &judged_pairs, std::vector<Chosen> &chosen) {
    const auto threshold = threshold_for(searches(learn), kFpir);
    const auto rates = open_set(searches(judged), threshold, 0);
    auto result = to_json(rates);
    result["threshold"] = figure(threshold);
    result["tar"] = to_json(accepted(judged_pairs.same, threshold));
    result["far"] = to_json(accepted(judged_pairs.other, threshold));
    std::cout << fmt::format("LFW {:<14} threshold {} of a half (FPIR 0.3 %) on the other: FNIR {}, FPIR {}; TAR {}\n",
                             system.name, words(threshold), words(rates.fnir), words(rates.fpir),
                             words(accepted(judged_pairs.same, threshold)));
    chosen.push_back({system.name, "lfw", threshold});
    return result;
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

Accuracy accuracy(const Lfw &lfw, const Vectors &vectors) {
    std::map<const Look *, const face::Embedding *> vector_of_look;
    for (const auto &[look, vector] : vectors) {
        vector_of_look.emplace(look, &vector);
    }
    std::vector<Compared> compared;
    for (const auto &pair : lfw.pairs) {
        const auto left = vector_of_look.find(&lfw.looks.at(pair.left));
        const auto right = vector_of_look.find(&lfw.looks.at(pair.right));
        if (left != vector_of_look.end() && right != vector_of_look.end()) {
            compared.push_back({pair.fold, product(*left->second, *right->second), pair.same, left->first->person});
        }
    }
    return k_fold(std::move(compared));
}

/// Paths below the folder, of pictures of people who have more than are enrolled. Of a folder that cannot be read none:
/// the pairs' pictures are missed then.
std::vector<std::string> pictures_to_probe(const fs::path &folder) {
    std::map<std::string, std::vector<std::string>> pictures;
    std::error_code error;
    const auto options =
        fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
         entry.increment(error)) {
        if (is_picture(entry->path())) {
            auto path = entry->path().lexically_relative(folder).generic_string();
            pictures[person_of(path)].push_back(std::move(path));
        }
    }
    std::vector<std::string> chosen;
    for (auto &[person, paths] : pictures) {
        if (paths.size() > kEnrolled) {
            std::ranges::move(paths, std::back_inserter(chosen));
        }
    }
    std::ranges::sort(chosen);
    return chosen;
}

void add(Lfw &lfw, Looker &looker, const fs::path &images, const std::string &path) {
    if (lfw.looks.contains(path)) {
        return;
    }
    auto look = looker.look(images / path, kScale, true);
    look.person = "lfw/" + person_of(path);
    lfw.missing += look.readable ? 0 : 1;
    lfw.looks.emplace(path, std::move(look));
}

std::set<std::string> reporting_people(const Lfw &lfw) {
    std::map<std::string, std::size_t> pictures;
    for (const auto &[path, look] : lfw.looks) {
        if (look.usable()) {
            ++pictures[look.person];
        }
    }
    return reporting_half(pictures);
}

json::Object measure(const Lfw &lfw, const System &system, const face::Pipeline &pipeline,
                     std::vector<Chosen> &chosen) {
    std::vector<const Look *> looks;
    for (const auto &[path, look] : lfw.looks) {
        looks.push_back(&look);
    }
    const auto vectors = vectors_of(looks, system);
    const auto accurate = accuracy(lfw, vectors);
    std::cout << fmt::format("LFW {:<14} accuracy {}, {} folds{}\n", system.name, words(accurate.right), accurate.folds,
                             accurate.made ? " (made by person: the pairs file names one)" : "");
    const auto learn = half_of(lfw, vectors, false);
    const auto reporting = half_of(lfw, vectors, true);
    const auto scores = all_pairs(reporting);
    const auto others = all_pairs(learn);
    auto result = report(fmt::format("LFW {:<14} five enrolled,", system.name), searches(vectors), pipeline);
    result["enrolled_short"] = count_short("LFW " + system.name, samples_of(vectors));
    result["accuracy"] = share(accurate.right);
    result["accuracy_k_fold"] = to_json(accurate.right);
    result["folds"] = accurate.folds;
    result["folds_made"] = accurate.made;
    merge(result, verification(fmt::format("LFW {:<14}", system.name), scores)); // of the half that reports
    result["held_out"] = json::Array{held_out(system.name, others, scores), held_out(system.name, scores, others)};
    if (system.name == "shipped") {
        report_portraits("LFW", compare(portraits_of(vectors), pipeline.match_threshold()), result);
    }
    result["threshold_of_half"] = threshold_of_half(system, learn, reporting, scores, chosen);
    return result;
}

} // namespace

Expected<Lfw> look_at_lfw(Looker &looker, const fs::path &folder, const std::string &pairs) {
    auto lines = read_pairs(folder / pairs, 4); // fold,left,right,same
    if (!lines) {
        return tl::unexpected(lines.error());
    }
    Lfw lfw;
    for (auto &line : *lines) {
        lfw.pairs.push_back({std::move(line.texts[0]), std::move(line.texts[1]), std::move(line.texts[2]), line.same});
    }
    const auto images = folder / "images";
    for (const auto &pair : lfw.pairs) {
        add(lfw, looker, images, pair.left);
        add(lfw, looker, images, pair.right);
    }
    const auto named = lfw.looks.size();
    if (lfw.missing == lfw.looks.size()) {
        return fail(ErrorCode::not_found, fmt::format("{}: none of the {} pictures that {} names can be read",
                                                      images.string(), named, pairs));
    }
    for (const auto &path : pictures_to_probe(images)) {
        add(lfw, looker, images, path);
    }
    std::cout << fmt::format("LFW: {} pictures that {} names, {} more of people who have more than {}\n", named, pairs,
                             lfw.looks.size() - named, kEnrolled);
    lfw.reporting = reporting_people(lfw);
    return lfw;
}

json::Object measure_lfw(const Lfw &lfw, const Looker &looker, std::vector<Chosen> &chosen) {
    json::Object result{{"accuracy", nullptr}};
    if (lfw.pairs.empty()) {
        return result;
    }
    json::Object providers;
    for (const auto &system : looker.systems()) {
        providers[system.name] = measure(lfw, system, looker.pipeline(), chosen);
    }
    result = providers.at("shipped").as_object();
    result["providers"] = std::move(providers);
    result["unreadable"] = lfw.missing;
    return result;
}

} // namespace xueshi::bench
