//! Names of attributes (RFC 7644 §3.10) and the paths of a PATCH (§3.5.2): `name.familyName`, `emails[type eq "work"].value`,
//! `urn:…:User:department`. Bounded, never panics.

use std::fmt;
use std::str::FromStr;

use super::filter::{self, BadFilter, Filter};

/// Longest name or path, in bytes; the filter in it included.
pub const PATH_BYTES_MAX: usize = 1_024;

/// `[schema ":"] name ["." sub]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema, or what is left of one when the path is a schema's own name.
    pub urn: Option<String>,
    pub name: String,
    pub sub: Option<String>,
}

/// What a PATCH operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub attribute: AttributePath,
    /// Which of several values; then `attribute.sub` is of each of them.
    pub values: Option<Filter>,
}

/// No attribute has such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an attribute")]
pub struct BadPath;

impl From<BadFilter> for BadPath {
    fn from(_: BadFilter) -> Self {
        Self
    }
}

/// A letter (`$` in `$ref`), then letters, digits, `-` and `_`.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '$')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

impl FromStr for AttributePath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        if text.len() > PATH_BYTES_MAX {
            return Err(BadPath);
        }
        let is_urn = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
        let (urn, rest) = match text.rsplit_once(':').filter(|_| is_urn) {
            Some((urn, rest)) => (Some(urn.to_owned()), rest),
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        let plain_urn = |urn: &String| urn.chars().all(|c| c.is_ascii_alphanumeric() || ":.-_".contains(c));
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) || urn.as_ref().is_some_and(|urn| !plain_urn(urn)) {
            return Err(BadPath);
        }
        Ok(Self { urn, name: name.to_owned(), sub: sub.map(str::to_owned) })
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let text = text.trim();
        if text.len() > PATH_BYTES_MAX {
            return Err(BadPath);
        }
        let Some(open) = text.find('[') else { return Ok(Self { attribute: text.parse()?, values: None }) };
        let close = text.rfind(']').filter(|close| *close > open).ok_or(BadPath)?;
        let part = |range: Option<&str>| range.map(str::to_owned).ok_or(BadPath);
        let (name, inside, after) = (part(text.get(..open))?, part(text.get(open + 1..close))?, text.get(close + 1..));
        let mut attribute: AttributePath = name.parse()?;
        if attribute.sub.is_some() {
            return Err(BadPath);
        }
        attribute.sub = match after.unwrap_or_default() {
            "" => None,
            after => Some(after.strip_prefix('.').filter(|sub| is_name(sub)).ok_or(BadPath)?.to_owned()),
        };
        Ok(Self { attribute, values: Some(filter::parse_values(&inside)?) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_with_schemas_and_parts() {
        let path = |text: &str| text.parse::<AttributePath>();
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let department = path(&format!("{urn}:department")).expect("a path");
        assert_eq!((department.urn.as_deref(), department.name.as_str()), (Some(urn), "department"));
        assert_eq!(path("name.familyName").expect("a path").sub.as_deref(), Some("familyName"));
        for bad in ["", "1a", "a.b.c", "a b", "a.", "urn:x:", "é", "urn:a b:c"] {
            assert_eq!(path(bad), Err(BadPath), "{bad}");
        }
    }

    #[test]
    fn paths_into_values() {
        let path: Path = "emails[type eq \"wo]rk\"].value".parse().expect("a path");
        assert!(path.values.is_some() && path.attribute.sub.as_deref() == Some("value"));
        for bad in
            ["emails[", "emails]", "emails[]", "emails[type eq \"work\"]value", "a.b[c pr]", "emails[a[b pr] pr]"]
        {
            assert_eq!(bad.parse::<Path>(), Err(BadPath), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<Path>();
            if let Ok(path) = text.parse::<AttributePath>() {
                prop_assert_eq!(path.to_string().parse::<AttributePath>(), Ok(path));
            }
        }
    }
}
