-- Where a claim that waits came from: no address may fill the table. '' of those from before.
ALTER TABLE pending_claim ADD COLUMN peer TEXT NOT NULL DEFAULT '';
