//! `migrate` and `store copy`: the database's schema and its place. Both need a stopped server, and say what they did. Must never print a
//! URL: it may hold a password.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use protocol::tlog::LogEnd;
use serde_json::json;

use super::arguments::Output;
use super::offline::{self, Site};
use super::show::tell;
use super::{Failure, file_failure};
use crate::clock::Ambient;
use crate::service::store::{How, MoveFault, Moved};
use crate::storage::{BadUrl, Location, PostgresUrl, Storage, StorageError, all_migrations};
use crate::words::Words;

/// A file larger than this holds no URL.
const URL_BYTES_MAX: u64 = 4 * 1024;

/// What to do with the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    Plan,
    Apply,
}

/// Where `store copy` copies to.
#[derive(Debug)]
pub struct Destination {
    /// A URL or the path of a file.
    pub to: Option<String>,
    /// A file that holds the URL.
    pub to_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
}

/// `migrate [--plan]`.
pub fn migrate(words: &Words, output: Output, site: Site<'_>, what: Migrate) -> Result<(), Failure> {
    let location = site.location(words)?;
    let _lock = match what {
        Migrate::Plan => None,
        Migrate::Apply => Some(offline::make_and_lock(words, site.data)?),
    };
    let failed = |error| storage_failure(words, &location, error);
    let pending = runtime()?.block_on(async {
        let pending = match &location {
            Location::Sqlite(file) if !file.exists() => all_migrations(),
            location => Storage::pending(location).await?,
        };
        if what == Migrate::Apply && !pending.is_empty() {
            Storage::open(&location, Ambient::system().now()).await?.close().await;
        }
        Ok(pending)
    });
    let pending = pending.map_err(failed)?;
    let state = if what == Migrate::Plan { "planned" } else { "applied" };
    match output {
        Output::Json => tell!("{}", json!({ "state": state, "migrations": pending })),
        Output::People => {
            for name in &pending {
                tell!("{name}");
            }
            let values =
                [("state", state.into()), ("count", pending.len().into()), ("place", location.to_string().into())];
            tell!("{}", words.say_with("migrated", &values));
        }
    }
    Ok(())
}

/// `store copy --to URL`.
pub fn copy(words: &Words, output: Output, site: Site<'_>, destination: &Destination) -> Result<(), Failure> {
    let to = location_of(words, destination)?;
    let from = site.location(words)?;
    if from.is(&to) {
        return Err(Failure::Usage(words.say("store-same")));
    }
    let is_watched = std::io::stderr().is_terminal();
    let moved = offline::with_services(words, site, async |services| {
        let mut last = String::new();
        let mut progress = |table: &str, rows: u64| {
            if is_watched || table != last {
                eprintln!("{table}: {rows}");
                table.clone_into(&mut last);
            }
        };
        services.move_to(&to, &mut progress).await.map_err(|fault| failure(words, &to, fault))
    })?;
    show(words, output, &moved, &from, &to);
    Ok(())
}

fn location_of(words: &Words, destination: &Destination) -> Result<Location, Failure> {
    let text = match (&destination.to, &destination.to_file) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => read_url(file).map_err(|error| file_failure(words, file, &error))?,
        (None, None) => return Err(Failure::Usage(words.say("usage-help"))),
    };
    if destination.to_file.is_some() && !PostgresUrl::is_one(&text) {
        return Err(bad_url(words, BadUrl::Scheme));
    }
    Location::of_argument(&text, destination.ca_file.as_deref()).map_err(|bad| bad_url(words, bad))
}

fn read_url(file: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(file)?.take(URL_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

fn bad_url(words: &Words, bad: BadUrl) -> Failure {
    let expected = match bad {
        BadUrl::Scheme => "expected-postgres-url",
        BadUrl::Database => "expected-postgres-database",
        BadUrl::Parameter => "expected-postgres-parameters",
    };
    Failure::Usage(words.say_with("config-wrong", &[("key", "--to".into()), ("expected", words.say(expected).into())]))
}

/// For what a command asks of the database.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(anyhow::Error::from)?)
}

fn storage_failure(words: &Words, location: &Location, error: StorageError) -> Failure {
    Failure::Said(match error {
        StorageError::Unusable(why) => offline::store(words, location, why),
        error => words.say_with("offline-unusable", &[("reason", error.to_string().into())]),
    })
}

/// Why the move to `to` is not done, with what to do.
pub fn failure(words: &Words, to: &Location, fault: MoveFault) -> Failure {
    match fault {
        MoveFault::Destination(error) => storage_failure(words, to, error),
        MoveFault::Occupied => Failure::Said(words.say_with("store-occupied", &[("place", to.to_string().into())])),
        MoveFault::Differs => Failure::Said(words.say_with("store-differs", &[("place", to.to_string().into())])),
        MoveFault::Unmarked(error) => {
            let values = [("place", to.to_string().into()), ("reason", error.to_string().into())];
            Failure::Said(words.say_with("store-unmarked", &values))
        }
        MoveFault::Source(error) => {
            Failure::Said(words.say_with("offline-unusable", &[("reason", error.to_string().into())]))
        }
    }
}

fn show(words: &Words, output: Output, moved: &Moved, from: &Location, to: &Location) {
    let how = match moved.how {
        How::Copied => "copied",
        How::Found => "found",
    };
    let head = |end: &LogEnd| json!({ "entries": end.size, "root": end.root.to_string() });
    match output {
        Output::Json => {
            let tables = moved.tables.iter().map(
                |table| json!({ "table": table.table, "rows": table.rows, "blake3": HEXLOWER.encode(&table.digest) }),
            );
            let tables: Vec<_> = tables.collect();
            tell!(
                "{}",
                json!({ "state": how, "tables": tables, "log": head(&moved.log), "audit": head(&moved.audit) })
            );
        }
        Output::People => {
            for table in &moved.tables {
                tell!("{:<24} {:>10}  {}", table.table, table.rows, HEXLOWER.encode(&table.digest));
            }
            let text = |number: u64| number.to_string();
            let values = [
                ("how", how.into()),
                ("from", from.to_string().into()),
                ("to", to.to_string().into()),
                ("engine", if matches!(to, Location::Postgres(_)) { "postgres" } else { "sqlite" }.into()),
                ("entries", text(moved.log.size).into()),
                ("root", moved.log.root.to_string().into()),
                ("audit", text(moved.audit.size).into()),
                ("audit_root", moved.audit.root.to_string().into()),
            ];
            tell!("{}", words.say_with("store-copied", &values));
        }
    }
}
