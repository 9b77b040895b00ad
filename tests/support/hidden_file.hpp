#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "tests/support/own_mounts.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A file that this thread finds empty, and threads that it begins afterwards, as long as this lives: another one lies
/// over it. Needs the right to mount.
class HiddenFile {
public:
    explicit HiddenFile(std::filesystem::path path) : path_(std::move(path)) {
        const auto empty = directory_ / "empty";
        const std::ofstream made(empty);
        done_ = begin_own_mounts() && ::mount(empty.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }
    HiddenFile(const HiddenFile &) = delete;
    HiddenFile &operator=(const HiddenFile &) = delete;
    ~HiddenFile() {
        if (done_) {
            (void)::umount2(path_.c_str(), MNT_DETACH);
        }
    }
    bool done() const { return done_; }

private:
    TemporaryDirectory directory_;
    std::filesystem::path path_;
    bool done_ = false;
};

} // namespace xueshi::test
