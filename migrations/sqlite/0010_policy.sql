-- Policies with rules for groups and persons, and the draft that is being worked on. See ../README.md.

-- One row for each version from now on; earlier ones have rules for everybody alone, and nobody noted who published them.
CREATE TABLE policy_layers (
    version             BIGINT NOT NULL PRIMARY KEY,
    issued_ms           BIGINT NOT NULL,
    settings            BLOB NOT NULL,               -- for everybody, and of each layer
    layers              BLOB NOT NULL,               -- each with its salt, as it is told
    actor               BLOB NOT NULL                -- sealed, as in the audit
);

-- At most one.
CREATE TABLE policy_draft (
    id                  BIGINT NOT NULL PRIMARY KEY,
    version             BIGINT NOT NULL,             -- that it was made from
    settings            BLOB NOT NULL,
    actor               BLOB NOT NULL,               -- who changed it last, sealed
    changed_ms          BIGINT NOT NULL
);
