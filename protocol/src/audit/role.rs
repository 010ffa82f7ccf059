//! What an administrator of the console may do. The order of the roles decides about permissions: a higher one has everything
//! that a lower one has.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What an administrator of the console may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum AdministratorRole {
    /// Looks at everything and changes nothing. Verifying and exporting the audit is looking.
    #[n(0)]
    Auditor,
    /// Everything.
    #[n(1)]
    Owner,
}

impl AdministratorRole {
    /// Every role, the highest first.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Auditor];

    /// The word in forms, commands and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Auditor => "auditor",
        }
    }

    /// The role that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether controls that change something are worth showing. What refuses is a permission, whatever was shown.
    pub const fn can_change(self) -> bool {
        matches!(self, Self::Owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_stands_above_an_auditor_and_names_come_back() {
        assert!(AdministratorRole::Owner > AdministratorRole::Auditor);
        for role in AdministratorRole::ALL {
            assert_eq!(AdministratorRole::named(role.name()), Some(role));
        }
        assert_eq!(AdministratorRole::named("Owner"), None);
    }
}
