#include "tests/bench/face/rates.hpp"

#include <algorithm>
#include <cmath>
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

} // namespace

std::pair<double, double> Rate::interval() const {
    if (whole == 0) {
        return {0, 1};
    }
    constexpr double kZ = 1.959964;
    const auto n = static_cast<double>(whole);
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
    return {{"value", rate.value()}, {"low", low}, {"high", high}, {"part", rate.part}, {"of", rate.whole}};
}

std::string words(const Rate &rate) {
    if (rate.whole == 0) {
        return "of none";
    }
    const auto [low, high] = rate.interval();
    return fmt::format("{:.2f} % [{:.2f}, {:.2f}] of {}", 100 * rate.value(), 100 * low, 100 * high, rate.whole);
}

std::optional<float> threshold_at(std::vector<float> other, double far) {
    if (other.empty()) {
        return std::nullopt;
    }
    std::sort(other.rbegin(), other.rend());
    const auto allowed = static_cast<std::size_t>(far * static_cast<double>(other.size()));
    return allowed >= other.size() ? other.back() : std::nextafter(other[allowed], 2.0F);
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

std::string percent(const std::optional<double> &share) {
    return share ? fmt::format("{:.2f} %", 100 * *share) : "of none";
}

std::optional<double> equal_error(const Scores &scores) {
    if (scores.same.empty() || scores.other.empty()) {
        return std::nullopt;
    }
    auto same = scores.same;
    auto other = scores.other;
    std::sort(same.begin(), same.end());
    std::sort(other.begin(), other.end());
    double best = 1;
    for (const float at : same) {
        const auto refused = static_cast<double>(std::lower_bound(same.begin(), same.end(), at) - same.begin());
        const auto passed = static_cast<double>(other.end() - std::lower_bound(other.begin(), other.end(), at));
        best = std::min(
            best, std::max(refused / static_cast<double>(same.size()), passed / static_cast<double>(other.size())));
    }
    return best;
}

Rate k_fold(const std::vector<Compared> &pairs) {
    std::set<std::string> folds;
    std::vector<float> candidates;
    for (const auto &pair : pairs) {
        folds.insert(pair.fold);
        candidates.push_back(pair.score);
    }
    std::sort(candidates.begin(), candidates.end());
    Rate all;
    if (folds.size() < 2) {
        return all;
    }
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
                all.add((pair.score >= best) == pair.same);
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
        points.emplace_back(far, accepted(scores.same, std::nextafter(other[allowed], 2.0F)).value());
    }
    return points;
}

} // namespace xueshi::bench
