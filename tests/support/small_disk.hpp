#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/own_mounts.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A disk of some MiB that only this thread sees, and threads that it begins afterwards: a file system in memory. Needs
/// the right to mount.
class SmallDisk {
public:
    explicit SmallDisk(int mib) {
        const auto size = "size=" + std::to_string(mib) + "m";
        there_ = begin_own_mounts() && ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, size.c_str()) == 0;
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;
    ~SmallDisk() {
        if (there_) {
            (void)::umount2(directory_.path().c_str(), MNT_DETACH);
        }
    }
    bool there() const { return there_; }
    std::filesystem::path operator/(std::string_view name) const { return directory_.path() / name; }
    /// What somebody else stores there, until no more than `free_bytes` are left: 0 is a disk that takes nothing.
    void fill(std::string_view name, std::uint64_t free_bytes = 0) const {
        std::ofstream file(*this / name, std::ios::binary | std::ios::app);
        const std::string piece(4'096, 'v');
        while (std::filesystem::space(directory_.path()).available > free_bytes &&
               file.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        }
    }

private:
    TemporaryDirectory directory_;
    bool there_ = false;
};

} // namespace xueshi::test
