#include "firmware/core/journal/salvage/pages.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "firmware/core/base/file.hpp"

namespace xueshi::journal {
namespace {

constexpr std::size_t kLogHeader = 32, kFrameHeader = 24;
constexpr std::size_t kDefaultPage = 4096, kLargestPage = 65536;

std::uint32_t big_endian(ByteView bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = value << 8 | bytes[at + i];
    }
    return value;
}

bool is_page_size(std::size_t size) {
    return size >= 512 && size <= kLargestPage && std::has_single_bit(size);
}

/// Short at the file's end; nothing when the disk fails.
std::optional<Bytes> read_at(const UniqueFd &file, std::uint64_t offset, std::size_t size) {
    Bytes bytes(size);
    const auto read = xueshi::read_at(file.get(), bytes, static_cast<std::int64_t>(offset));
    bytes.resize(read.value_or(0));
    return read ? std::optional(std::move(bytes)) : std::nullopt;
}

std::uint64_t size_of(const UniqueFd &file) {
    struct stat status{};
    return file && ::fstat(file.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

} // namespace

Expected<Pages> Pages::open(const std::filesystem::path &database) {
    Pages pages;
    pages.database_ = UniqueFd(file_system().open(database.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
    if (!pages.database_) {
        return tl::unexpected<Error>(error_from_errno(errno, "open " + database.string()));
    }
    pages.log_ =
        UniqueFd(file_system().open((database.string() + "-wal").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
    pages.database_bytes_ = size_of(pages.database_);
    pages.log_bytes_ = size_of(pages.log_);
    // Both headers say it, and either may be damaged; every journal of ours has pages of 4,096 bytes.
    const auto header = read_at(pages.database_, 0, 100);
    const auto log_header = pages.log_ ? read_at(pages.log_, 0, kLogHeader) : std::nullopt;
    const std::size_t said = header && header->size() == 100 ? big_endian(*header, 16, 2) : 0;
    const std::size_t log_said = log_header && log_header->size() == kLogHeader ? big_endian(*log_header, 8, 4) : 0;
    pages.page_size_ = said == 1                ? kLargestPage
                       : is_page_size(log_said) ? log_said
                       : is_page_size(said)     ? said
                                                : kDefaultPage;
    return pages;
}

std::optional<Bytes> Pages::read(const UniqueFd &file, std::uint64_t offset) const {
    return read_at(file, offset, page_size_);
}

void Pages::visit(const Visitor &visitor) {
    const auto show = [&](std::uint32_t number, const std::optional<Bytes> &image) {
        if (!image) {
            ++unreadable_;
            return;
        }
        if (std::ranges::any_of(*image, [](std::uint8_t byte) { return byte != 0; })) { // a reserve is zeros
            visitor(number, *image);
        }
    };
    const std::uint64_t frame = kFrameHeader + page_size_;
    for (std::uint64_t offset = kLogHeader; offset + frame <= log_bytes_; offset += frame) {
        const auto header = read_at(log_, offset, kFrameHeader);
        if (header && header->size() == kFrameHeader) {
            in_log_[big_endian(*header, 0, 4)] = offset + kFrameHeader;
        }
    }
    std::uint32_t number = 1;
    for (std::uint64_t offset = 0; offset < database_bytes_; offset += page_size_) {
        show(number++, read(database_, offset));
    }
    for (std::uint64_t offset = kLogHeader; offset + kFrameHeader < log_bytes_; offset += frame) {
        const auto header = read_at(log_, offset, kFrameHeader);
        show(header && header->size() == kFrameHeader ? big_endian(*header, 0, 4) : 0,
             read(log_, offset + kFrameHeader));
    }
}

std::optional<Bytes> Pages::find(std::uint32_t number) const {
    const auto logged = in_log_.find(number);
    if (logged != in_log_.end()) {
        return read(log_, logged->second);
    }
    const std::uint64_t offset = (std::uint64_t{number} - 1) * page_size_;
    return number > 0 && offset < database_bytes_ ? read(database_, offset) : std::nullopt;
}

} // namespace xueshi::journal
