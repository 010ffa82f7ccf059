//! Administrators who sign in with an identity provider, beside password and second factor: only with an account that an owner has tied
//! to theirs by hand. It must never make an administrator of anybody, nor keep a word of the provider's.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use crate::config::identity::Who;
use crate::domain::access::{AdministratorWrite, Grant};
use crate::domain::approval::Act;
use crate::domain::console::AtProvider;
use crate::identity::oidc::fault::BadToken;
use crate::identity::oidc::verify::Logout;
use crate::identity::oidc::{BrowserSignIn, Callback, Provider, Verified};
use crate::service::error::Clash;
use crate::service::sign_in::SignInDenial;
use crate::service::{Denial, Fault, Outage, ServiceError, Services, Thing};
use crate::storage::StorageError;
use crate::storage::administrator;
use crate::storage::sign_in_link::{self, Account};

use super::desk::lock;
use super::{Named, Opened, named};

/// From the sign-in page to the provider and back.
const SIGN_IN_LIFETIME_MS: u64 = 10 * 60 * 1_000;
/// Sign-ins under way at one time; another one ends the oldest.
const SIGN_INS_MAX: usize = 10_000;
/// Logout tokens are fresh for less than this, and count once.
const LOGOUT_MEMORY_MS: u64 = 15 * 60 * 1_000;
const LOGOUTS_MAX: usize = 10_000;
/// Longest subject (OpenID Connect Core §2).
const SUBJECT_BYTES_MAX: usize = 255;
const TOKEN_LABEL: &[u8] = b"isoloir console sign-in v1\0";

/// What the browser keeps while it is at the provider.
pub type SignInToken = Secret<[u8; 32]>;

/// A provider on the sign-in page.
#[derive(Debug, Clone)]
pub struct ProviderName {
    pub name: String,
    pub label: String,
}

/// Where the browser goes, and what it keeps.
pub struct BegunSignIn {
    pub page: Secret<String>,
    pub token: SignInToken,
}

/// What the browser came back with.
pub enum Answer {
    Code(Callback),
    /// The person or the provider said no.
    Refused,
}

impl Answer {
    pub const fn code(code: Secret<String>, state: Secret<String>, issuer: Option<String>) -> Self {
        Self::Code(Callback { code, state, issuer })
    }
}

/// Who came back.
pub enum Arrived {
    In(Opened),
    /// An account that is nobody's here; an owner can make it somebody's.
    Stranger {
        provider: String,
        subject: Personal<String>,
    },
}

/// A sign-in under way.
pub(super) struct Flow {
    provider: Arc<Provider>,
    begun: BrowserSignIn,
    expires: Timestamp,
}

/// What is remembered of sign-ins with providers.
#[derive(Default)]
pub(super) struct Flows {
    open: BTreeMap<Hash32, Flow>,
    /// Logout tokens that have been followed, and until when they could come again.
    logouts: BTreeMap<Hash32, Timestamp>,
}

impl Flows {
    fn keep(&mut self, key: Hash32, flow: Flow, now: Timestamp) {
        if self.open.len() >= SIGN_INS_MAX {
            self.open.retain(|_, flow| flow.expires > now);
        }
        if self.open.len() >= SIGN_INS_MAX
            && let Some(oldest) = self.open.iter().min_by_key(|(_, flow)| flow.expires).map(|(key, _)| *key)
        {
            self.open.remove(&oldest);
        }
        self.open.insert(key, flow);
    }

    /// Takes note of a logout token; false when it was followed before.
    fn is_new(&mut self, id: Hash32, now: Timestamp) -> bool {
        if self.logouts.len() >= LOGOUTS_MAX {
            self.logouts.retain(|_, until| *until > now);
        }
        // Full of fresh ones: each ends sessions once more at worst, which is what it was for.
        if self.logouts.len() >= LOGOUTS_MAX {
            self.logouts.clear();
        }
        self.logouts.insert(id, now.plus_ms(LOGOUT_MEMORY_MS)).is_none_or(|until| until <= now)
    }
}

fn key(token: &SignInToken) -> Hash32 {
    Hash32::sha256(&zeroize::Zeroizing::new([TOKEN_LABEL, token.expose()].concat()))
}

/// By hashes: a session says nothing about the account that it came from.
fn at_provider(verified: &Verified) -> AtProvider {
    AtProvider {
        issuer: Hash32::sha256(verified.issuer.as_bytes()),
        subject: Hash32::sha256(verified.subject.expose().as_bytes()),
        session: verified.session.as_ref().map(|session| Hash32::sha256(session.expose().as_bytes())),
    }
}

impl Services {
    /// Those that the sign-in page offers.
    pub fn console_providers(&self) -> Vec<ProviderName> {
        let for_us = |provider: &&Arc<Provider>| provider.config.who.contains(&Who::Administrators);
        let name = |provider: &Arc<Provider>| ProviderName {
            name: provider.config.name.clone(),
            label: provider.config.label.clone(),
        };
        self.inner.sign_ins.providers.iter().filter(for_us).map(name).collect()
    }

    /// Begins a sign-in that comes back to `redirect`.
    pub async fn begin_console_sign_in(&self, provider: &str, redirect: &str) -> Result<BegunSignIn, ServiceError> {
        let now = self.inner.ambient.now();
        let sign_ins = &self.inner.sign_ins;
        let provider =
            sign_ins.provider(provider, Who::Administrators).ok_or(ServiceError::Missing(Thing::Provider))?;
        sign_ins.count(self.asker, now)?;
        let token: SignInToken = Secret::new(self.inner.desk.ambient.bytes());
        let begun = provider.begin_in_browser(redirect, token.expose()).await.map_err(Outage::Provider)?;
        let page = Secret::new(begun.page.as_str().to_owned());
        let flow = Flow { provider: provider.clone(), begun, expires: now.plus_ms(SIGN_IN_LIFETIME_MS) };
        lock(&self.inner.desk.flows).keep(key(&token), flow, now);
        Ok(BegunSignIn { page, token })
    }

