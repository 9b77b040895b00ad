#include <algorithm>
#include <array>
#include <iostream>
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "tests/bench/face/sessions.hpp"
#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

namespace fs = std::filesystem;

constexpr double kScale = 0.6; // crops of 203 pixels: a face of about 100
constexpr std::size_t kEnrolled = 5, kTrack = 5;
constexpr std::size_t kGallery = 60;
constexpr int kRounds = 20;
constexpr std::size_t kChangedStep = 4; // masked and backlit: every fourth

/// Pictures of one subject by session, those of a recording by frame number, which is the last part of the name: 9
/// before 81.
std::vector<fs::path> pictures_of(const fs::path &subject) {
    auto pictures = entries_of(subject).value_or(std::vector<fs::path>{}); // a file beside the subjects has none
    std::ranges::sort(pictures, [](const fs::path &a, const fs::path &b) {
        const auto x = a.stem().string();
        const auto y = b.stem().string();
        return std::tuple(session_of(x), recording_of(x), x.size(), x) <
               std::tuple(session_of(y), recording_of(y), y.size(), y);
    });
    return pictures;
}

void add(Looker &looker, const fs::path &path, const fs::path &subject, double scale, bool embed, Change change,
         std::vector<Look> &into) {
    auto look = looker.look(path, scale, embed, change);
    const auto name = path.stem().string();
    look.person = "nuaa/" + subject.filename().string();
    look.session = session_of(name);
    look.recording = recording_of(name);
    into.push_back(std::move(look));
}

struct Person {
    std::vector<face::Embedding> enrolled; ///< five spread over the first session
    std::string session;
};
using Vectors = std::vector<std::pair<const Look *, face::Embedding>>;

Vectors vectors_of(const std::vector<Look> &looks, const System &system) {
    Vectors vectors;
    for (const auto &look : looks) {
        if (look.usable()) {
            vectors.emplace_back(&look, vector_of(look, system));
        }
    }
    return vectors;
}

std::map<std::string, Person> enrol(const Vectors &vectors) {
    std::map<std::string, std::vector<std::size_t>> first;
    std::map<std::string, Person> people;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto &person = people[vectors[i].first->person];
        if (person.session.empty()) {
            person.session = vectors[i].first->session;
        }
        if (person.session == vectors[i].first->session) {
            first[vectors[i].first->person].push_back(i);
        }
    }
    for (auto &[name, places] : first) {
        for (const auto k : spread(places.size(), kEnrolled)) {
            people[name].enrolled.push_back(vectors[places[k]].second);
        }
    }
    return people;
}

float best(const std::vector<face::Embedding> &enrolled, const face::Embedding &probe) {
    float most = -1;
    for (const auto &sample : enrolled) {
        most = std::max(most, product(sample, probe));
    }
    return most;
}

/// 1:1: each person's other sessions against his five; others are everybody else's pictures.
Scores verification(const Vectors &vectors, const std::map<std::string, Person> &people, const Vectors &strangers) {
    Scores scores;
    for (const auto &[name, person] : people) {
        for (const auto &[look, vector] : vectors) {
            if (look->person != name) {
                scores.other.push_back(best(person.enrolled, vector));
            } else if (look->session != person.session) {
                scores.same.push_back(best(person.enrolled, vector));
            }
        }
        for (const auto &[look, vector] : strangers) {
            scores.other.push_back(best(person.enrolled, vector));
        }
    }
    return scores;
}

/// One probe against a gallery: a frame, or a track whose frames' scores are averaged.
struct Search {
    float own = -1, best_other = -1, second = -1;
    bool mated = false;
};

struct Gallery {
    std::vector<std::string> names;
    std::vector<std::vector<face::Embedding>> samples;
};

Search search(const Gallery &gallery, const std::string &person, const std::vector<const face::Embedding *> &probe) {
    Search result;
    for (std::size_t i = 0; i < gallery.names.size(); ++i) {
        float score = 0;
        for (const auto *frame : probe) {
            score += best(gallery.samples[i], *frame);
        }
        score /= static_cast<float>(probe.size());
        if (gallery.names[i] == person) {
            result.own = score;
            result.mated = true;
        } else {
            result.second = std::max(result.second, std::min(score, result.best_other));
            result.best_other = std::max(result.best_other, score);
        }
    }
    return result;
}

