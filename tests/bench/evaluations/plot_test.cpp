#include "tests/bench/face/plot.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::bench;

namespace {

std::size_t count(const std::string &text, const std::string &part) {
    std::size_t times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++times;
    }
    return times;
}

const json::Array kRoc{json::Array{1e-4, 0.9}, json::Array{0.01, 0.99}, json::Array{1.0, 1.0}};

} // namespace

TEST_CASE("eval_face: the plot has a ROC and a DET curve of each network, a DET curve of liveness, and named axes") {
    const test::TemporaryDirectory folder;
    const json::Object networks{{"one", json::Object{{"roc", kRoc}}}, {"shipped", json::Object{{"roc", kRoc}}}};
    const json::Object pad{{"apcer", 0.1}, {"frame", json::Object{{"roc", kRoc}}}};
    const json::Object photos{{"shipped", json::Object{{"roc", kRoc}}}, {"bpcer", json::Object{}}, {"unreadable", 0}};
    REQUIRE(plot_curves({{"lfw", json::Object{{"providers", networks}}}, {"photos", photos}, {"pad", pad}},
                        folder / "curves.svg"));
    const auto svg = read_file(folder / "curves.svg", 1 << 20);
    REQUIRE(svg);
    CHECK(count(*svg, "class='roc'") == 3);
    CHECK(count(*svg, "class='det'") == 4);
    CHECK(count(*svg, ">photos shipped<") == 1);
    for (const char *title : {">FAR<", ">TAR<", ">FMR; of liveness APCER<", ">FNMR; of liveness BPCER<"}) {
        CAPTURE(title);
        CHECK(count(*svg, title) == 1);
    }
    CHECK(count(*svg, "M520.0 156.7L710.0 283.3L900.0 410.0") == 4); // FNMR 10 %, 1 %, 0: thirds of the axis
}

TEST_CASE("eval_face: figures without a curve are said to have none, and draw nothing") {
    const test::TemporaryDirectory folder;
    const auto drawn =
        plot_curves({{"lfw", json::Object{{"accuracy", nullptr}}}, {"pad", json::Object{{"apcer", nullptr}}}},
                    folder / "curves.svg");
    REQUIRE_FALSE(drawn);
    CHECK(drawn.error().message.find("no curve to draw") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "curves.svg"));
}
