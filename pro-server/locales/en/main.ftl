# Everything that pro-server says to people, in English. The same messages stand in ../fr/main.ftl.

about = The organization's own Isoloir server: directory, enrollment, signaling, policy and audit. Messages never pass through it.
about-serve = Run the server until SIGTERM.
about-health = Say whether the server on the data folder serves: exit code 0 if so. For container engines and monitoring.
about-sync = Read the directory now and apply what changed.
about-people = The people of the directory.
about-people-list = List everybody.
about-people-import = Add and change the people of a CSV file (login,name,mail). Who is not in it stays.
about-people-suspend = Suspend a person: the devices are revoked and their sessions closed at once.
about-people-reset-identity = End a person’s identity: key and devices count no more, colleagues are warned, and a code lets a new device in. For whoever lost every device, or whose key was taken.
about-people-remove = Remove a person for good: devices revoked, nothing personal kept. To end access only, use “people suspend”.
about-people-resume = End a suspension; the person enrolls again.
about-people-unlink = Forget the person’s account at the identity provider: at the next enrollment another one may be theirs.
about-device = The devices of the people.
about-device-list = List all devices, or one person's.
about-device-revoke = Revoke one device and close its sessions at once.
about-code = One-time enrollment codes.
about-code-create = Make a link with a one-time code for a person, and its QR code.
about-policy = The organization's policy.
about-policy-show = Show the policy in force.
about-policy-set = Publish a new version of the policy with these settings changed, or keep it as the draft.
about-policy-rows = Show what can be set: values, default, who enforces it, and where.
about-policy-of = Show what is in force for one person.
about-policy-preview = Show whom the draft reaches, and what changes for them.
about-policy-publish = Publish the draft.
about-policy-discard = Forget the draft.
about-policy-history = List the versions of the policy: when, by whom, and what they set.
about-policy-rollback = Publish what an earlier version said, as a new version.
about-audit = The audit log of administrative events.
about-audit-list = List the events.
about-audit-export = Write the log, with what is needed to verify it, as JSON lines into a file.
about-audit-verify = Verify every row of the server's log, running or stopped, or an exported file anywhere. Exit code 3: something is not as it was signed.
about-audit-sinks = Show where the audit is sent, and whether it arrives.
about-handover = Show every field that the server stores and what it says of whom: for a lawful request or a data-protection officer.
about-audit-erase = Destroy the key under which the audit names a person who was suspended or has left. It cannot be undone.
about-backup = Write everything that the server is (people, devices, logs, keys, configuration) into one encrypted file, while it serves.
about-restore = Bring a server back from a backup, into an empty data folder.
about-doctor = Look at configuration, directory, certificate, clock, ports, disk and database, and say what is wrong and what to do.
about-migrate = Bring the database to this program's schema now and say what was done; “serve” does it too when it starts.
about-store = The database.
about-store-copy = Move everything into another database (SQLite or PostgreSQL) and prove that nothing changed. Stop the server first.
about-log = The transparency log that every device follows.
about-log-checkpoint = Print the newest signed state of the log. Keep it somewhere else: a restore asks for it.
about-log-reset = Begin another log after a restore; the organization's root key has to sign it. Stop the server first.
about-log-sign = Sign the request for another log, on the machine where the root key is kept.
about-keys = The directory key, which ends after a year unless the organization's root key gives it more time or puts another key in its place.
about-keys-renew = Give the directory key another year, with the root key at hand. The server may go on serving.
about-keys-rotate = Put another key in the place of the directory key, with the root key at hand: when somebody may have a copy of it. The server may go on serving, devices follow by themselves.
about-keys-request = Write what the root key has to sign into a file, when the root key is kept elsewhere.
about-keys-sign = Sign such a request, on the machine where the root key is kept.
about-keys-install = Put in force what the root key has signed. The server may go on serving.
about-root = The organization's root key, for whoever keeps it off the server from the beginning.
about-root-create = Make a root key in a new file, on a machine that is not the server and best without a network.
about-root-request = At the server, before its first start: write what the root key has to sign into a file.
about-root-sign = Sign such a request, on the machine with the root key.
about-root-install = At the server, before its first start: take what the root key has signed. Then “serve”.
about-admin = The administrators of the console in the browser.
about-admin-list = List the administrators, and links that wait to be used.
about-admin-add = Make a one-time link by which somebody becomes an administrator.
about-admin-roles = Say what an administrator may do, and over whom. Their sessions end.
about-admin-reset = Make a new one-time link for somebody who lost their password or second factor. The old ones end at once.
about-admin-password = Change your own password: asks for the present one, a code of the second factor, and the new one. Your sessions end.
about-admin-sessions = List who is signed in to the console, and since when.
about-admin-end-session = End a session of the console at once.
arg-session = Session, as “admin sessions” shows it
about-admin-remove = Remove an administrator, or withdraw a link. Their sessions end at once.
about-approvals = Acts that need two people.
about-approvals-list = List what waits for a second person, and what was decided.
about-approvals-show = Show one request, with everybody who is named in it.
about-approvals-approve = Agree to exactly what a request says; it is done at once. Never one's own request, and this machine is one person.
about-approvals-refuse = Refuse a request, or take back one's own.
about-approvals-quorum = Say how many people dangerous acts need. Going back to one needs two people.
arg-approval = Number of the request, as “approvals list” shows it
arg-approval-digest = What exactly is agreed to: the last line of the request in “approvals list”
arg-quorum = 1 or 2; two only while two owners can sign in
about-integration = Programs with a token of their own: providers that push people (SCIM), and those that read or administer (docs/api.md).
about-integration-list = List the tokens of programs.
about-integration-add = Make a token for a program. It is shown once.
about-integration-revoke = Revoke a token. It is worth nothing from that moment on.
about-integration-release = Let providers take access from more people than the brake of a day allows, once you have looked into it.

