#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "firmware/core/base/file.hpp"
#include "tests/crash/states/disk.hpp"

namespace xueshi::test::crash {

/// Ways to write that must lose something; the run with them shows that the checks can see it.
enum class Control { none, normal, off, no_directory_fsync, rename_before_fsync };
std::string_view to_string(Control control);

/// While it lives, all that SQLite (through a VFS) and core/base/file (through its table of calls) do below `root` is
/// done to the real files there and recorded. Thread-bound; one at a time. Locks and SQLite's -shm are left out: they
/// mean nothing after a power cut.
class Recording final : public FileSystem {
public:
    Recording(std::filesystem::path root, Control control);
    Recording(const Recording &) = delete;
    Recording &operator=(const Recording &) = delete;
    ~Recording() override;

    /// The files of `image` lie below the root already, numbered as `Disk` numbers them.
    void adopt(const Image &image);
    const std::deque<Op> &ops() const { return ops_; }
    /// Called after each call of core/base/file: another thread of the product may get its turn there.
    std::function<void(OpKind)> between;
    /// Asked at each fsync of SQLite's: true fails it.
    std::function<bool(std::string_view path)> fail_sync;

    int open(const char *path, int flags, unsigned mode) override;
    std::int64_t write(int fd, const void *data, std::size_t size) override;
    int ftruncate(int fd, std::int64_t size) override;
    int fsync(int fd) override;
    int fdatasync(int fd) override { return fsync(fd); } // tells no more than what a file's length and content need
    int rename(const char *from, const char *to) override;
    int unlink(const char *path) override;
    int mkdir(const char *path, unsigned mode) override;

private:
    friend struct RecordingVfs;
    /// Empty: not recorded.
    std::string relative(std::string_view path) const;
    int inode_of(const std::string &path, bool create);
    std::string path_of(int inode) const;
    void add(Op op);
    void turn(OpKind kind);
    void directory_synced(const std::string &directory);

    std::filesystem::path root_;
    Control control_;
    std::deque<Op> ops_; // a deque: Disk keeps pointers
    std::map<std::string, int> inodes_;
    int last_inode_ = 0;
    struct Descriptor {
        int inode = 0;    ///< 0: a directory
        std::string path; ///< as opened
        std::uint64_t offset = 0;
    };
    std::map<int, Descriptor> descriptors_;
    int late_sync_ = 0; ///< rename_before_fsync: the inode whose fsync waits
    bool in_turn_ = false;
    sqlite3_vfs *real_;
    sqlite3_vfs vfs_;
};

} // namespace xueshi::test::crash
