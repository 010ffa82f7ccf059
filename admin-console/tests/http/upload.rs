//! A file in a form: whose it is, how large it may be, and that it is looked at before it is taken.

use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use admin_console::fake::sample;
use protocol::ids::Hash32;

use super::{posted, signed_in};

/// A form with a file, as a browser sends it.
fn upload(csrf: &str, file: &[u8]) -> TestRequest {
    let part =
        |name: &str, more: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
    let kind = "; filename=\"people.csv\"\r\nContent-Type: text/csv";
    let mut body = format!("{}{csrf}\r\n{}", part("csrf", ""), part("file", kind)).into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    posted("/admin/people/import/preview")
        .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .set_payload(body)
}

#[actix_web::test]
async fn a_file_is_looked_at_before_it_is_taken() {
    let mut browser = signed_in(sample::OWNER).await;
    let csrf = browser.csrf().await;
    let good = browser.send(upload(&csrf, b"login,name\n")).await;
    assert_eq!(good.status, StatusCode::OK);
    let digest = Hash32::from_bytes([9; 32]).to_string();
    assert!(good.body.contains(&digest), "it can be applied");
    let bad = browser.send(upload(&csrf, b"!")).await;
    assert_eq!(bad.status, StatusCode::OK);
    assert!(!bad.body.contains("/admin/people/import/run"), "a file with a bad line cannot be applied");
    assert_eq!(browser.send(upload(&csrf, b"?")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.send(upload(&csrf, b"")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = vec![b'l'; 9 * 1_024 * 1_024];
    assert_eq!(browser.send(upload(&csrf, &large)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = browser.submit("/admin/people/import/run", &[("plan", &"00".repeat(32))]).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "another plan than the one that was shown");
    let done = browser.submit("/admin/people/import/run", &[("plan", &digest)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn a_file_from_elsewhere_is_not_read() {
    let mut browser = signed_in(sample::OWNER).await;
    let csrf = browser.csrf().await;
    assert_eq!(browser.send(upload(&"00".repeat(32), b"login,name\n")).await.status, StatusCode::FORBIDDEN);
    for broken in ["", "--edge", "--edge\r\n\r\n", "--edge\r\nContent-Disposition: form-data\r\n\r\nx\r\n--edge--\r\n"]
    {
        let sent = upload(&csrf, b"").set_payload(broken.to_owned());
        assert_eq!(browser.send(sent).await.status, StatusCode::FORBIDDEN, "{broken:?}");
    }
    let plain = browser.submit("/admin/people/import/preview", &[("file", "login,name")]).await;
    assert!(plain.status.is_client_error(), "{}", plain.status);
    let mut auditor = signed_in(sample::AUDITOR).await;
    let csrf = auditor.csrf().await;
    assert_eq!(auditor.send(upload(&csrf, b"login,name\n")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.open("/admin/people/import").await.status, StatusCode::FORBIDDEN);
}
