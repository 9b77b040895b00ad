// What filming costs: a test camera with analysis, preview, burned-in text, clips and lesson video with sound, somebody
// being recognised beside it, against gst-launch with the same elements and nothing of ours but that recognition.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/encoder.hpp"
#include "firmware/camera/graph.hpp"
#include "firmware/camera/microphone.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/recorder/lesson_recorder.hpp"
#include "firmware/recorder/recorder.hpp"
#include "tests/bench/recorder/face_beside.hpp"
#include "tests/bench/recorder/result.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

constexpr int kAnalysisWidth = 960, kAnalysisHeight = 540; // as terminald's

struct Arguments {
    int seconds = 150;
    std::vector<std::string> sizes{"720p25", "1080p15"};
    std::filesystem::path models = "models";
    std::filesystem::path json;
};

double seconds_of(const timeval &time) {
    return double(time.tv_sec) + double(time.tv_usec) / 1e6;
}

double cpu_of(const rusage &usage) {
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double own_cpu() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return cpu_of(usage);
}

std::int64_t rss_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::atoll(line.c_str() + 6);
        }
    }
    return -1;
}

/// Takes events; remembers when each clip was saved.
class TimingSink final : public record::EventSink {
public:
    explicit TimingSink(const Clock &clock) : clock_(clock) {}
    Expected<record::Sequence> append(const record::EventDraft &draft) override {
        const std::lock_guard lock(mutex_);
        if (draft.kind == record::EventKind::clip_saved) {
            saved_[std::string(draft.data.at("clip").as_string())] = clock_.now().boot_ms;
        } else if (draft.kind == record::EventKind::lesson_video_saved) {
            film_bytes += draft.data.at("bytes").as_int64();
            film_ms += draft.data.at("duration_ms").as_int64();
        }
        return ++sequence_;
    }
    std::int64_t saved_at(const MediaId &clip) const {
        const std::lock_guard lock(mutex_);
        const auto found = saved_.find(clip.str());
        return found == saved_.end() ? -1 : found->second;
    }
    std::int64_t film_bytes = 0, film_ms = 0;

private:
    const Clock &clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t> saved_;
    record::Sequence sequence_ = 0;
};

camera::Options options_of(int width, int height, int frames_per_second) {
    camera::Options options;
    options.kind = camera::Kind::test;
    options.width = width;
    options.height = height;
    options.frames_per_second = frames_per_second;
    options.analysis_width = kAnalysisWidth;
    options.analysis_height = kAnalysisHeight;
    options.preview_frames_per_second = 5;
    return options;
}

