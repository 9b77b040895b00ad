-- Since when a person's templates are only kept on: terms.hpp. An older program neither reads nor writes it.
CREATE TABLE term(
    person TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0 CHECK(ended IN (0, 1))
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 3;
