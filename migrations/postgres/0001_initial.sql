-- What the server keeps: people, devices, the two logs, policies, enrollment codes. See ../README.md.

CREATE TABLE organization (
    fingerprint         BYTEA NOT NULL PRIMARY KEY,   -- SHA-256 of the root public key: which keys/ folder belongs to this database
    founded_ms          BIGINT NOT NULL
);

CREATE TABLE member (
    id                  BYTEA NOT NULL PRIMARY KEY,
    source              BIGINT NOT NULL,           -- 1 built-in, 2 LDAP
    external_id         TEXT COLLATE "C" NOT NULL,             -- the entry's own id at its source
    login               TEXT COLLATE "C" NOT NULL,
    name                TEXT COLLATE "C" NOT NULL,
    mail                TEXT COLLATE "C",
    listed              BIGINT NOT NULL,           -- 1 while the source lists this person
    locked              BIGINT NOT NULL,           -- 1 while an administrator has suspended this person
    identity_key        BYTEA,                        -- Ed25519, once the first device has enrolled
    log_salt            BYTEA      NOT NULL,           -- opens the commitment in the log; gone with the row
    added_ms            BIGINT NOT NULL,
    UNIQUE (source, external_id)
);
-- A login may be taken over once its former holder has left.
CREATE UNIQUE INDEX member_login ON member (login) WHERE listed = 1;

CREATE TABLE device (
    id                  BYTEA NOT NULL PRIMARY KEY,
    member_id           BYTEA NOT NULL REFERENCES member (id),
    certificate         BYTEA NOT NULL,
    envelope_key        BYTEA NOT NULL,
    door_address        BYTEA NOT NULL,               -- the front door, published in the directory
    door_capability     BYTEA NOT NULL,
    first_leaf          BIGINT NOT NULL,           -- where its enrollment begins in the log
    leaf_count          BIGINT NOT NULL,
    enrolled_ms         BIGINT NOT NULL,
    not_after_ms        BIGINT NOT NULL,
    revoked_ms          BIGINT                     -- NULL while the device is good
);
CREATE INDEX device_member ON device (member_id);

CREATE TABLE enrollment_code (
    hash                BYTEA NOT NULL PRIMARY KEY,   -- SHA-256 of the code; the code itself is never stored
    member_id           BYTEA NOT NULL REFERENCES member (id),
    expires_ms          BIGINT NOT NULL,
    device_id           BYTEA                         -- who spent it; kept until it expires, so that the same device may repeat
);
CREATE INDEX enrollment_code_member ON enrollment_code (member_id);

CREATE TABLE log_leaf (
    position            BIGINT NOT NULL PRIMARY KEY,
    leaf                BYTEA NOT NULL,
    hash                BYTEA NOT NULL                -- RFC 9162 leaf hash
);

CREATE TABLE audit_entry (
    position            BIGINT NOT NULL PRIMARY KEY,
    sealed              BYTEA NOT NULL,
    hash                BYTEA NOT NULL
);

-- Destroying a row erases its party from every entry; the entries and their proofs stay.
CREATE TABLE audit_party (
    party               BYTEA NOT NULL PRIMARY KEY,
    pseudonym           BYTEA NOT NULL UNIQUE,
    secret              BYTEA NOT NULL
);

CREATE TABLE checkpoint (
    tree                BIGINT NOT NULL,           -- 1 directory log, 2 audit log
    size                BIGINT NOT NULL,
    note                TEXT COLLATE "C" NOT NULL,             -- C2SP signed note
    PRIMARY KEY (tree, size)
);

CREATE TABLE policy (
    version             BIGINT NOT NULL PRIMARY KEY,
    document            BYTEA NOT NULL                -- signed
);

-- The snapshot's bytes are a function of the tables above and of this row.
CREATE TABLE directory_version (
    version             BIGINT NOT NULL PRIMARY KEY,
    issued_ms           BIGINT NOT NULL
);
