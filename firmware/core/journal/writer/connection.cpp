#include "firmware/core/journal/writer/connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/rows.hpp"
#include "firmware/core/journal/writer/reserve.hpp"
#include "firmware/core/sqlite/errors.hpp"

namespace xueshi::journal {
namespace {

constexpr record::Sequence kCheckedWhenOpened = 64; // a start must not take longer as the journal grows

Expected<void> set_up(sqlite::Database &database) {
    auto mode = sqlite::Statement::prepare(database, "PRAGMA journal_mode = WAL");
    if (!mode) {
        return tl::unexpected<Error>(mode.error());
    }
    if (const auto row = mode->step(); !row) {
        return tl::unexpected<Error>(row.error());
    }
    if (mode->text(0) != "wal") {
        return fail(ErrorCode::unsupported, "the file system cannot hold a write-ahead log");
    }
    mode->reset();
    // Without it a clean end deletes -wal and -shm, and a reader that is another user could not open any more.
    int persist = 1;
    if (sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist) != SQLITE_OK) {
        return fail(ErrorCode::io, "cannot keep the write-ahead log");
    }
    // FULL: each commit is synced (NORMAL lost acknowledged commits in a power cut). Checkpoints are ours, when idle.
    return database.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cell_size_check = ON");
}

Expected<void> describe_new(sqlite::Database &database, const identity::PublicKey &key) {
    auto insert = sqlite::Statement::prepare(
        database, "INSERT INTO description(one, device, chain, suite, public_key) "
                  "SELECT 1, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM description) AND NOT EXISTS "
                  "(SELECT 1 FROM event)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    insert->bind(1, identity::device_id(key).str()).bind(2, Uuid::v4().str());
    insert->bind(3, std::int64_t{key.suite()}).bind(4, key.pem());
    return insert->run();
}

Expected<Description> describe(sqlite::Database &database, const identity::PublicKey &key) {
    if (const auto made = describe_new(database, key); !made) {
        return tl::unexpected<Error>(made.error());
    }
    auto description = read_description(database);
    if (!description && description.error().code == ErrorCode::unavailable) {
        return fail(ErrorCode::corrupt, "event 1: there are events and no description of their journal");
    }
    if (!description) {
        return description;
    }
    if (description->public_key_pem != key.pem() || description->device != identity::device_id(key)) {
        return fail(ErrorCode::denied, "written with another key, by device " + description->device.str());
    }
    if (description->suite != key.suite()) {
        return fail(ErrorCode::corrupt, fmt::format("suite {} does not belong to its key", description->suite));
    }
    return description;
}

/// The last events, from an assumed good one before them; from the start when the journal is short.
Expected<Head> check_tail(sqlite::Database &database, const Description &description, const identity::PublicKey &key) {
    const auto head = read_head(database);
    if (!head || head->seq == 0) {
        return head;
    }
    const record::Sequence after = std::max<record::Sequence>(0, head->seq - kCheckedWhenOpened);
    const auto events = read_rows(database, after, kCheckedWhenOpened, record::kMaxBodyBytes * kCheckedWhenOpened);
    if (!events) {
        return tl::unexpected<Error>(events.error());
    }
    const Sha256 before = after == 0 || events->empty() ? Sha256{} : events->front().prev;
    identity::ChainVerifier verifier(key, description.device, description.chain, after, before);
    for (const record::StoredEvent &event : *events) {
        if (const auto fed = verifier.feed(event); !fed) {
            return fail(ErrorCode::corrupt, fed.error().message);
        }
    }
    if (verifier.head_seq() != head->seq) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: cannot be read", verifier.head_seq() + 1));
    }
    return head;
}

Expected<void> run_checkpoint(sqlite::Database &database, int mode, int &frames, int &moved) {
    const int result = sqlite3_wal_checkpoint_v2(database.handle(), "main", mode, &frames, &moved);
    return result == SQLITE_OK ? Expected<void>()
                               : tl::unexpected<Error>(sqlite::error_of(database.handle(), result, "checkpoint"));
}

} // namespace

