//! The tokens of programs: made, listed, revoked, and who shows one. It must never store a token, nor note
//! when one was used beyond the day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::audit::{AuditEvent, IntegrationScope, Party};
use protocol::ids::{Hash32, IntegrationId};
use protocol::secret::{Personal, Secret};
use protocol::time::{DAY_MS, Timestamp};

use crate::clock::Ambient;
use crate::domain::access::{
    Grant, Integration, IntegrationRead, IntegrationRevoke, IntegrationWrite, PushBrakeRelease,
};
use crate::domain::approval::Act;
use crate::domain::integrations::{
    INTEGRATION_DAYS_MAX, INTEGRATION_DAYS_MIN, INTEGRATION_NAME_BYTES_MAX, INTEGRATIONS_MAX, Integrations,
    NotAdmitted, Token, Use,
};
use crate::domain::push::{LOSS_WINDOW_MS, PushBrake};
use crate::domain::sync::Limits;
use crate::storage;
use crate::storage::integration::IntegrationRow;

use super::{Clash, Denial, Fault, ServiceError, Services, Thing};

const TOKEN_BYTES: usize = 32;
const TOKEN_LABEL: &[u8] = b"isoloir provisioning token v1\0";

/// What a token begins with, so that one that was put where it does not belong is found.
const fn prefix(scope: IntegrationScope) -> &'static str {
    match scope {
        IntegrationScope::Provisioning => "isoloir-scim-",
        IntegrationScope::Read | IntegrationScope::Administer => "isoloir-api-",
    }
}

/// What programs need in memory.
pub(super) struct Pushes {
    integrations: Mutex<Integrations>,
    pub(super) limits: Limits,
    pub(super) braked: Mutex<Braked>,
}

/// What the brake refused.
#[derive(Default)]
pub(super) struct Braked {
    pub(super) last: Option<(Timestamp, PushBrake)>,
    /// When a refusal was last recorded.
    pub(super) recorded: Option<Timestamp>,
}

impl Pushes {
    pub(super) fn new(standing: Vec<IntegrationRow>, limits: Limits, ambient: &Ambient) -> Self {
        let salt = ambient.stream("integrations throttle").bytes();
        Self { integrations: Mutex::new(Integrations::new(tokens(standing), salt)), limits, braked: Mutex::default() }
    }

    /// The tokens anew, after another server may have made or revoked some.
    pub(super) fn reload(&self, standing: Vec<IntegrationRow>) {
        lock(&self.integrations).replace(tokens(standing));
    }

    /// Whether the token of a request that has begun still stands.
    pub(super) fn check(&self, actor: &Party, now: Timestamp) -> Result<(), Denial> {
        match actor {
            Party::Integration(id) if !lock(&self.integrations).stands(*id, now) => Err(Denial::Token),
            _ => Ok(()),
        }
    }
}

