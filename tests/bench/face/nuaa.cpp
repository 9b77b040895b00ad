#include <algorithm>
#include <array>
#include <iostream>
#include <iterator>
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "tests/bench/face/open_set.hpp"
#include "tests/bench/face/portrait.hpp"
#include "tests/bench/face/sessions.hpp"
#include "tests/bench/face/sets.hpp"
#include "tests/bench/face/tracks.hpp"
#include "tests/bench/face/verification.hpp"

namespace xueshi::bench {

namespace {

namespace fs = std::filesystem;

constexpr double kScale = 0.6; // crops of 131 to 317 pixels: faces of about 65 to 155
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
    Vectors enrolled; ///< five spread over the first session, fewer where it has no more
    std::string session;
};
using People = std::map<std::string, Person>;

std::vector<const Look *> all_of(const std::vector<Look> &looks) {
    std::vector<const Look *> all;
    all.reserve(looks.size());
    for (const auto &look : looks) {
        all.push_back(&look);
    }
    return all;
}

People enrol(const Vectors &vectors) {
    People people;
    Vectors first;
    for (const auto &[look, vector] : vectors) {
        auto &person = people[look->person];
        if (person.session.empty()) {
            person.session = look->session;
        }
        if (person.session == look->session) {
            first.emplace_back(look, vector);
        }
    }
    for (auto &[name, samples] : samples_of(first)) {
        people.at(name).enrolled = std::move(samples);
    }
    return people;
}

/// 1:1: each person's other sessions against his five; others are everybody else's pictures.
Scores verification(const Vectors &vectors, const People &people) {
    Scores scores;
    std::uint32_t number = 0;
    for (const auto &[name, person] : people) {
        for (const auto &[look, vector] : vectors) {
            if (look->person != name || look->session != person.session) {
                scores.add(look->person == name, best(person.enrolled, vector), number);
            }
        }
        ++number;
    }
    return scores;
}

Samples enrolled_of(const People &people) {
    Samples enrolled;
    for (const auto &[name, person] : people) {
        enrolled.emplace(name, person.enrolled);
    }
    return enrolled;
}

/// A picture of another session is a person's own portrait; every picture is a stranger's to the others.
Portraits portraits_of(const Vectors &vectors, const People &people) {
    Portraits portraits;
    portraits.enrolled = enrolled_of(people);
    portraits.anybodys = vectors;
    std::ranges::copy_if(vectors, std::back_inserter(portraits.own),
                         [&](const auto &one) { return one.first->session != people.at(one.first->person).session; });
    return portraits;
}

/// Half of the people enrolled, the other half strangers; LFW fills the gallery up.
Gallery draw(const People &people, const Samples &lfw, std::mt19937 &random) {
    Gallery gallery;
    fill(gallery, enrolled_of(people), gallery_size(people.size()), random);
    fill(gallery, lfw, kGallery, random);
    return gallery;
}

std::vector<Search> searches(const Vectors &vectors, const People &people, const Samples &lfw, std::size_t frames) {
    std::mt19937 random(20241124); // the same galleries at every run
    std::vector<std::string> recordings;
    recordings.reserve(vectors.size());
    for (const auto &[look, vector] : vectors) {
        recordings.push_back(look->person + "/" + look->recording);
    }
    const auto begins = windows(recordings, frames);
    std::vector<Search> all;
    for (int round = 0; round < kRounds; ++round) {
        const auto gallery = draw(people, lfw, random);
        for (const auto i : begins) {
            const auto *look = vectors[i].first;
            const bool is_enrolled_session = look->session == people.at(look->person).session;
            if (gallery.has(look->person) && is_enrolled_session) {
                continue;
            }
            std::vector<const face::Embedding *> probe;
            for (std::size_t k = i; k < i + frames; ++k) {
                probe.push_back(&vectors[k].second);
            }
            all.push_back(search(gallery, *look, probe));
        }
    }
    return all;
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
    std::array<std::vector<Search>, 2> halves;
    for (const bool second : {false, true}) {
        const auto half = half_of(vectors, second);
        halves[second ? 1 : 0] = searches(half, enrol(half), samples_of(half_of(lfw, second)), frames);
    }
    json::Array ways;
    for (const std::size_t learn : {0U, 1U}) {
        const auto threshold = threshold_for(halves[learn], kFpir);
        const auto rates = open_set(halves[1 - learn], threshold, 0);
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
                     const People &people, const face::Pipeline &pipeline) {
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

/// What thresholds that were chosen on other sets' people do to these.
json::Object judge_chosen(const System &system, const std::vector<Chosen> &chosen, const std::vector<Search> &frames,
                          const std::vector<Search> &of_tracks, const Scores &pairs) {
    json::Object result;
    for (const auto &[name, by, threshold] : chosen) {
        if (name != system.name) {
            continue;
        }
        const auto one = open_set(frames, threshold, 0);
        const auto five = open_set(of_tracks, threshold, 0);
        const auto tar = accepted(pairs.same, threshold);
        const auto far = accepted(pairs.other, threshold);
        std::cout << fmt::format("NUAA {}: threshold {} of a half of {}: one frame FNIR {}, FPIR {}; track of 5 FNIR "
                                 "{}, FPIR {}; 1:1 TAR {}, FAR {}\n",
                                 name, words(threshold), by, words(one.fnir), words(one.fpir), words(five.fnir),
                                 words(five.fpir), words(tar), words(far));
        result[by] = json::Object{{"threshold", figure(threshold)},
                                  {"frame", to_json(one)},
                                  {"track_of_5", to_json(five)},
                                  {"tar", to_json(tar)},
                                  {"far", to_json(far)}};
    }
    return result;
}

json::Object measure(const Nuaa &nuaa, const Vectors &lfw, const System &system, const face::Pipeline &pipeline,
                     const std::vector<Chosen> &chosen) {
    const auto vectors = vectors_of(all_of(nuaa.live), system);
    const auto people = enrol(vectors);
    const auto scores = verification(vectors, people);
    const auto fillers = samples_of(lfw);
    const auto frames = searches(vectors, people, fillers, 1);
    const auto of_tracks = searches(vectors, people, fillers, kTrack);
    auto figures = report(fmt::format("NUAA {:<22}", system.name + ", one frame,"), frames, pipeline);
    figures["track_of_5"] = report(fmt::format("NUAA {:<22}", system.name + ", track of 5,"), of_tracks, pipeline);
    figures["enrolled_short"] = count_short("NUAA " + system.name, enrolled_of(people));
    merge(figures,
          verification(fmt::format("NUAA {:<22} five of one session enrolled, other sessions:", system.name), scores));
    figures["held_out"] = held_out(system.name + ", one frame", vectors, lfw, 1);
    figures["held_out_track_of_5"] = held_out(system.name + ", track of 5", vectors, lfw, kTrack);
    figures["thresholds_of_halves"] = judge_chosen(system, chosen, frames, of_tracks, scores);
    if (system.name == "shipped") {
        report_portraits("NUAA", compare(portraits_of(vectors, people), pipeline.match_threshold()), figures);
        figures["masked"] = changed("with a painted mask", nuaa.masked, system, people, pipeline);
        figures["backlit"] = changed("with a painted window behind", nuaa.backlit, system, people, pipeline);
    }
    return figures;
}

} // namespace

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

json::Object measure_nuaa(const Nuaa &nuaa, const Lfw &lfw, const Looker &looker, const std::vector<Chosen> &chosen) {
    json::Object result{{"tar_at_far_1e-3", nullptr}, {"fnir_at_fpir_0.3", nullptr}};
    if (nuaa.live.empty()) {
        return result;
    }
    std::vector<const Look *> fillers;
    for (const auto &[path, look] : lfw.looks) {
        if (lfw.reports(look.person)) {
            fillers.push_back(&look);
        }
    }
    json::Object providers;
    for (const auto &system : looker.systems()) {
        providers[system.name] = measure(nuaa, vectors_of(fillers, system), system, looker.pipeline(), chosen);
    }
    result = providers.at("shipped").as_object();
    result["providers"] = std::move(providers);
    return result;
}

} // namespace xueshi::bench
