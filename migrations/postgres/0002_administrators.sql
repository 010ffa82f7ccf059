-- Who may use the administration console, and the order in which it shows people. See ../README.md.

-- A row begins with a one-time link; whoever spends it chooses a name and a password.
CREATE TABLE administrator (
    id                  BYTEA NOT NULL PRIMARY KEY,
    name                TEXT COLLATE "C",                      -- NULL until set up
    role                BIGINT NOT NULL,           -- 1 auditor, 2 owner
    password            TEXT COLLATE "C",                      -- Argon2id (RFC 9106) in the PHC string format; NULL until set up
    totp_sealed         BYTEA,                        -- RFC 6238 secret, sealed under a key that is not in the database
    totp_step           BIGINT NOT NULL,           -- the newest time step that was spent: none counts twice
    link_hash           BYTEA UNIQUE,                 -- SHA-256 of a one-time token that waits; the token itself is never stored
    link_expires_ms     BIGINT,
    added_ms            BIGINT NOT NULL,
    signed_in_ms        BIGINT,
    removed_ms          BIGINT                     -- the row stays, without secrets: the audit names who acted
);
CREATE UNIQUE INDEX administrator_name ON administrator (name) WHERE removed_ms IS NULL;

CREATE INDEX member_order ON member (login, id);
