#pragma once

#include <functional>
#include <string>
#include <vector>

namespace xueshi::bench {

/// A pure function on fixed input, prepared beforehand: the same instructions every time. It runs in one thread.
struct Work {
    std::string name;
    std::string what; ///< the size of the input, for people
    std::function<void()> once;
};

std::vector<Work> chain_works();  ///< canonical JSON, chain link
std::vector<Work> search_works(); ///< faces, fingers
std::vector<Work> lesson_works(); ///< schedule, rules

/// Ends the program with a line that says what did not hold: a count of something that failed would tell nothing.
void must(bool holds, const char *what);

} // namespace xueshi::bench
