//! Providers that push people, as the console shows them: tokens and the brake.

use admin_console::api::{
    Administrator, ApiError, NewProvisioner, Provisioner, ProvisionerId, ProvisioningView, PushBrake,
};
use protocol::secret::Personal;

use super::Desk;
use super::refusal::refused;

/// What a provider's address ends in.
const SCIM_PATH: &str = "/scim/v2";

impl Desk {
    fn scim_url(&self) -> String {
        format!("{}{SCIM_PATH}", self.url)
    }

    pub(super) async fn providers(&self, who: &Administrator) -> Result<ProvisioningView, ApiError> {
        let seen = self.services.provisioning(&self.grant(who)?).await.map_err(refused)?;
        let now = self.services.now();
        let token = |token: crate::service::provisioners::ProvisionerView| Provisioner {
            id: token.id,
            name: token.name,
            expires: token.expires,
            has_expired: token.expires <= now,
            used: token.used,
        };
        Ok(ProvisioningView {
            url: self.scim_url(),
            tokens: seen.provisioners.into_iter().map(token).collect(),
            people: seen.people,
            groups: seen.groups,
            braked: seen.braked.map(|brake| PushBrake { would_lose: brake.would_lose, allowed: brake.allowed }),
        })
    }

    pub(super) async fn provisioner_added(
        &self,
        who: &Administrator,
        name: &str,
        days: u64,
    ) -> Result<NewProvisioner, ApiError> {
        let made = self.services.add_provisioner(&self.grant(who)?, name, days).await.map_err(refused)?;
        Ok(NewProvisioner {
            name: Personal::from(name),
            url: self.scim_url(),
            token: made.token,
            expires: made.expires,
        })
    }

    pub(super) async fn provisioner_revoked(&self, who: &Administrator, token: ProvisionerId) -> Result<(), ApiError> {
        self.services.revoke_provisioner(&self.grant(who)?, token).await.map_err(refused)
    }

    pub(super) async fn push_brake_released(&self, who: &Administrator) -> Result<(), ApiError> {
        self.services.release_push_brake(&self.grant(who)?).await.map_err(refused)
    }
}
