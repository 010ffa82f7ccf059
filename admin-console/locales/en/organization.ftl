# The organization at a glance, directory runs, policy, audit.

overview-title = Overview
overview-numbers = In numbers
overview-state = The server
overview-recent = What happened last
overview-whole-audit = { $n ->
    [one] The whole audit ({ $count } entry)
   *[other] The whole audit ({ $count } entries)
}
attention-title = Needs attention
attention-none = Nothing needs your attention.
attention-brake-title = The brake stopped the last directory run
attention-brake-link = See the preview
attention-directory-title = The last directory run failed
attention-directory-link = To the directory
attention-certificate-title = The TLS certificate ends soon
attention-certificate-text = It ends { $what }. Renew it; the server takes the new file without a restart.
attention-certificate-link = To the audit
attention-key-ending-title = The directory key ends soon
attention-key-ending-text = It ends { $what }; from then on no device can be enrolled. On the server’s machine: pro-server keys renew, or pro-server keys request when the root key is kept elsewhere.
attention-key-ending-link = To the audit
attention-key-ended-title = The directory key has ended
attention-key-ended-text = It ended { $what }, and no device can be enrolled. On the server’s machine: pro-server keys renew, or pro-server keys request when the root key is kept elsewhere.
attention-key-ended-link = To the audit
attention-nobody-title = There is nobody yet
attention-nobody-text = Connect your directory, or import a file with “pro-server people import”.
attention-nobody-link = To the directory
attention-one-owner-title = There is only one owner
attention-one-owner-text = If that account is lost, nobody can change anything here until “pro-server admin reset” is run on the server.
attention-one-owner-link = Invite another
tile-active = { $n ->
    [one] active person
   *[other] active people
}
tile-provisioned = { $n ->
   *[other] not enrolled
}
tile-suspended = { $n ->
   *[other] left the directory
}
tile-locked = { $n ->
   *[other] suspended
}
tile-devices = { $n ->
    [one] device
   *[other] devices
}
tile-connected = { $n ->
   *[other] connected now
}
fact-directory = Directory
fact-server = Server
fact-last-run = Last run
fact-policy = Policy
fact-certificate = TLS certificate until
fact-key = Directory key until
fact-started = Running since
fact-version = Version
fact-fingerprint = Fingerprint of the organization
fact-interval = Read
fact-brake = Brake
run-done = { $added } added, { $changed } changed, { $suspended } left, { $resumed } back
policy-version = { $n ->
   *[other] Version { $count }
}

