#include "firmware/core/journal/writer/writer.hpp"

#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/writer/connection.hpp"

namespace xueshi::journal {

namespace {

/// What the full disk refused since the last event that told of it.
struct Refusals {
    std::int64_t count = 0;
    Instant first, last;
    std::set<Uuid> ids; ///< retries of these are the same refusals

    void note(const record::EventDraft &draft) {
        constexpr std::size_t kRemembered = 1'000; // more do not wait to be tried again
        if (!ids.insert(draft.id).second) {
            return;
        }
        if (ids.size() > kRemembered) {
            ids.erase(ids.begin()); // the oldest: an id begins with its time
        }
        first = count == 0 ? draft.at : first;
        last = draft.at;
        ++count;
    }
};

} // namespace

struct JournalWriter::Impl {
    std::filesystem::path path;
    const identity::Signer &signer;
    identity::PublicKey key;
    LockFile lock;
    DatabaseSpace space;                  ///< ends after the connection
    std::optional<Connection> connection; ///< absent while out of service
    Description description;
    Head head;            ///< the last event that this writer knows to be durable
    bool suspect = false; ///< a write failed: nothing is accepted before `recover` looked at the file
    Reserve reserve;
    bool reserve_missing; ///< and that was logged
    Refusals refusals;
    std::vector<record::EventDraft> waiting; ///< for room, before all others
    std::mutex mutex;

