# What a check of the audit finds, and what to do.

about-audit-checkpoint = Print the newest signed checkpoint of the audit, to be kept elsewhere.
arg-against = An older export or checkpoint that somebody kept: the audit has to go on from it
audit-broken = The audit is NOT as it was signed.
audit-broken-next =
    What to do now: leave the server and its database as they are; copy the data folder, the database and this text aside before anybody repairs anything. Export the audit (“pro-server audit export”) and compare with an older export or checkpoint (“pro-server audit verify --against OLDER”). Ask who can write to the database. Only then restore a backup.
refused-other-checkpoint = The file to compare with is no checkpoint of this organization’s audit, and no export that ends with one. Nothing was checked.

audit-found-line = Line { $first } of the file is not as the server wrote it.
audit-found-keys = The keys in the first line do not belong to one organization: this is no export of a server, or its first line was changed.
audit-found-unfinished = The file ends before its end: lines at its end were cut off, or it was copied while it was written.
audit-found-unreadable = The file cannot be read to its end.
audit-found-row = A row holds what the server never writes: somebody added or changed it.
audit-found-changed = Entry { $first } was changed: it is not what the hash beside it says.
audit-found-missing = Entries { $first } to { $last } are missing: their rows were dropped.
audit-found-order = Entry { $first } stands where entry { $last } belongs: entries were reordered, repeated or added.
audit-found-exchanged = Entries { $first } and { $last } have changed places, or one was written over with the other.
audit-found-rewritten = Among the entries { $first } to { $last }, at least one was changed, moved or replaced together with its hash. Everything before is as it was signed.
audit-found-truncated = The end was cut off: { $last } entries were signed, { $first } are there.
audit-found-unsigned = Entries { $first } to { $last } were never signed: they were added, or the checkpoint over them was dropped.
audit-found-checkpoint = The checkpoint over the first { $first } entries was changed: the server’s key did not sign it.
audit-found-no-checkpoint = There is no signed checkpoint at all: it was dropped, and nothing can be checked without it.
audit-found-forked = The log is forked: the server’s key signed two different histories of the first { $first } entries. Somebody who has the key rewrote the past, unless a backup was restored in between (the audit then says so).
audit-found-rolled-back = The audit was put back: { $last } entries were seen before, { $first } are there. A database that was put back explains it, and so does a restored backup (the audit then says so).
audit-found-party-key = The key under which entry { $first } names somebody was changed.
audit-found-party-keys-gone = { $last } keys under which the audit names people are gone, and no erasure in the audit says why. The first is of entry { $first }.
audit-found-party-keys-foreign = { $first } keys of people belong to no entry: their rows were added or changed.

about-erase = Erase a person from everything that the server keeps: rows, accounts, codes, and the key under which the audit names them. It cannot be undone.
about-people-export = Write everything that the server keeps about a person, as JSON lines into a file, for that person.
arg-person-export = The file to write; it must not exist
arg-erase-whom = The person's login; of somebody who was removed, their id
arg-erase-for-good = Yes, for good
erase-unsaid = Nothing was done. Erasing cannot be undone: no name, login, mail or identifier is kept, and no directory brings the person back. Say that you mean it with --for-good. Take what the person may ask for first: “people export”.
refused-backup-under-way = Nothing was done: a backup is being taken, which would hold the person. Repeat when it is written.
row-erased = Erased: { $id }. No file of the database holds the person any more, and every proof verifies.
row-erased-backups = Backups taken before still hold them ({ $count }; the newest: { $newest }). Delete those.
row-erased-exports = Exports of the audit made before ({ $count }; the newest: { $newest }) hold pseudonyms, which nobody can open any more but with such a backup.
row-erased-elsewhere = Outside of the server: write-ahead log archives and replicas of a PostgreSQL, snapshots of disks and machines, enrollment cards on paper, people's own devices.
refused-not-compacted = The person is erased, but the files of the database could not be rewritten, so that freed places of them may still hold the person. Something reads or backs up the database, or the disk is full: look into it, then run: pro-server { $detail } --for-good
handover-erased_entry = whom no source may bring back: a keyed hash of what it called somebody
audit-found-proof = The proof does not lead to the signed root: it was changed, or proves something else.
about-audit-prove = Write a proof that one entry is in the audit, or that it goes on from an older checkpoint, for somebody who has not the audit.
arg-proof-entry = The entry's number, as “audit list” shows it
arg-proof-file = The file to write; it must not exist
row-proven = The proof holds: { $what } audit of { $entries } entries, signed at { $time }, root { $root }.
row-proven-entry = entry { $index } is in the
row-proven-since = the first { $index } entries, as signed earlier, are those of the
refused-no-such-entry = The audit has no such entry, or the older checkpoint is over more than there is.