directory-title = Directory
directory-lead = Where people come from. A run adds who is new and suspends who has left.
directory-source = Source
directory-runs = How runs went
runs-title = Directory runs
runs-lead = What each run did, or why it did nothing. Runs that ended the same are one line. People stand here only as links.
runs-none = No run has been made yet.
runs-times = { $n ->
    [one] { $count } time since
   *[other] { $count } times since
}
runs-agreed = { $n ->
    [one] An administrator agreed, despite the brake: { $count } person lost access or groups
   *[other] An administrator agreed, despite the brake: { $count } people lost access or groups
}
runs-without-access = { $n ->
    [one] { $count } entry without access
   *[other] { $count } entries without access
}
runs-skipped = { $n ->
    [one] { $count } entry left out
   *[other] { $count } entries left out
}
runs-entry = Entry { $count }:
runs-person = (person)
runs-newest = Newest
runs-older = Older
column-left-out = Left out
directory-source-named = Source “{ $what }”
directory-left = Not in the configuration any more
directory-left-people = { $n ->
    [one] { $count } person stays as they are until you let them go
   *[other] { $count } people stay as they are until you let them go
}
directory-built-in = Imported files
directory-built-in-means = No external directory is configured. People come from files that you import on the server:
directory-built-in-next = To follow an LDAP directory or Active Directory, add [directory.ldap] to the configuration.
directory-every = { $n ->
    [one] every minute
   *[other] every { $count } minutes
}
directory-every-seconds = { $n ->
    [one] every second
   *[other] every { $count } seconds
}
directory-brake = holds when more than { $percent } % of the people (at least { $count }) would lose access or their groups within 24 hours
directory-no-run = not yet
directory-preview = See what a run would change
directory-reading = Reading the directory…
done-run = Done. The directory is applied, and everybody’s devices are told.
plan-title = What a run would change
plan-count-suspend = { $n ->
    [one] loses access
   *[other] lose access
}
plan-count-resume = { $n ->
    [one] comes back
   *[other] come back
}
plan-count-add = { $n ->
   *[other] added
}
plan-count-update = { $n ->
   *[other] changed
}
plan-count-skipped = { $n ->
   *[other] left out
}
plan-list-suspend = { $n ->
    [one] { $count } person loses access
   *[other] { $count } people lose access
}
plan-list-resume = { $n ->
    [one] { $count } person comes back
   *[other] { $count } people come back
}
plan-list-add = { $n ->
    [one] { $count } person is added
   *[other] { $count } people are added
}
plan-list-update = { $n ->
    [one] { $count } person’s entry changes
   *[other] { $count } people’s entries change
}
plan-list-skipped = { $n ->
    [one] { $count } entry is left out
   *[other] { $count } entries are left out
}
plan-nothing = Nothing to change: the directory and this server agree.
plan-nothing-seen = { $n ->
    [one] { $count } person was read.
   *[other] { $count } people were read.
}
plan-consequence-suspend = { $n ->
    [one] { $count } person loses access: every device of theirs is revoked for good.
   *[other] { $count } people lose access: every device of theirs is revoked for good.
}
plan-braked = The brake holds this run
plan-braked-next = Check base_dn, filter and the service account first: a mistake there looks just like this. Nothing has been changed. If the list below is right, you can carry out exactly this one.
plan-apply-braked = Carry out exactly this, despite the brake
plan-consequence = Exactly this is done, or nothing, should the directory have changed meanwhile.
plan-apply = Apply these changes
plan-auditor = Whoever has the role People or Owner can apply these changes; the server also runs by itself at its interval.
column-entry = Entry
column-reason = Why
attribute-id = id
attribute-login = login
attribute-name = name
attribute-mail = mail address
attribute-account = account control
attribute-groups = groups
skipped-missing = The { $what } is missing.
skipped-unusable = The { $what } is empty, too long, or has characters that it may not have.
skipped-several-values = There are several values for the { $what }.
skipped-duplicate-id = Another entry has the same id.{ $what }
skipped-login-elsewhere = somebody of another source has this login
skipped-removed = this person was removed for good
skipped-duplicate-login = Another entry has the same login.{ $what }

