//! The ways in: a one-time link once, then name, password and second factor. A wrong name, password and code are told alike and
//! take alike. It must never tell which one it was, nor note where somebody came from.

use protocol::audit::{AuditEvent, Party};
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use crate::domain::access::SignedIn;
use crate::domain::account::{BadAccount, judge_password};
use crate::domain::console::AtProvider;
use crate::domain::console::Lasting;
use crate::domain::member::Login;
use crate::domain::totp::{self, TotpSecret};
use crate::identity::password_hash::{Fit, Unchecked};
use crate::service::change::Change;
use crate::service::{Denial, Fault, ServiceError, Services};
use crate::storage::StorageError;
use crate::storage::administrator::{self, AdministratorRow, Chosen};
use crate::storage::administrator_role;

use super::desk::{BLOCKED_NOTE_MS, BrowserToken, SessionToken, lock, session_key, token_key};
use super::{LinkReason, LinkView, Named, Opened, Typed, named};

impl From<Unchecked> for ServiceError {
    fn from(_: Unchecked) -> Self {
        damaged("password").into()
    }
}

fn damaged(column: &'static str) -> StorageError {
    StorageError::Corrupt { table: "administrator", column }
}

/// Whether a conflict is somebody else's change or the answer to the question that was asked.
pub(super) fn conflict_is(
    outcome: Result<(), StorageError>,
    meaning: impl Into<ServiceError>,
) -> Result<(), ServiceError> {
    match outcome {
        Err(StorageError::Conflict { .. }) => Err(meaning.into()),
        other => Ok(other?),
    }
}

/// What a known browser is bound to: another password makes it a stranger.
pub(super) fn mark_of(password: Option<&str>) -> Hash32 {
    Hash32::sha256(password.unwrap_or_default().as_bytes())
}

impl Services {
    /// What a one-time link is for; it is not spent by looking.
    pub async fn look_up_link(&self, token: &Secret<String>) -> Result<LinkView, ServiceError> {
        let (row, _) = self.link(token).await?;
        let mut tx = self.inner.storage.read().await?;
        let is_first = !administrator::all(&mut tx).await?.iter().any(|row| row.name.is_some());
        let totp = self.totp(&row)?;
        let reason = match row.name {
            Some(name) => LinkReason::Reset(name),
            None if is_first => LinkReason::First,
            None => LinkReason::Invited,
        };
        Ok(LinkView { reason, roles: row.roles, totp, expires: row.link_expires.unwrap_or_default() })
    }

    /// Spends a one-time link: name (kept after a reset), password and second factor are set, and a session is opened.
    pub async fn set_up(&self, token: &Secret<String>, typed: Typed<'_>) -> Result<Opened, ServiceError> {
        let (row, link) = self.link(token).await?;
        let kept = row.name.as_ref().map(|name| name.expose().as_str());
        let name = Login::parse(kept.unwrap_or(typed.name)).map_err(|_| BadAccount::Name);
        let judged = judge_password(typed.password, name.as_ref().ok());
        let now = self.inner.ambient.now();
        let step = totp::verify(&self.totp(&row)?, typed.code.expose(), row.totp_step, now);
        let step = step.map_err(|_| BadAccount::Code);
        let (name, totp_step) = match (name, judged, step) {
            (Ok(name), Ok(()), Ok(step)) => (name, step),
            (name, judged, step) => {
                let bad = [name.err(), judged.err(), step.err()].into_iter().flatten();
                return Err(Fault::Account(bad.collect()).into());
            }
        };
        let password = self.inner.desk.hasher.hash(typed.password).await?;
        let mut change = self.inner.change().await?;
        if let Some(other) = administrator::find_name(&mut change.tx, &name).await?
            && other.id != row.id
        {
            return Err(Fault::Account(vec![BadAccount::NameTaken]).into());
        }
        let (now, actor) = (change.now, Party::Administrator(row.id));
        let chosen = Chosen { name: &name, password: &password, totp_step, signed_in: now };
        conflict_is(administrator::set_up(&mut change.tx, row.id, link, &chosen).await, Denial::Link)?;
        change.audit_about(AuditEvent::AdministratorSetUp, None, &actor).await?;
        if row.name.is_none() {
            change.audit_name(&actor, name.expose(), &actor).await?;
        }
        self.enter(change, &row, Personal::from(name.expose()), None).await
    }

