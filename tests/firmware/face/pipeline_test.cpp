#include <doctest/doctest.h>

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/face/detect.hpp"
#include "firmware/face/face.hpp"
#include "tests/support/loaded_pipeline.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::face {

namespace {

namespace fs = std::filesystem;
using test::observe;
using test::pipeline;

camera::Frame blank(int width, int height) {
    camera::Frame frame;
    frame.bgr = cv::Mat(height, width, CV_8UC3, cv::Scalar(90, 90, 90));
    return frame;
}

/// The models folder with one file replaced.
ErrorCode load_with(const std::string &file, const std::string &content) {
    const test::TemporaryDirectory files;
    for (const auto &entry : fs::directory_iterator(test::kModelFiles)) {
        if (entry.is_regular_file() && entry.path().filename() != file) {
            fs::create_symlink(fs::absolute(entry.path()), files / entry.path().filename());
        }
    }
    REQUIRE(write_file_durably(files / file, content));
    const auto result = Pipeline::load(test::kModelManifest, files.path());
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find(file) != std::string::npos);
    return result.error().code;
}

/// What is said of another file in place of a model's, whose sum the manifest has.
Error refusal_of_other_bytes(const std::string &name, const std::string &bytes) {
    const test::TemporaryDirectory folder;
    for (const auto &entry : fs::directory_iterator(test::kModelFiles)) {
        fs::create_symlink(fs::absolute(entry.path()), folder / entry.path().filename());
    }
    auto manifest = *json::parse(*read_file(test::kModelManifest, 1 << 20));
    for (auto &model : manifest.at("models").as_array()) {
        if (model.at("name").as_string() == name) {
            const fs::path file = folder / std::string(model.at("file").as_string());
            fs::remove(file); // the link, not the model
            REQUIRE(write_file_durably(file, bytes));
            model.as_object()["sha256"] = hex(sha256(as_bytes(bytes)));
            model.as_object()["bytes"] = bytes.size();
            if (model.at("role").as_string() == "detect") {
                manifest.at("pipeline").as_object()["detect"] = name;
            }
        }
    }
    REQUIRE(write_file_durably(folder / "manifest.json", json::serialize(manifest)));
    const auto result = Pipeline::load(folder / "manifest.json", folder.path());
    REQUIRE_FALSE(result);
    return result.error();
}

} // namespace

TEST_CASE("pipeline: each sample photograph has one face, its landmarks where eyes, nose and mouth are") {
    if (!test::have_models()) {
        return;
    }
    for (const std::string name : {"obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"}) {
        CAPTURE(name);
        const auto seen = observe(test::sample(name));
        REQUIRE(seen);
        CHECK(seen->flaw == QualityFlaw::none);
        CHECK(seen->liveness >= pipeline().liveness_threshold());
        CHECK(seen->embedding.size() == pipeline().dimension());
        CHECK(cv::norm(*pipeline().comparison().prepare(seen->embedding)) == doctest::Approx(1));
        const auto &points = seen->detection.landmarks;
        CHECK(points[0].x < points[1].x);
        CHECK(points[2].y > points[0].y);
        CHECK(points[3].y > points[2].y);
        for (const auto &point : points) {
            CHECK(seen->detection.box.contains(point));
        }
    }
}

TEST_CASE("pipeline: two photographs of one person match, two people's do not") {
    if (!test::have_models()) {
        return;
    }
    const auto embedding = [](const std::string &name) { return observe(test::sample(name)).value().embedding; };
    const auto obama = embedding("obama2.jpg");
    CHECK(pipeline().comparison().score(obama, embedding("obama.jpg")) >= pipeline().match_threshold());
    CHECK(pipeline().comparison().score(obama, embedding("biden.jpg")) < pipeline().match_threshold());
}

TEST_CASE("pipeline: the same frame gives the same numbers") {
    if (!test::have_models()) {
        return;
    }
    const auto picture = test::sample("biden.jpg");
    const auto first = observe(picture);
    const auto second = observe(picture);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->embedding == second->embedding);
    CHECK(first->liveness == second->liveness);
    CHECK(first->detection.box == second->detection.box);
}

