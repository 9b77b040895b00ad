#include "tests/bench/journal/traffic.hpp"

#include <unistd.h>

#include <cstdio>
#include <fcntl.h>

#include <sqlite3.h>

namespace xueshi::bench {

namespace {

// SQLite's unix layer calls through a table that may be replaced (sqlite3_vfs.xSetSystemCall).
Traffic g_traffic; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): the table takes plain functions

ssize_t counted_write(int fd, const void *data, size_t size) {
    const ssize_t done = ::write(fd, data, size);
    ++g_traffic.calls;
    g_traffic.bytes += done > 0 ? done : 0;
    return done;
}
ssize_t counted_pwrite(int fd, const void *data, size_t size, off_t offset) {
    const ssize_t done = ::pwrite(fd, data, size, offset);
    ++g_traffic.calls;
    g_traffic.bytes += done > 0 ? done : 0;
    return done;
}
int counted_fcntl(int fd, int command, void *argument) {
    ++g_traffic.calls; // locks
    return ::fcntl(fd, command, argument);
}

} // namespace

void count_traffic() {
    sqlite3_vfs *unix_layer = sqlite3_vfs_find("unix");
    const auto replace = [&](const char *name, sqlite3_syscall_ptr function) {
        unix_layer->xSetSystemCall(unix_layer, name, function);
    };
    replace("write", reinterpret_cast<sqlite3_syscall_ptr>(counted_write));
    replace("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(counted_pwrite));
    replace("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(counted_pwrite));
    replace("fcntl", reinterpret_cast<sqlite3_syscall_ptr>(counted_fcntl));
}

Traffic traffic() {
    return g_traffic;
}

std::int64_t resident_bytes() {
    long total = 0, resident = 0;
    if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) {
            resident = 0;
        }
        std::fclose(file);
    }
    return resident * ::sysconf(_SC_PAGESIZE);
}

} // namespace xueshi::bench
