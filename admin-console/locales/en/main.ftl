# What the console says around its pages: navigation, the way in, problems.

brand-line = Administration
skip-to-content = Skip to the content
menu = Menu
nav-label = Main navigation
account-label = Your account
nav-overview = Overview
nav-people = People
nav-directory = Directory
nav-policy = Policy
nav-audit = Audit
nav-administrators = Administrators
pages-label = Pages
sign-in = Sign in
sign-out = Sign out
to-overview = To the overview
to-sign-in = To the sign-in page
to-directory = To the directory
working = Searching…
none = none
never = never
unknown = unknown
copy = Copy
copied = Copied
confirm-what-happens = What will happen
confirm-no = Cancel

role-owner = Owner
role-owner-means = Sees and changes everything.
role-auditor = Auditor
role-auditor-means = Sees everything, changes nothing; may verify and export the audit.

sign-in-title = Sign in to the administration
sign-in-lead = With your administrator account. It is not your account of the messenger.
sign-in-lost = Password or authenticator lost? Whoever runs the server makes a new link with “pro-server admin reset”.
field-login = Name
field-password = Password
field-again = Password again
field-code = Code from your authenticator
field-code-hint = Six digits; they change every 30 seconds.

set-up-title = Set up your account
set-up-first = You are the first administrator of this server. You will be its owner.
set-up-invited = You were invited to administer this server.
set-up-reset = The account { $what } gets a new password and a new authenticator. The old ones end now.
set-up-expires = This page works once, until { $what }.
set-up-step-account = Your account
set-up-login-hint = Letters, digits and . _ - @; it appears in the audit.
set-up-password-hint = At least 12 characters. A few unrelated words are easier to keep in mind than special characters.
set-up-step-authenticator = Your authenticator
set-up-qr-label = QR code for your authenticator app
set-up-scan = Scan this code with an authenticator app on your telephone.
set-up-type = No camera? Type this key into the app instead, kind “time-based”.
set-up-step-code = Check
set-up-code-hint = Type the six digits that the app shows now.
set-up-finish = Create the account and sign in

form-has-faults = Nothing was saved yet. Please look at the marked fields.
field-empty = Please fill this in.
field-malformed = Please give a whole number, digits only.
field-login-malformed = It has characters that no name has. Letters, digits and . _ - @ fit.
field-version-malformed = Please give a version as three numbers, such as 0.1.0.
field-groups-malformed = Please give names of groups, with commas between them.
field-too-short = Too short: at least { $count } characters.
field-too-long = Too long: at most { $count } characters.
field-guessable = Too easy to guess. Choose something that is neither well known nor made from the name.
field-taken = Somebody else has this name already. Choose another one.
field-code-wrong = This is not the code of this moment. Wait for the next one, and check that the telephone’s clock is right.
field-out-of-range = Out of range: from { $min } to { $max }.
field-locks-everybody-out = Newer than this server: no client could come in any more. Update the server first.
field-again-differs = The two passwords differ. Type them again.

