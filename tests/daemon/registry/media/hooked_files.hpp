#pragma once

#include <functional>
#include <string>
#include <vector>

#include "firmware/core/base/file.hpp"

namespace xueshi::test {

/// The kernel's file system, with what was asked of it and something that happens just before a rename. Made before
/// anything has a thread.
class HookedFiles final : public FileSystem {
public:
    HookedFiles() { replace_file_system(this); }
    HookedFiles(const HookedFiles &) = delete;
    HookedFiles &operator=(const HookedFiles &) = delete;
    ~HookedFiles() override { replace_file_system(nullptr); }

    std::function<void(const std::string &to)> before_rename; ///< on the thread that renames
    std::vector<std::string> calls;                           ///< those that change something or make it durable
    std::vector<std::string> taken() { return std::exchange(calls, {}); }

    std::int64_t pwrite(int fd, const void *data, std::size_t size, std::int64_t place) override {
        calls.emplace_back("pwrite");
        return FileSystem::pwrite(fd, data, size, place);
    }
    int ftruncate(int fd, std::int64_t size) override {
        calls.emplace_back("ftruncate");
        return FileSystem::ftruncate(fd, size);
    }
    int fsync(int fd) override {
        calls.emplace_back("fsync");
        return FileSystem::fsync(fd);
    }
    int fdatasync(int fd) override {
        calls.emplace_back("fdatasync");
        return FileSystem::fdatasync(fd);
    }
    int rename(const char *from, const char *to) override {
        calls.emplace_back("rename");
        if (before_rename) {
            before_rename(to);
        }
        return FileSystem::rename(from, to);
    }
};

} // namespace xueshi::test
