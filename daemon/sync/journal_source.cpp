#include "daemon/sync/journal_source.hpp"

#include <sys/stat.h>

namespace xueshi::sync {

Expected<journal::JournalReader *> JournalSource::reader() {
    struct stat now{};
    if (::stat(path_.c_str(), &now) != 0) {
        reader_.reset();
        return fail(ErrorCode::unavailable, "there is no journal yet");
    }
    if (reader_ && now.st_dev == device_ && now.st_ino == inode_) {
        return &*reader_;
    }
    reader_.reset();
    auto opened = journal::JournalReader::open(path_);
    if (!opened) {
        return fail(opened, "open the journal");
    }
    reader_.emplace(std::move(*opened));
    device_ = now.st_dev;
    inode_ = now.st_ino;
    return &*reader_;
}

template <typename T>
Expected<T> JournalSource::dropping_on_error(Expected<T> result) {
    if (!result) {
        reader_.reset();
    }
    return result;
}

Expected<journal::Description> JournalSource::description() {
    const auto opened = reader();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return (*opened)->description();
}

Expected<journal::Head> JournalSource::head() {
    const auto opened = reader();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return dropping_on_error((*opened)->head());
}

Expected<std::vector<record::StoredEvent>> JournalSource::read(record::Sequence after, std::size_t count,
                                                               std::size_t max_bytes) {
    const auto opened = reader();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return dropping_on_error((*opened)->read(after, count, max_bytes));
}

} // namespace xueshi::sync
