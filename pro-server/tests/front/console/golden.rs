//! Every page and every form of the console, and which roles get an answer there: read from the list of addresses itself, so that a new
//! one without a line here fails.

use std::collections::{BTreeMap, BTreeSet};

use protocol::audit::Assignment;
use tests::postgres::Engine;

use super::{Browser, Office};
use crate::grant;
use crate::home::on_both_engines;

on_both_engines! {
    every_address_answers_the_roles_that_it_is_meant_for,
    whoever_is_beyond_a_role_is_not_there_for_it,
}

/// Verb and address, and who may: owner, people, policy (`l`), policy of a group (`g`), auditor (`a`), help desk (`h`); `*` for everybody who is signed in. Whoever
/// may not is told so, whatever the address names.
const GOLDEN: &str = "\
get /: *
get /people: o p a h
get /people/import: o p
post /people/import/run: o p
get /people/cards: o p
post /people/cards/print: o p
get /people/{id}: o p a h
post /people/{id}/code: o p h
get /people/{id}/reset: o p
post /people/{id}/reset: o p
get /people/{id}/suspend: o p
post /people/{id}/suspend: o p
get /people/{id}/resume: o p
post /people/{id}/resume: o p
get /people/{id}/erase: o
post /people/{id}/erase: o
post /people/{id}/export: o
get /people/{id}/devices/{device}/revoke: o p h
post /people/{id}/devices/{device}/revoke: o p h
get /directory: o p a
get /directory/runs: o p a
get /directory/plan: o p a
post /directory/run: o p
get /integrations: o p a
post /integrations/add: o
get /integrations/release: o p
post /integrations/release: o p
get /integrations/{id}/revoke: o
post /integrations/{id}/revoke: o
get /policy: o p l g a
get /policy/edit: o l
post /policy/review: o l
post /policy/publish: o l
get /policy/desk: o l g a
post /policy/desk/rule: o l g
post /policy/desk/version: o l g
post /policy/desk/publish: o l g
post /policy/desk/discard: o l g
get /audit: o a
get /audit/state: o a
get /audit/handover: o a
post /audit/verify: o a
post /audit/export: o a
get /approvals: o p l g a
get /approvals/quorum: o
post /approvals/quorum: o
get /approvals/{number}: o p l g a
post /approvals/{number}/approve: *
post /approvals/{number}/refuse: *
get /password: *
post /password: *
get /sessions: *
post /sessions/{id}/end: *
get /administrators: o a
post /administrators/invite: o
get /administrators/{id}/roles: o
post /administrators/{id}/roles: o
get /administrators/{id}/account: o
post /administrators/{id}/account: o
post /administrators/{id}/account/unlink: o
get /administrators/{id}/remove: o
post /administrators/{id}/remove: o
get /administrators/{id}/erase: o
post /administrators/{id}/erase: o
";

/// Before anybody is signed in, for whoever is, and what only leads back to a page.
const OUTSIDE: [&str; 19] = [
    "get ",
    "get /static/{name}",
    "post /language",
    "get /sign-in",
    "post /sign-in",
    "get /sign-in/with/{provider}",
    "get /sign-in/callback",
    "post /sign-out",
    "get /set-up/{token}",
    "post /set-up/{token}",
    "get /people/import/preview",
    "post /people/import/preview",
    "get /people/import/run",
    "get /people/cards/print",
    "get /people/{id}/code",
    "get /directory/run",
    "get /integrations/add",
    "get /policy/review",
    "get /policy/publish",
];
const BACK: [&str; 12] = [
    "get /policy/desk/rule",
    "get /policy/desk/version",
    "get /policy/desk/publish",
    "get /policy/desk/discard",
    "get /people/{id}/export",
    "get /audit/verify",
    "get /audit/export",
    "get /approvals/{number}/approve",
    "get /approvals/{number}/refuse",
    "get /sessions/{id}/end",
    "get /administrators/invite",
    "get /administrators/{id}/account/unlink",
];

/// What is mounted, from the text of the one place that mounts it.
fn mounted() -> BTreeSet<String> {
    let source = include_str!("../../../../admin-console/src/pages.rs");
    let mut found = BTreeSet::new();
    for service in source.split("at(\"").skip(1) {
        let path = service.split('"').next().expect("quoted");
        let calls = service.split("at(\"").next().expect("the rest");
        for verb in ["get", "post"] {
            if calls.contains(&format!("{verb}()")) {
                found.insert(format!("{verb} {path}"));
            }
        }
    }
    found
}

fn golden() -> BTreeMap<&'static str, Vec<&'static str>> {
    GOLDEN.lines().filter_map(|line| line.split_once(": ")).map(|(at, who)| (at, who.split(' ').collect())).collect()
}

