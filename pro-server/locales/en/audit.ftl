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

about-erase = Erase a person from everything that the server keeps: rows, accounts, codes, and the key under which the audit names them. It cannot be undone.
about-admin-erase = Erase an administrator who was removed: the name, and the key under which the audit names them. It cannot be undone.
admin-erase-unsaid = Nothing was done. Erasing cannot be undone: nobody will learn again from the audit what this administrator did. Say that you mean it with --for-good.
about-people-export = Write everything that the server keeps about a person, as JSON lines into a file, for that person.
arg-person-export = The file to write; it must not exist
arg-erase-whom = The person's login; of somebody who was removed, their id
arg-erase-for-good = Yes, for good
erase-unsaid = Nothing was done. Erasing cannot be undone: no name, login, mail or identifier is kept, and no directory brings the person back. Say that you mean it with --for-good. Take what the person may ask for first: “people export”.
refused-backup-under-way = Nothing was done: a backup is being taken, which would hold the person. Repeat when it is written.
row-erased = Erased: { $id }. No file of the database holds the person any more, and every proof verifies.
row-erased-backups = Backups taken before still hold them ({ $count }; the newest: { $newest }). Delete those.
row-erased-exports = Exports of the audit made before ({ $count }; the newest: { $newest }) hold pseudonyms, which nobody can open any more but with such a backup.
row-erased-taken-out = Everything kept about the person was taken out before ({ $count }; the newest: { $newest }). Whoever has those files has to delete them.
row-erased-administrator = An administrator has the same name. Administrators are erased by themselves: remove them, then “pro-server admin erase NAME --for-good”.
row-administrator-erased = Administrator erased: { $id }. No file of the database holds the name any more, and every proof verifies. Who acted under that account is lost.
row-erased-elsewhere = Outside of the server: write-ahead log archives and replicas of a PostgreSQL, snapshots of disks and machines, enrollment cards on paper, people's own devices.
refused-not-compacted = The person is erased, but the files of the database could not be rewritten yet, so that freed places of them may still hold the person. Something reads or backs up the database, the disk is full, or the server may not rewrite tables that are somebody else's; the log of the server says which. It tries again by itself, after five minutes and then ever less often, after a restart too, and logs “every erasure is finished” when it is done.
refused-old-database = Nothing was done: the database from before the move lies in the data folder (server.db) and holds everybody. Destroy it first, when you are sure that you do not need it.
handover-compaction_due = that the files of the database are still to be rewritten after an erasure
handover-erased_entry = whom no source may bring back: a keyed hash of what it called somebody
audit-found-proof = The proof does not lead to the signed root: it was changed, or proves something else.
about-audit-prove = Write a proof that one entry is in the audit, or that it goes on from an older checkpoint, for somebody who has not the audit.
arg-proof-entry = The entry's number, as “audit list” shows it
arg-proof-file = The file to write; it must not exist
row-proven = The proof holds: { $what } audit of { $entries } entries, signed at { $time }, root { $root }.
row-proven-entry = entry { $index } is in the
row-proven-since = the first { $index } entries, as signed earlier, are those of the
refused-no-such-entry = The audit has no such entry, or the older checkpoint is over more than there is.
audit-found-cosignature = The word of a witness on the first { $first } entries was changed, or is about another audit.

about-audit-witnesses = Show who else vouches for the audit, and up to where.
about-witness = Be a witness of other servers’ audits, on a machine that their administrators do not govern.
about-witness-serve = Run the witness: it cosigns each checkpoint that goes on from all that it has cosigned.
about-witness-forget = Forget what was cosigned of a log: for one that begins anew after a restore that its organization has explained.
arg-witness = The key of a witness whose word is to be told; as often as there are witnesses
arg-witness-name = The witness’s name, such as witness.example/isoloir; it stays what it is
arg-witness-log = The key of a log that is watched, as “pro-server --json audit checkpoint” shows it; as often as there are logs
arg-witness-host = The name under which servers reach the witness, for the certificate that it makes itself
arg-witness-certificate = A certificate instead of that one, in PEM
arg-witness-key = Its key, in PEM
arg-witness-origin = The log’s name, such as isoloir.audit/…
expected-witness-key = the key of a witness as it shows it: name+id+key
handover-audit_witness = who else vouches for the audit, and up to where
row-verified-witness = Witness { $name }: it has seen the first { $entries } entries, and said so at { $time }.
row-verified-no-witness = Witness { $name }: no word of it is in here.
row-verified-without-memory = But: how far the audit had gone is not remembered in the data folder (newest.json is missing or cannot be read). Whether it was put back to an earlier state could not be checked; compare it with a checkpoint that was kept elsewhere, with --against.
row-witness = { $name }: it has seen the first { $entries } entries; { $reason }.
witness-at-home = { $folder } is the data folder of a server, and whoever vouches for oneself proves nothing. Give the witness a folder of its own with --data, best on another machine.
witness-serving = The witness serves. Its key, for [[audit.witnesses]] and for “audit verify --witness”:
witness-forgotten = Forgotten: { $origin }. The next checkpoint of it is cosigned as if it were the first.
witness-unknown = Nothing was cosigned of { $origin }.
fault-witness-none = nothing is wrong
fault-witness-unreachable = it cannot be reached. Check its url in [[audit.witnesses]] and the network between
fault-witness-certificate = its certificate is not trusted. Set ca_file to the roots that signed it, and use the host name that it was made for
fault-witness-own-files = ca_file holds nothing usable. It must be PEM
fault-witness-unknown-log = it does not watch this audit. Give its operator the key that “pro-server --json audit checkpoint” shows
fault-witness-other-key = it knows another key of this audit. Give its operator the key that “pro-server --json audit checkpoint” shows
fault-witness-refused = it answers what no witness answers. Its own log says why
fault-witness-not-signed = its answer is not signed by its key. Compare the key with what the witness shows when it starts
fault-witness-ahead = IT HAS SEEN MORE OF THIS AUDIT THAN THERE IS HERE: this server was put back to an earlier state. If nobody restored a backup, somebody took entries away: keep the data folder for examination
fault-witness-forked = IT HAS SEEN ANOTHER AUDIT OF THIS SERVER: this one was put back and went on in another way, or was forged. If a backup was restored, explain it to the witness’s operator, who lets it begin anew (“pro-server witness forget”)
fault-witness-database = the audit cannot be read at the moment. “pro-server doctor” helps
doctor-sink-fine = the audit’s destination { $name } can be reached and written.
doctor-witness-fine = the audit’s witness { $name } can be reached.
doctor-audit-fault = { $name } of [audit]: { $reason }.
