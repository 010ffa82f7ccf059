-- Who else vouches for the audit, and up to where. See ../README.md.

CREATE TABLE audit_witness (
    witness             TEXT NOT NULL PRIMARY KEY, -- its key, with its name
    size                BIGINT NOT NULL,          -- entries under the checkpoint that it cosigned last
    cosignature         TEXT NOT NULL             -- its line of the note
);
