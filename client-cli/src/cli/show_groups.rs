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
        if row["frozen"] == true { format!("{line}\n{}", self.words.say("alarm-two-rosters")) } else { line }
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
