//! Programs of the organization in memory: their tokens, and the brake of what they push.

use protocol::audit::AuditEvent;
use protocol::secret::Personal;
use protocol::time::DAY_MS;

use super::{Fake, party, sample};
use crate::api::*;

impl Fake {
    pub(super) fn integration_added(
        &self,
        who: &Administrator,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ApiError> {
        let mut state = self.with(who, Right::IntegrationsAdd)?;
        let expires = state.now.plus_ms(days * DAY_MS);
        let [a, b, c, d, ..] = state.draw();
        let id = IntegrationId::from_bytes([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let name = Personal::from(name);
        let token = Integration { id, name: name.clone(), scope, expires, has_expired: false, used: None };
        state.providers.tokens.push(token);
        state.record(AuditEvent::IntegrationAdded { scope }, None, party(who));
        let url = match scope {
            IntegrationScope::Provisioning => state.providers.scim_url.clone(),
            IntegrationScope::Read | IntegrationScope::Administer => state.providers.api_url.clone(),
        };
        Ok(NewIntegration { name, scope, url, token: sample::integration_token(), expires })
    }

    pub(super) fn integration_revoked(&self, who: &Administrator, token: IntegrationId) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::IntegrationsRevoke)?;
        let place = state.providers.tokens.iter().position(|known| known.id == token);
        state.providers.tokens.remove(place.ok_or(ApiError::Missing(Thing::Integration))?);
        state.record(AuditEvent::IntegrationRevoked, None, party(who));
        Ok(())
    }

    pub(super) fn push_brake_released(&self, who: &Administrator) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::BrakeRelease)?;
        state.providers.braked = None;
        state.record(AuditEvent::PushBrakeReleased, None, party(who));
        Ok(())
    }
}
