#include "daemon/sync/state.hpp"

#include <algorithm>
#include <array>

#include "daemon/sync/clip_ledger.hpp"
#include "daemon/sync/film_ledger.hpp"
#include "daemon/sync/state_schema.hpp"
#include "firmware/core/acked/acked.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/identity/tls_identity.hpp"

namespace xueshi::sync {
namespace {

constexpr std::uint64_t kMaxPemFile = 64 * 1024;
constexpr std::int64_t kReceiptsKept = 1'000; // the newest says all that the older ones said

/// Writes only what is not there already: claim files are read by others at any time.
Expected<void> write_if_changed(const std::filesystem::path &path, const std::string &content) {
    if (const auto present = read_file(path, kMaxPemFile); present && *present == content) {
        return {};
    }
    return write_file_durably(path, content);
}

/// The one value that `select` finds; `otherwise` when there is no row.
template <typename Value, typename Read>
Expected<Value> first_value(sqlite::Statement &select, Read read, Value otherwise) {
    const auto row = select.step();
    if (!row) {
        return tl::unexpected(row.error());
    }
    return *row ? Value(read(select)) : std::move(otherwise);
}

Expected<std::int64_t> first_integer(sqlite::Statement &select) {
    return first_value<std::int64_t>(select, [](auto &row) { return row.integer(0); }, 0);
}

} // namespace

Expected<State> State::open(const std::filesystem::path &directory) {
    if (const auto made = make_directory(directory); !made) {
        return fail(made, "make the sync directory");
    }
    if (const auto made = make_directory(directory / "inbox"); !made) {
        return fail(made, "make the sync inbox");
    }
    auto lock = LockFile::acquire(directory / "sync.lock");
    if (!lock) {
        return fail(lock, "another sync daemon has " + directory.string());
    }
    auto database = sqlite::Database::open(directory / "sync.db", sqlite::Mode::read_write_create);
    if (!database) {
        return fail(database, "open sync.db");
    }
    for (const char *pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"}) { // one fsync a change
        if (const auto set = database->execute(pragma); !set) {
            return fail(set, "open sync.db");
        }
    }
    if (const auto migrated = sqlite::migrate(*database, kMigrations); !migrated) {
        return fail(migrated, "bring sync.db up to date");
    }
    State state(directory, std::move(*lock), std::move(*database));
    if (const auto loaded = state.load_claim(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    if (const auto loaded = state.load_confidential(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    if (const auto restored = state.restore_acked_file(); !restored) {
        return tl::unexpected(restored.error());
    }
    return state;
}

Expected<void> State::load_claim() {
    if (std::error_code error; !std::filesystem::exists(client_key(), error)) {
        return {}; // without its key a certificate is worth nothing: claimed again, as the same device
    }
    auto select = sqlite::Statement::prepare(
        database_, "SELECT device, certificate_pem, ca_pem, registry_key_pem, sealing_key_pem FROM claim WHERE id = 1");
    if (!select) {
        return tl::unexpected(select.error());
    }
    const auto row = select->step();
    if (!row || !*row) {
        return row ? Expected<void>() : tl::unexpected(row.error());
    }
    claim_ = Claim{DeviceId(select->text(0)), select->text(1), select->text(2), select->text(3), select->text(4)};
    if (const auto promoted = promote_next_key(); !promoted) {
        return promoted;
    }
    return write_claim_files();
}

/// When the certificate at hand is the next key's: done again after a kill between the two.
Expected<void> State::promote_next_key() const {
    if (std::error_code error; !std::filesystem::exists(next_client_key(), error)) {
        return {};
    }
    const auto certified = identity::public_key_of_certificate(claim_->certificate_pem);
    const auto next = identity::EnvelopeKey::open_or_create(next_client_key());
    if (!certified || !next || next->public_key_pem() != *certified) {
        return {}; // a renewal that goes on
    }
    if (file_system().rename(next_client_key().c_str(), client_key().c_str()) != 0) {
        return tl::unexpected(error_from_errno(errno, "take the new client.key"));
    }
    return fsync_directory(directory_);
}

Expected<void> State::write_claim_files() const {
    const std::array files{
        std::pair{"ca.pem", &claim_->ca_pem}, std::pair{"registry_key.pem", &claim_->registry_key_pem},
        std::pair{"sealing_key.pem", &claim_->sealing_key_pem}, std::pair{"client.crt", &claim_->certificate_pem}};
    for (const auto &[name, content] : files) {
        if (content->empty()) {
            continue; // this registry takes no sticks
        }
        if (const auto written = write_if_changed(directory_ / name, *content); !written) {
            return fail(written, name);
        }
    }
    return {};
}

Expected<void> State::save_claim(const Claim &claim, std::int64_t wall_ms) {
    auto insert = sqlite::Statement::prepare(
        database_, "INSERT OR REPLACE INTO claim (id, device, certificate_pem, ca_pem, registry_key_pem, claimed_ms, "
                   "sealing_key_pem) VALUES (1, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, claim.device.str())
        .bind(2, claim.certificate_pem)
        .bind(3, claim.ca_pem)
        .bind(4, claim.registry_key_pem)
        .bind(5, wall_ms)
        .bind(6, claim.sealing_key_pem);
    if (const auto stored = insert->run(); !stored) {
        return tl::unexpected(stored.error());
    }
    claim_ = claim;
    if (const auto promoted = promote_next_key(); !promoted) {
        return promoted;
    }
    if (auto written = write_claim_files(); !written) {
        return written;
    }
    return remove_if_there(renewal_file());
}

/// The old request goes before the renewal counts as begun: one that is there then is of the next key.
Expected<void> State::begin_renewal() {
    if (renewal_begun()) {
        return {};
    }
    if (auto removed = remove_if_there(certificate_request()); !removed) {
        return removed;
    }
    return write_file_durably(renewal_file(), "");
}

bool State::renewal_begun() const {
    std::error_code error;
    return std::filesystem::exists(renewal_file(), error);
}

Expected<std::string> State::roster_etag() {
    std::error_code error;
    if (!std::filesystem::exists(roster_file(), error)) {
        return std::string();
    }
    auto select = sqlite::Statement::prepare(database_, "SELECT value FROM etag WHERE resource = 'roster'");
    if (!select) {
        return tl::unexpected(select.error());
    }
    return first_value<std::string>(*select, [](auto &row) { return row.text(0); }, {});
}

Expected<void> State::save_roster(const std::string &document, const std::string &etag) {
    if (const auto written = write_file_durably(roster_file(), document); !written) {
        return fail(written, "roster.json");
    }
    auto insert =
        sqlite::Statement::prepare(database_, "INSERT OR REPLACE INTO etag (resource, value) VALUES ('roster', ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    return insert->bind(1, etag).run();
}

Expected<void> State::load_confidential() {
    auto select = sqlite::Statement::prepare(database_, "SELECT class FROM confidential_class");
    if (!select) {
        return tl::unexpected(select.error());
    }
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<void>() : tl::unexpected(row.error());
        }
        confidential_.insert(ClassId(select->text(0)));
    }
}

std::set<ClassId> State::confidential_classes(std::set<ClassId> configured) const {
    configured.insert(confidential_.begin(), confidential_.end());
    return configured;
}

Expected<void> State::note_confidential(const roster::Roster &roster) {
    for (const training::TrainingClass &each : roster.classes) {
        const bool confidential = !each.confidential_document.empty();
        if (confidential == confidential_.contains(each.id)) {
            continue;
        }
        auto change =
            sqlite::Statement::prepare(database_, confidential ? "INSERT INTO confidential_class (class) VALUES (?)"
                                                               : "DELETE FROM confidential_class WHERE class = ?");
        if (!change) {
            return tl::unexpected(change.error());
        }
        if (auto changed = change->bind(1, each.id.str()).run(); !changed) {
            return changed;
        }
        if (confidential) {
            confidential_.insert(each.id);
        } else {
            confidential_.erase(each.id);
        }
    }
    return {};
}

Expected<std::int64_t> State::command_cursor() {
    auto select = sqlite::Statement::prepare(database_, "SELECT coalesce(max(number), 0) FROM command_cursor");
    if (!select) {
        return tl::unexpected(select.error());
    }
    return first_value<std::int64_t>(*select, [](auto &row) { return row.integer(0); }, 0);
}

Expected<void> State::save_command_cursor(std::int64_t number) {
    auto insert =
        sqlite::Statement::prepare(database_, "INSERT OR REPLACE INTO command_cursor (id, number) VALUES (1, ?)");
    return insert ? insert->bind(1, number).run() : tl::unexpected<Error>(insert.error());
}

Expected<record::SetPolicy> State::ordered_policy() {
    auto select = sqlite::Statement::prepare(database_, "SELECT arguments FROM ordered_policy");
    if (!select) {
        return tl::unexpected(select.error());
    }
    const auto text = first_value<std::string>(*select, [](auto &row) { return row.text(0); }, "{}");
    const auto value = text ? json::parse(*text) : tl::unexpected<Error>(text.error());
    if (!value || !value->is_object()) {
        return value ? fail(ErrorCode::corrupt, "ordered_policy: an object expected")
                     : tl::unexpected<Error>(value.error());
    }
    return record::set_policy_from_json(value->get_object());
}

Expected<void> State::save_ordered_policy(const record::SetPolicy &policy) {
    auto insert =
        sqlite::Statement::prepare(database_, "INSERT OR REPLACE INTO ordered_policy (id, arguments) VALUES (1, ?)");
    return insert ? insert->bind(1, json::serialize(to_json(policy))).run() : tl::unexpected<Error>(insert.error());
}

Expected<record::Sequence> State::acked(const ChainId &chain) {
    auto select = sqlite::Statement::prepare(database_, "SELECT coalesce(max(seq), 0) FROM receipt WHERE chain = ?");
    if (!select) {
        return tl::unexpected(select.error());
    }
    select->bind(1, chain.str());
    return first_integer(*select);
}

Expected<std::int64_t> State::last_receipt_ms() {
    auto select = sqlite::Statement::prepare(database_, "SELECT coalesce(max(received_ms), 0) FROM receipt");
    if (!select) {
        return tl::unexpected(select.error());
    }
    return first_integer(*select);
}

Expected<void> State::save_receipt(const ChainId &chain, record::Sequence through,
                                   const identity::SignedDocument &document, std::int64_t wall_ms, bool former) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected(transaction.error());
    }
    auto insert = sqlite::Statement::prepare(
        database_, "INSERT OR REPLACE INTO receipt (chain, seq, payload, signature, received_ms, former) "
                   "VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, chain.str())
        .bind(2, through)
        .bind(3, document.payload)
        .bind(4, ByteView(document.signature))
        .bind(5, wall_ms)
        .bind(6, std::int64_t{former});
    if (const auto stored = insert->run(); !stored) {
        return fail(stored, "keep the receipt");
    }
    auto prune = sqlite::Statement::prepare(
        database_, "DELETE FROM receipt WHERE rowid NOT IN (SELECT rowid FROM receipt ORDER BY rowid DESC LIMIT ?) "
                   "AND seq < (SELECT max(seq) FROM receipt AS newest WHERE newest.chain = receipt.chain)");
    if (!prune) {
        return tl::unexpected(prune.error());
    }
    if (const auto pruned = prune->bind(1, kReceiptsKept).run(); !pruned) {
        return tl::unexpected(pruned.error());
    }
    if (const auto kept = transaction->commit(); !kept) {
        return fail(kept, "keep the receipt");
    }
    return restore_acked_file();
}

/// The last step of save_receipt, if a kill came before it.
Expected<void> State::restore_acked_file() {
    auto select = sqlite::Statement::prepare(
        database_, "SELECT chain, seq, payload, signature FROM receipt ORDER BY former, rowid DESC LIMIT 1");
    if (!select) {
        return tl::unexpected(select.error());
    }
    const auto row = select->step();
    if (!row || !*row) {
        return row ? Expected<void>() : tl::unexpected(row.error());
    }
    identity::SignedDocument document;
    document.payload = select->text(2);
    document.signature = select->blob(3);
    return write_acked_file(ChainId(select->text(0)), select->integer(1), document);
}

Expected<void> State::write_acked_file(const ChainId &chain, record::Sequence seq,
                                       const identity::SignedDocument &document) {
    auto media = confirmed_clips(database_, acked::kMaxMedia);
    if (!media) {
        return tl::unexpected<Error>(media.error());
    }
    auto films = confirmed_films(database_, acked::kMaxMedia / 2);
    if (!films) {
        return tl::unexpected<Error>(films.error());
    }
    media->resize(std::min(media->size(), acked::kMaxMedia - films->size())); // neither keeps the other out
    media->insert(media->end(), films->begin(), films->end());
    const acked::Acked acked{chain, seq, document, std::move(*media)};
    const auto written = write_file_durably(directory_ / "acked.json", acked::write_acked(acked));
    return written ? Expected<void>() : fail(written, "acked.json");
}

Expected<bool> State::quarantine(const Rejection &rejection, std::int64_t wall_ms) {
    auto insert = sqlite::Statement::prepare(
        database_, "INSERT INTO quarantine (chain, seq, event_id, kind, outcome, reason, hash, signature, noticed_ms) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, seq) DO NOTHING RETURNING seq");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, rejection.chain.str())
        .bind(2, rejection.seq)
        .bind(3, rejection.id.str())
        .bind(4, rejection.kind)
        .bind(5, rejection.outcome)
        .bind(6, rejection.reason)
        .bind(7, ByteView(rejection.hash))
        .bind(8, ByteView(rejection.signature))
        .bind(9, wall_ms);
    const auto inserted = insert->step();
    if (!inserted || !*inserted) {
        return inserted;
    }
    const auto done = insert->step(); // to the end: the row counts only then
    return done ? Expected<bool>(true) : tl::unexpected(done.error());
}

Expected<void> State::release(const ChainId &chain, record::Sequence seq) {
    auto remove = sqlite::Statement::prepare(database_, "DELETE FROM quarantine WHERE chain = ? AND seq = ?");
    return remove ? remove->bind(1, chain.str()).bind(2, seq).run() : tl::unexpected(remove.error());
}

Expected<std::int64_t> State::quarantined() {
    auto select = sqlite::Statement::prepare(database_, "SELECT count(*) FROM quarantine");
    if (!select) {
        return tl::unexpected(select.error());
    }
    return first_integer(*select);
}

Expected<std::vector<Rejection>> State::unreported(std::size_t count) {
    auto select = sqlite::Statement::prepare(
        database_, "SELECT chain, seq, event_id, kind, outcome, reason, hash, signature FROM quarantine "
                   "WHERE reported = 0 ORDER BY noticed_ms, seq LIMIT ?");
    if (!select) {
        return tl::unexpected(select.error());
    }
    select->bind(1, static_cast<std::int64_t>(count));
    std::vector<Rejection> out;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected(row.error());
        }
        if (!*row) {
            return out;
        }
        Rejection rejection;
        rejection.chain = ChainId(select->text(0));
        rejection.seq = select->integer(1);
        rejection.id = Uuid::parse(select->text(2)).value_or(Uuid());
        rejection.kind = select->text(3);
        rejection.outcome = select->text(4);
        rejection.reason = select->text(5);
        const Bytes hash = select->blob(6);
        std::copy_n(hash.begin(), std::min(hash.size(), rejection.hash.size()), rejection.hash.begin());
        rejection.signature = select->blob(7);
        out.push_back(std::move(rejection));
    }
}

Expected<void> State::mark_reported(const ChainId &chain, record::Sequence seq) {
    auto update =
        sqlite::Statement::prepare(database_, "UPDATE quarantine SET reported = 1 WHERE chain = ? AND seq = ?");
    if (!update) {
        return tl::unexpected(update.error());
    }
    return update->bind(1, chain.str()).bind(2, seq).run();
}

} // namespace xueshi::sync
