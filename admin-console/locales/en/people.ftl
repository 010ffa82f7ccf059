# People, devices, enrollment codes, administrators.

people-title = People
people-lead = Everybody the directory has ever listed.
people-search = Search
people-search-placeholder = Name, login or mail
people-standing = Standing
people-everybody = Everybody
people-find = Search
people-found-label = People found
people-found = { $n ->
    [0] Nobody
    [one] { $count } person
   *[other] { $count } people
}
people-none-found = Nobody fits.
people-none-found-next = Try a part of the name, the login or the mail address.
people-show-everybody = Show everybody
people-none = There is nobody yet.
people-none-next = People come from your directory, or from a file that you import.
page-earlier = Earlier
page-later = Later

column-name = Name
column-login = Login
column-mail = Mail
column-standing = Standing
column-devices = Devices
column-source = From
column-device = Device
column-state = State
column-enrolled = Enrolled
column-valid-until = Valid until
column-action = Action
column-role = Role
column-last-sign-in = Last sign-in

standing-provisioned = Not enrolled
standing-provisioned-means = May enroll a device.
standing-active = Active
standing-active-means = Has at least one device.
standing-suspended = Left the directory
standing-suspended-means = Comes back when the directory lists them again.
standing-locked = Suspended
standing-locked-means = Suspended by an administrator; no directory run changes that.
source-ldap = Directory “{ $what }”
source-built-in = Imported file
source-scim = Provisioning (SCIM)

person-title = Person
person-about = About
person-added = Known since
person-code = Enrollment code
person-code-waits = waits to be used, until { $what }
person-code-none = none waiting
person-devices = Devices
person-no-device = No device yet
person-no-device-next = Make an enrollment code and hand it over in person.
device-active = Active
device-revoked = Revoked
done-suspended = The person is suspended. All devices are revoked and their sessions closed.
done-resumed = The suspension is taken back. The person has to enroll again: make an enrollment code.
done-revoked = The device is revoked and its sessions closed. Colleagues’ devices are told.

reset = Reset identity
reset-title = Reset an identity
reset-ask = End the identity of { $what } and let a new device in?
reset-consequence-devices = { $n ->
    [0] The person has no active device; the identity key ends all the same, for good.
    [one] { $count } device is revoked for good and its session closed at once.
   *[other] { $count } devices are revoked for good and their sessions closed at once.
}
reset-consequence-access = You get a one-time code for a new device. Whoever holds it becomes this person: make sure who is asking.
reset-consequence-peers = Colleagues are told that the organization reset this identity, and when. They compare safety numbers and say to go on; until then nothing is sent.
reset-consequence-data = Messages that were only on lost devices are lost; the server has none.
reset-consequence-back = This cannot be taken back, and it stays in the log that everybody keeps.
reset-do = End this identity
suspend = Suspend
suspend-title = Suspend a person
suspend-ask = Suspend { $what }?
suspend-consequence-devices = { $n ->
    [0] The person has no active device; none can be enrolled any more.
    [one] { $count } device is revoked for good and its session closed at once.
   *[other] { $count } devices are revoked for good and their sessions closed at once.
}
suspend-consequence-peers = Colleagues’ devices are told, and stop talking to this person.
suspend-consequence-data = Messages that are on devices already stay there; the server has none to delete.
suspend-consequence-back = You can take the suspension back, but the person then has to enroll every device anew.
suspend-do = Suspend this person
resume = Take the suspension back
resume-title = Take a suspension back
resume-ask = Let { $what } take part again?
resume-consequence-devices = The person may enroll devices again.
resume-consequence-access = Revoked devices stay revoked; each has to be enrolled anew, with an enrollment code.
resume-do = Take the suspension back
revoke = Revoke
revoke-title = Revoke a device
revoke-ask = Revoke the device { $what }?
revoke-consequence-devices = Its session is closed at once, and it cannot come back: a device is never taken back.
revoke-consequence-peers = Colleagues’ devices are told, and stop talking to it.
revoke-consequence-data = What is stored on the device stays there, encrypted under its owner’s passphrase.
revoke-consequence-back = The person may enroll another device with an enrollment code.
revoke-do = Revoke this device

