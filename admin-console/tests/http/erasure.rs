//! Erasing an administrator: only one who was removed, asked for on a page of its own, and gone from the list and the audit then.

use super::*;

#[actix_web::test]
async fn an_administrator_is_erased_once_removed_and_named_nowhere_then() {
    let mut browser = signed_in(sample::OWNER).await;
    let of = |login: &str, state: &State| {
        let row = state.accounts.iter().find(|row| row.login.as_ref().is_some_and(|known| known.expose() == login));
        row.map(|row| row.id).expect("an account")
    };
    let account = of(sample::AUDITOR, &browser.fake.state());
    let page = format!("/admin/administrators/{account}/erase");
    assert_eq!(browser.open(&page).await.status, StatusCode::NOT_FOUND, "who can sign in is removed first");
    assert_eq!(browser.submit(&page, &[]).await.status, StatusCode::NOT_FOUND);
    browser.submit(&format!("/admin/administrators/{account}/remove"), &[]).await;
    assert!(browser.open("/admin/administrators").await.body.contains(&page));
    assert!(browser.open(&page).await.body.contains(sample::AUDITOR));
    let erased = browser.submit(&page, &[]).await;
    assert_eq!(erased.status, StatusCode::OK);
    assert!(!erased.body.contains(sample::AUDITOR));
    assert!(!browser.open("/admin/administrators").await.body.contains(&page));
    assert_eq!(browser.open(&page).await.status, StatusCode::NOT_FOUND, "once");
}
