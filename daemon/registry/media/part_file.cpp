#include "daemon/registry/media/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "firmware/core/base/file.hpp"

namespace xueshi::registry::media {

namespace {

constexpr std::int64_t kAlignment = 4'096;              // a slot never shares a block with the other or with data
constexpr std::uint64_t kMagic = 0x7875'7368'6970'6172; // "xushipar"

/// On disk as it lies in memory: a part file never leaves its machine.
struct Slot {
    std::uint64_t magic = kMagic, turn = 0;
    std::int64_t offset = 0, block_start = 0;
    Sha256 block_hash{};
    Sha256 own_hash{}; ///< of all before
};
static_assert(sizeof(Slot) == 96);

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
    const bool sound = 0 <= slot.block_start && slot.block_start <= slot.offset && slot.offset <= length;
    return sound ? std::optional(slot) : std::nullopt;
}

bool bytes_fit(int fd, const Slot &slot) {
    Sha256Stream stream;
    return hash_range(fd, slot.block_start, slot.offset - slot.block_start, stream) &&
           stream.finish() == slot.block_hash;
}

} // namespace

Expected<PartFile> PartFile::create(const std::filesystem::path &path, std::int64_t length) {
    UniqueFd fd(file_system().open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) {
        return tl::unexpected(error_from_errno(errno, "make an upload's file"));
    }
    PartFile part(path, std::move(fd), length);
    if (auto written = part.write_slot(0, sha256({})); !written) {
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
        offset_ = written_ = length_;
        return {};
    }
    std::array slots{read_slot(fd_.get(), length_, 0), read_slot(fd_.get(), length_, 1)};
    std::ranges::sort(slots, [](const auto &a, const auto &b) { return (a ? a->turn : 0) > (b ? b->turn : 0); });
    for (const auto &slot : slots) {
        if (slot && bytes_fit(fd_.get(), *slot)) {
            offset_ = written_ = slot->offset;
            turn_ = slot->turn;
            return {};
        }
    }
    return fail(ErrorCode::corrupt, "an upload's file says nothing of how far it came");
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
    block_.update(bytes);
    written_ += static_cast<std::int64_t>(bytes.size());
    return {};
}

Expected<bool> PartFile::commit(const std::optional<Sha256> &digest) {
    if (written_ == offset_ && !digest) {
        return true;
    }
    const Sha256 hash = std::exchange(block_, Sha256Stream()).finish();
    if (digest && hash != *digest) {
        written_ = offset_;
        return false;
    }
    const std::int64_t block_start = std::exchange(offset_, written_);
    const auto done = write_slot(block_start, hash);
    return done ? Expected<bool>(true) : tl::unexpected(done.error());
}

void PartFile::roll_back() {
    block_ = Sha256Stream();
    written_ = offset_;
}

Expected<void> PartFile::write_slot(std::int64_t block_start, const Sha256 &block_hash) {
    Slot slot;
    slot.turn = ++turn_;
    slot.offset = offset_;
    slot.block_start = block_start;
    slot.block_hash = block_hash;
    slot.own_hash = own_hash(slot);
    const ByteView raw(reinterpret_cast<const std::uint8_t *>(&slot), sizeof(slot));
    if (auto written = write_at(fd_.get(), raw, slot_place(length_, turn_)); !written) {
        return written;
    }
    return sync_data(fd_.get());
}

Expected<void> PartFile::hash_ahead() {
    auto hashed = hash_range(fd_.get(), hashed_, offset_ - hashed_, whole_);
    if (!hashed) { // from the start when it is asked for
        whole_ = Sha256Stream();
        hashed_ = 0;
        return hashed;
    }
    hashed_ = offset_;
    return {};
}

Expected<Sha256> PartFile::digest() {
    if (auto hashed = hash_ahead(); !hashed) {
        return tl::unexpected(hashed.error());
    }
    hashed_ = 0;
    return std::exchange(whole_, Sha256Stream()).finish();
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
