#include "tests/bench/fingerprint/bozorth3.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <fprint.h>

#include "firmware/core/base/ids.hpp"
#include "firmware/fingerprint/virtual/feeder.hpp"

namespace xueshi::bench {
namespace {

constexpr std::size_t kPicturesAnOpening = 20;
constexpr std::chrono::seconds kPatience(30);

struct Unref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
using Print = std::unique_ptr<FpPrint, Unref>;

/// "score 12/40", in the order of the prints compared.
std::vector<double> &heard() {
    static std::vector<double> scores;
    return scores;
}

void listen(const gchar *, GLogLevelFlags, const gchar *message, gpointer) {
    int score = 0, threshold = 0;
    if (std::sscanf(message, "score %d/%d", &score, &threshold) == 2) { // NOLINT(cert-err34-c): two integers or nothing
        heard().push_back(score);
    }
}

class Scanner {
public:
    Scanner()
        : folder_(std::filesystem::temp_directory_path() / ("xueshi-" + Uuid::v4().str())), feeder_(folder_ / "s") {
        std::filesystem::create_directories(folder_);
        ::setenv("FP_VIRTUAL_IMAGE", (folder_ / "s").c_str(), 1);
        g_log_set_default_handler(listen, nullptr);
    }
    ~Scanner() {
        close();
        g_log_set_default_handler(g_log_default_handler, nullptr);
        std::filesystem::remove_all(folder_);
    }

    /// A new context's device is cool again: libfprint's estimate of a reader's heat means nothing for a simulated one.
    Expected<void> open() {
        close();
        context_.reset(fp_context_new());
        GPtrArray *devices = fp_context_get_devices(context_.get());
        for (guint i = 0; i < devices->len; ++i) {
            auto *device = FP_DEVICE(g_ptr_array_index(devices, i));
            if (std::string_view(fp_device_get_driver(device)) == "virtual_image") {
                device_ = device;
            }
        }
        if (device_ == nullptr || fp_device_open_sync(device_, nullptr, nullptr) == FALSE) {
            return fail(ErrorCode::unavailable, "libfprint's virtual_image does not open");
        }
        return {};
    }

    /// Scans a picture and compares it with `others` until one matches; `scores` has one for each compared.
    Expected<Print> scan(const fingerprint::Picture &picture, const std::vector<FpPrint *> &others,
                         std::vector<double> &scores) {
        auto shown = std::async(std::launch::async, [&] { return feeder_.show(picture, kPatience); });
        const std::unique_ptr<GPtrArray, decltype(&g_ptr_array_unref)> gallery(g_ptr_array_new(), g_ptr_array_unref);
        for (FpPrint *other : others) {
            g_ptr_array_add(gallery.get(), other);
        }
        heard().clear();
        FpPrint *match = nullptr, *scanned = nullptr;
        GError *error = nullptr;
        fp_device_identify_sync(device_, gallery.get(), nullptr, nullptr, nullptr, &match, &scanned, &error);
        Print print(scanned);
        g_clear_object(&match);
        if (!shown.get() || error != nullptr || !print) {
            const std::string why = error == nullptr ? "nobody read the picture" : error->message;
            g_clear_error(&error);
            return fail(ErrorCode::unavailable, "scan: " + why);
        }
        scores = heard();
        return print;
    }

private:
    void close() {
        if (device_ != nullptr) {
            fp_device_close_sync(device_, nullptr, nullptr);
        }
        device_ = nullptr;
        context_.reset();
    }

    std::filesystem::path folder_;
    fingerprint::Feeder feeder_;
    std::unique_ptr<FpContext, Unref> context_;
    FpDevice *device_ = nullptr; // the context's
};

/// Strangers before the own finger: identification ends at the first match.
std::vector<std::size_t> earlier_of_set(const std::vector<Sample> &samples, std::size_t index) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < index; ++i) {
        if (samples[i].set == samples[index].set) {
            order.push_back(i);
        }
    }
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t i) { return samples[i].finger != samples[index].finger; });
    return order;
}

} // namespace

Expected<Bozorth3Scores> Bozorth3Scores::measure(const Collected &collected) {
    Bozorth3Scores measured;
    Scanner scanner;
    std::vector<Print> prints;
    for (std::size_t i = 0; i < collected.samples.size(); ++i) {
        if (auto opened = i % kPicturesAnOpening == 0 ? scanner.open() : Expected<void>{}; !opened) {
            return tl::unexpected(opened.error());
        }
        measured.scores_.emplace_back(i, 0.0);
        auto left = earlier_of_set(collected.samples, i);
        do {
            std::vector<FpPrint *> others;
            for (const std::size_t other : left) {
                others.push_back(prints[other].get());
            }
            std::vector<double> scores;
            auto print = scanner.scan(collected.pictures_of_samples[i], others, scores);
            if (!print) {
                return tl::unexpected(print.error());
            }
            if (scores.empty() && !left.empty()) {
                return fail(ErrorCode::unavailable, "libfprint tells no scores");
            }
            for (std::size_t k = 0; k < scores.size() && k < left.size(); ++k) {
                measured.scores_[i][left[k]] = scores[k];
            }
            left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(std::min(scores.size(), left.size())));
            if (prints.size() == i) {
                prints.push_back(std::move(*print));
            }
        } while (!left.empty());
        if (i % 20 == 19) {
            std::cerr << fmt::format("bozorth3: {} of {} pictures\n", i + 1, collected.samples.size());
        }
    }
    return measured;
}

std::vector<Probe> identify_one_to_many(const Bozorth3Scores &scores, const std::vector<Sample> &samples) {
    const std::vector<bool> chosen = enrolled(samples);
    std::vector<Probe> probes;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (chosen[i]) {
            continue;
        }
        Probe probe{.set = samples[i].set, .finger = samples[i].finger, .number = samples[i].number};
        std::map<int, double> strangers;
        for (std::size_t j = 0; j < samples.size(); ++j) {
            if (j == i || !chosen[j] || samples[j].set != samples[i].set) {
                continue; // libfprint compares within a set only: prints of two readers it keeps apart
            }
            auto &best = samples[j].finger == samples[i].finger ? probe.own : strangers[samples[j].finger];
            best = std::max(best, scores(i, j));
        }
        for (const auto &[finger, score] : strangers) {
            probe.strangers[{samples[i].set, finger}] = score;
            probe.stranger = std::max(probe.stranger, score);
        }
        probes.push_back(std::move(probe));
    }
    return probes;
}

} // namespace xueshi::bench