problem-what-now = What to do:
problem-role-title = Your role does not allow this
problem-role-text = Auditors see everything and change nothing. Nothing was changed.
problem-role-next = Ask an owner to do it.
problem-credentials-title = That did not match
problem-credentials-text = The name, the password or the code is wrong.
problem-credentials-next = Try again with a fresh code. A code counts once.
problem-link-title = This link does not work any more
problem-link-text = It was used already, has expired, or was never made.
problem-link-next = Ask for a new one: an owner makes it under “Administrators”, or whoever runs the server with “pro-server admin reset”.
problem-too-many-title = Too many attempts
problem-too-many-text = To keep guessers out, the next attempt has to wait. Earlier attempts are not counted in the meantime.
problem-too-many-next = { $n ->
    [one] Wait { $count } second, then try again.
   *[other] Wait { $count } seconds, then try again.
}
problem-stale-form-title = This form is out of date
problem-stale-form-text = It was made for another session, or you have signed in again since. Nothing was changed.
problem-stale-form-next = Go back, load the page again, and repeat what you did.
problem-no-page-title = There is no such page
problem-no-page-text = The address leads nowhere.
problem-no-page-next = Check the address, or start from the overview.
problem-no-person-title = There is no such person
problem-no-person-text = The person was not found in the directory.
problem-no-person-next = Search for the person again.
problem-no-device-title = There is no such device
problem-no-device-text = This person has no such device.
problem-no-device-next = Open the person’s page again and look at the list of devices.
problem-no-administrator-title = There is no such administrator
problem-no-administrator-text = The account was removed meanwhile, or the link was withdrawn.
problem-no-administrator-next = Look at the list of administrators again.
problem-no-source-title = There is no such source
problem-no-source-text = No directory of this name is configured, nor was it ever.
problem-no-source-next = Choose one on the page “Directory”.
problem-no-directory-title = No directory is configured
problem-no-directory-text = People come from imported files, so there is nothing to read.
problem-no-directory-next = Add [directory.ldap] to the server’s configuration, or go on importing files.
problem-brake-title = The brake holds: nothing was changed
problem-brake-next = Check base_dn, filter and the service account first. If so many really have left, look at the preview again and agree to exactly that.
problem-already-suspended-title = Already suspended
problem-already-suspended-text = Somebody suspended this person meanwhile.
problem-already-suspended-next = Open the person’s page again to see how things stand.
problem-not-locked-title = Not suspended by hand
problem-not-locked-text = Only a suspension by an administrator can be taken back here.
problem-not-locked-next = Whoever has left the directory comes back through the directory.
problem-suspended-title = This person is suspended
problem-suspended-text = Suspended people cannot enroll a device. Nothing was changed.
problem-suspended-next = Take the suspension back first.
problem-already-revoked-title = Already revoked
problem-already-revoked-text = Somebody revoked this device meanwhile.
problem-already-revoked-next = Open the person’s page again to see how things stand.
problem-last-owner-title = The last owner stays
problem-last-owner-text = Without an owner nobody could change anything here. Nothing was changed.
problem-last-owner-next = Invite another owner first.
problem-oneself-title = Nobody removes their own account
problem-oneself-text = You would lock yourself out. Nothing was changed.
problem-oneself-next = Ask another owner to do it.
problem-stale-title = Something changed meanwhile
problem-stale-text = Somebody else changed the same thing after your page was made. Nothing of yours was done.
problem-stale-next = Load the page again, look at what is new, and repeat your change if it still is right.
problem-clock-title = The server’s clock is behind
problem-clock-text = A policy cannot be older than the one in force. Nothing was changed.
problem-clock-next = Set the server’s clock, best with NTP, then try again.
problem-invalid-title = This cannot be used
problem-invalid-next = Go back and correct it.
problem-directory-title = The directory does not answer as it should
problem-directory-next = Mend this, then look again. Nothing was changed, and nobody loses access because of it.
problem-database-title = The database does not answer
problem-database-text = Nothing was changed.
problem-database-next = Try again in a moment; if it goes on, look at the server’s log and at the database.
problem-disk-title = The disk is full
problem-disk-text = Nothing was changed.
problem-disk-next = Free some space on the server, then try again.
problem-internal-title = The server failed
problem-internal-text = This is a fault of the server, not yours. Nothing was changed.
problem-internal-next = Try again; if it goes on, look at the server’s log.

brake-empty = { $n ->
    [one] The directory shows nobody, but { $count } person is listed.
   *[other] The directory shows nobody, but { $count } people are listed.
}
brake-too-many = { $n ->
    [one] { $count } person would lose access; at most { $allowed } may in one run.
   *[other] { $count } people would lose access; at most { $allowed } may in one run.
}
directory-ldap-unreachable = The directory cannot be reached. Check the host and port of directory.ldap.url, and the network between.
directory-ldap-timeout = The directory did not answer in time. Check its load and the network between.
directory-ldap-certificate = The directory’s certificate is not trusted. Put the roots that signed it into directory.ldap.ca_file, and use the host name that it was made for.
directory-ldap-ca-file = directory.ldap.ca_file has no usable certificate; it must be PEM.
directory-ldap-start-tls = The directory refuses StartTLS. Use ldaps://, or turn StartTLS on at the directory.
directory-ldap-service-account = The directory refuses the service account. Check bind_dn and bind_password_file.
directory-ldap-base = The directory has no entry base_dn. Check its spelling and what the service account may read.
directory-ldap-filter = The directory does not accept the filter. Check its parentheses and attribute names.
directory-ldap-size-limit = The directory stops before the end of the list. Allow the service account paged results without a limit.
directory-ldap-too-many = The directory shows too many people. Narrow base_dn or filter.
directory-ldap-disconnected = The connection to the directory broke. It is tried again at the next run.
directory-ldap-refused = The directory refuses; its own log says why.
directory-ldap-other = The directory failed; the server’s log says more.
