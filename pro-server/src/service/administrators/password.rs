//! Another password for oneself: with the present one and a second factor of this moment. It must never tell which of the two was
//! wrong, nor leave a session open that the old password opened elsewhere.

use protocol::audit::{AuditEvent, Party};
use protocol::ids::Hash32;
use protocol::secret::Secret;

use crate::domain::access::SignedIn;
use crate::domain::account::{BadAccount, judge_password};
use crate::domain::member::Login;
use crate::domain::totp;
use crate::identity::password_hash::Fit;
use crate::service::{Denial, Fault, ServiceError, Services};
use crate::storage::{administrator, approval};

use super::desk::{BrowserToken, lock};
use super::entry::{conflict_is, mark_of};
use super::{Named, named};

/// Before the account's id: attempts are counted apart from sign-ins, so that whoever has a session of somebody cannot use those up.
const ATTEMPTS_LABEL: &[u8] = b"password change";

/// What was typed.
#[derive(Debug, Clone, Copy)]
pub struct NewPassword<'a> {
    pub current: &'a Secret<String>,
    pub code: &'a Secret<String>,
    pub next: &'a Secret<String>,
}

impl Services {
    /// Takes another password for whoever asks. Their other sessions end, browsers are known no more but for this one, and whatever they
    /// asked a second person for is put aside.
    pub async fn change_password(&self, who: &SignedIn, typed: NewPassword<'_>) -> Result<BrowserToken, ServiceError> {
        let mark = self.exchange_password(Named::Id(who.id()), Some(who.session()), typed).await?;
        Ok(Secret::new(self.inner.desk.seal.seal_browser(who.id(), &mark)))
    }

    /// The same for whoever types what only this administrator knows, at the server's machine: every session ends.
    pub async fn change_password_of(&self, whose: Named<'_>, typed: NewPassword<'_>) -> Result<(), ServiceError> {
        self.exchange_password(whose, None, typed).await.map(drop)
    }

    /// What known browsers are bound to from now on.
    async fn exchange_password(
        &self,
        whose: Named<'_>,
        kept: Option<Hash32>,
        typed: NewPassword<'_>,
    ) -> Result<Hash32, ServiceError> {
        let now = self.inner.ambient.now();
        let row = named(&mut self.inner.storage.read().await?, whose).await?;
        let name = row.name.as_ref().and_then(|name| Login::parse(name.expose()).ok());
        judge_password(typed.next, name.as_ref()).map_err(|bad| Fault::Account(vec![bad]))?;
        let key = [ATTEMPTS_LABEL, row.id.as_bytes()].concat();
        lock(&self.inner.desk.browsers).attempt(&key, now).map_err(Denial::TooMany)?;

        let checked = row.password.as_deref().ok_or(Denial::SignIn)?;
        let fit = self.inner.desk.hasher.check(typed.current, Some(checked)).await?;
        let step = totp::verify(&self.totp(&row)?, typed.code.expose(), row.totp_step, now);
        let (Fit::Right, Ok(step)) = (fit, step) else { return Err(Denial::SignIn.into()) };
        if typed.next.expose() == typed.current.expose() {
            return Err(Fault::Account(vec![BadAccount::PasswordKept]).into());
        }
        let password = self.inner.desk.hasher.hash(typed.next).await?;

        let (mut change, actor) = (self.inner.change().await?, Party::Administrator(row.id));
        // Only while that password is still the one, and the code was not spent meanwhile.
        let changed = administrator::change_password(&mut change.tx, row.id, checked, &password, step).await;
        conflict_is(changed, Denial::SignIn)?;
        approval::put_aside(&mut change.tx, Some(&actor)).await?;
        change.audit_about(AuditEvent::AdministratorPasswordChanged, None, &actor).await?;
        match kept {
            Some(session) => lock(&self.inner.desk.sessions).close_others(row.id, session),
            None => lock(&self.inner.desk.sessions).close_all(row.id),
        }
        change.commit(0..0).await?;
        Ok(mark_of(Some(&password)))
    }
}
