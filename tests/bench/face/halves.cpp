#include "tests/bench/face/halves.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace xueshi::bench {

namespace {

bool by_letters(const std::string &person) {
    unsigned sum = 0;
    for (const char letter : person) {
        sum = sum * 31 + static_cast<unsigned char>(letter);
    }
    return sum / 7 % 2 == 1;
}

} // namespace

std::set<std::string> reporting_half(const std::map<std::string, std::size_t> &pictures) {
    std::set<std::string> reporting;
    std::vector<std::string> order;
    for (const bool several : {true, false}) {
        for (const auto &[person, count] : pictures) {
            if ((count > 1) == several) {
                order.push_back(person);
            }
        }
    }
    std::ranges::copy_if(order, std::inserter(reporting, reporting.end()), by_letters);
    const auto can_compare = [&](bool half) {
        std::size_t people = 0;
        bool twice = false;
        for (const auto &[person, count] : pictures) {
            if (reporting.contains(person) == half) {
                ++people;
                twice = twice || count > 1;
            }
        }
        return people > 1 && twice;
    };
    if (!can_compare(true) || !can_compare(false)) {
        reporting.clear();
        for (std::size_t i = 0; i < order.size(); i += 2) {
            reporting.insert(order[i]);
        }
    }
    return reporting;
}

} // namespace xueshi::bench
