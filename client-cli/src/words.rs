//! Words for people, in their language. All text lives in `locales/*/main.ftl` (Project Fluent); code names keys only.

mod day;
mod exporting;
mod groups;
mod policy;
mod time;

use std::borrow::Cow;
use std::collections::HashMap;

pub use self::day::stamp;
use fluent_templates::Loader as _;
use fluent_templates::fluent_bundle::FluentValue;
use unic_langid::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // The marks around inserted values that right-to-left texts need disturb terminals and scripts.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The language in which a person is spoken to.
#[derive(Debug, Clone)]
pub struct Words {
    language: LanguageIdentifier,
}

impl Words {
    /// The language of the environment (POSIX `LC_ALL`, `LC_MESSAGES`, `LANG`), English when it is none of ours.
    pub fn of_environment() -> Self {
        let tag = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .unwrap_or_default();
        Self::of_tag(&tag)
    }

    /// The language that a POSIX locale name or a language tag begins with.
    pub fn of_tag(tag: &str) -> Self {
        let language = if tag.to_ascii_lowercase().starts_with("fr") { langid!("fr") } else { langid!("en") };
        Self { language }
    }

    /// The text of `key`.
    pub fn say(&self, key: &str) -> String {
        LOCALES.lookup(&self.language, key)
    }

    /// The text of `key`, if there is one.
    pub fn try_say(&self, key: &str) -> Option<String> {
        LOCALES.try_lookup(&self.language, key)
    }

    /// The text of `key` with values in it.
    pub fn say_with(&self, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> String {
        LOCALES.lookup_with_args(&self.language, key, &by_name(values))
    }

    /// The text of `key` with values in it, if there is one.
    pub fn try_say_with(&self, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> Option<String> {
        LOCALES.try_lookup_with_args(&self.language, key, &by_name(values))
    }

    /// What failed, why, and what to do: the words of a fault's code.
    pub fn fault(&self, code: &str, detail: Option<&str>) -> String {
        let known = self.try_say_with(&format!("error-{code}"), &[("detail", detail.unwrap_or_default().into())]);
        known.unwrap_or_else(|| self.say_with("error-other", &[("code", code.into())]))
    }
}

fn by_name<'v>(values: &[(&'static str, FluentValue<'v>)]) -> HashMap<Cow<'static, str>, FluentValue<'v>> {
    values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_text() {
        let said = Words::of_tag("en").try_say_with("error-policy-file-too-large", &[("detail", "1000".into())]);
        assert!(said.is_some_and(|text| text.contains("1000")));
        assert_eq!(Words::of_tag("en").try_say_with("error-of-no-kind", &[]), None);
    }

    #[test]
    fn both_languages_speak() {
        assert_ne!(Words::of_tag("fr_FR.UTF-8").say("help-isoloir"), Words::of_tag("C").say("help-isoloir"));
    }
}
