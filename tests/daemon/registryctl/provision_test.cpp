#include "daemon/registryctl/provision.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using registryctl::read_planned_terminals;

TEST_CASE("registryctl: the list of terminals is read whatever the order of its columns") {
    const auto read =
        read_planned_terminals("room,note,label,institution\nr-101,first floor,SN-1,i-1\nr-102,,SN-2,i-1\n");
    REQUIRE(read);
    CHECK(*read == std::vector<registryctl::PlannedTerminal>{{"SN-1", "i-1", "r-101"}, {"SN-2", "i-1", "r-102"}});
}

TEST_CASE("registryctl: a list of terminals is refused whole, with line and column") {
    const auto why = [](std::string_view text) {
        const auto read = read_planned_terminals(text);
        return read ? std::string() : read.error().message;
    };
    CHECK(why("").find("names no terminal") != std::string::npos);
    CHECK(why("label,institution,room\n").find("names no terminal") != std::string::npos);
    CHECK(why("label,room\nSN-1,r-1\n").find("no column institution") != std::string::npos);
    CHECK(why("label,institution,room\nSN-1,i-1,\n").find("line 2, column room") != std::string::npos);
    CHECK(why("label,institution,room\nSN-1,i-1\n").find("line 2, column room") != std::string::npos);
    CHECK(why("label,institution,room\n=1+1,i-1,r-1\n").find("line 2, column label") != std::string::npos);
    CHECK(why("label,institution,room\nSN-1,i-1,\"a,b\"\n").find("line 2, column room") != std::string::npos);
    CHECK(why("label,institution,room\nSN-1,i-1,r-1\nSN-1,i-1,r-2\n").find("line 3: label SN-1") != std::string::npos);
    CHECK_FALSE(why("label,institution,room\n\"SN-1,i-1,r-1\n").empty()); // an unclosed quote
}
