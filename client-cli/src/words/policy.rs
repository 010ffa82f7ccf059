//! The organization's rules in sentences, from rows as the engine and scripts write them. What only this program obeys must never
//! read as a guarantee.

use serde_json::Value;

use super::Words;

/// Decimal, as administrators write limits.
const UNITS: [(u64, &str); 3] =
    [(1_000_000_000, "rule-gigabytes"), (1_000_000, "rule-megabytes"), (1_000, "rule-kilobytes")];

impl Words {
    /// What a row of the policy says: `file.max_bytes` and `50000000`. `None` for a row that this program does not know.
    pub fn rule(&self, policy: &str, value: &str) -> Option<String> {
        let (kind, detail) = match value.split_once(':') {
            Some((kind, items)) => (kind, items.replace(',', ", ")),
            None if value == "0" || value == "0.0.0" => ("none", String::new()),
            None if value.starts_with(|c: char| c.is_ascii_digit()) => ("limit", self.amount(policy, value)),
            None => (value, String::new()),
        };
        let row = policy.replace(['.', '_'], "-");
        self.try_say_with(&format!("rule-{row}-{kind}"), &[("detail", detail.into())])
    }

    /// All rules of an answer `organization`, each in a line, under who holds it.
    pub fn rules(&self, row: &Value) -> String {
        let Some(version) = row["policy_version"].as_u64() else { return self.say("rules-unknown") };
        let mut text = self.say_with("rules-title", &[("version", version.into())]);
        let rules = row["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (title, holds) in [("rules-server", ["server", "both"]), ("rules-client", ["client", "client"])] {
            text = format!("{text}\n\n{}", self.say(title));
            let field = |rule: &Value, name: &str| rule[name].as_str().unwrap_or_default().to_owned();
            for rule in rules.iter().filter(|rule| holds.contains(&field(rule, "enforcer").as_str())) {
                if let Some(said) = self.rule(&field(rule, "policy"), &field(rule, "value")) {
                    text = format!("{text}\n- {said}");
                }
            }
        }
        format!("{text}\n{}", self.say("rules-client-means"))
    }

    /// The rules that an event `policy` says have changed, each as it is now.
    pub fn changed_rules(&self, event: &Value) -> Vec<String> {
        let changes = event["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |change: &Value| self.rule(change["policy"].as_str()?, change["value"].as_str()?);
        changes.iter().filter_map(text).collect()
    }

    fn amount(&self, policy: &str, value: &str) -> String {
        if let Some(seconds) = value.parse::<u64>().ok().filter(|_| policy.ends_with("_seconds")) {
            return self.duration(seconds);
        }
        let Some(bytes) = value.parse::<u64>().ok().filter(|_| policy.ends_with("_bytes")) else {
            return value.to_owned();
        };
        let unit = UNITS.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
        match unit {
            Some((unit, key)) => self.say_with(key, &[("number", (bytes / unit).to_string().into())]),
            None => self.say_with("rule-bytes", &[("number", value.into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::policy::{Kind, NoLimit, Policy, PolicyKey};

    use super::*;

    /// A value of each shape that a row can have.
    fn values(key: PolicyKey) -> Vec<String> {
        match key.kind() {
            Kind::Choice(choices) => choices.iter().map(|choice| choice.word.to_owned()).collect(),
            Kind::Set(choices) => choices.iter().map(|choice| choice.word.to_owned()).chain(["none".into()]).collect(),
            Kind::Number(range) => {
                let none = range.none.map(|none| if none == NoLimit::Zero { "0" } else { "none" }.to_owned());
                [range.min.max(1).to_string(), range.max.to_string()].into_iter().chain(none).collect()
            }
            Kind::List(list) => vec![list.nothing.into(), list.all.into(), format!("{}:a,b", list.some)],
            Kind::Version => vec!["0.0.0".into(), "0.1.0".into()],
            Kind::Visibility => ["all", "same-group", "groups:a", "none"].map(Into::into).into(),
        }
    }

    #[test]
    fn every_value_of_every_row_is_a_sentence_in_both_languages() {
        let [english, french] = ["en", "fr"].map(Words::of_tag);
        for key in PolicyKey::ALL.iter().copied() {
            for value in values(key) {
                assert!(Policy::of(&[(key, &value)]).is_ok(), "{key} takes {value}");
                let [one, other] = [&english, &french].map(|words| words.rule(key.name(), &value));
                let (one, other) = (one.expect("a sentence"), other.expect("a sentence"));
                assert_ne!(one, other, "{key} = {value}");
            }
        }
        assert_eq!(english.rule("some.thing", "on"), None);
    }

    #[test]
    fn a_change_is_told_plainly() {
        let event =
            serde_json::json!({"changes": [{"policy": "file.max_bytes", "value": "50000000", "before": "none"}]});
        assert_eq!(Words::of_tag("en").changed_rules(&event), ["Files are limited to 50 MB."]);
        assert_eq!(Words::of_tag("fr").changed_rules(&event), ["Les fichiers sont limités à 50\u{a0}Mo."]);
    }
}
