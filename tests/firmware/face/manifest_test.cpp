#include <doctest/doctest.h>

#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/face/face.hpp"
#include "firmware/face/manifest.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::face {

namespace {

const std::string kSum(64, 'a');

std::string manifest_with(const std::string &model_fields, const std::string &pipeline_fields = "") {
    return R"({"format":1,"packages":{},"samples":[],"models":[{"name":"m","role":"detect","provider":"centerface",)"
           R"("file":"m.onnx","sha256":")" +
           kSum + R"(","bytes":3)" + model_fields +
           R"(}],"pipeline":{"detect":"m","liveness":[{"models":[{"model":"l"}],"bias":-1.5,"threshold":0.5}],"embed":[{"model":"e","weight":6}],)"
           R"("match_threshold":0.9,"match_margin":0.02)" +
           pipeline_fields + "}}";
}

std::string error_of(const std::string &text) {
    const auto manifest = parse_manifest(text);
    return manifest ? "" : manifest.error().message;
}

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("manifest: the one that ships is readable and names only models it has") {
    const auto text = read_file("models/manifest.json", 1 << 20);
    REQUIRE(text);
    const auto manifest = parse_manifest(*text);
    REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message));
    CHECK(manifest->find("detect", manifest->pipeline.detect));
    for (const auto &member : manifest->pipeline.embed) {
        CHECK(manifest->find("embed", member.name));
    }
    for (const auto &choice : manifest->pipeline.liveness) {
        for (const auto &member : choice.models) {
            CHECK(manifest->find("liveness", member.name));
        }
    }
}

TEST_CASE("manifest: recipes, weights and thresholds are read") {
    const auto manifest = parse_manifest(manifest_with(
        R"(,"dimension":512,"crop":2.7,"live_class":1,"flip_add":true,"licence":"MIT","origins":[],"optional":true,)"
        R"("measured_on":"x","input":{"width":112,"height":96,"channels":"rgb","mean":[1,2,3.5],"scale":[0.1,1,1]})"));
    REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message));
    const auto model = *manifest->find("detect", "m");
    CHECK(model.dimension == 512);
    CHECK(model.crop == doctest::Approx(2.7));
    CHECK(model.live_class == 1);
    CHECK(model.flip_add);
    REQUIRE(model.input);
    CHECK(model.input->rgb);
    CHECK(model.input->height == 96);
    CHECK(model.input->mean[2] == doctest::Approx(3.5));
    CHECK(manifest->pipeline.embed[0].weight == doctest::Approx(6));
    CHECK(manifest->pipeline.liveness[0].models[0].weight == doctest::Approx(1));
    CHECK(manifest->pipeline.liveness[0].bias == doctest::Approx(-1.5));
    CHECK(manifest->pipeline.match_margin == doctest::Approx(0.02));
}

TEST_CASE("manifest: an error names the field") {
    CHECK(contains(error_of(manifest_with(R"(,"colour":1)")), "models[0].colour"));
    CHECK(contains(error_of(manifest_with(R"(,"crop":"big")")), "models[0].crop"));
    CHECK(contains(error_of(manifest_with(R"(,"crop":1e300)")), "models[0].crop"));
    CHECK(contains(
        error_of(manifest_with(R"(,"input":{"width":9,"height":96,"channels":"rgb","mean":[1,2,3],"scale":[1,1,1]})")),
        "models[0].input.width"));
    CHECK(contains(
        error_of(manifest_with(R"(,"input":{"width":99,"height":96,"channels":"grey","mean":[1,2],"scale":[1,1,1]})")),
        "models[0].input.channels"));
    CHECK(contains(error_of(manifest_with(
                       R"(,"input":{"width":96,"height":96,"channels":"rgb","mean":[1,2,3],"scale":[1,1,1e999]})")),
                   "models[0].input.scale"));
    CHECK(contains(error_of(manifest_with("", R"(,"speed":3)")), "pipeline.speed"));
    CHECK(contains(error_of(R"({"format":2,"models":[]})"), "format"));
    CHECK(contains(error_of(R"({"format":1,"models":[]})"), "pipeline"));
    CHECK_FALSE(error_of("[]").empty());
    CHECK_FALSE(error_of("{").empty());
}

