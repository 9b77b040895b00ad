#include "tests/bench/journal/raw_journal.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sqlite3.h>

namespace xueshi::bench {

namespace {

void must(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "raw journal: %s\n", what);
        std::abort();
    }
}

using Hash = std::array<unsigned char, 32>;

} // namespace

struct RawJournal::Impl {
    sqlite3 *database = nullptr;
    sqlite3_stmt *insert = nullptr;
    EVP_PKEY *key = nullptr;
    std::int64_t seq = 0;
    Hash prev{};

    void run(const char *sql) const { must(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }
};

RawJournal::RawJournal(const std::filesystem::path &path) : impl_(std::make_unique<Impl>()) {
    must(sqlite3_open(path.c_str(), &impl_->database) == SQLITE_OK, "open");
    impl_->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
               "PRAGMA cell_size_check = ON;"
               "CREATE TABLE event(seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL,"
               " body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL) STRICT");
    must(sqlite3_prepare_v2(impl_->database, "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?)", -1, &impl_->insert,
                            nullptr) == SQLITE_OK,
         "prepare");
    impl_->key = EVP_EC_gen("P-256");
    must(impl_->key != nullptr, "key");
}

RawJournal::~RawJournal() {
    sqlite3_finalize(impl_->insert);
    sqlite3_close(impl_->database);
    EVP_PKEY_free(impl_->key);
}

void RawJournal::append(const std::string &body) {
    std::string message(reinterpret_cast<const char *>(impl_->prev.data()), impl_->prev.size());
    message += body;
    const auto *bytes = reinterpret_cast<const unsigned char *>(message.data());
    Hash hash{};
    must(EVP_Digest(bytes, message.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1, "hash");
    std::array<unsigned char, 80> signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, impl_->key) == 1 &&
             EVP_DigestSign(context, signature.data(), &size, bytes, message.size()) == 1,
         "sign");
    EVP_MD_CTX_free(context);
    std::array<unsigned char, 16> id{};
    must(RAND_bytes(id.data(), static_cast<int>(id.size())) == 1, "id");
    impl_->run("BEGIN IMMEDIATE");
    sqlite3_bind_int64(impl_->insert, 1, ++impl_->seq);
    sqlite3_bind_blob(impl_->insert, 2, id.data(), 16, SQLITE_STATIC);
    sqlite3_bind_text(impl_->insert, 3, "punch", -1, SQLITE_STATIC);
    sqlite3_bind_text(impl_->insert, 4, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
    sqlite3_bind_blob(impl_->insert, 5, impl_->prev.data(), 32, SQLITE_STATIC);
    sqlite3_bind_blob(impl_->insert, 6, hash.data(), 32, SQLITE_STATIC);
    sqlite3_bind_blob(impl_->insert, 7, signature.data(), static_cast<int>(size), SQLITE_STATIC);
    must(sqlite3_step(impl_->insert) == SQLITE_DONE, "insert");
    sqlite3_reset(impl_->insert);
    impl_->run("COMMIT");
    impl_->prev = hash;
}

void RawJournal::checkpoint() {
    must(sqlite3_wal_checkpoint_v2(impl_->database, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) == SQLITE_OK,
         "checkpoint");
}

std::int64_t RawJournal::verify() {
    sqlite3_stmt *select = nullptr;
    must(sqlite3_prepare_v2(impl_->database, "SELECT body, prev, hash, signature FROM event ORDER BY seq", -1, &select,
                            nullptr) == SQLITE_OK,
         "select");
    EVP_MD_CTX *ready = EVP_MD_CTX_new(), *context = EVP_MD_CTX_new();
    must(EVP_DigestVerifyInit(ready, nullptr, EVP_sha256(), nullptr, impl_->key) == 1, "verify");
    std::int64_t rows = 0;
    std::string message;
    while (sqlite3_step(select) == SQLITE_ROW) {
        message.assign(static_cast<const char *>(sqlite3_column_blob(select, 1)), 32);
        message.append(static_cast<const char *>(sqlite3_column_blob(select, 0)),
                       static_cast<std::size_t>(sqlite3_column_bytes(select, 0)));
        const auto *bytes = reinterpret_cast<const unsigned char *>(message.data());
        Hash hash{};
        must(EVP_Digest(bytes, message.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1 &&
                 std::memcmp(hash.data(), sqlite3_column_blob(select, 2), 32) == 0,
             "hash");
        must(EVP_MD_CTX_copy_ex(context, ready) == 1 &&
                 EVP_DigestVerify(context, static_cast<const unsigned char *>(sqlite3_column_blob(select, 3)),
                                  static_cast<std::size_t>(sqlite3_column_bytes(select, 3)), bytes,
                                  message.size()) == 1,
             "signature");
        ++rows;
    }
    EVP_MD_CTX_free(ready);
    EVP_MD_CTX_free(context);
    sqlite3_finalize(select);
    return rows;
}

} // namespace xueshi::bench
