//! The fault list: a server that knows its people meets each fault of a directory. Each is told by a stable code and, in both
//! languages, with what to do next; nobody loses access by any of them, and whoever really left does afterwards.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pro_server::clock::Ambient;
use pro_server::config::Config;
use pro_server::domain::access::{Grant, LocalAdministrator, Permission};
use pro_server::domain::member::Attribute;
use pro_server::domain::member::Standing;
use pro_server::domain::sync::SkipReason;
use pro_server::service::sync::{Agreed, RunReport};
use pro_server::service::{ServiceConfig, ServiceError, Services};
use pro_server::words::Words;
use tempfile::TempDir;

use super::ber::{self, Request, bound, done, entry, reference};
use super::script::{Act, PEOPLE, Scripted, end, person};

const COUNT: u8 = 8;
/// How many an answer shows before it breaks.
const SHOWN: u8 = 2;
const EXPIRED: &str = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 532, v4563";
const PAUSE: Duration = Duration::from_millis(300);
const DUE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Slow,
    Hanging,
    Cut,
    SizeLimit,
    Busy,
    Referral,
    ExpiredPassword,
    OddEntries,
    /// None: somebody has left.
    OneLess,
    /// The same, and at the next look somebody else.
    OneLessThenTwo,
    TwoLess,
}

fn answer(trouble: Trouble, request: &Request) -> Vec<Act> {
    let all = |last: u8| (1..=last).map(|number| person(request, number, &[]));
    let broken = |last: Vec<Act>| all(SHOWN).chain(last).collect();
    match (request.operation, trouble) {
        (ber::BIND, Trouble::ExpiredPassword) => vec![Act::Say(bound(request.id, 49, EXPIRED))],
        (ber::BIND, _) => vec![Act::Say(bound(request.id, 0, ""))],
        (ber::SEARCH, _) if request.base.is_empty() => {
            vec![Act::Say(entry(request.id, "", &[], &[])), Act::Say(done(request.id, 0, &[]))]
        }
        (ber::SEARCH, Trouble::Slow) => {
            all(COUNT).flat_map(|act| [Act::Pause(PAUSE), act]).chain([end(request, 0, &[])]).collect()
        }
        (ber::SEARCH, Trouble::Hanging) => broken(vec![Act::Hang]),
        (ber::SEARCH, Trouble::Cut) => broken(vec![Act::Cut]),
        (ber::SEARCH, Trouble::SizeLimit) => broken(vec![end(request, 4, &[])]),
        (ber::SEARCH, Trouble::Busy) => broken(vec![end(request, 51, &[])]),
        (ber::SEARCH, Trouble::Referral) => {
            broken(vec![Act::Say(reference(request.id, "ldap://other/ou=x")), end(request, 0, &[])])
        }
        (ber::SEARCH, Trouble::OddEntries) => odd(request),
        (ber::SEARCH, Trouble::OneLess | Trouble::OneLessThenTwo) => {
            all(COUNT - 1).chain([end(request, 0, &[])]).collect()
        }
        (ber::SEARCH, Trouble::TwoLess) => all(COUNT - 2).chain([end(request, 0, &[])]).collect(),
        (ber::SEARCH, _) => all(COUNT).chain([end(request, 0, &[])]).collect(),
        _ => vec![Act::Cut],
    }
}

/// Everybody whom the server knows, each with another surprise.
fn odd(request: &Request) -> Vec<Act> {
    let text = |value: &str| vec![value.as_bytes().to_vec()];
    let said = |number: u8, login: Vec<Vec<u8>>, name: Vec<Vec<u8>>, mail: Vec<Vec<u8>>| {
        let byte = format!("{number:02x}");
        let id = [4, 2, 2, 2, 6].map(|bytes| byte.repeat(bytes)).join("-");
        let attributes = [("entryUUID", text(&id)), ("uid", login), ("cn", name), ("mail", mail)];
        Act::Say(entry(request.id, &format!("uid=notary{number},{PEOPLE}"), &attributes, &[]))
    };
    let login = |number: u8| text(&format!("notary{number}"));
    vec![
        said(1, vec![vec![0xff, 0xfe, 0x00]], text("Binary"), Vec::new()),
        said(2, vec![b"notary2".to_vec(), b"second".to_vec()], text("Several"), Vec::new()),
        said(3, login(3), Vec::new(), Vec::new()),
        said(4, login(4), vec![vec![b'x'; 1 << 20]], Vec::new()),
        said(5, login(5), text("Notary \u{202e}60"), Vec::new()),
        said(6, login(6), text("Not\0ary"), Vec::new()),
        said(7, login(7), text("Zoe\u{308} \u{5d0}\u{5d1}"), Vec::new()),
        said(8, login(8), text("Notary"), vec![vec![0xff], b"two@example.test".to_vec()]),
        Act::Say(entry(request.id, "", &[], &[])),
        end(request, 0, &[]),
    ]
}

struct Town {
    services: Services,
    directory: Scripted,
    trouble: Arc<Mutex<Trouble>>,
    folder: TempDir,
}

fn grant<P: Permission>() -> Grant<P> {
    LocalAdministrator::of_peer(0, 0).expect("root").grant()
}

async fn open(folder: &TempDir, toml: &str) -> Services {
    let file = folder.path().join("config.toml");
    std::fs::write(&file, toml).expect("written");
    let config = Config::load(Some(&file), folder.path(), std::iter::empty()).expect("a configuration");
    let Config { data, store: database, directory, identity, .. } = config;
    Services::open(ServiceConfig { data, database, directory, identity }, &Ambient::system()).await.expect("opens")
}

