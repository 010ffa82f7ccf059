-- What an erasure owes until the files of the database were rewritten, through a crash too. See ../README.md.

CREATE TABLE compaction_due (
    erased_ms           BIGINT NOT NULL PRIMARY KEY
);

-- Only PostgreSQL keeps samples of what stands in a column, as copies in a place that nobody empties. Those that there are go with the
-- column's type, which is set anew; none are taken from now on.
ALTER TABLE member
    ALTER COLUMN external_id TYPE TEXT COLLATE "C", ALTER COLUMN external_id SET STATISTICS 0,
    ALTER COLUMN login TYPE TEXT COLLATE "C", ALTER COLUMN login SET STATISTICS 0,
    ALTER COLUMN name TYPE TEXT COLLATE "C", ALTER COLUMN name SET STATISTICS 0,
    ALTER COLUMN mail TYPE TEXT COLLATE "C", ALTER COLUMN mail SET STATISTICS 0,
    ALTER COLUMN group_names TYPE TEXT COLLATE "C", ALTER COLUMN group_names SET STATISTICS 0,
    ALTER COLUMN log_salt TYPE BYTEA, ALTER COLUMN log_salt SET STATISTICS 0;
ALTER TABLE member_link ALTER COLUMN subject TYPE TEXT COLLATE "C", ALTER COLUMN subject SET STATISTICS 0;
ALTER TABLE scim_person
    ALTER COLUMN user_name TYPE TEXT COLLATE "C", ALTER COLUMN user_name SET STATISTICS 0,
    ALTER COLUMN external_id TYPE TEXT COLLATE "C", ALTER COLUMN external_id SET STATISTICS 0,
    ALTER COLUMN resource TYPE TEXT COLLATE "C", ALTER COLUMN resource SET STATISTICS 0;
ALTER TABLE scim_group ALTER COLUMN resource TYPE TEXT COLLATE "C", ALTER COLUMN resource SET STATISTICS 0;
ALTER TABLE audit_party ALTER COLUMN secret TYPE BYTEA, ALTER COLUMN secret SET STATISTICS 0;
ALTER TABLE administrator ALTER COLUMN name TYPE TEXT COLLATE "C", ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE administrator_link ALTER COLUMN subject TYPE TEXT COLLATE "C", ALTER COLUMN subject SET STATISTICS 0;