    /// Opens a session for whoever knows the password and has the second factor of this moment, once.
    pub async fn sign_in(&self, typed: Typed<'_>) -> Result<Opened, ServiceError> {
        self.sign_in_from(typed, None).await
    }

    /// The same from a browser that may be known: one in which this administrator signed in before has a count of its own. Whoever
    /// only knows the name can use up what is left to strangers, and keeps nobody out of where they always sign in.
    pub async fn sign_in_from(&self, typed: Typed<'_>, browser: Option<&BrowserToken>) -> Result<Opened, ServiceError> {
        let now = self.inner.ambient.now();
        let name = Login::parse(typed.name);
        let row = match &name {
            Ok(name) => administrator::find_name(&mut self.inner.storage.read().await?, name).await?,
            Err(_) => None,
        };
        let known = browser.filter(|token| {
            row.as_ref().is_some_and(|row| {
                self.inner.desk.seal.is_browser(row.id, token.expose(), &mark_of(row.password.as_deref()))
            })
        });
        match known {
            Some(token) => {
                lock(&self.inner.desk.browsers).attempt(token.expose(), now).map_err(Denial::TooMany)?;
                self.guess(typed, row, now).await
            }
            None => {
                let key = name.as_ref().map_or(typed.name, Login::expose).as_bytes().to_vec();
                let guess = self.guess_as_stranger(typed, row, key, now);
                self.inner.desk.askers.guess(self.asker, now, guess).await
            }
        }
    }

    async fn guess_as_stranger(
        &self,
        typed: Typed<'_>,
        row: Option<AdministratorRow>,
        key: Vec<u8>,
        now: Timestamp,
    ) -> Result<Opened, ServiceError> {
        lock(&self.inner.desk.sign_ins).attempt(&key, now).map_err(Denial::TooMany)?;
        let id = row.as_ref().map(|row| row.id);
        let outcome = self.guess(typed, row, now).await;
        if let (Some(id), Err(ServiceError::Denied(Denial::SignIn))) = (id, &outcome) {
            self.note_blocked(id, &key, now);
        }
        outcome
    }

    async fn guess(
        &self,
        typed: Typed<'_>,
        row: Option<AdministratorRow>,
        now: Timestamp,
    ) -> Result<Opened, ServiceError> {
        let stored = row.as_ref().and_then(|row| row.password.as_deref());
        let fit = self.inner.desk.hasher.check(typed.password, stored).await?;
        // For nobody the same work under a key that nobody has.
        let secret = match &row {
            Some(row) if row.password.is_some() => self.totp(row)?,
            _ => Secret::new(self.inner.desk.ambient.bytes()),
        };
        let spent = row.as_ref().map_or(0, |row| row.totp_step);
        let step = totp::verify(&secret, typed.code.expose(), spent, now);
        let (Some(row), Fit::Right, Ok(step)) = (&row, fit, step) else {
            return Err(Denial::SignIn.into());
        };
        let mut change = self.inner.change().await?;
        let checked = row.password.as_deref().unwrap_or_default();
        let (id, at) = (row.id, change.now);
        conflict_is(administrator::sign_in(&mut change.tx, id, checked, step, at).await, Denial::SignIn)?;
        let name = row.name.clone().unwrap_or_default();
        self.enter(change, row, name, None).await
    }

    /// How long sessions last, as the policy says at this moment.
    pub fn session_lasting(&self) -> Lasting {
        Lasting::of(&self.published().policy.policy)
    }

