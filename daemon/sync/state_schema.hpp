#pragma once

#include <array>
#include <string_view>

namespace xueshi::sync {

/// sync.db; a migration that was released is never edited, a new one is added behind it.
inline constexpr std::array<std::string_view, 10> kMigrations{R"(
CREATE TABLE claim (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    device TEXT NOT NULL,
    certificate_pem TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    registry_key_pem TEXT NOT NULL,
    claimed_ms INTEGER NOT NULL
);
CREATE TABLE receipt (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    payload TEXT NOT NULL,
    signature BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE TABLE etag (
    resource TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE quarantine (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    noticed_ms INTEGER NOT NULL,
    reported INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, seq)
);
)",
                                                              R"(
CREATE TABLE clip (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    clip TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    upload TEXT NOT NULL DEFAULT '',
    acknowledged INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX clip_by_state ON clip (state);
CREATE TABLE clip_subject (
    clip TEXT NOT NULL,
    person TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (clip, person, class)
);
CREATE TABLE clip_consent (
    person TEXT PRIMARY KEY,
    given INTEGER NOT NULL
);
CREATE TABLE clip_cursor (
    chain TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
);
)",
                                                              R"(
ALTER TABLE receipt ADD COLUMN former INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clip_consent ADD COLUMN chain TEXT NOT NULL DEFAULT '';
DELETE FROM clip_subject WHERE clip IN (SELECT clip FROM clip WHERE state = 'deleted');
DELETE FROM clip WHERE state = 'deleted';
CREATE INDEX clip_by_clip ON clip (clip);
CREATE INDEX clip_subject_by_person ON clip_subject (person);
)",
                                                              R"(
CREATE TABLE command_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
);
CREATE TABLE ordered_policy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    arguments TEXT NOT NULL
);
ALTER TABLE clip ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
CREATE TABLE film (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    file TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX film_by_state ON film (state);
CREATE INDEX film_by_folder ON film (folder);
CREATE TABLE film_cursor (
    chain TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
);
)",
                                                              R"(
CREATE TABLE confidential_class (
    class TEXT PRIMARY KEY
);
)",
                                                              // The journal is read again for its films' classes.
                                                              R"(
CREATE TABLE film_class (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (chain, seq, class)
);
DELETE FROM film_cursor;
)",
                                                              R"(
ALTER TABLE claim ADD COLUMN sealing_key_pem TEXT NOT NULL DEFAULT '';
)",
                                                              R"(
ALTER TABLE clip ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
)",
                                                              R"(
CREATE INDEX clip_asked ON clip (state) WHERE asked = 1;
PRAGMA application_id = 8;
)",
                                                              R"(
DROP INDEX clip_by_state;
CREATE INDEX clip_in_order ON clip (state, asked DESC, refusals, attempts);
CREATE INDEX clip_by_sha256 ON clip (sha256);
PRAGMA application_id = 8;
)"};

} // namespace xueshi::sync
