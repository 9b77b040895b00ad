#include "daemon/registry/media/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "firmware/core/base/file.hpp"

namespace xueshi::registry::media {

namespace {

constexpr std::int64_t kAlignment = 4'096;              // a slot never shares a block with the other or with data
constexpr std::uint64_t kMagic = 0x7875'7368'6970'6132; // "xushipa2"
constexpr std::int64_t kHashBlock = 256 * 1024;

/// On disk as it lies in memory: a part file never leaves its machine.
struct Slot {
    std::uint64_t magic = kMagic, turn = 0;
    std::int64_t offset = 0;
    Sha256 hash{};     ///< of the bytes up to `offset`
    Sha256 own_hash{}; ///< of all before
};
static_assert(sizeof(Slot) == 88);

Sha256 own_hash(const Slot &slot) {
    return sha256(ByteView(reinterpret_cast<const std::uint8_t *>(&slot), offsetof(Slot, own_hash)));
}

std::int64_t slot_place(std::int64_t length, std::uint64_t turn) {
    const std::int64_t first = (length + kAlignment - 1) / kAlignment * kAlignment;
    return first + static_cast<std::int64_t>(turn % 2) * kAlignment;
}

Expected<void> write_at(int fd, ByteView bytes, std::int64_t place) {
    while (!bytes.empty()) {
        const auto size = file_system().pwrite(fd, bytes.data(), bytes.size(), place);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return tl::unexpected(error_from_errno(errno, "write an upload"));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(size));
        place += size;
    }
    return {};
}

Expected<void> sync_data(int fd) {
    return file_system().fdatasync(fd) == 0
               ? Expected<void>()
               : Expected<void>(tl::unexpected(error_from_errno(errno, "fdatasync an upload")));
}

/// Sound in itself and for this length; whether its bytes are there is another question.
std::optional<Slot> read_slot(int fd, std::int64_t length, std::uint64_t turn) {
    Slot slot;
    const std::span<std::uint8_t> raw(reinterpret_cast<std::uint8_t *>(&slot), sizeof(slot));
    if (read_at(fd, raw, slot_place(length, turn)) != raw.size() || slot.magic != kMagic ||
        slot.own_hash != own_hash(slot)) {
        return std::nullopt;
    }
    return 0 <= slot.offset && slot.offset <= length ? std::optional(slot) : std::nullopt;
}

} // namespace

Expected<PartFile> PartFile::create(const std::filesystem::path &path, std::int64_t length) {
    UniqueFd fd(file_system().open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) {
        return tl::unexpected(error_from_errno(errno, "make an upload's file"));
    }
    PartFile part(path, std::move(fd), length);
    if (auto written = part.write_slot(); !written) {
        return tl::unexpected(written.error());
    }
    if (auto synced = fsync_directory(path.parent_path()); !synced) {
        return tl::unexpected(synced.error());
    }
    return part;
}

Expected<PartFile> PartFile::open(const std::filesystem::path &path, std::int64_t length) {
    UniqueFd fd(file_system().open(path.c_str(), O_RDWR | O_CLOEXEC, 0));
    if (!fd) {
        return tl::unexpected(error_from_errno(errno, "open an upload's file"));
    }
    PartFile part(path, std::move(fd), length);
    if (auto recovered = part.recover(); !recovered) {
        return tl::unexpected(recovered.error());
    }
    return part;
}

Expected<void> PartFile::recover() {
    struct stat about{};
    if (::fstat(fd_.get(), &about) != 0) {
        return tl::unexpected(error_from_errno(errno, "look at an upload's file"));
    }
    if (about.st_size == length_) { // complete, its slots cut off, not yet renamed
        return take_up(length_);
    }
    std::array slots{read_slot(fd_.get(), length_, 0), read_slot(fd_.get(), length_, 1)};
    std::ranges::sort(slots, [](const auto &a, const auto &b) { return (a ? a->turn : 0) > (b ? b->turn : 0); });
    for (const auto &slot : slots) {
        if (slot && take_up(slot->offset) && digest() == slot->hash) {
            turn_ = slot->turn;
            return {};
        }
    }
    return fail(ErrorCode::corrupt, "an upload's file says nothing of how far it came");
}

/// Goes on from the bytes up to `end`, whatever they are.
Expected<void> PartFile::take_up(std::int64_t end) {
    durable_ = ChecksumStream(wire::ChecksumAlgorithm::sha256);
    Bytes block(static_cast<std::size_t>(std::min(end, kHashBlock)));
    for (std::int64_t place = 0; place < end;) {
        const auto wanted = static_cast<std::size_t>(std::min(kHashBlock, end - place));
        const auto got = read_at(fd_.get(), std::span(block).first(wanted), place);
        if (!got) {
            return tl::unexpected(got.error());
        }
        if (*got < wanted) {
            return fail(ErrorCode::corrupt, "an upload's file is shorter than it says");
        }
        durable_.update(ByteView(block).first(wanted));
        place += static_cast<std::int64_t>(wanted);
    }
    offset_ = end;
    roll_back();
    return {};
}

Expected<void> PartFile::write(std::int64_t at, ByteView bytes) {
    if (at == offset_) {
        roll_back();
    }
    if (at != written_) {
        return fail(ErrorCode::conflict, "the upload's newest bytes are others by now");
    }
    if (static_cast<std::int64_t>(bytes.size()) > length_ - written_) {
        return fail(ErrorCode::too_large, "more bytes than the upload was announced with");
    }
    if (auto done = write_at(fd_.get(), bytes, written_); !done) {
        return done;
    }
    running_.update(bytes);
    written_ += static_cast<std::int64_t>(bytes.size());
    return {};
}

Expected<void> PartFile::commit() {
    if (written_ == offset_) {
        return {};
    }
    durable_ = running_;
    offset_ = written_;
    return write_slot();
}

void PartFile::roll_back() {
    running_ = durable_;
    written_ = offset_;
}

Sha256 PartFile::digest() const {
    Sha256 hash{};
    std::ranges::copy(durable_.digest(), hash.begin());
    return hash;
}

Expected<void> PartFile::write_slot() {
    Slot slot;
    slot.turn = ++turn_;
    slot.offset = offset_;
    slot.hash = digest();
    slot.own_hash = own_hash(slot);
    const ByteView raw(reinterpret_cast<const std::uint8_t *>(&slot), sizeof(slot));
    if (auto written = write_at(fd_.get(), raw, slot_place(length_, turn_)); !written) {
        return written;
    }
    return sync_data(fd_.get());
}

Expected<void> PartFile::finish(const std::filesystem::path &path) {
    if (file_system().ftruncate(fd_.get(), length_) != 0 || file_system().fsync(fd_.get()) != 0) {
        return tl::unexpected(error_from_errno(errno, "finish an upload"));
    }
    if (file_system().rename(path_.c_str(), path.c_str()) != 0) {
        return tl::unexpected(error_from_errno(errno, "name a finished upload"));
    }
    if (auto synced = fsync_directory(path.parent_path()); !synced) {
        return synced;
    }
    return fsync_directory(path_.parent_path());
}

} // namespace xueshi::registry::media
