#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace xueshi::test {

/// A program of ours, killed at the latest with this object. Its output is appended to `log`.
class Process {
public:
    Process(std::vector<std::string> command, const std::filesystem::path &log) {
        std::vector<char *> arguments;
        for (auto &word : command) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ < 0) {
            throw std::runtime_error("fork");
        }
        if (pid_ == 0) {
            const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(out, STDOUT_FILENO);
            ::dup2(out, STDERR_FILENO);
            ::close_range(STDERR_FILENO + 1, ~0U, 0); // another test's connections must not live on in here
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
    }
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process() { end(SIGKILL); }

    pid_t pid() const { return pid_; }
    /// Exit code; 128 + signal when one ended it; -1: it was over already.
    int end(int signal) {
        if (pid_ <= 0) {
            return -1;
        }
        ::kill(pid_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    /// Whether it still runs.
    bool runs() {
        int status = 0;
        if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
        }
        return pid_ > 0;
    }

private:
    pid_t pid_ = -1;
};

} // namespace xueshi::test
