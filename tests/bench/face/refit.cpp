#include "tests/bench/face/refit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <opencv2/core.hpp>

namespace xueshi::bench {

namespace {

// Ridge on the standardised weights: chosen beforehand, not by the rows it reports.
constexpr double kRidge = 1;
constexpr int kSteps = 25; // Newton's; it stands still after about ten

/// The looks' evidence, one a row.
cv::Mat evidence_of(const std::vector<const Look *> &looks) {
    const auto columns = static_cast<int>(looks.front()->evidence.size());
    cv::Mat rows(static_cast<int>(looks.size()), columns, CV_64F);
    for (int row = 0; row < rows.rows; ++row) {
        const auto &evidence = looks[static_cast<std::size_t>(row)]->evidence;
        std::copy(evidence.begin(), evidence.end(), rows.ptr<double>(row));
    }
    return rows;
}

class Regression {
public:
    /// The first `live` rows are of living faces, the others of prints.
    Regression(const cv::Mat &rows, int live) {
        for (int column = 0; column < rows.cols; ++column) {
            cv::Scalar mean;
            cv::Scalar spread;
            cv::meanStdDev(rows.col(column), mean, spread);
            means_.push_back(mean[0]);
            spreads_.push_back(std::max(spread[0], 1e-6));
        }
        weights_ = cv::Mat::zeros(rows.cols + 1, 1, CV_64F);
        const auto inputs = standardised(rows);
        for (int step = 0; step < kSteps; ++step) {
            newton(inputs, live);
        }
    }

    float log_odds(const Look &look) const {
        const cv::Mat odds = standardised(evidence_of({&look})) * weights_;
        return static_cast<float>(std::clamp(odds.at<double>(0), -8.0, 8.0));
    }

private:
    /// With a column of ones for the bias; as on the device, a cue says much and not everything.
    cv::Mat standardised(const cv::Mat &rows) const {
        cv::Mat result = cv::Mat::ones(rows.rows, rows.cols + 1, CV_64F);
        for (int row = 0; row < rows.rows; ++row) {
            for (int column = 0; column < rows.cols; ++column) {
                const auto place = static_cast<std::size_t>(column);
                const double value = (rows.at<double>(row, column) - means_[place]) / spreads_[place];
                result.at<double>(row, column) = std::clamp(value, -4.0, 4.0);
            }
        }
        return result;
    }

    void newton(const cv::Mat &inputs, int live) {
        cv::Mat ridge = cv::Mat::eye(inputs.cols, inputs.cols, CV_64F) * kRidge;
        ridge.at<double>(inputs.cols - 1, inputs.cols - 1) = 0; // the bias is free
        cv::Mat gradient = -ridge * weights_;
        cv::Mat curvature = ridge;
        const cv::Mat odds = inputs * weights_;
        for (int row = 0; row < inputs.rows; ++row) {
            const double probability = 1 / (1 + std::exp(-odds.at<double>(row)));
            const cv::Mat input = inputs.row(row).t();
            gradient += ((row < live ? 1 : 0) - probability) * input;
            curvature += probability * (1 - probability) * input * input.t();
        }
        cv::Mat step;
        cv::solve(curvature, gradient, step, cv::DECOMP_CHOLESKY);
        weights_ += step;
    }

    std::vector<double> means_, spreads_;
    cv::Mat weights_;
};

void add_others(const std::vector<Look> &looks, const std::string &person, std::vector<const Look *> &into) {
    for (const auto &look : looks) {
        if (look.usable() && look.person != person) {
            into.push_back(&look);
        }
    }
}

/// Nothing where the others are not both alive and printed.
std::optional<Regression> without(const std::string &person, const std::vector<Look> &live,
                                  const std::vector<Look> &prints) {
    std::vector<const Look *> others;
    add_others(live, person, others);
    const auto living = others.size();
    add_others(prints, person, others);
    if (living == 0 || others.size() == living) {
        return std::nullopt;
    }
    return Regression(evidence_of(others), static_cast<int>(living));
}

} // namespace

HeldOut judge_held_out(const std::vector<Look> &looks, const std::vector<Look> &live, const std::vector<Look> &prints) {
    HeldOut held_out;
    std::map<std::string, std::optional<Regression>> by_person;
    for (const auto &look : looks) {
        if (!look.usable()) {
            continue;
        }
        auto found = by_person.find(look.person);
        if (found == by_person.end()) {
            found = by_person.emplace(look.person, without(look.person, live, prints)).first;
        }
        if (!found->second) {
            held_out.left_out.insert(look.person);
            continue;
        }
        held_out.looks.push_back(look);
        held_out.looks.back().liveness = found->second->log_odds(look);
    }
    return held_out;
}

} // namespace xueshi::bench
