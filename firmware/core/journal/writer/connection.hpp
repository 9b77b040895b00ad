#pragma once

#include <filesystem>
#include <optional>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/reader.hpp"

namespace xueshi::journal {

/// The writer's connection to journal.db; thrown away and opened again after a failure.
class Connection {
public:
    /// Makes an empty file (0640) where there is none; `open` needs one.
    static Expected<void> create_file(const std::filesystem::path &path);
    /// Opens the file, brings its schema up to date, and checks that `key` wrote it (denied) and that
    /// its last events hold (corrupt, with the first bad seq). `chunk_bytes`: Reserve::database_bytes.
    static Expected<Connection> open(const std::filesystem::path &path, const identity::PublicKey &key,
                                     std::int64_t chunk_bytes = 0);

    const Description &description() const { return description_; }
    const Head &head() const { return head_; }

    Expected<std::optional<record::Sequence>> find(const Uuid &id);
    Expected<std::optional<Sha256>> hash_at(record::Sequence seq);
    /// One transaction, one fdatasync. Error no_space: surely not there. Any other: it may or may not be on disk.
    Expected<void> insert(const record::StoredEvent &event);

    /// After an insert failed, before this connection goes: nobody may take what it left for committed.
    Expected<void> forget_failed_commit();

    /// Moves what it can into the database without waiting for readers.
    Expected<void> checkpoint();
    /// Moves everything, waiting for readers; unavailable when one stayed too long.
    Expected<void> checkpoint_fully();

private:
    Connection(sqlite::Database database, Description description, Head head, sqlite::Statement find,
               sqlite::Statement insert)
        : database_(std::move(database)), description_(std::move(description)), head_(head), find_(std::move(find)),
          insert_(std::move(insert)) {}

    sqlite::Database database_;
    Description description_;
    Head head_; ///< as found when opened
    sqlite::Statement find_;
    sqlite::Statement insert_;
};

} // namespace xueshi::journal
