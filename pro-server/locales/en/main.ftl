# Everything that pro-server says to people, in English. The same messages stand in ../fr/main.ftl.

about = The organization's own Isoloir server: directory, enrollment, signaling, policy and audit. Messages never pass through it.
about-serve = Run the server until SIGTERM.
about-health = Say whether the server on the data folder serves: exit code 0 if so. For container engines and monitoring.
about-sync = Read the directory now and apply what changed.
about-people = The people of the directory.
about-people-list = List everybody.
about-people-import = Add and change the people of a CSV file (login,name,mail). Who is not in it stays.
about-people-suspend = Suspend a person: the devices are revoked and their sessions closed at once.
about-people-resume = End a suspension; the person enrolls again.
about-device = The devices of the people.
about-device-list = List all devices, or one person's.
about-device-revoke = Revoke one device and close its sessions at once.
about-code = One-time enrollment codes.
about-code-create = Make a link with a one-time code for a person, and its QR code.
about-policy = The organization's policy.
about-policy-show = Show the policy in force.
about-policy-set = Publish a new version of the policy with these settings changed.
about-audit = The audit log of administrative events.
about-audit-list = List the events.
about-audit-export = Write the log, with what is needed to verify it, as JSON lines into a file.
about-audit-verify = Verify the server's log or, without a server, an exported file.

arg-config = Configuration file (TOML)
arg-data = Data folder
arg-json = Print one JSON object per line
arg-version = Print the version
arg-help = Print this help
arg-listen = Address of the public port; overrides the configuration
arg-plan = Only show what would change
arg-login = Login of the person
arg-device = Id of the device, 32 hexadecimal digits
arg-csv = CSV file; “-” reads the standard input
arg-changes = Settings such as file.send=false
arg-export = File to write; must not exist
arg-verify = Exported file to verify; the running server's log if absent

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
expected-text = text between quotes, not empty
expected-boolean = true or false
expected-integer = a whole number from { $min } to { $max }
expected-socket-address = an address such as 0.0.0.0:8443
expected-https-url = a URL such as https://chat.example:8443, with nothing behind the port
expected-ldap-url = a URL such as ldaps://directory.example:636
expected-ldap-filter = an LDAP filter such as (objectClass=inetOrgPerson)
expected-attribute-name = the name of an LDAP attribute such as uid
expected-table = a section such as [http]

serve-ready = Serving at { $url }. Organization { $fingerprint }.
serve-stopping = Stopping.
serve-taken = Another server already runs on the data folder { $folder }. Stop it first, or choose another folder with --data.
serve-folder = The data folder { $folder } cannot be used: { $reason }.
serve-listen = The address { $address } cannot be used: { $reason }. Choose another one with --listen or [http] listen.
serve-broken = The server cannot go on; its log says why.
serve-failed = The server cannot start: { $reason }

admin-not-running = No server runs on the data folder { $folder }. Start it with “pro-server serve”, or name its folder with --data.
admin-denied = The administration socket in { $folder } is for the server's own user and root only.
admin-lost = The server went away before it had answered completely.
admin-file = The file { $file } cannot be used: { $reason }.

refused-no-such-person = There is no such person. “people list” shows everybody.
refused-no-such-device = There is no such device. “device list” shows all.
refused-no-directory = No external directory is configured ([directory.ldap]); there is nothing to synchronize.
refused-brake = Nothing was changed, the brake holds: { $detail }
refused-brake-empty = Nothing was changed, the brake holds: { $detail }
refused-already-suspended = This person is suspended already.
refused-not-suspended-by-hand = This person was not suspended by hand. Who left the directory comes back through the directory.
refused-already-revoked = This device is revoked already.
refused-stale = Something else was changed at the same moment. Look again and repeat.
refused-suspended = This person is suspended. Resume them first.
refused-login = This is not a login: it has characters that no login has.
refused-csv = Nothing was imported: { $detail }
refused-policy = Nothing was published: { $detail }
refused-database = The database does not answer. Nothing was changed; try again.
refused-disk-full = The disk is full. Nothing was changed; free some space.
refused-ldap-unreachable = The directory cannot be reached. Check the host and port in directory.ldap.url, and the network between.
refused-ldap-timeout = The directory did not answer in time. Check its load and the network between.
refused-ldap-certificate = The certificate of the directory is not trusted. Set directory.ldap.ca_file to the roots that signed it, and use the host name that it was made for.
refused-ldap-ca-file = directory.ldap.ca_file has no usable certificate; it must be PEM.
refused-ldap-start-tls = The directory refuses StartTLS. Use ldaps://, or turn StartTLS on at the directory.
refused-ldap-service-account = The directory refuses the service account. Check bind_dn and bind_password_file.
refused-ldap-base = The directory has no entry base_dn. Check its spelling and what the service account may read.
refused-ldap-filter = The directory does not accept the filter. Check its parentheses and attribute names.
refused-ldap-size-limit = The directory stops before the end of the list. Allow the service account unlimited paged results.
refused-ldap-too-many = The directory shows too many people. Narrow base_dn or filter.
refused-ldap-disconnected = The connection to the directory broke. Try again.
refused-ldap-refused = The directory refuses: { $detail }
refused-internal = The server failed; its log says more.
refused-malformed = The server did not understand the request. Is it of the same version?
refused-broken = The log does NOT verify, it was damaged or changed: { $detail }

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
row-code = Link for { $login }, usable once, until { $expires }:
row-policy = Policy version { $version }
row-verified = Verified: { $entries } entries, root { $root }.
row-exported = { $lines } lines written to { $file }.
row-serving = Serving.
row-done = Done.
