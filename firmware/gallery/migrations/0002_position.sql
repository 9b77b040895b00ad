-- Where the journal stood when the template was kept: ledger.hpp. Empty: kept by a version that did not note it.
ALTER TABLE template ADD COLUMN chain TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN after_seq INTEGER NOT NULL DEFAULT 0;
