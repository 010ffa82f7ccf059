//! The console over HTTP with an organization in memory: who gets in, who is kept out, and what the browser is told.
#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod erasure;
mod runs;
mod upload;
mod with_provider;

use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, web};
use admin_console::api::{ApiError, Brake, Dependency, RunReport, Standing};
use admin_console::fake::{CODE, Fake, LINK, PASSWORD, State, sample};
use admin_console::{CONTENT_SECURITY_POLICY, Console, Site, configure};

const HOST: &str = "isoloir.example:8443";
const ORIGIN: &str = "https://isoloir.example:8443";

struct Answer {
    status: StatusCode,
    location: String,
    cookies: Vec<String>,
    headers: header::HeaderMap,
    body: String,
}

/// A browser that keeps the session's cookie.
struct Browser {
    fake: Arc<Fake>,
    cookie: String,
}

impl Browser {
    fn new(state: State) -> Self {
        Self { fake: Arc::new(Fake::new(state)), cookie: String::new() }
    }

    async fn app(&self) -> impl Service<actix_http::Request, Response = ServiceResponse, Error = Error> + use<> {
        let site = Site { authorities: vec![HOST.to_owned()] };
        let console = web::Data::new(Console { api: self.fake.clone(), site });
        init_service(App::new().configure(configure(console))).await
    }

    async fn send(&mut self, request: TestRequest) -> Answer {
        let app = self.app().await;
        let request = request.insert_header((header::COOKIE, self.cookie.clone())).to_request();
        let response = app.call(request).await.expect("an answer");
        let text =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let cookies: Vec<String> = response
            .headers()
            .get_all(header::SET_COOKIE)
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect();
        if let Some(session) = cookies.iter().find(|cookie| cookie.starts_with("__Host-isoloir=")) {
            self.cookie = session.split(';').next().unwrap_or_default().to_owned();
        }
        let (status, location) = (response.status(), text(header::LOCATION));
        let headers = response.headers().clone();
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        Answer { status, location, cookies, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn open(&mut self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path).insert_header((header::HOST, HOST))).await
    }

    /// As a browser sends a form of ours, with the session's token if there is one.
    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf().await;
        let mut fields = fields.to_vec();
        if !token.is_empty() {
            fields.push(("csrf", &token));
        }
        let form: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.send(posted(path).set_form(form)).await
    }

    /// The token that forms of this session carry.
    async fn csrf(&mut self) -> String {
        let page = self.open("/admin/").await.body;
        let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_default().to_owned()
    }

    async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        self.submit("/admin/sign-in", &[("login", login), ("password", password), ("code", CODE)]).await
    }
}

fn posted(path: &str) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .insert_header((header::HOST, HOST))
        .insert_header((header::ORIGIN, ORIGIN))
        .insert_header(("Sec-Fetch-Site", "same-origin"))
}

async fn signed_in(login: &str) -> Browser {
    let mut browser = Browser::new(sample::office());
    let entered = browser.sign_in(login, PASSWORD).await;
    assert_eq!((entered.status, entered.location.as_str()), (StatusCode::SEE_OTHER, "/admin/"));
    browser
}

fn person(browser: &Browser, standing: Standing) -> String {
    let state = browser.fake.state();
    let found = state.people.iter().find(|detail| detail.person.standing == standing).expect("somebody");
    found.person.id.to_string()
}

#[actix_web::test]
async fn the_first_owner_sets_up_an_account_and_is_in() {
    let mut browser = Browser::new(sample::first_start());
    let page = browser.open(&format!("/admin/set-up/{LINK}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<svg class=\"qr\"") && page.body.contains("JBSW Y3DP"));
    let path = format!("/admin/set-up/{LINK}");
    let password = ("password", "four words of a song");
    let differs = [("login", "claire"), password, ("again", "other"), ("code", CODE)];
    assert_eq!(browser.submit(&path, &differs).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = [("login", "claire"), password, ("again", password.1), ("code", "000000")];
    let refused = browser.submit(&path, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("id=\"code-fault\"") && !refused.body.contains(password.1));
    let right = [("login", "claire"), password, ("again", password.1), ("code", "123 456")];
    assert_eq!(browser.submit(&path, &right).await.location, "/admin/");
    assert!(browser.open("/admin/").await.body.contains("claire"));
    assert_eq!(browser.open(&path).await.status, StatusCode::GONE, "the link works once");
}

#[actix_web::test]
async fn whoever_is_not_signed_in_sees_nothing_and_comes_back_after_signing_in() {
    let mut browser = Browser::new(sample::office());
    for path in [
        "/admin/",
        "/admin/people",
        "/admin/audit",
        "/admin/policy/edit",
        "/admin/directory/plan",
        "/admin/directory/runs",
    ] {
        let answer = browser.open(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location.starts_with("/admin/sign-in") && answer.body.is_empty());
    }
    assert_eq!(browser.open("/admin/people?q=a").await.location, "/admin/sign-in?next=%2Fadmin%2Fpeople%3Fq%3Da");
    let back = [("login", sample::OWNER), ("password", PASSWORD), ("code", CODE), ("next", "/admin/people?q=a")];
    assert_eq!(browser.submit("/admin/sign-in", &back).await.location, "/admin/people?q=a");
}

#[actix_web::test]
async fn nobody_is_sent_to_another_site() {
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/admin/../x"] {
        let mut browser = Browser::new(sample::office());
        let fields = [("login", sample::OWNER), ("password", PASSWORD), ("code", CODE), ("next", next)];
        assert_eq!(browser.submit("/admin/sign-in", &fields).await.location, "/admin/", "{next}");
        let chosen = browser.submit("/admin/language", &[("language", "fr"), ("next", next)]).await;
        assert_eq!(chosen.location, "/admin/", "{next}");
    }
}

