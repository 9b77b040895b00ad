// Runs each work once between counted_from and counted_to, which scripts/count_insns looks for, after once outside of
// them (what a first call sets up is not counted), and prints "name<TAB>what" for each.
#include <cstdio>
#include <cstdlib>

#include "tests/bench/insns/works.hpp"

// The statement keeps the calls: a function without effect would be left out.
extern "C" [[gnu::noinline]] void counted_from() {
    asm volatile("" ::: "memory");
}
extern "C" [[gnu::noinline]] void counted_to() {
    asm volatile("" ::: "memory");
}

void xueshi::bench::must(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "counted: %s\n", what);
        std::exit(1);
    }
}

namespace {

/// What scripts/count_insns knows the number of: a thousand times two instructions.
std::vector<xueshi::bench::Work> control_works() {
    return {{"control", "2,000 instructions and the call", [] {
#if defined(__aarch64__)
                 long left = 1'000;
                 asm volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(left) : : "cc");
#endif
             }}};
}

} // namespace

int main() {
    using namespace xueshi::bench;
    for (const auto &works : {control_works(), chain_works(), search_works(), lesson_works()}) {
        for (const Work &work : works) {
            work.once();
            counted_from();
            work.once();
            counted_to();
            std::printf("%s\t%s\n", work.name.c_str(), work.what.c_str());
        }
    }
}
