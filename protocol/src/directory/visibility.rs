//! Who sees whom in the directory (spec/directory.md §1): a rule of the policy, and classes of readers who see the same.
//! A rule can only hide: nobody becomes certified, reachable or trusted by being seen.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::ids::Hash32;
use crate::keys::transcript;
use crate::limits::{GROUP_BYTES_MAX, VISIBLE_GROUPS_MAX};

/// A group of people at their source. Compared without case, as directories do. A clone shares the name: one group has many people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(Arc<str>);

/// Not a group's name, or not a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a rule of visibility")]
pub struct BadVisibility;

impl Group {
    /// Trims and lower-cases. No control characters, and neither `,` nor `;`, which separate names where people write them.
    pub fn parse(text: &str) -> Result<Self, BadVisibility> {
        let name = text.trim().to_lowercase();
        let fits = (1..=GROUP_BYTES_MAX).contains(&name.len());
        if fits && !name.contains(|c: char| c.is_control() || c == ',' || c == ';') {
            Ok(Self(name.into()))
        } else {
            Err(BadVisibility)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose groups it is is personal; the name alone may stand in a policy.
impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group(…)")
    }
}

impl<C> Encode<C> for Group {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Group {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        let group = Self::parse(text).map_err(minicbor::decode::Error::custom)?;
        // One spelling, so that a rule has one encoding and a class one id.
        if group.as_str() == text {
            Ok(group)
        } else {
            Err(minicbor::decode::Error::message("a group in another spelling"))
        }
    }
}

/// `directory.visibility`: whom a person finds in the directory. Enforced by the server. Everybody knows themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub enum Visibility {
    /// Everybody.
    #[default]
    #[n(0)]
    All,
    /// Whoever shares a group with the person.
    #[n(1)]
    SameGroup,
    /// The people of these groups, and nobody else, for everybody.
    #[n(2)]
    Groups(#[cbor(n(0), decode_with = "groups")] BTreeSet<Group>),
    /// Nobody.
    #[n(3)]
    Nobody,
}

fn groups<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<BTreeSet<Group>, minicbor::decode::Error> {
    let listed = crate::bounded::list::<_, Group, VISIBLE_GROUPS_MAX>(d, ctx)?;
    let rising = listed.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if listed.is_empty() || !rising {
        return Err(minicbor::decode::Error::message("groups out of order"));
    }
    Ok(listed.into_iter().collect())
}

impl Visibility {
    /// Whether a person of `theirs` is seen by one of `own`.
    pub fn shows(&self, own: &BTreeSet<Group>, theirs: &BTreeSet<Group>) -> bool {
        match self {
            Self::All => true,
            Self::SameGroup => !own.is_disjoint(theirs),
            Self::Groups(shown) => !shown.is_disjoint(theirs),
            Self::Nobody => false,
        }
    }

    /// The loosest rule that shows nobody whom either of the two hides. Where no rule says exactly that, nobody is shown.
    #[must_use]
    pub fn strictest(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, rule) | (rule, Self::All) => rule.clone(),
            (Self::SameGroup, Self::SameGroup) => Self::SameGroup,
            (Self::Groups(a), Self::Groups(b)) => {
                let both: BTreeSet<Group> = a.intersection(b).cloned().collect();
                if both.is_empty() { Self::Nobody } else { Self::Groups(both) }
            }
            (Self::SameGroup, Self::Groups(_))
            | (Self::Groups(_), Self::SameGroup)
            | (Self::Nobody, _)
            | (_, Self::Nobody) => Self::Nobody,
        }
    }

    /// Whether people's groups decide anything.
    pub const fn is_by_group(&self) -> bool {
        matches!(self, Self::SameGroup | Self::Groups(_))
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::SameGroup => f.write_str("same-group"),
            Self::Groups(groups) => {
                let names: Vec<&str> = groups.iter().map(Group::as_str).collect();
                write!(f, "groups:{}", names.join(","))
            }
            Self::Nobody => f.write_str("none"),
        }
    }
}