arg-config = Configuration file (TOML)
arg-data = Data folder
arg-json = Print one JSON object per line
arg-version = Print the version
arg-help = Print this help
arg-listen = Address of the public port; overrides the configuration
arg-plan = Only show what would change
arg-agree = Carry out exactly the plan that “--plan” showed under this digest, even if the brake holds it; another plan is refused
arg-history = Show how the runs went, newest first
arg-source = Of this source only; a source that is configured no more lets go of its people, after “--plan” and “--agree”
arg-login = Login of the person
arg-device = Id of the device, 32 hexadecimal digits
arg-csv = CSV file; “-” reads the standard input
arg-changes = Settings such as file.send=off; KEY=default takes a setting back
arg-policy-scope = For a group or one person instead of everybody
arg-policy-lock = Narrower scopes may only make these settings stricter
arg-policy-unlock = Narrower scopes may set them as they like
arg-policy-draft = Change the draft instead; nobody is affected before it is published
arg-policy-publish = The draft that policy preview named: exactly what was looked at
arg-policy-before = Versions before this one
arg-policy-version = The version to go back to
arg-export = File to write; must not exist
arg-administrator = Name of the administrator, or the id that “admin list” shows
arg-token-name = What the token is for, such as the program’s name
arg-token-scope = What the program may do: provisioning (push people, nothing else), read, or administer
arg-token-days = How many days the token lives, 1 to 730 (365 unless said)
arg-token = Id of the token, which “integration list” shows
arg-role = What they may do, once for each: owner (everything, the default), people, policy, auditor, help-desk; the last four may be followed by :GROUP
arg-roles = All that they may do from now on: owner, people, policy, auditor, help-desk; the last four may be followed by :GROUP
arg-verify = Exported file to verify; the running server's log if absent
arg-remove-for-good = Yes, for good: it cannot be taken back, and the person's entry in the directory brings nobody back
arg-for-good = Yes, for good: nobody will ever learn again whom these entries are about
arg-backup = File to write; must not exist
arg-restore = Backup file
arg-passphrase-file = File whose first line is the passphrase of the backup; asked for without it
arg-check = Only prove that the file is whole and restorable, and say what is in it; nothing is touched
arg-newest-checkpoint = The newest known state of the log, as “pro-server log checkpoint” or “isoloir checkpoint” printed it
arg-without-checkpoint = No newer state of the log is known
arg-log-signed = Document signed with “log sign”; without it the root key in the data folder signs
arg-log-reason = Why: the server was restored, or it had signed two histories
arg-root-key = File of the organization's root key
arg-log-request = Request that “restore” or “log reset” wrote
arg-log-to = File to write; must not exist
arg-root-key-here = File of the organization's root key; keys/organization-root.key in the data folder if absent
arg-keys-request = Request that “keys request” wrote
arg-keys-rotate = Ask for another key in the place of the directory key, instead of more time
arg-keys-after = A serial that devices have seen, after a restore of an older backup (“isoloir status --json” shows it on any device)
arg-keys-new-key = The new key, as “keys request --rotate” showed it at the server; needed only if the request is for another key
arg-keys-signed = Document signed with “keys sign”
arg-keys-to = File to write; must not exist
arg-root-create = File for the root key; must not exist
arg-root-directory-key = The directory key, as “root request” showed it at the server
arg-root-request = Request that “root request” wrote
arg-root-organization = The organization's fingerprint, as “root create” showed it
arg-root-signed = Document signed with “root sign”
arg-migrate-plan = Only say what would be done
arg-store-to = Where to: a URL such as postgres://isoloir@db.example/isoloir, or the path of a new SQLite file
arg-store-to-file = File that holds the URL, so that no password stands in the list of processes
arg-store-ca-file = Roots that signed the certificate of the database (PEM)

heading-usage = Usage:
heading-commands = Commands
heading-command = COMMAND
heading-options = Options

usage-unknown-argument = “{ $what }” is not an option here.
usage-unknown-command = “{ $what }” is not a command.
usage-missing = Missing: { $what }
usage-invalid-value = The value of { $what } is not valid.
usage-wrong = This command line is not valid. { $what }
usage-help = More with --help.

config-refused = The configuration has problems:
config-unknown = { $key }: no such key. Remove it or correct its spelling.
config-unknown-nearest = { $key }: no such key. Did you mean “{ $nearest }”?
config-missing = { $key }: must be set.
config-wrong = { $key }: must be { $expected }.
config-unreadable = { $key }: the file cannot be read ({ $reason }). Correct the path or its permissions.
config-syntax = { $key }: line { $line } is not valid TOML.
config-needs = { $key }: needs { $other } too. Set both or neither.
config-excludes = { $key }: cannot stand beside { $other }. Set one of them.
config-secret-inside = { $key }: holds a password. Put the whole URL into a file that only the server's user can read, and name it in { $other }.
expected-text = text between quotes, not empty
expected-boolean = true or false
expected-integer = a whole number from { $min } to { $max }
expected-socket-address = an address such as 0.0.0.0:8443
expected-https-url = a URL such as https://chat.example:8443, with nothing behind the port
expected-ldap-url = a URL such as ldaps://directory.example:636
expected-ldap-filter = an LDAP filter such as (objectClass=inetOrgPerson)
expected-source-name = a name that no other source has, of small letters, digits and dashes, such as paris
expected-sections = a section, or a list of at most { $max } of them
expected-attribute-name = the name of an LDAP attribute such as uid
expected-ldap-kind = active-directory or standard
expected-texts = a text, or a list of at most { $max } texts
expected-postgres-url = a URL such as postgres://isoloir@db.example/isoloir
expected-postgres-database = a URL that names a database, such as postgres://isoloir@db.example/isoloir
expected-postgres-parameters = a URL whose parameters PostgreSQL knows, such as ?sslmode=verify-full
expected-one-of = some of these: { $known }
expected-syslog-url = tls://HOST:PORT or tcp://HOST:PORT
expected-long-secret = a file with a secret of at least { $min } characters
expected-plain-name = a short name of lower-case letters, digits and hyphens
expected-unique-name = a name that no other one has
expected-path-of-its-own = a file that no other destination writes, nor as one of its older ones
expected-issuer-url = an https URL, exactly as the provider’s metadata write it
expected-table = a section such as [http]

serve-ready = Serving at { $url }. Organization { $fingerprint }.
serve-console = Administration console: { $url }
serve-console-first = Nobody administers this server yet. Whoever opens this link becomes its owner; it works once, for 24 hours:
serve-stopping = Stopping.
serve-taken = Another server already runs on the data folder { $folder }. Stop it first, or choose another folder with --data.
serve-folder = The data folder { $folder } cannot be used: { $reason }.
serve-restore-unfinished = A restore into { $folder } was interrupted. Empty the folder and restore again.
serve-log-pending = The server in { $folder } was restored, and devices may know more of its log than it does. Its log has to be reset with the organization's root key before it may serve: take { $folder }/log-reset.request to the machine with the root key, run “pro-server log sign --root-key KEY REQUEST SIGNED” there, bring SIGNED back and run “pro-server log reset SIGNED”. If the root key is in keys/, “pro-server log reset” is enough.
serve-key-ending = The directory key ends on { $until }. From then on no device can be enrolled. Give it another year now: “pro-server keys renew”, or “pro-server keys request” when the root key is kept elsewhere.
serve-key-ended = The directory key ended on { $until }. The server serves the devices it knows; no device can be enrolled, and none accepts another certificate of the server. Give the key another year: “pro-server keys renew”, or “pro-server keys request” when the root key is kept elsewhere. Is the clock right?
serve-no-database = The keys in { $folder } are of an organization whose database is missing; with another database they would show every device a forged log. Put server.db back where it was, or restore a backup into an empty folder (“pro-server --data NEW restore FILE”). To start another organization instead, move the whole folder { $folder } away first.
serve-empty-database = The keys in { $folder } are of an organization that is not in the database { $place }; with an empty one they would show every device a forged log. If the organization is still in { $folder }/server.db, move it: “pro-server store copy --to URL”. Else correct [store], or restore a backup into an empty folder. To start another organization instead, move the whole folder { $folder } away first.
serve-put-back = The database { $place } is older than what this server has shown: somebody put it back to an earlier day, or [store] names an old copy. Devices know revocations that are not in it, so nothing is served from it. Correct [store], or put the newest copy back. If that is lost, run “pro-server log reset”: the root key signs that another log begins, and devices keep every revocation that they know.
serve-other-keys = The database { $place } is another organization's than the keys in { $folder }. Correct [store], or name the folder of that organization with --data.
serve-listen = The address { $address } cannot be used: { $reason }. Choose another one with --listen or [http] listen.
serve-broken = The server cannot go on; its log says why.
serve-failed = The server cannot start: { $reason }

