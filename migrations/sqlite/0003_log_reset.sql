-- The root-signed documents with which this organization's logs after the first one began. See ../README.md.

CREATE TABLE log_reset (
    epoch               BIGINT NOT NULL PRIMARY KEY, -- of the log that began
    document            BLOB NOT NULL              -- LogReset, signed by the root
);