#[actix_web::test]
async fn a_wrong_attempt_says_nothing_about_which_part_was_wrong() {
    let mut browser = Browser::new(sample::office());
    let unknown = browser.sign_in("nobody", PASSWORD).await;
    let wrong = browser.sign_in(sample::OWNER, "wrong").await;
    assert_eq!((unknown.status, wrong.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(unknown.body.replace("nobody", ""), wrong.body.replace(sample::OWNER, ""));
    for _ in 0..3 {
        browser.sign_in(sample::OWNER, "wrong").await;
    }
    let late = browser.sign_in(sample::OWNER, PASSWORD).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(late.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()), Some("30"));
}

#[actix_web::test]
async fn a_session_that_was_planted_is_not_taken_over() {
    let mut browser = Browser::new(sample::office());
    let planted = format!("__Host-isoloir={}", "ab".repeat(32));
    browser.cookie.clone_from(&planted);
    browser.sign_in(sample::OWNER, PASSWORD).await;
    assert_ne!(browser.cookie, planted);
    let own = std::mem::replace(&mut browser.cookie, planted);
    assert_eq!(browser.open("/admin/").await.status, StatusCode::SEE_OTHER);
    browser.cookie = own;
    assert_eq!(browser.open("/admin/").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn signing_out_ends_the_session_itself() {
    let mut browser = signed_in(sample::OWNER).await;
    let stolen = browser.cookie.clone();
    let left = browser.submit("/admin/sign-out", &[]).await;
    assert!(left.cookies.iter().any(|cookie| cookie.contains("Max-Age=0")));
    browser.cookie = stolen;
    assert_eq!(browser.open("/admin/").await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let mut browser = signed_in(sample::OWNER).await;
    let path = format!("/admin/people/{}/suspend", person(&browser, Standing::Active));
    let page = browser.open("/admin/").await.body;
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let form = [("csrf".to_owned(), token.to_owned())];
    let bare = || TestRequest::post().uri(&path).insert_header((header::HOST, HOST)).set_form(&form);
    let from = |site: &'static str, origin: &'static str| {
        bare().insert_header(("Sec-Fetch-Site", site)).insert_header((header::ORIGIN, origin))
    };
    let attempts = [
        bare(),
        from("cross-site", "https://evil.example"),
        from("same-site", "https://other.isoloir.example"),
        from("same-origin", "https://evil.example"),
        from("cross-site", ORIGIN),
        bare().insert_header((header::ORIGIN, "null")),
        posted(&path),
        posted(&path).set_form([("csrf", "")]),
        posted(&path).set_form([("csrf", "0".repeat(64))]),
    ];
    for (number, attempt) in attempts.into_iter().enumerate() {
        let refused = browser.send(attempt).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "attempt {number}");
    }
    let locked = |browser: &Browser| {
        browser.fake.state().people.iter().filter(|row| row.person.standing == Standing::Locked).count()
    };
    let before = locked(&browser);
    assert_eq!(browser.submit(&path, &[]).await.status, StatusCode::SEE_OTHER, "from our own page it works");
    assert_eq!(locked(&browser), before + 1, "and it worked once");
}

#[actix_web::test]
async fn a_request_to_another_host_is_refused() {
    let mut browser = signed_in(sample::OWNER).await;
    for host in ["evil.example", "isoloir.example", "isoloir.example:8443.evil.example", ""] {
        let answer = browser.send(TestRequest::get().uri("/admin/").insert_header((header::HOST, host))).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.body.contains("evil"), "{}", answer.body);
    }
    let forwarded = TestRequest::get()
        .uri("/admin/people/../x")
        .insert_header((header::HOST, HOST))
        .insert_header(("X-Forwarded-Host", "evil.example"))
        .insert_header(("Forwarded", "host=evil.example"));
    assert!(!browser.send(forwarded).await.body.contains("evil"));
}

#[actix_web::test]
async fn every_answer_keeps_frames_scripts_and_caches_out() {
    let mut browser = signed_in(sample::OWNER).await;
    for path in ["/admin/", "/admin/sign-in", "/admin/nothing", "/admin/people/zz", "/admin/static/nothing"] {
        let answer = browser.open(path).await;
        let value = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(value("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(value("x-frame-options"), "DENY");
        assert_eq!(value("x-content-type-options"), "nosniff");
        assert_eq!(value("referrer-policy"), "same-origin");
        assert_eq!(value("cache-control"), "no-store");
    }
    let style = browser.open("/admin/static/console.css").await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().ends_with(b"immutable")));
}

#[actix_web::test]
async fn an_auditor_reads_everything_and_changes_nothing() {
    let mut browser = signed_in(sample::AUDITOR).await;
    let id = person(&browser, Standing::Active);
    for path in [
        "/admin/",
        "/admin/people",
        "/admin/directory/plan?source=ldap",
        "/admin/directory/runs",
        "/admin/integrations",
        "/admin/policy",
        "/admin/audit",
        "/admin/audit/state",
        "/admin/audit/handover",
    ] {
        assert_eq!(browser.open(path).await.status, StatusCode::OK, "{path}");
    }
    let asked =
        [format!("/admin/people/{id}/suspend"), "/admin/policy/edit".to_owned(), "/admin/people/cards".to_owned()];
    for path in asked {
        assert_eq!(browser.open(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let plan = "07".repeat(32);
    let policy = [("expected", "4"), ("min_version", "0.0.0"), ("visibility", "all")];
    let changes: [(String, &[(&str, &str)]); 12] = [
        (format!("/admin/people/{id}/suspend"), &[]),
        (format!("/admin/people/{id}/erase"), &[]),
        (format!("/admin/administrators/{id}/erase"), &[]),
        (format!("/admin/people/{id}/export"), &[]),
        (format!("/admin/people/{id}/resume"), &[]),
        (format!("/admin/people/{id}/code"), &[]),
        ("/admin/people/cards/print".to_owned(), &[]),
        ("/admin/directory/run".to_owned(), &[("plan", &plan)]),
        ("/admin/policy/publish".to_owned(), &policy),
        ("/admin/administrators/invite".to_owned(), &[("role", "owner")]),
        ("/admin/integrations/add".to_owned(), &[("name", "Entra ID"), ("scope", "read"), ("days", "90")]),
        ("/admin/integrations/release".to_owned(), &[]),
    ];
    for (path, fields) in changes {
        assert_eq!(browser.submit(&path, fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browser.fake.state().policy.version, 4);
    assert_eq!(browser.submit("/admin/audit/verify", &[]).await.status, StatusCode::OK);
    assert!(browser.submit("/admin/audit/export", &[]).await.body.starts_with("{\"index\":0}\n"));
}

#[actix_web::test]
async fn htmx_gets_the_part_that_a_page_has_too() {
    let mut browser = signed_in(sample::OWNER).await;
    let part = TestRequest::get()
        .uri("/admin/people?q=zzz")
        .insert_header((header::HOST, HOST))
        .insert_header(("HX-Request", "true"))
        .insert_header(("HX-Target", "people"));
    let part = browser.send(part).await.body;
    assert!(part.starts_with("<section id=\"people\""));
    assert!(browser.open("/admin/people?q=zzz").await.body.contains(part.trim_end()));
    browser.cookie.clear();
    let gone = TestRequest::get()
        .uri("/admin/people")
        .insert_header((header::HOST, HOST))
        .insert_header(("HX-Request", "true"));
    let gone = browser.send(gone).await;
    let redirect = gone.headers.get("HX-Redirect").and_then(|value| value.to_str().ok());
    assert_eq!(redirect, Some("/admin/sign-in?next=%2Fadmin%2Fpeople"));
}

#[actix_web::test]
async fn an_outage_is_told_with_the_next_step() {
    let mut browser = signed_in(sample::OWNER).await;
    for (outage, status) in [
        (ApiError::Unavailable(Dependency::Disk), StatusCode::SERVICE_UNAVAILABLE),
        (ApiError::Internal, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        browser.fake.state().outage = Some(outage);
        let answer = browser.open("/admin/people").await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains("What to do:"));
    }
}

#[actix_web::test]
async fn the_language_is_the_browsers_until_one_is_chosen() {
    let mut browser = Browser::new(sample::office());
    let french = TestRequest::get()
        .uri("/admin/sign-in")
        .insert_header((header::HOST, HOST))
        .insert_header((header::ACCEPT_LANGUAGE, "fr-FR,fr;q=0.9"));
    assert!(browser.send(french).await.body.contains("<html lang=\"fr\">"));
    assert!(browser.open("/admin/sign-in").await.body.contains("<html lang=\"en\">"));
    let chosen = browser.submit("/admin/language", &[("language", "fr"), ("next", "/admin/people")]).await;
    assert_eq!(chosen.location, "/admin/people");
    browser.cookie = chosen.cookies[0].split(';').next().unwrap_or_default().to_owned();
    assert!(browser.open("/admin/sign-in").await.body.contains("<html lang=\"fr\">"));
}

#[actix_web::test]
async fn an_oversized_form_is_refused_unread() {
    let mut browser = Browser::new(sample::office());
    let form = [("login", "x".repeat(1 << 20))];
    let refused = browser.send(posted("/admin/sign-in").set_form(form)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}
