#include "tests/bench/fingerprint/figures.hpp"

#include <fmt/format.h>

namespace xueshi::bench {

namespace {

json::Value interval_95(std::size_t part, std::size_t of) {
    const auto [low, high] = interval(part, of);
    return of == 0 ? json::Value(nullptr) : json::Value(json::Object{{"low", low}, {"high", high}});
}

} // namespace

json::Value share(std::size_t part, std::size_t of) {
    return of == 0 ? json::Value(nullptr) : json::Value(static_cast<double>(part) / static_cast<double>(of));
}

std::string percent(const json::Value &share) {
    return share.is_null() ? "of none" : fmt::format("{:.2f} %", 100 * share.to_number<double>());
}

json::Object to_json(const Identification &many) {
    return {
        {"probes", many.probes},
        {"strangers", many.strangers},
        {"fnir", share(many.refused, many.probes)},
        {"fnir_95", interval_95(many.refused, many.probes)},
        {"accepted_as_another", many.as_another},
        {"fpir", share(many.strangers_in, many.strangers)},
        {"fpir_95", interval_95(many.strangers_in, many.strangers)},
        {"highest_stranger_score", many.strangers == 0 ? json::Value(nullptr) : json::Value(many.highest_stranger)}};
}

json::Object to_json(const Verification &one, double threshold) {
    const auto of = [](bool some, double figure) { return some ? json::Value(figure) : json::Value(nullptr); };
    const bool genuine = !one.genuine.empty();
    const bool impostor = !one.impostor.empty();
    return {{"eer", of(genuine && impostor, one.eer())},
            {"fmr100", of(genuine && impostor, one.fnmr_at_fmr(0.01))},
            {"fmr1000", of(genuine && impostor, one.fnmr_at_fmr(0.001))},
            {"zero_fmr", of(genuine && impostor, one.fnmr_at_fmr(0))},
            {"fnmr", of(genuine, one.fnmr(threshold))},
            {"fmr", of(impostor, one.fmr(threshold))},
            {"genuine_pairs", one.genuine.size()},
            {"impostor_pairs", one.impostor.size()},
            {"rej_enroll", one.rej_enroll},
            {"rej_ngra", one.rej_ngra},
            {"rej_nira", one.rej_nira}};
}

} // namespace xueshi::bench