store-unreachable = The database server at { $place } cannot be reached ({ $reason }). Is it running, and does a firewall let this machine through? Check host and port in [store].
store-tls = The connection to the database { $place } cannot be protected: its certificate is not for that name or not signed by a known authority, or the server offers no TLS. Point [store] ca_file to the roots that signed it, and use the host name that it was made for; or turn TLS on at the database.
store-password = The database server does not let this user into { $place }. Check user and password in the file of [store] url_file, and pg_hba.conf at the database.
store-no-database = There is no database { $place }. Make it: CREATE DATABASE … OWNER … (docs/server.md has the lines), or correct the name in [store].
store-rights = This user may not create tables in { $place }. Make the user the owner of the database: ALTER DATABASE … OWNER TO …
store-connections = The database server for { $place } has no connection left. The server needs nine: raise max_connections there, or close what is idle.
store-taken = Another server serves on the database { $place }. One server at a time may: stop the other one first. “SELECT client_addr, backend_start FROM pg_stat_activity WHERE application_name = 'isoloir'” at the database shows where it runs.
store-newer = The database { $place } was written by a newer program. Install that version or a later one.
store-foreign = The database { $place } holds tables of something else. Give Isoloir a database of its own, empty at first.
store-encoding = The database { $place } does not store UTF-8. Make another one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0
store-moved = What was in the database { $place } was moved elsewhere, and is in force there: whoever served on this one would show every device an older log. Correct [store]. To come back, copy from there with “pro-server store copy”.
store-same = This is the database that is in use already. Nothing was done.
store-occupied = { $place } is not empty. Nothing was done; give an empty database, or the path of a file that does not exist.
store-differs = What was read back from { $place } is not what was written. Nothing was kept there, and the database in use is as it was. Run “pro-server doctor”; then look at the destination.
store-unmarked = Everything is in { $place } and was compared, but the database of before could not be marked as left behind ({ $reason }). Serve on one of them only: change [store] to the new one now, or empty the new one and repeat.
store-copied = { $how ->
    [found] An earlier attempt had copied everything to { $to }; it was compared and is the same.
   *[copied] Everything is in { $to }: each table was read back and has the same rows and the digest above.
}
    log         { $entries } entries, root { $root }
    audit       { $audit } entries, root { $audit_root }
    { $engine ->
        [postgres] Now name it in [store] (url_file) and start the server.
       *[sqlite] Now take [store] out of the configuration, put the file into the data folder as server.db, and start the server.
    }
    Nobody serves on { $from } any more. It still holds everything: destroy it when you are sure.
migrated = { $state ->
    [planned] { $count ->
        [0] Nothing would be done: { $place } has the schema of this program.
       *[other] These would be applied to { $place }.
    }
   *[applied] { $count ->
        [0] Nothing was to be done: { $place } has the schema of this program.
       *[other] Applied to { $place }.
    }
}

admin-not-running = No server runs on the data folder { $folder }. Start it with “pro-server serve”, or name its folder with --data.
admin-denied = The administration socket in { $folder } is for the server's own user and root only.
admin-lost = The server went away before it had answered completely.
admin-file = The file { $file } cannot be used: { $reason }.
people-remove-unsaid = Removing a person cannot be taken back: no name, no login, no mail is kept, and their entry in the directory brings nobody back. If that is what you want, add “--for-good”; to end access only, “people suspend”.
audit-erase-unsaid = Nothing was done. Erasing cannot be undone; say that you mean it with --for-good. Backups made before still hold the key: delete those too.
backup-written = Backup written to { $file } (people: { $people }, devices: { $devices }, log entries: { $entries }, audit entries: { $audit }, bytes before encryption: { $bytes }). { $root ->
    [yes] The root key is in it.
   *[no] The root key is not in it; it is kept elsewhere.
}
    Without the passphrase nobody can restore it. Prove it now and then with “pro-server restore --check”.
backup-exists = { $file } exists already. Nothing was written; choose another name.
backup-nothing = There is no server in { $folder }: it has no database. Name its folder with --data.
admin-password-terminal = A password is typed on a terminal, and there is none.
admin-ask-password = Present password:
admin-ask-code = Code of the second factor:
admin-ask-new-password = New password:
admin-ask-new-password-again = The same new password again:
admin-passwords-differ = The two new passwords are not the same. Nothing was changed.
backup-passphrase-needed = There is no terminal to ask on. Give the passphrase with --passphrase-file.
backup-passphrase-empty = The passphrase is empty. Nothing was done.
backup-passphrase-short = The passphrase is too short: at least { $least } characters. The backup holds all keys of the organization.
backup-passphrases-differ = The two passphrases differ. Nothing was done.
backup-ask-passphrase = Passphrase of the backup:
backup-ask-passphrase-again = The same passphrase again:
backup-no-backup = { $file } is not a backup of pro-server.
backup-newer = { $file } was made by a newer program. Restore it with that version or a later one.
backup-wrong-passphrase = The passphrase is wrong. Nothing was done; try again, or look for the one of that time.
backup-damaged = { $file } is damaged or incomplete. Nothing was restored from it; take another copy or an earlier backup.
backup-memory = There is not enough memory to derive the key from the passphrase (128 MiB). Free some and repeat.
backup-disk-full = The disk is full. Nothing was left behind; make room and repeat.
restore-checked = { $file } is whole and can be restored.
    made        { $made }
    people      { $people }
    devices     { $devices }
    log         { $entries } entries
    audit       { $audit } entries
    size        { $bytes } bytes
    root key    { $root ->
        [yes] in it
       *[no] not in it, kept elsewhere
    }
    of          { $organization }
restore-not-empty = { $folder } is not empty. A backup is restored into an empty data folder only, so that nothing is lost: move what is there away, or name another folder with --data.
restore-newest-needed = Say what is known about the log: --newest-checkpoint FILE with the newest state that “isoloir checkpoint” on any device or “pro-server log checkpoint” printed, or --without-checkpoint if there is none.
restore-ask-newest = The log in this backup has { $entries } entries. Devices may have seen more since.
    File with the newest checkpoint that is known (“isoloir checkpoint” on any device prints it); empty if there is none:
