#pragma once

#include <fcntl.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "daemon/upstream/upstream.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A file that holds `content` and is nowhere else.
inline std::shared_ptr<const UniqueFd> file_of(const std::string &content) {
    const TemporaryDirectory directory;
    const auto path = directory / "file";
    if (!write_file_durably(path, content)) {
        throw std::runtime_error("no file");
    }
    return std::make_shared<const UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Of a clip with this content, what is from `offset` on.
inline upstream::Upstream::Piece piece_of(const std::string &content, std::int64_t offset = 0) {
    upstream::Upstream::Piece piece;
    piece.file = file_of(content);
    piece.offset = offset;
    piece.bytes = static_cast<std::int64_t>(content.size()) - offset;
    return piece;
}

} // namespace xueshi::test