void replace(std::string &text, const std::string &what, const std::string &by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

/// So many frames a second are looked at by whoever is recognised, as the camera hands them out.
void recognise(bench::FaceBeside *beside, int frames_per_second, int seconds) {
    const auto clock = make_system_clock(TimeSource::host);
    const auto begin = std::chrono::steady_clock::now();
    for (int frame = 0; frame < frames_per_second * seconds; ++frame) {
        std::this_thread::sleep_until(begin +
                                      frame * std::chrono::nanoseconds(std::chrono::seconds(1)) / frames_per_second);
        if (beside != nullptr) {
            beside->offer(clock->now());
        }
    }
}

/// CPU percent of gst-launch with the same elements.
double run_bare(const camera::Options &options, bench::FaceBeside *beside, int seconds) {
    auto line = camera::describe_graph(options, camera::choose_encoder(options).value());
    replace(line, "appsink name=frames max-buffers=1 drop=true", "fakesink");
    replace(line, "appsink name=preview max-buffers=1 drop=true", "fakesink");
    replace(line, "appsink name=units", "fakesink");
    replace(line, "textoverlay name=time", "textoverlay name=time text=\"2026-11-24 14:05:09\"");
    replace(line, "textoverlay name=lines", "textoverlay name=lines text=\"培训学校 电工班 第 5 课 已签到 17 人\"");
    const auto command = "exec gst-launch-1.0 -q " + line + " >/dev/null 2>&1";
    // gst-launch reads ! and quotes itself; the shell must not take the semicolons and brackets of caps.
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execlp("sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    recognise(beside, options.frames_per_second, seconds);
    ::kill(pid, SIGKILL);
    rusage usage{};
    ::wait4(pid, nullptr, 0, &usage);
    return 100 * cpu_of(usage) / seconds;
}

/// Ours. Pictures that the encoder's branch left out show as steps of more than one and a half pictures.
bench::Filmed run_ours(const std::string &name, const camera::Options &options, bench::FaceBeside *beside,
                       const Arguments &arguments) {
    const auto clock = make_system_clock(TimeSource::host);
    const test::TemporaryDirectory directory;
    TimingSink sink(*clock);
    recorder::Evidence evidence;
    recorder::Options clips;
    clips.media_directory = directory / "media";
    auto clip_recorder = recorder::Recorder::create(clips, sink, *clock, {}).value();
    recorder::LessonOptions lesson;
    lesson.media_directory = directory / "media";
    auto lesson_recorder = recorder::LessonRecorder::create(lesson, sink, *clock, evidence).value();
    lesson_recorder->set_plan({{0, std::int64_t{1} << 52, RoomId("bench"), {}}});

    bench::Filmed result;
    result.name = name;
    std::atomic<std::int64_t> frames = 0, dropped = 0;
    std::int64_t last_pts = -1;
    camera::Callbacks callbacks;
    callbacks.frame = [&](const camera::Frame &frame) {
        if (beside != nullptr) {
            beside->offer(frame.captured);
        }
    };
    callbacks.preview = [](const camera::Preview &) {};
    callbacks.unit = [&](camera::Unit unit) {
        const auto step = unit.pts_ns - last_pts, usual = std::int64_t{1'000'000'000} / options.frames_per_second;
        dropped += last_pts >= 0 && step > usual * 3 / 2 ? (step + usual / 2) / usual - 1 : 0;
        last_pts = unit.pts_ns;
        ++frames;
        lesson_recorder->push(unit);
        clip_recorder->push(std::move(unit));
    };
    auto camera = camera::Camera::create(options, *clock).value();
    camera::SoundOptions sound;
    sound.kind = camera::SoundKind::test;
    auto microphone = camera::Microphone::create(sound, *clock).value();
    const auto face_cpu = [&] { return beside != nullptr ? beside->cpu_s() : 0; };
    const auto faces = [&] { return beside != nullptr ? beside->faces() : 0; };
    const double cpu = own_cpu(), cpu_of_faces = face_cpu();
    const auto faces_before = faces();
    if (!camera->start(std::move(callbacks)) ||
        !microphone->start({[&](camera::SoundUnit unit) { lesson_recorder->push(std::move(unit)); }, {}, {}})) {
        throw std::runtime_error("the test camera does not start");
    }
    std::map<MediaId, std::int64_t> punches;
    camera::Overlay overlay;
    overlay.institution = "培训学校";
    overlay.clock = ClockQuality::synchronised;
    for (int second = 0; second < arguments.seconds; ++second) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        overlay.checked_in = second / 10;
        camera->set_overlay(overlay);
        if (second % 10 == 9 && second + 8 < arguments.seconds) {
            const auto now = clock->now();
            if (const auto id = clip_recorder->start_clip(now); !id.empty()) {
                punches[id] = now.boot_ms + clips.after_ms;
            }
        }
        result.rss_kib = std::max(result.rss_kib, rss_kib());
    }
    const double face_seconds = face_cpu() - cpu_of_faces;
    result.faces = faces() - faces_before;
    result.cpu_percent = 100 * (own_cpu() - cpu - face_seconds) / arguments.seconds;
    result.face_percent = 100 * face_seconds / arguments.seconds;
    camera->stop();
    microphone->stop();
    clip_recorder->stop();
    lesson_recorder->stop();
    result.frames = frames;
    result.dropped = dropped + lesson_recorder->state().dropped;
    result.missing = std::max<std::int64_t>(0, std::int64_t{arguments.seconds} * options.frames_per_second -
                                                   result.frames - result.dropped);
    result.bytes_a_second = sink.film_ms > 0 ? sink.film_bytes * 1'000 / sink.film_ms : 0;
    for (const auto &[id, end] : punches) {
        if (const auto saved = sink.saved_at(id); saved >= 0) {
            ++result.clips;
            result.slowest_clip_ms = std::max(result.slowest_clip_ms, saved - end);
        } else {
            ++result.unsaved;
        }
    }
    return result;
}

void print(const bench::Filmed &r) {
    std::cout << fmt::format(
                     "{}: cpu {:.1f} % (bare gst-launch {:.1f} %, ratio {:.2f}), face pipeline {:.1f} % (a face in {} "
                     "frames), RSS {} KiB, {} bytes/s, {} frames, {} dropped, {} clips closed within {} ms after "
                     "their last second\n",
                     r.name, r.cpu_percent, r.bare_percent, r.ratio(), r.face_percent, r.faces, r.rss_kib,
                     r.bytes_a_second, r.frames, r.dropped, r.clips, r.slowest_clip_ms)
              << std::flush;
    if (r.missing > r.frames / 50) {
        std::cout << r.name << ": the test camera itself was " << r.missing
                  << " frames short: this machine was too busy, and the figures above say nothing\n";
    }
}

std::string to_json(const std::vector<bench::Filmed> &results) {
    json::Array list;
    for (const auto &r : results) {
        list.push_back(json::Object{{"name", r.name},
                                    {"cpu_percent", r.cpu_percent},
                                    {"bare_percent", r.bare_percent},
                                    {"ratio", r.ratio()},
                                    {"face_percent", r.face_percent},
                                    {"faces", r.faces},
                                    {"clips", r.clips},
                                    {"clips_unsaved", r.unsaved},
                                    {"rss_kib", r.rss_kib},
                                    {"bytes_a_second", r.bytes_a_second},
                                    {"frames", r.frames},
                                    {"dropped", r.dropped},
                                    {"slowest_clip_ms", r.slowest_clip_ms}});
    }
    return json::serialize(list);
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("What filming costs: a test camera with analysis, preview, burned-in text, clips and lesson video "
                 "with sound, "
                 "somebody being recognised beside it, against gst-launch with the same elements.");
    Arguments arguments;
    app.add_option("--size", arguments.sizes, "which picture, one or more; both, one after the other, when not given")
        ->check(CLI::IsMember({"720p25", "1080p15"}));
    app.add_option("--seconds", arguments.seconds, "of ours, and of the bare line about it")
        ->check(CLI::Range(18, 86'400)) // the first clip takes that long
        ->capture_default_str();
    app.add_option("--models", arguments.models, "folder of manifest.json and files/")->capture_default_str();
    app.add_option("--json", arguments.json, "write the result here");
    CLI11_PARSE(app, argc, argv);
    const auto loaded = bench::FaceBeside::load(arguments.models, kAnalysisWidth, kAnalysisHeight);
    if (!loaded) {
        std::cout << "bench_recorder: nobody to recognise (" << loaded.error().message << "): measured without\n";
    }
    auto *beside = loaded ? loaded->get() : nullptr;
    std::vector<bench::Filmed> results;
    for (const auto &name : arguments.sizes) {
        const auto options = name == "720p25" ? options_of(1280, 720, 25) : options_of(1920, 1080, 15);
        // Half of it on either side: a machine that grows slower or faster meanwhile does so for both.
        const int half = arguments.seconds / 2;
        std::cout << name << ": " << half << " s the bare line, " << arguments.seconds << " s ours, " << half
                  << " s the bare line\n"
                  << std::flush;
        const double before = run_bare(options, beside, half);
        auto result = run_ours(name, options, beside, arguments);
        result.bare_percent = (before + run_bare(options, beside, half)) / 2;
        print(result);
        results.push_back(std::move(result));
    }
    if (!arguments.json.empty()) {
        std::ofstream(arguments.json) << to_json(results) << "\n";
    }
    bool met = true;
    for (const auto &result : results) {
        for (const auto &what : result.missed()) {
            met = false;
            std::cout << result.name << ": " << what << "\n";
        }
    }
    std::cout << "bench_recorder: targets " << (met ? "met" : "missed")
              << " (<= 1.15x the bare line, 0 dropped, clip <= 3000 ms; the ring holds 8 MiB at most)\n";
    return 0;
}