fn tokens(standing: Vec<IntegrationRow>) -> Vec<Token> {
    let token = |IntegrationRow { id, scope, hash, expires, used_day, .. }: IntegrationRow| {
        Some(Token { id, scope, hash: hash?, expires, used_day })
    };
    standing.into_iter().filter_map(token).collect()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token as administrators see it.
#[derive(Debug, Clone)]
pub struct IntegrationView {
    pub id: IntegrationId,
    pub name: Personal<String>,
    pub scope: IntegrationScope,
    pub added: Timestamp,
    pub expires: Timestamp,
    /// The day of the last use, at its beginning.
    pub used: Option<Timestamp>,
}

/// What providers pushed, and how the brake stands.
#[derive(Debug, Clone)]
pub struct PushedView {
    pub people: u64,
    pub groups: u64,
    /// People whom providers took devices from in the last day.
    pub lost: u64,
    /// What the brake refused in the last day.
    pub braked: Option<PushBrake>,
}

/// A token, once.
#[derive(Debug, Clone)]
pub struct NewIntegration {
    pub id: IntegrationId,
    /// Shown once, never stored.
    pub token: Secret<String>,
    pub expires: Timestamp,
}

fn token_hash(token: &Secret<String>) -> Hash32 {
    Hash32::sha256(&zeroize::Zeroizing::new([TOKEN_LABEL, token.expose().as_bytes()].concat()))
}

fn is_name(name: &str) -> bool {
    (1..=INTEGRATION_NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

impl Services {
    /// Every token that stands, the oldest first.
    pub async fn integrations(&self, _: &Grant<IntegrationRead>) -> Result<Vec<IntegrationView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let view = |row: IntegrationRow| IntegrationView {
            id: row.id,
            name: row.name,
            scope: row.scope,
            added: row.added,
            expires: row.expires,
            used: row.used_day.map(|day| Timestamp::from_millis(day.saturating_mul(DAY_MS))),
        };
        Ok(storage::integration::standing(&mut tx).await?.into_iter().map(view).collect())
    }

    /// What providers pushed, and how the brake stands.
    pub async fn pushed(&self, _: &Grant<IntegrationRead>) -> Result<PushedView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let since = self.inner.ambient.now().minus_ms(LOSS_WINDOW_MS);
        let braked = lock(&self.inner.pushes.braked).last;
        Ok(PushedView {
            people: storage::scim::people::count(&mut tx).await?,
            groups: storage::scim::groups::count(&mut tx).await?,
            lost: storage::scim::losses::count(&mut tx, since).await?,
            braked: braked.filter(|(at, _)| *at >= since).map(|(_, brake)| brake),
        })
    }

    /// Makes a token that lives for `days`.
    pub async fn add_integration(
        &self,
        grant: &Grant<IntegrationWrite>,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ServiceError> {
        let name = name.trim();
        if !is_name(name) || !(INTEGRATION_DAYS_MIN..=INTEGRATION_DAYS_MAX).contains(&days) {
            return Err(Fault::Integration.into());
        }
        let mut change = self.inner.change().await?;
        if storage::integration::standing(&mut change.tx).await?.len() >= INTEGRATIONS_MAX {
            return Err(Clash::TooManyIntegrations.into());
        }
        // A program counts for itself: many of them would be many hands of one person.
        if scope != IntegrationScope::Read {
            change = self.gate(change, grant, Act::AddIntegration { scope, name: name.into(), days }).await?;
        }
        let id = IntegrationId::from_bytes(self.inner.ambient.bytes());
        let bytes = zeroize::Zeroizing::new(self.inner.ambient.bytes::<TOKEN_BYTES>());
        let text = format!("{}{}", prefix(scope), data_encoding::BASE64URL_NOPAD.encode(&*bytes));
        let (token, expires) = (Secret::new(text), change.now.plus_ms(days * DAY_MS));
        let hash = token_hash(&token);
        let (added, name) = (change.now, name.into());
        let row = IntegrationRow { id, name, scope, hash: Some(hash), added, expires, used_day: None };
        storage::integration::insert(&mut change.tx, &row).await?;
        let subject = Party::Integration(id);
        change.audit_about(AuditEvent::IntegrationAdded { scope }, Some(&subject), grant.actor()).await?;
        change.audit_name(&subject, row.name.expose(), grant.actor()).await?;
        change.commit(0..0).await?;
        lock(&self.inner.pushes.integrations).put(Token { id, scope, hash, expires, used_day: None });
        Ok(NewIntegration { id, token, expires })
    }

    /// Makes a token worthless, at once.
    pub async fn revoke_integration(
        &self,
        grant: &Grant<IntegrationRevoke>,
        id: IntegrationId,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let known = storage::integration::find(&mut change.tx, id).await?;
        known.filter(|row| row.hash.is_some()).ok_or(ServiceError::Missing(Thing::Integration))?;
        storage::integration::revoke(&mut change.tx, id).await?;
        let subject = Party::Integration(id);
        change.audit_about(AuditEvent::IntegrationRevoked, Some(&subject), grant.actor()).await?;
        lock(&self.inner.pushes.integrations).revoke(id);
        change.commit(0..0).await?;
        Ok(())
    }

    /// Lets providers take access from people again, as if nobody had lost any in the last day.
    pub async fn release_push_brake(&self, grant: &Grant<PushBrakeRelease>) -> Result<(), ServiceError> {
        let mut change = self.gate(self.inner.change().await?, grant, Act::ReleaseBrake).await?;
        storage::scim::losses::clear(&mut change.tx).await?;
        change.audit(AuditEvent::PushBrakeReleased, None, grant.actor()).await?;
        change.commit(0..0).await?;
        *lock(&self.inner.pushes.braked) = Braked::default();
        Ok(())
    }

    /// Which program shows this token. The first use of a day is noted, as that day.
    pub async fn admit_integration(&self, token: &Secret<String>) -> Result<Integration, ServiceError> {
        let (hash, now) = (token_hash(token), self.inner.ambient.now());
        let admitted = lock(&self.inner.pushes.integrations).admit(hash, now);
        let (who, first) = admitted.map_err(|refused| match refused {
            NotAdmitted::Unknown => Denial::Token,
            NotAdmitted::TooMany(too_many) => Denial::TooMany(too_many),
        })?;
        if let Use::FirstOfDay(day) = first {
            let mut change = self.inner.change().await?;
            storage::integration::set_used(&mut change.tx, who.id(), day).await?;
            change.commit(0..0).await?;
        }
        Ok(who)
    }
}