TEST_CASE("manifest: a threshold, margin or spread that is left out is refused, not assumed") {
    const auto without = [](const std::string &field, const std::string &instead = "") {
        auto text = manifest_with("");
        const auto place = text.find(field);
        REQUIRE(place != std::string::npos);
        return error_of(text.replace(place, field.size(), instead));
    };
    CHECK(without(R"("match_threshold":0.9,)") ==
          "pipeline.match_threshold: is missing; it has to be measured (models/README.md)");
    CHECK(contains(without(R"(,"match_margin":0.02)"), "pipeline.match_margin: is missing;"));
    CHECK(contains(without(R"(,"threshold":0.5)"), "threshold: is missing"));
    CHECK(contains(without(R"("role":"detect")", R"("role":"embed")"), "models[0].spread: is missing"));
}

TEST_CASE("manifest: spread, centre and cues are data, and of the right number") {
    const auto manifest = parse_manifest(manifest_with(R"(,"dimension":2,"spread":0.1,"centre":[0.5,-0.25])"));
    REQUIRE_MESSAGE(manifest, (manifest ? "" : manifest.error().message));
    CHECK(manifest->models[0].spread == doctest::Approx(0.1));
    CHECK(manifest->models[0].centre == std::vector<float>{0.5F, -0.25F});
    CHECK(contains(error_of(manifest_with(R"(,"dimension":2,"centre":[0.5])")), "models[0].centre"));
    CHECK(contains(error_of(manifest_with(R"(,"spread":0)")), "models[0].spread"));
    CHECK(contains(error_of(manifest_with(R"(,"cues":[[1,0,1]])")), "models[0].cues"));
}

TEST_CASE("manifest: of two entries of one name and role neither is chosen silently") {
    auto text = manifest_with("");
    const auto begin = text.find(R"({"name")");
    REQUIRE(begin != std::string::npos);
    const auto entry = text.substr(begin, text.find('}', begin) + 1 - begin);
    CHECK(contains(error_of(text.insert(begin, entry + ",")), "models[1]: there is a detect model \"m\" already"));
}

TEST_CASE("manifest: a file name cannot leave the folder") {
    for (const std::string name : {"../m.onnx", "/etc/passwd", ".hidden", ""}) {
        auto text = manifest_with("");
        text.replace(text.find("m.onnx"), 6, name);
        CHECK(contains(error_of(text), "models[0].file"));
    }
}

TEST_CASE("manifest: asking for a model of another role is not_found") {
    const auto manifest = parse_manifest(manifest_with(""));
    REQUIRE(manifest);
    CHECK(manifest->find("embed", "m").error().code == ErrorCode::not_found);
}

TEST_CASE("models: a missing file says how to fetch it, another file is refused by its sum") {
    const test::TemporaryDirectory files;
    Model model;
    model.file = "m.onnx";
    model.bytes = 3;
    model.sha256 = hex(sha256(as_bytes("abc")));
    const auto missing = read_model(files.path(), model);
    CHECK(missing.error().code == ErrorCode::not_found);
    CHECK(contains(missing.error().message, "scripts/fetch_models"));

    REQUIRE(write_file_durably(files / "m.onnx", "abd"));
    CHECK(read_model(files.path(), model).error().code == ErrorCode::corrupt);
    REQUIRE(write_file_durably(files / "m.onnx", "ab"));
    CHECK(read_model(files.path(), model).error().code == ErrorCode::corrupt);
    REQUIRE(write_file_durably(files / "m.onnx", "abc"));
    CHECK(read_model(files.path(), model) == "abc");
}

TEST_CASE("pipeline: without its models it says what to do") {
    const test::TemporaryDirectory files;
    const auto pipeline = Pipeline::load("models/manifest.json", files.path());
    REQUIRE_FALSE(pipeline);
    CHECK(contains(pipeline.error().message, "scripts/fetch_models"));
    CHECK(Pipeline::load(files / "none.json", files.path()).error().code == ErrorCode::not_found);
}

} // namespace xueshi::face
