#include <doctest/doctest.h>

#include <unistd.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("F32: a value in a log line cannot start a line of its own") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "log";
    // The logger writes to standard error: lend it a file for one line.
    const int saved = ::dup(STDERR_FILENO);
    FILE *file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    ::dup2(::fileno(file), STDERR_FILENO);
    log::start("test_log", "info");
    log::info("event", {{"key", "a\nb \"c\""}, {"count", 3}});
    log::debug("not_shown");
    std::fflush(stderr);
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    std::fclose(file);
    const std::string text = read_file(path, 10'000).value();
    CHECK(text.find("event key=\"a\\x0ab \\\"c\\\"\" count=3\n") != std::string::npos);
    CHECK(text.find("not_shown") == std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}
