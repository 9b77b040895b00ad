#include <doctest/doctest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

/// Passes calls on to the kernel; the chosen one fails.
class FailingFileSystem final : public FileSystem {
public:
    enum class Call { none, open, write, fsync, rename };
    FailingFileSystem(Call call, int error_number) : call_(call), error_number_(error_number) {
        replace_file_system(nullptr);
        kernel_ = &file_system();
        replace_file_system(this);
    }
    ~FailingFileSystem() override { replace_file_system(nullptr); }

    int open(const char *path, int flags, unsigned mode) override {
        return failing(Call::open) ? -1 : kernel_->open(path, flags, mode);
    }
    std::int64_t write(int fd, const void *data, std::size_t size) override {
        return failing(Call::write) ? -1 : kernel_->write(fd, data, size);
    }
    int fsync(int fd) override { return failing(Call::fsync) ? -1 : kernel_->fsync(fd); }
    int rename(const char *from, const char *to) override {
        return failing(Call::rename) ? -1 : kernel_->rename(from, to);
    }
    int unlink(const char *path) override { return kernel_->unlink(path); }

private:
    bool failing(Call call) const {
        errno = error_number_;
        return call == call_;
    }
    Call call_;
    int error_number_;
    FileSystem *kernel_;
};

std::size_t files_in(const std::filesystem::path &directory) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

} // namespace

TEST_CASE("file: a replaced file has the new content and mode, and nothing is left beside it") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "f.json";
    REQUIRE(write_file_durably(path, "old").has_value());
    REQUIRE(write_file_durably(path, "new", 0600).has_value());
    CHECK(read_file(path, 100).value() == "new");
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("file: whichever call fails, the old file stays whole and nothing is left beside it") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "f.json";
    REQUIRE(write_file_durably(path, "old").has_value());
    using Call = FailingFileSystem::Call;
    for (const Call call : {Call::open, Call::write, Call::fsync, Call::rename}) {
        const auto written = [&] {
            const FailingFileSystem failing(call, ENOSPC);
            return write_file_durably(path, "new");
        }();
        REQUIRE_FALSE(written.has_value());
        CHECK(written.error().code == ErrorCode::no_space);
        CHECK(read_file(path, 100).value() == "old");
        CHECK(files_in(directory.path()) == 1);
    }
}

TEST_CASE("file: what a killed process of the same number left is in nobody's way") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "status.json";
    unsigned next = 0;
    {
        const auto begun = DurableFile::create(path, 0600);
        REQUIRE(begun);
        const auto name = std::filesystem::directory_iterator(directory.path())->path().stem().string();
        next = static_cast<unsigned>(std::stoul(name.substr(name.rfind('.') + 1))) + 1;
    }
    for (unsigned left = next; left < next + 3; ++left) {
        std::ofstream(directory / (".status.json." + std::to_string(::getpid()) + "." + std::to_string(left) + ".tmp"));
    }
    REQUIRE(write_file_durably(path, "whole"));
    CHECK(read_file(path, 100).value() == "whole");
}

TEST_CASE("file: more than the limit is refused") {
    const test::TemporaryDirectory directory;
    REQUIRE(write_file_durably(directory / "f", "12345").has_value());
    CHECK(read_file(directory / "f", 4).error().code == ErrorCode::too_large);
    CHECK(read_file(directory / "g", 4).error().code == ErrorCode::not_found);
}

TEST_CASE("file: a lock is held by one at a time") {
    const test::TemporaryDirectory directory;
    {
        const auto first = LockFile::acquire(directory / "lock");
        REQUIRE(first.has_value());
        CHECK(LockFile::acquire(directory / "lock").error().code == ErrorCode::conflict);
    }
    CHECK(LockFile::acquire(directory / "lock").has_value());
}

namespace {

/// What systemd's RestrictSUIDSGID does: whoever asks for a set-user or set-group bit gets EPERM.
bool forbid_set_id_bits() {
#ifdef SYS_mkdir
    constexpr std::uint32_t kMakes = SYS_mkdir, kChanges = SYS_chmod, kMode = offsetof(seccomp_data, args[1]);
#else
    constexpr std::uint32_t kMakes = SYS_mkdirat, kChanges = SYS_fchmodat, kMode = offsetof(seccomp_data, args[2]);
#endif
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMakes, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kChanges, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kMode),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, S_ISUID | S_ISGID, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = static_cast<unsigned short>(std::size(steps)), .filter = steps};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace

TEST_CASE("file: below a state directory others are made under systemd's RestrictSUIDSGID") {
    const test::TemporaryDirectory directory;
    REQUIRE(make_directory(directory / "state").has_value());
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::umask(0027); // the units'
        if (!forbid_set_id_bits()) {
            ::_exit(77);
        }
        ::_exit(make_directory(directory / "state" / "media").has_value() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        MESSAGE("skipped: this kernel or emulator takes no seccomp filter");
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
    struct stat media{};
    REQUIRE(::stat((directory / "state" / "media").c_str(), &media) == 0);
    CHECK((media.st_mode & 07777) == 02750);
}

TEST_CASE("file: directories are made with their mode whatever the umask") {
    const test::TemporaryDirectory directory;
    const mode_t old = ::umask(0077);
    REQUIRE(make_directory(directory / "a" / "b").has_value());
    ::umask(old);
    struct stat status{};
    REQUIRE(::stat((directory / "a" / "b").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 02750);
}
