#include <doctest/doctest.h>

#include "firmware/fingerprint/virtual/playlist.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;

TEST_CASE("playlist: synthetic fingers and files, in order of time") {
    const auto items = parse_playlist(R"({"version": 1, "items": [
        {"person_seed": 11, "finger": 1, "impression": 3, "at_ms": 1000},
        {"file": "thumb.png", "at_ms": 1000}, {"file": "/abs/x.png", "at_ms": 2000}]})",
                                      "/lists");
    REQUIRE(items);
    REQUIRE(items->size() == 3);
    CHECK((*items)[0].person_seed == 11);
    CHECK((*items)[0].finger == 1);
    CHECK((*items)[0].impression == 3);
    CHECK((*items)[1].file == "/lists/thumb.png");
    CHECK((*items)[2].file == "/abs/x.png");
    CHECK((*items)[2].at_ms == 2000);
}

TEST_CASE("playlist: what is wrong is named with its place") {
    const auto message = [](std::string_view text) {
        const auto items = parse_playlist(text, "/");
        return items ? std::string() : items.error().message;
    };
    CHECK(message(R"({"version": 2, "items": []})").find("playlist.version") != std::string::npos);
    CHECK(message(R"({"version": 1, "items": [{"file": "a", "at_ms": 2}, {"file": "a", "at_ms": 1}]})")
              .find("playlist.items[1].at_ms") != std::string::npos);
    CHECK(message(R"({"version": 1, "items": [{"finger": 1, "impression": 1, "at_ms": 1}]})")
              .find("playlist.items[0].person_seed") != std::string::npos);
    CHECK(message(R"({"version": 1, "items": [{"file": "a", "finger": 1, "at_ms": 1}]})").find("finger") !=
          std::string::npos);
    CHECK_FALSE(message("[").empty());
}

TEST_CASE("playlist: a picture that is not there or no PNG is an error that names the file") {
    const auto missing =
        picture_of({.person_seed = 0, .finger = 0, .impression = 0, .file = "/no/such.png", .at_ms = 0});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("/no/such.png") != std::string::npos);
    CHECK_FALSE(read_png("/proc/self/status"));
}
