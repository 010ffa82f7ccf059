//! What a running server says of programs with a token of their own. A token goes to whoever made it, once.

use protocol::audit::IntegrationScope;
use protocol::ids::IntegrationId;
use protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::integrations::{IntegrationView, PushedView};

/// A program with a token of its own.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct IntegrationRow {
    #[schema(value_type = String)]
    pub integration_id: IntegrationId,
    pub name: String,
    /// `provisioning`, `read` or `administer`.
    #[schema(value_type = String)]
    pub scope: IntegrationScope,
    /// `active` or `expired`.
    pub state: String,
    pub expires_ms: u64,
    /// The day of the last use, at its beginning.
    pub used_ms: Option<u64>,
}

impl IntegrationRow {
    /// As it stands at `now`.
    pub fn of(known: IntegrationView, now: Timestamp) -> Self {
        IntegrationRow {
            integration_id: known.id,
            name: known.name.into_exposed(),
            scope: known.scope,
            state: if now < known.expires { "active" } else { "expired" }.to_owned(),
            expires_ms: known.expires.as_millis(),
            used_ms: known.used.map(|day| day.as_millis()),
        }
    }
}

/// A new token, shown once.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenRow {
    pub integration_id: IntegrationId,
    pub scope: IntegrationScope,
    /// Where the program asks.
    pub url: String,
    pub token: String,
    pub expires_ms: u64,
}

/// What providers pushed, and how their brake stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvisioningRow {
    pub people: u64,
    pub groups: u64,
    /// People whom providers took devices from in the last day.
    pub lost: u64,
    /// What the brake refused in the last day.
    pub braked: Option<BrakedRow>,
}

/// Too many people would have lost access within a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BrakedRow {
    pub would_lose: u64,
    pub allowed: u64,
}

impl From<PushedView> for ProvisioningRow {
    fn from(pushed: PushedView) -> Self {
        let braked = pushed.braked.map(|brake| BrakedRow { would_lose: brake.would_lose, allowed: brake.allowed });
        ProvisioningRow { people: pushed.people, groups: pushed.groups, lost: pushed.lost, braked }
    }
}
