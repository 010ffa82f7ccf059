//! The groups of the directory as one of their people is told of them (spec/directory.md §5): all of their own, at once, so that
//! asking says nothing about which of them anybody uses. It must never name anybody whom policy hides from the reader.

use minicbor::{Decode, Decoder, Encode};

use super::Group;
use crate::bounded;
use crate::ids::MemberId;
use crate::limits::{DIRECTORY_GROUPS_BYTES_MAX, GROUPS_PER_PERSON_MAX, ROSTER_MEMBERS_MAX};
use crate::signed::Document;
use crate::time::Timestamp;

/// The groups that a person is in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryGroups {
    /// Whose they are; to anybody else it says nothing.
    #[n(0)]
    pub reader: MemberId,
    /// When the directory said so.
    #[n(1)]
    pub issued: Timestamp,
    /// Ascending by name.
    #[cbor(n(2), decode_with = "rising_groups")]
    pub groups: Vec<DirectoryGroup>,
}

impl Document for DirectoryGroups {
    const LABEL: &'static str = "isoloir directory groups v1";
    const BYTES_MAX: usize = DIRECTORY_GROUPS_BYTES_MAX;
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryGroup {
    /// Its name.
    #[n(0)]
    pub name: Group,
    /// Who is in it.
    #[n(1)]
    pub people: GroupPeople,
}

/// Who is in a group, all of them or nobody: whoever took a part for the whole would remove the rest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum GroupPeople {
    /// These, the reader among them, ascending.
    #[n(0)]
    All(#[cbor(n(0), decode_with = "rising_people")] Vec<MemberId>),
    /// More than [`ROSTER_MEMBERS_MAX`].
    #[n(1)]
    TooMany,
    /// Some whom the reader may not see.
    #[n(2)]
    Hidden,
}

fn rising_groups<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Vec<DirectoryGroup>, minicbor::decode::Error> {
    let groups = bounded::list::<_, DirectoryGroup, GROUPS_PER_PERSON_MAX>(d, ctx)?;
    if groups.iter().map(|group| &group.name).is_sorted_by(|a, b| a < b) {
        Ok(groups)
    } else {
        Err(minicbor::decode::Error::message("groups out of order"))
    }
}

fn rising_people<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Vec<MemberId>, minicbor::decode::Error> {
    let members = bounded::list::<_, MemberId, ROSTER_MEMBERS_MAX>(d, ctx)?;
    if !members.is_empty() && members.is_sorted_by(|a, b| a < b) {
        Ok(members)
    } else {
        Err(minicbor::decode::Error::message("people out of order"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::limits::GROUP_BYTES_MAX;

    #[test]
    fn the_most_and_longest_groups_fit_and_have_one_order() {
        let people: Vec<_> = (0..ROSTER_MEMBERS_MAX as u8).map(|n| MemberId::from_bytes([n; 16])).collect();
        let group = |n: usize| DirectoryGroup {
            name: Group::parse(&format!("{n:0>GROUP_BYTES_MAX$}")).expect("a group"),
            people: GroupPeople::All(people.clone()),
        };
        let groups = (0..GROUPS_PER_PERSON_MAX).map(group).collect();
        let issued = Timestamp::from_millis(u64::MAX);
        let most = DirectoryGroups { reader: MemberId::from_bytes([0; 16]), issued, groups };
        let bytes = codec::encode(&most);
        assert!(bytes.len() + 1_024 <= DIRECTORY_GROUPS_BYTES_MAX, "{}", bytes.len());
        assert_eq!(codec::decode::<DirectoryGroups>(&bytes), Ok(most.clone()));

        let mut turned = most.clone();
        turned.groups.reverse();
        assert!(codec::decode::<DirectoryGroups>(&codec::encode(&turned)).is_err());
        let one = |people| DirectoryGroups {
            groups: vec![DirectoryGroup { people: GroupPeople::All(people), ..group(0) }],
            ..most.clone()
        };
        for wrong in [vec![], vec![MemberId::from_bytes([1; 16]); 2], [people.clone(), people.clone()].concat()] {
            assert!(codec::decode::<DirectoryGroups>(&codec::encode(&one(wrong))).is_err());
        }
    }
}