restore-done = Restored from { $file }, made { $made } (people: { $people }, devices: { $devices }, log entries: { $entries }).
restore-log = { $log ->
    [goes-on] The log goes on: nobody has seen more than what was restored.
        Start it with “pro-server --data { $folder } serve”.
    [reset] The log was reset, signed by the root key. Devices show a restore, not an attack; what they know about revocations stays.
        Start it with “pro-server --data { $folder } serve”. Revoke again whom you revoked after the backup, and enroll again who was enrolled after it.
   *[reset-pending] The log has to be reset, and the root key is not in keys/.
        1. Take { $folder }/log-reset.request to the machine with the root key.
        2. There: pro-server log sign --root-key KEY log-reset.request log-reset.signed
        3. Here:  pro-server --data { $folder } log reset log-reset.signed
        Until then the server does not serve.
}
restore-administrators = These administrators are those of the day of the backup, with the passwords and second factors of that day. Check the list:
    remove whoever was removed since (“pro-server admin remove NAME”), and reset whoever was reset since (“pro-server admin reset NAME”).
    One-time links and enrollment codes from before are worth nothing: make new ones.
offline-taken = A server runs on { $folder }. Stop it first.
offline-unusable = The state in the data folder cannot be used: { $reason }
log-not-our-checkpoint = The file is no checkpoint that this organization's directory key has signed. “isoloir checkpoint” on any device prints one. If the directory key was replaced after this backup, no checkpoint of after that can be read: use --without-checkpoint.
log-not-signed = The document is not signed by this organization's root key. Nothing was changed.
log-other-state = The document was made for another state of the log. Nothing was changed; run “log reset” without a file for a new request.
log-no-request = The file is not a request for a log reset, or not a signed one.
log-other-organization = The request is not of this root key's organization. Nothing was signed.
log-signed = Signed for organization { $organization }: another log begins after { $entries } entries. Take { $file } to the server and run “pro-server log reset { $file }”.
keys-root-elsewhere = The root key is not in { $folder }/keys. Name its file with --root-key, or have it sign where it is kept:
    1. Here:  pro-server --data { $folder } keys request keys.request
    2. There: pro-server keys sign --root-key KEY keys.request keys.signed
    3. Here:  pro-server --data { $folder } keys install keys.signed
keys-root-elsewhere-rotate = The root key is not in { $folder }/keys. Name its file with --root-key, or have it sign where it is kept:
    1. Here:  pro-server --data { $folder } keys request --rotate keys.request
    2. There: pro-server keys sign --root-key KEY --new-key HEX keys.request keys.signed
    3. Here:  pro-server --data { $folder } keys install keys.signed
keys-requested = The request is in { $file }. Take it to the machine with the root key, run “pro-server keys sign --root-key KEY { $file } keys.signed” there, bring keys.signed back and run “pro-server keys install keys.signed”.
keys-requested-successor = The request is in { $file }. It is for another directory key:
    { $key }
    Take the file to the machine with the root key, and this key by another way: on paper, or by telephone. Run there:
    pro-server keys sign --root-key KEY --new-key { $key } { $file } keys.signed
    Bring keys.signed back and run “pro-server keys install keys.signed”.
keys-signed = Signed for organization { $organization }: its directory key is valid from { $from } until { $until }. If these dates are not those of the coming year, destroy { $file }: somebody asks for time in advance. Else take it to the server and run “pro-server keys install { $file }”.
keys-signed-successor = Another directory key takes the place of the present one as soon as this is installed.
root-created = The root key is in { $file }. Whoever has this file can be the organization: keep it, and a copy elsewhere, never on the server. The organization's fingerprint, which stands in every enrollment link:
    { $organization }
    Next, at the server and before its first start: pro-server root request root.request
root-requested = The request is in { $file }. The server's directory key:
    { $key }
    Take the file to the machine with the root key, and this key by another way: on paper, or by telephone. Run there:
    pro-server root sign --root-key KEY --directory-key { $key } { $file } root.signed
root-signed = Signed for organization { $organization }: its directory key is valid from { $from } until { $until }. If these dates are not those of the coming year, destroy { $file }. Else take it to the server and run there:
    pro-server root install --organization { $organization } { $file }
root-installed = This server belongs to organization { $organization }. Start it: pro-server serve. Its root key is not here; once a year, and after a restore, it has to sign.
root-keys-here = { $folder } has keys already: its organization exists. Nothing was changed. A root key cannot be exchanged; take its file away instead (“pro-server doctor” says where it lies).
root-nothing-waits = Nothing here waits for a root key. Run “pro-server root request FILE” at this server first.

