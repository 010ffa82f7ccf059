//! Another password of one's own, in a browser: every refusal in words, and what the old one opened is closed. How long sessions last
//! stands beside them as the policy says it.

use protocol::policy::{Policy, PolicyKey};
use tests::postgres::Engine;

use super::{Office, PASSWORD};
use crate::grant;
use crate::home::on_both_engines;

on_both_engines! {
    somebody_takes_another_password,
    the_sessions_page_says_how_long_sessions_last_now,
}

const NEXT: &str = "heron over the lagoon";

async fn somebody_takes_another_password(engine: Engine) {
    let office = Office::open(engine).await;
    let (mut here, mut elsewhere) = (office.auditor().await, office.auditor().await);
    assert!(here.get("/admin/sessions").await.body.contains("/admin/password"), "a way to it");
    let code = office.code(&office.auditor);
    for (current, next, again, status, words) in [
        (PASSWORD, NEXT, "heron over the harbour", 422, "The two passwords differ"),
        (PASSWORD, "short", "short", 422, "at least 12 characters"),
        ("not the one", NEXT, NEXT, 403, "The present password or the code is wrong"),
        (PASSWORD, PASSWORD, PASSWORD, 422, "This is the password that you have"),
    ] {
        let csrf = here.get("/admin/password").await.csrf().to_owned();
        let fields = [("csrf", csrf.as_str()), ("current", current), ("code", &code), ("next", next), ("again", again)];
        let answer = here.post("/admin/password", &fields).await;
        assert_eq!(answer.status, status, "{words}");
        assert!(answer.body.contains(words) && !answer.body.contains(NEXT), "{words}: {}", answer.body);
    }
    assert_eq!(elsewhere.get("/admin/").await.status, 200);
    let csrf = here.get("/admin/password").await.csrf().to_owned();
    let fields = [("csrf", csrf.as_str()), ("current", PASSWORD), ("code", &code), ("next", NEXT), ("again", NEXT)];
    let changed = here.post("/admin/password", &fields).await;
    assert_eq!((changed.status, changed.location()), (303, "/admin/sessions?done=password"), "{}", changed.body);
    assert!(here.get("/admin/sessions?done=password").await.body.contains("Your password is changed"));
    assert_eq!(elsewhere.get("/admin/").await.location(), "/admin/sign-in", "the other session ended");
    let mut browser = office.browser();
    let code = office.code(&office.auditor);
    let sign_in = [("login", "marc"), ("password", PASSWORD), ("code", code.as_str())];
    assert_eq!(browser.post("/admin/sign-in", &sign_in).await.status, 403, "the old one");
    let sign_in = [("login", "marc"), ("password", NEXT), ("code", code.as_str())];
    assert_eq!(browser.post("/admin/sign-in", &sign_in).await.status, 303, "the new one");
    office.running.stop().await.expect("stopped");
}

async fn the_sessions_page_says_how_long_sessions_last_now(engine: Engine) {
    let office = Office::open(engine).await;
    let mut auditor = office.auditor().await;
    let page = auditor.get("/admin/sessions").await.body;
    assert!(page.contains("15 minutes") && page.contains("12 hours"), "{page}");
    let rows = [(PolicyKey::AdminSessionIdleMinutes, "7"), (PolicyKey::AdminSessionHours, "2")];
    let policy = Policy::of(&rows).expect("rows");
    office.running.services.publish_policy(&grant(), policy, 1).await.expect("published");
    let page = auditor.get("/admin/sessions").await.body;
    assert!(page.contains("7 minutes") && page.contains("2 hours") && !page.contains("15 minutes"), "{page}");
    office.running.stop().await.expect("stopped");
}