    /// Whose session it is; this counts as a use of it.
    pub fn resume(&self, token: &SessionToken) -> Option<SignedIn> {
        let now = self.inner.ambient.now();
        lock(&self.inner.desk.sessions).resume(session_key(token), now, self.session_lasting())
    }

    /// The rights of whoever has this session at this moment.
    pub fn signed_in(&self, session: Hash32) -> Option<SignedIn> {
        let now = self.inner.ambient.now();
        lock(&self.inner.desk.sessions).find(session, now, self.session_lasting())
    }

    /// Ends a session.
    pub fn sign_out(&self, token: &SessionToken) {
        lock(&self.inner.desk.sessions).close(session_key(token));
    }

    /// What somebody who is signed in is called.
    pub async fn administrator_name(&self, who: &SignedIn) -> Result<Personal<String>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        Ok(named(&mut tx, Named::Id(who.id())).await?.name.unwrap_or_default())
    }

    /// Records the sign-in and opens the session, which is worth nothing unless the change is kept.
    pub(super) async fn enter(
        &self,
        mut change: Change<'_>,
        row: &AdministratorRow,
        name: Personal<String>,
        from: Option<AtProvider>,
    ) -> Result<Opened, ServiceError> {
        let (now, actor) = (change.now, Party::Administrator(row.id));
        // With the password of this moment: a reset makes every browser a stranger.
        let stored = administrator::find(&mut change.tx, row.id).await?;
        let mark = mark_of(stored.as_ref().unwrap_or(row).password.as_deref());
        change.audit_about(AuditEvent::AdministratorSignedIn, None, &actor).await?;
        // As they stand in this very change: what was read before it may have been taken away meanwhile.
        let roles = administrator_role::of(&mut change.tx, row.id).await?;
        let (token, who) = self.inner.desk.open(row.id, roles, from, now);
        if let Err(error) = change.commit(0..0).await {
            self.sign_out(&token);
            return Err(error);
        }
        let browser = Secret::new(self.inner.desk.seal.seal_browser(row.id, &mark));
        Ok(Opened { token, browser, who, name })
    }

    /// The account that a token is for, and the token's hash.
    async fn link(&self, token: &Secret<String>) -> Result<(AdministratorRow, Hash32), ServiceError> {
        let now = self.inner.ambient.now();
        let hash = token_key(token);
        lock(&self.inner.desk.links).attempt(hash, now).map_err(Denial::TooMany)?;
        let found = administrator::find_link(&mut self.inner.storage.read().await?, hash).await?;
        let row = found.filter(|row| row.link_expires.is_some_and(|expires| now < expires));
        let row = row.ok_or_else(|| {
            lock(&self.inner.desk.links).forget(hash);
            Denial::Link
        })?;
        Ok((row, hash))
    }

    pub(super) fn totp(&self, row: &AdministratorRow) -> Result<TotpSecret, ServiceError> {
        let sealed = row.totp_sealed.as_deref().unwrap_or_default();
        Ok(self.inner.desk.seal.unseal(row.id, sealed).ok_or(damaged("totp_sealed"))?)
    }

    /// The attempt that was the last one for a while goes into the audit; further ones do not grow it. The answer does not wait for
    /// that: it would take longer for a name that exists.
    fn note_blocked(&self, id: AdministratorId, key: &[u8], now: Timestamp) {
        if !lock(&self.inner.desk.sign_ins).is_spent(key, now) {
            return;
        }
        let before = lock(&self.inner.desk.blocked).insert(id, now);
        if before.is_some_and(|before| now < before.plus_ms(BLOCKED_NOTE_MS)) {
            return;
        }
        let services = self.clone();
        self.inner.notes.spawn(async move {
            if let Err(error) = services.record_blocked(id).await {
                tracing::error!(code = error.code(), "refused sign-ins could not be recorded: {error}");
            }
        });
    }

    async fn record_blocked(&self, id: AdministratorId) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let subject = Party::Administrator(id);
        change.audit_about(AuditEvent::AdministratorSignInsBlocked, Some(&subject), &Party::Server).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}
