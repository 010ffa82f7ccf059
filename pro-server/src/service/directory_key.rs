//! More time for the directory key: the root signs the same key again under a later serial, and the log says so; or another key in its
//! place, which two people may have to agree to. It must never take a statement that the root did not sign.

use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::organization::DirectoryKey;
use protocol::tlog::Leaf;

use crate::domain::access::{Grant, ServerKeep};
use crate::domain::approval::Act;
use crate::domain::directory_key::{self, BadRenewal, RenewalRequest, Renewed, Standing};
use crate::storage;

use super::change::Change;
use super::keys::Statement;
use super::{Clash, Inner, KeysFault, ServiceError, Services};

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
            Self::Document(BadRenewal::Unnamed) => "renewal-unnamed",
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

    /// What the root has to sign so that another key takes the place of the directory key. The key is made now, if none waits yet.
    pub fn request_successor(&self, _: &Grant<ServerKeep>) -> Result<RenewalRequest, KeysFault> {
        let (keys, now) = (&self.inner.keys, self.now());
        let key = keys.successor(&self.inner.ambient)?.verifying_key().to_bytes();
        let statement = keys.statement.load();
        Ok(RenewalRequest::of_successor(&statement.key, &statement.signed, statement.logged, key, now))
    }

    /// Puts the root's new word in force, into the `keys` folder, and into the log. Another key is one of the acts that need two
    /// people where any does.
    pub async fn renew_directory_key(
        &self,
        grant: &Grant<ServerKeep>,
        signed: &[u8],
    ) -> Result<Renewed, RenewalRefused> {
        let keys = &self.inner.keys;
        let mut change = self.inner.change().await?;
        let before = keys.statement.load_full();
        let waiting = keys.waiting()?;
        let waits = waiting.as_ref().map(|key| key.verifying_key().to_bytes());
        let key = directory_key::renewed(signed, &before.key, waits, before.logged, &keys.root, change.now)?;
        let mut after =
            Statement { key: key.clone(), signed: signed.to_vec(), logged: key.serial, ..(*before).clone() };
        if let Some(signer) = waiting.filter(|signer| signer.verifying_key().to_bytes() == key.key) {
            change = self.gate(change, grant, Act::RotateDirectoryKey(signed.to_vec().into())).await?;
            keys.keep_former(&mut after)?;
            after.signer = signer;
        }
        // The file first: if the server ends in between, its next start puts into the log what the file says.
        keys.put_statement(signed)?;
        note(&mut change, &key, Some(&before.key.key), grant.actor()).await?;
        // Whoever reads the leaf asks for the statement at once; what is signed from here on is signed with the key that it is about.
        keys.statement.store(Arc::new(after));
        if let Err(error) = change.commit(0..0).await {
            keys.statement.store(Arc::clone(&before));
            keys.put_statement(&before.signed)?;
            return Err(error.into());
        }
        if key.key == before.key.key {
            return Ok(Renewed::Time(key));
        }
        // It signs already; where it lies is for the next start, which settles it too.
        if let Err(fault) = keys.settle_successor() {
            tracing::warn!(%fault, "the directory key that was replaced still lies in the keys folder; the next start removes it");
        }
        Ok(Renewed::Key(key))
    }

    /// The same for somebody who agreed to it.
    pub(super) async fn rotate_directory_key(
        &self,
        grant: &Grant<ServerKeep>,
        signed: &[u8],
    ) -> Result<(), ServiceError> {
        self.renew_directory_key(grant, signed).await.map(drop).map_err(|refused| match refused {
            RenewalRefused::Document(_) | RenewalRefused::Keys(_) => Clash::Stale.into(),
            RenewalRefused::Service(error) => error,
        })
    }
}

/// Leaf and entry of a statement; `before` is the key that was in force.
pub(super) async fn note(
    change: &mut Change<'_>,
    key: &DirectoryKey,
    before: Option<&[u8; 32]>,
    actor: &Party,
) -> Result<(), ServiceError> {
    let serial = key.serial;
    change.leaf(&Leaf::DirectoryKeySet { serial, key: key.key }).await?;
    let event = match before {
        Some(before) if *before != key.key => AuditEvent::DirectoryKeyRotated { serial },
        Some(_) | None => AuditEvent::DirectoryKeySet { serial },
    };
    Ok(change.audit(event, None, actor).await?)
}

/// The log says what the `keys` folder says: after the founding, and after a renewal that ended half way.
pub(super) async fn log_statement(inner: &Arc<Inner>) -> Result<(), ServiceError> {
    let statement = inner.keys.statement.load_full();
    let mut change = inner.change().await?;
    let newest = newest(&mut change.tx).await?;
    let logged = newest.map_or(0, |(serial, _)| serial);
    if statement.key.serial > logged {
        note(&mut change, &statement.key, newest.as_ref().map(|(_, key)| key), &Party::Server).await?;
        change.commit(0..0).await?;
    }
    inner.keys.settle_successor().map_err(|_| Clash::Stale)?;
    let logged = logged.max(statement.key.serial);
    inner.keys.statement.store(Arc::new(Statement { logged, ..statement.as_ref().clone() }));
    Ok(())
}

/// The newest serial that the log names, and its key.
async fn newest(tx: &mut storage::Tx) -> Result<Option<(u64, [u8; 32])>, ServiceError> {
    let newest = storage::log::newest_of_kind(tx, Leaf::DIRECTORY_KEY_SET).await?;
    Ok(newest.and_then(|leaf| match Leaf::from_bytes(&leaf) {
        Ok(Leaf::DirectoryKeySet { serial, key }) => Some((serial, key)),
        Ok(_) | Err(_) => None,
    }))
}
