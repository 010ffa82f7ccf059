# Help
help-isoloir = Messages and files straight from your device to your colleague's, end-to-end encrypted.
help-enroll = Make this device known to your organization.
help-enroll-link = The enrollment link that your organization gave you.
help-enroll-login = Your login in the organization's directory.
help-enroll-password-file = File whose first line is your directory password.
help-enroll-sso = Sign in with your organization's identity provider, in the browser. With several providers: --sso=NAME.
help-enroll-device-code = Sign in with a code that you type in a browser on any device.
help-whoami = Show who this device is.
help-people = Search your organization's directory. The search never leaves this device.
help-people-query = Part of a login or name.
help-contacts = Show acquaintances and who asks, or decide about somebody.
help-accept = Accept somebody who asked.
help-refuse = Refuse somebody for now.
help-block = Block somebody; they are not told.
help-verify = Show the safety number to compare with somebody.
help-verify-confirm = You compared the number and it was the same: this one. Without NUMBER you are asked in front of it.
help-verify-unconfirm = Take the confirmation back.
help-send = Send a text.
help-send-text = The text.
help-send-file = Offer files or folders, to somebody or a group. They are not copied: leave them in their place until they were fetched.
help-send-file-paths = Files and folders. Links in a folder are not offered.
help-files = Show files offered to you and by you, pause them, or limit how fast they move.
help-files-pause = Pause a file: it is neither fetched nor served until you resume it.
help-files-resume = Go on with a file that you paused.
help-files-limit = How fast files may move each way on this device; without RATE, say what holds.
help-files-limit-rate = Bytes per second: 500k, 2M, 1G, or off.
files-limited = Files move at most at { $rate } each way.
files-unlimited = Files move as fast as they can.
help-save = Fetch a file or a folder and save it.
help-save-path = Where to save it: a new file, or a folder.
help-cancel = Stop fetching a file, or take your offer back.
help-history = Show the messages with somebody.
help-conversations = Show with whom there are messages, what is unread, and the last line.
help-history-last = Only so many, the newest.
help-history-before = Only messages above this one.
help-chat = Talk in a window of this terminal. F1 there shows the keys.
help-chat-plain = Plain lines, without a window: for a screen reader or a simple terminal. So does ISOLOIR_PLAIN=1.
help-chat-no-mouse = Leave the mouse to the terminal.
help-outbox = Show what is not delivered yet, and why.
help-evidence = Print the proof that the organization's log showed two histories.
help-evidence-check = Check such a proof; needs no server and no passphrase.
help-status = Show the server, the links and what waits.
help-checkpoint = Show the newest signed state of your organization's log. Whoever restores the server is asked for it.
help-watch = Print events as JSON lines until Ctrl-C.
help-agent = Stay connected in the foreground and serve the other commands.
help-arg-who = Login of a person.
help-arg-file-id = Id of a file, as "files" shows it.
help-arg-wait = Wait so long for delivery; exit code 3 if it did not happen.
help-arg-data = Data folder of this device.
help-arg-json = Print one JSON object per line.
help-arg-passphrase-file = File whose first line is the passphrase of this device.
help-arg-downloads = Folder for files saved without asking.
help-arg-auto-save-bytes = Save files up to this size to the downloads folder without asking.
help-arg-help = Show this help.
help-arg-version = Show the version.

# Questions
ask-login = Login:
ask-password = Directory password:{ " " }
ask-passphrase = Passphrase of this device:{ " " }
ask-new-passphrase = Choose a passphrase for this device:{ " " }
ask-passphrase-again = The same passphrase again:{ " " }
ask-same-number = Is it the very number that the other person sees? Type "yes":
ask-go-on = Go on with this person, for this number? Type "yes":
answer-yes = yes

# Answers
whoami = { $name } ({ $login })
    device { $device }
    organization { $organization }
