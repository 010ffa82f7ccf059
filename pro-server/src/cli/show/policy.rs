//! The policy in words: rows as they are written in `policy set`, so that what is read can be typed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::administration::PolicyRow;
use crate::administration::policy::{PastPolicyRow, PersonPolicyRow, PolicyKindRow, PolicyPreviewRow, PolicyScopeRow};
use crate::telemetry::rfc3339;
use crate::words::Words;
use protocol::time::Timestamp;

/// `key = value` on lines of their own, the locked ones marked.
fn rows<'r>(words: &Words, rows: impl Iterator<Item = (&'r str, &'r str)>, locked: &[String]) -> String {
    let mut text = String::new();
    for (key, value) in rows {
        let lock = if locked.iter().any(|name| name == key) { words.say("row-policy-locked") } else { String::new() };
        // Into memory.
        let _ = write!(text, "\n  {}", format!("{key} = {value}  {lock}").trim_end());
    }
    text
}

fn of(settings: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

pub(super) fn policy(words: &Words, policy: &PolicyRow) -> String {
    let settings = policy.settings.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()));
    let version = policy.version.to_string();
    words.say_with("row-policy", &[("version", version.into())]) + &rows(words, settings, &policy.locked)
}

pub(super) fn scope(words: &Words, row: &PolicyScopeRow) -> String {
    words.say_with("row-policy-scope", &[("scope", row.scope.as_str().into())])
        + &rows(words, of(&row.settings), &row.locked)
}

pub(super) fn kind(words: &Words, row: &PolicyKindRow) -> String {
    let what = [
        ("values", row.values.as_str().into()),
        ("default", row.default.as_str().into()),
        ("scopes", row.scopes.join(", ").into()),
        ("enforcer", row.enforcer.as_str().into()),
    ];
    format!("{}\n  {}", row.policy, words.say_with("row-policy-kind", &what))
}

pub(super) fn person(words: &Words, row: &PersonPolicyRow) -> String {
    let what = [("login", row.login.as_str().into()), ("version", row.version.to_string().into())];
    words.say_with("row-policy-person", &what) + &rows(words, of(&row.settings), &[])
}

pub(super) fn preview(words: &Words, row: &PolicyPreviewRow) -> String {
    let what = [
        ("version", row.based_on.to_string().into()),
        ("reached", row.reached.to_string().into()),
        ("people", row.people.to_string().into()),
        ("draft", row.draft.as_str().into()),
    ];
    let mut text = words.say_with("row-policy-preview", &what);
    for change in &row.changes {
        let what = [
            ("policy", change.policy.as_str().into()),
            ("before", change.before.as_str().into()),
            ("after", change.after.as_str().into()),
            ("people", change.people.to_string().into()),
        ];
        let _ = write!(text, "\n  {}", words.say_with("row-policy-change", &what));
        for (group, people) in &change.groups {
            let _ = write!(text, "\n      {group}: {people}");
        }
    }
    for weakened in &row.weakened {
        let _ = write!(text, "\n  {}", words.say_with("row-policy-weakened", &[("what", weakened.as_str().into())]));
    }
    text
}

pub(super) fn past(words: &Words, row: &PastPolicyRow) -> String {
    let what = [
        ("version", row.version.to_string().into()),
        ("time", rfc3339(Timestamp::from_millis(row.issued_ms)).into()),
        ("by", row.by.as_deref().unwrap_or("?").into()),
        ("scopes", row.scopes.to_string().into()),
    ];
    words.say_with("row-policy-past", &what) + &rows(words, of(&row.settings), &[])
}
