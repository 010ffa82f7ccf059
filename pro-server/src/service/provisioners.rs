//! The tokens with which providers push people: made, listed, revoked, and who shows one. It must never store a token, nor note
//! when one was used beyond the day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::audit::{AuditEvent, Party};
use protocol::ids::{Hash32, ProvisionerId};
use protocol::secret::{Personal, Secret};
use protocol::time::{DAY_MS, Timestamp};

use crate::clock::Ambient;
use crate::domain::access::{Grant, Provisioner, ProvisionerRead, ProvisionerWrite};
use crate::domain::provisioners::{
    NotAdmitted, PROVISIONER_DAYS_MAX, PROVISIONER_DAYS_MIN, PROVISIONER_NAME_BYTES_MAX, PROVISIONERS_MAX,
    Provisioners, Token, Use,
};
use crate::domain::push::{LOSS_WINDOW_MS, PushBrake};
use crate::domain::sync::Limits;
use crate::storage;
use crate::storage::provisioner::ProvisionerRow;

use super::{Clash, Denial, Fault, ServiceError, Services, Thing};

const TOKEN_BYTES: usize = 32;
const TOKEN_LABEL: &[u8] = b"isoloir provisioning token v1\0";
/// So that a token that was put where it does not belong is found.
const TOKEN_PREFIX: &str = "isoloir-scim-";

/// What providers need in memory.
pub(super) struct Pushes {
    provisioners: Mutex<Provisioners>,
    pub(super) limits: Limits,
    /// The last refusal by the brake, and when.
    pub(super) braked: Mutex<Option<(Timestamp, PushBrake)>>,
}

