//! More time for the directory key: the root signs the same key again under a later serial, and the log says so. It must never
//! take a statement that the root did not sign, nor another key.

use std::path::Path;
use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::organization::DirectoryKey;
use protocol::tlog::Leaf;

use crate::domain::access::{Grant, ServerKeep};
use crate::domain::directory_key::{self, BadRenewal, RenewalRequest, Standing};
use crate::storage;

use super::change::Change;
use super::keys::{self, Statement};
use super::{Inner, KeysFault, ServiceError, Services};

/// Why the directory key got no more time. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RenewalRefused {
    #[error(transparent)]
    Document(#[from] BadRenewal),
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl RenewalRefused {
    /// A stable word for scripts and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document(BadRenewal::Malformed) => "renewal-malformed",
            Self::Document(BadRenewal::OtherOrganization) => "renewal-other-organization",
            Self::Document(BadRenewal::OtherKey) => "renewal-other-key",
            Self::Document(BadRenewal::Old) => "renewal-old",
            Self::Document(BadRenewal::Time) => "renewal-time",
            Self::Keys(_) => "renewal-keys",
            Self::Service(error) => error.code(),
        }
    }
}

impl Services {
    /// The directory key's time as the root signed it, and how it stands now.
    pub fn directory_key_standing(&self) -> (DirectoryKey, Standing) {
        let key = self.inner.keys.statement.load().key.clone();
        let standing = Standing::of(&key, self.now());
        (key, standing)
    }

    /// What the root has to sign so that the directory key gets more time.
    pub fn request_renewal(&self) -> RenewalRequest {
        let statement = self.inner.keys.statement.load();
        RenewalRequest::new(&statement.key, &statement.signed, statement.logged, self.now())
    }

    /// Puts the root's new word in force, into the `keys` folder in `data`, and into the log.
    pub async fn renew_directory_key(
        &self,
        grant: &Grant<ServerKeep>,
        data: &Path,
        signed: &[u8],
    ) -> Result<DirectoryKey, RenewalRefused> {
        let keys = &self.inner.keys;
        let mut change = self.inner.change().await?;
        let before = keys.statement.load_full();
        let key = directory_key::renewed(signed, &before.key, before.logged, &keys.root, change.now)?;
        // The file first: if the server ends in between, its next start puts into the log what the file says.
        keys::put_statement(data, signed)?;
        note(&mut change, &key, grant.actor()).await?;
        // Whoever reads the leaf asks for the statement at once.
        let after = Statement { key: key.clone(), signed: signed.to_vec(), logged: key.serial };
        keys.statement.store(Arc::new(after));
        if let Err(error) = change.commit(0..0).await {
            keys.statement.store(before);
            return Err(error.into());
        }
        Ok(key)
    }
}

pub(super) async fn note(change: &mut Change<'_>, key: &DirectoryKey, actor: &Party) -> Result<(), ServiceError> {
    change.leaf(&Leaf::DirectoryKeySet { serial: key.serial, key: key.key }).await?;
    Ok(change.audit(AuditEvent::DirectoryKeySet { serial: key.serial }, None, actor).await?)
}

/// The log says what the `keys` folder says: after the founding, and after a renewal that ended half way.
pub(super) async fn log_statement(inner: &Arc<Inner>) -> Result<(), ServiceError> {
    let statement = inner.keys.statement.load_full();
    let mut change = inner.change().await?;
    let logged = newest_serial(&mut change.tx).await?;
    if statement.key.serial > logged {
        note(&mut change, &statement.key, &Party::Server).await?;
        change.commit(0..0).await?;
    }
    let logged = logged.max(statement.key.serial);
    inner.keys.statement.store(Arc::new(Statement { logged, ..statement.as_ref().clone() }));
    Ok(())
}

/// The newest serial that the log names; 0 when it names none.
async fn newest_serial(tx: &mut storage::Tx) -> Result<u64, ServiceError> {
    let newest = storage::log::newest_of_kind(tx, Leaf::DIRECTORY_KEY_SET).await?;
    Ok(newest.and_then(|leaf| Leaf::from_bytes(&leaf).ok()).map_or(0, |leaf| match leaf {
        Leaf::DirectoryKeySet { serial, .. } => serial,
        _ => 0,
    }))
}