nothing-to-show = Nothing to show.
not-delivered-yet = Kept on this device; it leaves when both sides are there. "isoloir outbox" shows why it waits.
key-file-warning = No passphrase was given: the data folder opens with the key file in it. Whoever can read the folder can read your messages.
relation-none = not known
relation-asked = asked, no answer yet
relation-asks = asks to talk to you
relation-accepted = accepted
relation-refused = refused
relation-blocked = blocked
relation-revoked = no longer in the organization
mark-verified = verified
safety-verified = Safety number with { $who } (verified):
safety-unverified = Safety number with { $who } (not verified; compare it in person or by phone):
identity-reset-on = { $who }'s identity was reset by your organization on { $date }. Compare safety numbers before you go on: "isoloir verify { $who }"; then "isoloir contacts accept { $who }".
identity-reset-once = { $who }'s identity was reset by your organization. Compare safety numbers before you go on: "isoloir verify { $who }"; then "isoloir contacts accept { $who }".
identity-ended-on = { $who }'s identity was ended by your organization on { $date }; there is no device with a new one yet. What waits for { $who } is kept here.
identity-reassigned = The login { $login } belongs to another person now ({ $name }) than the one you know under it: that one has left, or was registered anew, or somebody pretends to be them. Nothing goes to the new one. Ask them in another way and compare safety numbers: "isoloir verify { $who }"; then "isoloir contacts accept { $who }".
state-queued = waiting on this device
state-sent = on its way
state-delivered = delivered
state-read = read
state-refused = not sent
waiting-device = this person's device is not known here yet, was away for too long, or they have enrolled none
waiting-contact = the person has not answered the first contact
waiting-verification = your organization asks that you compare safety numbers with this person first
waiting-identity-reset = this person's identity was reset by your organization; you have to say whether to go on
waiting-peer-offline = the other device is not online
waiting-revocations-unknown = too long without news from the server
waiting-lane = the devices are agreeing on keys
waiting-acknowledgements = the other device has yet to confirm earlier messages
waiting-since = their device has not been online since { $since }
since-yesterday = yesterday
said-deleted = This message was deleted.
said-unreadable = A message that this version cannot read. A newer one can.
said-missing = a message that is not on this device
said-edited = edited
said-forwarded = forwarded
mentions-count = { $count ->
    [0] { "" }
   *[other] @{ $count }
}
receipts-on = Others learn that you have read their messages.
receipts-off = Others do not learn that you have read their messages.
receipts-rule = Your organization decides that.
file-offered = offered
file-receiving = arriving
file-received = here, not saved yet
file-saved = saved
file-canceled = canceled
file-withdrawn = taken back
file-refused = not available
file-failed = failed
file-paused = paused
server-online = Server: online
server-offline = Server: offline
outbox-count = { $count ->
    [0] Nothing waits.
    [one] 1 message waits.
   *[other] { $count } messages wait.
}
link-open = link open
link-connecting = connecting
link-closed = no link
ended-revoked = Your organization ended this device's access. Ask its administrators.
ended-identity-reset = Your organization reset your identity: this device has no access any more. Ask its administrators for a link for a new device.
ended-suspended = Your organization suspended your access. Ask its administrators.
ended-replaced = Another program uses this device's identity. Is a copy of the data folder running?
ended-client-too-old = This program is older than your organization allows. Install a newer one.
ended-server-version = The server speaks another version. Install a newer program, or tell your administrators.
ended-not-recognized = The server does not recognize this device. Ask your administrators.
ended-interrupted = The server ended the connection; it is tried again.

ended-enrollment-lost = Your organization's server was restored from a backup made before this device was enrolled; the server does not know it any more. Your messages are safe on this device. Ask your administrators for a new enrollment code, stop the agent, and run "isoloir enroll LINK" with the same data folder.
log-reset-restore = Your organization's server was restored from a backup, signed by the organization's root key. This is no attack. { $lost ->
    [0] Nothing that this device knew was lost.
    [one] 1 later entry of its log that this device knew was lost.
   *[other] { $lost } later entries of its log that this device knew were lost.
} { $revoked ->
    [0] { "" }
    [one] 1 device that was revoked stays revoked.
   *[other] { $revoked } devices that were revoked stay revoked.
}
log-reset-fork = Your organization's server had signed two histories; its root key has chosen one. { $lost ->
    [0] Nothing that this device knew was dropped.
    [one] 1 entry that this device knew was dropped.
   *[other] { $lost } entries that this device knew were dropped.
} { $revoked ->
    [0] { "" }
    [one] 1 device that was revoked stays revoked.
   *[other] { $revoked } devices that were revoked stay revoked.
}
alarm-old-log = The server shows a log that your organization's root key has ended. Nothing of it is believed. Tell your administrators.

