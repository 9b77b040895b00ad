-- The schema as it is after all migrations; a test holds both against each other.
-- The institution comes first in every key of what belongs to one. Portable to SQLite and PostgreSQL. Hashes are
-- lower-case hex, signatures base64, times UTC milliseconds since 1970; '' and 0 mean "none": there is no NULL.

CREATE TABLE institution (
    institution TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    last_position BIGINT NOT NULL,
    PRIMARY KEY (institution)
);

CREATE TABLE person (
    institution TEXT NOT NULL,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    id_number TEXT NOT NULL,
    PRIMARY KEY (institution, person_id)
);
CREATE INDEX person_by_id_number ON person (institution, id_number);

CREATE TABLE training_class (
    institution TEXT NOT NULL,
    class_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    approval_number TEXT NOT NULL,
    opens_before_ms BIGINT NOT NULL,
    closes_after_ms BIGINT NOT NULL,
    cooldown_ms BIGINT NOT NULL,
    tolerance_numerator BIGINT NOT NULL,
    tolerance_denominator BIGINT NOT NULL,
    factor TEXT NOT NULL,
    filed_ms BIGINT NOT NULL, confidential_document TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (institution, class_id, version)
);

CREATE TABLE lesson (
    institution TEXT NOT NULL,
    class_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    lesson_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    title TEXT NOT NULL,
    teacher TEXT NOT NULL,
    room TEXT NOT NULL,
    PRIMARY KEY (institution, class_id, version, lesson_id)
);
CREATE INDEX lesson_by_room ON lesson (institution, room);

CREATE TABLE class_hour (
    institution TEXT NOT NULL,
    class_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    lesson_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    start_ms BIGINT NOT NULL,
    end_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, class_id, version, lesson_id, place)
);

CREATE TABLE roster_member (
    institution TEXT NOT NULL,
    class_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    number TEXT NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (institution, class_id, person_id)
);
CREATE INDEX roster_member_by_person ON roster_member (institution, person_id);

CREATE TABLE device (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    room TEXT NOT NULL,
    state TEXT NOT NULL,
    signing_key TEXT NOT NULL,
    suite BIGINT NOT NULL,
    key_level TEXT NOT NULL,
    certificate_request TEXT NOT NULL,
    certificate TEXT NOT NULL,
    certificate_serial TEXT NOT NULL,
    claimed_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id)
);
CREATE UNIQUE INDEX device_by_id ON device (device_id);

-- Certificate requests that a newer one took the place of: a claim that shows one is a copy of an old claim.
CREATE TABLE replaced_request (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    replaced_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, request_sha256)
);

CREATE TABLE device_token (
    institution TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    room TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_by TEXT NOT NULL,
    used_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, token_hash)
);
CREATE INDEX device_token_by_hash ON device_token (token_hash);

-- Of no institution yet.
CREATE TABLE pending_claim (
    device_id TEXT NOT NULL,
    code TEXT NOT NULL,
    asked_ms BIGINT NOT NULL, peer TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (device_id)
);
CREATE UNIQUE INDEX pending_claim_by_code ON pending_claim (code);

-- Covers one institution, or all of a region (GB/T 2260; '' is every region) when institution is ''.
CREATE TABLE bureau_token (
    institution TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, token_hash)
);
CREATE UNIQUE INDEX bureau_token_by_hash ON bureau_token (token_hash);

CREATE TABLE chain (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    head_seq BIGINT NOT NULL,
    head_hash TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    flags TEXT NOT NULL,
    first_received_ms BIGINT NOT NULL,
    last_received_ms BIGINT NOT NULL, latest_clock_ms BIGINT NOT NULL DEFAULT 0, latest_nonce_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (institution, device_id, chain_id)
);

CREATE TABLE event (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    signature TEXT NOT NULL,
    position BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    flags TEXT NOT NULL,
    person_id TEXT NOT NULL,
    room TEXT NOT NULL, after_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (institution, device_id, chain_id, seq)
);
CREATE UNIQUE INDEX event_by_id ON event (institution, device_id, id);
CREATE UNIQUE INDEX event_by_position ON event (institution, position);
CREATE INDEX event_by_person ON event (institution, person_id, kind);
CREATE INDEX event_by_room ON event (institution, room, kind);

CREATE TABLE quarantine (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL,
    signature TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_ms BIGINT NOT NULL, in_place BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (institution, device_id, chain_id, seq, hash)
);

CREATE TABLE alarm (
    institution TEXT NOT NULL,
    alarm_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    device_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    raised_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, alarm_id)
);

-- A chain that took the place of another, as its first event says.
CREATE TABLE succession (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    previous_chain TEXT NOT NULL,
    previous_seq BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (institution, device_id, chain_id)
);

-- Events of a chain that its device declared lost: the chain goes on behind them.
CREATE TABLE lost_events (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    declared_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, chain_id, first_seq, last_seq)
);

-- Why a device was quarantined, and who released it.
CREATE TABLE device_decision (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    decided_ms BIGINT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    PRIMARY KEY (institution, device_id, number)
);

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

-- What was ordered of a device, by whom, and what came of it: kept for good.
CREATE TABLE command (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    command_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    payload TEXT NOT NULL,
    signature TEXT NOT NULL,
    taken_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    result TEXT NOT NULL,
    settled_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, number)
);
CREATE UNIQUE INDEX command_by_id ON command (command_id);
