#include "firmware/core/identity/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::identity {
namespace {

Expected<void> check_owner_and_mode(int fd, const std::filesystem::path &path) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "stat " + path.string()));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::denied, path.string() + ": no regular file");
    }
    if (status.st_uid != ::geteuid()) {
        return fail(ErrorCode::denied, path.string() + ": belongs to another user");
    }
    if ((status.st_mode & 077U) != 0) {
        return fail(ErrorCode::denied, fmt::format("{}: mode {:04o} lets others in; 0600 expected", path.string(),
                                                   status.st_mode & 07777U));
    }
    return {};
}

} // namespace

Expected<std::string> read_secret_file(const std::filesystem::path &path, std::size_t limit) {
    // O_NONBLOCK: a FIFO put there must not hang the start.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) {
        return errno == ELOOP ? fail(ErrorCode::denied, path.string() + ": is a symbolic link")
                              : tl::unexpected<Error>(error_from_errno(errno, "open " + path.string()));
    }
    if (const auto safe = check_owner_and_mode(fd.get(), path); !safe) {
        return tl::unexpected<Error>(safe.error());
    }
    std::string content(limit + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(fd.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tl::unexpected<Error>(error_from_errno(errno, "read " + path.string()));
        }
        if (got == 0) {
            content.resize(size);
            return content;
        }
        size += static_cast<std::size_t>(got);
    }
    forget(content);
    return fail(ErrorCode::corrupt, fmt::format("{}: over {} bytes", path.string(), limit));
}

Expected<void> write_secret_file(const std::filesystem::path &path, std::string_view content) {
    return write_file_durably(path, content, 0600);
}

void forget(std::string &secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

} // namespace xueshi::identity
