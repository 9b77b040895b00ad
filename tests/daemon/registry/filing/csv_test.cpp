#include <doctest/doctest.h>

#include "daemon/registry/filing/csv.hpp"
#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;
using registry::filing::read_csv;
using Cells = std::vector<std::string>;

TEST_CASE("filing: CSV rows keep their line and cells, quotes doubled, LF or CRLF") {
    const auto rows = read_csv("a,b\r\n\n\"x, \"\"y\"\"\",\n,,\nlast,\"\"").value();
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].cells == Cells{"a", "b"});
    CHECK(rows[1].cells == Cells{"x, \"y\"", ""});
    CHECK(rows[1].line == 3);
    CHECK(rows[2].cells == Cells{"last", ""});
    CHECK(rows[2].line == 5);
}

TEST_CASE("filing: a spreadsheet's tab separated text is read by its tabs") {
    CHECK(read_csv("a\tb\nx,y\tz\n").value().at(1).cells == Cells{"x,y", "z"});
}

TEST_CASE("F21: an unclosed quote is refused with line and column") {
    CHECK(contains(refusal(read_csv("a,b\nx,\"y\nz,w\n")), "line 2, column 2: unclosed quote"));
    CHECK(contains(refusal(read_csv("a,b\nx,\"y\"z\n")), "line 2, column 2: text after a closing quote"));
    CHECK(contains(refusal(read_csv("a,b\nx,y\"z\n")), "line 2, column 2: a quote inside"));
}

TEST_CASE("F21: a line of 10 MB is refused by its number") {
    CHECK(contains(refusal(read_csv("a,b\n" + std::string(10 << 20, 'x'))), "line 2: longer than"));
    CHECK(contains(refusal(read_csv(std::string(100, ','))), "more than 32 columns"));
    std::string rows;
    for (int i = 0; i < 2001; ++i) {
        rows += "x\n";
    }
    CHECK(contains(refusal(read_csv(rows)), "line 2001: more than 2000 rows"));
}