policy-title = Policy
policy-edit = Change the policy
policy-edit-title = Change the policy
policy-edit-from = { $n ->
   *[other] Starting from version { $count }, which is in force. You will see what changes before anything is published.
}
policy-review = Review the changes
policy-review-title = Review before publishing
policy-publish = Publish
policy-nothing-changes = Nothing would change: every rule is as it is in force.
policy-becomes = { $n ->
   *[other] It becomes version { $count }, is signed, and stands in the transparency log for everybody to check.
}
policy-reach = Whom it reaches
policy-restricts = A policy only restricts: nothing in it adds a reader or a key, or weakens encryption.
reach-people = { $n ->
    [0] Nobody takes part yet.
    [one] It applies to { $count } person.
   *[other] It applies to all { $count } people who take part.
}
reach-devices = { $n ->
    [0] They have no device yet.
    [one] They have { $count } device.
   *[other] They have { $count } devices.
}
reach-connected = { $n ->
    [0] No device is connected now; each learns of it when it comes back.
    [one] { $count } device is connected and learns of it at once; the others when they come back.
   *[other] { $count } devices are connected and learn of it at once; the others when they come back.
}
reach-connected-some = Connected devices learn of it at once; the others when they come back.
column-rule = Rule
column-value = In force
column-before = Now
column-after = Then
column-enforcer = Held by
enforcer-server = The server
enforcer-server-means = It refuses what is not allowed.
enforcer-client = The client
enforcer-client-means = As strong as an unmodified client: no guarantee.
enforcer-both = Server and client
enforcer-both-means = The server refuses, and the client stops by itself.
policy-file-send = Sending files
policy-file-send-all = Everybody may send files
policy-file-send-types = Only files of these types
policy-file-send-off = Nobody may send files
policy-file-max-bytes = Largest file
policy-no-limit = No limit
policy-at-most = At most
policy-contact-auto-accept = First contact
policy-contact-all = Colleagues are accepted without a click
policy-contact-nobody = Each person decides
policy-message-retention-days = Keeping messages
policy-kept = Kept until somebody deletes them
policy-deleted-after = Deleted after
policy-retention-days-label = Days until messages are deleted
policy-days = { $n ->
    [one] Deleted after { $count } day
   *[other] Deleted after { $count } days
}
policy-client-min-version = Oldest client
policy-any-version = Any version
policy-min-version-hint = Three numbers, such as 0.1.0. Clients that are older are refused. 0.0.0 lets every client in.
policy-directory-visibility = Finding people
policy-visibility-all = Everybody finds everybody
policy-visibility-same-group = People find those who share a group with them
policy-visibility-groups = Everybody finds the people of these groups only
policy-visibility-none = Nobody finds anybody
policy-visible-groups-label = Groups that everybody finds
policy-visibility-hint = Names of groups, with commas between them. Acquaintances stay, and hidden people can write to those whom they find.
unit = Unit
unit-byte = bytes
unit-kilobyte = kB
unit-megabyte = MB
unit-gigabyte = GB
unit-days = days
policy-file-receive = Receiving files
policy-contact-verify-required = Comparing safety numbers first
policy-contact-block-unknown = Silence for people whom one cannot find
policy-identity-device-approval-admin = With a code from an administrator
policy-identity-device-approval-auto = With a password or a sign-in
policy-identity-cert-lifetime-days-limit = { $n ->
    [one] { $count } day
   *[other] { $count } days
}
policy-contact-block-unknown-on = Their first contacts get no answer
policy-contact-block-unknown-off = They may ask for a first contact
policy-contact-verify-required-all = Nothing is sent before that
policy-contact-verify-required-none = Left to each person
policy-file-send-listed = Only these types: { $what }
policy-file-receive-off = Nobody receives files
policy-file-receive-all = Files of every type can be received
policy-file-receive-listed = Only these types: { $what }
policy-file-save-location-folder = Only in the folder for files
policy-file-save-location-free = Anywhere
policy-admin-session-idle-minutes-limit = { $n ->
    [one] { $count } minute without use
   *[other] { $count } minutes without use
}
policy-admin-session-hours-limit = { $n ->
    [one] { $count } hour
   *[other] { $count } hours
}
policy-message-edit-window-minutes-limit = { $n ->
    [0] Texts cannot be edited
    [one] { $count } minute after it was written
   *[other] { $count } minutes after it was written
}
policy-message-copy-forward-allow = Unless their author asks not to
policy-message-copy-forward-sender = Only where their author allows it
policy-message-copy-forward-forbid = Never
policy-message-read-receipts-user = Left to each person
policy-message-read-receipts-off = Never
policy-message-read-receipts-on = Always
policy-message-ephemeral-off = Nobody sets a timer
policy-message-ephemeral-allowed = People may set a timer
policy-message-ephemeral-seconds-none = No time for everybody
policy-message-ephemeral-seconds-limit = { $n ->
    [one] Deleted { $count } second after reading
   *[other] Deleted { $count } seconds after reading
}
policy-message-export-allow = A conversation may be written into files
policy-message-export-forbid = No conversation is written into files
policy-range-seconds-none = { $min } to { $max } seconds, or no limit
policy-device-app-lock-required = Every device has one
policy-device-app-lock-optional = Left to each person; idleness and wrong passphrases count
policy-device-app-lock-off = Left to each person
policy-device-lock-idle-minutes-limit = { $n ->
    [one] { $count } minute without use
   *[other] { $count } minutes without use
}
policy-device-lock-idle-minutes-none = They do not lock by themselves
policy-device-lock-wipe-after-limit = { $n ->
   *[other] After { $count } wrong passphrases in a row
}
policy-device-lock-wipe-after-none = Never
policy-notification-preview-none = That there is a message
policy-notification-preview-sender = From whom a message is
policy-notification-preview-content = From whom a message is, and what it says
policy-range-minutes-none = { $min } to { $max } minutes, or no limit
policy-range-count-none = { $min } to { $max }, or never
policy-group-create-nobody = Nobody begins groups
policy-group-create-everyone = Everybody may begin groups
policy-group-max-members-limit = { $n ->
    [one] { $count } person
   *[other] { $count } people
}
policy-range-count = { $min } to { $max }
policy-range-days = { $min } to { $max } days
policy-range-days-none = { $min } to { $max } days, or no limit
policy-range-hours = { $min } to { $max } hours
policy-range-minutes = { $min } to { $max } minutes
policy-range-bytes-none = A number of bytes, or no limit
policy-range-types = No files, all, or certain types by the extension of the name
policy-range-version = A version, such as 0.1.0
policy-range-visibility = Everybody, those of one’s own groups, certain groups, or nobody
policy-default = By default:
column-range = Takes
policy-scope-organization = Everybody
policy-scope-group = A group
policy-scope-person = One person
policy-identity-cert-lifetime-days = Days that a device’s certificate lasts
policy-file-save-location = Where files are saved
policy-group-create = Beginning groups
policy-group-max-members = Most people in a group
policy-admin-session-idle-minutes = Minutes until an unused session of an administrator ends
policy-admin-session-hours = Hours until a session of an administrator ends
policy-consequence-identity-cert-lifetime-days-changes = The server signs no certificate for longer, and clients take a shorter one at once. A device that was away longer cannot be reached before it has come back once, and renewed it.
policy-consequence-group-create-changes = Clients begin groups only where it is allowed; groups that there are stay.
policy-consequence-group-max-members-changes = Clients let nobody into a group beyond this; groups that are larger stay as they are.
policy-consequence-file-save-location-changes = Clients save files only where it is allowed.
policy-message-ephemeral = Messages that delete themselves
policy-message-ephemeral-seconds = Seconds until messages that were read are deleted
policy-message-export = Taking a conversation elsewhere
policy-consequence-message-ephemeral-changes = Clients let people set a timer, or refuse it; messages that were sent with a time keep to it.
policy-consequence-message-ephemeral-seconds-changes = Clients delete what was read for good when its time is over. Publishing a longer time later does not bring it back.
policy-consequence-message-export-changes = Clients write a conversation into files, or refuse to.
policy-consequence-admin-session-idle-minutes-changes = Sessions of administrators end earlier or later, those that are open too.
policy-consequence-admin-session-hours-changes = Sessions of administrators end earlier or later, those that are open too.
policy-message-edit-window-minutes = Minutes in which a text can be edited
policy-message-copy-forward = Copying and sending messages on
policy-message-read-receipts = Telling authors that a message was read
policy-consequence-message-edit-window-minutes-changes = Clients refuse to edit what is older, and pass over such edits of others.
policy-consequence-message-copy-forward-changes = Clients neither copy nor send on what must not be. What somebody reads can still be typed or photographed.
policy-consequence-message-read-receipts-changes = Clients tell authors from now on, or do not. What was read while they did not is never told.
policy-device-app-lock = A passphrase on devices
policy-device-lock-idle-minutes = Minutes until an unused client locks
policy-device-lock-wipe-after = Wrong passphrases until a device is wiped
policy-notification-preview = What notifications show
policy-consequence-device-app-lock-changes = Where a passphrase is asked for, a client without one neither sends nor shows anything until its person has set one.
policy-consequence-device-lock-idle-minutes-changes = Clients with a passphrase lock sooner or later. While one is locked, messages wait with their senders.
policy-consequence-device-lock-wipe-after-changes = A client that is given so many wrong passphrases in a row destroys its keys and messages for good; its person enrolls anew.
policy-consequence-notification-preview-changes = Notifications on the desktop show less or more, from now on.
policy-identity-device-approval = New devices
policy-consequence-file-receive-changes = Clients fetch only what is allowed; what is being fetched and is not allowed any more ends.
policy-consequence-contact-verify-required-changes = Clients send to somebody only once safety numbers were compared, if that is asked.
policy-consequence-contact-block-unknown-changes = First contacts of people who are not in the directory that one sees get silence, if it is on.
policy-consequence-identity-device-approval-changes = The server refuses passwords and sign-ins for new devices where an administrator has to give a code.
policy-desk-title = Groups, persons, draft and versions
policy-desk-lead = Rules for a group or one person beside those for everybody. The most specific wins; of several groups the stricter. Only those whom a rule is about are told of it.
policy-desk-own = Your role is over these groups: you set their rules in a draft of your own. Going back to a version brings back their rules of then, and nothing else.
policy-draft-title = Draft
policy-draft-from = { $n ->
   *[other] Made from version { $count }. It is in force for nobody yet.
}
policy-draft-reached = { $n ->
    [0] It changes nothing for anybody.
    [one] It changes something for { $count } person.
   *[other] It changes something for { $count } people.
}
policy-draft-people = { $n ->
    [one] { $count } person takes part.
   *[other] { $count } people take part.
}
policy-draft-weakens = Permits more than before:
policy-draft-discard = Discard the draft
policy-draft-discarded = The draft is discarded. Nothing has changed for anybody.
policy-scopes-title = What is set, and where
policy-scopes-none = Nothing is set: every rule has its default, for everybody.
policy-rule-title = Change one rule in the draft
policy-rule-keep = Keep in the draft
policy-locked = Locked
policy-scope-hint = Empty for everybody; or group:NAME, or person:LOGIN.
policy-value-hint = As in “pro-server policy rows”, such as off, types:pdf,docx or 50000000; default takes the rule back.
policy-lock = Lock
policy-lock-keep = As it is
policy-lock-lock = Lock
policy-lock-unlock = Unlock
policy-lock-hint = Under a lock, narrower scopes may only be stricter
policy-versions-title = Versions
policy-version-draft = Make it the draft
column-scope = For
column-people = People
field-policy-scope-malformed = There is no such scope, or this rule cannot be set there.
field-policy-value-malformed = The rule does not take this value.
problem-no-policy-title = No such version
problem-no-policy-text = There is no draft, or no such version of the policy.
problem-no-policy-next = Go back to the policy and look at it again.
policy-consequence-file-send-off = Nobody can offer a file any more; offers that wait are not pulled.
policy-consequence-file-send-all = Files can be offered again.
policy-consequence-file-max-bytes-less = Larger files can no longer be offered.
policy-consequence-file-max-bytes-more = Larger files can be offered than before.
policy-consequence-contact-auto-accept-nobody = New contacts wait until the person accepts them; contacts that exist stay.
policy-consequence-contact-auto-accept-all = Every certified colleague is accepted at the first message.
policy-consequence-message-retention-days-less = Clients delete older messages for good. Publishing a longer time later does not bring them back.
policy-consequence-message-retention-days-more = Messages that are there stay longer.
policy-consequence-client-min-version-more = Older clients are refused at once and say that they must be updated.
policy-consequence-client-min-version-less = Older clients can come in again.
policy-consequence-directory-visibility-all = Everybody can find everybody within seconds.
policy-consequence-directory-visibility-same-group = People of other groups vanish from the search within seconds; acquaintances stay.
policy-consequence-directory-visibility-groups = Everybody else vanishes from the search within seconds; acquaintances stay.
policy-consequence-directory-visibility-none = The search becomes empty within seconds; acquaintances stay.
done-published = Published.

