# What `cargo xtask demo` says to the person who watches it.
demo-title = Isoloir: two colleagues talk to each other through a server they own.
demo-building = Building the server and the client (minutes at the first time).
demo-served = The server serves at { $url } with no configuration. It has made its own keys and certificate.
demo-imported = { $people } people are in its directory, imported from a CSV file.
demo-enrolled = { $login } enrolled with a one-time code. The server proved itself before the code left.
demo-first-message = First message delivered: the two met through the server, then opened a link of their own ({ $path }).
demo-messages = { $delivered } of { $sent } messages delivered, both ways: half within { $p50 } ms, 99 % within { $p99 } ms.
demo-file = A file of { $mebibytes } MiB moved at { $rate } MiB/s, constant memory, equal on both sides ({ $equal ->
    [yes] checked
   *[no] NOT EQUAL
}).
demo-killed = The receiver was killed (SIGKILL) with { $mebibytes } MiB of the next file there.
demo-resumed = Started again, it went on from { $mebibytes } MiB and the file is { $equal ->
    [yes] equal
   *[no] NOT EQUAL
}.
demo-stored-nothing = What the server stored about all that: nothing. Not one row of its database has changed.
demo-stored-something = The server's database HAS CHANGED while the two talked: { $tables }
demo-step = { $seconds } s  { $text }
demo-console = Open the administrators' console in a browser; the link works once:
demo-by-hand = Talk yourself, in two terminals (F1 shows the keys, F10 leaves):
demo-by-script = The same for scripts:
demo-staying = Everything runs until Ctrl-C; then the folder { $folder } is removed.
demo-ended = Ended, removed.
demo-interrupted = Interrupted.
demo-failed = The demonstration failed: { $reason }
demo-hello = Good morning, the deed is ready for signature.
