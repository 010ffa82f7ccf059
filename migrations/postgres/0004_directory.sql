-- The directory in two streams: who is in which group, the order of devices, and the salt of what the log says about a version.

ALTER TABLE member ADD COLUMN
    group_names         TEXT COLLATE "C" NOT NULL DEFAULT '[]'; -- JSON, from the source

ALTER TABLE device ADD COLUMN
    sequence            BIGINT NOT NULL DEFAULT 0; -- grows whenever the device becomes known, renewed, or visible to others
-- The leaves of an enrollment are its own, so this is unique, and in the order of the log.
UPDATE device SET sequence = first_leaf + leaf_count;
CREATE UNIQUE INDEX device_sequence ON device (sequence);

ALTER TABLE directory_version ADD COLUMN
    salt                BYTEA;                        -- NULL in a version of before: the next start publishes a new one