    Expected<record::StoredEvent> make_event(const record::EventDraft &draft) const;
    Expected<record::Sequence> append_once(const record::EventDraft &draft);
    Expected<record::Sequence> append_or_recover(const record::EventDraft &draft);
    Expected<record::Sequence> append_with_reserve(const record::EventDraft &draft);
    Expected<void> append_waiting();
    void tell_of_refusals(const Instant &at);
    Expected<void> move_log();
    void hold_log();
    void hold_database();
    Expected<void> reopen();
    Expected<void> recover();
};

namespace {

std::filesystem::path lock_path(std::filesystem::path path) {
    return path += ".lock";
}

} // namespace

Expected<record::StoredEvent> JournalWriter::Impl::make_event(const record::EventDraft &draft) const {
    record::EventBody body;
    body.seq = head.seq + 1;
    body.id = draft.id;
    body.kind = to_string(draft.kind);
    body.device = description.device;
    body.chain = description.chain;
    body.suite = description.suite;
    body.source = draft.source;
    body.key_level = signer.key_level();
    body.at = draft.at;
    body.data = draft.data;
    auto text = record::write_body(body);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    const Bytes message = identity::signed_message(head.hash, *text);
    auto signature = signer.sign(message);
    if (!signature) {
        return tl::unexpected<Error>(signature.error());
    }
    record::StoredEvent event;
    event.seq = body.seq;
    event.id = body.id;
    event.kind = std::move(body.kind);
    event.body = std::move(*text);
    event.prev = head.hash;
    event.hash = sha256(message);
    event.signature = std::move(*signature);
    return event;
}

Expected<record::Sequence> JournalWriter::Impl::append_once(const record::EventDraft &draft) {
    const auto there = connection->find(draft.id);
    if (!there || *there) {
        suspect = !there;
        return there ? Expected<record::Sequence>(**there) : tl::unexpected<Error>(there.error());
    }
    const auto event = make_event(draft);
    if (!event) {
        return tl::unexpected<Error>(event.error());
    }
    if (const auto inserted = connection->insert(*event); !inserted) {
        // A full disk and a lock that somebody holds leave nothing behind; after anything else nobody knows.
        suspect = inserted.error().code != ErrorCode::no_space && inserted.error().code != ErrorCode::unavailable;
        return tl::unexpected<Error>(inserted.error());
    }
    head = {event->seq, event->hash};
    return event->seq;
}

/// After a failed fsync the page cache may show what the disk does not hold. What was not committed is cut off first; a
/// full checkpoint then writes the rest to the database anew and syncs that, so that what is found is durable.
Expected<void> JournalWriter::Impl::reopen() {
    if (connection) {
        if (auto cut = connection->forget_failed_commit(); !cut) {
            return cut;
        }
    }
    connection.reset();
    auto opened = Connection::open(path, key, reserve.database_bytes);
    if (!opened) {
        return tl::unexpected<Error>(opened.error());
    }
    if (opened->description().chain != description.chain) {
        return fail(ErrorCode::conflict, "another journal lies there now");
    }
    if (head.seq > 0) {
        const auto acknowledged = opened->hash_at(head.seq);
        if (!acknowledged || *acknowledged != head.hash) {
            return fail(ErrorCode::corrupt, fmt::format("event {}: was saved and is not there any more", head.seq));
        }
    }
    hold_database();
    if (auto durable = opened->checkpoint_fully(); !durable) {
        return durable;
    }
    head = opened->head();
    connection = std::move(*opened);
    return {};
}

/// What a reader or a full disk keeps in the log stays there, whole; after anything else nobody knows.
Expected<void> JournalWriter::Impl::move_log() {
    hold_database();
    auto moved = connection->checkpoint();
    suspect = !moved && moved.error().code != ErrorCode::unavailable && moved.error().code != ErrorCode::no_space;
    return moved;
}

void JournalWriter::Impl::hold_log() {
    if (const auto held = allocate_log(path, reserve.log_bytes); !held) {
        log::warning("journal_reserve_missing", {log::Field(held.error())});
    }
}

/// For all that the log may hold.
void JournalWriter::Impl::hold_database() {
    std::error_code error;
    const auto log_bytes = std::filesystem::file_size(path.string() + "-wal", error);
    const auto held = space.hold(error ? 0 : static_cast<std::int64_t>(log_bytes));
    if (!held && !std::exchange(reserve_missing, true)) {
        log::warning("journal_reserve_missing", {log::Field(held.error())}); // a full disk must not stop the class
    }
    reserve_missing = !held;
}

Expected<record::Sequence> JournalWriter::Impl::append_with_reserve(const record::EventDraft &draft) {
    auto appended = append_or_recover(draft);
    if (!appended && appended.error().code == ErrorCode::no_space && connection) {
        // The log may be full while the database still has its reserve: moved there, the log begins anew.
        if (move_log()) {
            appended = append_or_recover(draft);
        }
    }
    return appended;
}

Expected<void> JournalWriter::Impl::append_waiting() {
    while (!waiting.empty()) {
        if (const auto appended = append_with_reserve(waiting.front()); !appended) {
            return tl::unexpected<Error>(appended.error());
        }
        waiting.erase(waiting.begin());
    }
    return {};
}

/// Where there is room again, what was turned away is said where everybody looks.
void JournalWriter::Impl::tell_of_refusals(const Instant &at) {
    record::EventDraft draft;
    draft.at = at;
    draft.id = Uuid::v7(at.wall_ms);
    draft.kind = record::EventKind::storage_gap;
    draft.data["refused"] = refusals.count;
    draft.data["first_wall_ms"] = refusals.first.wall_ms;
    draft.data["last_wall_ms"] = refusals.last.wall_ms;
    if (append_or_recover(draft)) {
        refusals = {};
    }
}

Expected<void> JournalWriter::Impl::recover() {
    if (const auto reopened = reopen(); !reopened) {
        log::error("journal_out_of_service", {{"error", reopened.error().message}, {"head_seq", head.seq}});
        return fail(ErrorCode::io, "journal out of service: " + reopened.error().message);
    }
    suspect = false;
    log::warning("journal_reopened", {{"head_seq", head.seq}});
    return {};
}

Expected<record::Sequence> JournalWriter::Impl::append_or_recover(const record::EventDraft &draft) {
    if (suspect) {
        if (const auto recovered = recover(); !recovered) {
            return tl::unexpected<Error>(recovered.error());
        }
    }
    auto appended = append_once(draft);
    if (appended || !suspect) {
        return appended;
    }
    log::error("journal_append_failed", {{"error", appended.error().message}, {"head_seq", head.seq}});
    if (const auto recovered = recover(); !recovered) {
        return tl::unexpected<Error>(recovered.error());
    }
    return append_once(draft); // finds it by its id, or writes it
}

namespace {

/// A new journal gets its header first: without one its file cannot be given its size.
Expected<DatabaseSpace> open_space(const std::filesystem::path &path, const identity::PublicKey &key,
                                   std::int64_t piece_bytes) {
    std::error_code error;
    if (piece_bytes > 0 && std::filesystem::file_size(path, error) == 0) {
        if (const auto made = Connection::open(path, key, 0); !made) {
            return tl::unexpected<Error>(made.error());
        }
    }
    return DatabaseSpace::open(path, piece_bytes);
}

} // namespace

JournalWriter::JournalWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalWriter::~JournalWriter() = default;

Expected<std::unique_ptr<JournalWriter>> JournalWriter::open(const std::filesystem::path &path,
                                                             const identity::Signer &signer, const Reserve &reserve) {
    auto key = identity::PublicKey::from_pem(signer.public_key_pem());
    if (!key) {
        return fail(key, "journal");
    }
    auto lock = LockFile::acquire(lock_path(path));
    if (!lock) {
        return fail(lock, "journal");
    }
    if (const auto made = Connection::create_file(path); !made) {
        return tl::unexpected<Error>(made.error());
    }
    auto space = open_space(path, *key, reserve.database_bytes);
    if (!space) {
        return fail(space, path.string());
    }
    auto connection = Connection::open(path, *key, reserve.database_bytes);
    if (!connection) {
        return fail(connection, path.string());
    }
    const Description description = connection->description();
    const Head head = connection->head();
    std::unique_ptr<Impl> impl(new Impl{path,
                                        signer,
                                        std::move(*key),
                                        std::move(*lock),
                                        std::move(*space),
                                        std::move(*connection),
                                        description,
                                        head,
                                        false,
                                        reserve,
                                        false,
                                        {},
                                        {},
                                        {}});
    impl->hold_database();
    impl->hold_log();
    return std::unique_ptr<JournalWriter>(new JournalWriter(std::move(impl)));
}

Expected<record::Sequence> JournalWriter::append(const record::EventDraft &draft) {
    const std::lock_guard guard(impl_->mutex);
    auto appended = impl_->append_waiting().and_then([&] { return impl_->append_with_reserve(draft); });
    if (!appended && appended.error().code == ErrorCode::no_space) {
        impl_->refusals.note(draft);
        log::error("journal_full", {{"refused", impl_->refusals.count}, {"head_seq", impl_->head.seq}});
    }
    if (appended && impl_->refusals.count > 0) {
        impl_->tell_of_refusals(draft.at);
    }
    return appended;
}

Expected<record::Sequence> JournalWriter::append_first(const record::EventDraft &draft) {
    const std::lock_guard guard(impl_->mutex);
    auto appended = impl_->append_waiting().and_then([&] { return impl_->append_with_reserve(draft); });
    if (!appended && appended.error().code == ErrorCode::no_space) {
        impl_->waiting.push_back(draft);
        log::error("journal_full", {{"waiting", impl_->waiting.size()}, {"head_seq", impl_->head.seq}});
    }
    return appended;
}

void JournalWriter::tell_of_refusals(const Instant &at) {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->append_waiting() && impl_->refusals.count > 0) {
        impl_->tell_of_refusals(at);
    }
}

std::int64_t JournalWriter::refused() {
    const std::lock_guard guard(impl_->mutex);
    return impl_->refusals.count;
}

Expected<Head> JournalWriter::head() {
    const std::lock_guard guard(impl_->mutex);
    return impl_->head;
}

const Description &JournalWriter::description() const {
    return impl_->description;
}

Expected<void> JournalWriter::checkpoint() {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->suspect) {
        return impl_->recover();
    }
    auto done = impl_->move_log();
    impl_->hold_log();
    return done;
}

} // namespace xueshi::journal