TEST_CASE("pipeline: faces come largest first") {
    if (!test::have_models()) {
        return;
    }
    auto frame = test::on_canvas(test::sample("obama.jpg"), 360, -150, 1);
    const auto other = test::on_canvas(test::sample("biden.jpg"), 300, 150, 1);
    const cv::Rect right(320, 0, 320, 360);
    other.bgr(right).copyTo(frame.bgr(right));
    const auto found = pipeline().detect(frame);
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    CHECK((*found)[0].box.area() >= (*found)[1].box.area());
}

TEST_CASE("pipeline: a face is followed to where it went, as well as a search finds it; nobody is not followed") {
    if (!test::have_models()) {
        return;
    }
    const auto picture = test::sample("obama.jpg");
    const auto before = pipeline().detect(test::on_canvas(picture, 330, 0, 1));
    REQUIRE(before);
    REQUIRE(before->size() == 1);
    const auto frame = test::on_canvas(picture, 330, 15, 1);
    const auto followed = pipeline().follow(frame, before->front());
    REQUIRE(followed);
    REQUIRE(*followed);
    const auto again = pipeline().observe(frame, **followed);
    const auto searched = observe(frame);
    REQUIRE(again);
    REQUIRE(searched);
    REQUIRE(again->flaw == QualityFlaw::none);
    REQUIRE(searched->flaw == QualityFlaw::none);
    CHECK(pipeline().comparison().score(again->embedding, searched->embedding) > 0.97F);
    CHECK(std::abs(again->liveness - searched->liveness) < 0.1F);
    for (std::size_t i = 0; i < again->detection.landmarks.size(); ++i) {
        CHECK(cv::norm(again->detection.landmarks[i] - searched->detection.landmarks[i]) <
              0.04 * searched->detection.box.width);
    }
    const auto nobody = pipeline().follow(blank(640, 360), before->front());
    REQUIRE(nobody);
    CHECK_FALSE(*nobody);
}

