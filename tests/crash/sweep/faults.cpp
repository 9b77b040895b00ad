#include "tests/crash/sweep/faults.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace xueshi::test::faults {
namespace {

bool armed = false;
Fault fault;
std::uint64_t counts[kCalls.size()];

/// True: this call is to fail; errno says how.
bool fails(Call call) {
    if (!armed) {
        return false;
    }
    const std::uint64_t number = ++counts[static_cast<std::size_t>(call)];
    const bool its_turn =
        fault.call == call && fault.number != 0 && (fault.persistent ? number >= fault.number : number == fault.number);
    if (its_turn) {
        errno = fault.error;
    }
    return its_turn;
}

/// libc's own function of the name.
template <typename Function>
Function *next(Function *, const char *name) {
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

template <typename Write>
ssize_t write_or_fail(std::size_t size, Write write) {
    if (!fails(Call::write)) {
        return write(size);
    }
    if (fault.error != 0) {
        return -1;
    }
    // Cut short once, then the disk is full.
    fault.error = ENOSPC;
    if (!fault.persistent) {
        fault.number += 1;
    }
    return size < 2 ? write(size) : write(size / 2);
}

} // namespace

std::string_view to_string(Call call) {
    static constexpr std::array<std::string_view, kCalls.size()> kNames{
        "malloc", "open", "read", "write", "fsync", "ftruncate", "rename", "unlink", "mmap"};
    return kNames[static_cast<std::size_t>(call)];
}

void arm(const Fault &to) {
    fault = to;
    for (std::uint64_t &each : counts) {
        each = 0;
    }
    armed = true;
}

void disarm() {
    armed = false;
}

std::uint64_t count(Call call) {
    return counts[static_cast<std::size_t>(call)];
}

} // namespace xueshi::test::faults

using xueshi::test::faults::Call;
using xueshi::test::faults::fails;
using xueshi::test::faults::next;
using xueshi::test::faults::write_or_fail;

// libc declares some of these with attributes that a second declaration need not repeat.
extern "C" {

void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *memory, std::size_t size);

void *malloc(std::size_t size) {
    return fails(Call::malloc) ? nullptr : __libc_malloc(size);
}
void *calloc(std::size_t count, std::size_t size) {
    return fails(Call::malloc) ? nullptr : __libc_calloc(count, size);
}
void *realloc(void *memory, std::size_t size) {
    return fails(Call::malloc) ? nullptr : __libc_realloc(memory, size);
}

#define XUESHI_OPEN(NAME)                                                                                              \
    int NAME(const char *path, int flags, ...) {                                                                       \
        static auto *const real = next(&::NAME, #NAME);                                                                \
        std::va_list arguments;                                                                                        \
        va_start(arguments, flags);                                                                                    \
        const unsigned mode = va_arg(arguments, unsigned);                                                             \
        va_end(arguments);                                                                                             \
        return fails(Call::open) ? -1 : real(path, flags, mode);                                                       \
    }
XUESHI_OPEN(open)
XUESHI_OPEN(open64)
#undef XUESHI_OPEN

ssize_t read(int fd, void *data, std::size_t size) {
    static auto *const real = next(&::read, "read");
    return fails(Call::read) ? -1 : real(fd, data, size);
}
ssize_t pread64(int fd, void *data, std::size_t size, off64_t offset) {
    static auto *const real = next(&::pread64, "pread64");
    return fails(Call::read) ? -1 : real(fd, data, size, offset);
}
ssize_t write(int fd, const void *data, std::size_t size) {
    static auto *const real = next(&::write, "write");
    return write_or_fail(size, [&](std::size_t part) { return real(fd, data, part); });
}
ssize_t pwrite64(int fd, const void *data, std::size_t size, off64_t offset) {
    static auto *const real = next(&::pwrite64, "pwrite64");
    return write_or_fail(size, [&](std::size_t part) { return real(fd, data, part, offset); });
}
int fsync(int fd) {
    static auto *const real = next(&::fsync, "fsync");
    return fails(Call::fsync) ? -1 : real(fd);
}
int fdatasync(int fd) {
    static auto *const real = next(&::fdatasync, "fdatasync");
    return fails(Call::fsync) ? -1 : real(fd);
}
int ftruncate(int fd, off_t size) noexcept {
    static auto *const real = next(&::ftruncate, "ftruncate");
    return fails(Call::ftruncate) ? -1 : real(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
    static auto *const real = next(&::ftruncate64, "ftruncate64");
    return fails(Call::ftruncate) ? -1 : real(fd, size);
}
int rename(const char *from, const char *to) noexcept {
    static auto *const real = next(&::rename, "rename");
    return fails(Call::rename) ? -1 : real(from, to);
}
int unlink(const char *path) noexcept {
    static auto *const real = next(&::unlink, "unlink");
    return fails(Call::unlink) ? -1 : real(path);
}
void *mmap(void *at, std::size_t size, int protection, int flags, int fd, off_t offset) noexcept {
    static auto *const real = next(&::mmap, "mmap");
    return fails(Call::mmap) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}
void *mmap64(void *at, std::size_t size, int protection, int flags, int fd, off64_t offset) noexcept {
    static auto *const real = next(&::mmap64, "mmap64");
    return fails(Call::mmap) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}
}
