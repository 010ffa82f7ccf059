//! What others try: forged forms, framed pages, planted sessions, lured sign-ins, borrowed names, guessing.

use tests::postgres::Engine;

use super::browser::{Answer, Browser};
use super::{Office, PASSWORD};
use crate::home::on_both_engines;

const SESSION: &str = "__Host-isoloir";

/// The value of a header that every answer of the console must have.
const EVERYWHERE: [(&str, &str); 5] = [
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
];

on_both_engines! {
    a_forged_form_changes_nothing,
    nobody_frames_a_page_and_no_foreign_script_runs,
    a_planted_session_is_worth_nothing,
    nobody_is_led_elsewhere,
    only_our_own_name_is_answered,
    guessing_ends_after_a_few_attempts_whoever_is_guessed,
    a_body_has_an_end,
}

async fn a_forged_form_changes_nothing(engine: Engine) {
    let office = Office::open(engine).await;
    let (mut browser, mut other) = (office.owner().await, office.owner().await);
    let page = office.page_of("notary01").await;
    let suspend = format!("{page}/suspend");
    let csrf = browser.get(&suspend).await.csrf().to_owned();
    let of_other = other.get(&suspend).await.csrf().to_owned();
    assert_ne!(csrf, of_other, "each session has its own");
    let before = office.acts().await;
    let ours = format!("https://{}", browser.host);
    let same = [("Origin", ours.as_str()), ("Sec-Fetch-Site", "same-origin")];
    for (what, headers, token) in [
        ("no token", &same[..], ""),
        ("another session's token", &same, of_other.as_str()),
        ("another site", &[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")], csrf.as_str()),
        ("another origin alone", &[("Origin", "https://evil.example")], &csrf),
        ("a sibling host", &[("Origin", ours.as_str()), ("Sec-Fetch-Site", "same-site")], &csrf),
        ("an opaque origin", &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")], &csrf),
        ("no origin at all", &[], &csrf),
    ] {
        let answer = browser.post_from(&suspend, headers, &[("csrf", token)]).await;
        assert!((400..500).contains(&answer.status), "{what}: {}", answer.status);
    }
    let with_get = browser.get(&format!("{suspend}?csrf={csrf}")).await;
    assert_eq!(with_get.status, 200, "a page that asks, and does nothing");
    assert_eq!(office.acts().await, before, "nothing was done");
    let done = browser.post(&suspend, &[("csrf", &csrf)]).await;
    assert_eq!(done.status, 303, "the real form works: {}", done.body);
    assert!(office.acts().await > before);
    office.running.stop().await.expect("stopped");
}

async fn nobody_frames_a_page_and_no_foreign_script_runs(engine: Engine) {
    let office = Office::open(engine).await;
    let mut browser = office.owner().await;
    let person = office.page_of("notary01").await;
    for path in [
        "/admin/",
        "/admin/people",
        &person,
        &format!("{person}/suspend"),
        "/admin/directory",
        "/admin/policy",
        "/admin/policy/edit",
        "/admin/audit",
        "/admin/administrators",
        "/admin/nowhere",
        "/admin/static/console.css",
        "/admin/set-up/none",
    ] {
        let answer = browser.get(path).await;
        protected(path, &answer);
        inert(path, &answer);
    }
    let shown = browser.get(&person).await.body;
    assert!(shown.contains("One") && !shown.contains("<b>One"), "a name is text");
    let mut nobody = office.browser();
    for path in ["/admin/", "/admin/sign-in", "/admin/static/none"] {
        let answer = nobody.get(path).await;
        protected(path, &answer);
        inert(path, &answer);
    }
    let refused = nobody.post_from("/admin/sign-in", &[], &[]).await;
    protected("a refusal", &refused);
    assert!(refused.header("strict-transport-security").is_none(), "not with a certificate of our own");
    office.running.stop().await.expect("stopped");
}

fn protected(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path}: no policy"));
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split(';').any(|part| part.trim() == directive), "{path}: {directive} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    for (name, value) in EVERYWHERE {
        assert_eq!(answer.header(name), Some(value), "{path}: {name}");
    }
    if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

/// Nothing in the page that the policy would have to stop.
fn inert(path: &str, answer: &Answer) {
    if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return;
    }
    for tag in answer.body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split_whitespace().next().unwrap_or_default();
        assert!(name != "script" || tag.contains(" src=\"/admin/static/"), "{path}: <{tag}>");
        assert!(name != "style" && name != "base" && name != "iframe", "{path}: <{tag}>");
        for bad in [" style=", " onclick=", " onload=", " onerror=", " onsubmit=", "javascript:", "=\"//", "=\"http"] {
            let is_namespace = bad == "=\"http" && tag.contains(" xmlns=\"http://www.w3.org/");
            assert!(!tag.contains(bad) || is_namespace, "{path}: <{tag}>");
        }
    }
}

