#include "tests/bench/face/species.hpp"

#include <iostream>
#include <utility>

#include <fmt/format.h>

namespace xueshi::bench {

void add_attacks(json::Object &result, const Attacks &attacks) {
    json::Object sets;
    Rate worst;
    json::Value name; // null of none
    for (const auto &[set, by_species] : attacks) {
        json::Object of_set;
        for (const auto &[species, one] : by_species) {
            auto figures = to_json(one.error);
            figures["no_sample"] = to_json(one.no_sample);
            of_set[species] = std::move(figures);
            if (std::pair(one.error.value(), one.error.whole) > std::pair(worst.value(), worst.whole)) {
                worst = one.error;
                name = fmt::format("{} {}", set, species);
            }
        }
        sets[set] = std::move(of_set);
    }
    std::cout << fmt::format("PAD worst species: {}, APCER {}\n", name.is_null() ? "none" : name.as_string().c_str(),
                             words(worst));
    add_rate(result, "apcer", worst);
    result["apcer_species"] = std::move(name);
    result["apcer_by_species"] = std::move(sets);
}

} // namespace xueshi::bench
