-- What an erasure owes until the files of the database were rewritten, through a crash too. See ../README.md.

CREATE TABLE compaction_due (
    erased_ms           BIGINT NOT NULL PRIMARY KEY
);
