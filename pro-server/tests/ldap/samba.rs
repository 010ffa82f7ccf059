//! A real Active Directory domain (Samba): accounts, names, large groups, groups in groups, and increments by its own numbers.

use std::time::{Duration, Instant};

use pro_server::directory::fault::LdapFault;
use pro_server::directory::ldap::{Hindrance, LdapDirectory, Reading, Verdict};
use pro_server::domain::member::Login;
use pro_server::domain::withheld::NoAccess;
use protocol::secret::Secret;
use tempfile::TempDir;
use tests::samba::{MANY, MANY_MEMBERS, SHORT_DOMAIN, STAFF, Samba, dn, login, password};
use tokio::time::timeout;

use super::{Change, NOW, Shown, directory};

/// A controller is asked for changes every five seconds.
const WITHIN: Duration = Duration::from_secs(12);
const ENABLED: u32 = 512;
const DISABLED: u32 = 514;

struct World {
    domain: Samba,
    folder: TempDir,
}

impl World {
    fn start() -> Self {
        Self { domain: Samba::start().expect("a domain"), folder: tempfile::tempdir().expect("a folder") }
    }

    fn adapter(&self, lines: &str) -> LdapDirectory {
        let account = format!("{SHORT_DOMAIN}\\administrator");
        directory(self.folder.path(), &format!("{}{lines}\n", self.domain.configuration(&account)))
    }

    fn modify(&self, dn: &str, lines: &str) {
        self.domain.change(&format!("dn: {dn}\nchangetype: modify\n{lines}\n")).expect("changed");
    }

    fn set(&self, person: usize, attribute: &str, value: &str) {
        self.modify(&dn(person), &format!("replace: {attribute}\n{attribute}: {value}\n"));
    }

    fn group(&self, name: &str, members: &[String]) {
        let members: String = members.iter().map(|member| format!("member: {member}\n")).collect();
        let entry = format!("objectClass: group\nsAMAccountName: {name}\n{members}");
        self.domain.change(&format!("dn: {}\nchangetype: add\n{entry}", group_dn(name))).expect("added");
    }

    /// Four groups in each other, in a circle, with person 1 in the innermost.
    fn nested(&self) {
        self.group("One", &[dn(1)]);
        self.group("Two", &[group_dn("One")]);
        self.group("Three", &[group_dn("Two")]);
        self.group("Four", &[group_dn("Three"), dn(2)]);
        self.modify(&group_dn("One"), &format!("add: member\nmember: {}\n", group_dn("Four")));
    }
}

fn group_dn(name: &str) -> String {
    format!("CN={name},{STAFF}")
}

fn full(person: usize) -> String {
    format!("{}@ad.example.test", login(person))
}