impl Town {
    /// A server that knows everybody.
    async fn start() -> Self {
        let trouble = Arc::new(Mutex::new(Trouble::None));
        let now = Arc::clone(&trouble);
        let said = move |request: &Request| {
            let mut now = now.lock().expect("nobody panics with it");
            let answer = answer(*now, request);
            if *now == Trouble::OneLessThenTwo && request.operation == ber::SEARCH && !request.base.is_empty() {
                *now = Trouble::TwoLess;
            }
            answer
        };
        let directory = Scripted::start_with(said).await;
        let folder = tempfile::tempdir().expect("a folder");
        let services = open(&folder, &directory.configuration()).await;
        let town = Town { services, directory, trouble, folder };
        assert_eq!(town.run(Trouble::None).await.expect("read").counts.added, u64::from(COUNT));
        town
    }

    async fn run(&self, trouble: Trouble) -> Result<RunReport, ServiceError> {
        *self.trouble.lock().expect("nobody panics with it") = trouble;
        let source = self.services.source(None).expect("the only one");
        self.services.run_directory(&grant(), source, Agreed::Any).await
    }

    async fn with_access(&self) -> usize {
        let people = self.services.people(&grant()).await.expect("people");
        people.iter().filter(|person| person.standing == Standing::Provisioned).count()
    }

    /// The code, and that in both languages it says what to do next.
    async fn told(&self, outcome: Result<RunReport, ServiceError>, code: &str, next: [&str; 2]) {
        let error = outcome.expect_err(code);
        assert_eq!(error.code(), code);
        for (language, next) in ["en", "fr"].into_iter().zip(next) {
            let words = Words::of_environment(|_| Some(language.to_owned()));
            let said = words.try_say_with(&format!("refused-{code}"), &[("detail", "".into())]).expect("words");
            assert!(said.contains(next), "{said}");
        }
        assert_eq!(self.with_access().await, usize::from(COUNT), "nobody is suspended by {code}");
    }
}

#[tokio::test]
async fn each_fault_is_told_with_the_next_step_and_suspends_nobody() {
    let town = Town::start().await;
    for (trouble, code, next) in [
        (Trouble::Hanging, "ldap-timeout", ["Check its load and the network", "Vérifiez sa charge et le réseau"]),
        (Trouble::Cut, "ldap-disconnected", ["Try again", "Réessayez"]),
        (Trouble::SizeLimit, "ldap-size-limit", ["unlimited paged results", "résultats paginés sans limite"]),
        (Trouble::Busy, "ldap-busy", ["look at the directory’s own log", "consultez le journal de l’annuaire"]),
        (Trouble::Referral, "ldap-referral", ["make it a source of its own", "faites-en une source à part"]),
        (
            Trouble::ExpiredPassword,
            "ldap-service-password-expired",
            ["in bind_password_file", "dans bind_password_file"],
        ),
    ] {
        let outcome = town.run(trouble).await;
        town.told(outcome, code, next).await;
    }
    let slow = town.run(Trouble::Slow).await.expect("slow is not wrong");
    assert_eq!((slow.counts.seen, slow.counts.suspended), (u64::from(COUNT), 0));
    // That nobody was suspended says something only if somebody can be.
    let left = town.run(Trouble::OneLess).await.expect("read");
    assert_eq!((left.counts.suspended, town.with_access().await), (1, usize::from(COUNT) - 1));
}

/// Who was there at the first look and missing at the second is spared; since that change was read, the directory announces no other.
#[tokio::test]
async fn whoever_goes_between_two_looks_goes_soon_after() {
    let town = Town::start().await;
    let first = town.run(Trouble::OneLessThenTwo).await.expect("read");
    assert_eq!((first.counts.suspended, town.with_access().await), (1, usize::from(COUNT) - 1));
    let source = town.services.source(None).expect("the only one");
    let due = tokio::time::timeout(DUE, town.services.directory_changed(source)).await;
    due.expect("a run is due although nothing changes any more");
    let next = town.run(Trouble::TwoLess).await.expect("read");
    assert_eq!((next.counts.suspended, town.with_access().await), (1, usize::from(COUNT) - 2));
}

#[tokio::test]
async fn a_certificate_that_is_suddenly_another_one_is_told_and_suspends_nobody() {
    let mut town = Town::start().await;
    let impostor = Scripted::start(&[], |request| vec![end(request, 0, &[])]).await;
    let toml = town.directory.configuration().replace(&town.directory.url, &impostor.url);
    town.services.close().await;
    town.services = open(&town.folder, &toml).await;
    let outcome = town.run(Trouble::None).await;
    let next = ["Set directory.ldap.ca_file to the roots", "Mettez dans directory.ldap.ca_file les racines"];
    town.told(outcome, "ldap-certificate", next).await;
}

#[tokio::test]
async fn surprises_in_the_entries_of_known_people_leave_them_as_they_are() {
    let town = Town::start().await;
    let report = town.run(Trouble::OddEntries).await.expect("one bad entry never stops a run");
    assert_eq!((report.counts.suspended, report.counts.changed), (0, 1));
    assert_eq!(town.with_access().await, usize::from(COUNT));
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|skipped| (skipped.login.as_ref().map(|login| login.expose().clone()), skipped.reason))
        .collect();
    let of = |number: u8, reason| (Some(format!("notary{number}")), reason);
    for expected in [
        of(1, SkipReason::Missing(Attribute::Login)),
        of(2, SkipReason::SeveralValues(Attribute::Login)),
        of(3, SkipReason::Missing(Attribute::Name)),
        of(4, SkipReason::Unusable(Attribute::Name)),
        of(5, SkipReason::Unusable(Attribute::Name)),
        of(6, SkipReason::Unusable(Attribute::Name)),
        (None, SkipReason::Missing(Attribute::Id)),
    ] {
        assert!(skipped.contains(&expected), "{expected:?} in {skipped:?}");
    }
    assert_eq!(skipped.len(), 7);
}
