//! Commands that work on a data folder while no server runs: the folder's lock is held for as long as they do.

use std::ffi::OsString;
use std::path::Path;

use super::Failure;
use crate::app;
use crate::clock::Ambient;
use crate::config::Config;
use crate::service::{KeysFault, OpenError, Services, keys};
use crate::storage::{Location, StorageError, Unusable};
use crate::unix::{self, FolderLock, LockError};
use crate::words::Words;

/// A data folder, and the configuration that may say that the database is elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub data: &'a Path,
    pub config: Option<&'a Path>,
}

impl Site<'_> {
    /// Where the database is.
    pub fn location(self, words: &Words) -> Result<Location, Failure> {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let location = Config::location(self.config, self.data, std::env::vars_os().filter_map(text));
        location.map_err(|problems| super::config_refused(words, &problems))
    }

    /// Where the database is, if there is a server's state.
    pub fn inhabited(self, words: &Words) -> Result<Location, Failure> {
        let location = self.location(words)?;
        if self.is_inhabited(&location) {
            return Ok(location);
        }
        let folder = self.data.display().to_string();
        Err(Failure::Said(words.say_with("backup-nothing", &[("folder", folder.into())])))
    }

    /// Whether there is a server's state, so that no command makes one.
    fn is_inhabited(self, location: &Location) -> bool {
        match location {
            Location::Sqlite(file) => file.exists(),
            Location::Postgres(_) => keys::is_founded(self.data).unwrap_or(true),
        }
    }
}

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

/// The same, where there may be no folder yet.
pub fn make_and_lock(words: &Words, data: &Path) -> Result<FolderLock, Failure> {
    unix::private_folder(data).map_err(|error| {
        let (folder, reason) = (data.display().to_string(), error.kind().to_string());
        Failure::Said(words.say_with("serve-folder", &[("folder", folder.into()), ("reason", reason.into())]))
    })?;
    lock(words, data)
}

/// Opens the state in `data`, lets `act` work on it, and closes it.
pub fn with_services<T>(
    words: &Words,
    site: Site<'_>,
    act: impl AsyncFnOnce(&Services) -> Result<T, Failure>,
) -> Result<T, Failure> {
    site.inhabited(words)?;
    let _lock = lock(words, site.data)?;
    with_locked(words, site, act)
}

/// The same for whoever holds the lock.
pub fn with_locked<T>(
    words: &Words,
    site: Site<'_>,
    act: impl AsyncFnOnce(&Services) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let location = site.location(words)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let opened = app::open_offline(site.data, &location, &Ambient::system()).await;
        let services = opened.map_err(|error| unusable(words, site.data, &location, error))?;
        let done = act(&services).await;
        services.close().await;
        done
    })
}

/// Why the state cannot be opened, with what to do.
pub fn unusable(words: &Words, data: &Path, location: &Location, error: OpenError) -> Failure {
    Failure::Said(match error {
        OpenError::Keys(KeysFault::WithoutDatabase) => no_database(words, data, location),
        OpenError::Storage(StorageError::Unusable(why)) => store(words, location, why),
        error => words.say_with("offline-unusable", &[("reason", error.to_string().into())]),
    })
}

/// The database of the keys is not where it is looked for.
pub fn no_database(words: &Words, data: &Path, location: &Location) -> String {
    let (folder, place) = (data.display().to_string(), location.to_string());
    match location {
        Location::Sqlite(_) => words.say_with("serve-no-database", &[("folder", folder.into())]),
        Location::Postgres(_) => {
            words.say_with("serve-empty-database", &[("folder", folder.into()), ("place", place.into())])
        }
    }
}

/// Why the database cannot be used, with what to do.
pub fn store(words: &Words, location: &Location, why: Unusable) -> String {
    let reason = match why {
        Unusable::Unreachable(kind) => kind.to_string(),
        _ => String::new(),
    };
    words.say_with(why.code(), &[("place", location.to_string().into()), ("reason", reason.into())])
}
