#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::journal {

/// The page images of a SQLite database and its write-ahead log, whatever state they are in: no header, checksum or
/// page pointer is trusted further than to find the next image. Format: sqlite.org/fileformat2.html.
class Pages {
public:
    /// `database` must be there; a log is read when one lies beside it.
    static Expected<Pages> open(const std::filesystem::path &database);

    std::size_t page_size() const { return page_size_; }
    /// Every image, the database's first, then the log's from its start on. `number` is the page's, from 1. An image
    /// that the disk cannot read is passed over and counted.
    using Visitor = std::function<void(std::uint32_t number, ByteView image)>;
    void visit(const Visitor &visitor);
    std::int64_t unreadable() const { return unreadable_; }
    /// The newest image of a page: the log's, else the database's. Nothing: there is none.
    std::optional<Bytes> find(std::uint32_t number) const;

private:
    Pages() = default;
    std::optional<Bytes> read(const UniqueFd &file, std::uint64_t offset) const;

    UniqueFd database_, log_;
    std::uint64_t database_bytes_ = 0, log_bytes_ = 0;
    std::size_t page_size_ = 4096;
    std::int64_t unreadable_ = 0;
    std::map<std::uint32_t, std::uint64_t> in_log_; ///< page's number -> offset of its newest image
};

} // namespace xueshi::journal
