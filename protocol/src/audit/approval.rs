//! Which kinds of act need two people, as the audit names them.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A kind of dangerous act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum DangerousAct {
    /// A code for somebody who has had a device: a new identity for them.
    #[n(0)]
    IdentityReset,
    /// One more person loses access after many did within a day, or the brake is overruled.
    #[n(1)]
    AccessLoss,
    /// Who administers, what they may do, how they sign in; tokens of programs that change something.
    #[n(2)]
    Roles,
    /// A policy that permits more than the one in force.
    #[n(3)]
    Policy,
    /// A person goes, from everything or from the audit.
    #[n(4)]
    Erasure,
    /// From now on nothing needs two people.
    #[n(5)]
    Quorum,
    /// Everything about a person is taken out.
    #[n(6)]
    Export,
    /// Another directory key.
    #[n(7)]
    DirectoryKey,
}

impl DangerousAct {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::IdentityReset,
        Self::AccessLoss,
        Self::Roles,
        Self::Policy,
        Self::Erasure,
        Self::Quorum,
        Self::Export,
        Self::DirectoryKey,
    ];

    /// The word in texts, commands and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdentityReset => "identity-reset",
            Self::AccessLoss => "access-loss",
            Self::Roles => "roles",
            Self::Policy => "policy",
            Self::Erasure => "erasure",
            Self::Quorum => "quorum",
            Self::Export => "export",
            Self::DirectoryKey => "directory-key",
        }
    }
}
