-- The schema as it is after all migrations; a test holds both against each other.
CREATE TABLE event(
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev BLOB NOT NULL CHECK(length(prev) = 32),
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE description(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    device TEXT NOT NULL,
    chain TEXT NOT NULL,
    suite INTEGER NOT NULL,
    public_key TEXT NOT NULL
) STRICT;

CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER event_never_goes BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TABLE former_chain(
    place INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    chain TEXT NOT NULL UNIQUE,
    suite INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    head_seq INTEGER NOT NULL,
    head_hash BLOB NOT NULL CHECK(length(head_hash) = 32),
    why TEXT NOT NULL CHECK(why IN ('salvaged', 'rolled_back'))
) STRICT;

CREATE TABLE former_event(
    number INTEGER PRIMARY KEY,
    place INTEGER NOT NULL REFERENCES former_chain(place),
    seq INTEGER NOT NULL,
    id BLOB NOT NULL CHECK(length(id) = 16),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev BLOB NOT NULL CHECK(length(prev) = 32),
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    signature BLOB NOT NULL,
    UNIQUE(place, seq)
) STRICT;

CREATE TRIGGER former_chain_never_changes BEFORE UPDATE ON former_chain
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER former_chain_never_goes BEFORE DELETE ON former_chain
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER former_event_never_changes BEFORE UPDATE ON former_event
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER former_event_never_goes BEFORE DELETE ON former_event
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
