#pragma once

#include <sqlite3.h>

#include <atomic>
#include <functional>
#include <new>
#include <string_view>

#include "tests/support/handed_on.hpp"

namespace xueshi::test {

/// SQLite's way to the disk while this object lives: counts syncs, and fails what the hook says.
class FaultyVfs {
public:
    enum class Operation { write, sync };
    /// Gives SQLITE_OK, or the code that the operation fails with. `file` ends in "-wal" for the log.
    using Hook = std::function<int(Operation operation, std::string_view file)>;

    FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
        vfs_.zName = "faulty";
        vfs_.pNext = nullptr;
        vfs_.pAppData = this;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = open;
        sqlite3_vfs_register(&vfs_, 1);
    }
    FaultyVfs(const FaultyVfs &) = delete;
    FaultyVfs &operator=(const FaultyVfs &) = delete;
    ~FaultyVfs() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
    }

    Hook hook;
    std::atomic<int> syncs{0};

private:
    struct File {
        sqlite3_file base;
        FaultyVfs *owner;
        const char *name;
        sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
    };
    static File *of(sqlite3_file *file) { return reinterpret_cast<File *>(file); }
    static sqlite3_file *real(sqlite3_file *file) { return of(file)->real(); }

    int decide(Operation operation, const char *name) {
        syncs += operation == Operation::sync ? 1 : 0;
        return hook ? hook(operation, name != nullptr ? name : "") : SQLITE_OK;
    }

    static int open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
        auto *owner = static_cast<FaultyVfs *>(vfs->pAppData);
        auto *wrapped = new (file) File{{nullptr}, owner, name};
        const int result = owner->real_->xOpen(owner->real_, name, wrapped->real(), flags, out_flags);
        if (result == SQLITE_OK) {
            wrapped->base.pMethods = &methods();
        }
        return result;
    }

    static int write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
        const int result = of(file)->owner->decide(Operation::write, of(file)->name);
        return result != SQLITE_OK ? result : real(file)->pMethods->xWrite(real(file), data, size, offset);
    }
    static int sync(sqlite3_file *file, int flags) {
        const int result = of(file)->owner->decide(Operation::sync, of(file)->name);
        return result != SQLITE_OK ? result : real(file)->pMethods->xSync(real(file), flags);
    }

    static const sqlite3_io_methods &methods() {
        static const sqlite3_io_methods all = [] {
            auto made = handed_on<real>();
            made.xWrite = write;
            made.xSync = sync;
            return made;
        }();
        return all;
    }

    sqlite3_vfs *real_;
    sqlite3_vfs vfs_;
};

} // namespace xueshi::test