async fn read(adapter: &LdapDirectory, reading: Reading) -> Shown {
    Shown::of(&adapter.read(reading, NOW).await.expect("read"))
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_groups_are_what_the_domain_says() {
    let world = World::start();
    world.nested();
    world.set(3, "userAccountControl", &DISABLED_WITHOUT_PASSWORD.to_string());
    // In 2024; and a lock-out, which is neither.
    world.set(4, "accountExpires", "133500000000000000");
    let groups = format!("group_base_dn = {STAFF:?}\n");
    let shown = read(&world.adapter(&groups), Reading::Whole).await;
    assert_eq!(shown.people.len(), MANY_MEMBERS - 2);
    let causes: Vec<NoAccess> = shown.without_access.values().copied().collect();
    assert!(causes.contains(&NoAccess::Disabled) && causes.contains(&NoAccess::Expired), "{causes:?}");
    let all = ["four", "many", "one", "three", "two"];
    assert!(shown.groups_of(&full(1)).into_iter().eq(all));
    assert!(shown.groups_of(&full(2)).into_iter().eq(all), "the circle leads back in");
    assert!(shown.groups_of(&full(5)).into_iter().eq(["many"]), "one of {MANY_MEMBERS}");

    // The domain's own rule and our closure find the same people.
    let required = format!("required_group = {:?}\n", group_dn("Three"));
    let by_rule = read(&world.adapter(&required), Reading::Whole).await;
    let by_closure = read(&world.adapter(&format!("{required}{groups}")), Reading::Whole).await;
    assert!(by_rule.logins().into_iter().eq([full(1).as_str(), full(2).as_str()]), "{:?}", by_rule.logins());
    assert_eq!(by_rule.logins(), by_closure.logins());
    assert_eq!(by_rule.without_access, by_closure.without_access);
    let missing = world.adapter(&format!("required_group = {:?}\n", group_dn("Missing")));
    assert_eq!(missing.read(Reading::Whole, NOW).await.err(), Some(LdapFault::RequiredGroup));
    let many = read(&world.adapter(&format!("required_group = {MANY:?}\n{groups}")), Reading::Whole).await;
    assert_eq!(many.people.len(), MANY_MEMBERS - 2);
}

/// Samba's people here have none until they are given one.
const DISABLED_WITHOUT_PASSWORD: u32 = DISABLED | 32;

#[tokio::test(flavor = "multi_thread")]
async fn increments_are_the_whole_and_an_id_outlives_a_name() {
    let world = World::start();
    world.nested();
    let few = format!("filter = \"(&(objectClass=user)(sAMAccountName=notary000*))\"\ngroup_base_dn = {STAFF:?}\n");
    let adapter = world.adapter(&few);
    let whole = world.adapter(&format!("{few}live = false\n"));
    let before = read(&adapter, Reading::Whole).await;
    assert_eq!(before.people.len(), 9);
    let id_of = |shown: &Shown, login: &str| {
        shown.people.iter().find(|(_, (known, _))| known == login).map(|(id, _)| id.clone()).expect("there")
    };
    let renamed = format!("CN=Another name,{STAFF}");
    let changes: [Change<'_>; 7] = [
        ("disabled", Box::new(|| world.set(1, "userAccountControl", &DISABLED_WITHOUT_PASSWORD.to_string()))),
        ("enabled", Box::new(|| world.set(1, "userAccountControl", "544"))),
        ("out of the filter", Box::new(|| world.set(2, "sAMAccountName", "former2"))),
        (
            "renamed",
            Box::new(|| {
                let rename = "changetype: modrdn\nnewrdn: CN=Another name\ndeleteoldrdn: 1\n";
                world.domain.change(&format!("dn: {}\n{rename}", dn(3))).expect("renamed");
            }),
        ),
        (
            "moved out of sight",
            Box::new(|| {
                let moved = "changetype: modrdn\nnewrdn: CN=Another name\ndeleteoldrdn: 1\nnewsuperior: CN=Users,DC=ad,DC=example,DC=test\n";
                world.domain.change(&format!("dn: {renamed}\n{moved}")).expect("moved");
            }),
        ),
        (
            "deleted",
            Box::new(|| world.domain.change(&format!("dn: {}\nchangetype: delete\n", dn(4))).expect("deleted")),
        ),
        ("a group in no group", Box::new(|| world.modify(&group_dn("Three"), "delete: member\n"))),
    ];
    for (what, change) in changes {
        change();
        timeout(WITHIN, adapter.changed(NOW)).await.unwrap_or_else(|_| panic!("{what} was not known"));
        let expected = read(&whole, Reading::Whole).await;
        let began = Instant::now();
        assert_eq!(read(&adapter, Reading::Changes).await, expected, "{what}");
        assert!(began.elapsed() < WITHIN);
        if what == "renamed" {
            assert_eq!(id_of(&expected, &full(3)), id_of(&before, &full(3)), "the same person");
        }
    }
    assert_eq!(read(&adapter, Reading::Whole).await.people.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_answered_in_the_domain_s_own_words() {
    let world = World::start();
    for (person, control) in [(1, ENABLED), (2, DISABLED), (3, ENABLED), (4, ENABLED)] {
        world.domain.set_password(person, control).expect("set");
    }
    world.set(3, "accountExpires", "133500000000000000");
    world.set(4, "pwdLastSet", "0");
    let adapter = world.adapter("");
    let check = async |name: String, password: &str| {
        let login = Login::parse(&name).expect("a login");
        adapter.check_password(&login, &Secret::new(password.to_owned())).await.expect("an answer")
    };
    let right = check(full(1), password()).await;
    assert!(matches!(right, Verdict::Right(_)));
    assert_eq!(check(login(1), password()).await, right, "both names are one person");
    for (name, password) in
        [(full(1), "another"), (full(1), ""), ("nobody".to_owned(), password()), (login(2), "another")]
    {
        assert_eq!(check(name, password).await, Verdict::Wrong);
    }
    assert_eq!(check(full(2), password()).await, Verdict::Blocked(Hindrance::Disabled));
    assert_eq!(check(full(3), password()).await, Verdict::Blocked(Hindrance::AccountExpired));
    assert_eq!(check(full(4), password()).await, Verdict::Blocked(Hindrance::PasswordMustChange));

    let file = world.domain.password_file(password()).expect("written");
    for (person, fault) in [
        (1, None),
        (2, Some(LdapFault::ServiceAccountClosed)),
        (4, Some(LdapFault::ServicePasswordExpired)),
        (9, Some(LdapFault::ServiceAccount)),
    ] {
        let text = world.domain.configuration(&full(person)).replace("/password\"", "/other-password\"");
        assert!(file.ends_with("other-password"));
        let adapter = directory(world.folder.path(), &text);
        assert_eq!(adapter.read(Reading::Whole, NOW).await.err(), fault, "{person}");
    }
}
