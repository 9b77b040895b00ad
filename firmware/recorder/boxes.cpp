#include "firmware/recorder/boxes.hpp"

#include <fcntl.h>

#include <cerrno>
#include <limits>

#include "firmware/core/base/file.hpp"

namespace xueshi::recorder {
namespace {

Expected<UniqueFd> open_to_read(const std::filesystem::path &path) {
    UniqueFd fd(file_system().open(path.c_str(), O_RDONLY | O_CLOEXEC, 0));
    return fd ? Expected<UniqueFd>(std::move(fd))
              : tl::unexpected<Error>(error_from_errno(errno, "open " + path.string()));
}

} // namespace

Expected<BoxFile> BoxFile::open(const std::filesystem::path &path) {
    auto fd = open_to_read(path);
    return fd ? Expected<BoxFile>(BoxFile(std::move(*fd))) : tl::unexpected<Error>(fd.error());
}

std::optional<BoxFile::Header> BoxFile::header(std::int64_t place) {
    const auto bytes = read(place, 8);
    if (!bytes) {
        return std::nullopt;
    }
    std::int64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        size = size << 8 | (*bytes)[i];
    }
    return size >= 8 ? std::optional(Header{std::string(as_text(ByteView(*bytes).subspan(4))), size - 8})
                     : std::nullopt;
}

std::optional<Bytes> BoxFile::read(std::int64_t place, std::int64_t size) {
    Bytes bytes(static_cast<std::size_t>(size));
    const auto read = read_at(fd_.get(), bytes, place);
    failed = failed || !read;
    return read && *read == bytes.size() ? std::optional(std::move(bytes)) : std::nullopt;
}

Expected<FileDigest> FileDigest::open(const std::filesystem::path &path) {
    auto fd = open_to_read(path);
    return fd ? Expected<FileDigest>(FileDigest(std::move(*fd), path.string())) : tl::unexpected<Error>(fd.error());
}

Expected<bool> FileDigest::read_on(std::int64_t most) {
    Bytes piece(1 << 20);
    for (std::int64_t read = 0; read < most;) {
        const auto got = file_system().read(fd_.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tl::unexpected<Error>(error_from_errno(errno, "read " + name_));
        }
        if (got == 0) {
            sha256_ = hex(digest_.finish());
            return true;
        }
        digest_.update(ByteView(piece).first(static_cast<std::size_t>(got)));
        bytes_ += got;
        read += got;
    }
    return false;
}

Expected<std::pair<std::string, std::int64_t>> digest_and_size(const std::filesystem::path &path) {
    auto file = FileDigest::open(path);
    const auto read =
        file ? file->read_on(std::numeric_limits<std::int64_t>::max()) : tl::unexpected<Error>(file.error());
    return read ? Expected<std::pair<std::string, std::int64_t>>(std::pair(file->sha256(), file->bytes()))
                : tl::unexpected<Error>(read.error());
}

} // namespace xueshi::recorder
