//! `restore FILE`: everything back into an empty data folder, and then the question whether the log may go on: whoever has seen a
//! newer state of it would take the restored server for an attacker, unless the root says otherwise. `--check` touches nothing.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use protocol::secret::Secret;
use protocol::tlog::ResetReason;

use super::arguments::Output;
use super::backup::{self, describe, failure};
use super::log::{Outcome, reset_or_request};
use super::offline::{self, Site};
use super::secret::{self, Purpose};
use super::show::Show;
use super::show::tell;
use super::{Failure, file_failure, store};
use crate::administration::{AdministratorRow, Row};
use crate::backup::{Manifest, Opener, place};
use crate::clock::Ambient;
use crate::domain::access::LocalAdministrator;
use crate::service::log_reset::{Newest, Standing};
use crate::service::{self, Services};
use crate::storage::{self, Location};
use crate::unix;
use crate::words::Words;

/// A checkpoint file larger than this is none.
const CHECKPOINT_FILE_BYTES_MAX: u64 = 64 * 1024;

/// What `restore` was told.
pub struct Order<'a> {
    pub site: Site<'a>,
    pub file: &'a Path,
    pub passphrase_file: Option<&'a Path>,
    pub newest: NewestKnown,
}

/// What the administrator says about the newest known checkpoint.
#[derive(Debug, Clone)]
pub enum NewestKnown {
    /// It is in this file.
    In(PathBuf),
    /// There is none.
    Nowhere,
    /// To be asked.
    Unsaid,
}

type Backup = Opener<BufReader<File>>;

/// Reads the whole file and says what it is good for.
pub fn check(words: &Words, output: Output, file: &Path, passphrase_file: Option<&Path>) -> Result<(), Failure> {
    let passphrase = secret::passphrase(words, passphrase_file, Purpose::Open)?;
    let (manifest, mut opener) = open(words, file, &passphrase)?;
    place::check(&manifest, &mut opener).map_err(|bad| failure(words, file, bad))?;
    let name = file.display().to_string();
    match output {
        Output::Json => {
            let mut value = backup::value(&manifest, &name);
            if let Some(object) = value.as_object_mut() {
                object.insert("state".to_owned(), "restorable".into());
            }
            tell!("{value}");
        }
        Output::People => tell!("{}", describe(words, "restore-checked", &manifest, &name)),
    }
    Ok(())
}

pub fn run(words: &Words, output: Output, order: &Order<'_>) -> Result<(), Failure> {
    let folder = || order.site.data.display().to_string();
    let unusable = |error: io::Error| {
        let reason = error.kind().to_string();
        Failure::Said(words.say_with("serve-folder", &[("folder", folder().into()), ("reason", reason.into())]))
    };
    if !place::is_empty(order.site.data).map_err(unusable)? {
        return Err(Failure::Said(words.say_with("restore-not-empty", &[("folder", folder().into())])));
    }
    let passphrase = secret::passphrase(words, order.passphrase_file, Purpose::Open)?;
    // The whole file is read before anything is written: what is damaged is told while the folder is still empty.
    let (manifest, mut opener) = open(words, order.file, &passphrase)?;
    place::check(&manifest, &mut opener).map_err(|bad| failure(words, order.file, bad))?;
    let newest = newest(words, &order.newest, &manifest)?;
    let store = Store::of(words, order.site)?;
    store.require_empty(words)?;

    unix::private_folder(order.site.data).map_err(unusable)?;
    let _lock = offline::lock(words, order.site.data)?;
    let (manifest, mut opener) = open(words, order.file, &passphrase)?;
    // Whatever happens from here on, nobody serves on it before the log was looked at.
    place::hold(order.site.data).map_err(unusable)?;
    place::unpack(order.site.data, &manifest, &mut opener).map_err(|bad| failure(words, order.file, bad))?;
    store.fill(words, order.site.data)?;
    place::settle(order.site.data, &manifest).map_err(|bad| failure(words, order.file, bad))?;
    let (outcome, administrators) = offline::with_locked(words, order.site, async |services| {
        services.note_restored(manifest.made).await.map_err(|error| Failure::Other(error.into()))?;
        let administrators = administrators(services).await?;
        let newest = judge(words, services, newest.as_deref())?;
        if newest.judge(services.log_state().end) == Standing::UpToDate {
            return Ok((Outcome::GoesOn, administrators));
        }
        let outcome = reset_or_request(words, order.site.data, services, ResetReason::Restore, &newest).await?;
        Ok((outcome, administrators))
    })?;
    if outcome != Outcome::Requested {
        place::release(order.site.data).map_err(unusable)?;
    }
    show(words, output, &manifest, order, outcome, administrators)
}

/// The database that a backup's is copied into, if it is not a file of the data folder.
struct Store(Option<Location>);

impl Store {
    fn of(words: &Words, site: Site<'_>) -> Result<Self, Failure> {
        Ok(match site.location(words)? {
            Location::Sqlite(_) => Self(None),
            location @ Location::Postgres(_) => Self(Some(location)),
        })
    }

