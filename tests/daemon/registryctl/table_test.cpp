#include <doctest/doctest.h>

#include <fstream>

#include "daemon/registryctl/api.hpp"
#include "daemon/registryctl/table.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("registryctl: a Chinese character takes two columns") {
    CHECK(registryctl::display_width("abc") == 3);
    CHECK(registryctl::display_width("王秀兰") == 6);
    CHECK(registryctl::display_width("𠮷a·") == 4);
    CHECK(registryctl::display_width("\xff\xe7\x8e") == 2); // broken bytes are one column a piece
}

TEST_CASE("registryctl: columns stay aligned, and control characters cannot move the cursor") {
    const auto table = registryctl::format_table({{"a", "b"}, {"王秀兰", "1"}, {"x\x1b[2J", "2"}});
    CHECK(table == "a       b\n------  -\n王秀兰  1\nx?[2J   2\n");
}

TEST_CASE("registryctl: ids are encoded into paths") {
    CHECK(registryctl::percent_encode("c-1_a.~") == "c-1_a.~");
    CHECK(registryctl::percent_encode("a/../b c?&") == "a%2F..%2Fb%20c%3F%26");
}

TEST_CASE("registryctl: a state directory without a registry is an error that names it") {
    const test::TemporaryDirectory directory;
    const auto endpoint = registryctl::endpoint_of_state(directory.path());
    REQUIRE(!endpoint);
    CHECK(endpoint.error().message.find(directory.path().string()) != std::string::npos);
}
