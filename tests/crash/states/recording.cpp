#include "tests/crash/states/recording.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

#include "tests/support/handed_on.hpp"

namespace xueshi::test::crash {
namespace {

Recording *current = nullptr;
sqlite3_syscall_ptr real_open_directory = nullptr;

} // namespace

std::string_view to_string(Control control) {
    switch (control) {
    case Control::none:
        return "none";
    case Control::normal:
        return "synchronous_normal";
    case Control::off:
        return "synchronous_off";
    case Control::no_directory_fsync:
        return "no_directory_fsync";
    case Control::rename_before_fsync:
        return "rename_before_fsync";
    }
    return "";
}

/// SQLite's unix VFS with every change noted.
struct RecordingVfs {
    struct File {
        sqlite3_file base;
        int inode; ///< 0: not recorded
        sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
    };
    static File *of(sqlite3_file *file) { return reinterpret_cast<File *>(file); }
    static sqlite3_file *real(sqlite3_file *file) { return of(file)->real(); }

    static int open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
        auto *owner = static_cast<Recording *>(vfs->pAppData);
        auto *wrapped = new (file) File{{nullptr}, 0};
        const std::string path = name != nullptr ? owner->relative(name) : "";
        const bool there = path.empty() || ::access(name, F_OK) == 0;
        const int result = owner->real_->xOpen(owner->real_, name, wrapped->real(), flags, out_flags);
        if (result == SQLITE_OK) {
            wrapped->base.pMethods = &methods();
            wrapped->inode = path.empty() ? 0 : owner->inode_of(path, !there);
        }
        return result;
    }

    static int remove(sqlite3_vfs *vfs, const char *name, int sync_directory) {
        auto *owner = static_cast<Recording *>(vfs->pAppData);
        // Noted before: SQLite fsyncs the directory inside of the call.
        if (const std::string path = owner->relative(name); !path.empty() && ::access(name, F_OK) == 0) {
            owner->add({OpKind::unlink, 0, path, "", 0, ""});
            owner->inodes_.erase(path);
        }
        return owner->real_->xDelete(owner->real_, name, sync_directory);
    }

    /// SQLite opens a directory for one thing only: to fsync it.
    static int open_directory(const char *path, int *out) {
        if (current != nullptr) {
            if (const std::string inside = current->relative(path); !inside.empty()) {
                current->directory_synced(std::filesystem::path(inside).parent_path().string());
            }
        }
        return reinterpret_cast<int (*)(const char *, int *)>(real_open_directory)(path, out);
    }

    static int write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
        if (of(file)->inode != 0) {
            current->add({OpKind::write, of(file)->inode, "", "", static_cast<std::uint64_t>(offset),
                          std::string(static_cast<const char *>(data), static_cast<std::size_t>(size))});
        }
        return real(file)->pMethods->xWrite(real(file), data, size, offset);
    }
    static int truncate(sqlite3_file *file, sqlite3_int64 size) {
        if (of(file)->inode != 0) {
            current->add({OpKind::truncate, of(file)->inode, "", "", static_cast<std::uint64_t>(size), ""});
        }
        return real(file)->pMethods->xTruncate(real(file), size);
    }
    static int sync(sqlite3_file *file, int flags) {
        if (of(file)->inode == 0) {
            return real(file)->pMethods->xSync(real(file), flags);
        }
        if (current->fail_sync && current->fail_sync(current->path_of(of(file)->inode))) {
            current->add({OpKind::sync_failed, of(file)->inode, "", "", 0, ""});
            return SQLITE_IOERR_FSYNC;
        }
        current->add({OpKind::sync_file, of(file)->inode, "", "", 0, ""});
        return real(file)->pMethods->xSync(real(file), flags);
    }

    static const sqlite3_io_methods &methods();
};

const sqlite3_io_methods &RecordingVfs::methods() {
    static const sqlite3_io_methods all = [] {
        auto made = handed_on<real>();
        made.xWrite = write;
        made.xTruncate = truncate;
        made.xSync = sync;
        return made;
    }();
    return all;
}

Recording::Recording(std::filesystem::path root, Control control)
    : root_(std::move(root)), control_(control), real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    if (current != nullptr || real_ == nullptr || real_->iVersion < 3) {
        throw std::logic_error("one recording at a time, over SQLite's unix VFS");
    }
    current = this;
    vfs_.zName = "recording";
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(RecordingVfs::File)) + real_->szOsFile;
    vfs_.xOpen = RecordingVfs::open;
    vfs_.xDelete = RecordingVfs::remove;
    sqlite3_vfs_register(&vfs_, 1);
    real_open_directory = real_->xGetSystemCall(real_, "openDirectory");
    real_->xSetSystemCall(real_, "openDirectory", reinterpret_cast<sqlite3_syscall_ptr>(RecordingVfs::open_directory));
    replace_file_system(this);
}

