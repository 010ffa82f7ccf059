-- Whom no source brings back by itself after they were erased. See ../README.md.

CREATE TABLE erased_entry (
    source              BIGINT NOT NULL,
    tomb                BLOB NOT NULL,             -- HMAC of what the source called the person; the key is not in the database
    erased_ms           BIGINT NOT NULL,
    PRIMARY KEY (source, tomb)
);