code-make = Make an enrollment code
code-title = Enrollment code
code-for = Enrollment code for { $what }
code-once = Shown only now.
code-once-next = The server keeps no copy that could be read. If it is lost, make another one; this one is then worth nothing.
code-qr-label = QR code of the enrollment link
code-how = How to use it
code-how-give = Hand it over in person or by a channel you trust: whoever has it first enrolls as this person.
code-how-enroll = On the new device: “isoloir enroll” with this link, or scan the code.
code-how-check = Afterwards check on the person’s page that exactly one device was added.
code-link = Link
code-expires = Works once, until { $what }.
code-done = Done

administrators-title = Administrators
administrators-lead = Who may sign in here. These accounts have nothing to do with the people of the directory.
administrators-gone = Removed
administrators-gone-lead = They can do nothing any more. The audit shows their names until they are erased.
column-removed = Removed
administrators-you = you
administrators-link-waits = Invited, link not used yet
administrators-link-until = link works until { $what }
invite-title = Invite somebody
invite-lead = Makes a link that works once. Whoever opens it chooses a name and a password and registers an authenticator.
invite-do = Make a link
invitation-title = Invitation
invitation-link = One-time link
invitation-once-next = Hand it over in person or by a channel you trust: whoever opens it first has the account.
remove = Remove
withdraw = Withdraw
remove-title = Remove an administrator
remove-ask = Remove the account { $what }?
remove-consequence-sessions = Their sessions end at once, and they cannot sign in any more.
remove-consequence-audit = What they did stays in the audit.
remove-consequence-back = An invitation makes a new account; this one does not come back.
remove-do = Remove this account
withdraw-ask = Withdraw this invitation?
withdraw-consequence = The link stops working at once.
withdraw-do = Withdraw the link
done-removed = Done. The account or link is gone.
done-assigned = Done. The roles are changed; whoever it is signs in again.
roles = Roles
roles-title = What somebody may do
roles-legend = Roles
roles-hint = A role with groups reaches only the people of these groups; several groups are separated by semicolons.
roles-consequence = Open sessions of this account end, and the next one has these roles.
roles-do = Change the roles
role-groups-everybody = everybody
role-groups-people = People: only those of these groups
role-groups-policy = Policy: only for these groups
role-groups-auditor = Auditor: only people of these groups
role-groups-help-desk = Help desk: only people of these groups

# Enrollment cards
cards-title = Enrollment cards
cards-lead = One-time codes for a whole department, printed, one card for each person who has no device yet.
cards-for = For whom
cards-everybody = Everybody
cards-option = { $name } ({ $count } without a code, { $made } with one)
cards-at-once = { $n ->
    [one] One card at once.
   *[other] At most { $count } cards at once; the rest the next time.
}
cards-replace = Also for people whose code is still good; that code is then worth nothing
cards-once = The codes stand on the printed page only. No screen shows them, and the server keeps no copy that could be read.
cards-hand-over = Hand each card over in person: whoever has it first enrolls as this person.
cards-audited = Each code is an entry in the audit.
cards-make = Make the cards
cards-nobody = No card was made.
cards-nobody-next = Everybody there has a device, or a code that is still good.
cards-all-enrolled = Nobody waits for a card.
cards-all-enrolled-next = Everybody who may take part has a device already. A code for another device is made on the person’s page.
cards-print-title = Enrollment cards to print
cards-ready = { $n ->
    [one] One card is ready to be printed
   *[other] { $count } cards are ready to be printed
}
cards-print-now = Print now, with this button or your browser’s print command.
cards-print-now-next = The codes appear on paper only. Once you leave this page, they cannot be shown again; you can only make new ones.
cards-print = Print
cards-left = { $n ->
    [one] One more person of this choice waits: print these first, then make the next card.
   *[other] { $count } more people of this choice wait: print these first, then make the next cards.
}
cards-next = Make the next cards
column-code-expires = Code good until
card-install = Install Isoloir on your device.
card-enroll = Run “isoloir enroll” with the link below, or scan the code.
card-alone = Give this card to nobody, and destroy it afterwards.