# Errors
error-other = It failed ({ $code }).
error-internal = It failed inside the program. Try again with ISOLOIR_LOG=info and tell your administrators what it says.
error-usage = Something is missing: without a terminal, give --login and --password-file, or a link with a code.
error-enrollment-link = This is not an enrollment link. It looks like https://HOST:PORT/#FINGERPRINT; copy all of it, quoted.
error-enrollment-lost = Your organization's server was restored from a backup made before this device was enrolled. Ask your administrators for a new enrollment code, stop the agent, and run "isoloir enroll LINK" with the same data folder. What waits is sent then.
error-enrollment-other-person = This data folder belongs to another person of the directory. Enroll in a new data folder with --data; what is in this one stays readable.
error-enrollment-ended-log = This server shows a state of your organization that was ended by a restore. Perhaps it is an old copy of the server, perhaps somebody pretends to be it. Nothing was sent to it. Tell an administrator; enroll again when they have looked.
error-not-enrolled = No device is enrolled in this data folder. Run "isoloir enroll LINK" first, or give --data.
error-already-enrolled = A device is enrolled in this data folder already. Give another folder with --data.
error-no-data-folder = No data folder is known: HOME is not set. Give one with --data.
error-data-folder = The data folder cannot be written. Check its path and permissions.
error-vault-in-use = Another isoloir has this data folder open. Wait for it, or start "isoloir agent" once and use the commands beside it.
error-wrong-passphrase = The passphrase is wrong.
error-wrong-key-file = The key file in the data folder does not open it.
error-key-file-missing = The key file of this data folder is missing. Without it the messages cannot be read.
error-passphrase-needed = This data folder opens with a passphrase. Give it with --passphrase-file.
error-key-file-needed = This data folder opens with its key file, not with a passphrase.
error-passphrases-differ = The two passphrases differ. Nothing was done.
error-secret-file = The file with the secret cannot be read.
error-secret-empty = The secret is empty. Nothing was sent.
error-no-terminal = There is no terminal to ask on. Give the secret in a file.
error-vault-format = The data folder was written by a newer program. Install the newer one.
error-vault-damaged = The data folder is damaged or was changed from outside. Restore a backup, or enroll a new device.
error-vault-unusable = The data folder cannot be used. Check the disk and its permissions.
error-disk-full = The disk is full. Nothing was lost; make room and try again.
error-chat-needs-terminal = The chat needs a terminal. For scripts there are "isoloir send", "history" and "watch".
error-busy = Too much at once. Try again.
error-socket = The local socket cannot be made in the data folder. Check its permissions.
error-agent-runs = An agent already serves this data folder.
error-agent-gone = The agent ended before it answered. Try again.
error-agent-garbled = The agent's answer cannot be read. Do both programs have the same version?
error-engine-stopped = The program was stopped before it answered. What was kept is safe.
error-server-unreachable = The server cannot be reached. Check the address and the network.
error-server-not-trusted = This is not your organization's server, or somebody stands in between. No password was sent. Tell your administrators.
error-server-interrupted = The connection to the server was interrupted. Try again.
error-server-protocol = The server's answer cannot be read. Do client and server fit together?
error-server-unavailable = The server or its directory cannot answer now. Try again later.
error-server-refused = The server refused. Ask your administrators.
error-enrollment-unproven = The server's answer does not prove the enrollment. Tell your administrators.
error-login-password = Login or password is wrong.
error-login-password-blocked = The directory does not let this account in: it may be disabled or expired.
error-login-password-expired = Your directory password has expired. Set a new one where you sign in to your computer, then enroll again.
error-login-password-must-change = Your directory asks for a new password before it lets you in. Set one where you sign in to your computer, then enroll again.
error-login-account-disabled = Your account is disabled in the organization's directory. Your administrator can enable it.
error-login-account-expired = Your account in the organization's directory has expired. Your administrator can extend it.
error-login-account-locked-out = Your directory account is locked after too many wrong passwords. Wait until it opens again, or ask your administrator to unlock it.
error-login-account-hours = The directory does not let your account in at this hour. Try again during your usual hours.
error-login-account-place = The directory lets your account in from certain computers only, and this server is not one of them. Ask your administrator for an enrollment code.
error-login-no-passwords = This server takes no passwords. Ask your administrators for an enrollment code.
error-login-code = The code is unknown, used or expired. Ask your administrators for a new one.
error-login-code-needed = You have a device already. For another one, ask your administrators for an enrollment code.
error-login-ticket = It took too long. Try again.
error-login-suspended = Your access is suspended. Ask your administrators.
error-login-device-revoked = This device was revoked. Enroll in a new data folder.
error-login-too-many-attempts = Too many attempts. Wait a few minutes and try again.
error-login-sign-in-refused = The sign-in was refused, by you or by the identity provider. Nothing was enrolled; run the command again to try once more.
error-login-sign-in-expired = Nobody signed in in time. Run the command again for a new code or page.
error-login-sign-in-token = What the identity provider said cannot be trusted. Nothing was enrolled. Tell your administrators.
error-login-sign-in-required = You signed in, but your account may not use this server: it lacks the group or property that is required. Ask your administrators.
error-login-sign-in-unnamed = You signed in, but the identity provider does not say who you are here, or has not verified your mail address. Tell your administrators.
error-login-sign-in-unknown = You signed in, but nobody in this organization's directory belongs to that account. Did you use the right one? If so, ask your administrators.
error-login-sign-in-other-account = You have used another account of the identity provider here before. Sign in with that one, or ask your administrators to unlink it.
error-login-sign-in-port = The port that the browser must come back to is in use on this device. End the other program, or use --device-code.
error-login-provider = The server cannot use the identity provider as it is set up. Tell your administrators.
error-login-no-provider = This server has no such identity provider. Ask your administrators for its name, or for an enrollment code.
error-login-several-providers = This server has several identity providers. Name one: --sso=NAME. Your administrators know the names.
error-unknown-message = There is no such message on this device. "isoloir history WHO" shows the ids.
error-message-deleted = This message was deleted.
error-message-unreadable = This version cannot read that message. Install a newer one.
error-message-not-sent = This message was never sent; nobody has it.
error-not-yours = You did not write this message. Only its author can do that.
error-not-a-text = Only texts can be edited. Delete it, and send another one.
error-policy-edit = Your organization does not let texts be edited. Delete it, and send another one.
error-edit-too-late = Your organization lets texts be edited for { $detail } minutes. Delete it, and send another one.
error-not-a-reaction = That is not a reaction: one emoji, or a short word without spaces.
error-policy-forward = Your organization does not let messages be copied or forwarded.
error-author-forbids-forwarding = The author of this message asks that it is neither copied nor forwarded.
error-forward-goes-away = This message goes away after it was read, and is not forwarded.
error-forward-save-first = This file is not here. Save it first, then forward it.
error-policy-receipts = Your organization decides whether others learn that you have read their messages.
help-edit = Put another text in the place of one's own.
help-delete = Delete one's own message, on both sides.
help-react = React to a message; without an emoji, take the reaction back.
help-forward = Send a message on to somebody.
help-receipts = Say whether others learn that you have read their messages, or choose it.
help-receipts-choice = on or off.
help-arg-message-id = Id of a message, as "history" shows it.
help-arg-text = The text.
help-arg-emoji = An emoji or a short word.
help-arg-reply = The message that this one answers.
help-arg-no-forward = Ask that it is neither copied nor forwarded.
help-arg-let-forward = Let it be copied and forwarded, where your organization leaves that to authors.
error-unknown-person = Nobody in the directory has this login. "isoloir people" searches it.
error-person-left = This person has left the organization or lost access. Nothing is sent.
error-identity-reset = This person's identity was reset by your organization. Compare safety numbers before you go on: "isoloir verify { $detail }"; then "isoloir contacts accept { $detail }". Nothing is sent until then.
error-identity-ended = This person's identity was ended by your organization, and there is no device with a new one yet. Nothing is sent until then.
error-login-shared = Several people bear this login, and you have dealt with none of them: { $detail }. Nothing is sent. Ask the one you mean in another way, and name them by the id in parentheses.
error-login-reassigned = This login belongs to another person now than the one you know under it: that one has left, or was registered anew, or somebody pretends to be them. Nothing is sent. Ask them in another way and compare safety numbers: "isoloir verify { $detail }"; then "isoloir contacts accept { $detail }".
error-safety-number-needed = Say which number you compared: "isoloir verify { $detail }" shows it; then "isoloir verify { $detail } --confirm=NUMBER". Nothing was changed.
error-safety-number-other = The safety number with { $detail } is not the one that you were shown or have typed: there is another key now. Nothing was changed. Look at it again, and compare it.
error-not-agreed = You did not say yes. Nothing was changed.
error-person-refused = This person does not accept messages from you.
error-person-blocked = You have blocked this person. "isoloir contacts accept" takes that back.
error-yourself = This is you.
alarm-fork = Your organization's server signed two histories. New people, devices and rules are not accepted. Keep the proof: isoloir evidence > proof.json
evidence-holds = It holds: this key signed two histories as the directory key of organization { $organization }. Compare it with the organization's own, or with one that it had:
    { $key }
