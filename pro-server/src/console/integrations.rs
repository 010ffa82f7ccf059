//! Programs as the console shows them: tokens, and the brake of what providers push.

use admin_console::api::{
    Administrator, ApiError, Integration, IntegrationId, IntegrationScope, IntegrationsView, NewIntegration, PushBrake,
};
use protocol::secret::Personal;

use super::Desk;
use super::refusal::refused;
use crate::service::integrations::IntegrationView;

impl Desk {
    pub(super) async fn programs(&self, who: &Administrator) -> Result<IntegrationsView, ApiError> {
        let tokens = self.services.integrations(&self.grant(who)?).await.map_err(refused)?;
        let seen = self.services.pushed(&self.grant(who)?).await.map_err(refused)?;
        let now = self.services.now();
        let token = |token: IntegrationView| Integration {
            id: token.id,
            name: token.name,
            scope: token.scope,
            expires: token.expires,
            has_expired: token.expires <= now,
            used: token.used,
        };
        Ok(IntegrationsView {
            scim_url: self.url.of_scope(IntegrationScope::Provisioning),
            api_url: self.url.of_scope(IntegrationScope::Read),
            tokens: tokens.into_iter().map(token).collect(),
            people: seen.people,
            groups: seen.groups,
            braked: seen.braked.map(|brake| PushBrake { would_lose: brake.would_lose, allowed: brake.allowed }),
        })
    }

    pub(super) async fn integration_added(
        &self,
        who: &Administrator,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ApiError> {
        let made = self.services.add_integration(&self.grant(who)?, scope, name, days).await.map_err(refused)?;
        Ok(NewIntegration {
            name: Personal::from(name),
            scope,
            url: self.url.of_scope(scope),
            token: made.token,
            expires: made.expires,
        })
    }

    pub(super) async fn integration_revoked(&self, who: &Administrator, token: IntegrationId) -> Result<(), ApiError> {
        self.services.revoke_integration(&self.grant(who)?, token).await.map_err(refused)
    }

    pub(super) async fn push_brake_released(&self, who: &Administrator) -> Result<(), ApiError> {
        self.services.release_push_brake(&self.grant(who)?).await.map_err(refused)
    }
}
