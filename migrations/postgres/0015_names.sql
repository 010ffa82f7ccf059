-- Whether the audit holds the name of an administrator or a program yet: 1 once an entry commits to it. See ../README.md.

ALTER TABLE administrator ADD COLUMN named BIGINT NOT NULL DEFAULT 0;
ALTER TABLE integration ADD COLUMN named BIGINT NOT NULL DEFAULT 0;
