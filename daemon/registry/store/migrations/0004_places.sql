-- The quarantined event that took its seq's place in the chain: at most one of a seq.
ALTER TABLE quarantine ADD COLUMN in_place BIGINT NOT NULL DEFAULT 0;
UPDATE quarantine SET in_place = 1 WHERE outcome = 'invalid' OR reason = 'this id is held with another body';

-- The latest time that a synchronised clock showed in the chain.
ALTER TABLE chain ADD COLUMN latest_clock_ms BIGINT NOT NULL DEFAULT 0;

-- Devices that were quarantined when successions came in had no decision that says why.
INSERT INTO device_decision (institution, device_id, number, decided_ms, decision, reason, decided_by)
    SELECT device.institution, device.device_id, 0, MIN(chain.first_received_ms), 'quarantined',
        'unrelated_chain: a chain names no head of an earlier one', 'registry'
    FROM device JOIN chain ON chain.institution = device.institution AND chain.device_id = device.device_id
    WHERE device.state = 'quarantined' AND chain.flags = 'unrelated' AND NOT EXISTS (
        SELECT 1 FROM device_decision AS known
        WHERE known.institution = device.institution AND known.device_id = device.device_id)
    GROUP BY device.institution, device.device_id;
