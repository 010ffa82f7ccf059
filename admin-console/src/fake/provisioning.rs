//! Providers of the organization in memory: their tokens and the brake.

use protocol::audit::AuditEvent;
use protocol::secret::Personal;
use protocol::time::DAY_MS;

use super::{Fake, party, sample};
use crate::api::*;

impl Fake {
    pub(super) fn provisioner_added(
        &self,
        who: &Administrator,
        name: &str,
        days: u64,
    ) -> Result<NewProvisioner, ApiError> {
        let mut state = self.changing(who)?;
        let expires = state.now.plus_ms(days * DAY_MS);
        let [a, b, c, d, ..] = state.draw();
        let id = ProvisionerId::from_bytes([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let name = Personal::from(name);
        let token = Provisioner { id, name: name.clone(), expires, has_expired: false, used: None };
        state.providers.tokens.push(token);
        state.record(AuditEvent::ProvisionerAdded, None, party(who));
        let url = state.providers.url.clone();
        Ok(NewProvisioner { name, url, token: sample::provisioning_token(), expires })
    }

    pub(super) fn provisioner_revoked(&self, who: &Administrator, token: ProvisionerId) -> Result<(), ApiError> {
        let mut state = self.changing(who)?;
        let place = state.providers.tokens.iter().position(|known| known.id == token);
        state.providers.tokens.remove(place.ok_or(ApiError::Missing(Thing::Provisioner))?);
        state.record(AuditEvent::ProvisionerRevoked, None, party(who));
        Ok(())
    }

    pub(super) fn push_brake_released(&self, who: &Administrator) -> Result<(), ApiError> {
        let mut state = self.changing(who)?;
        state.providers.braked = None;
        state.record(AuditEvent::PushBrakeReleased, None, party(who));
        Ok(())
    }
}
