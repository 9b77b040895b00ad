#include "tests/bench/face/rates.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <fmt/format.h>

namespace xueshi::bench {

namespace {

double accuracy(const std::vector<Compared> &pairs, float threshold, const std::string &only, bool inside) {
    Rate rate;
    for (const auto &pair : pairs) {
        if ((pair.fold == only) == inside) {
            rate.add((pair.score >= threshold) == pair.same);
        }
    }
    return rate.value();
}

std::set<std::string> folds_of(const std::vector<Compared> &pairs) {
    std::set<std::string> folds;
    for (const auto &pair : pairs) {
        folds.insert(pair.fold);
    }
    return folds;
}

/// The fold with the fewest pairs takes the next person, who has the most of those that are left.
void make_folds(std::vector<Compared> &pairs) {
    constexpr std::size_t kFolds = 10; // as LFW's own
    std::map<std::string, std::size_t> pairs_of;
    for (const auto &pair : pairs) {
        ++pairs_of[pair.person];
    }
    std::vector<std::pair<std::size_t, std::string>> people;
    for (const auto &[person, count] : pairs_of) {
        people.emplace_back(count, person);
    }
    std::ranges::sort(people, std::ranges::greater());
    std::vector<std::size_t> sizes(std::min(kFolds, people.size()), 0);
    std::map<std::string, std::string> fold_of;
    for (const auto &[count, person] : people) {
        const auto least = std::ranges::min_element(sizes);
        *least += count;
        fold_of.emplace(person, fmt::format("{}", least - sizes.begin()));
    }
    for (auto &pair : pairs) {
        pair.fold = fold_of.at(pair.person);
    }
}

/// The equal error rate of scores that count as often as the person whose they are.
class EqualError {
public:
    using Weights = std::vector<double>; ///< by person

    explicit EqualError(const Scores &scores)
        : same_(sorted(scores.same, scores.same_of, same_of_)),
          other_(sorted(scores.other, scores.other_of, other_of_)) {}

    /// 1 where the scores do not say whose they are.
    std::size_t people() const { return std::max(same_of_.size(), other_of_.size()); }

    std::optional<double> of(const Weights &weights) const {
        const auto sum = [&](const Weights &scores) { // of each person
            return std::inner_product(scores.begin(), scores.end(), weights.begin(), 0.0);
        };
        const double same = sum(same_of_);
        const double other = sum(other_of_);
        if (same <= 0 || other <= 0) {
            return std::nullopt;
        }
        double refused = same;
        double passed = 0;
        double best = 1;
        auto next = other_.begin();
        for (const auto &threshold : same_) { // from the highest
            refused -= weights[threshold.person];
            for (; next != other_.end() && next->value >= threshold.value; ++next) {
                passed += weights[next->person];
            }
            best = std::min(best, std::max(refused / same, passed / other));
            if (passed / other >= refused / same) {
                break; // from here on only more pass
            }
        }
        return best;
    }

private:
    struct Score {
        float value;
        std::uint32_t person;
    };

    /// The highest first; `counts`: how many each person has.
    static std::vector<Score> sorted(const std::vector<float> &values, const std::vector<std::uint32_t> &of,
                                     Weights &counts) {
        std::vector<Score> scores;
        scores.reserve(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::uint32_t person = i < of.size() ? of[i] : 0;
            scores.push_back({values[i], person});
            counts.resize(std::max<std::size_t>(counts.size(), person + 1));
            counts[person] += 1;
        }
        std::ranges::sort(scores, std::ranges::greater(), &Score::value);
        return scores;
    }