# People from a file
import-title = Import people
import-lead = People from a CSV file, as a spreadsheet saves it. Everything is shown before anything is done.
import-file = File
import-largest = CSV, UTF-8, at most { $count } MiB.
import-look = Look at it
import-form = What the file looks like
import-form-columns = The first line names the columns: login and name, and perhaps mail, id and groups, in any order, with commas or semicolons.
import-form-stays = Who is not in the file stays as they are: an import adds and changes people, and takes access from nobody.
import-done = The file was taken.
import-done-next = Whoever is new needs a code to enroll:
import-preview-title = What the import would change
import-bad = { $n ->
    [one] One line cannot be used: nothing can be imported yet.
   *[other] { $count } lines cannot be used: nothing can be imported yet.
}
import-bad-next = Correct the file and choose it again.
import-good-lines = The other lines
import-nothing = Nothing to change: everybody in the file is known as the file says.
import-consequence = Exactly this is done, or nothing, should something have changed meanwhile.
import-other = Choose a file
column-line = Line
import-fault-empty = Nothing was chosen, or the file is empty. Choose a file.
import-fault-too-large = The file is too large: at most { $count } MiB. Take away columns that are not needed, or cut it into several files.
import-fault-too-many = The file has more than { $count } people. Cut it into several files.
import-fault-columns = The first line must name the columns login, name, and perhaps mail, id and groups; “{ $what }” is missing, unknown or there twice.
import-line-fields = It has { $has } fields instead of { $expected }.
import-line-not-utf8 = It is not UTF-8. Save the file as “CSV UTF-8”.
import-line-unusable = The { $what } is empty, too long, or has characters that it may not have.
import-line-repeated = The { $what } is the same as in line { $line }.
import-line-login-taken = Somebody else has this login already.

done-linked = Done. This administrator can now sign in with the identity provider.
done-unlinked = Done. The account is linked no more, and sessions that came from it are closed.
account = Sign-in
account-title = Sign-in with an identity provider
account-lead = For { $what }. Password and second factor go on working.
account-link-title = Link an account
account-link-lead = Whoever signs in at the provider with this account is this administrator here. The provider then decides alone who that is, second factor included.
account-provider = Identity provider
account-subject = Identifier (sub)
account-subject-hint = Whoever signs in with an account that is not linked is shown its identifier. Have it sent to you over a way that you trust.
account-link-do = Link
account-back = Back
account-unlink-title = Linked accounts
account-unlink-do = Remove the links

