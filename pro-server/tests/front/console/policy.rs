//! The policy's desk in a browser: a rule is drafted, looked at, published exactly as it was looked at, and taken back.

use pro_server::domain::policy::Settings;
use protocol::policy::{Policy, PolicyKey, Rules};
use tests::postgres::Engine;

use super::Office;
use super::browser::Browser;
use super::golden::with_role;
use crate::grant;
use crate::home::on_both_engines;

on_both_engines! {
    a_rule_is_drafted_looked_at_published_and_taken_back,
    somebody_with_the_policy_of_a_group_sets_its_rules_and_hears_of_no_others,
}

const DESK: &str = "/admin/policy/desk";

/// What the page names the draft.
fn mark(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"shown\" value=\"").expect("a draft to publish");
    rest.split_once('"').expect("its mark").0.to_owned()
}

async fn draft_at(browser: &mut Browser, scope: &str, value: &str) -> u16 {
    let csrf = browser.get(DESK).await.csrf().to_owned();
    let fields = [("csrf", csrf.as_str()), ("rule", "file.max_bytes"), ("scope", scope), ("value", value)];
    browser.post("/admin/policy/desk/rule", &fields).await.status
}

async fn draft(browser: &mut Browser, value: &str, lock: &str) -> String {
    let csrf = browser.get(DESK).await.csrf().to_owned();
    let fields = [("csrf", csrf.as_str()), ("rule", "file.max_bytes"), ("scope", ""), ("value", value), ("lock", lock)];
    let kept = browser.post("/admin/policy/desk/rule", &fields).await;
    assert_eq!((kept.status, kept.location()), (303, DESK), "{}", kept.body);
    mark(&browser.get(DESK).await.body)
}

async fn publish(browser: &mut Browser, mark: &str) -> u16 {
    let csrf = browser.get(DESK).await.csrf().to_owned();
    browser.post("/admin/policy/desk/publish", &[("csrf", &csrf), ("shown", mark)]).await.status
}

async fn a_rule_is_drafted_looked_at_published_and_taken_back(engine: Engine) {
    let office = Office::open(engine).await;
    let mut owner = office.owner().await;
    let in_force = || office.running.services.policy();
    let first = draft(&mut owner, "5", "lock").await;
    let page = owner.get(DESK).await.body;
    assert!(page.contains("file.max_bytes") && page.contains("<ins>5\u{a0}bytes</ins>"), "what changes: {page}");
    assert_eq!(in_force().policy.file_max_bytes(), None, "a draft touches nobody");

    // Somebody changes the draft meanwhile: what was looked at is not there any more.
    let second = draft(&mut owner, "7", "keep").await;
    assert_eq!(publish(&mut owner, &first).await, 409);
    assert_eq!(publish(&mut owner, &second).await, 303);
    let policy = in_force();
    assert_eq!(policy.policy.file_max_bytes(), Some(7));
    assert!(policy.rules().locked.contains(&PolicyKey::FileMaxBytes), "keeping a lock is not lifting it");

    let page = owner.get("/admin/policy").await.body;
    for shown in ["0..18446744073709551615|none", "7..90", "admin.session_hours", "no guarantee", "badge"] {
        assert!(page.contains(shown), "{shown} is not on the page");
    }
    for said in ["With a password or a sign-in", "7 to 90 days", "15 minutes without use", "Anywhere"] {
        assert!(page.contains(said), "{said} is not said");
    }

    let csrf = owner.get(DESK).await.csrf().to_owned();
    let kept = owner.post("/admin/policy/desk/version", &[("csrf", &csrf), ("version", "1")]).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    let back = mark(&owner.get(DESK).await.body);
    assert_eq!(publish(&mut owner, &back).await, 303);
    assert_eq!(in_force().policy.file_max_bytes(), None, "as version 1 said");
    assert_eq!(in_force().version, 3);
    office.running.stop().await.expect("stopped");
}

const STAFF: &[u8] = b"login,name,groups\nanna,Anna,paris\nbruno,Bruno,paris;lyon\ncleo,Cleo,lyon\n";

