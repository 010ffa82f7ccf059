//! Commands that work on a data folder while no server runs: the folder's lock is held for as long as they do.

use std::path::Path;

use super::Failure;
use crate::app;
use crate::clock::Ambient;
use crate::service::{KeysFault, OpenError, Services};
use crate::unix::{self, FolderLock, LockError};
use crate::words::Words;

/// Takes the folder; a server that runs on it is told to be in the way.
pub fn lock(words: &Words, data: &Path) -> Result<FolderLock, Failure> {
    let folder = || data.display().to_string();
    unix::lock_folder(data).map_err(|error| match error {
        LockError::Taken => Failure::Said(words.say_with("offline-taken", &[("folder", folder().into())])),
        LockError::Io(error) => Failure::Said(
            words.say_with("serve-folder", &[("folder", folder().into()), ("reason", error.kind().to_string().into())]),
        ),
    })
}

/// Opens the state in `data`, lets `act` work on it, and closes it.
pub fn with_services<T>(
    words: &Words,
    data: &Path,
    act: impl AsyncFnOnce(&Services) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let _lock = lock(words, data)?;
    with_locked(words, data, act)
}

/// The same for whoever holds the lock.
pub fn with_locked<T>(
    words: &Words,
    data: &Path,
    act: impl AsyncFnOnce(&Services) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let opened = app::open_offline(data, &Ambient::system()).await;
        let services = opened.map_err(|error| {
            let (folder, reason) = (data.display().to_string(), error.to_string());
            Failure::Said(match error {
                OpenError::Keys(KeysFault::WithoutDatabase) => {
                    words.say_with("serve-no-database", &[("folder", folder.into())])
                }
                _ => words.say_with("offline-unusable", &[("reason", reason.into())]),
            })
        })?;
        let done = act(&services).await;
        services.close().await;
        done
    })
}
