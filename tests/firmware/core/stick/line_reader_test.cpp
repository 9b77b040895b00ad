#include "firmware/core/stick/line_reader.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using stick::LineReader;

namespace {

LineReader reader_of(const test::TemporaryDirectory &directory, const std::string &content, std::size_t limit) {
    REQUIRE(write_file_durably(directory / "lines", content).has_value());
    return std::move(LineReader::open(directory / "lines", limit).value());
}

} // namespace

TEST_CASE("lines: each is given once, with its number, across the borders of the buffer") {
    const test::TemporaryDirectory directory;
    const std::string longest(100'000, 'x');
    LineReader lines = reader_of(directory, "a\n\n" + longest + "\nb\n", 100'000);
    CHECK(lines.next().value() == "a");
    CHECK(lines.next().value() == "");
    CHECK(lines.next().value() == longest);
    CHECK(lines.number() == 3);
    CHECK(lines.next().value() == "b");
    CHECK_FALSE(lines.next().value().has_value());
}

TEST_CASE("F34: a line without an end does not fill the memory") {
    const test::TemporaryDirectory directory;
    LineReader lines = reader_of(directory, "ok\n" + std::string(1'000'000, 'x'), 1000);
    CHECK(lines.next().value() == "ok");
    const auto bad = lines.next();
    CHECK(bad.error().code == ErrorCode::too_large);
    CHECK(bad.error().message.find("line 2") != std::string::npos);
}

TEST_CASE("lines: a last line that is cut off is corrupt") {
    const test::TemporaryDirectory directory;
    LineReader lines = reader_of(directory, "ok\nhalf", 1000);
    CHECK(lines.next().value() == "ok");
    CHECK(lines.next().error().code == ErrorCode::corrupt);
}

TEST_CASE("F29: a symbolic link, folder or FIFO on a stick is refused") {
    const test::TemporaryDirectory directory;
    REQUIRE(write_file_durably(directory / "secret", "x\n").has_value());
    std::filesystem::create_symlink(directory / "secret", directory / "link");
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    CHECK(LineReader::open(directory / "link", 10).error().code == ErrorCode::denied);
    CHECK(LineReader::open(directory / "fifo", 10).error().code == ErrorCode::denied);
    CHECK(LineReader::open(directory.path(), 10).error().code == ErrorCode::denied);
    CHECK(LineReader::open(directory / "none", 10).error().code == ErrorCode::not_found);
}