async fn somebody_with_the_policy_of_a_group_sets_its_rules_and_hears_of_no_others(engine: Engine) {
    let office = Office::open(engine).await;
    let services = &office.running.services;
    services.import_people(&grant(), STAFF).await.expect("imported");
    let rule = |settings: &mut Settings, scope: &str, rows: &[_]| {
        let rules = Rules { policy: Policy::of(rows).expect("rows"), ..Rules::default() };
        settings.layers.insert(scope.parse().expect("a scope"), rules);
    };
    let (version, mut settings) = services.settings(&grant());
    rule(&mut settings, "group:paris", &[(PolicyKey::FileMaxBytes, "777")]);
    let before = services.publish_policy(&grant(), settings, version).await.expect("published").version;
    let mut owner = office.owner().await;
    assert_eq!(draft_at(&mut owner, "group:paris", "778").await, 303, "a draft of everybody");

    let mut lyon = with_role(&office, "basile", "policy:lyon").await;
    let page = lyon.get(DESK).await.body;
    assert!(page.contains("group:lyon") && !page.contains("paris"), "a group beyond: {page}");
    assert!(!page.contains("name=\"shown\""), "the draft of everybody is not there");
    assert!(!lyon.get("/admin/policy").await.body.contains("/admin/policy/edit"));
    assert_eq!(lyon.get("/admin/policy/edit").await.status, 403);
    // Paris, somebody by name and a group that nobody knows are the same to them; everybody is not theirs.
    for beyond in ["group:paris", "person:anna", "person:bruno", "group:nowhere"] {
        assert_eq!(draft_at(&mut lyon, beyond, "5").await, 422, "{beyond}");
    }
    assert_eq!(draft_at(&mut lyon, "", "5").await, 403);
    assert_eq!(draft_at(&mut lyon, "group:lyon", "5").await, 303);
    let page = lyon.get(DESK).await.body;
    assert!(page.contains("2 people") && !page.contains("paris"), "who is reached: {page}");
    assert!(owner.get(DESK).await.body.contains("<ins>778\u{a0}bytes</ins>"), "the other draft stands");

    // Something beyond them is published meanwhile, which changes nothing that they looked at.
    let shown = mark(&page);
    let owners = mark(&owner.get(DESK).await.body);
    assert_eq!(publish(&mut owner, &owners).await, 303);
    assert_eq!(publish(&mut lyon, &shown).await, 303);
    let of = |scope: &str| {
        let (_, settings) = services.settings(&grant());
        let scope = scope.parse().expect("a scope");
        settings.layers.get(&scope).map(|rules| rules.policy.value(PolicyKey::FileMaxBytes))
    };
    assert_eq!((of("group:lyon"), of("group:paris")), (Some("5".to_owned()), Some("778".to_owned())));

    // A rule for everybody is something that they look at.
    assert_eq!(draft_at(&mut lyon, "group:lyon", "4").await, 303);
    let shown = mark(&lyon.get(DESK).await.body);
    let owners = draft(&mut owner, "900", "keep").await;
    assert_eq!(publish(&mut owner, &owners).await, 303);
    assert_eq!(publish(&mut lyon, &shown).await, 409, "look again");
    let csrf = lyon.get(DESK).await.csrf().to_owned();
    assert_eq!(lyon.post("/admin/policy/desk/discard", &[("csrf", &csrf)]).await.status, 303);

    // Back to a version: the rules of Lyon of then, and Paris as it is.
    let page = lyon.get(DESK).await.body;
    let offered = |version: u64| page.contains(&format!("name=\"version\" value=\"{version}\""));
    assert!(offered(1) && !offered(before) && offered(before + 2), "versions that changed something of theirs: {page}");
    let csrf = lyon.get(DESK).await.csrf().to_owned();
    let kept = lyon.post("/admin/policy/desk/version", &[("csrf", &csrf), ("version", "1")]).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    let back = mark(&lyon.get(DESK).await.body);
    assert_eq!(publish(&mut lyon, &back).await, 303);
    assert_eq!((of("group:lyon"), of("group:paris")), (None, Some("778".to_owned())));
    office.running.stop().await.expect("stopped");
}
