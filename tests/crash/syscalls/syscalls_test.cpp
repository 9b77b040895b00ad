#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

bool can_trace() {
    return std::system("strace -o /dev/null true >/dev/null 2>&1") == 0;
}

/// How often each call was made while a journal was opened and got so many events.
std::map<std::string, int> calls_of(int events) {
    const test::TemporaryDirectory directory;
    const auto trace = directory / "trace";
    const std::string command = "strace -f -o " + trace.string() + " " XUESHI_APPEND_PUNCHES " " +
                                directory.path().string() + " " + std::to_string(events);
    REQUIRE(std::system(command.c_str()) == 0);
    std::map<std::string, int> calls;
    std::ifstream lines(trace);
    for (std::string line; std::getline(lines, line);) {
        const auto end = line.find('(');
        const auto begin = line.rfind(' ', end) + 1; // after the process's number
        if (end != std::string::npos) {
            ++calls[line.substr(begin, end - begin)];
        }
    }
    return calls;
}

} // namespace

TEST_CASE("journal: an append costs one fdatasync and a few other calls, as strace counts them") {
    if (!can_trace()) {
        MESSAGE("skipped: strace is missing or may not trace here");
        return;
    }
    auto few = calls_of(10);
    auto many = calls_of(110);
    CHECK(many["fdatasync"] - few["fdatasync"] == 100);
    CHECK(many["fsync"] == few["fsync"]);
    int difference = 0;
    for (const auto &[name, count] : many) {
        difference += count - few[name];
    }
    MESSAGE("system calls an append: ", difference / 100.0);
    CHECK(difference < 100 * 30);
}
