-- Prints that a reader keeps in itself: the row says only where. When it is erased, the reader still owes an erasure.
ALTER TABLE template ADD COLUMN in_reader INTEGER NOT NULL DEFAULT 0;
CREATE TABLE owed(
    number INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    finger TEXT NOT NULL,
    model TEXT NOT NULL,
    sealed BLOB NOT NULL,
    chain TEXT NOT NULL,
    after_seq INTEGER NOT NULL
) STRICT;
