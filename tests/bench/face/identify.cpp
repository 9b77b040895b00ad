#include "tests/bench/face/identify.hpp"

#include <algorithm>
#include <map>
#include <random>

namespace xueshi::bench {

namespace {

constexpr std::size_t kFramesEnrolled = 5;

using People = std::map<std::string, std::vector<const Sample *>>;

bool is_from_stills(const std::string &person) {
    return person.starts_with("lfw/");
}

People by_person(const std::vector<Sample> &samples) {
    People people;
    for (const auto &sample : samples) {
        people[sample.person].push_back(&sample);
    }
    return people;
}

/// What is enrolled of a person: the first pictures of the first session.
std::vector<const Sample *> enrolment(const std::string &person, const std::vector<const Sample *> &pictures) {
    if (is_from_stills(person)) {
        return {pictures.front()};
    }
    std::vector<const Sample *> chosen;
    for (const auto *picture : pictures) {
        if (picture->session == pictures.front()->session && chosen.size() < kFramesEnrolled) {
            chosen.push_back(picture);
        }
    }
    return chosen;
}

bool may_be_probed(const std::string &person, const Sample &sample, const Sample &first) {
    return is_from_stills(person) ? &sample != &first : sample.session != first.session;
}

/// NUAA always, LFW drawn at random.
std::vector<std::string> draw(const People &people, std::size_t size, std::mt19937 &random) {
    std::vector<std::string> fixed;
    std::vector<std::string> others;
    for (const auto &[person, pictures] : people) {
        (is_from_stills(person) ? others : fixed).push_back(person);
    }
    std::shuffle(others.begin(), others.end(), random);
    for (std::size_t i = 0; i < others.size() && fixed.size() < size; ++i) {
        fixed.push_back(others[i]);
    }
    return fixed;
}

Trial try_probe(const std::vector<face::GalleryEntry> &gallery, std::size_t own, const face::Embedding &probe) {
    std::vector<face::GalleryEntry> mine;
    std::vector<face::GalleryEntry> others;
    for (const auto &entry : gallery) {
        (entry.person == own ? mine : others).push_back(entry);
    }
    Trial trial;
    if (const auto found = face::search(mine, probe)) {
        trial.own = found->score;
    }
    if (const auto found = face::search(others, probe)) {
        trial.best_other = found->score;
        trial.second_other = found->second_score;
    }
    return trial;
}

} // namespace

std::vector<Trial> open_set_trials(const std::vector<Sample> &samples, std::size_t size, int rounds) {
    const auto people = by_person(samples);
    std::mt19937 random(20241124); // the same galleries at every run
    std::vector<Trial> trials;
    for (int round = 0; round < rounds; ++round) {
        const auto enrolled = draw(people, size, random);
        std::vector<face::GalleryEntry> gallery;
        std::map<std::string, std::size_t> index;
        for (const auto &person : enrolled) {
            index.emplace(person, index.size() + 1);
            for (const auto *picture : enrolment(person, people.at(person))) {
                gallery.push_back({index.at(person), picture->embedding});
            }
        }
        for (const auto &[person, pictures] : people) {
            const auto own = index.find(person);
            for (const auto *picture : pictures) {
                if (own != index.end() && !may_be_probed(person, *picture, *pictures.front())) {
                    continue;
                }
                auto trial = try_probe(gallery, own == index.end() ? 0 : own->second, picture->embedding);
                trial.enrolled_from_stills = is_from_stills(person);
                trials.push_back(trial);
            }
        }
    }
    return trials;
}

Rates rates(const std::vector<Trial> &trials, float threshold, float margin) {
    Rates result;
    std::size_t refused[2] = {0, 0};
    std::size_t mated[2] = {0, 0};
    std::size_t wrong = 0;
    std::size_t accepted = 0;
    for (const auto &trial : trials) {
        accepted += trial.best_other >= threshold && trial.best_other - trial.second_other >= margin ? 1U : 0U;
        if (trial.own < -0.99F) {
            continue;
        }
        const std::size_t kind = trial.enrolled_from_stills ? 1 : 0;
        ++mated[kind];
        refused[kind] += trial.own >= threshold && trial.own - trial.best_other >= margin ? 0U : 1U;
        wrong += trial.best_other >= threshold && trial.best_other - trial.own >= margin ? 1U : 0U;
    }
    const auto share = [](std::size_t part, std::size_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    result.mated = mated[0] + mated[1];
    result.strangers = trials.size();
    result.fnir = share(refused[0], mated[0]);
    result.fnir_stills = share(refused[1], mated[1]);
    result.fpir = share(accepted, trials.size());
    result.wrong = share(wrong, result.mated);
    return result;
}

float calibrate(const std::vector<Trial> &trials, float margin, double target) {
    for (int step = 0; step <= 1000; ++step) {
        const float threshold = static_cast<float>(step) / 1000;
        if (rates(trials, threshold, margin).fpir <= target) {
            return threshold;
        }
    }
    return 1;
}

} // namespace xueshi::bench
