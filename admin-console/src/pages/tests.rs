//! What must be true of every page in every state and language.

use std::collections::BTreeSet;

use super::samples::{Sample, of, outside};
use crate::api::Role;
use crate::fake::sample::HOSTILE;
use crate::words::Language;

/// What an auditor may send: nothing that changes anything of somebody else.
const READING: [&str; 5] =
    ["/admin/language", "/admin/sign-out", "/admin/password", "/admin/audit/verify", "/admin/audit/export"];

async fn every_page() -> Vec<Sample> {
    let mut pages = Vec::new();
    for language in Language::ALL {
        pages.extend(outside(language));
        for role in Role::ALL {
            pages.extend(of(language, role).await);
        }
    }
    pages
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The markup of each form that is sent with POST.
fn posts(html: &str) -> Vec<&str> {
    html.split("<form method=\"post\"").skip(1).filter_map(|rest| rest.split("</form>").next()).collect()
}

#[test]
fn a_missing_text_would_be_seen() {
    let words = crate::words::Words { language: Language::French };
    assert!(words.say("no-such-text").to_lowercase().contains("unknown localization"));
}

#[tokio::test]
async fn every_text_is_there_in_both_languages() {
    for Sample { name, html } in every_page().await {
        let lower = html.to_lowercase();
        assert!(!lower.contains("unknown localization"), "{name}: {}", around(&html, "nknown localization"));
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name}: {}", around(&html, "{"));
        assert!(!html.contains("><strong></strong>") && !html.contains("<h1></h1>"), "{name} says nothing");
    }
}

fn around<'a>(html: &'a str, what: &str) -> &'a str {
    html.split(what).nth(1).and_then(|rest| rest.get(..80)).unwrap_or_default()
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let mut seen = 0;
    for Sample { name, html } in every_page().await {
        assert!(!html.contains("<script>alert") && !html.contains("&<b>"), "{name}");
        seen += html.matches("alert(1)").count();
    }
    assert!(seen > 100, "the hostile text {HOSTILE} was shown {seen} times");
}

#[tokio::test]
async fn the_content_security_policy_has_nothing_to_stop() {
    for Sample { name, html } in every_page().await {
        for inline in [" style=\"", " onclick=", " onload=", " onsubmit=", "<style", "javascript:", " hx-on"] {
            assert!(!html.contains(inline), "{name}: {inline}");
        }
        for address in values(&html, "src").into_iter().chain(values(&html, "action")) {
            assert!(address.starts_with("/admin/"), "{name}: {address}");
        }
        assert_eq!(html.matches("<script").count(), html.matches("<script src=\"/admin/static/").count(), "{name}");
    }
}

#[tokio::test]
async fn every_form_of_a_session_carries_its_token() {
    for language in Language::ALL {
        let mut seen = 0;
        for Sample { name, html } in of(language, Role::Owner).await {
            for form in posts(&html).into_iter().filter(|form| !form.contains("action=\"/admin/language\"")) {
                seen += 1;
                assert!(form.contains("name=\"csrf\" value=\"0123456789abcdef\""), "{name}: {form}");
            }
        }
        assert!(seen > 50);
    }
}

#[tokio::test]
async fn an_auditor_sees_no_control() {
    for Sample { name, html } in of(Language::English, Role::Auditor).await {
        for form in posts(&html) {
            assert!(READING.iter().any(|path| form.contains(&format!("action=\"{path}\""))), "{name}: {form}");
        }
        for link in values(&html, "href") {
            for verb in [
                "/reset", "/suspend", "/resume", "/revoke", "/erase", "/edit", "/remove", "/invite", "/add", "/release",
            ] {
                assert!(!link.contains(verb), "{name}: {link}");
            }
        }
    }
}

#[tokio::test]
async fn names_of_elements_are_unique_and_references_lead_somewhere() {
    for Sample { name, html } in every_page().await {
        let all = values(&html, "id");
        let ids: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(ids.len(), all.len(), "{name}: an id stands twice in {all:?}");
        let described = ["for", "aria-labelledby", "aria-describedby", "popovertarget", "data-copy"];
        for attribute in described {
            for value in values(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(value), "{name}: {attribute} names {value}, which is not there");
            }
        }
        for target in values(&html, "hx-target").into_iter().chain(values(&html, "hx-indicator")) {
            assert!(ids.contains(target.trim_start_matches('#')), "{name}: htmx looks for {target}");
        }
    }
}

/// The one step that somebody has to take once a year is told where everybody looks first, with the command.
#[tokio::test]
async fn the_end_of_the_directory_key_is_told_with_what_to_do() {
    for language in Language::ALL {
        let samples = of(language, Role::Auditor).await;
        let told = |name: &str| {
            let in_language = format!("{name} (");
            let sample = samples.iter().find(|sample| sample.name.starts_with(&in_language)).expect("a sample");
            sample.html.contains("pro-server keys renew")
        };
        assert_eq!(["overview", "overview with trouble", "overview with other trouble"].map(told), [false, true, true]);
    }
}