/// Half of NUAA enrolled, the other half strangers; LFW fills the gallery up and gives strangers too.
void draw(const std::map<std::string, Person> &people, const Vectors &lfw, std::mt19937 &random, Gallery &gallery,
          std::set<std::string> &enrolled) {
    std::vector<std::string> names;
    names.reserve(people.size());
    for (const auto &[name, person] : people) {
        names.push_back(name);
    }
    std::shuffle(names.begin(), names.end(), random);
    names.resize(names.size() / 2);
    for (const auto &name : names) {
        gallery.names.push_back(name);
        gallery.samples.push_back(people.at(name).enrolled);
        enrolled.insert(name);
    }
    std::vector<std::size_t> order(lfw.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::shuffle(order.begin(), order.end(), random);
    for (const auto i : order) {
        if (gallery.names.size() >= kGallery) {
            break;
        }
        if (enrolled.insert(lfw[i].first->person).second) {
            gallery.names.push_back(lfw[i].first->person);
            gallery.samples.push_back({lfw[i].second});
        }
    }
}

std::vector<Search> searches(const Vectors &vectors, const std::map<std::string, Person> &people, const Vectors &lfw,
                             std::size_t frames) {
    std::mt19937 random(20241124); // the same galleries at every run
    std::vector<std::string> recordings;
    for (const auto &[look, vector] : vectors) {
        recordings.push_back(look->person + "/" + look->recording);
    }
    const auto begins = windows(recordings, frames);
    std::vector<Search> all;
    for (int round = 0; round < kRounds; ++round) {
        Gallery gallery;
        std::set<std::string> enrolled;
        draw(people, lfw, random, gallery, enrolled);
        for (const auto i : begins) {
            const auto *look = vectors[i].first;
            std::vector<const face::Embedding *> probe;
            for (std::size_t k = i; k < i + frames; ++k) {
                probe.push_back(&vectors[k].second);
            }
            if (enrolled.contains(look->person) && look->session == people.at(look->person).session) {
                continue;
            }
            all.push_back(search(gallery, look->person, probe));
        }
        for (std::size_t i = static_cast<std::size_t>(round); frames == 1 && i < lfw.size(); i += 10) {
            if (!enrolled.contains(lfw[i].first->person)) {
                all.push_back(search(gallery, "", {&lfw[i].second}));
            }
        }
    }
    return all;
}

struct OpenSet {
    Rate fpir, fnir, wrong;
};

OpenSet open_set(const std::vector<Search> &searches, float threshold, float margin) {
    OpenSet rates;
    for (const auto &one : searches) {
        if (!one.mated) {
            rates.fpir.add(one.best_other >= threshold && one.best_other - one.second >= margin);
        } else {
            rates.fnir.add(!(one.own >= threshold && one.own - one.best_other >= margin));
            rates.wrong.add(one.best_other >= threshold && one.best_other - one.own >= margin);
        }
    }
    return rates;
}

std::optional<float> threshold_for(const std::vector<Search> &searches, double fpir) {
    std::vector<float> strangers;
    for (const auto &one : searches) {
        if (!one.mated) {
            strangers.push_back(one.best_other);
        }
    }
    return threshold_at(std::move(strangers), fpir);
}

json::Object report(const std::string &what, const std::vector<Search> &all, const face::Pipeline &pipeline) {
    json::Object result;
    std::string line = fmt::format("NUAA {:<22}", what);
    for (const auto &[name, fpir] : {std::pair{"0.3", 0.003}, {"1", 0.01}}) {
        const auto threshold = threshold_for(all, fpir);
        const auto rates = threshold ? open_set(all, *threshold, 0) : OpenSet{};
        result["fnir_at_fpir_" + std::string(name)] = to_json(rates.fnir);
        result["threshold_at_fpir_" + std::string(name)] = figure(threshold);
        line += fmt::format(" FNIR at FPIR {} %: {} (at {});", name, words(rates.fnir), words(threshold));
    }
    const auto shipped = open_set(all, pipeline.match_threshold(), pipeline.match_margin());
    result["shipped"] = json::Object{{"fnir", to_json(shipped.fnir)},
                                     {"fpir", to_json(shipped.fpir)},
                                     {"wrong_person", to_json(shipped.wrong)},
                                     {"threshold", pipeline.match_threshold()},
                                     {"margin", pipeline.match_margin()}};
    std::cout << line << "\n     as shipped: FNIR " << words(shipped.fnir) << ", FPIR " << words(shipped.fpir)
              << ", wrong person " << words(shipped.wrong) << "\n";
    return result;
}

/// Of the people in alphabetical order, every other one.
Vectors half_of(const Vectors &vectors, bool second) {
    std::set<std::string> people;
    for (const auto &[look, vector] : vectors) {
        people.insert(look->person);
    }
    Vectors half;
    for (const auto &[look, vector] : vectors) {
        if ((std::distance(people.begin(), people.find(look->person)) % 2 == 1) == second) {
            half.emplace_back(look, vector);
        }
    }
    return half;
}

/// The threshold that one half of the people asks for, judged on the other half; both ways. Nobody is in both.
json::Array held_out(const std::string &what, const Vectors &vectors, const Vectors &lfw, std::size_t frames) {
    constexpr double kFpir = 0.003;
    std::array<std::vector<Search>, 2> halves;
    for (const bool second : {false, true}) {
        const auto half = half_of(vectors, second);
        halves[second ? 1 : 0] = searches(half, enrol(half), half_of(lfw, second), frames);
    }
    json::Array ways;
    for (const std::size_t learn : {0U, 1U}) {
        const auto threshold = threshold_for(halves[learn], kFpir);
        const auto rates = threshold ? open_set(halves[1 - learn], *threshold, 0) : OpenSet{};
        std::cout << fmt::format("NUAA {}: threshold {} of the other half (FPIR 0.3 %): FNIR {}, FPIR {}\n", what,
                                 words(threshold), words(rates.fnir), words(rates.fpir));
        ways.push_back(json::Object{
            {"threshold", figure(threshold)}, {"fnir", to_json(rates.fnir)}, {"fpir", to_json(rates.fpir)}});
    }
    return ways;
}

/// The changed pictures of other sessions against the person's five, at the shipped threshold; what is refused for a
/// flaw counts as refused, and is counted beside.
json::Object changed(const std::string &what, const std::vector<Look> &looks, const System &system,
                     const std::map<std::string, Person> &people, const face::Pipeline &pipeline) {
    Rate refused;
    Rate flawed;
    Rate covered;
    for (const auto &look : looks) {
        const auto person = people.find(look.person);
        if (person == people.end() || person->second.session == look.session || !look.readable) {
            continue;
        }
        flawed.add(!look.usable());
        covered.add(look.found && look.flaw == face::QualityFlaw::mouth_covered);
        refused.add(!look.usable() ||
                    best(person->second.enrolled, vector_of(look, system)) < pipeline.match_threshold());
    }
    std::cout << fmt::format("NUAA {}: FNIR {}, no sample {}, told as a mask {}\n", what, words(refused), words(flawed),
                             words(covered));
    return {{"fnir", to_json(refused)}, {"no_sample", to_json(flawed)}, {"told_as_mask", to_json(covered)}};
}

} // namespace

