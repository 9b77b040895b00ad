// How many of a class a head count sees, by how far away they sit, and how many who are not there. Classrooms are
// composed of pictures of a research set that stays outside of the repository. Never part of the tests.
#include <array>
#include <chrono>
#include <iostream>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/face/wide_search.hpp"
#include "tests/bench/face/pairs.hpp"
#include "tests/bench/face/rates.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::bench;
namespace fs = std::filesystem;

const cv::Size kClassroom(1280, 720);
constexpr std::array kSides{20, 24, 28, 34, 44, 60, 90}; ///< of a face's box, a row each
constexpr int kColumns = 10;

struct Arguments {
    fs::path nuaa, manifest = "models/manifest.json", files = "models/files";
    std::int64_t classrooms = 40, scenes = 100;
};

/// A picture and the one face in it.
struct Person {
    camera::Frame frame;
    face::Detection face;
};

struct Seen {
    std::vector<face::Detection> faces;
    double seconds;
};

Expected<Seen> search(face::Pipeline &pipeline, const camera::Frame &frame) {
    const auto begin = std::chrono::steady_clock::now();
    face::WideSearch search(frame);
    auto more = search.step(pipeline);
    while (more && *more) {
        more = search.step(pipeline);
    }
    if (!more) {
        return tl::unexpected(more.error());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return Seen{search.found(), took.count()};
}

Expected<std::vector<Person>> people_of(face::Pipeline &pipeline, const fs::path &live) {
    const auto subjects = entries_of(live);
    if (!subjects) {
        return tl::unexpected(subjects.error());
    }
    std::vector<Person> people;
    for (const auto &subject : *subjects) {
        const auto files = entries_of(subject);
        if (!files) {
            return tl::unexpected(files.error());
        }
        for (const auto &file : *files) {
            const auto bytes = read_file(file, 8 << 20);
            auto frame = bytes ? camera::decode_still(as_bytes(*bytes), {})
                               : Expected<camera::Frame>(tl::unexpected(bytes.error()));
            const auto found =
                frame ? pipeline.detect(*frame) : Expected<std::vector<face::Detection>>(tl::unexpected(frame.error()));
            if (found && found->size() == 1) {
                people.push_back({std::move(*frame), found->front()});
            }
        }
    }
    return people;
}

/// Twice the box, whose side becomes this large.
cv::Mat head_of(const Person &person, float side) {
    const auto &box = person.face.box;
    const cv::Rect2f about(box.x - box.width / 2, box.y - box.height / 2, 2 * box.width, 2 * box.height);
    const double scale = side / std::sqrt(box.area());
    cv::Mat head;
    cv::resize(person.frame.bgr(cv::Rect(about) & cv::Rect({}, person.frame.bgr.size())), head, {}, scale, scale,
               cv::INTER_AREA);
    return head;
}

bool is_seen(const std::vector<face::Detection> &faces, const cv::Rect &head) {
    const cv::Point2f middle(static_cast<float>(head.x) + static_cast<float>(head.width) / 2,
                             static_cast<float>(head.y) + static_cast<float>(head.height) / 2);
    return std::ranges::any_of(faces, [&](const auto &face) { return face.box.contains(middle); });
}

struct Count {
    std::array<Rate, kSides.size()> wide, one_look;
    std::size_t surplus = 0;
    double seconds = 0;
};

/// Rows of people behind each other, before a wall with grain.
Expected<void> count_class(face::Pipeline &pipeline, const std::vector<Person> &people, cv::RNG &random, Count &count) {
    camera::Frame room;
    room.bgr = cv::Mat(kClassroom, CV_8UC3);
    random.fill(room.bgr, cv::RNG::NORMAL, 110, 12);
    std::vector<std::pair<std::size_t, cv::Rect>> heads;
    int top = 4;
    for (std::size_t row = 0; row < kSides.size(); ++row) {
        int deepest = top;
        for (int column = 0; column < kColumns; ++column) {
            const auto &person = people[static_cast<std::size_t>(random.uniform(0, static_cast<int>(people.size())))];
            const auto head = head_of(person, static_cast<float>(kSides[row]));
            const int left = column * kClassroom.width / kColumns + random.uniform(0, 120 - std::min(119, head.cols));
            const auto place = cv::Rect({left, top}, head.size()) & cv::Rect({}, kClassroom);
            if (place.size() != head.size()) {
                continue;
            }
            head.copyTo(room.bgr(place));
            heads.emplace_back(row, place);
            deepest = std::max(deepest, place.br().y);
        }
        top = deepest + 4;
    }
    const auto wide = search(pipeline, room);
    const auto one_look = pipeline.detect(room);
    if (!wide || !one_look) {
        return tl::unexpected(!wide ? wide.error() : one_look.error());
    }
    std::size_t right = 0;
    for (const auto &[row, head] : heads) {
        const bool seen = is_seen(wide->faces, head);
        right += seen ? 1 : 0;
        count.wide[row].add(seen);
        count.one_look[row].add(is_seen(*one_look, head));
    }
    count.surplus += wide->faces.size() - std::min(wide->faces.size(), right);
    count.seconds += wide->seconds;
    return {};
}

int fail_with(const Error &error) {
    std::cerr << "eval_headcount: " << error.message << "\n";
    return 1;
}

int run(const Arguments &arguments) {
    auto pipeline = face::Pipeline::load(arguments.manifest, arguments.files, 1);
    if (!pipeline) {
        return fail_with(pipeline.error());
    }
    const auto people = people_of(**pipeline, arguments.nuaa / "live");
    if (!people || people->empty()) {
        return fail_with(people ? Error{ErrorCode::not_found, arguments.nuaa.string() + ": no picture with one face"}
                                : people.error());
    }
    cv::RNG random(20);
    Count count;
    for (std::int64_t i = 0; i < arguments.classrooms; ++i) {
        if (auto done = count_class(**pipeline, *people, random, count); !done) {
            return fail_with(done.error());
        }
    }
    for (std::size_t row = 0; row < kSides.size(); ++row) {
        std::cout << fmt::format("faces of {} pixels: {} seen; at one look {}\n", kSides[row], words(count.wide[row]),
                                 words(count.one_look[row]));
    }
    std::cout << fmt::format("{} classrooms of 1280 x 720: {} faces too many, {:.2f} s each\n", arguments.classrooms,
                             count.surplus, count.seconds / static_cast<double>(arguments.classrooms));
    // Real rooms with one person: whatever else is found is furniture.
    Rate alone;
    std::size_t surplus = 0;
    const auto step = std::max<std::size_t>(1, people->size() / static_cast<std::size_t>(arguments.scenes));
    for (std::size_t i = 0; i < people->size(); i += step) {
        camera::Frame scene;
        cv::resize((*people)[i].frame.bgr, scene.bgr, kClassroom, 0, 0, cv::INTER_LINEAR);
        const auto seen = search(**pipeline, scene);
        if (!seen) {
            return fail_with(seen.error());
        }
        alone.add(seen->faces.size() == 1);
        surplus += seen->faces.size() - std::min<std::size_t>(seen->faces.size(), 1);
    }
    std::cout << fmt::format("rooms with one person, enlarged to 1280 x 720: {} counted as one; {} faces too many\n",
                             words(alone), surplus);
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    Config config("eval_headcount", "How many of a class a head count sees.", "eval_headcount --nuaa DIR/nuaa");
    config.path("nuaa", arguments.nuaa, "folder with live/<subject>");
    config.path("manifest", arguments.manifest, "models manifest");
    config.path("files", arguments.files, "folder of the models");
    config.integer("classrooms", arguments.classrooms, 1, 10'000, "pictures to compose");
    config.integer("scenes", arguments.scenes, 1, 10'000, "of the set's own pictures, at most about so many");
    const auto outcome = config.parse(argc, argv);
    if (!outcome) {
        return fail_with(outcome.error());
    }
    if (*outcome != Config::Outcome::exit && arguments.nuaa.empty()) {
        std::cerr << "eval_headcount: give --nuaa\n";
        return 2;
    }
    return *outcome == Config::Outcome::exit ? 0 : run(arguments);
}
