#include "tests/crash/sweep/sweep.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/crash/sweep/faults.hpp"
#include "tests/crash/sweep/punches.hpp"

namespace xueshi::test::faults {
namespace {

constexpr unsigned kSeconds = 60; // a run takes some milliseconds; a longer one hangs
constexpr unsigned kMaxWorkers = 8;
constexpr int kOpensslCrashed = 77; ///< how the script's process then ends

struct Shared {
    std::atomic<std::uint64_t> next, false_success, corrupt, not_resumed, ended, found_by_id;
    std::uint64_t calls[kCalls.size()];
    std::atomic<std::uint64_t> findings;
    char texts[256][500];
    Report reports[kMaxWorkers];
};

Shared &shared() {
    static auto *const memory = static_cast<Shared *>(
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (static_cast<void *>(memory) == MAP_FAILED) {
        throw std::runtime_error("no shared memory");
    }
    return *memory;
}

/// OpenSSL 3.0 does not check whether it has its own locks: without memory its first call reads from address zero. That
/// is a program that ends while it starts; any other bad access is a finding.
void end_if_openssl_crashed(int number) {
    std::array<void *, 4> frames{};
    const int depth = ::backtrace(frames.data(), static_cast<int>(frames.size()));
    for (int i = 0; i < depth; ++i) {
        Dl_info about{};
        if (::dladdr(frames[static_cast<std::size_t>(i)], &about) != 0 &&
            std::string_view(about.dli_fname).find("libcrypto.so") != std::string_view::npos) {
            ::_exit(kOpensslCrashed);
        }
    }
    std::signal(number, SIG_DFL);
    std::raise(number);
}

void watch_for_crashes() {
    std::array<void *, 1> frame{};
    ::backtrace(frame.data(), 1); // loads what it needs, while there is memory
    std::signal(SIGSEGV, end_if_openssl_crashed);
}

/// Runs `what` in a process of its own; its wait status.
int in_child(const std::function<int()> &what) {
    const pid_t pid = ::fork();
    if (pid < 0) {
        throw std::runtime_error("cannot fork");
    }
    if (pid == 0) {
        ::alarm(kSeconds);
        const rlimit no_core{0, 0}; // many end by abort
        ::setrlimit(RLIMIT_CORE, &no_core);
        // As in the programs, nobody above catches what the script does not: bad_alloc ends the process.
        const auto run = [&]() noexcept { return what(); };
        ::_exit(run());
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::vector<int> errors_of(Call call) {
    switch (call) {
    case Call::malloc:
    case Call::mmap:
        return {ENOMEM};
    case Call::read:
    case Call::unlink:
        return {EIO};
    case Call::write:
        return {EIO, ENOSPC, 0}; // 0: cut short
    case Call::open:
        return {EIO, ENOSPC, ENOMEM};
    default:
        return {EIO, ENOSPC};
    }
}

std::vector<Fault> points_of(const SweepOptions &options) {
    std::vector<Fault> points;
    for (const Call call : kCalls) {
        const std::uint64_t calls = shared().calls[static_cast<std::size_t>(call)];
        const std::uint64_t step = options.per_call == 0 ? 1 : std::max<std::uint64_t>(1, calls / options.per_call);
        if (!options.call.empty() && options.call != to_string(call)) {
            continue;
        }
        for (std::uint64_t number = options.first; number <= std::min(calls, options.last); number += step) {
            for (const int error : errors_of(call)) {
                points.push_back({call, number, false, error});
                points.push_back({call, number, true, error});
            }
        }
    }
    return points;
}

std::filesystem::path make_directory_for(unsigned worker) {
    const bool shm = std::filesystem::is_directory("/dev/shm");
    const auto parent = shm ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    return parent / fmt::format("xueshi-fault-{}-{}", ::getpid(), worker);
}

void note(const Fault &fault, std::string_view what, const char *text) {
    const std::uint64_t place = shared().findings++;
    if (place < std::size(shared().texts)) {
        std::snprintf(shared().texts[place], sizeof shared().texts[place], "%s: %s %llu %s errno %d: %s",
                      std::string(what).c_str(), std::string(to_string(fault.call)).c_str(),
                      static_cast<unsigned long long>(fault.number), fault.persistent ? "and all after it" : "once",
                      fault.error, text);
    }
}

void quiet() {
    // A message for each failed call helps nobody.
    if (std::freopen("/dev/null", "w", stderr) == nullptr || std::freopen("/dev/null", "w", stdout) == nullptr) {
        ::_exit(9);
    }
}

class Runner {
public:
    Runner(std::filesystem::path directory, Report &report) : directory_(std::move(directory)), report_(report) {}
    ~Runner() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    Runner(const Runner &) = delete;
    Runner &operator=(const Runner &) = delete;

    void run(const Fault &fault) {
        start_anew();
        const auto drafts = make_drafts();
        const int script = in_child([&] {
            quiet();
            watch_for_crashes();
            arm(fault);
            run_script(directory_, drafts, report_);
            return 0;
        });
        int found = 0;
        const int judged = in_child([&] {
            quiet();
            const Verdict verdict = judge(directory_, drafts, report_, found);
            shared().found_by_id += static_cast<std::uint64_t>(found);
            return static_cast<int>(verdict);
        });
        count(fault, script, judged);
    }

    /// How many calls of each kind the script makes.
    void count_calls() {
        start_anew();
        const auto drafts = make_drafts();
        in_child([&] {
            arm({});
            run_script(directory_, drafts, report_);
            disarm();
            for (const Call call : kCalls) {
                shared().calls[static_cast<std::size_t>(call)] = faults::count(call);
            }
            return 0;
        });
        if (!report_.finished || !everything_done()) {
            throw std::runtime_error("the script fails although nothing was made to fail");
        }
    }

private:
    void start_anew() {
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directory(directory_);
        report_ = Report{};
    }

    bool everything_done() const {
        return std::ranges::all_of(report_.seq, [](record::Sequence seq) { return seq != 0; }) &&
               report_.roster == report_.roster_begun && report_.enrolled == report_.enrolled_begun;
    }

    void count(const Fault &fault, int script, int judged) {
        Shared &all = shared();
        const bool hung = WIFSIGNALED(script) && WTERMSIG(script) == SIGALRM;
        // OpenSSL does not forgive a failed allocation while it starts: the program then ends by itself, by its own
        // word or by reading from address zero (end_if_openssl_crashed).
        const bool too_late = WIFEXITED(script) && WEXITSTATUS(script) == kOpensslCrashed && report_.tried[0];
        const bool gave_up = !WIFSIGNALED(script) && !report_.finished && fault.call == Call::malloc && !too_late;
        const bool ended = (WIFSIGNALED(script) && !hung) || gave_up;
        all.ended += ended ? 1 : 0;
        const bool may_end = gave_up || (fault.call == Call::malloc && WTERMSIG(script) == SIGABRT);
        if (judged == static_cast<int>(Verdict::false_success) << 8) {
            ++all.false_success;
            note(fault, "false success", report_.text);
        } else if (judged != 0) {
            ++all.corrupt;
            note(fault, "corrupt", WIFSIGNALED(judged) ? "opening what is left ends the program" : report_.text);
        } else if (too_late) {
            ++all.not_resumed;
            note(fault, "not resumed", "the program ends inside OpenSSL after the first punch");
        } else if (hung || (ended && !may_end)) {
            ++all.not_resumed;
            note(fault, "not resumed", hung ? "the program hangs" : fmt::format("signal {}", WTERMSIG(script)).c_str());
        } else if (!fault.persistent && !ended && !everything_done()) {
            ++all.not_resumed;
            note(fault, "not resumed", report_.finished ? "something was never done" : "the terminal never opened");
        }
    }

    std::filesystem::path directory_;
    Report &report_;
};

void work(unsigned number, const std::vector<Fault> &points, bool say_progress) {
    Runner runner(make_directory_for(number), shared().reports[number]);
    for (;;) {
        const std::uint64_t next = shared().next++;
        if (next >= points.size()) {
            return;
        }
        runner.run(points[next]);
        if (say_progress && next % 500 == 499) {
            std::cerr << next + 1 << " of " << points.size() << " points\n";
        }
    }
}

} // namespace

SweepResult sweep(const SweepOptions &options) {
    new (&shared()) Shared{};
    Runner(make_directory_for(kMaxWorkers), shared().reports[0]).count_calls();
    const auto points = points_of(options);
    const unsigned workers = std::clamp(options.workers, 1U, kMaxWorkers);
    std::vector<pid_t> pids;
    for (unsigned number = 0; number < workers; ++number) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            work(number, points, options.say_progress);
            ::_exit(0);
        }
        pids.push_back(pid);
    }
    for (const pid_t pid : pids) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        if (status != 0) {
            throw std::runtime_error("a worker of the sweep died");
        }
    }
    const Shared &all = shared();
    SweepResult result;
    result.points = points.size();
    result.false_success = all.false_success;
    result.corrupt = all.corrupt;
    result.not_resumed = all.not_resumed;
    result.ended = all.ended;
    result.found_by_id = all.found_by_id;
    for (const Call call : kCalls) {
        result.calls[std::string(to_string(call))] = all.calls[static_cast<std::size_t>(call)];
    }
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(all.findings, std::size(all.texts)); ++i) {
        result.findings.emplace_back(all.texts[i]);
    }
    return result;
}

} // namespace xueshi::test::faults
