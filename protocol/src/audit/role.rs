//! What an administrator of the console may do, and over whom. The roles stand beside each other: which permissions each has is
//! decided by the server alone. No role acts as another person.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::directory::Group;
use crate::ids::Hash32;

/// What an administrator of the console may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum AdministratorRole {
    /// Looks at everything and changes nothing. Verifying and exporting the audit is looking.
    #[n(0)]
    Auditor,
    /// Everything.
    #[n(1)]
    Owner,
    /// People, their devices and where they come from.
    #[n(2)]
    People,
    /// What clients and the server permit.
    #[n(3)]
    Policy,
    /// Sees people, lets a newcomer enroll, and revokes a lost device.
    #[n(4)]
    HelpDesk,
}

impl AdministratorRole {
    /// Every role, as forms show them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::People, Self::Policy, Self::Auditor, Self::HelpDesk];

    /// The word in forms, commands and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::People => "people",
            Self::Policy => "policy",
            Self::Auditor => "auditor",
            Self::HelpDesk => "help-desk",
        }
    }

    /// The role that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it can be had over the people of a group. An owner of a part could make themselves owner of the rest.
    pub const fn fits_a_group(self) -> bool {
        !matches!(self, Self::Owner)
    }
}

/// A role, and over whom: written `owner`, or `help-desk:GROUP` for the people of one group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(try_from = "String", into = "String")]
pub struct Assignment {
    /// What.
    #[n(0)]
    role: AdministratorRole,
    /// Over the people of this group; over the whole organization if none.
    #[n(1)]
    group: Option<Group>,
}

/// No role, no group, or a role that nobody has over a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of owner, people, policy, auditor and help-desk; the last four may be followed by :GROUP")]
pub struct BadAssignment;

const OWNER: Assignment = Assignment::everywhere(AdministratorRole::Owner);

impl Assignment {
    /// Over the whole organization.
    pub const fn everywhere(role: AdministratorRole) -> Self {
        Self { role, group: None }
    }

    /// Over the people of `group`.
    pub fn of_group(role: AdministratorRole, group: Group) -> Result<Self, BadAssignment> {
        if role.fits_a_group() { Ok(Self { role, group: Some(group) }) } else { Err(BadAssignment) }
    }

    /// What.
    pub const fn role(&self) -> AdministratorRole {
        self.role
    }

    /// Over whose people, if not over everybody.
    pub const fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Whether it is everything there is.
    pub fn is_owner(&self) -> bool {
        *self == OWNER
    }

    /// What stands for the group where no text may stand: in the audit.
    pub fn group_hash(&self) -> Option<Hash32> {
        self.group.as_ref().map(|group| Hash32::sha256(group.as_str().as_bytes()))
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            None => f.write_str(self.role.name()),
            Some(group) => write!(f, "{}:{}", self.role.name(), group.as_str()),
        }
    }
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Assignment {
    type Err = BadAssignment;

    fn from_str(text: &str) -> Result<Self, BadAssignment> {
        let (role, group) = text.split_once(':').map_or((text, None), |(role, group)| (role, Some(group)));
        let role = AdministratorRole::named(role.trim()).ok_or(BadAssignment)?;
        match group {
            None => Ok(Self::everywhere(role)),
            Some(group) => Self::of_group(role, Group::parse(group).map_err(|_| BadAssignment)?),
        }
    }
}

impl TryFrom<String> for Assignment {
    type Error = BadAssignment;

    fn try_from(text: String) -> Result<Self, BadAssignment> {
        text.parse()
    }
}

impl From<Assignment> for String {
    fn from(assignment: Assignment) -> Self {
        assignment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for role in AdministratorRole::ALL {
            assert_eq!(AdministratorRole::named(role.name()), Some(role));
            let everywhere = Assignment::everywhere(role);
            assert_eq!(everywhere.to_string().parse(), Ok(everywhere));
        }
        assert_eq!(AdministratorRole::named("Owner"), None);
    }

    #[test]
    fn a_role_over_a_group_is_written_with_it_and_no_owner_has_one() {
        let lyon: Assignment = "help-desk:Étude Lyon".parse().expect("a role");
        assert_eq!((lyon.role(), lyon.group().map(Group::as_str)), (AdministratorRole::HelpDesk, Some("étude lyon")));
        assert_eq!(lyon.to_string(), "help-desk:étude lyon");
        for wrong in ["", "king", "owner:lyon", "help-desk:", "help-desk:a,b"] {
            assert_eq!(wrong.parse::<Assignment>(), Err(BadAssignment), "{wrong}");
        }
    }
}
