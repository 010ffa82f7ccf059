-- Who somebody of an identity provider is here. See ../README.md.

-- Made when a person enrolls by a provider for the first time.
CREATE TABLE member_link (
    issuer              TEXT COLLATE "C" NOT NULL,
    subject             TEXT COLLATE "C" NOT NULL,             -- the provider's own name for the person: never given to anybody else
    member_id           BYTEA NOT NULL REFERENCES member (id),
    linked_ms           BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, member_id)
);

-- Made by an owner, by hand.
CREATE TABLE administrator_link (
    issuer              TEXT COLLATE "C" NOT NULL,
    subject             TEXT COLLATE "C" NOT NULL,
    administrator_id    BYTEA NOT NULL REFERENCES administrator (id),
    linked_ms           BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, administrator_id)
);