    Weights same_of_, other_of_;
    std::vector<Score> same_, other_;
};

} // namespace

std::pair<double, double> Rate::interval() const {
    if (whole == 0) {
        return {0, 1};
    }
    constexpr double kZ = 1.959964;
    const auto n = static_cast<double>(different > 0 ? different : whole);
    const double middle = (value() + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(value() * (1 - value()) / n + kZ * kZ / (4 * n * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

json::Value share(const Rate &rate) {
    return rate.whole == 0 ? json::Value(nullptr) : json::Value(rate.value());
}

json::Object to_json(const Rate &rate) {
    if (rate.whole == 0) {
        return {{"value", nullptr}, {"low", nullptr}, {"high", nullptr}, {"part", 0}, {"of", 0}};
    }
    const auto [low, high] = rate.interval();
    json::Object result{{"value", rate.value()}, {"low", low}, {"high", high}, {"part", rate.part}, {"of", rate.whole}};
    if (rate.different > 0) {
        result["different"] = rate.different;
    }
    return result;
}

void add_rate(json::Object &result, const std::string &key, const Rate &rate) {
    result[key] = share(rate);
    result[key + "_interval"] = to_json(rate);
}

std::string words(const Rate &rate) {
    if (rate.whole == 0) {
        return "of none";
    }
    const auto [low, high] = rate.interval();
    return fmt::format("{:.2f} % [{:.2f}, {:.2f}] of {}{}", 100 * rate.value(), 100 * low, 100 * high, rate.whole,
                       rate.different > 0 ? fmt::format(" ({} different)", rate.different) : "");
}

std::optional<float> threshold_at(std::vector<float> other, double far) {
    if (other.empty()) {
        return std::nullopt;
    }
    std::sort(other.rbegin(), other.rend());
    const auto allowed = static_cast<std::size_t>(far * static_cast<double>(other.size()));
    return allowed >= other.size() ? other.back()
                                   : std::nextafter(other[allowed], std::numeric_limits<float>::infinity());
}

Rate accepted(std::span<const float> same, float threshold) {
    Rate rate;
    for (const float score : same) {
        rate.add(score >= threshold);
    }
    return rate;
}

Rate accepted(std::span<const float> same, const std::optional<float> &threshold) {
    return threshold ? accepted(same, *threshold) : Rate{};
}

json::Value figure(const std::optional<float> &number) {
    return number ? json::Value(*number) : json::Value(nullptr);
}

std::string words(const std::optional<float> &threshold) {
    return threshold ? fmt::format("{:.3f}", *threshold) : "none";
}

json::Value figure(const std::optional<double> &number) {
    return number ? json::Value(*number) : json::Value(nullptr);
}

void Scores::add(bool is_same, float score, std::uint32_t person) {
    (is_same ? same : other).push_back(score);
    (is_same ? same_of : other_of).push_back(person);
}

std::optional<double> equal_error(const Scores &scores) {
    const EqualError error(scores);
    return error.of(EqualError::Weights(error.people(), 1));
}

json::Object equal_error_interval(const Scores &scores) {
    constexpr std::size_t kDraws = 500;
    const EqualError error(scores);
    std::vector<double> drawn;
    std::mt19937 random(20251129); // the same draws at every run
    std::uniform_int_distribution<std::size_t> person(0, std::max<std::size_t>(error.people(), 1) - 1);
    for (std::size_t draw = 0; error.people() > 1 && draw < kDraws; ++draw) {
        EqualError::Weights weights(error.people(), 0);
        for (std::size_t i = 0; i < error.people(); ++i) {
            weights[person(random)] += 1;
        }
        if (const auto rate = error.of(weights)) { // nothing where nobody drawn has scores of both kinds
            drawn.push_back(*rate);
        }
    }
    if (drawn.empty()) {
        return {{"low", nullptr}, {"high", nullptr}, {"people", error.people()}};
    }
    std::ranges::sort(drawn);
    return {{"low", drawn[drawn.size() / 40]},
            {"high", drawn[drawn.size() - 1 - drawn.size() / 40]},
            {"people", error.people()}};
}

std::string percent(const Scores &scores) {
    const auto rate = equal_error(scores);
    const auto interval = equal_error_interval(scores);
    if (!rate || interval.at("low").is_null()) {
        return rate ? fmt::format("{:.2f} %", 100 * *rate) : "of none";
    }
    return fmt::format("{:.2f} % [{:.2f}, {:.2f}]", 100 * *rate, 100 * interval.at("low").as_double(),
                       100 * interval.at("high").as_double());
}

Accuracy k_fold(std::vector<Compared> pairs) {
    Accuracy all;
    if (folds_of(pairs).size() == 1) {
        make_folds(pairs);
        all.made = true;
    }
    const auto folds = folds_of(pairs);
    std::vector<float> candidates;
    for (const auto &pair : pairs) {
        candidates.push_back(pair.score);
    }
    std::sort(candidates.begin(), candidates.end());
    if (folds.size() < 2) {
        return {};
    }
    all.folds = folds.size();
    for (const auto &fold : folds) {
        float best = 0;
        double most = -1;
        for (std::size_t i = 0; i < candidates.size(); i += std::max<std::size_t>(1, candidates.size() / 300)) {
            const double right = accuracy(pairs, candidates[i], fold, false);
            best = right > most ? candidates[i] : best;
            most = std::max(most, right);
        }
        for (const auto &pair : pairs) {
            if (pair.fold == fold) {
                all.right.add((pair.score >= best) == pair.same);
            }
        }
    }
    return all;
}

std::vector<std::pair<double, double>> roc(const Scores &scores) {
    std::vector<std::pair<double, double>> points;
    if (scores.same.empty() || scores.other.empty()) {
        return points;
    }
    auto other = scores.other;
    std::sort(other.rbegin(), other.rend());
    for (int step = 0; step <= 40; ++step) {
        const double far = std::pow(10, -4 + 0.1 * step);
        const auto allowed =
            std::min(other.size() - 1, static_cast<std::size_t>(far * static_cast<double>(other.size())));
        points.emplace_back(
            far, accepted(scores.same, std::nextafter(other[allowed], std::numeric_limits<float>::infinity())).value());
    }
    return points;
}

void merge(json::Object &into, json::Object other) {
    for (auto &[key, value] : other) {
        into[key] = std::move(value);
    }
}

json::Array roc_points(const Scores &scores) {
    json::Array points;
    for (const auto &[far, tar] : roc(scores)) {
        points.push_back(json::Array{far, tar});
    }
    return points;
}

} // namespace xueshi::bench
