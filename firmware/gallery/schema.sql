-- The schema as it is after all migrations; a test holds both against each other.
CREATE TABLE template(
    number INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    factor TEXT NOT NULL,
    finger TEXT NOT NULL,
    model TEXT NOT NULL,
    sealed BLOB NOT NULL
, chain TEXT NOT NULL DEFAULT '', after_seq INTEGER NOT NULL DEFAULT 0, in_reader INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX template_of_person ON template(person, factor, finger);

CREATE TABLE consent(
    person TEXT NOT NULL,
    purpose TEXT NOT NULL,
    given INTEGER NOT NULL CHECK(given IN (0, 1)),
    PRIMARY KEY(person, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE owed(
    number INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    finger TEXT NOT NULL,
    model TEXT NOT NULL,
    sealed BLOB NOT NULL,
    chain TEXT NOT NULL,
    after_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE term(
    person TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0 CHECK(ended IN (0, 1))
) STRICT, WITHOUT ROWID;

-- The digest of all rows above but the terms, sealed: a row that was removed or put back is seen.
CREATE TABLE inventory(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    sealed BLOB NOT NULL
) STRICT;
