-- Programs with a token of their own: those that push people, and those that use the administration API. See ../README.md.

-- scope: 1 provisioning, 2 read, 3 administer.
ALTER TABLE provisioner RENAME TO integration;
