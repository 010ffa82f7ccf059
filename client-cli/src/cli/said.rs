//! Messages on the command line for eyes: what they answer, what was done to them, and why they wait. Text from others must never steer
//! the terminal.

use fluent_templates::fluent_bundle::FluentValue;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::show::{Printer, field, plain};

/// Columns before what is said.
const INDENT: usize = 25;

impl Printer {
    /// Who said what, in answer to what, with what was done to it; its id last, for the commands that take one.
    pub(super) fn message(&self, row: &Value) -> String {
        if row["group"].is_object() {
            return self.words.group_change(row, &row["group"]).unwrap_or_default();
        }
        let mut said = Vec::new();
        if row["reply"].is_object() {
            said.push(self.quote(&row["reply"]));
        }
        let text = match row["text"].as_str() {
            Some(text) => plain(text),
            None if row["deleted"] == true => self.words.say("said-deleted"),
            None if row["unreadable"] == true => self.words.say("said-unreadable"),
            None if row["timer"].is_object() => self.words.timer_set(&row["timer"]),
            None => self.file(&row["file"]),
        };
        said.extend(text.lines().map(str::to_owned));
        let marks = [
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

    fn quote(&self, quote: &Value) -> String {
        let said = match (quote["text"].as_str(), quote["file"].as_str()) {
            (Some(text), _) => plain(text).replace('\n', " "),
            (None, Some(file)) => plain(file).replace('\n', " "),
            (None, None) if quote["missing"] == true => self.words.say("said-missing"),
            (None, None) if quote["timer"].is_object() => self.words.timer_set(&quote["timer"]),
            (None, None) if quote["unreadable"] == true => self.words.say("said-unreadable"),
            (None, None) => self.words.say("said-deleted"),
        };
        match quote["from"].as_str() {
            Some(from) => format!("↪ {}: {said}", plain(from)),
            None => format!("↪ {said}"),
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
    }
}
