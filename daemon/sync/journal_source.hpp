#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "daemon/sync/source.hpp"

namespace xueshi::sync {

/// terminald's journal: opened when it appears, opened again after an error and when the file was replaced (salvage).
/// Thread-bound.
class JournalSource final : public EventSource {
public:
    explicit JournalSource(std::filesystem::path path) : path_(std::move(path)) {}

    Expected<std::vector<JournalChain>> chains() override;
    Expected<std::vector<record::StoredEvent>> read(const ChainId &chain, record::Sequence after, std::size_t count,
                                                    std::size_t max_bytes) override;

private:
    Expected<journal::JournalReader *> reader();
    template <typename T>
    Expected<T> dropping_on_error(Expected<T> result);

    std::filesystem::path path_;
    std::optional<journal::JournalReader> reader_;
    std::vector<JournalChain> former_; ///< of the file that is open; they never change
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

} // namespace xueshi::sync
