//! Beginning another transparency log with the root's signature (spec/log.md §7), after the server was restored or has signed two
//! histories. It must never begin one on its own: whoever cannot sign as the root cannot reset the log.

use std::path::Path;

use protocol::audit::{AuditEvent, Party};
use protocol::organization::log_epoch;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{
    BadReset, Leaf, LogEnd, LogKey, LogReset, ResetReason, SignedCheckpoint, VerifiedReset, next_origin,
};

use crate::domain::access::{Grant, ServerKeep};
use crate::storage::{self, StorageError};

use super::change::Change;
use super::{CurrentLog, KeysFault, ServiceError, Services};

/// Where the present log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    pub origin: String,
    pub end: LogEnd,
    /// The newest signed checkpoint.
    pub note: String,
    /// When it was signed.
    pub time: Timestamp,
    /// By which others know the log.
    pub key: Option<LogKey>,
}

/// What is known about how far the log went before a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newest {
    /// Nobody could tell.
    Unknown,
    /// A signed checkpoint that somebody kept.
    Shown(LogEnd),
    /// A later log than ours was known; its origin.
    LaterLog { epoch: u32, end: LogEnd },
}

/// How the present log relates to what others have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The newest state that anybody has seen is ours: the log may go on.
    UpToDate,
    /// Others have seen more, or it cannot be excluded: it may only go on as another log.
    MayBeBehind,
}

/// Why a checkpoint file says nothing about this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is no checkpoint that this organization's directory key has signed")]
pub struct NotOurCheckpoint;

/// Why the log was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetRefused {
    #[error(transparent)]
    Document(#[from] BadReset),
    /// The document is about another state than the present one.
    #[error("the document was not made for the present state of the log; make a new request and have it signed")]
    OtherState,
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Newest {
    /// Whether the log with this end may go on as it is.
    pub fn judge(&self, ours: LogEnd) -> Standing {
        match self {
            Self::Shown(end) if *end == ours => Standing::UpToDate,
            Self::Unknown | Self::Shown(_) | Self::LaterLog { .. } => Standing::MayBeBehind,
        }
    }
}

impl Services {
    /// Where the log is now.
    pub fn log_state(&self) -> LogState {
        let checkpoint = self.checkpoint();
        let said = checkpoint.checkpoint();
        LogState {
            origin: said.origin.clone(),
            end: LogEnd { size: said.size, root: said.root },
            note: String::from_utf8_lossy(checkpoint.note()).into_owned(),
            time: said.time,
            key: LogKey::new(&said.origin, self.directory_key()),
        }
    }

    /// What a checkpoint that somebody kept says about how far the log went.
    pub fn read_checkpoint(&self, note: &[u8]) -> Result<Newest, NotOurCheckpoint> {
        let text = String::from_utf8_lossy(note);
        let origin = text.lines().next().unwrap_or_default();
        let epoch = log_epoch(self.fingerprint(), origin).ok_or(NotOurCheckpoint)?;
        let signed = Unverified::<SignedCheckpoint>::from_bytes(with_line_end(note));
        let signed = self.inner.keys.directory_keys().any(|key| signed.verify(origin, key));
        let signed = signed.map_err(|_| NotOurCheckpoint)?;
        let end = LogEnd { size: signed.checkpoint().size, root: signed.checkpoint().root };
        let ours = self.epoch();
        Ok(match epoch.cmp(&ours) {
            std::cmp::Ordering::Greater => Newest::LaterLog { epoch, end },
            std::cmp::Ordering::Equal => Newest::Shown(end),
            // A log that has ended says nothing about this one.
            std::cmp::Ordering::Less => Newest::Unknown,
        })
    }

    /// What the data folder has seen of the logs, if the database does not hold it: it was put back then.
    pub fn seen_beyond(&self) -> Option<Newest> {
        self.inner.witness.beyond().cloned()
    }

    fn epoch(&self) -> u32 {
        self.inner.log.load().reset.as_ref().map_or(0, VerifiedReset::epoch)
    }

    /// The document that the root has to sign so that the present state goes on as another log.
    pub fn request_reset(&self, reason: ResetReason, newest: &Newest) -> LogReset {
        let (state, now) = (self.log_state(), self.inner.ambient.now());
        let (epoch, newest) = match newest {
            Newest::Unknown => (self.epoch(), None),
            Newest::Shown(end) => (self.epoch(), Some(*end)),
            Newest::LaterLog { epoch, end } => (*epoch, Some(*end)),
        };
        LogReset {
            old_origin: state.origin,
            old_size: state.end.size,
            old_root: state.end.root,
            new_origin: next_origin(self.fingerprint(), epoch, now),
            reason,
            time: now,
            newest,
        }
    }

    /// Signs the request with the root key of the data folder; `None` when it was taken offline.
    pub fn sign_reset(&self, data: &Path, request: &LogReset) -> Result<Option<Vec<u8>>, KeysFault> {
        Ok(self.inner.keys.root_private(data)?.map(|root| request.sign(&root)))
    }

    /// Begins the log that the signed document names: its leaf, and a checkpoint under the new origin.
    pub async fn reset_log(&self, grant: &Grant<ServerKeep>, signed: &[u8]) -> Result<LogState, ResetRefused> {
        let reset =
            Unverified::<VerifiedReset>::from_bytes(signed).verify(self.fingerprint(), &self.inner.keys.root)?;
        let mut change = self.inner.change().await?;
        let (state, document, made) = (self.log_state(), reset.document(), self.checkpoint().checkpoint().time);
        let ours = (state.origin, state.end.size, state.end.root);
        if (document.old_origin.clone(), document.old_size, document.old_root) != ours {
            return Err(ResetRefused::OtherState);
        }
        let event = AuditEvent::LogReset { log_size: document.old_size, document: reset.hash() };
        let done = async {
            storage::log::put_reset(&mut change.tx, reset.epoch(), signed).await?;
            change.leaf(&Leaf::LogReset { document: reset.hash() }).await?;
            change.audit(event, None, grant.actor()).await?;
            if self.inner.witness.beyond().is_some() {
                withdraw(&mut change, made, document.old_size).await?;
            }
            Ok(())
        };
        let done: Result<(), StorageError> = done.await;
        done.map_err(ServiceError::from)?;
        let origin = document.new_origin.clone();
        // The checkpoint of this commit is the first one of the new log.
        change.begin_log(CurrentLog { origin, reset: Some(reset.clone()) });
        change.commit(0..0).await?;
        Ok(self.log_state())
    }

    /// Records that this state was restored from a backup.
    pub async fn note_restored(&self, made: Timestamp) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        withdraw(&mut change, made, self.log_state().end.size).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

/// Links, enrollment codes and requests for a second person of a time that has come back are worth nothing: whoever they were for may have spent them since, or have
/// lost the right to.
async fn withdraw(change: &mut Change<'_>, made: Timestamp, log_size: u64) -> Result<(), StorageError> {
    storage::administrator::withdraw_links(&mut change.tx, change.now).await?;
    storage::code::withdraw_all(&mut change.tx).await?;
    storage::approval::put_aside(&mut change.tx, None).await?;
    change.audit(AuditEvent::BackupRestored { made, log_size }, None, &Party::Server).await
}

/// Files lose and win line ends on their way; a note ends with one.
fn with_line_end(note: &[u8]) -> Vec<u8> {
    let mut note = note.trim_ascii_end().to_vec();
    note.push(b'\n');
    note
}