refused-no-such-person = There is no such person. “people list” shows everybody.
refused-no-such-administrator = There is no such administrator. “admin list” shows all.
refused-last-owner = This is the last owner who can sign in. Add another one first, or use “admin reset”.
refused-oneself = Nobody does this to themselves. Another owner can.
refused-role = None of the administrator’s roles allows this. Ask an owner.
refused-not-a-newcomer = This person has had a device before. A help desk makes codes for newcomers only; ask an administrator with the role “people”.
refused-roles = An administrator has between 1 and 32 roles.
refused-waits = Asked. This needs a second person and waits for one, as request { $detail }. Another administrator agrees to it in the console, under Approvals, within a day.
refused-two-people = This needs two people, and a program is none. Nothing was done.
refused-sign-in = The password is wrong, or the code is not that of this moment. Nothing was changed.
refused-account = The new password does not do. Nothing was changed. ({ $detail })
refused-sign-in-again = This is a dangerous act. Sign in again, and then repeat it.
refused-own-request = Somebody else has to agree. Whoever runs commands on this machine is one person.
refused-too-many-lost = Access was taken from ten people within a day. Somebody with the role “people” or “owner” has to go on.
refused-too-few-owners = It takes two owners who can sign in. Make another one first.
refused-too-many-waiting = Too many requests wait for a second person. Decide some first.
refused-decided = This request has been decided already.
refused-request-expired = This request is older than a day. Ask again.
refused-no-such-session = There is no such session, or it has ended. “admin sessions” shows all.
refused-no-such-request = There is no such request. “approvals list” shows all.
refused-no-such-token = There is no such token, or it is revoked already. “integration list” shows all.
refused-too-many-tokens = There are as many tokens as there may be. Revoke one first.
refused-token-name = A token has a name of at most 64 bytes and lives between 1 and 730 days.
refused-token = The token is unknown, revoked or has expired.
refused-no-such-device = There is no such device. “device list” shows all.
refused-login-taken = Somebody listed has this login already. A login belongs to one person.
refused-groups = The person is in too many groups.
refused-no-such-source = There is no such source, or there are several: name one with “--source”.
refused-sources = Not every source was synchronized: { $detail }. The lines above say why; the others are done.
refused-no-directory = No external directory is configured ([directory.ldap]); there is nothing to synchronize.
refused-brake = Nothing was changed, the brake holds: { $detail }. See who with “pro-server sync --plan”; it also says how to carry out exactly that.
refused-brake-empty = Nothing was changed, the brake holds: the directory shows nobody, but people are listed. Check base_dn, filter and the service account; “pro-server doctor” helps.
refused-brake-doubtful = Nothing was changed, the brake holds: people are missing, while some entries show neither an id nor a login, or a whole base shows nobody any more. Check what the service account may read; “pro-server sync --plan” shows who would lose access, and how to carry out exactly that.
refused-already-suspended = This person is suspended already.
refused-not-suspended-by-hand = This person was not suspended by hand. Who left the directory comes back through the directory.
refused-already-revoked = This device is revoked already.
refused-stale = Something else was changed at the same moment. Look again and repeat.
refused-suspended = This person is suspended. Resume them first.
refused-login = This is not a login: it has characters that no login has.
refused-takes-part = This person still takes part. Suspend them first; whoever takes part stands in the audit.
refused-unnamed = The audit does not name this person, or not any more. Nothing was done.
refused-csv = Nothing was imported: { $detail }
refused-csv-lines = This file will not be taken: { $detail } of its lines cannot be used, for the reasons above. Correct them and look again.
refused-policy = Nothing was published: { $detail }
refused-policy-scope = There is no such scope. Write group:NAME or person:LOGIN.
refused-no-such-policy = There is no draft, or no such version. Nothing was changed.
refused-database = The database does not answer. Nothing was changed; try again.
refused-store-taken = Another server serves on the database. Nothing was changed; this server ends.
refused-store-behind = The database is older than what this server has shown. Nothing was changed, and this server ends. Was the database put back to an earlier day? Then put the newest copy back; what else can be done, the next start says.
refused-disk-full = The disk is full. Nothing was changed; free some space.
refused-ldap-unreachable = The directory cannot be reached. Check the host and port in directory.ldap.url, and the network between.
refused-ldap-timeout = The directory did not answer in time. Check its load and the network between.
refused-ldap-certificate = The certificate of the directory is not trusted. Set directory.ldap.ca_file to the roots that signed it, and use the host name that it was made for.
refused-ldap-ca-file = directory.ldap.ca_file has no usable certificate; it must be PEM.
refused-ldap-start-tls = The directory refuses StartTLS. Use ldaps://, or turn StartTLS on at the directory.
refused-ldap-service-account = The directory refuses the service account. Check bind_dn and bind_password_file.
refused-ldap-base = The directory has no entry base_dn or group_base_dn. Check its spelling and what the service account may read.
refused-ldap-filter = The directory does not accept the filter. Check its parentheses and attribute names.
refused-ldap-size-limit = The directory stops before the end of the list. Allow the service account unlimited paged results.
refused-ldap-too-many = The directory shows too many people. Narrow base_dn or filter.
refused-ldap-service-password-expired = The password of the service account has expired. Set a new one at the directory and in bind_password_file.
refused-ldap-service-account-locked = The service account is locked after wrong passwords. Unlock it at the directory, and look for what else uses it.
refused-ldap-service-account-closed = The service account is disabled, has expired or may not sign in now. Open it at the directory.
refused-ldap-too-many-groups = The directory shows too many groups. Narrow group_base_dn or group_filter.
refused-ldap-required-group = The directory has no group required_group that the service account can read. Check its distinguished name, that group_base_dn contains it, and the account’s rights. Nobody loses access because of it.
refused-ldap-referral = A part of what is asked for is on another server, to which the directory refers. Point url at that one, or make it a source of its own and narrow base_dn.
refused-ldap-incomplete = The directory ended its answer before all of it had come. Nothing was changed; it is tried again.
refused-ldap-busy = The directory is busy or shutting down. It is tried again; if it lasts, look at the directory’s own log.
refused-ldap-disconnected = The connection to the directory broke. Try again.
refused-ldap-refused = The directory refuses: { $detail }
refused-no-such-provider = No identity provider has this name.
refused-not-linked = This person has no account at an identity provider here.
refused-backup-incoherent = The copy of the database does not match what the server knows. Nothing was written. Run “pro-server doctor”, and keep the earlier backups.
refused-backup-copy = Nothing was written: { $detail }
refused-backup-file-large = A file that the configuration names is too large to be a key, a certificate or a password. Nothing was written; correct the configuration and repeat. ({ $detail })
refused-internal = The server failed; its log says more.
refused-malformed = The server did not understand the request. Is it of the same version?
refused-renewal-malformed = The file is neither a request for a renewal of the directory key nor a signed one. Nothing was done.
refused-renewal-other-organization = This was not signed by this organization's root key, or is not of this root key's organization. Nothing was done.
refused-renewal-other-key = This is about another key than the directory key in force and the one that waits to take its place, or than the one that was named. Nothing was done; make a new request with “keys request”.
refused-renewal-unnamed = This request is for another directory key, not for more time. If that is meant, repeat with --new-key and the key that “keys request --rotate” showed at the server. Nothing was signed.
refused-renewal-old = A renewal that is as new or newer is in force already. Nothing was done.
refused-renewal-time = The time that this renewal gives has ended, has not begun, or is longer than a year. Nothing was done. Is the clock right? If so, make a new request with “keys request”.
refused-renewal-begun = The root key's new word is in force, but could not be written into the log yet ({ $detail }). The server goes on trying by itself; “pro-server doctor” says what is in the way. Do not repeat the command.
refused-renewal-keys = The keys folder cannot be written: { $detail } Nothing was changed; correct it and repeat.
refused-founding-malformed = The file is neither a request of “root request” nor what “root sign” made of one. Nothing was done.
refused-founding-other-key = This is about another directory key than the one that was named or waits here. Nothing was done. Compare it with what “root request” showed at the server; if it differs, somebody exchanged the file.
refused-founding-other-organization = This was signed by another root key than that of the organization that was named. Nothing was done.
refused-founding-time = The time that it gives has ended, has not begun, or is longer than a year. Nothing was done. Is the clock right? If so, begin again with “root request”.