std::vector<std::vector<const Look *>> recordings(const std::vector<Look> &looks) {
    std::vector<std::vector<const Look *>> result;
    for (const auto &look : looks) {
        if (!look.usable()) {
            continue;
        }
        if (result.empty() || result.back().front()->recording != look.recording ||
            result.back().front()->person != look.person) {
            result.emplace_back();
        }
        result.back().push_back(&look);
    }
    return result;
}

std::vector<std::vector<const Look *>> tracks(const std::vector<Look> &looks) {
    std::vector<std::vector<const Look *>> result;
    for (const auto &recording : recordings(looks)) {
        for (std::size_t i = 0; i < recording.size(); i += kTrack) {
            if (i == 0 || i + kTrack <= recording.size()) {
                const auto end = std::min(recording.size(), i + kTrack);
                result.emplace_back(recording.begin() + static_cast<std::ptrdiff_t>(i),
                                    recording.begin() + static_cast<std::ptrdiff_t>(end));
            }
        }
    }
    return result;
}

Expected<Nuaa> look_at_nuaa(Looker &looker, const fs::path &folder) {
    const auto live = entries_of(folder / "live");
    const auto prints = entries_of(folder / "print");
    if (!live) {
        return tl::unexpected(live.error());
    }
    Nuaa nuaa;
    std::size_t count = 0;
    for (const auto &subject : *live) {
        for (const auto &path : pictures_of(subject)) {
            add(looker, path, subject, kScale, true, Change::none, nuaa.live);
            add(looker, path, subject, 0, false, Change::none, nuaa.live_crops);
            if (count++ % kChangedStep == 0) {
                add(looker, path, subject, kScale, true, Change::masked, nuaa.masked);
                add(looker, path, subject, kScale, true, Change::backlit, nuaa.backlit);
            }
        }
    }
    if (std::ranges::none_of(nuaa.live, &Look::readable)) {
        return fail(ErrorCode::not_found, fmt::format("{}: of {} pictures in folders of subjects none can be read",
                                                      (folder / "live").string(), nuaa.live.size()));
    }
    for (const auto &subject : prints.value_or(std::vector<fs::path>{})) {
        for (const auto &path : pictures_of(subject)) {
            add(looker, path, subject, 0, false, Change::none, nuaa.prints);
        }
    }
    if (nuaa.prints.empty()) {
        std::cout << (folder / "print").string() << ": no prints, so no APCER of them\n";
    }
    return nuaa;
}