namespace {

constexpr unsigned kMode = 0640; // the group (syncd, xueshictl) reads, others nothing

} // namespace

// Made here and not by SQLite, so that the umask does not decide who reads; -wal and -shm take over its mode.
// Never opened when it is there: closing it would drop the locks that SQLite holds in this process.
Expected<void> Connection::create_file(const std::filesystem::path &path) {
    const UniqueFd fd(file_system().open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
    if (!fd) {
        return errno == EEXIST ? Expected<void>()
                               : tl::unexpected<Error>(error_from_errno(errno, "create " + path.string()));
    }
    if (::fchmod(fd.get(), kMode) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "set mode of " + path.string()));
    }
    return fsync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Expected<Connection> Connection::open(const std::filesystem::path &path, const identity::PublicKey &key,
                                      std::int64_t chunk_bytes) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_write_create);
    if (!database) {
        return tl::unexpected<Error>(database.error());
    }
    auto ready = set_up(*database)
                     .and_then([&] { return keep_allocated(*database, chunk_bytes); })
                     .and_then([&] { return sqlite::sync_log(*database); })
                     .and_then([&] { return sqlite::migrate(*database, migrations()); });
    if (!ready) {
        return tl::unexpected<Error>(ready.error());
    }
    auto description = describe(*database, key);
    if (!description) {
        return tl::unexpected<Error>(description.error());
    }
    const auto head = check_tail(*database, *description, key);
    if (!head) {
        return tl::unexpected<Error>(head.error());
    }
    auto find = sqlite::Statement::prepare(*database, "SELECT seq FROM event WHERE id = ?");
    auto insert = sqlite::Statement::prepare(
        *database, "INSERT INTO event(seq, id, kind, body, prev, hash, signature) VALUES(?, ?, ?, ?, ?, ?, ?)");
    if (!find || !insert) {
        return tl::unexpected<Error>(!find ? find.error() : insert.error());
    }
    return Connection(std::move(*database), std::move(*description), *head, std::move(*find), std::move(*insert));
}

Expected<std::optional<record::Sequence>> Connection::find(const Uuid &id) {
    find_.bind(1, ByteView(id.bytes()));
    const auto row = find_.step();
    const auto seq = row && *row ? std::optional(find_.integer(0)) : std::nullopt;
    find_.reset();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    return seq;
}

Expected<std::optional<Sha256>> Connection::hash_at(record::Sequence seq) {
    const auto rows = read_rows(database_, seq - 1, 1, 0);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    return rows->empty() || rows->front().seq != seq ? std::nullopt : std::optional(rows->front().hash);
}

Expected<void> Connection::insert(const record::StoredEvent &event) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    insert_.bind(1, event.seq)
        .bind(2, ByteView(event.id.bytes()))
        .bind(3, event.kind)
        .bind(4, event.body)
        .bind(5, ByteView(event.prev))
        .bind(6, ByteView(event.hash))
        .bind(7, ByteView(event.signature));
    if (auto inserted = insert_.run(); !inserted) {
        return inserted;
    }
    return transaction->commit();
}

Expected<void> Connection::forget_failed_commit() {
    return sqlite::forget_failed_commit(database_);
}

Expected<void> Connection::checkpoint() {
    int frames = 0;
    int moved = 0;
    return run_checkpoint(database_, SQLITE_CHECKPOINT_PASSIVE, frames, moved);
}

Expected<void> Connection::checkpoint_fully() {
    int frames = 0;
    int moved = 0;
    if (auto done = run_checkpoint(database_, SQLITE_CHECKPOINT_FULL, frames, moved); !done) {
        return done;
    }
    return frames == moved ? Expected<void>() : fail(ErrorCode::unavailable, "checkpoint: a reader is in the way");
}

} // namespace xueshi::journal
