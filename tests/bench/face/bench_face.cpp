// Time, memory and allocations of the face pipeline beside the same networks called bare in the same run, and of the
// search over a large gallery, checked against a plain double loop.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <new>
#include <random>

#include <fmt/format.h>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/checkin/watch.hpp"
#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/face/load.hpp"
#include "tests/bench/face/bare_dlib.hpp"
#include "tests/bench/face/canvas.hpp"
#include "tests/bench/face/output.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

} // namespace

// Every allocation by new of the whole process, OpenCV's and dlib's too: what is ours is the difference to the bare
// calls. Not inlined, or GCC 12 warns at -O2 that free() does not match operator new.
[[gnu::noinline]] void *operator new(std::size_t size) {
    ++allocations;
    if (void *memory = std::malloc(size); memory != nullptr) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void *memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

using namespace xueshi;
namespace fs = std::filesystem;

struct Arguments {
    fs::path manifest = "models/manifest.json", files = "models/files", json;
    fs::path picture = "models/files/samples/obama.jpg";
    std::int64_t rounds = 100, threads = 1, templates = 5000, queries = 100000;
};

struct Cost {
    double ms = 0, allocations = 0;
};

template <typename Work>
Cost measure(std::int64_t rounds, Work work) {
    for (int warm = 0; warm < 5; ++warm) {
        work();
    }
    const auto before = allocations.load();
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(rounds));
    for (std::int64_t round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    const auto made = allocations.load() - before;
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return {times[static_cast<std::size_t>(rounds / 2)], static_cast<double>(made) / static_cast<double>(rounds)};
}

double rss_mib() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("VmRSS:")) {
            return std::strtod(line.c_str() + 6, nullptr) / 1024;
        }
    }
    return 0;
}

json::Object show(const std::string &name, const Cost &cost) {
    std::cout << fmt::format("{:<34} {:8.3f} ms {:8.1f} allocations\n", name, cost.ms, cost.allocations);
    return {{"ms", cost.ms}, {"allocations", cost.allocations}};
}

/// A network as OpenCV runs it, nothing about it: the input is made once.
class Bare {
public:
    Bare(const fs::path &file, const cv::Size &size, std::vector<std::string> outputs)
        : net_(cv::dnn::readNetFromONNX(file.string())), outputs_(std::move(outputs)),
          blob_(cv::dnn::blobFromImage(cv::Mat(size, CV_8UC3, cv::Scalar(90, 110, 130)))) {
        if (outputs_.empty()) {
            outputs_ = {net_.getLayerNames().back()};
        }
    }
    void run() {
        net_.setInput(blob_);
        net_.forward(results_, outputs_);
    }

private:
    cv::dnn::Net net_;
    std::vector<std::string> outputs_;
    cv::Mat blob_;
    std::vector<cv::Mat> results_;
};

const cv::Size kFrame(960, 540); // what the terminal looks at

camera::Frame frame_of(cv::Mat bgr) {
    camera::Frame frame;
    frame.bgr = std::move(bgr);
    return frame;
}

/// What a second of the camera's fifteen frames costs.
class Second {
public:
    explicit Second(face::Pipeline &pipeline) : watch_(pipeline, 0.6) {}

    /// The track of the face, 0 without one.
    std::uint64_t play(camera::Frame &frame) {
        std::uint64_t track = 0;
        for (int i = 0; i < 15; ++i) {
            frame.captured.boot_ms = ++frames_ * 1'000 / 15;
            const auto report = watch_.look(frame, attention);
            track = report && *report ? (*report)->track : track;
        }
        return track;
    }
    checkin::Attention attention;

private:
    checkin::Watch watch_;
    std::int64_t frames_ = 0;
};

Expected<camera::Frame> read_frame(const fs::path &path) {
    const auto file = read_file(path, 10 << 20);
    if (!file) {
        return tl::unexpected(file.error());
    }
    const auto picture = camera::decode_still(as_bytes(*file), {});
    return picture ? Expected<camera::Frame>(frame_of(bench::on_wall(picture->bgr, kFrame))) : picture;
}

