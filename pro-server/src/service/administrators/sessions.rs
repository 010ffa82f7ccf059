//! Open sessions of the console: seen by whoever has them and whoever looks after administrators, and ended at once. It must never
//! show what opens one.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::Personal;

use crate::domain::access::{AdministratorRead, AdministratorWrite, Grant, NotGranted, Person};
use crate::domain::console::{Lasting, OpenSession};
use crate::service::published::Published;
use crate::service::{Denial, Inner, ServiceError, Services, Thing};
use crate::storage::administrator;

use super::desk::lock;

impl Inner {
    /// What everybody is shown from now on. Sessions that are over by the policy until now stay so, whatever the next one says.
    pub(in crate::service) fn publish(&self, after: Arc<Published>) {
        let before = self.published.load_full();
        if before.policy.version != after.policy.version {
            lock(&self.desk.sessions).end_over(self.ambient.now(), Lasting::of(&before.policy.policy));
        }
        self.published.store(after);
    }
}

impl Services {
    /// One's own open sessions, or everybody's for whoever sees the administrators; each with its administrator's name.
    pub async fn sessions(&self, who: &impl Person) -> Result<Vec<(OpenSession, Personal<String>)>, ServiceError> {
        let mut open = match who.allowed::<AdministratorRead>() {
            Ok(sees_all) => return self.every_session(&sees_all).await,
            Err(NotGranted) => lock(&self.inner.desk.sessions).list(self.inner.ambient.now(), self.session_lasting()),
        };
        open.retain(|session| Party::Administrator(session.administrator) == who.party());
        self.named_sessions(open).await
    }

    /// Everybody's open sessions.
    pub async fn every_session(
        &self,
        _: &Grant<AdministratorRead>,
    ) -> Result<Vec<(OpenSession, Personal<String>)>, ServiceError> {
        let open = lock(&self.inner.desk.sessions).list(self.inner.ambient.now(), self.session_lasting());
        self.named_sessions(open).await
    }

    async fn named_sessions(
        &self,
        open: Vec<OpenSession>,
    ) -> Result<Vec<(OpenSession, Personal<String>)>, ServiceError> {
        let all = administrator::all(&mut self.inner.storage.read().await?).await?;
        let names: BTreeMap<AdministratorId, Personal<String>> =
            all.into_iter().filter_map(|row| Some((row.id, row.name?))).collect();
        let named = |session: OpenSession| {
            let name = names.get(&session.administrator).cloned().unwrap_or_default();
            (session, name)
        };
        Ok(open.into_iter().map(named).collect())
    }

    /// Ends a session. Somebody else's is for whoever changes administrators, and stands in the audit.
    pub async fn end_session(&self, who: &impl Person, session: Hash32) -> Result<(), ServiceError> {
        let now = self.inner.ambient.now();
        let open = lock(&self.inner.desk.sessions).list(now, self.session_lasting());
        let found =
            open.into_iter().find(|open| open.id == session).map(|open| Party::Administrator(open.administrator));
        let is_own = found.as_ref() == Some(&who.party());
        if !is_own && who.allowed::<AdministratorWrite>().is_err() {
            // Whose it is, and whether there is one, is not for whoever sees their own alone.
            return Err(Denial::Role.into());
        }
        let subject = found.ok_or(ServiceError::Missing(Thing::Session))?;
        lock(&self.inner.desk.sessions).end(session);
        if !is_own {
            let mut change = self.inner.change().await?;
            change.audit_about(AuditEvent::SessionEnded, Some(&subject), &who.party()).await?;
            change.commit(0..0).await?;
        }
        Ok(())
    }
}