audit-title = Audit
audit-lead = What administrators and the server did. Who talks to whom is nowhere in it.
audit-verify = Verify everything
audit-verifying = Reading and checking every entry…
audit-export = Export
audit-entries-label = Entries
audit-entries = { $n ->
    [one] { $count } entry, newest first
   *[other] { $count } entries, newest first
}
audit-newest = Newest
audit-older = Older
column-index = No.
column-when = When
column-what = What
column-whom = Whom
column-by = By
verdict-intact = { $n ->
    [one] The audit is whole: { $count } entry, nothing missing or changed.
   *[other] The audit is whole: { $count } entries, nothing missing or changed.
}
verdict-intact-means = Every entry was read and hashes to the checkpoint that the server signed. To check without trusting this server, export the audit and run “pro-server audit verify” elsewhere.
verdict-without-memory = How far the audit had gone is not remembered in the data folder (newest.json is missing or cannot be read). Whether it was put back to an earlier state could not be checked.
verdict-signed = Checkpoint signed
verdict-root = Root hash
verdict-broken = The audit does NOT verify: it was damaged or changed.
verdict-broken-next = Stop the server, keep its disk as it is, and compare with your last export or backup.

party-local = root or the server’s user (uid { $what })
party-integration = program “{ $what }”
party-server = the server
party-erased = erased
event-organization-created = Organization founded
event-server-started = Server started, version { $what }
event-server-stopped = Server stopped
event-policy-published = Policy version { $count } published
event-directory-run = Directory run from { $source }: { $added } added, { $changed } changed, { $suspended } left, { $resumed } back
event-directory-run-refused = Directory run stopped by the brake: { $count } would have lost access, { $allowed } may
event-source-built-in = the built-in directory
event-source-csv = a file
event-source-ldap = LDAP
event-source-scim = SCIM
event-member-added = Person added
event-member-suspended = Person suspended
event-member-left = Person left the directory
event-member-removed = Person removed for good
event-directory-brake-overruled = Directory run from { $source } carried out despite the brake: { $count } lost something, { $allowed } may
event-member-resumed = Person may take part again
event-enrollment-code-created = Enrollment code made
event-identity-set = First device: identity set
event-identity-ended = Identity ended: key and devices count no more
event-approvers-set = The root key named approvers: { $needed } of { $people } must agree before an identity ends
event-identity-reset = Identity replaced
event-device-added = Device { $what } enrolled
event-device-renewed = Device { $what } renewed
event-device-revoked = Device { $what } revoked
event-device-revoked-left = Device { $what } revoked, its owner left the directory
event-device-replaced = Device { $what } revoked, replaced by a new one
event-directory-key-set = Directory key set
event-directory-key-rotated = Another directory key took the place of the old one
event-tls-certificate-changed = TLS certificate changed
event-audit-exported = { $count } audit entries exported
event-backup-taken = Backup taken
event-backup-restored = Server restored from a backup
event-log-reset = Transparency log begun anew, signed by the root key
event-party-erased = A person’s name erased from the audit, for good
event-alarm-log-behind = ALARM: somebody has a newer state of the log than this server
event-alarm-log = ALARM: the transparency log does not match its checkpoint
event-alarm-audit = ALARM: the audit does not match its checkpoint
event-alarm-clock = ALARM: the clock went back
event-administrator-added = Administrator invited: { $what }
event-role-granted = Role given: { $what }
event-role-granted-group = Role given over the people of a group: { $what }
event-role-withdrawn = Role taken away: { $what }
event-role-withdrawn-group = Role over the people of a group taken away: { $what }
event-approval-asked = Request { $count } waits for a second person: { $what }
event-approval-given = Request { $count } agreed to
event-approval-refused = Request { $count } refused or taken back
event-approval-stale = Request { $count } did not fit any more and was not done
event-session-ended = Session ended by another administrator
event-quorum-two = Dangerous acts need two people
event-quorum-one = Dangerous acts need one person only
event-act-identity-reset = a new identity for somebody
event-act-access-loss = taking access away
event-act-roles = administrators
event-act-policy = a policy that permits more
event-act-erasure = erasing a person
event-act-export = taking out what is kept about a person
event-act-directory-key = another directory key
event-act-quorum = no second person any more
event-administrator-set-up = Administrator set up password and authenticator
event-administrator-reset = Administrator’s password and authenticator reset
event-administrator-signed-in = Signed in
event-administrator-blocked = Sign-ins refused for a while, after too many attempts
event-administrator-password = Password changed; the other sessions of this account ended
event-administrator-removed = Administrator removed
event-account-linked = Account at the identity provider linked
event-account-unlinked = Account at the identity provider unlinked
event-provisioning-token-added = Token made, for provisioning
event-reading-token-added = Token made, for reading
event-administering-token-added = Token made, for administering
event-integration-revoked = Token revoked
event-push-brake-released = Brake of providers released

