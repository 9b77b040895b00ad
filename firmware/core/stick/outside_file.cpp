#include "firmware/core/stick/outside_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

namespace xueshi::stick {

Expected<UniqueFd> open_outside_file(const std::filesystem::path &path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) {
        return errno == ELOOP ? fail(ErrorCode::denied, path.string() + ": is a symbolic link")
                              : tl::unexpected<Error>(error_from_errno(errno, "open " + path.string()));
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return fail(ErrorCode::denied, path.string() + ": no regular file");
    }
    return fd;
}

Expected<std::string> read_outside_file(const std::filesystem::path &path, std::uint64_t limit) {
    constexpr std::size_t kPiece = 256 * 1024;
    const auto fd = open_outside_file(path);
    if (!fd) {
        return tl::unexpected<Error>(fd.error());
    }
    std::string text;
    for (;;) {
        const std::size_t size = text.size();
        text.resize(size + kPiece);
        const ssize_t got = ::read(fd->get(), text.data() + size, kPiece);
        if (got < 0 && errno != EINTR) {
            return tl::unexpected<Error>(error_from_errno(errno, "read " + path.string()));
        }
        text.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
        if (text.size() > limit) {
            return fail(ErrorCode::too_large, fmt::format("{}: over {} bytes", path.string(), limit));
        }
        if (got == 0) {
            return text;
        }
    }
}

} // namespace xueshi::stick