impl Pushes {
    pub(super) fn new(standing: Vec<ProvisionerRow>, limits: Limits, ambient: &Ambient) -> Self {
        let token = |row: &ProvisionerRow| {
            Some(Token { id: row.id, hash: row.hash?, expires: row.expires, used_day: row.used_day })
        };
        let tokens = standing.iter().filter_map(token).collect();
        let salt = ambient.stream("provisioning throttle").bytes();
        Self { provisioners: Mutex::new(Provisioners::new(tokens, salt)), limits, braked: Mutex::default() }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token as administrators see it.
#[derive(Debug, Clone)]
pub struct ProvisionerView {
    pub id: ProvisionerId,
    pub name: Personal<String>,
    pub added: Timestamp,
    pub expires: Timestamp,
    /// The day of the last use, at its beginning.
    pub used: Option<Timestamp>,
}

/// Tokens, and how the brake stands.
#[derive(Debug, Clone)]
pub struct ProvisioningView {
    pub provisioners: Vec<ProvisionerView>,
    pub people: u64,
    pub groups: u64,
    /// People whom providers took devices from in the last day.
    pub lost: u64,
    /// What the brake refused in the last day.
    pub braked: Option<PushBrake>,
}

/// A token, once.
#[derive(Debug, Clone)]
pub struct NewProvisioner {
    pub id: ProvisionerId,
    /// Shown once, never stored.
    pub token: Secret<String>,
    pub expires: Timestamp,
}

fn token_hash(token: &Secret<String>) -> Hash32 {
    Hash32::sha256(&zeroize::Zeroizing::new([TOKEN_LABEL, token.expose().as_bytes()].concat()))
}

fn is_name(name: &str) -> bool {
    (1..=PROVISIONER_NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

impl Services {
    /// Every token that stands, the oldest first, and how the brake stands.
    pub async fn provisioning(&self, _: &Grant<ProvisionerRead>) -> Result<ProvisioningView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let view = |row: ProvisionerRow| ProvisionerView {
            id: row.id,
            name: row.name,
            added: row.added,
            expires: row.expires,
            used: row.used_day.map(|day| Timestamp::from_millis(day.saturating_mul(DAY_MS))),
        };
        let since = self.inner.ambient.now().minus_ms(LOSS_WINDOW_MS);
        let braked = *lock(&self.inner.pushes.braked);
        Ok(ProvisioningView {
            provisioners: storage::provisioner::standing(&mut tx).await?.into_iter().map(view).collect(),
            people: storage::scim::people::count(&mut tx).await?,
            groups: storage::scim::groups::count(&mut tx).await?,
            lost: storage::scim::losses::count(&mut tx, since).await?,
            braked: braked.filter(|(at, _)| *at >= since).map(|(_, brake)| brake),
        })
    }

    /// Makes a token that lives for `days`.
    pub async fn add_provisioner(
        &self,
        grant: &Grant<ProvisionerWrite>,
        name: &str,
        days: u64,
    ) -> Result<NewProvisioner, ServiceError> {
        let name = name.trim();
        if !is_name(name) || !(PROVISIONER_DAYS_MIN..=PROVISIONER_DAYS_MAX).contains(&days) {
            return Err(Fault::Provisioner.into());
        }
        let mut change = self.inner.change().await?;
        if storage::provisioner::standing(&mut change.tx).await?.len() >= PROVISIONERS_MAX {
            return Err(Clash::TooManyProvisioners.into());
        }
        let id = ProvisionerId::from_bytes(self.inner.ambient.bytes());
        let bytes = zeroize::Zeroizing::new(self.inner.ambient.bytes::<TOKEN_BYTES>());
        let text = format!("{TOKEN_PREFIX}{}", data_encoding::BASE64URL_NOPAD.encode(&*bytes));
        let (token, expires) = (Secret::new(text), change.now.plus_ms(days * DAY_MS));
        let hash = token_hash(&token);
        let (added, name) = (change.now, name.into());
        let row = ProvisionerRow { id, name, hash: Some(hash), added, expires, used_day: None };
        storage::provisioner::insert(&mut change.tx, &row).await?;
        let subject = Party::Provisioner(id);
        change.audit_about(AuditEvent::ProvisionerAdded, Some(&subject), grant.actor()).await?;
        change.commit(0..0).await?;
        lock(&self.inner.pushes.provisioners).put(Token { id, hash, expires, used_day: None });
        Ok(NewProvisioner { id, token, expires })
    }

    /// Makes a token worthless, at once.
    pub async fn revoke_provisioner(
        &self,
        grant: &Grant<ProvisionerWrite>,
        id: ProvisionerId,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let known = storage::provisioner::find(&mut change.tx, id).await?;
        known.filter(|row| row.hash.is_some()).ok_or(ServiceError::Missing(Thing::Provisioner))?;
        storage::provisioner::revoke(&mut change.tx, id).await?;
        let subject = Party::Provisioner(id);
        change.audit_about(AuditEvent::ProvisionerRevoked, Some(&subject), grant.actor()).await?;
        lock(&self.inner.pushes.provisioners).revoke(id);
        change.commit(0..0).await?;
        Ok(())
    }

    /// Lets providers take access from people again, as if nobody had lost any in the last day.
    pub async fn release_push_brake(&self, grant: &Grant<ProvisionerWrite>) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        storage::scim::losses::clear(&mut change.tx).await?;
        change.audit(AuditEvent::PushBrakeReleased, None, grant.actor()).await?;
        change.commit(0..0).await?;
        *lock(&self.inner.pushes.braked) = None;
        Ok(())
    }

    /// Who shows this token. The first use of a day is noted, as that day.
    pub async fn admit_provisioner(&self, token: &Secret<String>) -> Result<Provisioner, ServiceError> {
        let (hash, now) = (token_hash(token), self.inner.ambient.now());
        let admitted = lock(&self.inner.pushes.provisioners).admit(hash, now);
        let (who, first) = admitted.map_err(|refused| match refused {
            NotAdmitted::Unknown => Denial::Token,
            NotAdmitted::TooMany(too_many) => Denial::TooMany(too_many),
        })?;
        if let Use::FirstOfDay(day) = first {
            let mut change = self.inner.change().await?;
            storage::provisioner::set_used(&mut change.tx, who.id(), day).await?;
            change.commit(0..0).await?;
        }
        Ok(who)
    }
}