row-person = { $login }  { $name }  { $state ->
    [provisioned] not enrolled
    [suspended] left the directory
    [locked] suspended
   *[active] active
}
row-device = { $device }  { $login }  { $state ->
    [revoked] revoked
   *[active] active
}
row-change = { $change ->
    [add] + { $login }
    [suspend] - { $login } (suspend)
    [resume] + { $login } (resume)
   *[update] ~ { $login }
}
row-skipped = ! entry { $place } left out: { $reason } { $login }
row-run = { $state ->
    [planned] Would be: { $added } added, { $updated } updated, { $suspended } suspended, { $resumed } resumed, { $skipped } left out.
   *[applied] Done: { $added } added, { $updated } updated, { $suspended } suspended, { $resumed } resumed, { $skipped } left out.
}
row-run-source = { $source }: { $text }
row-past-run = { $last }  { $source }  ×{ $times }  { $state ->
    [braked] held by the brake: { $hit } people would have been hit, { $allowed } might
    [failed] failed: { $code }
    [agreed] done, agreed despite the brake ({ $hit } people hit): { $added } added, { $updated } updated, { $suspended } suspended, { $resumed } resumed
   *[done] done: { $added } added, { $updated } updated, { $suspended } suspended, { $resumed } resumed
}
row-run-digest = To carry out exactly this, whatever the brake says: pro-server sync --source { $source } --agree { $digest }
row-import-digest = To take the file exactly so: pro-server people import FILE --agree { $digest }
row-run-refused = Source { $source }: { $reason }
row-code = Link for { $login }, usable once, until { $expires }:
row-policy = Policy version { $version }
row-policy-locked = (locked)
row-policy-scope = For { $scope }
row-policy-kind = { $values }; by default { $default }; for { $scopes }; { $enforcer ->
    [server] the server refuses
    [both] the server refuses and the client obeys
   *[client] the client obeys, as strong as an unmodified client
}
row-policy-person = In force for { $login }, by policy version { $version }
row-policy-preview = The draft { $draft } from version { $version } changes something for { $reached } of { $people } people
row-policy-change = { $policy }: { $before } becomes { $after } for { $people }
row-policy-weakened = Permits more than before: { $what }
row-policy-past = Version { $version }, { $time }, { $by }; groups and persons with rules of their own: { $scopes }
row-verified = { $entries ->
    [one] Verified: one entry, root { $root }.
   *[other] Verified: { $entries } entries, root { $root }.
}
row-stored = { $rows ->
    [one] { $table }, one row: { $about }.
   *[other] { $table }, { $rows } rows: { $about }.
}
handover-organization = which keys belong to this database, and since when
handover-member = people of the directory
handover-device = devices that people enrolled, with their certificates; no name of a device, no address on a network, nothing about when it was used
handover-enrollment_code = one-time codes that wait to be spent, as hashes
handover-log_leaf = the transparency log: random ids, keys, hashes; no name
handover-audit_entry = the audit: what happened and when is readable, who it was stands as a pseudonym, which a key in audit_party opens
handover-audit_party = the keys under which the audit names people and administrators; destroying one erases them from it
handover-audit_sink = how far each destination of the audit has got
handover-checkpoint = signed heads of both logs
handover-policy = every policy that was published
handover-policy_layers = rules of the policy for groups, by name, and for single persons, by member id; and who published them
handover-policy_draft = drafts of the next policy, one of the organization and one for the groups that a role is over, and who changed each last
handover-directory_version = versions of the published directory
handover-administrator = administrators of the console
handover-administrator_role = What administrators of the console may do, and over the people of which group.
handover-approval = Acts that wait for a second administrator, or were decided: what exactly, by ids and settings (with the account at an identity provider that is to be linked), who asked, who decided.
handover-quorum = Whether dangerous acts need two people.
handover-administrator_link = which account at an identity provider is which administrator
handover-member_link = which account at an identity provider is which person
handover-log_reset = how a log began anew after a restore
handover-directory_source = where people come from
handover-directory_run = how directory runs went, in numbers
handover-directory_run_skipped = entries that a run left out, and why
handover-integration = programs with a token of their own
handover-scim_person = what a provider pushed of a person
handover-scim_group = groups that a provider pushed
handover-scim_membership = who is in which of these groups
handover-scim_loss = whom a provider took access from within a day, for the brake
handover-class-personal = says something of a person, readable
handover-class-pseudonym = stands for somebody, and says who only beside a row that names them
handover-class-sealed = readable only with a key that is stored elsewhere
handover-class-secret = a key, or the hash of a secret
handover-class-technical = says nothing of anybody
handover-class-undescribed = nobody has described it: treat it as personal, and report this
row-sink = { $waiting ->
    [one] { $name } ({ $to }): one entry waiting; { $reason }.
   *[other] { $name } ({ $to }): { $waiting } entries waiting; { $reason }.
}
fault-none = everything arrives
fault-sink-unreachable = it cannot be reached. Check its address in [[audit.sinks]] and the network between
fault-sink-timeout = it does not answer in time. Check its load and the network between
fault-sink-certificate = its certificate is not trusted. Set ca_file to the roots that signed it, and use the host name that it was made for
fault-sink-own-files = ca_file, certificate_file or key_file holds nothing usable. It must be PEM
fault-sink-broke = it broke the connection. It is tried again; its own log says why
fault-sink-certificate-refused = it refuses this server in the TLS handshake. Check certificate_file and key_file; its own log says why
fault-sink-refused = it refuses. Its own log says why; a wrong secret is the usual reason
fault-sink-file = the file cannot be written. Check the rights of its folder and the space on its disk
fault-sink-database = the audit cannot be read at the moment. “pro-server doctor” helps
fault-sink-file-taken = the file is locked: another program or destination writes it. Give each one a path of its own
fault-sink-not-a-file = the path is a link, a folder or a device. Only a regular file is written
fault-sink-entries-missing = the audit lacks entries that were signed. Run “pro-server audit verify”, and keep the data folder for examination
fault-sink-entries-beyond = rows that nobody signed lie beyond the end of the audit. They are not sent; what is signed is. Run “pro-server audit verify”, and keep the data folder for examination
row-exported = { $lines ->
    [one] One line written to { $file }.
   *[other] { $lines } lines written to { $file }.
}
row-serving = Serving.
row-administrator = { $id }  { $name }  { $roles }  { $state ->
    [waiting] link not used yet
    [expired] link expired
   *[active] active
}
row-link = One-time link for an administrator ({ $roles }), until { $expires }:
row-integration = { $id }  { $scope }  { $name }  { $state ->
    [expired] expired on { $until }
   *[active] until { $until }
}  last used: { $used }
row-token = The token, shown this once, until { $expires }. Address and token for the program:
row-session = { $id }  { $name }  since { $opened }  last used { $used }
row-approval = { $number }  { $act }  { $state ->
    [waiting] waits until { $until }
    [expired] expired
    [interrupted] agreed to by { $decider }, then interrupted; ask again
    [refused] refused by { $decider }
    [stale] did not fit any more, not done
    [open] agreed to by { $decider }: whoever asked can do it now, by the same command
   *[done] done, agreed to by { $decider }
}  asked by: { $asker }
row-detail = { $what }: { $value }
act-code = enrollment code for somebody who has had a device
act-reset-identity = end the identity of somebody, with a code for a new device
act-suspend = suspend one more person
act-remove = remove one more person for good
act-revoke = revoke one more device
act-run = directory run that the brake held
act-release-brake = release the brake of pushed people
act-add-administrator = new administrator
act-assign-roles = other roles for an administrator
act-reset-administrator = new password and second factor for an administrator
act-remove-administrator = remove an administrator
act-link-administrator = account at an identity provider for an administrator
act-policy = policy that permits more
act-erase = erase a name from the audit
act-erase-person = erase a person from everything
act-erase-administrator = erase an administrator who was removed
act-quorum-off = one person only for dangerous acts
act-rotate-directory-key = another directory key
act-export-person = take out everything that is kept about a person
act-add-integration = token for a program that changes something
act-forgotten = something about a person who was erased
act-detail-person = person
act-detail-device = device
act-detail-source = source
act-detail-plan = plan
act-detail-loses-access = lose access
act-detail-loses-groups = lose groups
act-detail-joins = are added
act-detail-changes = are changed
act-detail-leaver = loses access
act-detail-leavers-more = and so many more
act-detail-administrator = administrator
act-detail-roles = roles
act-detail-provider = identity provider
act-detail-account = account there
act-detail-version = made from version
act-detail-setting = setting
act-detail-program = program
act-detail-scope = may
act-detail-days = days
act-detail-key = new key
act-detail-digest = to agree to
row-key = The directory key is valid until { $until } (serial { $serial }). Devices take it up by themselves.
row-key-rotated = Another directory key is in force, valid until { $until } (serial { $serial }). Devices take it up by themselves; witnesses have to be told (“pro-server audit checkpoint --json”). Make a backup: one of before holds the old key.
row-done = Done.

