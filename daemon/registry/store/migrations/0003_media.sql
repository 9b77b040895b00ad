-- Uploads of clips: bytes and offset of an open one lie in its own file, so that one fdatasync keeps both.
CREATE TABLE media_upload (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    media_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    metadata TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, upload_id)
);
CREATE UNIQUE INDEX media_upload_by_id ON media_upload (upload_id);
CREATE INDEX media_upload_by_state ON media_upload (state, expires_ms);

-- Clips that are here whole; another device's clip of the same id is another clip.
CREATE TABLE media (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    media_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    object TEXT NOT NULL,
    standing TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, media_id)
);
CREATE INDEX media_by_id ON media (media_id);
CREATE INDEX media_by_standing ON media (standing);