evidence-holds-two = It holds: these keys signed two histories as directory keys of organization { $organization }, one each. Compare both with those that the organization has and had. Somebody who stole one that was replaced could have made such a file:
    { $key }
    { $other }
error-no-evidence = There is no such proof: the log has shown one history so far.
error-not-evidence = This file proves nothing. Use one that 'isoloir evidence' has written, unchanged.
error-no-contact = There is no acquaintance with this person to decide about.
error-not-enrolled-yet = This person has no device yet.
error-device-revoked = Your organization ended this device's access: nothing can be sent. Ask its administrators.
error-text-too-long = The text is longer than { $detail } bytes. Send it as a file.
error-text-empty = The text is empty.
error-expired = The message waited longer than messages are kept.
error-taken-back = The message was taken back.
error-policy-file-off = Your organization does not allow sending files.
error-policy-file-too-large = Your organization limits files to { $detail } bytes.
error-policy-file-type = Your organization allows sending only these types of files: { $detail }.
error-policy-file-receive-off = Your organization does not allow receiving files.
error-policy-file-receive-type = Your organization allows receiving only these types of files: { $detail }.
error-policy-save-nowhere = Your organization allows saving files only in the folder for files, and this program was started without one: --downloads.
error-policy-save-folder = Your organization allows saving files only in this folder: { $detail }
error-policy-verify-first = Your organization asks that you compare safety numbers before you write to somebody: 'isoloir verify'.
error-file-unreadable = The file cannot be read. Check its path and permissions.
error-file-not-regular = This is not a file but a folder or device.
error-file-changing = The file changes while it is read. Try again when it rests.
error-file-exists = There is a file of this name already. Choose another path.
error-path-not-text = The path has characters that are not text.
error-unknown-file = No such file id. "isoloir files" shows them.
error-file-arriving = The file is on its way to another place already. Wait for it, or cancel it first.
error-file-canceled = The transfer was canceled.
error-file-unknown = The sender no longer offers this file.
error-file-missing = The file is no longer on the sender's device.
error-file-changed = The file was changed on the sender's device since it was offered. Ask for it again.
error-file-withdrawn = The sender took the file back.
error-folder-too-much = A folder is offered with up to { $detail } files, 16 folders deep. Offer parts of it, or an archive.
error-folder-empty = There is no file in this folder.
error-folder-name = The name of this folder cannot be offered.
error-folder-faulty = More was offered in this folder than it said. It is not saved; ask for it again.
error-file-paused = The file was paused. "isoloir files resume" goes on with it.
error-file-not-moving = There is nothing to pause: this file is not on its way.
error-file-not-paused = This file is not paused.
error-files-rate = A rate is { $detail } bytes per second or more: 500k, 2M, 1G, or off.
error-file-busy = The sender is busy. Try again later.
error-file-faulty = What arrived is not the offered file. Ask for it again.
error-file-full = The disk is full. What arrived is kept; make room and save again.
error-file-failed = The file could not be saved. Check the folder and try again.
error-client-too-old = This program is older than your organization allows. Install a newer one.
error-directory-unknown = The directory was not received yet. Check that the server can be reached, and try again.

