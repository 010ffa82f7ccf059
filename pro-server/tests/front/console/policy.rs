//! The policy's desk in a browser: a rule is drafted, looked at, published exactly as it was looked at, and taken back.

use protocol::policy::PolicyKey;
use tests::postgres::Engine;

use super::Office;
use super::browser::Browser;
use crate::home::on_both_engines;

on_both_engines! {
    a_rule_is_drafted_looked_at_published_and_taken_back,
}

const DESK: &str = "/admin/policy/desk";

/// What the page names the draft.
fn mark(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"shown\" value=\"").expect("a draft to publish");
    rest.split_once('"').expect("its mark").0.to_owned()
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
    assert!(page.contains("file.max_bytes") && page.contains("<ins>5</ins>"), "what changes: {page}");
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

    let csrf = owner.get(DESK).await.csrf().to_owned();
    let kept = owner.post("/admin/policy/desk/version", &[("csrf", &csrf), ("version", "1")]).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    let back = mark(&owner.get(DESK).await.body);
    assert_eq!(publish(&mut owner, &back).await, 303);
    assert_eq!(in_force().policy.file_max_bytes(), None, "as version 1 said");
    assert_eq!(in_force().version, 3);
    office.running.stop().await.expect("stopped");
}
