//! Where people come from: each source has a kind, a name that administrators give it, and a number under which its people
//! are stored. A number is never given to another source. A name must not say anything about a person: it is shown and logged.

use std::fmt;

/// Longest name of a source, in bytes.
pub const SOURCE_NAME_BYTES_MAX: usize = 32;
/// The name of the one source that `[directory.ldap]` describes without naming it.
pub const LDAP_NAME_DEFAULT: &str = "ldap";

const BUILT_IN_NAME: &str = "built-in";
const SCIM_NAME: &str = "scim";

/// One source of people, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(u32);

impl Source {
    /// The built-in directory, filled by CSV import.
    pub const BUILT_IN: Self = Self(1);
    /// The LDAP directory of installations that have one.
    pub const LDAP: Self = Self(2);
    /// People whom a provisioning service pushes (RFC 7644).
    pub const SCIM: Self = Self(3);
    /// The first number of sources that administrators name.
    const NAMED: Self = Self(16);

    /// By its number.
    pub const fn of_number(number: u32) -> Self {
        Self(number)
    }

    pub const fn number(self) -> u32 {
        self.0
    }

    /// The number of a source that comes after all of these.
    pub fn after(known: impl IntoIterator<Item = Self>) -> Self {
        known.into_iter().map(|source| Self(source.0.saturating_add(1))).fold(Self::NAMED, Self::max)
    }
}

/// What kind of source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    BuiltIn,
    Ldap,
    Scim,
}

impl SourceKind {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Ldap => "ldap",
            Self::Scim => "scim",
        }
    }
}

/// What administrators call a source: small letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceName(String);

/// No name for a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is called by 1 to {SOURCE_NAME_BYTES_MAX} small letters, digits and dashes")]
pub struct BadSourceName;

impl SourceName {
    pub fn parse(text: &str) -> Result<Self, BadSourceName> {
        let fits = (1..=SOURCE_NAME_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadSourceName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for a source that is always there.
    pub fn is_reserved(&self) -> bool {
        [BUILT_IN_NAME, SCIM_NAME].contains(&self.as_str())
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A source with everything by which it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub source: Source,
    pub kind: SourceKind,
    pub name: SourceName,
}

impl Origin {
    /// The sources that every installation has, used or not. The second is what `[directory.ldap]` means without a name.
    pub fn always() -> [Self; 3] {
        let origin = |source, kind, name: &str| Self { source, kind, name: SourceName(name.to_owned()) };
        [
            origin(Source::BUILT_IN, SourceKind::BuiltIn, BUILT_IN_NAME),
            origin(Source::LDAP, SourceKind::Ldap, LDAP_NAME_DEFAULT),
            origin(Source::SCIM, SourceKind::Scim, SCIM_NAME),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_given_twice() {
        let mut known: Vec<Source> = Origin::always().iter().map(|origin| origin.source).collect();
        for _ in 0..3 {
            let next = Source::after(known.iter().copied());
            assert!(!known.contains(&next) && next >= Source::NAMED);
            known.push(next);
        }
    }

    #[test]
    fn a_name_is_a_plain_word() {
        assert!(["ldap", "paris-2", "a"].iter().all(|name| SourceName::parse(name).is_ok()));
        let long = "a".repeat(SOURCE_NAME_BYTES_MAX + 1);
        assert!(["", "Paris", "a b", "é", "cn=x", &long].iter().all(|name| SourceName::parse(name).is_err()));
        assert!(Origin::always().iter().all(|origin| SourceName::parse(origin.name.as_str()).is_ok()));
    }
}