Recording::~Recording() {
    replace_file_system(nullptr);
    real_->xSetSystemCall(real_, "openDirectory", nullptr);
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    current = nullptr;
}

void Recording::adopt(const Image &image) {
    for (const auto &[path, content] : image.files) {
        inodes_[path] = ++last_inode_;
    }
}

std::string Recording::relative(std::string_view path) const {
    const std::string &root = root_.native();
    if (!path.starts_with(root) || path.size() <= root.size() + 1 || path.ends_with("-shm") ||
        path.ends_with(".lock")) {
        return "";
    }
    return std::string(path.substr(root.size() + 1));
}

int Recording::inode_of(const std::string &path, bool create) {
    if (create) {
        inodes_[path] = ++last_inode_;
        add({OpKind::create, last_inode_, path, "", 0, ""});
    }
    return inodes_.at(path);
}

std::string Recording::path_of(int inode) const {
    for (const auto &[path, its] : inodes_) {
        if (its == inode) {
            return path;
        }
    }
    return "";
}

void Recording::add(Op op) {
    ops_.push_back(std::move(op));
}

void Recording::turn(OpKind kind) {
    if (between && !in_turn_) {
        in_turn_ = true;
        between(kind);
        in_turn_ = false;
    }
}

void Recording::directory_synced(const std::string &directory) {
    if (control_ != Control::no_directory_fsync) {
        add({OpKind::sync_directory, 0, directory, "", 0, ""});
    }
}

int Recording::open(const char *path, int flags, unsigned mode) {
    const std::string inside = relative(path);
    const bool there = ::access(path, F_OK) == 0;
    const int fd = FileSystem::open(path, flags, mode);
    if (fd < 0) {
        return fd;
    }
    descriptors_.erase(fd);
    if ((flags & O_DIRECTORY) != 0) {
        descriptors_[fd] = {0, inside, 0};
    } else if (!inside.empty() && (flags & O_ACCMODE) != O_RDONLY) {
        descriptors_[fd] = {inode_of(inside, !there), inside, 0};
        turn(OpKind::create);
    }
    return fd;
}

std::int64_t Recording::write(int fd, const void *data, std::size_t size) {
    const std::int64_t done = FileSystem::write(fd, data, size);
    const auto known = descriptors_.find(fd);
    if (done > 0 && known != descriptors_.end()) {
        Descriptor &file = known->second;
        add({OpKind::write, file.inode, "", "", file.offset,
             std::string(static_cast<const char *>(data), static_cast<std::size_t>(done))});
        file.offset += static_cast<std::uint64_t>(done);
        turn(OpKind::write);
    }
    return done;
}

int Recording::ftruncate(int fd, std::int64_t size) {
    const int result = FileSystem::ftruncate(fd, size);
    if (const auto known = descriptors_.find(fd); result == 0 && known != descriptors_.end()) {
        add({OpKind::truncate, known->second.inode, "", "", static_cast<std::uint64_t>(size), ""});
        turn(OpKind::truncate);
    }
    return result;
}

int Recording::fsync(int fd) {
    const auto known = descriptors_.find(fd);
    if (known == descriptors_.end()) {
        return FileSystem::fsync(fd);
    }
    const Descriptor file = known->second;
    if (file.inode == 0) {
        directory_synced(file.path);
    } else if (control_ == Control::rename_before_fsync) {
        late_sync_ = file.inode;
    } else {
        add({OpKind::sync_file, file.inode, "", "", 0, ""});
        turn(OpKind::sync_file);
    }
    return FileSystem::fsync(fd);
}

int Recording::rename(const char *from, const char *to) {
    const int result = FileSystem::rename(from, to);
    const std::string source = relative(from);
    if (result == 0 && !source.empty()) {
        const int inode = inodes_.at(source);
        inodes_.erase(source);
        inodes_[relative(to)] = inode;
        add({OpKind::rename, inode, source, relative(to), 0, ""});
        if (late_sync_ == inode) {
            add({OpKind::sync_file, inode, "", "", 0, ""});
        }
        turn(OpKind::rename);
    }
    return result;
}

int Recording::unlink(const char *path) {
    const int result = FileSystem::unlink(path);
    if (const std::string inside = relative(path); result == 0 && !inside.empty()) {
        inodes_.erase(inside);
        add({OpKind::unlink, 0, inside, "", 0, ""});
    }
    return result;
}

int Recording::mkdir(const char *path, unsigned mode) {
    const int result = FileSystem::mkdir(path, mode);
    if (const std::string inside = relative(path); result == 0 && !inside.empty()) {
        add({OpKind::make_directory, 0, inside, "", 0, ""});
    }
    return result;
}

} // namespace xueshi::test::crash
