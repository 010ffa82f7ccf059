# What a check of the audit finds.

event-person-erased = A person erased from everything that the server keeps, for good
event-person-exported = Everything kept about a person taken out
event-administrator-erased = A removed administrator erased from everything that the server keeps, for good
event-party-named = Name taken; the audit holds it without telling it
audit-found-line = Line { $first } of the file is not as the server wrote it.
audit-found-keys = The keys in the first line do not belong to one organization: this is no export of a server, or its first line was changed.
audit-found-unfinished = The file ends before its end: lines at its end were cut off, or it was copied while it was written.
audit-found-unreadable = The file cannot be read to its end.
audit-found-row = A row holds what the server never writes: somebody added or changed it.
audit-found-changed = Entry { $first } was changed: it is not what the hash beside it says.
audit-found-missing = { $span ->
    [one] Entry { $first } is missing: its row was dropped.
   *[other] Entries { $first } to { $last } are missing: their rows were dropped.
}
audit-found-order = Entry { $first } stands where entry { $last } belongs: entries were reordered, repeated or added.
audit-found-exchanged = Entries { $first } and { $last } have changed places, or one was written over with the other.
audit-found-rewritten = { $span ->
    [one] Entry { $first } was changed, moved or replaced together with its hash. Everything before is as it was signed.
   *[other] Among the entries { $first } to { $last }, at least one was changed, moved or replaced together with its hash. Everything before is as it was signed.
}
audit-found-truncated = { $last-count ->
    [one] The end was cut off: one entry was signed, { $first } are there.
   *[other] The end was cut off: { $last } entries were signed, { $first } are there.
}
audit-found-unsigned = { $span ->
    [one] Entry { $first } was never signed: it was added, or the checkpoint over it was dropped.
   *[other] Entries { $first } to { $last } were never signed: they were added, or the checkpoint over them was dropped.
}
audit-found-checkpoint = { $first-count ->
    [one] The checkpoint over the first entry was changed: the server’s key did not sign it.
   *[other] The checkpoint over the first { $first } entries was changed: the server’s key did not sign it.
}
audit-found-no-checkpoint = There is no signed checkpoint at all: it was dropped, and nothing can be checked without it.
audit-found-forked = The log is forked: the server’s key signed two different histories of the first { $first } entries. Somebody who has the key rewrote the past, unless a backup was restored in between (the audit then says so).
audit-found-rolled-back = { $last-count ->
    [one] The audit was put back: one entry was seen before, { $first } are there. A database that was put back explains it, and so does a restored backup (the audit then says so).
   *[other] The audit was put back: { $last } entries were seen before, { $first } are there. A database that was put back explains it, and so does a restored backup (the audit then says so).
}
audit-found-party-key = The key under which entry { $first } names somebody was changed.
audit-found-party-name = The name behind entry { $first } is not the one that the audit holds: it was changed, exchanged with another one, or is gone. Whoever is named as having acted may be somebody else.
audit-found-party-keys-gone = { $last-count ->
    [one] The key under which the audit names somebody is gone, and no erasure in the audit says why. It is of entry { $first }.
   *[other] { $last } keys under which the audit names people are gone, and no erasure in the audit says why. The first is of entry { $first }.
}
audit-found-party-keys-foreign = { $first-count ->
    [one] One key of somebody belongs to no entry: its row was added or changed.
   *[other] { $first } keys of people belong to no entry: their rows were added or changed.
}
audit-found-party-keys-back = { $first-count ->
    [one] One key of somebody is there again that an erasure had destroyed: whoever kept it put it back, and the audit can be read again about this person.
   *[other] { $first } keys of people are there again that an erasure had destroyed: somebody who kept them put them back, and the audit can be read again about these people.
}

problem-backup-under-way-title = A backup is being taken
problem-backup-under-way-text = It would hold the person. Nothing was erased.
problem-backup-under-way-next = Repeat when the backup is written.
problem-old-database-title = An older database is still there
problem-old-database-text = The database from before the move (server.db in the data folder) holds everybody. Nothing was erased.
problem-old-database-next = Destroy it on the server’s machine when you are sure that you do not need it, and repeat.
person-export = Everything kept, as a file
erase = Erase
erase-title = Erase a person
erase-ask = Erase { $what } for good?
erase-consequence-devices = { $n ->
    [0] No device counts any more, and none ever will.
    [one] { $count } device stops counting, for good.
   *[other] { $count } devices stop counting, for good.
}
erase-consequence-access = Name, login, mail, groups, accounts and codes are deleted from every file of the server, and the key under which the audit names the person is destroyed. On a large database this takes some seconds.
erase-consequence-peers = Directories and providers that still list the person bring nobody back.
erase-consequence-data = Backups and other copies of before are not reached; the next page says what there is.
erase-consequence-back = This cannot be undone. Take the file with everything kept first, if the person asked for it.
erase-do = Erase for good
erase-administrator-title = Erase an administrator
erase-administrator-ask = Erase the administrator { $what } for good?
erase-administrator-consequence-name = The name is deleted from every file of the server, and the key under which the audit names the account is destroyed: what it did stays in the audit, and nobody can say any more who it was.
erase-administrator-consequence-person = A person of the directory with the same name is somebody else and is not erased by this.
erase-administrator-consequence-back = This cannot be undone.
erased-administrator-title = Administrator erased
erased-title = Person erased
erased-done = No file of the server’s database holds the person any more.
erased-means = Every proof of the transparency log and of the audit verifies as before; random ids and entries that nobody can open remain.
erased-left = What the server cannot reach
erased-backups = { $n ->
    [one] { $count } backup was taken before and still holds the person: delete it.
   *[other] { $count } backups were taken before and still hold the person: delete them.
}
erased-backups-newest = The newest is of { $what }.
erased-exports = { $n ->
    [one] { $count } export of the audit was made before. It holds a pseudonym, which only such a backup opens.
   *[other] { $count } exports of the audit were made before. They hold a pseudonym, which only such a backup opens.
}
erased-taken-out = { $n ->
    [one] Everything kept about the person was taken out once before. Whoever has that file has to delete it.
   *[other] Everything kept about the person was taken out { $count } times before. Whoever has those files has to delete them.
}
erased-elsewhere = Archives of a PostgreSQL’s write-ahead log, its replicas, snapshots of disks, cards on paper, people’s own devices.
audit-found-proof = The proof does not lead to the signed root: it was changed, or proves something else.
audit-found-cosignature = The word of a witness on the first { $first } entries was changed, or is about another audit.
