//! Taking the copy of everything that a backup seals, while the server serves: the database in one consistent state, the keys,
//! the configuration. The database is a SQLite file in it, whatever the engine. It must never leave the copy behind, nor take one that does not hold together.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use protocol::audit::{Alarm, AuditEvent};
use protocol::tlog::LogEnd;
use tokio::sync::OwnedMutexGuard;

use crate::backup::manifest::DATABASE;
use crate::backup::{Manifest, Part};
use crate::config::Sources;
use crate::domain::access::{Grant, ServerKeep};
use crate::storage::log::Tree;
use crate::storage::{self, Location, Storage, StorageError};
use crate::unix;

use super::keys::{DIRECTORY_WAITING, KeysFault};
use super::open::check;
use super::trees::{BadLog, Trees};
use super::{ServiceError, Services};

/// Where the copy is while it is being sealed. One that a killed server left behind holds every key: it is removed at the start.
pub const FOLDER: &str = "snapshot";
/// The manifest beside the copied files.
pub const MANIFEST: &str = "manifest";
const KEYS: &str = "keys";
const TLS_KEY: &str = "tls-key.pem";
const CONFIGURATION: &str = "configuration";
/// A file that the configuration names is a key, a certificate or a password; a larger one is none.
const NAMED_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why no copy was taken. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    #[error("the copy does not hold together; the database may be damaged")]
    Incoherent,
    #[error("{file} is larger than {mebibytes_max} MiB: the configuration must name another file by mistake")]
    TooLarge { file: String, mebibytes_max: u64 },
    #[error("{file} cannot be copied: {kind}")]
    Copy { file: String, kind: io::ErrorKind },
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl BackupFault {
    /// A stable word for scripts and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Incoherent => "backup-incoherent",
            Self::Copy { kind: io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, .. } => "disk-full",
            Self::TooLarge { .. } => "backup-file-large",
            Self::Copy { .. } => "backup-copy",
            Self::Service(error) => error.code(),
        }
    }
}

impl From<StorageError> for BackupFault {
    fn from(error: StorageError) -> Self {
        Self::Service(error.into())
    }
}

/// A copy of everything, gone when this is dropped. One at a time.
pub struct Snapshot {
    pub folder: PathBuf,
    pub manifest: Manifest,
    _copy: CopyFolder,
}

