-- Who somebody of an identity provider is here. See ../README.md.

-- Made when a person enrolls by a provider for the first time.
CREATE TABLE member_link (
    issuer              TEXT NOT NULL,
    subject             TEXT NOT NULL,             -- the provider's own name for the person: never given to anybody else
    member_id           BLOB NOT NULL REFERENCES member (id),
    linked_ms           BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, member_id)
);

-- Made by an owner, by hand.
CREATE TABLE administrator_link (
    issuer              TEXT NOT NULL,
    subject             TEXT NOT NULL,
    administrator_id    BLOB NOT NULL REFERENCES administrator (id),
    linked_ms           BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, administrator_id)
);
