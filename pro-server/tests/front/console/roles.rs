//! Who sees and does what: an owner acts, an auditor looks, somebody removed is out at once, a one-time link works once.

use protocol::audit::{AdministratorRole, Assignment};
use tests::postgres::Engine;

use super::{Office, PASSWORD, code};
use crate::grant;
use crate::home::{Home, on_both_engines};

on_both_engines! {
    an_auditor_sees_no_control_and_is_refused,
    somebody_removed_or_reset_is_out_with_the_next_click,
    a_link_sets_up_an_account_once,
    ready_json_says_where_the_console_is_and_how_the_first_one_comes_in,
}

async fn an_auditor_sees_no_control_and_is_refused(engine: Engine) {
    let office = Office::open(engine).await;
    let (mut auditor, mut owner) = (office.auditor().await, office.owner().await);
    let person = office.page_of("notary01").await;
    let controls = [
        (person.clone(), format!("{person}/suspend")),
        (person.clone(), format!("{person}/code")),
        ("/admin/policy".to_owned(), "/admin/policy/edit".to_owned()),
        ("/admin/administrators".to_owned(), "/admin/administrators/invite".to_owned()),
    ];
    for (page, control) in &controls {
        assert!(owner.get(page).await.body.contains(control), "an owner has {control}");
        let seen = auditor.get(page).await;
        assert_eq!(seen.status, 200, "{page}");
        assert!(!seen.body.contains(control), "an auditor sees {control}");
    }
    let csrf = auditor.get("/admin/").await.csrf().to_owned();
    let before = office.acts().await;
    let device = "00".repeat(16);
    for path in [
        format!("{person}/suspend"),
        format!("{person}/resume"),
        format!("{person}/code"),
        format!("{person}/devices/{device}/revoke"),
        "/admin/directory/run".to_owned(),
        "/admin/policy/review".to_owned(),
        "/admin/policy/publish".to_owned(),
        "/admin/administrators/invite".to_owned(),
        format!("/admin/administrators/{device}/remove"),
    ] {
        let fields = [("csrf", csrf.as_str()), ("role", "owner"), ("version", "1")];
        let answer = auditor.post(&path, &fields).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    for ask in [format!("{person}/suspend"), "/admin/policy/edit".to_owned()] {
        assert_eq!(auditor.get(&ask).await.status, 403, "{ask}");
    }
    assert_eq!(office.acts().await, before, "nothing was done");
    let verified = auditor.post("/admin/audit/verify", &[("csrf", &csrf)]).await;
    assert_eq!(verified.status, 200, "looking is allowed: {}", verified.body);
    office.running.stop().await.expect("stopped");
}

async fn somebody_removed_or_reset_is_out_with_the_next_click(engine: Engine) {
    let office = Office::open(engine).await;
    let mut auditor = office.auditor().await;
    assert_eq!(auditor.get("/admin/").await.status, 200);
    let marc = pro_server::service::administrators::Named::Name("marc");
    office.running.services.reset_administrator(&grant(), marc).await.expect("reset");
    assert_eq!(auditor.get("/admin/").await.location(), "/admin/sign-in");
    let mut owner = office.owner().await;
    office.ambient.advance_ms(15 * 60_000);
    assert_eq!(owner.get("/admin/").await.location(), "/admin/sign-in", "silence ends a session");
    office.running.stop().await.expect("stopped");
}

async fn a_link_sets_up_an_account_once(engine: Engine) {
    let office = Office::open(engine).await;
    let made = office
        .running
        .services
        .add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Owner)])
        .await
        .expect("made");
    let totp = office.running.services.look_up_link(&made.token).await.expect("good").totp;
    let path = format!("/admin/set-up/{}", made.token.expose());
    let mut browser = office.browser();
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<svg") && page.body.contains(&path), "a QR code and a form");
    let right = code(&office.ambient, &totp);
    let differ = [("login", "anne"), ("password", PASSWORD), ("again", "other"), ("code", right.as_str())];
    assert_eq!(browser.post(&path, &differ).await.status, 422);
    let taken = [("login", "claire"), ("password", PASSWORD), ("again", PASSWORD), ("code", right.as_str())];
    assert_eq!(browser.post(&path, &taken).await.status, 422, "somebody else's name");
    let fields = [("login", "anne"), ("password", PASSWORD), ("again", PASSWORD), ("code", right.as_str())];
    let foreign = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(browser.post_from(&path, &foreign, &fields).await.status, 403);
    let done = browser.post(&path, &fields).await;
    assert_eq!((done.status, done.location()), (303, "/admin/"), "{}", done.body);
    assert_eq!(browser.get("/admin/administrators").await.status, 200);
    let again = office.browser().get(&path).await;
    assert!((400..500).contains(&again.status), "spent: {}", again.status);
    office.running.stop().await.expect("stopped");
}

async fn ready_json_says_where_the_console_is_and_how_the_first_one_comes_in(engine: Engine) {
    use pro_server::app::{App, Door};
    use pro_server::clock::Ambient;
    let home = Home::on(engine);
    let ambient = Ambient::fixed(super::START, [8; 32]);
    let running = App::start(home.configuration(), ambient.clone()).await.expect("started");
    let ready = || {
        let text = std::fs::read(home.data().join("ready.json")).expect("there");
        let ready: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        ready["console_url"].as_str().expect("a URL").to_owned()
    };
    let Door::FirstOwner(link) = running.console.clone() else { panic!("an owner already") };
    assert_eq!(&ready(), link.expose());
    let prefix = format!("https://{}/admin/set-up/", running.address);
    let token = link.expose().strip_prefix(&prefix).expect("a token").to_owned();
    Office::set_up(&running, &ambient, &token.into(), "claire").await;
    running.stop().await.expect("stopped");
    let running = App::start(home.configuration(), ambient).await.expect("started");
    assert_eq!(ready(), format!("https://{}/admin/", running.address));
    running.stop().await.expect("stopped");
}
