-- The newest time in a nonce of ours that the chain holds: what follows happened later.
ALTER TABLE chain ADD COLUMN latest_nonce_ms BIGINT NOT NULL DEFAULT 0;

-- Of the event: the newest time in a nonce before it in its chain; 0: none was. It came in at received_ms.
ALTER TABLE event ADD COLUMN after_ms BIGINT NOT NULL DEFAULT 0;
