#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace xueshi::bench {

/// What any program would do at least: the same pragmas, the same insert, hash and signature straight with SQLite and
/// OpenSSL; no canonical JSON, no check that an id is new, nothing read back.
class RawJournal {
public:
    explicit RawJournal(const std::filesystem::path &path);
    ~RawJournal();
    RawJournal(const RawJournal &) = delete;
    RawJournal &operator=(const RawJournal &) = delete;

    void append(const std::string &body);
    void checkpoint();
    /// Reads each row and checks its hash and signature; the number of rows.
    std::int64_t verify();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::bench