    /// Ends it, whatever the answer: what the browser keeps counts once.
    pub async fn finish_console_sign_in(&self, token: &SignInToken, answer: Answer) -> Result<Arrived, ServiceError> {
        let now = self.inner.ambient.now();
        let flow = lock(&self.inner.desk.flows).open.remove(&key(token)).filter(|flow| flow.expires > now);
        let flow = flow.ok_or(Denial::SignInAt(SignInDenial::Expired))?;
        let Answer::Code(callback) = answer else { return Err(Denial::SignInAt(SignInDenial::Refused).into()) };
        let verified = flow.provider.finish_in_browser(&flow.begun, &callback).await?;
        let account = Account { issuer: verified.issuer.clone(), subject: verified.subject.clone() };
        let mut change = self.inner.change().await?;
        let stranger =
            || Arrived::Stranger { provider: flow.provider.config.label.clone(), subject: verified.subject.clone() };
        let Some(id) = sign_in_link::administrator_of(&mut change.tx, &account).await? else { return Ok(stranger()) };
        let row = administrator::find(&mut change.tx, id).await?;
        // After a reset the one-time link is the only way in.
        let Some(row) = row.filter(|row| row.removed.is_none() && row.password.is_some()) else {
            return Ok(stranger());
        };
        let now = change.now;
        administrator::note_sign_in(&mut change.tx, id, now).await?;
        let name = row.name.clone().unwrap_or_default();
        self.enter(change, &row, name, Some(at_provider(&verified))).await.map(Arrived::In)
    }

    /// Ties an account at a provider to an administrator.
    pub async fn link_administrator(
        &self,
        grant: &Grant<AdministratorWrite>,
        whom: Named<'_>,
        provider: &str,
        subject: &str,
    ) -> Result<(), ServiceError> {
        let provider = self.inner.sign_ins.provider(provider, Who::Administrators);
        let provider = provider.ok_or(ServiceError::Missing(Thing::Provider))?;
        let subject = subject.trim();
        if !(1..=SUBJECT_BYTES_MAX).contains(&subject.len()) || subject.chars().any(char::is_control) {
            return Err(Fault::Subject.into());
        }
        let account = Account { issuer: provider.config.issuer.clone(), subject: subject.into() };
        let mut change = self.inner.change().await?;
        let row = named(&mut change.tx, whom).await?;
        let (provider, subject) = (provider.config.name.clone(), subject.into());
        let act = Act::LinkAdministrator { administrator: row.id, provider, subject };
        let mut change = self.gate(change, grant, act).await?;
        let now = change.now;
        match sign_in_link::put_administrator(&mut change.tx, &account, row.id, now).await {
            Err(StorageError::Conflict { .. }) => return Err(Clash::Linked.into()),
            other => other?,
        }
        let subject = Party::Administrator(row.id);
        change.audit_about(AuditEvent::AccountLinked, Some(&subject), grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// Unties every account of an administrator; sessions that were opened by one end.
    pub async fn unlink_administrator(
        &self,
        grant: &Grant<AdministratorWrite>,
        whom: Named<'_>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let row = named(&mut change.tx, whom).await?;
        if sign_in_link::remove_administrator(&mut change.tx, row.id).await? == 0 {
            return Err(Clash::NotLinked.into());
        }
        let subject = Party::Administrator(row.id);
        change.audit_about(AuditEvent::AccountUnlinked, Some(&subject), grant.actor()).await?;
        change.commit(0..0).await?;
        lock(&self.inner.desk.sessions).close_from_providers(row.id);
        Ok(())
    }

    /// Follows a logout token (Back-Channel Logout 1.0 §2.7): the sessions that it names end. One that was followed is refused.
    pub async fn sign_out_at_provider(&self, provider: &str, token: &Secret<String>) -> Result<(), ServiceError> {
        let now = self.inner.ambient.now();
        let follow = self.follow_logout(provider, token, now);
        self.inner.desk.askers.guess(self.asker, now, follow).await
    }

    async fn follow_logout(&self, provider: &str, token: &Secret<String>, now: Timestamp) -> Result<(), ServiceError> {
        let provider = self.inner.sign_ins.provider(provider, Who::Administrators);
        let provider = provider.ok_or(ServiceError::Missing(Thing::Provider))?;
        let Logout { id, subject, session } = provider.logged_out(token.expose()).await?;
        if !lock(&self.inner.desk.flows).is_new(id, now) {
            return Err(Denial::SignInAt(SignInDenial::Token(BadToken::Time)).into());
        }
        let hash = |text: Personal<String>| Hash32::sha256(text.expose().as_bytes());
        let issuer = Hash32::sha256(provider.config.issuer.as_bytes());
        lock(&self.inner.desk.sessions).close_at_provider(issuer, subject.map(hash), session.map(hash));
        Ok(())
    }

    /// Who has an account with which provider, by the providers' labels.
    pub(super) async fn labels(
        &self,
        tx: &mut crate::storage::Tx,
    ) -> Result<Vec<(AdministratorId, String)>, ServiceError> {
        let known = &self.inner.sign_ins.providers;
        let label = |issuer: String| {
            let provider = known.iter().find(|provider| provider.config.issuer == issuer);
            provider.map_or(issuer.clone(), |provider| provider.config.label.clone())
        };
        let links = sign_in_link::administrators(tx).await?;
        Ok(links.into_iter().map(|(id, issuer)| (id, label(issuer))).collect())
    }
}