password-title = Change the password
password-lead = Your other sessions end, whatever you asked a second person for has to be asked again, and other browsers are known no more. Your authenticator stays as it is. If you have lost it, whoever runs the server makes a new link with “pro-server admin reset”.
password-current = Present password
password-next = New password
password-again = New password again
password-change = Change
password-wrong = The present password or the code is wrong.
password-changed = Your password is changed, and your other sessions have ended.
sessions-title = Sessions
sessions-lead = Who is signed in here at this moment.
sessions-idle = { $n ->
    [one] A session that is not used for { $count } minute ends.
   *[other] A session that is not used for { $count } minutes ends.
}
sessions-longest = { $n ->
    [one] Used or not, it ends after { $count } hour.
   *[other] Used or not, it ends after { $count } hours.
}
sessions-own = this one
sessions-end = End
sessions-ended = The session has ended.
sessions-by-provider = by an identity provider
column-session-opened = Since
column-session-used = Last used
approvals-title = Approvals
approvals-lead-two = Dangerous acts need two people. Whoever asks cannot agree.
approvals-lead-one = Dangerous acts need one person only.
approvals-none = Nothing waits, and nothing was decided yet.
approvals-done-approved = Done, as two people wanted it.
approvals-done-opened = Agreed. Whoever asked can do it now, once, within the hour.
approvals-done-refused = Refused. Nothing was done.
approvals-done-two = From now on dangerous acts need two people.
approvals-done-one = From now on dangerous acts need one person only.
column-request = Request
column-act = What
column-asker = Asked by
column-decider = Decided by
quorum-title = Two people for dangerous acts
quorum-two = Require two people
quorum-two-ask = Require two people for dangerous acts?
quorum-two-consequence = A new identity for somebody, many people losing access, administrators and their roles, a policy that permits more, and erasing a name from the audit then wait for another administrator.
quorum-two-consequence-more = Going back needs two people as well, and two owners must always be able to sign in.
quorum-two-do = Require two people
quorum-one = Require one person only
quorum-one-ask = Let one person alone do dangerous acts again?
quorum-one-consequence = This itself needs a second person.
quorum-one-consequence-more = Afterwards an owner alone can let anybody in, loosen the policy and erase names.
quorum-one-do = Ask for it
approval-number = Request { $count }
approval-asked = Nothing has been done yet: this waits for a second person
approval-asked-next = Another administrator with the permission finds it under Approvals, for a day.
approval-what = What exactly will be done
approval-until = Can be decided until
approval-digest = Fingerprint of the act
approval-own = You asked for this. Somebody else has to agree; you can take it back.
approval-decide = Agree only if you know why it is wanted, best from the person who asked. It is done at once.
approval-approve = Agree, and do it
approval-refuse = Refuse
approval-withdraw = Take it back
approval-waiting = waits for a second person
approval-expired = expired
approval-interrupted = agreed to, then interrupted; ask again
approval-done = done
approval-refused = refused
approval-stale = did not fit any more, not done
approval-open = agreed to; whoever asked can do it now
act-code = Enrollment code for somebody who has had a device
act-reset-identity = Identity reset: end the identity of somebody, with a code for a new device
act-suspend = Suspend one more person
act-remove = Remove one more person for good
act-revoke = Revoke one more device
act-run = Directory run that the brake held
act-release-brake = Release the brake of pushed people
act-add-administrator = New administrator
act-assign-roles = Other roles for an administrator
act-reset-administrator = New password and second factor for an administrator
act-remove-administrator = Remove an administrator
act-link-administrator = Account at an identity provider for an administrator
act-policy = Policy that permits more
act-erase = Erase a name from the audit
act-erase-person = Erase a person from everything
act-erase-administrator = Erase an administrator who was removed
act-quorum-off = One person only for dangerous acts
act-rotate-directory-key = Another directory key
act-export-person = Take out everything that is kept about a person
act-add-integration = Token for a program that changes something
act-forgotten = Something about a person who was erased
act-detail-person = Person
act-detail-device = Device
act-detail-source = Source
act-detail-plan = Plan
act-detail-loses-access = Lose access
act-detail-loses-groups = Lose groups
act-detail-joins = Are added
act-detail-changes = Are changed
act-detail-leaver = Loses access
act-detail-leavers-more = And so many more
act-detail-administrator = Administrator
act-detail-roles = Roles
act-detail-provider = Identity provider
act-detail-account = Account there
act-detail-version = Made from version
act-detail-setting = Setting
approval-rule-value = { $rule }: { $before } → { $after }
approval-rule-unset = not set
approval-rule-lock = { $what }: locked, narrower scopes may only be stricter
approval-rule-unlock = { $what }: unlocked, narrower scopes may be looser
approval-rule-at = { $scope } · { $told }
act-detail-program = Program
act-detail-scope = May
act-detail-key = New key
act-detail-days = Days