/// YuNet as a stage of ours, and as OpenCV's class runs it, on one picture. Nothing without its file, which is
/// optional.
Expected<void> measure_yunet(const face::Manifest &manifest, const Arguments &arguments, const cv::Mat &frame,
                             json::Object &result) {
    const auto model = manifest.find("detect", "yunet");
    if (!model || !fs::exists(arguments.files / model->file)) {
        std::cout << "yunet is not there: not measured (scripts/fetch_models --optional)\n";
        return {};
    }
    auto stage = face::load_detector(manifest, arguments.files, "yunet");
    if (!stage) {
        return tl::unexpected(stage.error());
    }
    cv::Mat picture;
    cv::resize(frame, picture, {320, 192}, 0, 0, cv::INTER_AREA);
    std::vector<face::Detection> found;
    const auto ours = measure(arguments.rounds, [&] { (void)(*stage)->detect(picture, found, face::Reach::room); });
    const auto net =
        cv::FaceDetectorYN::create((arguments.files / model->file).string(), "", picture.size(), 0.8F, 0.3F,
                                   512); // as firmware/face/yunet.cpp
    cv::Mat faces;
    const auto bare = measure(arguments.rounds, [&] { net->detect(picture, faces); });
    result["yunet"] = show("yunet 320 x 192", ours);
    result["bare_yunet"] = show("bare cv::FaceDetectorYN 320 x 192", bare);
    result["yunet_glue_percent"] = 100 * (ours.ms - bare.ms) / bare.ms;
    return {};
}

Expected<json::Object> measure_frames(const Arguments &arguments) {
    const auto rounds = arguments.rounds;
    auto frame = read_frame(arguments.picture);
    const auto text = read_file(arguments.manifest, 256 << 10);
    if (!frame || !text) {
        return tl::unexpected(frame ? text.error() : frame.error());
    }
    const auto manifest = face::parse_manifest(*text);
    const double before = rss_mib();
    auto pipeline = face::Pipeline::load(arguments.manifest, arguments.files, static_cast<int>(arguments.threads));
    if (!pipeline || !manifest) {
        return tl::unexpected(pipeline ? manifest.error() : pipeline.error());
    }
    json::Object result;
    std::vector<face::Detection> found;
    if (auto done = (*pipeline)->detect(*frame, found); !done || found.empty()) {
        return fail(ErrorCode::invalid_argument, "no face in " + arguments.picture.string());
    }
    face::Observation seen;
    // Depth as a flag of cost: what the pipeline does in one call, with all its own work.
    const auto detect = measure(rounds, [&] { (void)(*pipeline)->detect(*frame, found); });
    const auto judge = measure(rounds, [&] { (void)(*pipeline)->observe(*frame, found.front(), 2, seen); });
    const auto whole = measure(rounds, [&] { (void)(*pipeline)->observe(*frame, found.front(), 0, seen); });
    if (seen.embedding.empty()) {
        return fail(ErrorCode::invalid_argument, "the face has a flaw: " + std::string(to_string(seen.flaw)));
    }
    result["detect"] = show("detect", detect);
    result["quality_liveness"] = show("refine, quality, liveness", judge);
    result["embed"] = show("refine, quality, liveness, embed", whole);
    const auto seconds = std::max<std::int64_t>(1, rounds / 10);
    Second second(**pipeline);
    result["second_asked"] = show("a second, somebody is asked", measure(seconds, [&] { second.play(*frame); }));
    second.attention.decided = {second.play(*frame)};
    result["second_decided"] = show("a second, decided about", measure(seconds, [&] { second.play(*frame); }));
    second.attention = {};
    auto empty = frame_of(bench::wall(kFrame));
    result["detect_room"] =
        show("detect to the end of the room", measure(rounds, [&] { (void)(*pipeline)->detect(empty, found); }));
    result["second_empty"] = show("a second, nobody", measure(seconds, [&] { second.play(empty); }));
    result["rss_mib"] = rss_mib();
    std::cout << fmt::format("RSS {:.0f} MiB, before the models {:.0f} MiB\n", rss_mib(), before);

    // The same networks bare: 320 x 192 twice (detect, refine), liveness, and both that embed.
    const std::vector<std::string> maps{"537", "538", "539", "540"};
    Bare coarse(arguments.files / "centerface.onnx", {320, 192}, maps);
    const auto bare_detect = measure(rounds, [&] { coarse.run(); });
    Bare liveness(arguments.files / "fr_liveness.onnx", {128, 128}, {});
    const auto bare_liveness = measure(rounds, [&] { liveness.run(); });
    Bare feature(arguments.files / "fr_feature.onnx", {112, 112}, {});
    const auto bare_feature = measure(rounds, [&] { feature.run(); });
    const auto dlib_net = bench::load_bare_dlib(arguments.files / "dlib_face_recognition_resnet_model_v1.dat");
    if (!dlib_net) {
        return tl::unexpected(dlib_net.error());
    }
    const auto bare_dlib = measure(rounds, *dlib_net);
    result["bare_detect"] = show("bare centerface 320 x 192", bare_detect);
    result["bare_liveness"] = show("bare fr_liveness", bare_liveness);
    result["bare_feature"] = show("bare fr_feature", bare_feature);
    result["bare_dlib"] = show("bare dlib_resnet", bare_dlib);
    if (auto measured = measure_yunet(*manifest, arguments, frame->bgr, result); !measured) {
        return tl::unexpected(measured.error());
    }
    const double bare = 2 * bare_detect.ms + bare_liveness.ms + bare_feature.ms + bare_dlib.ms;
    const double ours = detect.ms + whole.ms;
    result["glue_percent"] = 100 * (ours - bare) / bare;
    const double bare_allocations =
        2 * bare_detect.allocations + bare_liveness.allocations + bare_feature.allocations + bare_dlib.allocations;
    result["glue_allocations_embedding"] = detect.allocations + whole.allocations - bare_allocations;
    std::cout << fmt::format(
        "all stages {:.2f} ms, bare {:.2f} ms: glue {:.1f} %; allocations beyond the bare calls: {:.2f}\n", ours, bare,
        100 * (ours - bare) / bare, detect.allocations + whole.allocations - bare_allocations);
    return result;
}