# Signing in at an identity provider
sso-hint = You can also sign in with your organization's identity provider: run the command with --sso.
sign-in-opened = Sign in with { $provider } in the browser window that has just opened. If none did, open this page in a browser on this device:
sign-in-open = Sign in with { $provider }: open this page in a browser on this device:
sign-in-type =
    Sign in with { $provider }: open this page on any device
        { $page }
    and type this code:
        { $code }
    Do this only if you have just started this command yourself. Whoever gets you to type a code of theirs enrolls their device in your name.
browser-done = You are signed in. You can close this page and go back to Isoloir.
browser-refused = The sign-in was refused. You can close this page; Isoloir says what to do.
browser-not-asked = Nothing is waiting for this page. Start the sign-in again in Isoloir.

# The organization's rules, as a person reads them.
rules-title = What your organization's rules say (version { $version }):
rules-server = Held by your organization's server, which refuses:
rules-client = Obeyed by this program:
rules-client-means = These hold as far as people use unmodified programs. They are no guarantee.
rules-unknown = No rules have arrived yet.
rules-changed = Your organization has changed its rules. { $rules }
rule-bytes = { $number } bytes
rule-kilobytes = { $number } kB
rule-megabytes = { $number } MB
rule-gigabytes = { $number } GB
rule-file-send-off = No files can be sent.
rule-file-send-types = Only files of these types can be sent: { $detail }.
rule-file-send-all = Files of every type can be sent.
rule-file-receive-off = No files can be received.
rule-file-receive-types = Only files of these types can be received: { $detail }.
rule-file-receive-all = Files of every type can be received.
rule-file-max-bytes-none = Files can be of any size.
rule-file-max-bytes-limit = Files are limited to { $detail }.
rule-contact-auto-accept-nobody = You decide whose first contact you accept.
rule-contact-auto-accept-all = Colleagues are accepted without asking you.
rule-contact-block-unknown-on = People whom you cannot find in the directory get no answer to a first contact.
rule-contact-block-unknown-off = People whom you cannot find in the directory can ask for a first contact.
rule-contact-verify-required-all = Nothing is sent to somebody before you have compared safety numbers.
rule-contact-verify-required-none = You can write to somebody without having compared safety numbers.
rule-identity-device-approval-admin = A new device needs a code from an administrator.
rule-identity-device-approval-auto = Your first device is enrolled with your password or your sign-in.
rule-identity-cert-lifetime-days-limit = Your device's certificate lasts { $detail } days at most; a device that was away longer cannot be reached before it has been online once.
rule-file-save-location-free = You can save files wherever you like.
rule-file-save-location-folder = Files can be saved only in the folder for files of this program.
rule-admin-session-idle-minutes-limit = Administrators' sessions end after { $detail } minutes without use.
rule-admin-session-hours-limit = Administrators' sessions end after { $detail } hours.
rule-device-app-lock-off = You may protect this device with a passphrase.
rule-device-app-lock-optional = You may protect this device with a passphrase; it then locks by itself where your organization says so.
rule-device-app-lock-required = This device has to be protected with a passphrase.
rule-device-lock-idle-minutes-limit = With a passphrase, this program locks after { $detail } minutes without use.
rule-device-lock-idle-minutes-none = This program does not lock by itself.
rule-device-lock-wipe-after-limit = After { $detail } wrong passphrases in a row, everything on this device is destroyed.
rule-device-lock-wipe-after-none = Wrong passphrases destroy nothing.
rule-notification-preview-none = Notifications say only that there is a message.
rule-notification-preview-sender = Notifications may say from whom a message is, not what it says.
rule-notification-preview-content = Notifications may show messages.
rule-message-retention-days-none = Messages are kept until you delete them.
rule-message-retention-days-limit = Messages are deleted after { $detail } days.
rule-message-edit-window-minutes-none = Texts cannot be edited once they are sent.
rule-message-edit-window-minutes-limit = You can edit a text for { $detail } minutes after you wrote it.
rule-message-copy-forward-allow = Messages can be copied and forwarded unless their author asks not to.
rule-message-copy-forward-sender = Messages can be copied and forwarded only where their author allows it.
rule-message-copy-forward-forbid = Messages can be neither copied nor forwarded.
rule-message-read-receipts-user = You choose whether others learn that you have read their messages.
rule-message-read-receipts-off = Nobody learns whether you have read their messages.
rule-message-read-receipts-on = Others learn that you have read their messages.
rule-client-min-version-limit = Programs older than version { $detail } are not let in.
rule-client-min-version-none = Programs of any version are let in.
rule-directory-visibility-all = You find everybody in the directory.
rule-directory-visibility-same-group = You find those in the directory who share a group with you.
rule-directory-visibility-groups = You find the people of these groups in the directory: { $detail }.
rule-directory-visibility-none = You find nobody in the directory.
help-organization = Show what your organization's rules let you do, and who holds them.

