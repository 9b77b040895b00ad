#include "tests/bench/face/verification.hpp"

#include <iostream>

#include <fmt/format.h>

namespace xueshi::bench {

json::Object verification(const std::string &what, const Scores &scores) {
    json::Object result{{"eer", figure(equal_error(scores))},
                        {"eer_interval", equal_error_interval(scores)},
                        {"same", scores.same.size()},
                        {"other", scores.other.size()},
                        {"roc", roc_points(scores)}};
    std::string line = fmt::format("{} EER {}; TAR", what, percent(scores));
    for (const auto &[name, far] : {std::pair{"1e-2", 1e-2}, {"1e-3", 1e-3}, {"1e-4", 1e-4}}) {
        const auto threshold = threshold_at(scores.other, far);
        const auto tar = accepted(scores.same, threshold);
        add_rate(result, "tar_at_far_" + std::string(name), tar);
        result["far_reached_" + std::string(name)] = to_json(accepted(scores.other, threshold));
        line += fmt::format(" {}: {}", name, words(tar));
        if (threshold && far * static_cast<double>(scores.other.size()) < 1) {
            line += fmt::format(" (above all {} of others)", scores.other.size());
        }
    }
    std::cout << line << "\n";
    return result;
}

} // namespace xueshi::bench
