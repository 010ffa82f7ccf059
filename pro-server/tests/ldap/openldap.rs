//! A real OpenLDAP: groups in groups, changes as they happen, controllers that are away.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use pro_server::directory::fault::LdapFault;
use pro_server::directory::ldap::{Hindrance, LdapDirectory, Reading, Verdict};
use pro_server::domain::member::Login;
use protocol::secret::Secret;
use protocol::time::Timestamp;
use tempfile::TempDir;
use tests::openldap::{OpenLdap, SUFFIX, dn, login};
use tokio::time::timeout;

use super::{Change, NOW, SOON, Shown, directory};

const FILTER: &str = "(&(objectClass=inetOrgPerson)(employeeType=staff))";

struct World {
    server: OpenLdap,
    folder: TempDir,
}

impl World {
    fn of(server: OpenLdap) -> Self {
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    /// The adapter with these lines more.
    fn adapter(&self, lines: &str) -> LdapDirectory {
        directory(self.folder.path(), &format!("{}{lines}\n", self.server.configuration(FILTER)))
    }

    fn group(&self, name: &str, class: &str, lines: &str) {
        let added = self.server.change(&format!(
            "dn: cn={name},ou=groups,{SUFFIX}\nchangetype: add\nobjectClass: {class}\ncn: {name}\n{lines}\n"
        ));
        added.expect("added");
    }

    fn modify(&self, dn: &str, lines: &str) {
        self.server.change(&format!("dn: {dn}\nchangetype: modify\n{lines}\n")).expect("changed");
    }
}

fn group_dn(name: &str) -> String {
    format!("cn={name},ou=groups,{SUFFIX}")
}

async fn read(adapter: &LdapDirectory, reading: Reading) -> Shown {
    Shown::of(&adapter.read(reading, NOW).await.expect("read"))
}

/// Four groups in each other, in a circle, each of another class.
fn nested(world: &World) {
    let member = |name: &str| format!("member: {name}\n");
    world.group("inner", "groupOfNames", &member(&dn(&login(1)).to_uppercase()));
    world.group(
        "second",
        "groupOfUniqueNames",
        &format!("uniqueMember: {}#'01'B\nuniqueMember: {}\n", group_dn("inner"), dn(&login(2))),
    );
    world.group("third", "groupOfNames", &format!("{}{}", member(&group_dn("second")), member("cn=gone,dc=nowhere")));
    world.group("outer", "groupOfNames", &format!("{}{}", member(&group_dn("third")), member(&dn(&login(3)))));
    world.modify(&group_dn("inner"), &format!("add: member\n{}", member(&group_dn("outer"))));
    world.group("desk", "posixGroup", &format!("gidNumber: 7\nmemberUid: {}\n", login(4)));
}

fn groups_line() -> String {
    format!("group_base_dn = {:?}", format!("ou=groups,{SUFFIX}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_followed_through_groups_whatever_their_class() {
    let world = World::of(OpenLdap::start(6).expect("OpenLDAP"));
    nested(&world);
    let shown = read(&world.adapter(&groups_line()), Reading::Whole).await;
    let all = ["inner", "outer", "second", "third"];
    for person in 1..=3 {
        assert!(shown.groups_of(&login(person)).into_iter().eq(all), "{person}");
    }
    assert!(shown.groups_of(&login(4)).into_iter().eq(["desk"]));
    assert!(shown.groups_of(&login(5)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_required_group_is_without_access_and_a_group_that_is_missing_is_a_fault() {
    let world = World::of(OpenLdap::start(6).expect("OpenLDAP"));
    nested(&world);
    let required = |name: &str| format!("required_group = {:?}\n", group_dn(name));
    // With the group base, and without: then the groups inside are asked for one by one.
    for lines in [format!("{}{}", required("outer"), groups_line()), required("outer")] {
        let shown = read(&world.adapter(&lines), Reading::Whole).await;
        let within = [login(1), login(2), login(3)];
        assert!(shown.logins().into_iter().eq(within.iter().map(String::as_str)), "{lines}");
        assert_eq!(shown.without_access.len(), 3, "{lines}");
    }
    for lines in [format!("{}{}", required("other"), groups_line()), required("other")] {
        let fault = world.adapter(&lines).read(Reading::Whole, NOW).await.err();
        assert_eq!(fault, Some(LdapFault::RequiredGroup), "{lines}");
    }
}

/// Each change, as one says it to the directory.
fn changes(world: &World) -> Vec<Change<'_>> {
    let person = |number: usize| dn(&login(number));
    vec![
        (
            "somebody leaves the filter",
            Box::new(move || world.server.replace(&login(1), "employeeType", "left").expect("set")),
        ),
        ("and comes back", Box::new(move || world.server.replace(&login(1), "employeeType", "staff").expect("set"))),
        ("somebody is deleted", Box::new(move || world.server.remove(&login(2)).expect("removed"))),
        (
            "somebody is added",
            Box::new(move || {
                let entry = "objectClass: inetOrgPerson\nuid: newcomer\ncn: New\nsn: New\nemployeeType: staff\n";
                world.server.change(&format!("dn: {}\nchangetype: add\n{entry}", dn("newcomer"))).expect("added");
            }),
        ),
        (
            "somebody is renamed",
            Box::new(move || {
                let rename = "changetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n";
                world.server.change(&format!("dn: {}\n{rename}", person(3))).expect("renamed");
                world
                    .server
                    .change(&format!("dn: {}\nchangetype: modify\nreplace: cn\ncn: Renamed\n", dn("renamed")))
                    .expect("set");
            }),
        ),
        (
            "somebody joins a group",
            Box::new(move || world.modify(&group_dn("inner"), &format!("add: member\nmember: {}\n", person(5)))),
        ),
        (
            "a group leaves a group",
            Box::new(move || {
                world.modify(&group_dn("third"), &format!("delete: member\nmember: {}\n", group_dn("second")))
            }),
        ),
        (
            "an account expires",
            Box::new(move || {
                let lines = "add: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: 19000\n";
                world.modify(&person(6), lines);
            }),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_known_at_once_and_the_increments_are_the_whole() {
    let world = World::of(OpenLdap::syncing(200).expect("OpenLDAP"));
    nested(&world);
    let adapter = world.adapter(&groups_line());
    let whole = world.adapter(&format!("{}\nlive = false", groups_line()));
    assert_eq!(read(&adapter, Reading::Whole).await, read(&whole, Reading::Whole).await);
    for (what, change) in changes(&world) {
        let waiting = adapter.clone();
        let mut wait = tokio::spawn(async move { waiting.changed(NOW).await });
        // It may not have begun to listen when the change is made: that must make no difference.
        assert!(timeout(SOON / 10, &mut wait).await.is_err(), "before {what} nothing has changed");
        change();
        let since = Instant::now();
        timeout(SOON, &mut wait).await.unwrap_or_else(|_| panic!("{what} was not known")).expect("no panic");
        // The directory tells one change while the next is being made: until the picture is the same, at most as long.
        let expected = read(&whole, Reading::Whole).await;
        while read(&adapter, Reading::Changes).await != expected {
            assert!(since.elapsed() < SOON, "{what}: {:?}", since.elapsed());
            timeout(SOON, adapter.changed(NOW)).await.unwrap_or_else(|_| panic!("{what} was not followed"));
        }
    }
    assert_eq!(read(&adapter, Reading::Whole).await, read(&whole, Reading::Whole).await);
}

/// What stays is taken from the last reading: with every change that must be what somebody sees who reads it for the first time.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_recognized_is_what_would_be_read() {
    let world = World::of(OpenLdap::syncing(200).expect("OpenLDAP"));
    nested(&world);
    let adapter = world.adapter(&groups_line());
    let reads = async || adapter.read(Reading::Whole, NOW).await.expect("read");
    let mut last = reads().await;
    for (what, change) in changes(&world) {
        assert!(Arc::ptr_eq(&last, &reads().await), "before {what} all is as it was");
        change();
        last = reads().await;
        assert_eq!(Shown::of(&last), read(&world.adapter(&groups_line()), Reading::Whole).await, "{what}");
    }
    let expired = adapter.read(Reading::Whole, Timestamp::ZERO).await.expect("read");
    assert_ne!(Shown::of(&last), Shown::of(&expired), "an account that expired later was open before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_takes_no_change_away_from_the_next_run() {
    let world = World::of(OpenLdap::syncing(3).expect("OpenLDAP"));
    let adapter = world.adapter("");
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 3);
    world.server.remove(&login(2)).expect("removed");
    assert_eq!(read(&adapter, Reading::Aside).await.people.len(), 2);
    timeout(SOON, adapter.changed(NOW)).await.expect("known all the same");
    assert_eq!(read(&adapter, Reading::Changes).await.people.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_was_away_is_followed_again() {
    let mut world = World::of(OpenLdap::syncing(3).expect("OpenLDAP"));
    let adapter = world.adapter("");
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 3);
    let waiting = adapter.clone();
    let mut wait = tokio::spawn(async move { waiting.changed(NOW).await });
    world.server.restart().expect("again");
    world.server.remove(&login(2)).expect("removed");
    // A pause of a second comes before each further attempt.
    timeout(SOON * 4, &mut wait).await.expect("known").expect("no panic");
    assert_eq!(read(&adapter, Reading::Changes).await.people.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_does_not_synchronize_is_read_whole() {
    let world = World::of(OpenLdap::start(3).expect("OpenLDAP"));
    let adapter = world.adapter("");
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 3);
    world.server.remove(&login(2)).expect("removed");
    assert_eq!(read(&adapter, Reading::Changes).await.people.len(), 2);
    assert!(timeout(SOON / 10, adapter.changed(NOW)).await.is_err(), "it cannot tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn controllers_are_asked_in_turn_and_one_that_hangs_costs_a_named_time_once() {
    let world = World::of(OpenLdap::start(2).expect("OpenLDAP"));
    // The kernel accepts for it, and nobody ever answers.
    let hanging = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hangs = format!("ldaps://localhost:{}", hanging.local_addr().expect("an address").port());
    let urls = format!("url = [\"ldaps://localhost:1\", {hangs:?}, {:?}]", world.server.tls_url());
    let one = format!("url = {:?}", world.server.tls_url());
    let text = world.server.configuration(FILTER).replace(&one, &urls);
    let adapter = directory(world.folder.path(), &text);
    let began = Instant::now();
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 2);
    let first = began.elapsed();
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 2);
    let second = began.elapsed() - first;
    assert!(
        first.as_secs() < 12 && second.as_secs() < 4,
        "{first:?}, then {second:?}: the one that answered comes first"
    );
}

/// OpenLDAP keeps its reasons to itself unless it is asked for them.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_password_policy_says_is_told() {
    const PASSWORD: &str = "the password of each of them";
    let person = |login: &str, more: &str| {
        let of =
            format!("uid: {login}\ncn: {login}\nsn: {login}\nemployeeType: staff\nuserPassword: {PASSWORD}\n{more}\n");
        format!("dn: {}\nobjectClass: inetOrgPerson\n{of}", dn(login))
    };
    let people = person("expired", "pwdChangedTime: 20200101000000Z\n")
        + &person("reset", "pwdReset: TRUE\n")
        + &person("locked", "pwdAccountLockedTime: 000001010000Z\n");
    let world = World::of(OpenLdap::with_password_policy(1, &people).expect("OpenLDAP"));
    let adapter = world.adapter("");
    for (login, hindrance) in [
        ("expired", Hindrance::PasswordExpired),
        ("reset", Hindrance::PasswordMustChange),
        ("locked", Hindrance::LockedOut),
    ] {
        let login = Login::parse(login).expect("a login");
        let verdict = adapter.check_password(&login, &Secret::new(PASSWORD.to_owned())).await;
        assert_eq!(verdict, Ok(Verdict::Blocked(hindrance)));
    }
    let wrong = Login::parse("reset").expect("a login");
    let verdict = adapter.check_password(&wrong, &Secret::new("another one".to_owned())).await;
    assert_eq!(verdict, Ok(Verdict::Wrong));

    let file = world.folder.path().join("service-password");
    std::fs::write(&file, PASSWORD).expect("written");
    let usual = world.server.configuration(FILTER);
    let with = |login: &str| {
        let lines = usual.lines().map(|line| match line.split_once(" = ").map(|(key, _)| key) {
            Some("bind_dn") => format!("bind_dn = {:?}", dn(login)),
            Some("bind_password_file") => format!("bind_password_file = {:?}", file.display().to_string()),
            _ => line.to_owned(),
        });
        directory(world.folder.path(), &lines.collect::<Vec<_>>().join("\n"))
    };
    for (login, fault) in [
        ("expired", LdapFault::ServicePasswordExpired),
        ("reset", LdapFault::ServicePasswordExpired),
        ("locked", LdapFault::ServiceAccountLocked),
    ] {
        assert_eq!(with(login).read(Reading::Whole, NOW).await.err(), Some(fault), "{login}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_port_is_made_safe_before_anything_is_said() {
    let world = World::of(OpenLdap::start(3).expect("OpenLDAP"));
    let usual = world.server.configuration(FILTER);
    let plain = usual.replace(&world.server.tls_url(), &world.server.url()) + "start_tls = true\n";
    let adapter = directory(world.folder.path(), &plain);
    assert_eq!(read(&adapter, Reading::Whole).await, read(&world.adapter(""), Reading::Whole).await);
    let own = Login::parse(&login(1)).expect("a login");
    let password = Secret::new(tests::openldap::password(1));
    assert!(matches!(adapter.check_password(&own, &password).await, Ok(Verdict::Right(_))));
    // The same port, and roots that did not sign its certificate.
    let others = World::of(OpenLdap::start(1).expect("OpenLDAP"));
    let ca_file = |world: &World| world.server.ca_file().display().to_string();
    let untrusted = directory(world.folder.path(), &plain.replace(&ca_file(&world), &ca_file(&others)));
    assert_eq!(untrusted.read(Reading::Whole, NOW).await.err(), Some(LdapFault::Certificate));
}
