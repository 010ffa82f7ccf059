-- People and groups that providers push (RFC 7644), and the tokens with which they do. See ../README.md.

-- What a provider proves itself with. The row stays when the token is revoked: the audit names who acted.
CREATE TABLE provisioner (
    id                  BYTEA NOT NULL PRIMARY KEY,
    name                TEXT COLLATE "C" NOT NULL,
    scope               BIGINT NOT NULL,           -- 1 SCIM
    token_hash          BYTEA UNIQUE,                 -- SHA-256 of a random token, which is never stored; NULL once revoked
    added_ms            BIGINT NOT NULL,
    expires_ms          BIGINT NOT NULL,
    used_day            BIGINT                     -- day of the last use, counted from 1970; nothing finer
);

-- What a provider says of a person, beside what everybody's row says. Gone when the provider deletes the person.
CREATE TABLE scim_person (
    member_id           BYTEA NOT NULL PRIMARY KEY REFERENCES member (id),
    user_name           TEXT COLLATE "C" NOT NULL UNIQUE,      -- in small letters
    external_id         TEXT COLLATE "C",                      -- the provider's own id
    resource            TEXT COLLATE "C" NOT NULL,             -- JSON
    added_ms            BIGINT NOT NULL,
    changed_ms          BIGINT NOT NULL
);
CREATE INDEX scim_person_order ON scim_person (added_ms, member_id);
CREATE INDEX scim_person_external_id ON scim_person (external_id);

CREATE TABLE scim_group (
    id                  BYTEA NOT NULL PRIMARY KEY,
    name                TEXT COLLATE "C" NOT NULL UNIQUE,      -- in small letters
    resource            TEXT COLLATE "C" NOT NULL,             -- JSON, without the members
    added_ms            BIGINT NOT NULL,
    changed_ms          BIGINT NOT NULL
);
CREATE INDEX scim_group_order ON scim_group (added_ms, id);

CREATE TABLE scim_membership (
    group_id            BYTEA NOT NULL REFERENCES scim_group (id),
    member_id           BYTEA NOT NULL REFERENCES scim_person (member_id),
    PRIMARY KEY (group_id, member_id)
);
CREATE INDEX scim_membership_member ON scim_membership (member_id);

-- Whom providers took devices from lately: the brake counts them.
CREATE TABLE scim_loss (
    member_id           BYTEA NOT NULL PRIMARY KEY,
    lost_ms             BIGINT NOT NULL
);
