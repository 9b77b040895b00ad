#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"

namespace xueshi::bench {

/// So many of so many, with the 95 % interval of Wilson (JASA 22, 1927) for independent trials. Frames of one session
/// are not independent: the true interval is wider.
struct Rate {
    std::size_t part = 0, whole = 0;
    /// Pictures that the trials are of, where one is tried more than once: the interval is of as many. 0: each once.
    std::size_t different = 0;
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
/// Both: `key` and `key_interval`.
void add_rate(json::Object &result, const std::string &key, const Rate &rate);
/// "1.23 % [0.40, 3.50] of 160"; "of none".
std::string words(const Rate &rate);

/// Scores of one person compared with himself and with others.
struct Scores {
    std::vector<float> same{}, other{};
    /// By number, whose each of them is (of two people: the first); empty: not said, and there is no interval.
    std::vector<std::uint32_t> same_of{}, other_of{};
    void add(bool is_same, float score, std::uint32_t person);
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
/// Its 95 % interval: people are drawn anew with replacement, 500 times, each with all of their scores (the subsets
/// bootstrap of Bolle, Ratha and Pankanti, CVIU 93(1), 2004). All null of fewer than two people.
json::Object equal_error_interval(const Scores &scores);
json::Value figure(const std::optional<double> &number);
/// The equal error rate with its interval, "1.23 % [0.40, 3.50]"; "of none".
std::string percent(const Scores &scores);
/// A pair of pictures that a set names.
struct Compared {
    std::string fold;
    float score = 0;
    bool same = false;
    std::string person{}; ///< whose its first picture is
};
struct Accuracy {
    Rate right;
    std::size_t folds = 0;
    bool made = false; ///< the set names one fold only: they are ours, see `k_fold`
};
/// Accuracy of each fold at the threshold that is best on the others. Pairs of one fold only are dealt out to ten, or
/// to as many as there are people, a person's pairs together; of none where those are of one person.
Accuracy k_fold(std::vector<Compared> pairs);
/// [FAR, TAR] at logarithmic steps of FAR from 1e-4 to 1.
std::vector<std::pair<double, double>> roc(const Scores &scores);
json::Array roc_points(const Scores &scores);
/// Adds the members of the other.
void merge(json::Object &into, json::Object other);

} // namespace xueshi::bench