json::Object measure_nuaa(const Nuaa &nuaa, const Lfw &lfw, const Looker &looker) {
    json::Object result;
    if (nuaa.live.empty()) {
        return result;
    }
    std::vector<Look> strangers;
    for (const auto &[path, look] : lfw.looks) {
        if (lfw.reports(look.person)) {
            strangers.push_back(look);
        }
    }
    json::Object providers;
    for (const auto &system : looker.systems()) {
        const auto vectors = vectors_of(nuaa.live, system);
        const auto others = vectors_of(strangers, system);
        const auto people = enrol(vectors);
        const auto scores = verification(vectors, people, others);
        auto figures = report(system.name + ", one frame", searches(vectors, people, others, 1), looker.pipeline());
        figures["track_of_5"] =
            report(system.name + ", track of 5", searches(vectors, people, others, kTrack), looker.pipeline());
        figures["eer"] = figure(equal_error(scores));
        std::string line = fmt::format("NUAA {:<22} five of one session enrolled, other sessions: EER {}; TAR",
                                       system.name, percent(equal_error(scores)));
        for (const auto &[name, far] : {std::pair{"1e-2", 1e-2}, {"1e-3", 1e-3}, {"1e-4", 1e-4}}) {
            const auto rate = accepted(scores.same, threshold_at(scores.other, far));
            figures["tar_at_far_" + std::string(name)] = share(rate);
            figures["tar_at_far_" + std::string(name) + "_interval"] = to_json(rate);
            line += fmt::format(" {}: {}", name, words(rate));
        }
        std::cout << line << "\n";
        figures["held_out"] = held_out(system.name + ", one frame", vectors, others, 1);
        figures["held_out_track_of_5"] = held_out(system.name + ", track of 5", vectors, others, kTrack);
        if (system.name == "shipped") {
            figures["masked"] = changed("with a painted mask", nuaa.masked, system, people, looker.pipeline());
            figures["backlit"] =
                changed("with a painted window behind", nuaa.backlit, system, people, looker.pipeline());
        }
        json::Array points;
        for (const auto &[far, tar] : roc(scores)) {
            points.push_back(json::Array{far, tar});
        }
        figures["roc"] = std::move(points);
        providers[system.name] = std::move(figures);
    }
    result = providers.at("shipped").as_object();
    result["providers"] = std::move(providers);
    // The bare number under the key that is asked for, the interval beside it.
    result["fnir_at_fpir_0.3_interval"] = result.at("fnir_at_fpir_0.3");
    result["fnir_at_fpir_0.3"] = result.at("fnir_at_fpir_0.3_interval").as_object().at("value");
    return result;
}

} // namespace xueshi::bench
