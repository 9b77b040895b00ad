#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"

namespace xueshi::bench {

/// So many of so many, with the 95 % interval of Wilson (JASA 22, 1927) for independent trials. Frames of one session
/// are not independent: the true interval is wider, which is why persons and sessions are counted beside.
struct Rate {
    std::size_t part = 0, whole = 0;
    double value() const { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }
    std::pair<double, double> interval() const;
    void add(bool is_part) {
        part += is_part ? 1 : 0;
        ++whole;
    }
};
json::Object to_json(const Rate &rate);
/// "1.23 % [0.40, 3.50] of 160".
std::string words(const Rate &rate);

/// Scores of one person compared with himself and with others.
struct Scores {
    std::vector<float> same, other;
};
/// The lowest threshold of which at most `far` of `other` reaches it.
float threshold_at(std::vector<float> other, double far);
/// Share of `same` at or above.
Rate accepted(std::span<const float> same, float threshold);
/// Where both errors are equal.
double equal_error(const Scores &scores);
/// [FAR, TAR] at logarithmic steps of FAR from 1e-4 to 1.
std::vector<std::pair<double, double>> roc(const Scores &scores);

} // namespace xueshi::bench
