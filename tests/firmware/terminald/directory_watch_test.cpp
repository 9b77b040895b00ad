#include <fstream>
#include <vector>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/terminald/directory_watch.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("terminald: a file renamed into the watched directory is told, one being written is not") {
    const test::TemporaryDirectory directory;
    boost::asio::io_context context;
    std::vector<std::string> told;
    terminald::DirectoryWatch watch(context, directory / "sync", [&](const std::string &name) {
        told.push_back(name);
        watch.stop();
    });
    CHECK_FALSE(watch.try_start()); // syncd has not made it yet
    std::filesystem::create_directory(directory / "sync");
    REQUIRE(watch.try_start());
    CHECK(watch.try_start());
    std::ofstream(directory / "sync/half-written") << "x";
    REQUIRE(write_file_durably(directory / "sync/roster.json", "{}"));
    context.run_for(std::chrono::seconds(30));
    CHECK(told == std::vector<std::string>{"roster.json"});
}
