//! Where to go after signing in or choosing a language: a page of the console, never anything else (no open redirect).

/// Where the console begins.
pub const HOME: &str = "/admin/";
/// Longer addresses of ours do not exist.
const BYTES_MAX: usize = 1_024;

/// The page that `text` names, or the first page.
pub fn page(text: &str) -> &str {
    let path = text.split('?').next().unwrap_or_default();
    let is_ours = text.len() <= BYTES_MAX
        && path.starts_with(HOME)
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte))
        && !path.contains("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { text } else { HOME }
}

/// The sign-in page that comes back to `here`.
pub fn sign_in(here: &str) -> String {
    match page(here) {
        HOME => "/admin/sign-in".to_owned(),
        here => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", here).finish();
            format!("/admin/sign-in?{query}")
        }
    }
}

/// The same to prove again who one is, before a dangerous act.
pub fn sign_in_again(here: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("again", "yes").append_pair("next", page(here));
    format!("/admin/sign-in?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_to() {
        for ours in ["/admin/", "/admin/people", "/admin/people?q=a%20b&standing=active", "/admin/policy/edit"] {
            assert_eq!(page(ours), ours);
        }
        for other in [
            "",
            "//evil.example",
            "/admin//evil.example",
            "https://evil.example/admin/",
            "/admin/../v1",
            "/\\evil.example",
            "/admin/\\evil.example",
            "/admin/a\r\nSet-Cookie: a=b",
            "/admin/%2e%2e/",
            "/administrator",
            "javascript:alert(1)",
        ] {
            assert_eq!(page(other), HOME, "{other}");
        }
    }

    #[test]
    fn the_way_back_is_encoded() {
        assert_eq!(sign_in("/admin/people?q=a"), "/admin/sign-in?next=%2Fadmin%2Fpeople%3Fq%3Da");
        assert_eq!(sign_in("https://evil.example/"), "/admin/sign-in");
    }
}
