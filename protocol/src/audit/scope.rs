//! What a program may do with its token. The scopes stand beside each other: none contains another, because a program has one task.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a program with a token of its own may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationScope {
    /// Pushes people and groups (RFC 7644), and nothing else.
    #[default]
    #[n(0)]
    Provisioning,
    /// Looks at what an auditor may look at, and changes nothing.
    #[n(1)]
    Read,
    /// Does what an owner may do, except what only people decide.
    #[n(2)]
    Administer,
}

impl IntegrationScope {
    /// Every scope, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Provisioning, Self::Read, Self::Administer];

    /// The word in forms, commands and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Read => "read",
            Self::Administer => "administer",
        }
    }

    /// The scope that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for scope in IntegrationScope::ALL {
            assert_eq!(IntegrationScope::named(scope.name()), Some(scope));
        }
        assert_eq!(IntegrationScope::named("Administer"), None);
    }
}
