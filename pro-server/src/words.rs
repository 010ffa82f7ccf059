//! Text for people, in their language (Fluent, `locales/`). English where a language or a message is missing.
//! Never builds a sentence from pieces.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, langid};

use crate::config::{Expected, Problem, ProblemKind};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The arguments of one message.
pub type Arguments<'a> = &'a [(&'static str, FluentValue<'a>)];

/// One language.
#[derive(Debug, Clone)]
pub struct Words {
    language: LanguageIdentifier,
}

impl Words {
    /// By `LC_ALL`, else `LC_MESSAGES`, else `LANG` (POSIX.1-2024, 8.2).
    pub fn of_environment(environment: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| environment(name).filter(|value| !value.is_empty()))
            .unwrap_or_default();
        match locale.split(['_', '.', '@']).next() {
            Some("fr") => Words { language: langid!("fr") },
            _ => Words { language: langid!("en") },
        }
    }

    pub fn say(&self, id: &str) -> String {
        LOCALES.lookup(&self.language, id)
    }

    pub fn say_with(&self, id: &str, arguments: Arguments<'_>) -> String {
        LOCALES.lookup_with_args(&self.language, id, &named(arguments))
    }

    /// As [`Words::say_with`]; `None` if there is no such message.
    pub fn try_say_with(&self, id: &str, arguments: Arguments<'_>) -> Option<String> {
        LOCALES.try_lookup_with_args(&self.language, id, &named(arguments))
    }

    /// What is wrong with one key of the configuration and what to do.
    pub fn problem(&self, problem: &Problem) -> String {
        let key = FluentValue::from(problem.key.as_str());
        match &problem.kind {
            ProblemKind::Unknown { nearest: None } => self.say_with("config-unknown", &[("key", key)]),
            ProblemKind::Unknown { nearest: Some(nearest) } => {
                self.say_with("config-unknown-nearest", &[("key", key), ("nearest", nearest.as_str().into())])
            }
            ProblemKind::Missing => self.say_with("config-missing", &[("key", key)]),
            ProblemKind::Wrong(expected) => {
                let expected = self.expected(*expected);
                self.say_with("config-wrong", &[("key", key), ("expected", expected.into())])
            }
            ProblemKind::Unreadable(kind) => {
                self.say_with("config-unreadable", &[("key", key), ("reason", kind.to_string().into())])
            }
            ProblemKind::Syntax { line } => self.say_with("config-syntax", &[("key", key), ("line", (*line).into())]),
            ProblemKind::Excludes(other) => {
                self.say_with("config-excludes", &[("key", key), ("other", (*other).into())])
            }
            ProblemKind::SecretInside(other) => {
                self.say_with("config-secret-inside", &[("key", key), ("other", (*other).into())])
            }
            ProblemKind::Needs(other) => self.say_with("config-needs", &[("key", key), ("other", (*other).into())]),
        }
    }

    fn expected(&self, expected: Expected) -> String {
        match expected {
            Expected::Text => self.say("expected-text"),
            Expected::Boolean => self.say("expected-boolean"),
            Expected::Integer { min, max } => self.say_with(
                "expected-integer",
                // As text: people read these, nobody wants digits grouped.
                &[("min", min.to_string().into()), ("max", max.to_string().into())],
            ),
            Expected::SocketAddress => self.say("expected-socket-address"),
            Expected::HttpsUrl => self.say("expected-https-url"),
            Expected::LdapUrl => self.say("expected-ldap-url"),
            Expected::SourceName => self.say("expected-source-name"),
            Expected::Sections { max } => self.say_with("expected-sections", &[("max", max.into())]),
            Expected::LdapFilter => self.say("expected-ldap-filter"),
            Expected::AttributeName => self.say("expected-attribute-name"),
            Expected::LdapKind => self.say("expected-ldap-kind"),
            Expected::Texts { max } => self.say_with("expected-texts", &[("max", max.to_string().into())]),
            Expected::PostgresUrl => self.say("expected-postgres-url"),
            Expected::PostgresDatabase => self.say("expected-postgres-database"),
            Expected::PostgresParameters => self.say("expected-postgres-parameters"),
            Expected::OneOf(known) => self.say_with("expected-one-of", &[("known", known.into())]),
            Expected::SyslogUrl => self.say("expected-syslog-url"),
            Expected::LongSecret { min } => self.say_with("expected-long-secret", &[("min", min.into())]),
            Expected::PlainName => self.say("expected-plain-name"),
            Expected::UniqueName => self.say("expected-unique-name"),
            Expected::PathOfItsOwn => self.say("expected-path-of-its-own"),
            Expected::WitnessKey => self.say("expected-witness-key"),
            Expected::IssuerUrl => self.say("expected-issuer-url"),
            Expected::Table => self.say("expected-table"),
        }
    }
}

fn named<'a>(arguments: Arguments<'a>) -> HashMap<Cow<'static, str>, FluentValue<'a>> {
    arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(locale: &'static str) -> Words {
        Words::of_environment(|name| (name == "LANG").then(|| locale.to_owned()))
    }

    #[test]
    fn the_locale_decides() {
        assert_eq!(words("fr_FR.UTF-8").language, langid!("fr"));
        assert_eq!(words("de_DE.UTF-8").language, langid!("en"));
        assert_eq!(words("C").language, langid!("en"));
        let both = Words::of_environment(|name| match name {
            "LC_ALL" => Some("fr_CA".to_owned()),
            "LANG" => Some("en_US".to_owned()),
            _ => None,
        });
        assert_eq!(both.language, langid!("fr"));
    }

    #[test]
    fn a_problem_says_where_and_what_to_do() {
        let problem =
            Problem { key: "http.lisen".to_owned(), kind: ProblemKind::Unknown { nearest: Some("listen".to_owned()) } };
        let text = words("en").problem(&problem);
        assert!(text.contains("http.lisen") && text.contains("listen"), "{text}");
        assert_ne!(words("fr").problem(&problem), text);
    }
}
