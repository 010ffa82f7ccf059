# What `isoloir chat` says to the person in front of it. Lines are short: a window may have 60 columns.
chat-online = online
chat-offline = offline
chat-connecting = connecting…
chat-waiting-count = { $count ->
    [one] 1 message waits
   *[other] { $count } messages wait
}
chat-you = You
chat-said = { $who }: { $text }
chat-no-conversations = No conversation yet. F2 finds a colleague in the directory.
chat-nothing-open = Choose a conversation on the left with ↑ ↓ and Enter, or find a colleague with F2.
chat-write-here = Write a message; Enter sends it; F7 chooses one
chat-new-messages = new messages
chat-further-down = ↓ newer messages below (Ctrl+End)
chat-badge-asks = asks
chat-badge-left = left
chat-badge-blocked = blocked
chat-badge-refused = refused
chat-verified = ✓ verified
chat-unverified = not verified
chat-reset = ! identity reset: F3, then F6
chat-reassigned = ! somebody else's login: F3, then F6
chat-changed = ! the number has changed
chat-left = no longer in the organization
chat-asks-you = { $who } asks to talk to you: F6 to decide
chat-contact-asks = { $who } asks to talk to you.
chat-person-left = { $who } has left the organization or lost access.
chat-identity-reset = (F3, then F6)
chat-open-first = Open a conversation first: Enter on the list, or F2 for a colleague.
chat-file = File: { $name } ({ $size })
chat-voice-note = Voice note: { $name } ({ $size })
chat-file-fetch = offered to you · F4 to fetch and save it
chat-file-leave-it = offered · leave it in its place until it was fetched
chat-saved = saved: { $path }
chat-preparing = Preparing the file … { $size }
chat-size-bytes = { $number } bytes
chat-size-kib = { $number } KiB
chat-size-mib = { $number } MiB
chat-size-gib = { $number } GiB
chat-size-tib = { $number } TiB
chat-decimal-mark = .
chat-too-small = This window is too small: the chat needs { $columns } columns and { $rows } rows.
chat-agent-lost = The agent of this data folder has ended; start it again: "isoloir agent".
chat-revocations-stale = No news from the server since { $since }: who lost access since then is unknown.
chat-revocations-expired = No news from the server since { $since }: nothing is sent until there is.
chat-revocations-never = No news from the server yet: nothing is sent until there is.
chat-date = { $weekday } { $day } { $month } { $year }
chat-weekday = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
chat-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
chat-key-help = Help
chat-key-people = Find
chat-key-verify = Verify
chat-key-files = Files
chat-key-send-file = Send file
chat-key-decide = Contact
chat-key-quit = Quit
chat-help-title = Keys and marks
chat-help-close = Esc closes
chat-help-send = sends the message
chat-help-new-line = begins a new line
chat-help-focus = goes between the list and the message
chat-help-neighbor = opens the conversation above or below
chat-help-scroll = reads further up or down
chat-help-ends = goes to the oldest or newest message
chat-help-people = finds a colleague and opens a conversation
chat-help-verify = shows the safety number to compare
chat-help-files = files of this conversation: fetch, save, stop
chat-help-send-file = offers a file
chat-help-decide = accepts, refuses or blocks somebody
chat-help-quit = leaves; what waits is sent at the next start
chat-help-marks = delivered to the other device / read by the person
chat-help-marks-open = on its way / waiting on this device / not sent
chat-help-verification = beside a name: verified / the number has changed
chat-help-bar = beside a name: the open conversation
chat-keys-send = Enter
chat-keys-new-line = Alt+Enter, Ctrl+J
chat-keys-focus = Tab, Esc
chat-keys-neighbor = Alt+↑, Alt+↓
chat-keys-scroll = PgUp, PgDn, ↑, ↓
chat-keys-ends = Ctrl+Home, Ctrl+End
chat-keys-people = F2
chat-keys-verify = F3
chat-keys-files = F4
chat-keys-send-file = F5
chat-keys-decide = F6
chat-keys-quit = F10, Ctrl+Q
chat-keys-marks = ✓ / ✓✓
chat-keys-marks-open = → / ◷ / ✗
chat-keys-verification = ✓, !
chat-keys-bar = ▌
chat-people-title = Find a colleague
chat-people-hint = ↑ ↓ choose · Enter opens · Esc closes
chat-people-none = Nobody in the directory fits.
chat-verify-title = Safety number with { $who }
chat-verify-confirm = Enter: it is the same · Esc closes
chat-verify-take-back = Enter: take the confirmation back · Esc closes
chat-verify-how = Compare these digits, or this picture, with what { $who } sees, in person or by phone. If they are the same, nobody stands between you.
chat-files-title = Files of this conversation
chat-files-hint = Enter fetches and saves · x stops or takes back · Esc closes
chat-files-none = No file here yet. F5 offers one.
chat-save-title = Save the file
chat-save-hint = A folder, or the path of a new file.
chat-offer-title = Send a file
chat-offer-hint = The path of the file. It is not copied: leave it in its place until it was fetched.
chat-path-hint = Enter goes on · Esc closes
chat-decide-hint = ↑ ↓ choose · Enter decides · Esc closes
chat-decide-accept = Accept: talk to each other
chat-decide-refuse = Refuse: not now
chat-decide-block = Block: never; the person is not told
chat-decide-nothing = There is nothing to decide about this person.
chat-decide-reassigned = Another person than the one you know under this login. Ask them the number below, not in here, before you accept.
chat-decide-replaced = Your organization reset this identity. Ask them the number below, not in here, before you accept.
chat-answering = ↪ Answer to { $who }: { $text } · Esc: no answer
chat-editing = ✎ You edit a message: Enter keeps it · Esc leaves it as it was
chat-copied = Copied.
chat-forwarding = Forwarding …
chat-step-choose = choose
chat-step-reply = reply
chat-step-react = react
chat-step-edit = edit
chat-step-delete = delete
chat-step-forward = forward
chat-step-copy = copy
chat-step-back = back
chat-key-message = Message
chat-keys-message = F7, Ctrl+↑, Ctrl+↓
chat-help-message = chooses a message: reply, react, edit, delete, forward, copy
chat-react-title = React
chat-react-hint = Enter reacts · 0 takes it back · Esc closes
chat-react-other = Or another one:
chat-delete-title = Delete this message?
chat-delete-hint = Enter deletes · Esc keeps it
chat-delete-how = It is deleted here and on the other side. Whoever has read it has read it.
chat-forward-title = Forward to
chat-forward-hint = ↑ ↓ choose · Enter forwards · Esc closes
unread-count = { $count ->
    [0] { "" }
    [one] 1 unread
   *[other] { $count } unread
}
alarm-two-histories = A colleague's device has shown two histories. Its messages stop here; tell your administrators.
alarm-server-key = The server's key is not the organization's. Nothing goes through it; tell your administrators.
alarm-own-entries = The organization lists a device or identity of yours that is not this one. Tell your administrators.
alarm-link-refused = A device could not prove who it is; the link was refused.
alarm-disk-full = The disk is full: nothing more can be received. Make room.
alarm-other = Something is wrong that this version has no words for. Tell your administrators.
chat-lock-title = Locked
chat-lock-means = Nothing can be read here, and messages wait with their senders. Type the passphrase of this device.
chat-lock-hint = Enter opens · F10 leaves
chat-lock-trying = Opening …
chat-help-lock = locks: everything leaves the memory, a passphrase opens it
chat-keys-lock = Ctrl+L