doctor-mark-fine = ok:
doctor-mark-warning = warning:
doctor-mark-problem = PROBLEM:
doctor-all-fine = Nothing is wrong.
doctor-problems = { $count ->
    [one] 1 problem was found.
   *[other] { $count } problems were found.
}
doctor-config-fine = the configuration can be used.
doctor-folder-fine = the data folder { $folder } can be used, and by nobody else.
doctor-folder-missing = there is no data folder { $folder } yet; the first “serve” makes it. If there should be one, name it with --data.
doctor-folder-no-folder = { $folder } is not a folder. Name the data folder with --data.
doctor-folder-open = others on this machine can reach { $folder }. Take that away: chmod -R go= { $folder }
doctor-folder-read-only = the data folder { $folder } cannot be written by this user. Run as the user that owns it, or correct its owner with chown.
doctor-folder-restore-unfinished = a restore into { $folder } was interrupted. Empty the folder and restore again.
doctor-folder-log-pending = { $folder } was restored and its log has to be reset before the server may serve: run “pro-server log reset”.
doctor-disk-fine = { $mebibytes } MiB are free under { $folder }.
doctor-disk-low = only { $mebibytes } MiB are free under { $folder }; a backup needs room for a copy of the database. Make room soon.
doctor-disk-full = only { $mebibytes } MiB are free under { $folder }. Changes will be refused when the disk is full; make room now.
doctor-keys-new = there are no keys yet; the first “serve” makes them.
doctor-keys-root-awaited = a directory key waits for the root key's word; until “pro-server root install” brings it, no server starts here. To begin without an offline root key, remove keys.first.
doctor-keys-fine = the organization's keys fit together; the directory key is valid until { $until }.
doctor-keys-ending = the directory key ends on { $until }; from then on no device can be enrolled. Give it another year: “pro-server keys renew”, or “pro-server keys request” when the root key is kept elsewhere.
doctor-keys-root-here = the organization's root key lies in keys/organization-root.key. Whoever takes this server could reset its log with it. Take the file to a safe place without a network, and delete it here.
doctor-keys-missing = the database has an organization whose keys are not in keys/. Restore a backup; new keys would be another organization.
doctor-keys-expired = the directory key ended on { $until }, and no device can be enrolled. Give it another year: “pro-server keys renew”, or “pro-server keys request” when the root key is kept elsewhere. Is the clock right?
doctor-keys-damaged = keys/{ $file } is damaged. Restore it from a backup.
doctor-keys-unreadable = a file in keys/ cannot be read ({ $reason }). Correct its owner and permissions.
doctor-clock-fine = the clock says { $now }, and nothing stored is later.
doctor-clock-behind = the clock says { $now }, but something was stored at { $newest }. Set the clock; turn on time synchronization.
doctor-clock-behind-keys = the clock says { $now }, which is before the directory key begins. Set the clock; turn on time synchronization.
doctor-database-new = there is no database yet; the first “serve” makes it.
doctor-database-missing = the database of the organization in keys/ is missing. Put server.db back, or restore a backup into an empty folder; the server does not start without it.
doctor-database-fine = the database is whole.
doctor-database-postgres-fine = the database { $place } answers and has our tables.
doctor-database-empty = the organization in keys/ is not in the database { $place }. Correct [store], move the organization there (“pro-server store copy”), or restore a backup; the server does not start without it.
doctor-database-open = nobody made sure that { $place } is the database and that nobody listens on the way. Take sslmode out of the URL, or set it to verify-full, and point [store] ca_file to the roots of its certificate.
doctor-database-newer = the database was written by a newer program. Install that version or a later one.
doctor-database-put-back = the database { $place } is older than what this server has shown: it was put back to an earlier day, or [store] names an old copy. Correct [store], or put the newest copy back; if that is lost, run “pro-server log reset”.
doctor-database-damaged = the database is damaged. Stop the server, keep the folder for examination, and restore the last backup into an empty one.
doctor-database-unreadable = the database cannot be read. Correct its owner and permissions; if they are right, restore the last backup.
doctor-database-full = the database cannot be read because the disk is full. Make room.
doctor-certificate-own = no certificate is configured; the server makes its own, which devices trust by the organization's signed list.
doctor-certificate-fine = the certificate fits its key and is valid from { $from } until { $until }.
doctor-certificate-ending = the certificate ends on { $until }. Renew it; the server reads the new files by itself.
doctor-certificate-expired = the certificate ended on { $until }. Renew it and put the new files in place; the server reads them by itself.
doctor-certificate-early = the certificate begins only on { $from }. Is the clock right?
doctor-certificate-other-key = tls.key_file is not the key of tls.certificate_file. Take the key with which the certificate was requested.
doctor-certificate-unreadable = { $file } cannot be read ({ $reason }). Correct the path or its permissions.
doctor-certificate-unusable = { $file } is no usable PEM. The certificate comes first in its file, then what signed it; the key has no passphrase.
doctor-certificate-other-name = the certificate does not name { $host }, the host of http.public_url. Devices do not mind; browsers do. Have it issued for that name.
doctor-ports-fine = the configured addresses are free, { $address } among them.
doctor-ports-serving = a server runs on this data folder and has its addresses.
doctor-port-taken = { $key }: { $address } is taken by another program. “ss -lntup” shows which; stop it or choose another port.
doctor-port-not-here = { $key }: this machine has no address { $address }. Take one of its own, or 0.0.0.0 for all.
doctor-port-forbidden = { $key }: this user may not use { $address }. Ports below 1024 need the capability CAP_NET_BIND_SERVICE; or choose a higher one.
doctor-port-unusable = { $key }: { $address } cannot be used ({ $reason }). Choose another address.
doctor-directory-own = no LDAP directory is configured; the built-in one serves, filled by “people import”.
doctor-directory-fine = the directory { $source } answers ({ $kind }). People with access: { $seen }; groups: { $groups }.
doctor-directory-controller = the controller { $url } answers.
doctor-directory-controller-away = the controller { $url } does not serve ({ $fault }); the others do its work. Mend it, or take it out of directory.ldap.url.
doctor-directory-none-with-access = the directory shows { $count } people, and none of them has access. Check directory.ldap.required_group.
doctor-directory-withheld = without access: { $disabled } disabled, { $expired } expired, { $outside } outside the required group.
doctor-directory-live = the directory tells what changes; a change is in force within seconds.
doctor-directory-timer = changes are found at the timer only (directory.ldap.live is false).
doctor-directory-silent = the directory cannot tell what changes; it is found at the timer. With OpenLDAP the overlay syncprov tells it.
doctor-directory-changes-refused = the directory could tell what changes and does not tell this account; it is found at the timer. With OpenLDAP allow it size=unlimited and the overlay syncprov at this database; in Active Directory, reading its own NTDS settings.
doctor-directory-accounts-unseen = of { $count } people the service account may not see whether they are disabled; they are left out. Let it read userAccountControl.
doctor-directory-deleted-unseen = the service account may not see deleted objects, so who is deleted is found at the timer. Let it read the container Deleted Objects (dsacls).
doctor-directory-nobody = the directory answers, and the filter finds nobody under base_dn. Check directory.ldap.base_dn and filter, and what the service account may read.
doctor-directory-none-usable = the directory shows { $skipped } entries and none can be used. Check directory.ldap.attributes; “pro-server sync --plan” says what each entry lacks.
doctor-directory-skipped = { $skipped } entries of the directory cannot be used and are left out. “pro-server sync --plan” says why.
doctor-provider-fine = the identity provider { $name } can be used.
doctor-provider-roots = identity provider { $name }: ca_file has no usable certificate, or the system has no roots. It must be PEM.
doctor-provider-unreachable = identity provider { $name }: The identity provider cannot be reached. Check issuer in the server’s configuration, and the network between.
doctor-provider-timeout = identity provider { $name }: The identity provider did not answer in time.
doctor-provider-certificate = identity provider { $name }: The certificate of the identity provider is not trusted. Put the roots that signed it into ca_file.
doctor-provider-metadata = identity provider { $name }: What the identity provider publishes or answers cannot be used.
doctor-provider-issuer = identity provider { $name }: The identity provider calls itself by another issuer. Write issuer exactly as its metadata do.
doctor-provider-client = identity provider { $name }: The identity provider does not know this server. Check client_id and client_secret_file.
doctor-provider-no-device-flow = identity provider { $name }: The identity provider offers no device authorization. Take “device” out of ways.
doctor-provider-answer = identity provider { $name }: The identity provider answers with an error; its own log says more.

