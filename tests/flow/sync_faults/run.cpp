#include "tests/flow/sync_faults/run.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::test::sync_faults {

namespace {

constexpr int kControlSeeds = 4; ///< a control's fault mostly meets its moment in one of these
constexpr int kControlRounds = 5;

void add(Verdict &total, const Verdict &verdict) {
    total.punches += verdict.punches;
    total.events += verdict.events;
    total.clips += verdict.clips;
    total.lost += verdict.lost;
    total.doubled += verdict.doubled;
    total.foreign += verdict.foreign;
    total.disordered += verdict.disordered;
    total.refused += verdict.refused;
    total.clips_wrong += verdict.clips_wrong;
    total.receipts_wrong += verdict.receipts_wrong;
}

std::string words_of(const ScheduleResult &result) {
    std::string words = result.stuck ? "it did not settle" : "";
    for (const std::string &finding : result.verdict.findings) {
        words += (words.empty() ? "" : "; ") + finding;
    }
    return words;
}

std::string name_of(Control control) {
    return control == Control::ack_before_commit ? "ack_before_commit" : "retry_with_new_id";
}

void execute(const std::filesystem::path &file, std::string_view sql) {
    auto database = sqlite::Database::open(file, sqlite::Mode::read_write_create).value();
    if (const auto done = database.execute(sql); !done) {
        throw std::runtime_error(done.error().message);
    }
}

class Run {
public:
    Run(const Programs &programs, const RunOptions &options, std::filesystem::path directory)
        : programs_(programs), options_(options), directory_(std::move(directory)),
          template_(make_registry_template(programs, directory_ / "template")) {}

    RunResult run() {
        in_parallel(options_.seeds,
                    [this](int number) { run_seed(options_.first_seed + static_cast<std::uint64_t>(number)); });
        if (options_.controls) {
            for (int round = 0; round < kControlRounds && !controls_are_found(); ++round) {
                in_parallel(2 * kControlSeeds, [&](int number) {
                    const auto control = number % 2 == 0 ? Control::ack_before_commit : Control::retry_with_new_id;
                    const auto seed = static_cast<std::uint64_t>(round * kControlSeeds + number / 2 + 1);
                    attempt(fmt::format("the control {} of seed {}", name_of(control), seed),
                            [&] { run_control(control, seed); });
                });
            }
            attempt("the control of changed rows", [this] { change_rows(); });
        }
        return result_;
    }

private:
    bool controls_are_found() const {
        return result_.controls.size() == 2 &&
               std::ranges::all_of(result_.controls, [](const auto &control) { return control.second > 0; });
    }

    void in_parallel(int count, const std::function<void(int)> &work) {
        std::atomic<int> next = 0;
        std::vector<std::jthread> threads;
        threads.reserve(static_cast<std::size_t>(options_.jobs));
        for (int job = 0; job < std::min(options_.jobs, count); ++job) {
            threads.emplace_back([&] {
                for (int number = next++; number < count; number = next++) {
                    work(number);
                }
            });
        }
    }

    /// What cannot be run fails the run; what the others found is told all the same.
    void attempt(const std::string &what, const std::function<void()> &work) {
        try {
            work();
        } catch (const std::exception &exception) {
            const std::lock_guard lock(mutex_);
            result_.failures.push_back(fmt::format("{}: {}", what, exception.what()));
        }
    }

    void run_seed(std::uint64_t seed) {
        ScheduleOptions schedule;
        schedule.seed = seed;
        schedule.directory = directory_ / fmt::format("seed-{}", seed);
        ScheduleResult result;
        std::string broken;
        try {
            result = run_schedule(programs_, template_, schedule);
        } catch (const std::exception &exception) {
            broken = exception.what();
        }
        const std::lock_guard lock(mutex_);
        ++result_.schedules;
        result_.stuck += result.stuck ? 1 : 0;
        add(result_.total, result.verdict);
        for (const auto &[fault, times] : result.faults) {
            result_.faults[fault] += times;
        }
        if (result.passed() && broken.empty()) {
            std::filesystem::remove_all(schedule.directory);
        } else {
            result_.failures.push_back(fmt::format("seed {}: {}{}; left in {}; again: sync_faults --seed {}", seed,
                                                   broken, words_of(result), schedule.directory.string(), seed));
        }
        if (options_.say_progress) {
            std::cerr << fmt::format("\rschedule {} of {}, {} failed ", result_.schedules, options_.seeds,
                                     result_.failures.size());
        }
    }

    void run_control(Control control, std::uint64_t seed) {
        const std::string name = name_of(control);
        ScheduleOptions schedule;
        schedule.seed = seed;
        schedule.control = control;
        schedule.directory = directory_ / fmt::format("{}-{}", name, seed);
        const auto result = run_schedule(programs_, template_, schedule);
        const std::lock_guard lock(mutex_);
        result_.controls[name] += control == Control::ack_before_commit ? result.verdict.lost : result.verdict.doubled;
        std::filesystem::remove_all(schedule.directory);
    }

    /// The judge itself: what is changed behind the registry's back is found.
    void change_rows() {
        ScheduleOptions schedule;
        schedule.directory = directory_ / "rows";
        run_schedule(programs_, template_, schedule);
        const auto file = schedule.directory / "registry/registry.db";
        execute(file, "UPDATE event SET body = replace(body, 'person-1', 'person-2') WHERE seq = 7");
        result_.controls["row_changed"] = judge(schedule.directory).foreign;
        execute(file, "DELETE FROM event WHERE seq = 7");
        result_.controls["row_removed"] = judge(schedule.directory).lost;
        std::filesystem::remove_all(schedule.directory);
    }

    const Programs &programs_;
    const RunOptions &options_;
    std::filesystem::path directory_;
    RegistryTemplate template_;
    std::mutex mutex_;
    RunResult result_;
};

} // namespace

bool RunResult::passed() const {
    return schedules > 0 && failures.empty() &&
           std::ranges::all_of(controls, [](const auto &control) { return control.second > 0; });
}

RunResult run(const Programs &programs, const RunOptions &options) {
    auto directory = options.directory;
    if (directory.empty()) {
        directory = std::filesystem::temp_directory_path() / fmt::format("xueshi-sync-faults-{}", ::getpid());
    }
    RunResult result;
    try {
        result = Run(programs, options, directory).run();
    } catch (const std::exception &exception) { // not even a registry can be made
        result.failures.emplace_back(exception.what());
    }
    if (result.failures.empty()) {
        std::filesystem::remove_all(directory);
    }
    return result;
}

} // namespace xueshi::test::sync_faults
