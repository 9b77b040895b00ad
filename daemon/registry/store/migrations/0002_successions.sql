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

UPDATE device SET state = 'quarantined' WHERE state = 'claimed'
    AND device_id IN (SELECT device_id FROM chain WHERE flags = 'unrelated');
