-- Where people come from, how its runs went, and who is gone for good. `member.source` is a number of the first table; 1, 2 and 3
-- mean what they always meant. See ../README.md.

CREATE TABLE directory_source (
    number              BIGINT NOT NULL PRIMARY KEY, -- never given to another source
    kind                BIGINT NOT NULL,           -- 1 built-in, 2 LDAP, 3 SCIM
    name                TEXT COLLATE "C" NOT NULL UNIQUE       -- as the configuration has it
);

ALTER TABLE member ADD COLUMN
    removed_ms          BIGINT;                    -- NULL while the person is not removed; the row stays, with nothing personal

-- One row for a run, or for several that ended the same one after the other. The oldest rows go.
CREATE TABLE directory_run (
    position            BIGINT NOT NULL PRIMARY KEY,
    source              BIGINT NOT NULL,
    first_ms            BIGINT NOT NULL,           -- end of the first of these runs
    last_ms             BIGINT NOT NULL,           -- end of the last one
    times               BIGINT NOT NULL,           -- how many they are
    outcome             BIGINT NOT NULL,           -- 1 done, 2 held by the brake, 3 failed
    code                TEXT COLLATE "C",                      -- of a failure, or of the brake
    agreed              BIGINT NOT NULL,           -- 1 if an administrator said yes to exactly this plan
    seen                BIGINT NOT NULL,
    added               BIGINT NOT NULL,
    changed             BIGINT NOT NULL,
    suspended           BIGINT NOT NULL,
    resumed             BIGINT NOT NULL,
    skipped             BIGINT NOT NULL,
    disabled            BIGINT NOT NULL,
    expired             BIGINT NOT NULL,
    outside_group       BIGINT NOT NULL,
    hit                 BIGINT NOT NULL,           -- people whom it took something from, or would have
    allowed             BIGINT NOT NULL            -- of whom so many may be hit
);
CREATE INDEX directory_run_source ON directory_run (source, position);

-- Entries that a run left out. The person stands here only by id, and only if known.
CREATE TABLE directory_run_skipped (
    run                 BIGINT NOT NULL,
    position            BIGINT NOT NULL,
    place               BIGINT NOT NULL,           -- which entry of the source's answer, from 1
    reason              TEXT COLLATE "C" NOT NULL,
    attribute           TEXT COLLATE "C",
    member_id           BYTEA,
    PRIMARY KEY (run, position)
);