impl FromStr for Visibility {
    type Err = BadVisibility;

    fn from_str(text: &str) -> Result<Self, BadVisibility> {
        match text.trim() {
            "all" => Ok(Self::All),
            "same-group" => Ok(Self::SameGroup),
            "none" => Ok(Self::Nobody),
            other => {
                let names = other.strip_prefix("groups:").ok_or(BadVisibility)?;
                let groups = names.split(',').map(Group::parse).collect::<Result<BTreeSet<_>, _>>()?;
                if groups.len() > VISIBLE_GROUPS_MAX { Err(BadVisibility) } else { Ok(Self::Groups(groups)) }
            }
        }
    }
}

/// The class of a reader with these groups of their own: readers of one class see the same people. Under a rule that looks at the
/// reader's groups it depends on them, under any other it is one for all.
pub fn class(rule: &Visibility, own: &BTreeSet<Group>) -> Hash32 {
    let written = rule.to_string();
    let mut parts = vec![written.as_bytes()];
    if *rule == Visibility::SameGroup {
        parts.extend(own.iter().map(|group| group.as_str().as_bytes()));
    }
    Hash32::sha256(&transcript("isoloir visibility class v1", &parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> BTreeSet<Group> {
        names.iter().map(|name| Group::parse(name).expect("a group")).collect()
    }

    #[test]
    fn a_rule_is_written_and_read_the_same_and_has_one_encoding() {
        for text in ["all", "same-group", "none", "groups:lyon,paris"] {
            let rule: Visibility = text.parse().expect("a rule");
            assert_eq!(rule.to_string(), text);
            let bytes = crate::codec::encode(&rule);
            assert_eq!(crate::codec::decode_deterministic::<Visibility>(&bytes), Ok(rule));
        }
        assert_eq!(
            "groups: Paris , LYON,paris".parse::<Visibility>().map(|rule| rule.to_string()),
            Ok("groups:lyon,paris".into())
        );
        for bad in ["", "some", "groups:", "groups:a,,b", "groups", "same group"] {
            assert_eq!(bad.parse::<Visibility>(), Err(BadVisibility), "{bad}");
        }
        // [2, [["paris", "lyon"]]]: not in order.
        let unordered = [&[0x82, 2, 0x81, 0x82, 0x65][..], b"paris", &[0x64], b"lyon"].concat();
        assert!(crate::codec::decode::<Visibility>(&unordered).is_err());
    }

    #[test]
    fn who_sees_whom() {
        let (paris, lyon, both) = (groups(&["paris"]), groups(&["lyon"]), groups(&["lyon", "paris"]));
        let listed: Visibility = "groups:lyon".parse().expect("a rule");
        assert!(Visibility::All.shows(&paris, &lyon) && !Visibility::Nobody.shows(&paris, &paris));
        assert!(Visibility::SameGroup.shows(&paris, &both) && !Visibility::SameGroup.shows(&paris, &lyon));
        assert!(!Visibility::SameGroup.shows(&groups(&[]), &groups(&[])), "nobody's group is no group");
        assert!(listed.shows(&groups(&[]), &lyon) && !listed.shows(&lyon, &paris));
    }

    #[test]
    fn a_class_is_what_the_rule_looks_at() {
        let (paris, lyon) = (groups(&["paris"]), groups(&["lyon"]));
        assert_eq!(class(&Visibility::All, &paris), class(&Visibility::All, &lyon));
        assert_ne!(class(&Visibility::SameGroup, &paris), class(&Visibility::SameGroup, &lyon));
        assert_ne!(class(&Visibility::All, &paris), class(&Visibility::Nobody, &paris));
        // Names cannot run into each other.
        assert_ne!(
            class(&Visibility::SameGroup, &groups(&["ab", "c"])),
            class(&Visibility::SameGroup, &groups(&["a", "bc"]))
        );
    }
}
