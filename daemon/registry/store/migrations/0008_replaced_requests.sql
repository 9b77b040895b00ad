-- Certificate requests that a newer one took the place of: a claim that shows one is a copy of an old claim.
CREATE TABLE replaced_request (
    institution TEXT NOT NULL,
    device_id TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    replaced_ms BIGINT NOT NULL,
    PRIMARY KEY (institution, device_id, request_sha256)
);
