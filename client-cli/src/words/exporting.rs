//! What came of writing a conversation into a folder, for the command and the window alike.

use fluent_templates::fluent_bundle::FluentValue;
use serde_json::Value;

use super::Words;
use crate::plain::plain;

impl Words {
    /// The answer `{folder, messages, files, missing, left_out}` in sentences.
    pub fn exported(&self, answer: &Value) -> Vec<String> {
        let count = |name: &str| FluentValue::from(answer[name].as_u64().unwrap_or_default());
        let folder = plain(answer["folder"].as_str().unwrap_or_default());
        let values = [("messages", count("messages")), ("files", count("files")), ("folder", folder.into())];
        let mut said = vec![self.say_with("export-done", &values)];
        for (name, key) in [("missing", "export-missing-count"), ("left_out", "export-left-out")] {
            if answer[name] != 0 {
                said.push(self.say_with(key, &[("count", count(name))]));
            }
        }
        said
    }
}
