#include "daemon/registry/media/vault.hpp"

#include <sys/statvfs.h>

#include <algorithm>

#include "daemon/registry/store/on_thread.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::media {

namespace {

constexpr std::size_t kMostOpen = 64; ///< descriptors; one that was closed is opened again when it is asked for

} // namespace

Expected<std::unique_ptr<Vault>> Vault::open(const std::filesystem::path &directory) {
    std::unique_ptr<Vault> vault(new Vault(directory));
    for (const auto &each : {vault->parts_, vault->objects_.directory()}) {
        if (auto made = make_directory(each, 0700); !made) {
            return tl::unexpected(made.error());
        }
    }
    return vault;
}

Vault::~Vault() {
    thread_.join();
}

template <typename T>
Vault::Result<T> Vault::run(std::function<Expected<T>()> job) {
    Expected<T> result = fail(ErrorCode::cancelled, "the work did not run");
    std::function<void()> work = [&result, &job] { result = job(); };
    co_await store::on_thread(thread_, std::move(work));
    co_return result;
}

/// A part that failed is closed: what the kernel still holds of it counts no more, the disk does.
template <typename T>
Vault::Result<T> Vault::with_part(std::string name, std::int64_t length, std::function<Expected<T>(PartFile &)> work) {
    std::function<Expected<T>()> job = [this, &name, length, &work]() -> Expected<T> {
        const auto found = part(name, length);
        if (!found) {
            return tl::unexpected(found.error());
        }
        auto result = work(**found);
        const bool harmless = result || result.error().code == ErrorCode::too_large ||
                              result.error().code == ErrorCode::conflict; // what is there still holds
        if (!harmless) {
            log::error("upload_file_failed", {log::Field(result.error())});
            open_.erase(name);
        }
        return result;
    };
    co_return co_await run<T>(std::move(job));
}

Expected<PartFile *> Vault::part(const std::string &name, std::int64_t length) {
    if (const auto found = open_.find(name); found != open_.end()) {
        return &found->second;
    }
    auto opened = PartFile::open(parts_ / name, length);
    if (!opened && opened.error().code == ErrorCode::not_found) { // named already, but not yet entered
        opened = PartFile::open(objects_.path_of(name), length);
    }
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return keep_open(name, std::move(*opened));
}

/// Makes room by closing one that loses nothing by it. When all have bytes that are not committed, one loses them: its
/// request is told `conflict`, and the offset still holds.
PartFile *Vault::keep_open(const std::string &name, PartFile part) {
    if (open_.size() >= kMostOpen) {
        const auto clean = std::find_if(open_.begin(), open_.end(),
                                        [](const auto &each) { return each.second.written() == each.second.offset(); });
        open_.erase(clean != open_.end() ? clean : open_.begin());
    }
    return &open_.insert_or_assign(name, std::move(part)).first->second;
}

Vault::Result<std::int64_t> Vault::create(std::string name, std::int64_t length) {
    std::function<Expected<std::int64_t>()> job = [this, &name, length]() -> Expected<std::int64_t> {
        auto created = PartFile::create(parts_ / name, length);
        if (!created) {
            return tl::unexpected(created.error());
        }
        keep_open(name, std::move(*created));
        return 0;
    };
    co_return co_await run<std::int64_t>(std::move(job));
}

Vault::Result<std::int64_t> Vault::offset(std::string name, std::int64_t length) {
    std::function<Expected<std::int64_t>(PartFile &)> work = [](PartFile &part) -> Expected<std::int64_t> {
        return part.offset();
    };
    co_return co_await with_part<std::int64_t>(std::move(name), length, std::move(work));
}

Vault::Result<std::int64_t> Vault::write(std::string name, std::int64_t length, std::int64_t at, ByteView bytes,
                                         bool commit) {
    std::function<Expected<std::int64_t>(PartFile &)> work = [at, bytes,
                                                              commit](PartFile &part) -> Expected<std::int64_t> {
        if (const auto done = part.write(at, bytes); !done) {
            return tl::unexpected(done.error());
        }
        const auto done = commit ? part.commit() : Expected<void>();
        return done ? Expected<std::int64_t>(part.written()) : tl::unexpected(done.error());
    };
    co_return co_await with_part<std::int64_t>(std::move(name), length, std::move(work));
}

Vault::Result<std::int64_t> Vault::commit(std::string name, std::int64_t length, std::int64_t end) {
    std::function<Expected<std::int64_t>(PartFile &)> work = [end](PartFile &part) -> Expected<std::int64_t> {
        if (part.written() != end) {
            return fail(ErrorCode::conflict, "the upload's newest bytes are not there any more");
        }
        const auto done = part.commit();
        return done ? Expected<std::int64_t>(part.offset()) : tl::unexpected(done.error());
    };
    co_return co_await with_part<std::int64_t>(std::move(name), length, std::move(work));
}

Vault::Result<std::int64_t> Vault::roll_back(std::string name, std::int64_t length) {
    std::function<Expected<std::int64_t>(PartFile &)> work = [](PartFile &part) -> Expected<std::int64_t> {
        part.roll_back();
        return part.offset();
    };
    co_return co_await with_part<std::int64_t>(std::move(name), length, std::move(work));
}

Vault::Result<Sha256> Vault::digest(std::string name, std::int64_t length) {
    std::function<Expected<Sha256>(PartFile &)> work = [](PartFile &part) -> Expected<Sha256> { return part.digest(); };
    co_return co_await with_part<Sha256>(std::move(name), length, std::move(work));
}

Vault::Result<std::int64_t> Vault::finish(std::string name, std::int64_t length) {
    const auto path = objects_.path_of(name);
    std::function<Expected<std::int64_t>(PartFile &)> work = [this, &path](PartFile &part) -> Expected<std::int64_t> {
        auto done = make_directory(path.parent_path(), 0700);
        if (done) {
            done = fsync_directory(objects_.directory());
        }
        if (done) {
            done = part.finish(path);
        }
        return done ? Expected<std::int64_t>(part.offset()) : tl::unexpected(done.error());
    };
    auto finished = co_await with_part<std::int64_t>(name, length, std::move(work));
    std::function<Expected<std::int64_t>()> close = [this, &name]() -> Expected<std::int64_t> {
        open_.erase(name);
        return 0;
    };
    co_await run<std::int64_t>(std::move(close));
    co_return finished;
}

Vault::Result<std::int64_t> Vault::drop(std::string name) {
    std::function<Expected<std::int64_t>()> job = [this, &name]() -> Expected<std::int64_t> {
        open_.erase(name);
        auto removed = remove_if_there(parts_ / name);
        if (removed) {
            removed = remove_if_there(objects_.path_of(name));
        }
        return removed ? Expected<std::int64_t>(0) : tl::unexpected(removed.error());
    };
    co_return co_await run<std::int64_t>(std::move(job));
}

Expected<void> Vault::keep_only(const std::set<std::string> &names) {
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(parts_, error)) {
        const std::string name = entry.path().filename().string();
        if (names.contains(name)) {
            continue;
        }
        log::info("upload_swept", {{"upload", name}});
        if (auto removed = remove_durably(entry.path()); !removed) {
            return removed;
        }
    }
    return error ? fail(ErrorCode::io, "look through " + parts_.string() + ": " + error.message()) : Expected<void>();
}

Expected<std::uint64_t> Vault::free_bytes() const {
    struct statvfs about{};
    if (::statvfs(parts_.c_str(), &about) != 0) {
        return tl::unexpected(error_from_errno(errno, "look at the media folder's file system"));
    }
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

} // namespace xueshi::registry::media