# Approvers: whose signatures the end of an identity needs.
about-approver = People whose signatures the end of an identity needs, with keys that this server never has.
about-approver-key = Make a key for an approver, on the approver’s own machine. Prints its public key.
about-approver-name = With the root key, on its machine: name the approvers, and how many of them must agree.
about-approver-install = Put what the root key signed into the log; from then on devices ask for the signatures too.
about-approver-sign = As an approver, on one’s own machine: agree to the end of an identity.
arg-approver-needed = how many must agree; 0 for nobody any more
arg-approver-serial = the number of this list; larger than that of the list before
arg-approver-keys = the approvers’ public keys
arg-approver-key = the approver’s key
arg-approver-order = what “people reset-identity --request” wrote
arg-approver-person = the person’s id, as that person told it (“isoloir --json whoami”): for somebody whose login has changed since
arg-approver-yes = sign without being asked, for scripts
arg-reset-request = write what the approvers have to sign into this file, and change nothing
arg-reset-signed = what an approver signed; once for each
approver-no-order = This is no such file: it takes what “people reset-identity --request” wrote, or what an approver or the root key signed.
approver-bad-list = Such a list cannot be obeyed: different keys, as many of them as must agree, at most 16, of whom at most 8 must agree.
approver-key = The key is in { $file }: keep it to yourself, and a copy in a safe place.
    Its public key, for whoever has the root key:
    { $key }
approver-named = { $file }: { $needed } of { $people } must agree, in the organization { $organization }.
    On the server: pro-server approver install { $file }
approver-order = { $file }: the end of the identity of { $login } ({ $person }), as of { $at }.
    Each approver on their own machine: pro-server approver sign --key KEY { $file } SIGNED
approver-asks = You are asked to agree that the identity of { $login } ends, in the organization { $organization }, as of { $at }.
    The organization’s log binds this login to the person { $person }.
    From then on that person’s key and every device count no more, for good; everybody who knows them is told. Whoever then uses the one-time link
    becomes this person: make sure who is asking.
approver-asks-by-id = You are asked to agree that the identity of the person { $person } ends, in the organization { $organization }, as of { $at }.
    It is the id that you gave. The login { $login } is the server’s word alone: the log does not bind it to this person.
    From then on that person’s key and every device count no more, for good; everybody who knows them is told. Whoever then uses the one-time link
    becomes this person: make sure who is asking.
approver-agree = Type “yes” to sign:
answer-yes = yes
approver-not-agreed = Nothing was signed.
approver-yes-needed = There is no terminal to ask on. Read the order at one, or sign with --yes.
approver-stale = This order is more than a week old, or of a time to come: it would not count. Ask for a new one. Nothing was signed.
approver-other-person = This order ends the identity of somebody else than the person whose id you gave. Nothing was signed. Ask who wrote it.
approver-other-login = This order says “{ $login }”, and the organization’s log does not bind that login to the person whose identity it ends. Either the login has changed since the person was added, or somebody means another person than they say. Nothing was signed. Ask the person for their id (“isoloir --json whoami”) and give it with --person-id.
approver-signed = { $file }: you agree to the end of the identity of { $login } ({ $person }), as of { $at }.
    On the server: pro-server people reset-identity LOGIN --signed { $file }
refused-unapproved = The root key named approvers, and they have not agreed to this. Write what they have to sign with --request FILE, and come back with --signed FILE for each.
refused-identity-order = These are no signatures under one order of the last seven days to end this person’s present identity, or nobody asks for any. Ask again with --request FILE.
refused-approvers = This list of approvers is not signed by the organization’s root key, or its serial is not larger than that of the list in force. Nothing was changed.