# Locking
help-passphrase = Set, change or remove the passphrase of this device. Messages are not rewritten.
help-passphrase-set = Protect this device with a passphrase; so far it opens with a key file.
help-passphrase-change = Change the passphrase.
help-passphrase-remove = Remove the passphrase: the data folder opens with a key file in it.
help-arg-new-passphrase-file = File whose first line is the new passphrase.
help-lock = Lock the agent: keys, messages and links leave its memory.
help-unlock = Unlock the agent with the passphrase of this device.
help-arg-locked = Begin locked, and wait for "isoloir unlock".
help-rpc = Speak JSON-RPC 2.0 on standard input and output, for programs.
help-rpc-schema = Print what can be asked, as an OpenRPC document.
help-completion = Print a script that completes commands in your shell.
help-completion-shell = bash, zsh or fish.
lock-locked = Locked. Nothing can be read here, and messages wait with their senders. "isoloir unlock" opens it.
lock-open = Open.
opens-with-passphrase = This device opens with the new passphrase. Nobody can replace it: without it the messages here cannot be read.
opens-with-key-file = This device opens with the key file in its data folder. Whoever can read the folder can read your messages.
ended-passphrase-required = Your organization asks for a passphrase on this device. Until you set one, nothing is sent, received or shown: "isoloir passphrase set".
error-locked = This device is locked. Open it with "isoloir unlock".
error-no-agent = No agent runs for this data folder, so nothing is open. Start one with "isoloir agent".
error-lock-needs-passphrase = This device has no passphrase, so locking it would protect nothing. Set one with "isoloir passphrase set".
error-passphrase-required = Your organization asks for a passphrase on this device. Set one with "isoloir passphrase set"; until then nothing is sent, received or shown.
error-passphrase-is-set = This device has a passphrase already. Change it with "isoloir passphrase change".
error-passphrase-is-none = This device has no passphrase. Set one with "isoloir passphrase set".
error-new-passphrase-needed = Without a terminal, give the new passphrase with --new-passphrase-file.
error-wrong-passphrase-left = { $detail ->
    [1] The passphrase is wrong. One more wrong one, and everything on this device is destroyed: your organization wants it so.
   *[other] The passphrase is wrong. After { $detail } more wrong ones everything on this device is destroyed: your organization wants it so.
}
error-unlock-later = Too many wrong passphrases. Wait { $detail } seconds, then try again.
error-vault-wiped = Too many wrong passphrases: everything on this device was destroyed, as your organization wants it. Ask its administrators for an enrollment code and enroll anew.
error-bad-json = This line is not JSON.
error-no-batches = Several requests in one line are not served. Send a line for each.
error-bad-request = This is not a request of JSON-RPC 2.0.
error-unknown-method = There is no such request. "isoloir rpc --schema" lists all.
error-bad-params = The parameters do not fit the request. "isoloir rpc --schema" describes them.
error-request-too-long = A request may have { $detail } bytes.
help-agent-notify = Show notifications on the desktop: none, sender (from whom a message is), or content. Your organization may permit less.
notify-message = New message
notify-message-from = { $who }
notify-file = File: { $name }
# Groups
help-group = Groups of people.
help-group-create = Begin a group with these people.
help-group-create-name = What the group is called.
help-group-create-people = Logins, at least one.
help-group-list = Show your groups.
help-group-show = Show a group and who is in it.
help-group-add = Let people into a group.
help-group-add-people = Logins.
help-group-remove = Remove people from a group.
help-group-remove-people = Logins.
help-group-promote = Make a member an administrator of the group.
help-group-demote = Make an administrator a member like the others.
help-group-transfer = Hand the group's list of members on: from then on this person's device keeps it.
help-group-rename = Call a group something else.
help-group-rename-name = The new name.
help-group-leave = Leave a group.
help-group-picture = Show a group's picture, save it, or give the group another one.
help-group-picture-picture = A JPEG or PNG of any size; it is made small, and place, camera and date in it are left out. “none” takes the picture away.
help-group-picture-save = Write the picture into this new file.
help-arg-group = The group: its id or its name.
role-holds-pen = keeps the list of members
role-admin = administrator
role-member = member
role-none = no member any more
relation-left = no member any more
group-members = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
group-created = { $by } began the group “{ $name }”.
group-added = { $by } added { $who }.
group-removed = { $by } removed { $who }.
group-left = { $by } left the group.
group-promoted = { $by } made { $who } an administrator.
group-demoted = { $by } made { $who } a member like the others.
group-transferred = { $by } handed the list of members on to { $who }.
group-renamed = { $by } named the group “{ $name }”.
group-succeeded = { $by } keeps the list of members now: whoever kept it has left the organization.
group-pictured = { $by } gave the group another picture, or took it away.
picture-here = The group has a picture. “isoloir group picture GROUP --save FILE” writes it into a file.
picture-absent = The group has no picture, or it has not come yet.
error-picture-unreadable = This is no JPEG or PNG that can be read.
error-picture-too-large = The picture is too large: { $detail } bytes at most.
error-picture-not-read = The picture could not be read: { $detail }.
error-picture-not-written = The picture could not be written: { $detail }. Name a file that does not exist yet.
error-picture-none = The group has no picture, or it has not come yet. Try again when a member is online.
waiting-two-rosters = the group's list of members shows two histories; nothing is sent in it
alarm-two-rosters = The list of members of a group shows two histories: somebody's device or key was used twice. Nothing is sent in this group any more. Begin a new one.
error-unknown-group = There is no such group. “isoloir group list” shows yours.
error-not-member = You are not a member of this group any more.
error-not-admin = Only administrators of the group may do this. “isoloir group show” says who they are.
error-group-alone = Nobody else is in this group. Add somebody.
error-group-frozen = The list of members of this group shows two histories. Nothing is sent in it. Begin a new group.
error-group-restored = This device was restored from a backup, and does not know whether it has the newest list of members. It can change the group once all members were online.
error-group-full = The group is full: it takes 32 people and 1,024 changes.
error-group-change = This is so already, or cannot be: look at “isoloir group show”. Whoever keeps the list of members is not removed; they leave, or hand it on.
error-group-name = A group's name has 1 to 128 bytes and stands on one line.
error-name-ambiguous = This name means more than one group. Name the group by its id: { $detail }
group-created-directory = { $by } began the group “{ $name }”. It follows the directory's group “{ $directory }”.
group-added-directory = { $who } is in the directory's group “{ $directory }” and came in.
group-removed-directory = { $who } is not in the directory's group “{ $directory }” any more and was removed.
in-step-with = Follows the directory's group “{ $group }”.
in-step-unknown = The directory has not been heard since the start.
in-step-in-step = As the directory says.
in-step-waiting = { $count ->
    [one] { $count } person is still to come: they have no device yet, or there is no room.
   *[other] { $count } people are still to come: they have no device yet, or there is no room.
}
in-step-held = More than half of the members would go; nothing was changed. They are: { $who }. If that is right: “isoloir group sync GROUP --confirm”.
in-step-not-yours = You are not in the directory's group, or it is gone; nothing is changed. Hand the list of members on to somebody who is in it, or begin another group.
in-step-too-many = More than 32 people are in the directory's group; nothing is changed.
in-step-hidden = You may not see everybody who is in the directory's group; nothing is changed.
in-step-full = The list of members takes no further changes. Begin a new group.
in-step-waits = This device was restored from a backup; nothing is changed before all members were online.
alarm-directory-group-held = More than half of the members of a group that follows the directory would go. Nothing was changed: “isoloir group list” says who they are.
alarm-directory-group-apart = A group does not follow the directory any more: “isoloir group list” says why.
help-group-create-from-directory = Begin it of those who are in this group of the directory; it follows that from then on.
help-group-sync = Ask the directory now who is in a group that follows it.
help-group-sync-confirm = Remove those whom the directory does not name any more, though they are more than half of the members.
error-group-of-directory = The directory says who is in this group: ask whoever keeps the directory. Only somebody who left by themselves can be added again.
error-directory-groups-unknown = The directory has not said yet which groups you are in. Connect to the server and try again; a server of an earlier version cannot say it.
error-directory-group-unknown = You are in no group of the directory with this name. The directory was asked again: if you came into it a moment ago, try once more.
error-directory-group-large = More than { $detail } people are in this group of the directory, which is more than a group here takes.
error-directory-group-hidden = You may not see everybody who is in this group of the directory.
error-group-by-hand = This group does not follow the directory.
error-group-not-pen = Only whoever keeps the list of members can do this: { $detail }
error-group-nothing-held = Nothing waits for your word in this group.
rule-group-create-nobody = Nobody begins groups.
rule-group-create-everyone = You can begin groups.
rule-group-max-members-limit = A group has { $detail } people at most.
error-policy-group-create = Your organization does not let you begin groups.
error-policy-group-members = Your organization lets at most { $detail } people into a group.
