#include "tests/bench/face/open_set.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "tests/bench/face/sessions.hpp"

namespace xueshi::bench {

namespace {

/// Counts trials, and how many different probes they are of.
class Count {
public:
    void add(const Look *probe, bool is_part) {
        rate_.add(is_part);
        rate_.different = seen_.insert(probe).second ? rate_.different + 1 : rate_.different;
    }
    const Rate &rate() const { return rate_; }

private:
    Rate rate_;
    std::set<const Look *> seen_;
};

} // namespace

Vectors vectors_of(const std::vector<const Look *> &looks, const System &system) {
    Vectors vectors;
    for (const auto *look : looks) {
        if (look->usable()) {
            vectors.emplace_back(look, vector_of(*look, system));
        }
    }
    return vectors;
}

Samples samples_of(const Vectors &vectors) {
    Samples all;
    for (const auto &one : vectors) {
        all[one.first->person].push_back(one);
    }
    for (auto &[person, pictures] : all) {
        Vectors chosen;
        for (const auto place : spread(pictures.size(), kEnrolled)) {
            chosen.push_back(pictures[place]);
        }
        pictures = std::move(chosen);
    }
    return all;
}

std::size_t count_short(const std::string &what, const Samples &people) {
    const auto count = std::ranges::count_if(people, [](const auto &one) { return one.second.size() < kEnrolled; });
    if (count > 0) {
        std::cout << fmt::format("{}: {} of {} people have fewer than {} samples to enrol\n", what, count,
                                 people.size(), kEnrolled);
    }
    return static_cast<std::size_t>(count);
}

float best(const Vectors &enrolled, const face::Embedding &probe) {
    float most = -1;
    for (const auto &[look, sample] : enrolled) {
        most = std::max(most, product(sample, probe));
    }
    return most;
}

bool Gallery::has(const std::string &person) const {
    return std::ranges::find(names, person) != names.end();
}

void Gallery::add(const std::string &person, const Vectors &enrolled) {
    names.push_back(person);
    samples.push_back(enrolled);
}

std::size_t gallery_size(std::size_t people) {
    return std::clamp<std::size_t>(people / 2, 1, kGallery);
}

void fill(Gallery &gallery, const Samples &people, std::size_t size, std::mt19937 &random) {
    std::vector<std::string> names;
    names.reserve(people.size());
    for (const auto &[name, samples] : people) {
        names.push_back(name);
    }
    std::shuffle(names.begin(), names.end(), random);
    for (const auto &name : names) {
        if (gallery.names.size() < size && !gallery.has(name)) {
            gallery.add(name, people.at(name));
        }
    }
}

Search search(const Gallery &gallery, const Look &probe, const std::vector<const face::Embedding *> &frames) {
    Search result{.probe = &probe, .gallery = gallery.names.size()};
    for (std::size_t i = 0; i < gallery.names.size(); ++i) {
        float score = 0;
        for (const auto *frame : frames) {
            score += best(gallery.samples[i], *frame);
        }
        score /= static_cast<float>(frames.size());
        if (gallery.names[i] == probe.person) {
            result.own = score;
            result.mated = true;
        } else {
            result.second = std::max(result.second, std::min(score, result.best_other));
            result.best_other = std::max(result.best_other, score);
        }
    }
    return result;
}

OpenSet open_set(const std::vector<Search> &searches, const std::optional<float> &threshold, float margin) {
    if (!threshold) {
        return {};
    }
    Count fpir, fnir, wrong;
    for (const auto &one : searches) {
        const bool other = one.best_other >= *threshold;
        if (!one.mated) {
            fpir.add(one.probe, other && one.best_other - one.second >= margin);
        } else {
            fnir.add(one.probe, !(one.own >= *threshold && one.own - one.best_other >= margin));
            wrong.add(one.probe, other && one.best_other - one.own >= margin);
        }
    }
    return {fpir.rate(), fnir.rate(), wrong.rate()};
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

json::Object to_json(const OpenSet &rates) {
    return {{"fnir", to_json(rates.fnir)}, {"fpir", to_json(rates.fpir)}, {"wrong_person", to_json(rates.wrong)}};
}

json::Object report(const std::string &what, const std::vector<Search> &all, const face::Pipeline &pipeline) {
    const auto gallery = all.empty() ? 0 : all.front().gallery;
    json::Object result{{"gallery", gallery}};
    std::string line = fmt::format("{} galleries of {}:", what, gallery);
    for (const auto &[name, fpir] : {std::pair{"0.3", kFpir}, {"1", 0.01}}) {
        const auto threshold = threshold_for(all, fpir);
        const auto rates = open_set(all, threshold, 0);
        result["fnir_at_fpir_" + std::string(name)] = share(rates.fnir);
        result["fnir_at_fpir_" + std::string(name) + "_interval"] = to_json(rates.fnir);
        result["threshold_at_fpir_" + std::string(name)] = figure(threshold);
        line += fmt::format(" FNIR at FPIR {} %: {} (at {});", name, words(rates.fnir), words(threshold));
    }
    const auto shipped = open_set(all, pipeline.match_threshold(), pipeline.match_margin());
    auto as_shipped = to_json(shipped);
    as_shipped["threshold"] = pipeline.match_threshold();
    as_shipped["margin"] = pipeline.match_margin();
    result["shipped"] = std::move(as_shipped);
    std::cout << line << "\n     as shipped: FNIR " << words(shipped.fnir) << ", FPIR " << words(shipped.fpir)
              << ", wrong person " << words(shipped.wrong) << "\n";
    return result;
}

} // namespace xueshi::bench
