# What was said: searching it, keeping it for a time, taking it elsewhere.
help-search = Find messages and files in all your conversations, newest first.
help-search-words = Words, or beginnings of words; all of them must be there. Case and accents do not matter.
help-search-with = Only in the conversation with this person.
help-search-last = At most so many; 50 if you do not say.
help-search-before = Only messages older than this one.
error-search-empty = There is no word in what you look for.
chat-keys-search = F8, Ctrl+F
chat-help-search = finds a message in all conversations and goes to it
chat-search-title = Find a message
chat-search-hint = ↑ ↓ choose · Enter goes there · Esc closes
chat-search-how = Words, or beginnings of words, of a message or a file's name.
chat-search-none = No message has all of these words.
chat-search-here = found
chat-search-too-far = That message is further back than this window reaches.
error-policy-ephemeral-off = Your organization does not allow messages that delete themselves.
error-policy-export-forbid = Your organization does not allow writing a conversation into files.
error-timer-range = A timer is 1 to { $detail } seconds, or "off".
rule-message-ephemeral-off = You cannot have messages delete themselves.
rule-message-ephemeral-allowed = You can have the messages of a conversation delete themselves.
rule-message-ephemeral-seconds-none = No time is set after which messages that were read are deleted.
rule-message-ephemeral-seconds-limit = Messages are deleted { $detail } after they were read.
rule-message-export-allow = You can write a conversation into files.
rule-message-export-forbid = You cannot write a conversation into files.
help-timer = Show or set how long messages with somebody are there once they were read.
help-timer-seconds = Seconds from 1 to 31622400, or "off".
duration-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
duration-short-seconds = { $count } s
duration-short-minutes = { $count } min
duration-short-hours = { $count } h
duration-short-days = { $count } d
timer-set = ⏲ Messages are deleted { $time } after they were read.
timer-taken-back = ⏲ Messages stay.
timer-of-policy = Your organization has them deleted { $time } after they were read.
chat-keys-timer = F9
chat-help-timer = has the messages of this conversation delete themselves
chat-keys-timer-mark = ⏲
chat-help-timer-mark = messages here are deleted so long after they were read
chat-timer-title = Messages that delete themselves
chat-timer-hint = ↑ ↓ choose · Enter sets · Esc closes
chat-timer-off = Messages stay
chat-timer-after = Deleted { $time } after reading
chat-timer-both = It counts for what both of you write from now on.
help-export = Write a conversation into a folder: a page for any browser or printer, and its files.
help-export-folder = A folder that is new or empty.
error-export-not-empty = That folder is not empty: choose a new one.
error-export-folder = That folder cannot be written to.
error-export-stopped = Stopped. What was written is taken back; files that were saved on the way stay.
export-language = en
export-title = Conversation with { $who }
export-times = Times: { $zone }
export-bytes = { $bytes } bytes
export-file-missing = not on this device, or changed since
export-quote-gone = a message that is not there any more
export-deleted = This message was deleted.
export-unreadable = A newer version of this program shows this message.
export-forwarded = forwarded
export-edited = edited { $when }
export-left-out = { $count ->
    [one] 1 message that deletes itself was left out.
   *[other] { $count } messages that delete themselves were left out.
}
export-missing-count = { $count ->
    [one] 1 file is not on this device, or has changed since it was sent.
   *[other] { $count } files are not on this device, or have changed since they were sent.
}
export-done = { $folder }: { $messages ->
    [one] 1 message
   *[other] { $messages } messages
}, { $files ->
    [one] 1 file
   *[other] { $files } files
}
export-end = Written by Isoloir from the messages of one device. It proves nothing to others.
