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
