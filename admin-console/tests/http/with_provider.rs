//! Signing in with an identity provider: there, back, and everything that is not the way back.

use actix_web::http::{StatusCode, header};
use admin_console::fake::{PASSWORD, providers, sample};

use super::{Answer, Browser, signed_in};

const CALLBACK: &str = "/admin/sign-in/callback";

/// Goes to the provider and comes back with `answer`.
async fn there_and_back(browser: &mut Browser, next: &str, answer: &str) -> Answer {
    let gone = browser.open(&format!("/admin/sign-in/with/staff?next={next}")).await;
    assert_eq!((gone.status, gone.location.as_str()), (StatusCode::SEE_OTHER, providers::PAGE));
    browser.cookie = gone.cookies[0].split(';').next().unwrap_or_default().to_owned();
    browser.open(&format!("{CALLBACK}?{answer}")).await
}

fn session(answer: &Answer) -> Option<&String> {
    answer.cookies.iter().find(|cookie| cookie.starts_with("__Host-isoloir="))
}

#[actix_web::test]
async fn an_administrator_goes_to_the_provider_and_comes_back_in() {
    let mut browser = Browser::new(sample::office());
    assert!(browser.open("/admin/sign-in").await.body.contains("/admin/sign-in/with/staff?next="));
    let answer = format!("code={}&state=s&iss=i", sample::OWNER);
    let entered = there_and_back(&mut browser, "%2Fadmin%2Fpolicy", &answer).await;
    assert_eq!(entered.status, StatusCode::OK);
    assert!(session(&entered).is_some_and(|cookie| cookie.contains("SameSite=Strict") && cookie.contains("HttpOnly")));
    assert!(entered.cookies.iter().any(|cookie| cookie.starts_with("__Host-isoloir-sign-in=; Max-Age=0")));
    assert_eq!(entered.headers.get("refresh").and_then(|value| value.to_str().ok()), Some("0; url=/admin/policy"));
    assert!(entered.body.contains("href=\"/admin/policy\""));
    browser.cookie = session(&entered).and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
    assert_eq!(browser.open("/admin/policy").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn what_the_browser_keeps_comes_along_from_other_sites_and_says_nothing() {
    let mut browser = Browser::new(sample::office());
    let gone = browser.open("/admin/sign-in/with/staff").await;
    let [cookie] = gone.cookies.as_slice() else { panic!("one cookie: {:?}", gone.cookies) };
    for part in ["__Host-", "Path=/;", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let policy = gone.headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    assert_eq!(policy, Some(admin_console::CONTENT_SECURITY_POLICY));
}

#[actix_web::test]
async fn nobody_is_sent_elsewhere_afterwards() {
    for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2Fadmin%2F%0d%0aSet-Cookie%3A%20a%3Db"] {
        let mut browser = Browser::new(sample::office());
        let entered = there_and_back(&mut browser, next, &format!("code={}&state=s", sample::OWNER)).await;
        assert_eq!(entered.headers.get("refresh").and_then(|value| value.to_str().ok()), Some("0; url=/admin/"));
    }
    // Nor by a cookie that somebody has changed.
    let mut browser = Browser::new(sample::office());
    let (token, next) = ("07".repeat(32), data_encoding::HEXLOWER.encode(b"https://evil.example/"));
    browser.cookie = format!("__Host-isoloir-sign-in={token}.{next}");
    let entered = browser.open(&format!("{CALLBACK}?code={}&state=s", sample::OWNER)).await;
    assert_eq!(entered.headers.get("refresh").and_then(|value| value.to_str().ok()), Some("0; url=/admin/"));
}

#[actix_web::test]
async fn what_is_not_the_way_back_opens_nothing() {
    let right = format!("code={}&state=s", sample::OWNER);
    // Without the cookie of a sign-in, and with one of none.
    let mut browser = Browser::new(sample::office());
    let stray = browser.open(&format!("{CALLBACK}?{right}")).await;
    assert_eq!((stray.status, session(&stray)), (StatusCode::GONE, None));
    for cookie in ["", "07", "07.00", &format!("{}.00", "08".repeat(32)), &format!("{}.zz", "07".repeat(32))] {
        browser.cookie = format!("__Host-isoloir-sign-in={cookie}");
        let refused = browser.open(&format!("{CALLBACK}?{right}")).await;
        assert_eq!((refused.status, session(&refused)), (StatusCode::GONE, None), "{cookie}");
    }
    for answer in ["", "error=access_denied&state=s", "code=a", "state=s", "code=a&code=b&state=s"] {
        let refused = there_and_back(&mut Browser::new(sample::office()), "", answer).await;
        assert_eq!((refused.status, session(&refused)), (StatusCode::FORBIDDEN, None), "{answer}");
    }
    let unknown = Browser::new(sample::office()).open("/admin/sign-in/with/nobody").await;
    assert_eq!((unknown.status, unknown.cookies.len()), (StatusCode::NOT_FOUND, 0));
}

#[actix_web::test]
async fn an_account_that_nobody_linked_is_told_its_identifier_and_is_not_in() {
    let stranger = there_and_back(&mut Browser::new(sample::office()), "", "code=nobody&state=s").await;
    assert_eq!((stranger.status, session(&stranger)), (StatusCode::FORBIDDEN, None));
    assert!(stranger.body.contains("id=\"subject\"") && !stranger.body.contains("<script>alert"));
}

#[actix_web::test]
async fn an_owner_links_and_unlinks_and_an_auditor_does_not() {
    let mut owner = signed_in(sample::OWNER).await;
    let account = owner.fake.state().accounts[1].id;
    let page = format!("/admin/administrators/{account}/account");
    assert!(owner.open("/admin/administrators").await.body.contains(&page));
    let empty = owner.submit(&page, &[("provider", "staff"), ("subject", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let linked = owner.submit(&page, &[("provider", "staff"), ("subject", "f1a2")]).await;
    assert_eq!(linked.location, "/admin/administrators?done=linked");
    assert_eq!(owner.submit(&page, &[("provider", "staff"), ("subject", "f1a3")]).await.status, StatusCode::CONFLICT);
    let unlinked = owner.submit(&format!("{page}/unlink"), &[]).await;
    assert_eq!(unlinked.location, "/admin/administrators?done=unlinked");

    let mut auditor = Browser::new(sample::office());
    auditor.sign_in(sample::AUDITOR, PASSWORD).await;
    assert_eq!(auditor.open(&page).await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.submit(&page, &[("provider", "staff"), ("subject", "a")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.submit(&format!("{page}/unlink"), &[]).await.status, StatusCode::FORBIDDEN);
}
