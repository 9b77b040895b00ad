#include "firmware/face/load.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::face {

namespace {

Manifest two_ways() {
    Manifest manifest;
    for (const auto *name : {"shipped", "better"}) {
        Model model;
        model.name = name;
        model.role = "liveness";
        model.provider = "onnx";
        model.file = std::string(name) + ".onnx";
        model.optional = model.name == "better";
        manifest.models.push_back(model);
    }
    manifest.pipeline.liveness = {{.models = {{"shipped"}, {"better"}}, .threshold = 0.6},
                                  {.models = {{"shipped"}}, .threshold = 0.5}};
    return manifest;
}

} // namespace

TEST_CASE("load: of the ways to judge liveness the first whose optional files are all there is used") {
    const test::TemporaryDirectory files;
    auto manifest = two_ways();
    CHECK(choose_liveness(manifest, files.path())->threshold == 0.5);
    REQUIRE(write_file_durably(files / "better.onnx", "net"));
    CHECK(choose_liveness(manifest, files.path())->threshold == 0.6);
}

TEST_CASE("load: where no way to judge liveness has its files, or names a model that there is, that is an error") {
    const test::TemporaryDirectory files;
    auto manifest = two_ways();
    manifest.pipeline.liveness.pop_back();
    CHECK(choose_liveness(manifest, files.path()).error().code == ErrorCode::not_found);
    manifest.pipeline.liveness[0].models = {{"another"}};
    CHECK(choose_liveness(manifest, files.path()).error().code == ErrorCode::not_found);
}

TEST_CASE("load: a provider that this version does not have is named") {
    const test::TemporaryDirectory files;
    Manifest manifest;
    for (const auto *role : {"detect", "embed", "liveness"}) {
        Model model;
        model.name = "new";
        model.role = role;
        model.provider = "abacus";
        manifest.models.push_back(model);
    }
    for (const auto &error :
         {load_detector(manifest, files.path(), "new").error(), load_embedder(manifest, files.path(), "new").error(),
          load_liveness(manifest, files.path(), "new").error()}) {
        CHECK(error.code == ErrorCode::unsupported);
        CHECK(error.message.find("model new: this version has no provider \"abacus\"") != std::string::npos);
    }
}

} // namespace xueshi::face
