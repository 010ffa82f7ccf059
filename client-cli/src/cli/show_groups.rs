//! How groups, and what happened to them, are printed for people.

use fluent_templates::fluent_bundle::FluentValue;
use serde_json::Value;

use super::show::{Printer, field};
use super::{picture, rows};
use crate::plain::plain;

impl Printer {
    /// A group in a line.
    pub(super) fn group(&self, row: &Value) -> String {
        let role = self.words.say(&format!("role-{}", field(row, "role")));
        let count = FluentValue::from(rows(&row["members"]).len() as u64);
        let members = self.words.say_with("group-members", &[("count", count)]);
        let line = format!("{}  {:<28} {members}  {role}", field(row, "group_id"), plain(field(row, "name")));
        let frozen = (row["frozen"] == true).then(|| self.words.say("alarm-two-rosters"));
        [Some(line), self.in_step(&row["directory"]), frozen].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// Which group of the directory it follows, and how it stands.
    fn in_step(&self, directory: &Value) -> Option<String> {
        let text = |text: String| FluentValue::from(text);
        let would_go: Vec<String> = rows(&directory["would_go"]).iter().filter_map(Value::as_str).map(plain).collect();
        let values = [
            ("group", text(plain(directory["group"].as_str()?))),
            ("count", FluentValue::from(directory["waiting"].as_u64().unwrap_or_default())),
            ("who", text(would_go.join(", "))),
        ];
        let mut said = vec![self.words.say_with("in-step-with", &values)];
        if let Some(state) = directory["state"].as_str() {
            said.extend(self.words.try_say_with(&format!("in-step-{state}"), &values));
        }
        if directory["waiting"].is_u64() {
            said.push(self.words.say_with("in-step-waiting", &values));
        }
        Some(format!("  {}", said.join(" ")))
    }

    /// Whether a group has a picture.
    pub(super) fn picture(&self, row: &Value) -> String {
        self.words.say(if picture::is_there(row) { "picture-here" } else { "picture-absent" })
    }

    /// The same, and below it who is in it.
    pub(super) fn group_with_members(&self, row: &Value) -> String {
        let mut text = self.group(row);
        for member in rows(&row["members"]) {
            let role = self.words.say(&format!("role-{}", field(member, "role")));
            let (login, name) = (plain(field(member, "login")), plain(field(member, "name")));
            text = format!("{text}\n  {login:<24} {name:<28} {role}");
        }
        text
    }
}
