//! Programs with a token of their own, shown once: what each may do; and the brake of what providers push. It must never carry a token that was
//! made before.

pub use protocol::audit::IntegrationScope;
pub use protocol::ids::IntegrationId;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

/// A token in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    pub id: IntegrationId,
    pub name: Personal<String>,
    pub scope: IntegrationScope,
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

/// What programs do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationsView {
    /// Where providers push to.
    pub scim_url: String,
    /// Where programs administer.
    pub api_url: String,
    pub tokens: Vec<Integration>,
    pub people: u64,
    pub groups: u64,
    pub braked: Option<PushBrake>,
}

/// A token, once.
#[derive(Debug, Clone)]
pub struct NewIntegration {
    pub name: Personal<String>,
    pub scope: IntegrationScope,
    pub url: String,
    pub token: Secret<String>,
    pub expires: Timestamp,
}