async fn a_planted_session_is_worth_nothing(engine: Engine) {
    let office = Office::open(engine).await;
    let planted = "ab".repeat(32);
    let mut victim = office.browser();
    victim.cookies.insert(SESSION.to_owned(), planted.clone());
    let code = office.code(&office.owner);
    let fields = [("login", "claire"), ("password", PASSWORD), ("code", &code)];
    let answer = victim.post("/admin/sign-in", &fields).await;
    assert_eq!(answer.status, 303);
    let set = answer.header("set-cookie").expect("a session");
    for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(set.starts_with("__Host-") && !set.contains("Domain"), "{set}");
    let fresh = victim.cookies[SESSION].clone();
    assert_ne!(fresh, planted, "a sign-in draws a fresh session");
    let mut attacker = office.browser();
    attacker.cookies.insert(SESSION.to_owned(), planted);
    assert_eq!(attacker.get("/admin/").await.location(), "/admin/sign-in");

    // Signing in again while signed in leaves no older session that somebody may have read.
    let code = office.code(&office.owner);
    let fields = [("login", "claire"), ("password", PASSWORD), ("code", &code)];
    victim.post("/admin/sign-in", &fields).await;
    assert_ne!(victim.cookies[SESSION], fresh);

    let mut twin = office.browser();
    twin.cookies = victim.cookies.clone();
    let csrf = victim.get("/admin/").await.csrf().to_owned();
    assert_eq!(victim.post("/admin/sign-out", &[("csrf", &csrf)]).await.location(), "/admin/sign-in");
    assert!(!victim.cookies.contains_key(SESSION));
    assert_eq!(twin.get("/admin/").await.location(), "/admin/sign-in", "signed out at the server");
    office.running.stop().await.expect("stopped");
}

async fn nobody_is_led_elsewhere(engine: Engine) {
    let office = Office::open(engine).await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/admin//evil.example",
        "/admin/../../evil",
        "javascript:alert(1)",
        "/admin/\r\nSet-Cookie: a=b",
    ] {
        let mut browser = office.browser();
        let code = office.code(&office.owner);
        let fields = [("login", "claire"), ("password", PASSWORD), ("code", code.as_str()), ("next", next)];
        let answer = browser.post("/admin/sign-in", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/admin/"), "{next}");
        let next = next.replace(['\r', '\n', ' '], "%20");
        let shown = office.browser().get(&format!("/admin/sign-in?next={next}")).await;
        assert!(!shown.body.contains(&format!("=\"{next}")), "{next}");
        assert!(shown.body.contains("name=\"next\" value=\"/admin/\""), "{next}: {}", shown.body);
    }
    let mut browser = office.browser();
    let asked = browser.get("/admin/people?standing=locked").await;
    assert_eq!(asked.location(), "/admin/sign-in?next=%2Fadmin%2Fpeople%3Fstanding%3Dlocked");
    office.running.stop().await.expect("stopped");
}

async fn only_our_own_name_is_answered(engine: Engine) {
    let office = Office::open(engine).await;
    let mut browser = office.owner().await;
    let ours = browser.host.clone();
    let port = office.running.address.port();
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example@127.0.0.1", ""] {
        let answer = browser.send("GET", "/admin/", &[("Host", host)], "").await;
        assert!(matches!(answer.status, 400 | 421), "{host}: {}", answer.status);
        assert!(!answer.body.contains("evil"), "{}", answer.body);
    }
    let twice = browser.send("GET", "/admin/", &[("Host", &ours), ("Host", "evil.example")], "").await;
    assert!(matches!(twice.status, 400 | 421), "two hosts: {}", twice.status);
    // DNS rebinding: the browser believes that evil.example is this server.
    let rebound = [("Host", "evil.example"), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")];
    let answer = browser.post_from("/admin/sign-in", &rebound, &[("login", "claire")]).await;
    assert_eq!(answer.status, 421);
    let other_name = browser.send("GET", "/admin/", &[("Host", &format!("localhost:{port}"))], "").await;
    assert_eq!(other_name.status, 200, "this machine's own name");
    // A forwarded name is not looked at: what is shown is what was configured.
    let forwarded = [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")];
    assert!(!browser.send("GET", "/admin/", &forwarded, "").await.body.contains("evil.example"));
    office.running.stop().await.expect("stopped");
}

async fn guessing_ends_after_a_few_attempts_whoever_is_guessed(engine: Engine) {
    let office = Office::open(engine).await;
    for name in ["claire", "nobody"] {
        let mut told = Vec::new();
        for attempt in 0..6 {
            let mut browser = office.browser();
            let fields = [("login", name), ("password", "wrong wrong wrong"), ("code", "000000")];
            let answer = browser.post("/admin/sign-in", &fields).await;
            assert!(!browser.cookies.contains_key(SESSION), "{name}");
            if attempt < 5 {
                assert_eq!(answer.status, told.first().map_or(answer.status, |(status, _)| *status), "{name}");
                told.push((answer.status, answer.body.replace(name, "…")));
            } else {
                assert_eq!(answer.status, 429, "{name}");
                let pause: u64 = answer.header("retry-after").expect("how long").parse().expect("seconds");
                assert!((1..=60).contains(&pause), "{pause}");
            }
        }
        assert!(told.iter().all(|one| *one == told[0]), "the same words each time");
    }
    let mut browser = office.browser();
    let code = super::code(&office.ambient, &office.owner);
    let right = [("login", "claire"), ("password", PASSWORD), ("code", &code)];
    assert_eq!(browser.post("/admin/sign-in", &right).await.status, 429, "the right one waits too");
    office.ambient.advance_ms(2 * 60_000);
    office.owner().await;
    office.running.stop().await.expect("stopped");
}

async fn a_body_has_an_end(engine: Engine) {
    let office = Office::open(engine).await;
    let mut browser = office.owner().await;
    let large = "x".repeat(64 * 1_024);
    let answer = browser.post("/admin/sign-in", &[("login", &large)]).await;
    assert_eq!(answer.status, 413);
    let endless = format!("/admin/people?q={}", "x".repeat(2_000));
    assert!(browser.get(&endless).await.status < 500);
    still_signed_in(&mut browser).await;
    office.running.stop().await.expect("stopped");
}

async fn still_signed_in(browser: &mut Browser) {
    assert_eq!(browser.get("/admin/").await.status, 200);
}