TEST_CASE("pipeline: no face is an empty list; a picture too small, too large or of another form is an error") {
    if (!test::have_models()) {
        return;
    }
    CHECK(pipeline().detect(blank(640, 360))->empty());
    CHECK(pipeline().detect(blank(8192, 4320))->empty());
    CHECK(pipeline().detect(blank(16, 2000))->empty());
    CHECK(pipeline().detect(blank(1, 1)).error().code == ErrorCode::invalid_argument);
    CHECK(pipeline().detect(blank(8193, 16)).error().code == ErrorCode::too_large);
    CHECK(pipeline().detect({}).error().code == ErrorCode::invalid_argument);
    camera::Frame grey;
    grey.bgr = cv::Mat(360, 640, CV_8UC1, cv::Scalar(1));
    CHECK(pipeline().detect(grey).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("pipeline: a detection of another frame is a flaw or an error, never a crash") {
    if (!test::have_models()) {
        return;
    }
    const auto found = pipeline().detect(test::sample("biden.jpg"));
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    const auto elsewhere = pipeline().observe(blank(64, 64), found->front());
    CHECK((!elsewhere || elsewhere->embedding.empty()));
    const auto nothing = pipeline().observe(blank(640, 360), Detection{});
    CHECK((!nothing || nothing->embedding.empty()));
    Detection beside; // two pixels of its surroundings lie in the picture
    beside.box = {-2998, -1000, 2000, 2000};
    const auto followed = pipeline().follow(blank(3000, 3000), beside);
    REQUIRE(followed);
    CHECK_FALSE(*followed);
}

TEST_CASE("pipeline: a blurred, a dark and an upside-down face give no embedding") {
    if (!test::have_models()) {
        return;
    }
    const auto picture = test::sample("biden.jpg");
    camera::Frame blurred;
    cv::GaussianBlur(picture.bgr, blurred.bgr, {}, 0.03 * picture.bgr.cols);
    camera::Frame dark;
    picture.bgr.convertTo(dark.bgr, -1, 0.1, 0);
    camera::Frame upside_down;
    cv::flip(picture.bgr, upside_down.bgr, 0);
    for (const auto *frame : {&blurred, &dark, &upside_down}) {
        const auto seen = observe(*frame);
        CHECK((!seen || (seen->flaw != QualityFlaw::none && seen->embedding.empty())));
    }
}

TEST_CASE("pipeline: no embedding is made of a face below the asked quality") {
    if (!test::have_models()) {
        return;
    }
    const auto picture = test::sample("biden.jpg");
    const auto found = pipeline().detect(picture);
    REQUIRE(found);
    Observation seen;
    REQUIRE(pipeline().observe(picture, found->front(), 2, seen));
    CHECK(seen.flaw == QualityFlaw::none);
    CHECK(seen.liveness > 0);
    CHECK(seen.quality > 0);
    CHECK(seen.embedding.empty());
    REQUIRE(pipeline().observe(picture, found->front(), seen.quality, seen));
    CHECK(seen.embedding.size() == pipeline().dimension());
}

TEST_CASE("pipeline: a truncated, another or an empty model is refused by name") {
    if (!test::have_models()) {
        return;
    }
    const auto whole = read_file(test::kModelFiles / "fr_liveness.onnx", 64 << 20);
    REQUIRE(whole);
    CHECK(load_with("fr_liveness.onnx", whole->substr(0, whole->size() / 2)) == ErrorCode::corrupt);
    auto flipped = *whole;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    CHECK(load_with("fr_liveness.onnx", flipped) == ErrorCode::corrupt);
    CHECK(load_with("centerface.onnx", "") == ErrorCode::corrupt);
}

TEST_CASE("pipeline: a model of another shape or of no form at all is refused by its name, in one line") {
    if (!test::have_models()) {
        return;
    }
    const auto bytes_of = [](const char *file) { return read_file(test::kModelFiles / file, 64 << 20).value(); };
    const auto classifier = bytes_of("fr_liveness.onnx");
    const auto embedder = bytes_of("fr_feature.onnx");
    const auto half = classifier.substr(0, classifier.size() / 2);
    const std::pair<const char *, std::string> others[]{
        {"centerface", classifier}, {"blazeface", classifier},  {"yunet", classifier},      {"fr_liveness", embedder},
        {"fr_liveness", half},      {"fr_feature", classifier}, {"fr_feature", "no model"}, {"dlib_resnet", embedder}};
    for (const auto &[name, bytes] : others) {
        CAPTURE(name);
        const auto error = refusal_of_other_bytes(name, bytes);
        CHECK_MESSAGE(error.message.find(name) != std::string::npos, error.message);
        CHECK_MESSAGE(error.message.find('\n') == std::string::npos, error.message);
    }
}

TEST_CASE("pipeline: templates say which networks and weights made them") {
    if (!test::have_models()) {
        return;
    }
    CHECK(pipeline().embedding_model().find("fr_feature@87aacdfe") != std::string::npos);
    CHECK(pipeline().match_threshold() < 1);
    CHECK(pipeline().match_margin() > 0);
}

TEST_CASE("pipeline: an optional detector that the manifest names is used when its file is there") {
    const fs::path file = test::kModelFiles / "face_detection_front_128x128_barracuda.onnx";
    if (!test::have_models()) {
        return;
    }
    test::TemporaryDirectory folder;
    auto manifest = read_file(test::kModelManifest, 1 << 20).value();
    const std::string shipped = R"("detect": "centerface")";
    REQUIRE(manifest.find(shipped) != std::string::npos);
    manifest.replace(manifest.find(shipped), shipped.size(), R"("detect": "blazeface")");
    REQUIRE(write_file_durably(folder / "manifest.json", manifest));
    const auto loaded = Pipeline::load(folder / "manifest.json", test::kModelFiles, 2);
    if (!fs::exists(file)) {
        MESSAGE("half of it skipped: scripts/fetch_models --optional");
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().message.find(file.filename().string()) != std::string::npos);
        return;
    }
    REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().message));
    for (const char *name : {"obama.jpg", "biden.jpg"}) {
        const auto frame = test::sample(name);
        const auto found = (*loaded)->detect(frame);
        REQUIRE(found);
        REQUIRE(found->size() == 1);
        const auto shipped_finds = observe(frame);
        REQUIRE(shipped_finds);
        CHECK(overlap(found->front().box, shipped_finds->detection.box) > 0.4F);
        CHECK((*loaded)->observe(frame, found->front())->flaw == QualityFlaw::none);
    }
}

} // namespace xueshi::face