    /// Before anything is written.
    fn require_empty(&self, words: &Words) -> Result<(), Failure> {
        let Some(location) = &self.0 else { return Ok(()) };
        let outcome = store::runtime()?.block_on(service::store::require_empty(location, Ambient::system().now()));
        outcome.map_err(|fault| store::failure(words, location, fault))
    }

    /// Until it is done, what was unpacked keeps every server from starting.
    fn fill(&self, words: &Words, data: &Path) -> Result<(), Failure> {
        let Some(location) = &self.0 else { return Ok(()) };
        let file = place::database(data);
        let import = service::store::import(&file, location, Ambient::system().now());
        let imported = store::runtime()?.block_on(import);
        imported.map_err(|fault| store::failure(words, location, fault))?;
        place::drop_database(data).map_err(|error| file_failure(words, data, &error))
    }
}

/// Who administers the restored server: somebody removed since the backup is among them again.
async fn administrators(services: &Services) -> Result<Vec<AdministratorRow>, Failure> {
    let owner = LocalAdministrator::of_peer(unix::user(), unix::user());
    let grant = owner.map(LocalAdministrator::grant).map_err(|error| Failure::Said(error.to_string()))?;
    let accounts = services.administrators(&grant).await.map_err(|error| Failure::Other(error.into()))?;
    let now = services.now();
    Ok(accounts.into_iter().map(|account| AdministratorRow::of(account, now)).collect())
}

fn open(words: &Words, file: &Path, passphrase: &Secret<String>) -> Result<(Manifest, Backup), Failure> {
    let reader = File::open(file).map_err(|error| file_failure(words, file, &error))?;
    let bad = |bad| failure(words, file, bad);
    let mut opener = Opener::new(BufReader::new(reader), passphrase).map_err(bad)?;
    let manifest = Manifest::read(&mut opener).map_err(bad)?;
    if manifest.schema > storage::newest_schema() {
        return Err(Failure::Said(words.say_with("backup-newer", &[("file", file.display().to_string().into())])));
    }
    Ok((manifest, opener))
}

/// The newest checkpoint that anybody kept, as its file says it.
fn newest(words: &Words, known: &NewestKnown, manifest: &Manifest) -> Result<Option<Vec<u8>>, Failure> {
    let file = match known {
        NewestKnown::In(file) => Some(file.clone()),
        NewestKnown::Nowhere => None,
        NewestKnown::Unsaid if !io::stdin().is_terminal() => {
            return Err(Failure::Usage(words.say("restore-newest-needed")));
        }
        NewestKnown::Unsaid => {
            let entries = manifest.log.size.to_string();
            eprintln!("{}", words.say_with("restore-ask-newest", &[("entries", entries.into())]));
            let mut line = String::new();
            io::stdin().read_line(&mut line).map_err(anyhow::Error::from)?;
            Some(line.trim()).filter(|line| !line.is_empty()).map(PathBuf::from)
        }
    };
    file.map(|file| read_checkpoint(words, &file)).transpose()
}

/// A signed checkpoint as a file has it.
pub fn read_checkpoint(words: &Words, file: &Path) -> Result<Vec<u8>, Failure> {
    let mut note = Vec::new();
    let opened = File::open(file);
    let read = opened.and_then(|file| file.take(CHECKPOINT_FILE_BYTES_MAX).read_to_end(&mut note));
    read.map_err(|error| file_failure(words, file, &error))?;
    Ok(note)
}

/// What the kept checkpoint says about the restored log.
pub fn judge(words: &Words, services: &Services, note: Option<&[u8]>) -> Result<Newest, Failure> {
    match note {
        None => Ok(Newest::Unknown),
        Some(note) => services.read_checkpoint(note).map_err(|_| Failure::Said(words.say("log-not-our-checkpoint"))),
    }
}

fn show(
    words: &Words,
    output: Output,
    manifest: &Manifest,
    order: &Order<'_>,
    outcome: Outcome,
    administrators: Vec<AdministratorRow>,
) -> Result<(), Failure> {
    let name = order.file.display().to_string();
    let log = match outcome {
        Outcome::GoesOn => "goes-on",
        Outcome::Reset => "reset",
        Outcome::Requested => "reset-pending",
    };
    match output {
        Output::Json => {
            let mut value = backup::value(manifest, &name);
            if let Some(object) = value.as_object_mut() {
                object.insert("state".to_owned(), "restored".into());
                object.insert("log".to_owned(), log.into());
                let administrators = serde_json::to_value(&administrators).map_err(anyhow::Error::from)?;
                object.insert("administrators".to_owned(), administrators);
            }
            tell!("{value}");
        }
        Output::People => {
            tell!("{}", describe(words, "restore-done", manifest, &name));
            let folder = order.site.data.display().to_string();
            tell!("{}", words.say_with("restore-log", &[("log", log.into()), ("folder", folder.into())]));
            tell!("{}", words.say("restore-administrators"));
            let mut show = Show { words, output, to: io::stdout().lock() };
            for administrator in administrators {
                show.row(&Row::Administrator(administrator)).map_err(|error| Failure::Other(error.into()))?;
            }
        }
    }
    Ok(())
}
