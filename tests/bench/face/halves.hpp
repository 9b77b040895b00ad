#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace xueshi::bench {

/// The half of the people that figures are reported of; thresholds are chosen on the others. `pictures`: how many each
/// has. By a sum of the name's letters: the same half whatever else is in the folder. Where that leaves a half with
/// nothing to compare (two people, and two pictures of one of them), every other one: of those who have several
/// pictures by name, then of the rest.
std::set<std::string> reporting_half(const std::map<std::string, std::size_t> &pictures);

} // namespace xueshi::bench
