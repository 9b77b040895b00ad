#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/wire/messages.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/record/command_bodies.hpp"
#include "firmware/core/roster/roster.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sync {

/// What the registry told at the claim.
struct Claim {
    DeviceId device;
    std::string certificate_pem, ca_pem, registry_key_pem;
    std::string sealing_key_pem; ///< for what goes by stick; empty: the registry takes none
};

/// An event that the registry did not accept; the journal keeps it.
struct Rejection {
    ChainId chain;
    record::Sequence seq = 0;
    Uuid id;
    std::string kind;
    std::string outcome; ///< "invalid", "conflict" or "too_large"
    std::string reason;
    Sha256 hash{};
    Bytes signature;
};

/// The sync directory: sync.db holds what must survive, the files beside it are made from it for the others. Every
/// change is durable on return; a kill between two steps is mended at the next `open`. Thread-bound, one process.
class State {
public:
    /// Makes the directory when there is none. Error: conflict when another process has it.
    static Expected<State> open(const std::filesystem::path &directory);

    std::filesystem::path client_key() const { return directory_ / "client.key"; }
    /// A renewal is with a new key, so that one that was copied is worth nothing afterwards. It takes the place of
    /// client_key with the certificate that was made for it.
    std::filesystem::path next_client_key() const { return directory_ / "client.next.key"; }
    std::filesystem::path client_certificate() const { return directory_ / "client.crt"; }
    std::filesystem::path certificate_request() const { return directory_ / "client.csr"; }
    std::filesystem::path renewal_file() const { return directory_ / "renewal"; } ///< there while one is under way
    std::filesystem::path roster_file() const { return directory_ / "roster.json"; }
    std::filesystem::path inbox() const { return directory_ / "inbox"; }
    std::filesystem::path status_file() const { return directory_ / "status.json"; }

    const std::optional<Claim> &claim() const { return claim_; }
    /// Forgets the request that the present certificate was made for, so that the next claim makes a new one.
    Expected<void> begin_renewal();
    /// A renewal was begun and its answer is not here: the certificate at hand may be refused already.
    bool renewal_begun() const;
    Expected<void> save_claim(const Claim &claim, std::int64_t wall_ms);

    /// The highest acknowledged seq of the chain; 0: none.
    Expected<record::Sequence> acked(const ChainId &chain);
    /// When the newest receipt came, of any chain; 0: never.
    Expected<std::int64_t> last_receipt_ms();
    /// Keeps a receipt that was checked, then replaces acked.json. Once the present chain has one, that file says
    /// nothing of `former` chains: terminald holds its journal's head against it.
    Expected<void> save_receipt(const ChainId &chain, record::Sequence through,
                                const identity::SignedDocument &document, std::int64_t wall_ms, bool former = false);

    /// acked.json as the database has it, after clips were confirmed.
    Expected<void> refresh_acked_file() { return restore_acked_file(); }
    /// For the rooms' other parts of sync.db; lives as long as the state stays where it is.
    sqlite::Database &database() { return database_; }

    /// Empty: none, or the roster it belongs to is gone.
    Expected<std::string> roster_etag();
    /// roster.json first, then its tag: a kill between them costs one more download.
    Expected<void> save_roster(const std::string &document, const std::string &etag);

    /// Those of the configuration, and those that a roster called confidential and none after it called ordinary: a
    /// class that has left the roster keeps its word.
    std::set<ClassId> confidential_classes(std::set<ClassId> configured) const;
    /// Before the roster is saved, so that nothing is done by it that this does not know.
    Expected<void> note_confidential(const roster::Roster &roster);

    /// The number of the last command that was carried out or handed over; 0: none was.
    Expected<std::int64_t> command_cursor();
    Expected<void> save_command_cursor(std::int64_t number);
    /// What the registry ordered instead of the configuration; an order of nothing: as configured.
    Expected<record::SetPolicy> ordered_policy();
    Expected<void> save_ordered_policy(const record::SetPolicy &policy);

    /// False: it is known already.
    Expected<bool> quarantine(const Rejection &rejection, std::int64_t wall_ms);
    /// It was taken after all.
    Expected<void> release(const ChainId &chain, record::Sequence seq);
    Expected<std::int64_t> quarantined();
    /// Rejections that terminald was not told of yet, oldest first, at most `count`.
    Expected<std::vector<Rejection>> unreported(std::size_t count);
    Expected<void> mark_reported(const ChainId &chain, record::Sequence seq);

private:
    State(std::filesystem::path directory, LockFile lock, sqlite::Database database)
        : directory_(std::move(directory)), lock_(std::move(lock)), database_(std::move(database)) {}
    Expected<void> load_claim();
    Expected<void> promote_next_key() const;
    Expected<void> load_confidential();
    Expected<void> write_claim_files() const;
    Expected<void> restore_acked_file();
    Expected<void> write_acked_file(const ChainId &chain, record::Sequence seq,
                                    const identity::SignedDocument &document);

    std::filesystem::path directory_;
    LockFile lock_;
    sqlite::Database database_;
    std::optional<Claim> claim_;
    std::set<ClassId> confidential_;
};

} // namespace xueshi::sync
