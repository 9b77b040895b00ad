#include "tests/crash/states/enumerate.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "tests/crash/states/judge.hpp"
#include "tests/crash/states/shared_tally.hpp"

namespace xueshi::test::crash {
namespace {

using Random = std::mt19937_64;

constexpr std::uint64_t kMaxPasses = 5'000;
constexpr std::uint64_t kMaxStates = Tally::kSlots / 2;

/// Ways to decide what becomes of all that was not synced.
enum class Plan { keep, torn_last, garbage_last, holes_last, only_last, all_scattered, prefix, one_dropped, mixture };
constexpr std::uint64_t kPlans = 9;

std::vector<Fate> keep_with_last(std::size_t count, Fate last) {
    std::vector<Fate> fates(count, Fate::keep);
    fates.back() = last;
    return fates;
}

std::vector<Fate> fates_of(Plan plan, std::size_t count, Random &random) {
    std::vector<Fate> fates(count, Fate::keep);
    switch (plan) {
    case Plan::keep:
        return fates;
    case Plan::torn_last:
        return keep_with_last(count, Fate::torn);
    case Plan::garbage_last:
        return keep_with_last(count, Fate::garbage);
    case Plan::holes_last:
        return keep_with_last(count, Fate::holes);
    case Plan::only_last:
        std::fill(fates.begin(), fates.end() - 1, Fate::drop);
        return fates;
    case Plan::all_scattered:
        std::ranges::fill(fates, Fate::scattered);
        return fates;
    case Plan::prefix:
        std::fill(fates.begin() + static_cast<std::ptrdiff_t>(random() % count), fates.end(), Fate::drop);
        return fates;
    case Plan::one_dropped:
        fates[random() % count] = Fate::drop;
        return fates;
    case Plan::mixture:
        return random_fates(count, random);
    }
    return fates;
}

class Worker {
public:
    Worker(const Script &script, const EnumerateOptions &options, unsigned number, Tally &tally)
        : script_(script), options_(options), number_(number), tally_(tally),
          judge_(script, options.directory / ("worker-" + std::to_string(number)), options.seed * 31 + number) {}

    void work() {
        for (std::uint64_t pass = 0; pass < kMaxPasses && !enough(); ++pass) {
            run(pass);
        }
        tally_.second_cuts += judge_.second_cuts();
    }

private:
    bool enough() const {
        return tally_.states >= std::min(options_.states, kMaxStates) ||
               (options_.stop_after > 0 && tally_.lost + tally_.corrupt + tally_.half >= options_.stop_after);
    }

    /// One state at each boundary that is this worker's turn.
    void run(std::uint64_t pass) {
        Disk disk;
        for (std::size_t boundary = 0; boundary <= script_.ops.size() && !enough(); ++boundary) {
            if (boundary > 0) {
                disk.apply(script_.ops[boundary - 1]);
            }
            if (boundary % options_.workers == number_) {
                cut(disk, boundary, pass);
            }
        }
    }

    void cut(const Disk &disk, std::size_t boundary, std::uint64_t pass) {
        Random random(options_.seed * 1'000'003 + boundary * 7'919 + pass);
        const std::size_t count = disk.uncertain();
        if (count == 0 && pass > 0) {
            return; // there was one state, and pass 0 built it
        }
        // Pass 0 drops all; after it each pass has every plan, so that a short run has seen each too.
        const auto plan = static_cast<Plan>((pass + boundary) % kPlans);
        const auto fates = pass == 0 ? std::vector<Fate>(count, Fate::drop) : fates_of(plan, count, random);
        const Image image = disk.after_cut(fates, random);
        ++tally_.built;
        const std::uint64_t hash = hash_of(image);
        const std::size_t mark = script_.mark_after(boundary);
        if (tally_.images.insert(hash)) {
            ++tally_.states;
        }
        if (!tally_.pairs.insert(hash * 31 + mark)) {
            return;
        }
        ++tally_.checked;
        if (const auto found = judge_.judge(image, script_.progress[mark].second)) {
            note(*found, image, fmt::format("after operation {} of {}, pass {}", boundary, script_.ops.size(), pass));
        }
    }

    void note(const Finding &found, const Image &image, const std::string &where) {
        switch (found.what) {
        case Wrong::lost:
            ++tally_.lost;
            break;
        case Wrong::corrupt:
            ++tally_.corrupt;
            break;
        case Wrong::half:
            ++tally_.half;
        }
        static constexpr std::string_view kNames[] = {"lost", "corrupt", "half"};
        const bool first =
            tally_.note(fmt::format("{}: {} ({})", kNames[static_cast<std::size_t>(found.what)], found.text, where));
        if (first && !options_.keep.empty()) {
            keep(image);
        }
    }

    void keep(const Image &image) const {
        for (const std::string &path : image.directories) {
            std::filesystem::create_directories(options_.keep / path);
        }
        for (const auto &[path, content] : image.files) {
            std::ofstream(options_.keep / path, std::ios::binary) << content;
        }
    }

    const Script &script_;
    const EnumerateOptions &options_;
    unsigned number_;
    Tally &tally_;
    Judge judge_;
};

pid_t start_worker(const Script &script, const EnumerateOptions &options, unsigned number, Tally &tally) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        int code = 0;
        try {
            Worker(script, options, number, tally).work();
        } catch (const std::exception &error) {
            tally.note(fmt::format("worker: {}", error.what()));
            code = 1;
        }
        ::_exit(code);
    }
    if (pid < 0) {
        throw std::runtime_error("cannot fork");
    }
    return pid;
}

void wait_for(std::vector<pid_t> pids, Tally &tally, const EnumerateOptions &options) {
    while (!pids.empty()) {
        int status = 0;
        const pid_t ended = ::waitpid(pids.back(), &status, WNOHANG);
        if (ended == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            if (options.progress) {
                options.progress(tally.states);
            }
            continue;
        }
        if (status != 0) {
            ++tally.corrupt;
            tally.note(fmt::format("a worker died (status {})", status));
        }
        pids.pop_back();
    }
}

} // namespace

EnumerateResult enumerate(const Script &script, const EnumerateOptions &options) {
    const SharedTally tally;
    std::vector<pid_t> pids;
    for (unsigned number = 0; number < options.workers; ++number) {
        pids.push_back(start_worker(script, options, number, *tally));
    }
    wait_for(std::move(pids), *tally, options);
    EnumerateResult result{tally->states, tally->checked, tally->built, tally->second_cuts,
                           tally->lost,   tally->corrupt, tally->half,  {}};
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(tally->finding_count, Tally::kFindings); ++i) {
        result.findings.emplace_back(tally->findings[i]);
    }
    return result;
}

} // namespace xueshi::test::crash
