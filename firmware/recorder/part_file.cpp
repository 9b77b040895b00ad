#include "firmware/recorder/part_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>

#include "firmware/core/base/file.hpp"

namespace xueshi::recorder {
namespace {

constexpr unsigned kFileMode = 0640; ///< syncd reads it as a member of the group

Error failure(const char *what, const std::filesystem::path &path) {
    return error_from_errno(errno, what + (" " + path.string()));
}

} // namespace

std::filesystem::path PartFile::part_name(const std::filesystem::path &final_path) {
    return final_path.string() + ".part";
}

Expected<PartFile> PartFile::create(const std::filesystem::path &final_path) {
    PartFile file;
    file.final_path_ = final_path;
    const auto name = part_name(final_path);
    file.fd_ =
        UniqueFd(file_system().open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kFileMode));
    if (!file.fd_) {
        return tl::unexpected<Error>(failure("create", name));
    }
    return file;
}

Expected<PartFile> PartFile::reopen(const std::filesystem::path &final_path) {
    PartFile file;
    file.final_path_ = final_path;
    const auto name = part_name(final_path);
    file.fd_ = UniqueFd(file_system().open(name.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC, 0));
    if (!file.fd_) {
        return tl::unexpected<Error>(failure("open", name));
    }
    return file;
}

Expected<void> PartFile::append(ByteView bytes) {
    while (!bytes.empty()) {
        const std::int64_t done = file_system().write(fd_.get(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return tl::unexpected<Error>(failure("write", final_path_));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return {};
}

Expected<void> PartFile::truncate(std::int64_t bytes) {
    if (file_system().ftruncate(fd_.get(), bytes) != 0) {
        return tl::unexpected<Error>(failure("cut", final_path_));
    }
    return {};
}

Expected<void> PartFile::sync() {
    if (file_system().fdatasync(fd_.get()) != 0) {
        return tl::unexpected<Error>(failure("fdatasync", final_path_));
    }
    return {};
}

Expected<void> PartFile::finish() {
    if (file_system().fsync(fd_.get()) != 0) {
        return tl::unexpected<Error>(failure("fsync", final_path_));
    }
    const auto name = part_name(final_path_);
    if (file_system().rename(name.c_str(), final_path_.c_str()) != 0) {
        return tl::unexpected<Error>(failure("rename to", final_path_));
    }
    return fsync_directory(final_path_.parent_path());
}

} // namespace xueshi::recorder