#[test]
fn every_address_has_its_line() {
    let known: BTreeSet<String> = golden().into_keys().chain(OUTSIDE).chain(BACK).map(str::to_owned).collect();
    let mounted = mounted();
    assert!(mounted.len() > 60, "the list is read: {mounted:?}");
    let missing: Vec<_> = mounted.difference(&known).collect();
    let gone: Vec<_> = known.difference(&mounted).collect();
    assert!(missing.is_empty() && gone.is_empty(), "who may: {missing:?}; mounted nowhere: {gone:?}");
}

pub async fn with_role(office: &Office, name: &'static str, role: &str) -> Browser {
    let role: Assignment = role.parse().expect("a role");
    let made = office.running.services.add_administrator(&grant(), &[role]).await.expect("made");
    let totp = Office::set_up(&office.running, &office.ambient, &made.token, name).await;
    office.signed_in(name, &totp).await
}

const REFUSED: &str = "Your role does not allow this";

/// Whether the role was let through; what is named does not exist, so nothing is done.
async fn is_let_in(browser: &mut Browser, csrf: &str, at: &str) -> bool {
    let (verb, path) = at.split_once(' ').expect("a verb");
    let nobody = "00".repeat(16);
    let path = path.replace("{id}", &nobody).replace("{device}", &nobody).replace("{number}", "404");
    let path = format!("/admin{path}");
    let answer = match verb {
        "get" => browser.get(&path).await,
        _ => {
            let digest = "00".repeat(32);
            let fields = [
                ("csrf", csrf),
                ("role-auditor", "yes"),
                ("expected", "999"),
                ("min_version", "0.0.0"),
                ("visibility", "all"),
                ("plan", &digest),
                ("digest", &digest),
                ("scope", "read"),
                ("days", "90"),
                ("name", ""),
                ("rule", "file.send"),
                ("value", "off"),
                ("version", "404"),
                ("shown", "1"),
            ];
            browser.post(&path, &fields).await
        }
    };
    assert_ne!(answer.status, 500, "{at}");
    assert!(!answer.location().contains("sign-in"), "{at} signed somebody out");
    !(answer.status == 403 && answer.body.contains(REFUSED))
}

async fn every_address_answers_the_roles_that_it_is_meant_for(engine: Engine) {
    let office = Office::open(engine).await;
    let mut wrong = Vec::new();
    for (letter, role, name) in [
        ("h", "help-desk", "hugo"),
        ("p", "people", "nadia"),
        ("l", "policy", "olivier"),
        ("g", "policy:lyon", "basile"),
        ("a", "auditor", "alix"),
        ("o", "owner", "zelie"),
    ] {
        let mut browser = with_role(&office, name, role).await;
        let csrf = browser.get("/admin/").await.csrf().to_owned();
        for (at, who) in golden() {
            let is_meant = who.contains(&letter) || who == ["*"];
            // The quorum is set by whoever may; it is looked at on its own.
            if at == "post /approvals/quorum" && is_meant {
                continue;
            }
            if is_let_in(&mut browser, &csrf, at).await != is_meant {
                wrong.push(format!("{role} at {at}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    office.running.stop().await.expect("stopped");
}

async fn whoever_is_beyond_a_role_is_not_there_for_it(engine: Engine) {
    let office = Office::open(engine).await;
    let csv = b"login,name,groups\nnotary03,Notary Three,lyon\nnotary04,Notary Four,paris\n";
    office.running.services.import_people(&grant(), csv).await.expect("imported");
    let (inside, beyond) = (office.page_of("notary03").await, office.page_of("notary04").await);
    for (name, role) in [("hugo", "help-desk:lyon"), ("nadia", "people:lyon"), ("alix", "auditor:lyon")] {
        let mut browser = with_role(&office, name, role).await;
        let list = browser.get("/admin/people").await;
        assert!(list.body.contains("Notary Three") && !list.body.contains("Notary Four"), "{role}");
        assert!(!browser.get("/admin/people?q=notary04").await.body.contains("Notary Four"), "{role} finds nobody");
        assert_eq!(browser.get(&inside).await.status, 200, "{role}");
        assert_eq!(browser.get(&beyond).await.status, 404, "{role}");
        let csrf = browser.get("/admin/").await.csrf().to_owned();
        for verb in ["code", "reset", "suspend", "resume"] {
            let answer = browser.post(&format!("{beyond}/{verb}"), &[("csrf", &csrf)]).await;
            assert!([403, 404].contains(&answer.status), "{role} {verb}: {}", answer.status);
        }
        for of_everybody in ["/admin/directory", "/admin/audit", "/admin/administrators", "/admin/integrations"] {
            assert_eq!(browser.get(of_everybody).await.status, 403, "{role} {of_everybody}");
        }
    }
    let before = office.acts().await;
    let mut clerk = with_role(&office, "hugues", "help-desk:lyon").await;
    let csrf = clerk.get("/admin/").await.csrf().to_owned();
    let code = clerk.post(&format!("{inside}/code"), &[("csrf", &csrf)]).await;
    assert_eq!(code.status, 200, "a newcomer of the group: {}", code.body);
    assert!(office.acts().await > before);
    office.running.stop().await.expect("stopped");
}