/// The folder of a copy, whole or not yet: it holds every key and goes with whoever asked for it.
struct CopyFolder {
    folder: PathBuf,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for CopyFolder {
    fn drop(&mut self) {
        // The next copy and the next start remove it if this fails.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Services {
    /// Takes a copy of everything into the data folder; that it was taken is an audit entry, which is in it.
    pub async fn snapshot(
        &self,
        grant: &Grant<ServerKeep>,
        data: &Path,
        configuration: &Sources,
    ) -> Result<Snapshot, BackupFault> {
        let turn = self.inner.snapshots.clone().lock_owned().await;
        let folder = data.join(FOLDER);
        let copy = CopyFolder { folder: folder.clone(), _turn: turn };
        empty(&folder).map_err(|error| copy_fault(FOLDER, &error))?;
        let manifest = self.fill(grant, data, &folder, configuration).await?;
        Ok(Snapshot { folder, manifest, _copy: copy })
    }

    async fn fill(
        &self,
        grant: &Grant<ServerKeep>,
        data: &Path,
        folder: &Path,
        configuration: &Sources,
    ) -> Result<Manifest, BackupFault> {
        let mut change = self.inner.change().await?;
        let log_size = change.next_leaf();
        change.audit(AuditEvent::BackupTaken { log_size }, None, grant.actor()).await?;
        change.commit(0..0).await?;

        let copy = folder.join(DATABASE);
        self.inner.storage.copy_to(&copy, self.inner.ambient.now()).await?;
        // Changes go on: what is said about the copy comes from the copy.
        let copied = self.examine(&copy).await?;
        let mut files = vec![(DATABASE.to_owned(), copy.clone())];
        // Of one moment, and later than the database: what signed it is among them.
        let turn = self.inner.turn().await?;
        self.inner.keys.settle_successor().map_err(|fault| match fault {
            KeysFault::Io(kind) => copy_fault(KEYS, &kind.into()),
            _ => copy_fault(KEYS, &io::ErrorKind::InvalidData.into()),
        })?;
        for (name, from) in sources(data, configuration).map_err(|error| copy_fault(KEYS, &error))? {
            let to = folder.join(&name);
            copy_private(&from, &to)?;
            files.push((name, to));
        }
        drop(turn);
        let part = |(name, path): (String, PathBuf)| {
            File::open(path).and_then(|file| Part::of(name.clone(), file)).map_err(|error| copy_fault(&name, &error))
        };
        let manifest = Manifest {
            made: self.inner.ambient.now(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            organization: self.fingerprint(),
            schema: storage::newest_schema(),
            log_origin: copied.log_origin,
            log: copied.log,
            audit_entries: copied.audit_entries,
            people: copied.people,
            devices: copied.devices,
            parts: files.into_iter().map(part).collect::<Result<_, _>>()?,
        };
        let written = unix::write_private(&folder.join(MANIFEST), &manifest.to_bytes());
        written.map_err(|error| copy_fault(MANIFEST, &error))?;
        Ok(manifest)
    }

    /// Opens the copy as a restore would: it has to be what its own signed checkpoints say.
    async fn examine(&self, copy: &Path) -> Result<Copied, BackupFault> {
        let storage = Storage::open(&Location::Sqlite(copy.to_owned()), self.inner.ambient.now()).await?;
        let copied = self.read_copy(&storage).await;
        storage.close().await;
        copied
    }

    async fn read_copy(&self, copy: &Storage) -> Result<Copied, BackupFault> {
        let (mut tx, keys) = (copy.begin().await?, &self.inner.keys);
        let trees = match Trees::load(&mut tx, keys.fingerprint).await {
            Ok(trees) => trees,
            Err(BadLog::Storage(error)) => return Err(error.into()),
            Err(BadLog::Leaf) => {
                self.raise(Alarm::LogMismatch).await;
                return Err(BackupFault::Incoherent);
            }
        };
        let log_origin = self.log_state().origin;
        let log = check(&mut tx, keys, &trees.log, Tree::Directory, &log_origin).await?;
        let audit = check(&mut tx, keys, &trees.audit, Tree::Audit, &self.inner.audit_origin).await?;
        let (Some(log), Some(audit)) = (&log, &audit) else {
            let alarm = if log.is_none() { Alarm::LogMismatch } else { Alarm::AuditMismatch };
            self.raise(alarm).await;
            return Err(BackupFault::Incoherent);
        };
        Ok(Copied {
            log: LogEnd { size: log.checkpoint().size, root: log.checkpoint().root },
            log_origin,
            audit_entries: audit.checkpoint().size,
            people: storage::member::count(&mut tx).await?,
            devices: storage::device::count(&mut tx).await?,
        })
    }
}

/// What a copied database holds.
struct Copied {
    log_origin: String,
    log: LogEnd,
    audit_entries: u64,
    people: u64,
    devices: u64,
}

/// The files beside the database, by their names in the backup.
fn sources(data: &Path, configuration: &Sources) -> io::Result<Vec<(String, PathBuf)>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(data.join(KEYS))? {
        let entry = entry?;
        // A key that waits to be put in force is no part of the state; whoever got hold of the backup would have it.
        if entry.file_name() != DIRECTORY_WAITING {
            sources.push((format!("{KEYS}/{}", entry.file_name().to_string_lossy()), entry.path()));
        }
    }
    sources.sort();
    if data.join(TLS_KEY).try_exists()? {
        sources.push((TLS_KEY.to_owned(), data.join(TLS_KEY)));
    }
    if let Some(file) = &configuration.file {
        sources.push((format!("{CONFIGURATION}/server.toml"), file.clone()));
    }
    let named = configuration.named.iter().map(|(key, file)| (format!("{CONFIGURATION}/files/{key}"), file.clone()));
    sources.extend(named);
    Ok(sources)
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    unix::private_folder(folder)
}

fn copy_private(from: &Path, to: &Path) -> Result<(), BackupFault> {
    let file = || from.display().to_string();
    let copied = || {
        if let Some(parent) = to.parent() {
            unix::private_folder(parent)?;
        }
        let from = io::Read::take(File::open(from)?, NAMED_FILE_BYTES_MAX + 1);
        io::copy(&mut io::BufReader::new(from), &mut unix::create_private(to)?)
    };
    match copied() {
        Ok(bytes) if bytes > NAMED_FILE_BYTES_MAX => {
            Err(BackupFault::TooLarge { file: file(), mebibytes_max: NAMED_FILE_BYTES_MAX / (1024 * 1024) })
        }
        Ok(_) => Ok(()),
        Err(error) => Err(BackupFault::Copy { file: file(), kind: error.kind() }),
    }
}

fn copy_fault(name: &str, error: &io::Error) -> BackupFault {
    BackupFault::Copy { file: name.to_owned(), kind: error.kind() }
}
