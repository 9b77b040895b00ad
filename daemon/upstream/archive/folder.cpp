#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/upstream/archive/archive.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::upstream {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::size_t kPiece = 1 << 20;
/// Made once by the institution in its folder: where it is missing, the share is not mounted.
constexpr auto kMarker = "xueshi-archive";

Refusal refusal_of(const Error &error) {
    Refusal out;
    out.status = error.code == ErrorCode::not_found ? 404 : error.code == ErrorCode::no_space ? 507 : 0;
    out.error = error;
    return out;
}

Expected<std::size_t> read_piece(int fd, Bytes &piece, std::int64_t offset) {
    piece.resize(kPiece);
    const auto got = read_at(fd, piece, offset);
    piece.resize(got.value_or(0));
    return got;
}

/// Reading the device's copy failed, or gave nothing where there must be more.
Refusal own_file(const Expected<std::size_t> &read) {
    Refusal out;
    out.error = read ? Error{ErrorCode::corrupt, "the film became shorter"} : read.error().with_context("the film");
    out.own_file = true;
    return out;
}

Refusal stopped() {
    Refusal out;
    out.error = {ErrorCode::cancelled, "it was stopped"};
    out.stopped = true;
    return out;
}

/// What a copy that was cut off left beside `path`.
void remove_leftovers(const std::filesystem::path &path) {
    std::error_code error;
    const std::string prefix = "." + path.filename().string() + ".";
    for (const auto &entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
        if (entry.path().filename().string().starts_with(prefix)) {
            std::filesystem::remove(entry.path(), error);
        }
    }
}

/// A share may hang for as long as it likes: all work is done on a thread of its own.
class FolderArchive final : public Archive {
public:
    explicit FolderArchive(std::filesystem::path folder) : folder_(std::move(folder)) {}
    ~FolderArchive() override { worker_.join(); }

    Result<void> put(Film film, std::int64_t max_bytes_per_s) override {
        auto work = copy(std::move(film), max_bytes_per_s);
        co_return co_await asio::co_spawn(worker_, std::move(work), asio::use_awaitable);
    }
    Result<Sha256> digest(std::string name, std::int64_t bytes) override {
        auto work = hash(std::move(name), bytes);
        co_return co_await asio::co_spawn(worker_, std::move(work), asio::use_awaitable);
    }
    Result<void> put_text(std::string name, std::string text) override {
        auto work = write(std::move(name), std::move(text));
        auto done = co_await asio::co_spawn(worker_, std::move(work), asio::use_awaitable);
        co_return done ? Answer<void>() : Answer<void>(tl::unexpected<Refusal>(refusal_of(done.error())));
    }
    void heed(const std::atomic<bool> &stop) override { stop_ = &stop; }
    std::string describe() const override { return folder_.string(); }

private:
    bool is_stopped() const { return stop_ != nullptr && stop_->load(); }

    Expected<std::filesystem::path> place_of(const std::string &name) const {
        if (!is_archive_name(name)) {
            return fail(ErrorCode::invalid_argument, "no name in an archive: " + name);
        }
        std::error_code error;
        if (!std::filesystem::exists(folder_ / kMarker, error)) {
            return fail(ErrorCode::unavailable, folder_.string() + " holds no file " + kMarker +
                                                    ": it is not mounted, or the file was never made");
        }
        auto path = folder_ / name;
        auto made = make_directory(path.parent_path(), 0750);
        return made ? Expected<std::filesystem::path>(std::move(path)) : tl::unexpected<Error>(made.error());
    }

    asio::awaitable<Answer<void>> copy(Film film, std::int64_t max_bytes_per_s) {
        const auto path = place_of(film.name);
        if (!path) {
            co_return tl::unexpected<Refusal>(refusal_of(path.error()));
        }
        remove_leftovers(*path);
        auto file = DurableFile::create(*path, 0640);
        if (!file) {
            co_return tl::unexpected<Refusal>(refusal_of(file.error().with_context("the archive's folder")));
        }
        Bytes piece;
        for (std::int64_t at = 0; at < film.bytes; at += std::ssize(piece)) {
            if (is_stopped()) {
                co_return tl::unexpected<Refusal>(stopped());
            }
            const auto got = read_piece(film.file->get(), piece, at);
            if (!got || *got == 0) {
                co_return tl::unexpected<Refusal>(own_file(got));
            }
            if (auto written = file->write(piece); !written) {
                co_return tl::unexpected<Refusal>(refusal_of(written.error().with_context("the archive's folder")));
            }
            if (max_bytes_per_s > 0) {
                co_await rest(std::chrono::milliseconds(kSecondMs * std::ssize(piece) / max_bytes_per_s));
            }
        }
        auto there = file->commit();
        if (!there) {
            co_return tl::unexpected<Refusal>(refusal_of(there.error().with_context("the archive's folder")));
        }
        co_return Answer<void>();
    }

    /// In slices, so that a stop is heeded soon.
    asio::awaitable<void> rest(std::chrono::milliseconds time) {
        asio::steady_timer pause(co_await asio::this_coro::executor);
        for (; time.count() > 0 && !is_stopped(); time -= std::chrono::milliseconds(kSecondMs)) {
            pause.expires_after(std::min(time, std::chrono::milliseconds(kSecondMs)));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    asio::awaitable<Answer<Sha256>> hash(std::string name, std::int64_t bytes) {
        const auto path = place_of(name);
        if (!path) {
            co_return tl::unexpected<Refusal>(refusal_of(path.error()));
        }
        const UniqueFd file(file_system().open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
        if (!file) {
            co_return tl::unexpected<Refusal>(refusal_of(error_from_errno(errno, "open the archived film")));
        }
        ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED); // from the disk, not from memory
        Sha256Stream stream;
        Bytes piece;
        for (std::int64_t at = 0; at <= bytes; at += std::ssize(piece)) { // one further: what is longer differs too
            if (is_stopped()) {
                co_return tl::unexpected<Refusal>(stopped());
            }
            const auto got = read_piece(file.get(), piece, at);
            if (!got) {
                co_return tl::unexpected<Refusal>(refusal_of(got.error().with_context("read the archived film back")));
            }
            if (*got == 0) {
                break;
            }
            stream.update(piece);
        }
        co_return stream.finish();
    }

    asio::awaitable<Expected<void>> write(std::string name, std::string text) {
        const auto path = place_of(name);
        if (!path) {
            co_return tl::unexpected<Error>(path.error());
        }
        auto written = write_file_durably(*path, text, 0640);
        co_return written ? Expected<void>() : fail(written, "the archive's folder");
    }

    std::filesystem::path folder_;
    const std::atomic<bool> *stop_ = nullptr; ///< set before there is work
    asio::thread_pool worker_{1};
};

} // namespace

std::unique_ptr<Archive> make_folder_archive(std::filesystem::path folder) {
    return std::make_unique<FolderArchive>(std::move(folder));
}

} // namespace xueshi::upstream
