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
