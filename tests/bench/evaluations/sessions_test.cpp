#include "tests/bench/face/sessions.hpp"

#include <doctest/doctest.h>

using namespace xueshi::bench;
using Places = std::vector<std::size_t>;

TEST_CASE("evaluation: pictures of one session are told by its field alone") {
    CHECK(session_of("0007_00_00_01_3") == "01");
    CHECK(session_of("0007_01_00_01_12") == "01"); // the same session, recorded otherwise
    CHECK(session_of("0007_01_05_03_3") == "03");
    CHECK(recording_of("0007_01_05_03_3") == "0007_01_05_03");
    CHECK(session_of("one_3") == "one");
}

TEST_CASE("evaluation: samples are spread from the first to the last picture, none twice") {
    CHECK(spread(0, 5).empty());
    CHECK(spread(1, 5) == Places{0});
    CHECK(spread(3, 5) == Places{0, 1, 2});
    CHECK(spread(5, 5) == Places{0, 1, 2, 3, 4});
    CHECK(spread(9, 5) == Places{0, 2, 4, 6, 8});
}

TEST_CASE("evaluation: a window of pictures lies in one recording, and is never shorter") {
    const std::vector<std::string> recordings{"a", "a", "a", "a", "b", "b", "c", "c", "c"};
    CHECK(windows(recordings, 3) == Places{0, 6});
    CHECK(windows(recordings, 2) == Places{0, 2, 4, 6});
    CHECK(windows(recordings, 1).size() == 9);
    CHECK(windows({"a"}, 5).empty());
}
