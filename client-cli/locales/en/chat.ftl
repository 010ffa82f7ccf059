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
chat-begin = Press F2 and type a colleague's name; Enter opens the conversation, and you write. F1 shows every key.
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
chat-people-hint = ↑ ↓ · Enter opens · Tab chooses several for a group · Esc closes
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
chat-members-key = F3 shows them
chat-members-hint = ↑ ↓ choose · Esc closes
chat-members-gone = You do not have this group any more
chat-member-talk = talk
chat-member-verify = compare the number
chat-member-add = add people
chat-member-remove = remove
chat-member-promote = make administrator
chat-member-demote = no administrator any more
chat-member-transfer = hand the list on
chat-member-rename = rename the group
chat-member-leave = leave the group
chat-member-waits = { $count ->
    [one] 1 message waits for them
   *[other] { $count } messages wait for them
}
chat-ask-hint = Enter: yes · Esc: no
chat-ask-remove = Remove { $who } from “{ $group }”? They keep what they have, and get nothing that is written from then on.
chat-ask-promote = Make { $who } an administrator of “{ $group }”? They can then add and remove people.
chat-ask-demote = Make { $who } a member like the others?
chat-ask-transfer = Hand the list of members on to { $who }? From then on their device keeps it, and changes to the group wait for it.
chat-ask-leave = Leave “{ $group }”? You keep what you have, and get nothing that is written from then on.
chat-group-asked = Asked of the device that keeps the list of members: it is done once that one is online too.
chat-group-title = Name the group
chat-group-hint = Enter begins the group · Esc closes
chat-group-means = A group of { $count } people begins, you among them. Everybody in it sees its name and who is in it.
chat-rename-title = Rename the group
chat-rename-hint = Enter renames it · Esc closes
chat-rename-means = Everybody in the group sees the new name.
chat-people-group-title = Begin a group
chat-people-group-hint = Tab chooses · Enter names the group · Esc closes
chat-people-chosen = Chosen: { $who }
chat-add-title = Add people to { $group }
chat-add-hint = ↑ ↓ · Tab chooses several · Enter adds · Esc closes
chat-waits-for = for { $who }
chat-key-members = Members
chat-key-search = Search
chat-key-timer = Timer
chat-keys-escape = Esc
chat-step-go-on = go on
chat-step-close = close
chat-reading-hint = ↑ ↓ PgUp PgDn: more · Esc closes
chat-rules-title = What your organization's rules say
chat-pasted-title = { $count ->
    [one] Send this file?
   *[other] Send these { $count } files?
}
chat-pasted-hint = Enter sends · Esc writes it as words
chat-pasted-to = To { $who }:
chat-pasted-means = It is not copied: leave it in its place until it was fetched.
chat-helps-writing = Write
chat-helps-reading = Read
chat-helps-people = People
chat-helps-marks = Marks
chat-helps-mouse = Mouse
chat-helps-program = This program
chat-keys-paste = Paste, or drop a file
chat-help-paste = text goes into the message; for a file you are asked whether to send it
chat-keys-group = F2, then Tab
chat-help-group = chooses several people and begins a group with them
chat-keys-members = F3 in a group
chat-help-members = who is in it; add, remove, rename, leave
chat-keys-mention = @
chat-help-mention = in the list: somebody mentions you; in a message @login mentions somebody
chat-keys-mouse = Click, wheel
chat-help-mouse = opens a conversation, chooses a message, presses a key of the bottom line; the wheel scrolls
chat-keys-mouse-select = Shift and drag
chat-help-mouse-select = selects text, as without this program (Option on a Mac)
chat-keys-mouse-off = --no-mouse
chat-help-mouse-off = leaves the mouse to the terminal: isoloir chat --no-mouse
chat-keys-rules = Ctrl+R
chat-help-rules = what your organization's rules let you do, in sentences
chat-keys-export = Ctrl+E
chat-help-export = writes the conversation into a folder, as a page with its files
chat-export-title = Write this conversation into a folder
chat-export-hint = Enter: write it · Esc: back
chat-exporting = Writing the conversation…
chat-keys-plain = --plain
chat-help-plain = plain lines, for a screen reader or a simple terminal: isoloir chat --plain
chat-keys-help = F1, ?
chat-help-help = shows this