face::Embedding random_unit(std::mt19937 &random, std::size_t size) {
    std::normal_distribution<float> normal;
    face::Embedding vector(size);
    for (auto &value : vector) {
        value = normal(random);
    }
    (void)face::normalise(vector);
    return vector;
}

std::size_t plain_best(const std::vector<face::GalleryEntry> &entries, const face::Embedding &probe) {
    double best = -2;
    std::size_t person = 0;
    for (const auto &entry : entries) {
        double sum = 0;
        for (std::size_t i = 0; i < probe.size(); ++i) {
            sum += static_cast<double>(entry.embedding[i]) * probe[i];
        }
        if (sum > best) {
            best = sum;
            person = entry.person;
        }
    }
    return person;
}

json::Object measure_search(const Arguments &arguments, std::size_t dimension) {
    std::mt19937 random(3);
    std::vector<face::GalleryEntry> entries;
    entries.reserve(static_cast<std::size_t>(arguments.templates));
    for (std::size_t i = 0; i < static_cast<std::size_t>(arguments.templates); ++i) {
        entries.push_back({i / 5, random_unit(random, dimension)}); // five samples a person
    }
    const auto probe = random_unit(random, dimension);
    const auto cost = measure(arguments.rounds, [&] { (void)face::search(entries, probe); });
    std::size_t same = 0;
    for (std::int64_t query = 0; query < arguments.queries; ++query) {
        if (query % 10000 == 0) {
            std::cerr << query << " queries\n";
        }
        auto asked = entries[random() % entries.size()].embedding;
        const auto noise = random_unit(random, dimension);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            asked[i] += 2 * noise[i];
        }
        (void)face::normalise(asked);
        same += face::search(entries, asked)->person == plain_best(entries, asked) ? 1 : 0;
    }
    auto result = show(fmt::format("search {} x {}", arguments.templates, dimension), cost);
    result["queries"] = arguments.queries;
    result["same_as_plain_loop"] = same;
    std::cout << fmt::format("search: {} of {} queries as a plain double loop\n", same, arguments.queries);
    return result;
}

int run(const Arguments &arguments) {
    if (auto writable = bench::check_output("--json", arguments.json); !writable) {
        std::cerr << "bench_face: " << writable.error().message << "\n";
        return 1;
    }
    auto frames = measure_frames(arguments);
    if (!frames) {
        std::cerr << "bench_face: " << frames.error().message << "\n";
        return 1;
    }
    (*frames)["search"] = measure_search(arguments, 640);
    if (!arguments.json.empty()) {
        if (auto written = write_file_durably(arguments.json, json::serialize(*frames)); !written) {
            std::cerr << "bench_face: " << written.error().message << "\n";
            return 1;
        }
    }
    std::cout << fmt::format("bench_face: glue {:.1f} %, RSS {:.0f} MiB, search {:.3f} ms\n",
                             frames->at("glue_percent").to_number<double>(), frames->at("rss_mib").to_number<double>(),
                             frames->at("search").as_object().at("ms").to_number<double>());
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    Config config("bench_face", "Time, memory and allocations of the face pipeline beside the bare networks.",
                  "bench_face --json bench.json");
    config.path("manifest", arguments.manifest, "models manifest");
    config.path("files", arguments.files, "folder of the models");
    config.path("picture", arguments.picture, "a photograph of one face");
    config.path("json", arguments.json, "write the figures here too");
    config.integer("rounds", arguments.rounds, 1, 100000, "frames a measurement");
    config.integer("threads", arguments.threads, 1, 64, "threads of the networks");
    config.integer("templates", arguments.templates, 1, 1000000, "templates searched");
    config.integer("queries", arguments.queries, 0, 10000000, "queries compared with a plain double loop");
    const auto outcome = config.parse(argc, argv);
    if (!outcome) {
        std::cerr << "bench_face: " << outcome.error().message << "\n";
        return 1;
    }
    return *outcome == Config::Outcome::exit ? 0 : run(arguments);
}
