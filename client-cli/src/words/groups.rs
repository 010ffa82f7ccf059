//! What changed in a group, said to people: in a history, while it happens, and in the window. Names come from others and are made
//! harmless here.

use fluent_templates::fluent_bundle::FluentValue;
use serde_json::Value;

use super::Words;
use crate::plain::plain;

impl Words {
    /// A sentence about a change: `row` has who made it (`from`, or `by` in an event), `change` what it was (docs/cli.md).
    pub fn group_change(&self, row: &Value, change: &Value) -> Option<String> {
        let text = |value: &Value| plain(value.as_str().unwrap_or_default());
        let by = text(row["from"].as_str().map_or(&row["by"], |_| &row["from"]));
        let (who, word) = (text(&change["who"]), text(&change["change"]));
        let key = match change["directory"].as_str() {
            _ if word == "removed" && who == by => "group-left".to_owned(),
            Some(_) => format!("group-{word}-directory"),
            None => format!("group-{word}"),
        };
        let values = [
            ("directory", FluentValue::from(text(&change["directory"]))),
            ("by", FluentValue::from(by)),
            ("who", FluentValue::from(who)),
            ("name", FluentValue::from(text(&change["name"]))),
        ];
        self.try_say_with(&key, &values)
    }
}
