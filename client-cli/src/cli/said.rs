//! Messages on the command line for eyes: what they answer, what was done to them, and why they wait. Text from others must never steer
//! the terminal.

use fluent_templates::fluent_bundle::FluentValue;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::show::{Printer, field};
use crate::plain::{plain, plain_lines};
use crate::words::stamp;

/// Columns before what is said.
const INDENT: usize = 25;
/// Characters of the last message in the list of conversations.
const LAST_CHARS_MAX: usize = 80;

impl Printer {
    /// Who said what, in answer to what, with what was done to it; its id last, for the commands that take one.
    pub(super) fn message(&self, row: &Value) -> String {
        let sent = stamp(row["sent_ms"].as_u64().unwrap_or_default(), &TimeZone::system());
        if row["group"].is_object() {
            let change = self.words.group_change(row, &row["group"]).unwrap_or_default();
            return format!("{change}  ({sent})");
        }
        let mut said = Vec::new();
        if row["reply"].is_object() {
            said.push(self.quote(&row["reply"]));
        }
        let text = match row["text"].as_str() {
            Some(text) => plain_lines(text),
            None if row["deleted"] == true => self.words.say("said-deleted"),
            None if row["unreadable"] == true => self.words.say("said-unreadable"),
            None if row["timer"].is_object() => self.words.timer_set(&row["timer"]),
            None => self.file(&row["file"]),
        };
        said.extend(text.lines().map(str::to_owned));
        let marks = [
            Some(sent),
            (row["forwarded"] == true).then(|| self.words.say("said-forwarded")),
            row["edited_ms"].is_u64().then(|| self.words.say("said-edited")),
            Some(self.words.say(&format!("state-{}", field(row, "state")))),
        ];
        let marks: Vec<String> = marks.into_iter().flatten().collect();
        let reactions = row["reactions"].as_array().into_iter().flatten();
        let reactions: Vec<String> =
            reactions.map(|one| format!("{} {}", plain(field(one, "emoji")), plain(field(one, "from")))).collect();
        if !reactions.is_empty() {
            said.push(reactions.join("  "));
        }
        said.push(format!("({})  {}", marks.join(", "), field(row, "message_id")));
        let margin = " ".repeat(INDENT);
        let from = plain(field(row, "from"));
        format!("{from:<24} {}", said.join(&format!("\n{margin}")))
    }

    /// What was said last in a conversation, in one line, and when.
    pub(super) fn last(&self, last: &Value) -> String {
        let sent = stamp(last["sent_ms"].as_u64().unwrap_or_default(), &TimeZone::system());
        let said = if last["group"].is_object() {
            self.words.group_change(last, &last["group"]).unwrap_or_default()
        } else {
            let said: String = self.brief(last, last["file"]["name"].as_str()).chars().take(LAST_CHARS_MAX).collect();
            format!("{}: {said}", plain(field(last, "from")))
        };
        format!("{}{sent}  {said}", " ".repeat(INDENT))
    }

    fn quote(&self, quote: &Value) -> String {
        let said = self.brief(quote, quote["file"].as_str());
        match quote["from"].as_str() {
            Some(from) => format!("↪ {}: {said}", plain(from)),
            None => format!("↪ {said}"),
        }
    }

    /// A message in one line.
    fn brief(&self, quote: &Value, file: Option<&str>) -> String {
        match (quote["text"].as_str(), file) {
            (Some(text), _) => plain(text),
            (None, Some(file)) => plain(file),
            (None, None) if quote["missing"] == true => self.words.say("said-missing"),
            (None, None) if quote["timer"].is_object() => self.words.timer_set(&quote["timer"]),
            (None, None) if quote["unreadable"] == true => self.words.say("said-unreadable"),
            (None, None) => self.words.say("said-deleted"),
        }
    }

    /// A message that is not delivered, and why.
    pub(super) fn waits(&self, row: &Value) -> String {
        let since = (row["reason"] == "peer-offline").then(|| self.last_reached(row)).flatten();
        let reason =
            since.or_else(|| row["reason"].as_str().map(|reason| self.words.say(&format!("waiting-{reason}"))));
        let state = self.words.say(&format!("state-{}", field(row, "state")));
        format!("{:<24} {state} {}", plain(field(row, "to")), reason.unwrap_or_default())
    }

    /// That somebody's device has not been online, since when.
    pub(super) fn last_reached(&self, row: &Value) -> Option<String> {
        let zone = TimeZone::system();
        let since = self.words.since(row["reached_ms"].as_u64()?, crate::clock::now().as_millis(), &zone);
        Some(self.words.say_with("waiting-since", &[("since", FluentValue::from(since))]))
    }

    pub(super) fn receipts(&self, row: &Value) -> String {
        let said = self.words.say(&format!("receipts-{}", field(row, "receipts")));
        match field(row, "rule") {
            "user" => said,
            _ => format!("{said} {}", self.words.say("receipts-rule")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::words::Words;

    #[test]
    fn what_somebody_wrote_steers_no_terminal() {
        let printer = Printer { json: false, words: Words::of_tag("en") };
        let hostile = "\u{1b}[2J";
        let row = json!({
            "from": hostile, "text": format!("a\n{hostile}"), "state": "delivered", "message_id": "m",
            "reply": {"from": hostile, "text": hostile}, "reactions": [{"from": hostile, "emoji": hostile}],
        });
        let shown = printer.message(&row);
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(shown.contains("↪"));
        let last = printer.last(&row);
        assert!(last.chars().all(|c| !c.is_control()), "{last:?}");
        let file = json!({"file_id": "f", "name": "a.pdf\nforged  row\u{202e}", "bytes": 1, "state": "offered"});
        assert_eq!(printer.file(&file).lines().count(), 1);
        let row = json!({"from": "ada\nforged", "text": "one\ntwo", "state": "delivered", "message_id": "m"});
        let margin = " ".repeat(INDENT);
        assert!(
            printer.message(&row).lines().skip(1).all(|line| line.starts_with(&margin)),
            "no row but the first is one"
        );
    }
}
