#include <doctest/doctest.h>

#include "firmware/core/base/csv.hpp"

using xueshi::Csv;

TEST_CASE("F32: a cell that a spreadsheet would take for a formula is neutralised") {
    for (const char *evil : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=HYPERLINK(\"http://x\")"}) {
        Csv csv;
        csv.text(evil);
        const std::string cell = csv.str();
        CHECK((cell.front() == '\'' || cell.starts_with("\"'")));
    }
}

TEST_CASE("csv: quotes, commas and line breaks stay inside their cell") {
    Csv csv;
    csv.text("王,\"秀\"兰").number(-5).text("").text("a\r\nb").end_row();
    csv.number(1).end_row();
    CHECK(csv.str() == "\"王,\"\"秀\"\"兰\",-5,,\"a\r\nb\"\r\n1\r\n");
}