# Programs with a token of their own.
integrations-title = Integrations
integrations-lead = Providers such as Entra ID and Okta can push people and groups here (SCIM), and programs of your own can read and administer. Each gets a token of its own.
integrations-open = Addresses and tokens
provisioning-where = Address for the provider
provisioning-people = { $n ->
    [one] { $count } person was pushed.
   *[other] { $count } people were pushed.
}
provisioning-groups = { $n ->
    [one] { $count } group.
   *[other] { $count } groups.
}
api-where = Address for programs that read or administer
api-where-means = What there is: openapi.json at this address.
integrations-no-token = There is no token: no program has access.
column-token-scope = May
scope-provisioning = push people and groups (SCIM)
scope-read = read
scope-administer = administer
column-token = Token
column-token-until = Until
column-token-used = Last used
token-expired = expired
token-make-title = Make a token
token-make-lead = The token is shown once. Whoever has it can do what it was made for.
token-name-hint = The program’s name, for this list and for the audit
token-scope = May
token-scope-hint = “Administer” is what an owner may do, except making tokens and administrators and loosening the policy. Give no more than the program needs.
token-where = Address for the program
token-days = Lives for
token-days-option = { $count } days
token-make-do = Make a token
token-title = A new token
token-made = Token for { $what }
token-once-next = Put it into the program’s settings now. The server keeps no copy that could be read.
token-until = Valid until { $what }. Make another one before, and revoke this one then.
token-revoke = Revoke
token-revoke-title = Revoke a token
token-revoke-ask = Revoke the token { $what }?
token-revoke-consequence-now = It is worth nothing from that moment on: the program can do nothing here any more.
token-revoke-consequence-people = The people and groups that it pushed stay as they are.
token-revoke-do = Revoke this token
done-token-revoked = Done. The token is worth nothing any more.
push-braked-title = The brake holds a provider
push-braked-text = { $n ->
    [one] { $count } person would have lost access within a day, at most { $allowed } may.
   *[other] { $count } people would have lost access within a day, at most { $allowed } may.
}
push-braked-next = Look into the provider first: a wrong filter or a wrong assignment there looks just like this. The provider tries again by itself. Whoever has to go at once can be suspended by hand.
push-release = Let it go on
push-release-title = Release the brake
push-release-ask = Let providers take access from more people?
push-release-consequence-look = The day’s count begins anew: the provider goes on where it was held, up to the same number again.
push-release-consequence-devices = The devices of whoever loses access are revoked for good.
push-release-do = Release the brake
done-push-released = Done. The provider goes on when it tries again.
