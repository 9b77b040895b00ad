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
    auto former = opened->former_chains();
    if (!former) {
        return fail(former, "read which chains came before");
    }
    former_.clear();
    for (journal::FormerChain &chain : *former) {
        former_.push_back({std::move(chain.description), chain.head, true});
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

Expected<std::vector<JournalChain>> JournalSource::chains() {
    const auto opened = reader();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    const auto head = dropping_on_error((*opened)->head());
    if (!head) {
        return tl::unexpected(head.error());
    }
    std::vector<JournalChain> chains = former_;
    chains.push_back({(*opened)->description(), *head, false});
    return chains;
}

Expected<std::vector<record::StoredEvent>> JournalSource::read(const ChainId &chain, record::Sequence after,
                                                               std::size_t count, std::size_t max_bytes) {
    const auto opened = reader();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    if (chain == (*opened)->description().chain) {
        return dropping_on_error((*opened)->read(after, count, max_bytes));
    }
    auto events = (*opened)->read_former(chain, after, count, max_bytes);
    if (!events && events.error().code == ErrorCode::corrupt) { // what lies before the damage is given all the same
        events = (*opened)->read_former(chain, after, 1, max_bytes);
    }
    return dropping_on_error(std::move(events));
}

} // namespace xueshi::sync
