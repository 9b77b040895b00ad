#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"

namespace xueshi::bench {

/// So many of so many, with the 95 % interval of Wilson (JASA 22, 1927) for independent trials. Frames of one session
/// are not independent: the true interval is wider, which is why persons and sessions are counted beside.
struct Rate {
    std::size_t part = 0, whole = 0;
    /// 0 of none, which is no figure: see `share`.
    double value() const { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }
    std::pair<double, double> interval() const;
    void add(bool is_part) {
        part += is_part ? 1 : 0;
        ++whole;
    }
};
/// The bare number; null of none.
json::Value share(const Rate &rate);
/// With its interval, all null of none.
json::Object to_json(const Rate &rate);
/// "1.23 % [0.40, 3.50] of 160"; "of none".
std::string words(const Rate &rate);

/// Scores of one person compared with himself and with others.
struct Scores {
    std::vector<float> same, other;
};
/// The lowest threshold of which at most `far` of `other` reaches it; nothing where there is no other.
std::optional<float> threshold_at(std::vector<float> other, double far);
json::Value figure(const std::optional<float> &number);
/// "0.842"; "none".
std::string words(const std::optional<float> &threshold);
/// Share of `same` at or above.
Rate accepted(std::span<const float> same, float threshold);
/// Of none without a threshold.
Rate accepted(std::span<const float> same, const std::optional<float> &threshold);
/// Where both errors are equal; of none where either is missing.
std::optional<double> equal_error(const Scores &scores);
json::Value figure(const std::optional<double> &number);
/// "1.23 %"; "of none".
std::string percent(const std::optional<double> &share);
/// A pair of pictures that a set names.
struct Compared {
    std::string fold;
    float score = 0;
    bool same = false;
};
/// Accuracy of each fold at the threshold that is best on the others; of none where there is one fold only.
Rate k_fold(const std::vector<Compared> &pairs);
/// [FAR, TAR] at logarithmic steps of FAR from 1e-4 to 1.
std::vector<std::pair<double, double>> roc(const Scores &scores);

} // namespace xueshi::bench
