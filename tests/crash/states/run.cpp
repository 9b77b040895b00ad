#include "tests/crash/states/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace xueshi::test::crash {
namespace {

/// On a tmpfs where there is one: a state is some 300 KB, and a run writes 100,000 of them.
class WorkDirectory {
public:
    WorkDirectory() {
        const bool shm = std::filesystem::is_directory("/dev/shm");
        std::string name =
            ((shm ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) / "xueshi-crash-XXXXXX")
                .string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory like " + name);
        }
        path_ = name;
    }
    WorkDirectory(const WorkDirectory &) = delete;
    WorkDirectory &operator=(const WorkDirectory &) = delete;
    ~WorkDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

auto progress_printer(std::string name) {
    using Clock = std::chrono::steady_clock;
    return [name = std::move(name), next = Clock::now()](std::uint64_t states) mutable {
        if (Clock::now() >= next) {
            next = Clock::now() + std::chrono::seconds(10);
            std::cerr << name << ": " << states << " states\n";
        }
    };
}

void write_trace(const std::filesystem::path &file, const Script &script) {
    static constexpr std::string_view kKinds[] = {"create",      "mkdir",          "write",  "truncate", "sync",
                                                  "sync_failed", "sync_directory", "rename", "unlink"};
    std::map<int, std::string> names;
    std::ofstream out(file);
    for (std::size_t i = 0; i < script.ops.size(); ++i) {
        const Op &op = script.ops[i];
        if (op.kind == OpKind::create || op.kind == OpKind::rename) {
            names[op.inode] = op.to.empty() ? op.path : op.to;
        }
        const Progress &after = script.progress[script.mark_after(i + 1)].second;
        out << i + 1 << ' ' << kKinds[static_cast<std::size_t>(op.kind)] << ' '
            << (op.path.empty() ? names[op.inode] : op.path) << ' ' << op.offset << '+' << op.data.size() << " events "
            << after.events.acked << '/' << after.events.begun << '\n';
    }
}

EnumerateResult run_one(Control control, const RunOptions &options, RunResult &result) {
    const WorkDirectory directory;
    const auto root = directory.path() / "recorded";
    std::filesystem::create_directory(root);
    const Script script = record_script(root, control);
    EnumerateOptions how;
    how.states = options.states;
    how.seed = options.seed;
    how.directory = directory.path();
    how.workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    if (options.say_progress) {
        how.progress = progress_printer(std::string(to_string(control)));
    }
    if (control == Control::none) {
        how.keep = options.keep;
        if (!options.trace.empty()) {
            write_trace(options.trace, script);
        }
        result.operations = script.ops.size();
        result.events = script.events.size();
    } else {
        how.stop_after = std::max<std::uint64_t>(10, options.states / 100);
    }
    return enumerate(script, how);
}

} // namespace

bool RunResult::passed() const {
    return product.wrong() == 0 && product.states > 0 &&
           std::ranges::all_of(controls, [](const auto &control) { return control.second.wrong() > 0; });
}

RunResult run(const RunOptions &options) {
    RunResult result;
    result.product = run_one(Control::none, options, result);
    for (const Control control :
         {Control::normal, Control::off, Control::no_directory_fsync, Control::rename_before_fsync}) {
        result.controls[std::string(to_string(control))] = run_one(control, options, result);
    }
    return result;
}

} // namespace xueshi::test::crash
