//! Providers that push people: their tokens, shown once, and the brake of what they push. It must never carry a token that was
//! made before.

pub use protocol::ids::ProvisionerId;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

/// A token in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioner {
    pub id: ProvisionerId,
    pub name: Personal<String>,
    pub expires: Timestamp,
    /// Worth nothing any more.
    pub has_expired: bool,
    /// The day of the last use, at its beginning.
    pub used: Option<Timestamp>,
}

/// Providers refused: too many people would have lost access within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushBrake {
    pub would_lose: u64,
    pub allowed: u64,
}

/// What providers do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningView {
    /// Where they push to.
    pub url: String,
    pub tokens: Vec<Provisioner>,
    pub people: u64,
    pub groups: u64,
    pub braked: Option<PushBrake>,
}

/// A token, once.
#[derive(Debug, Clone)]
pub struct NewProvisioner {
    pub name: Personal<String>,
    pub url: String,
    pub token: Secret<String>,
    pub expires: Timestamp,
}
