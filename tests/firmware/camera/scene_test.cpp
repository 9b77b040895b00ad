#include <doctest/doctest.h>

#include <opencv2/imgproc.hpp>

#include "firmware/camera/replay/motion.hpp"
#include "firmware/camera/replay/scene.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/video.hpp"

using namespace xueshi;
using namespace xueshi::camera::replay;

namespace {

constexpr std::int64_t kFrom = 1'790'000'000'000;
const cv::Size kCanvas(1280, 720);

Item item(const std::filesystem::path &file, Slot slot = Slot::centre) {
    Item made;
    made.file = file;
    made.from_ms = kFrom;
    made.until_ms = kFrom + 10'000;
    made.motion_seed = 7;
    made.slot = slot;
    return made;
}

std::filesystem::path write_picture(const test::TemporaryDirectory &directory, const cv::Mat &picture) {
    const auto path = directory / "person.png";
    const auto png = test::make_png(picture);
    REQUIRE(write_file_durably(path, as_text(png)).has_value());
    return path;
}

/// Where `picture` is red, as the photographs of these tests are and the wall is not.
cv::Rect red_part(const cv::Mat &picture) {
    cv::Mat red;
    cv::inRange(picture, cv::Scalar(0, 0, 150), cv::Scalar(60, 60, 255), red);
    return cv::boundingRect(red);
}

double difference(const cv::Mat &a, const cv::Mat &b) {
    return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total());
}

} // namespace

TEST_CASE("motion: smooth, bounded, always moving, and the same for a seed and a moment") {
    for (const std::uint32_t seed : {0u, 7u, 4'294'967'295u}) {
        auto last = pose_at(seed, kFrom);
        for (int i = 1; i < 300; ++i) {
            const auto pose = pose_at(seed, kFrom + 66 * i);
            CHECK(std::abs(pose.dx) <= 40);
            CHECK(std::abs(pose.dy) <= 18);
            CHECK(std::abs(pose.scale - 1) <= 0.06);
            CHECK(std::abs(pose.rotation_degrees) <= 4);
            CHECK(std::abs(pose.gain - 1) <= 0.08);
            CHECK(std::abs(pose.dx - last.dx) < 12);
            CHECK((pose.dx != last.dx || pose.dy != last.dy));
            last = pose;
        }
    }
    CHECK(pose_at(7, kFrom).dx == pose_at(7, kFrom).dx);
    CHECK(pose_at(7, kFrom).dx != pose_at(8, kFrom).dx);
}

TEST_CASE("scene: an empty room is a wall whose noise differs from frame to frame") {
    Scene scene(kCanvas);
    const auto first = scene.draw({}, kFrom).clone();
    const auto second = scene.draw({}, kFrom + 66).clone();
    CHECK(first.size() == kCanvas);
    CHECK(first.type() == CV_8UC3);
    CHECK(difference(first, second) > 0.5);
    CHECK(difference(first, second) < 15);
    CHECK(difference(first, scene.draw({}, kFrom)) == 0);
}

TEST_CASE("scene: a photograph stands there for its time only, in its own shape, and moves") {
    test::TemporaryDirectory directory;
    const cv::Mat photograph(300, 200, CV_8UC3, cv::Scalar(20, 20, 220));
    const Playlist playlist{{item(write_picture(directory, photograph))}};
    Scene scene(kCanvas);
    CHECK(red_part(scene.draw(playlist, kFrom - 1)).empty());
    const auto at_first = scene.draw(playlist, kFrom).clone();
    const auto box = red_part(at_first);
    CHECK(box.height > 500);
    CHECK(box.height <= 720);
    CHECK(box.width < box.height);
    CHECK(std::abs(box.x + box.width / 2 - 640) < 60);
    CHECK(difference(at_first, scene.draw(playlist, kFrom + 500)) > 1);
    CHECK_FALSE(red_part(scene.draw(playlist, kFrom + 9'999)).empty());
    CHECK(red_part(scene.draw(playlist, kFrom + 10'000)).empty());
    CHECK(difference(at_first, scene.draw(playlist, kFrom)) == 0);
}

TEST_CASE("scene: two people stand side by side, and neither covers the other") {
    test::TemporaryDirectory directory;
    const auto file = write_picture(directory, cv::Mat(300, 1600, CV_8UC3, cv::Scalar(20, 20, 220)));
    Playlist playlist{{item(file, Slot::left), item(file, Slot::right)}};
    playlist.items[1].motion_seed = 8;
    playlist.items[1].face = cv::Rect(700, 50, 100, 150); // this one would reach beyond the canvas
    Scene scene(kCanvas);
    const auto left = red_part(scene.draw({{playlist.items[0]}}, kFrom));
    CHECK(left.width > 400);
    CHECK(left.br().x <= 640);
    const auto right = red_part(scene.draw({{playlist.items[1]}}, kFrom));
    CHECK(right.x >= 640);
    CHECK(right.width == 640);
    const auto both = scene.draw(playlist, kFrom).clone();
    CHECK(red_part(both.colRange(0, 640)) == left);
}

TEST_CASE("scene: a known face is brought to a third of the canvas and to the middle") {
    test::TemporaryDirectory directory;
    cv::Mat photograph(600, 900, CV_8UC3, cv::Scalar(90, 200, 90));
    auto made = item("");
    made.face = cv::Rect(100, 300, 60, 80); // small, and in a corner
    photograph(*made.face).setTo(cv::Scalar(20, 20, 220));
    made.file = write_picture(directory, photograph);
    Scene scene(kCanvas);
    const auto face = red_part(scene.draw({{made}}, kFrom));
    CHECK(face.height > 200);
    CHECK(face.height < 270);
    CHECK(std::abs(face.x + face.width / 2 - 640) < 60);
    CHECK(std::abs(face.y + face.height / 2 - 360) < 40);
}

TEST_CASE("scene: a missing or broken file leaves the wall") {
    test::TemporaryDirectory directory;
    REQUIRE(write_file_durably(directory / "broken.png", "no picture").has_value());
    REQUIRE(write_file_durably(directory / "broken.mp4", "no film").has_value());
    Scene scene(kCanvas);
    const auto wall = scene.draw({}, kFrom).clone();
    for (const auto *name : {"missing.png", "broken.png", "missing.mp4", "broken.mp4"}) {
        CHECK(difference(wall, scene.draw({{item(directory / name)}}, kFrom)) == 0);
    }
}

TEST_CASE("scene: a video plays at its own speed, again and again") {
    test::TemporaryDirectory directory;
    const auto file = directory / "film.mp4";
    test::make_video(file, 10, {320, 180}); // one second, from luma 20 to luma 110
    Scene scene({640, 360});
    const auto grey_at = [&](std::int64_t ms) {
        return cv::mean(scene.draw({{item(file)}}, kFrom + ms)(cv::Rect(300, 160, 40, 40)))[0];
    };
    const auto shown = [](int luma) { return doctest::Approx((luma - 16) * 255 / 219.0).epsilon(0.02).scale(255); };
    for (const std::int64_t round : {0, 1'000, 2'000}) {
        CHECK(grey_at(round + 50) == shown(20));
        CHECK(grey_at(round + 450) == shown(60));
        CHECK(grey_at(round + 950) == shown(110));
    }
}
