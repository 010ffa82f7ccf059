//! `backup FILE`: everything that the server is, sealed into one file. While a server runs it takes the copy itself; else the
//! copy is taken here. Must never leave half a file under the name that was asked for.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::arguments::Output;
use super::call::Call;
use super::offline::{self, Site};
use super::secret::{self, Purpose};
use super::show::tell;
use super::{Failure, file_failure, refused};
use crate::administration::{Refusal, Reply, Request, Row};
use crate::backup::{BadBackup, Manifest, Sealer};
use crate::clock::Ambient;
use crate::config::Config;
use crate::domain::access::LocalAdministrator;
use crate::service::backup::{BackupFault, MANIFEST};
use crate::telemetry::rfc3339;
use crate::unix;
use crate::words::Words;

/// What `backup` was told.
pub struct Order<'a> {
    pub site: Site<'a>,
    pub file: &'a Path,
    pub passphrase_file: Option<&'a Path>,
}

pub fn run(words: &Words, output: Output, order: &Order<'_>) -> Result<(), Failure> {
    if order.file.exists() {
        let file = order.file.display().to_string();
        return Err(Failure::Said(words.say_with("backup-exists", &[("file", file.into())])));
    }
    let passphrase = secret::passphrase(words, order.passphrase_file, Purpose::Seal)?;
    let sealed = |folder: &Path| seal(words, folder, order.file, &passphrase);
    let manifest = match Call::open(order.site.data, &Request::Backup) {
        Ok(mut call) => sealed(&copied(words, &mut call)?)?,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(Failure::Said(
                words.say_with("admin-denied", &[("folder", order.site.data.display().to_string().into())]),
            ));
        }
        // Nobody serves: the copy is taken here.
        Err(_) => alone(words, order, sealed)?,
    };
    show(words, output, &manifest, order.file);
    Ok(())
}

/// The folder of the copy that the running server has taken.
fn copied(words: &Words, call: &mut Call) -> Result<PathBuf, Failure> {
    match call.next() {
        Ok(Some(Reply::Row(Row::Snapshot(snapshot)))) => Ok(snapshot.folder),
        Ok(Some(Reply::Refused(refusal))) => Err(refused(words, &refusal)),
        Ok(_) | Err(_) => Err(Failure::Said(words.say("admin-lost"))),
    }
}

fn alone(
    words: &Words,
    order: &Order<'_>,
    sealed: impl FnOnce(&Path) -> Result<Manifest, Failure>,
) -> Result<Manifest, Failure> {
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    // A configuration with problems is copied all the same: whoever backs up may be about to mend it.
    let sources = Config::load(order.site.config, order.site.data, environment).map(|config| config.sources);
    let sources = sources.unwrap_or_else(|_| crate::config::Sources {
        file: order.site.config.filter(|file| file.exists()).map(Path::to_owned),
        named: Vec::new(),
    });
    offline::with_services(words, order.site, async |services| {
        let grant = LocalAdministrator::of_peer(unix::user(), unix::user()).map(LocalAdministrator::grant);
        let grant = grant.map_err(|error| Failure::Said(error.to_string()))?;
        let snapshot =
            services.snapshot(&grant, order.site.data, &sources).await.map_err(|fault| fault_words(words, &fault))?;
        sealed(&snapshot.folder)
    })
}

fn fault_words(words: &Words, fault: &BackupFault) -> Failure {
    refused(words, &Refusal::new(fault.code(), fault.to_string()))
}

/// Seals the copy in `folder` into `file`: written beside it, synced, then renamed.
fn seal(
    words: &Words,
    folder: &Path,
    file: &Path,
    passphrase: &protocol::secret::Secret<String>,
) -> Result<Manifest, Failure> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let unfinished = file.with_file_name(name);
    // One that a killed command left behind.
    let _ = fs::remove_file(&unfinished);
    let written = write(folder, &unfinished, passphrase).and_then(|manifest| {
        let renamed = fs::rename(&unfinished, file).and_then(|()| match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
            _ => Ok(()),
        });
        renamed.map(|()| manifest).map_err(|error| BadBackup::Write(error.kind()))
    });
    written.map_err(|bad| {
        let _ = fs::remove_file(&unfinished);
        failure(words, file, bad)
    })
}

fn write(folder: &Path, to: &Path, passphrase: &protocol::secret::Secret<String>) -> Result<Manifest, BadBackup> {
    let failed = |error: io::Error| BadBackup::Write(error.kind());
    let mut manifest = File::open(folder.join(MANIFEST)).map_err(failed)?;
    let manifest = Manifest::read(&mut manifest)?;
    let file = unix::create_private(to).map_err(failed)?;
    let ambient = Ambient::system();
    let mut sealer = Sealer::new(io::BufWriter::new(file), passphrase, |bytes| ambient.fill(bytes))?;
    sealer.write_all(&manifest.to_bytes()).map_err(failed)?;
    for part in &manifest.parts {
        let mut content = File::open(folder.join(&part.name)).map_err(failed)?;
        part.read(&mut content, |piece| sealer.write_all(piece))?;
    }
    let file = sealer.finish().map_err(failed)?.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(manifest)
}

/// A bad backup in words, with what to do.
pub fn failure(words: &Words, file: &Path, bad: BadBackup) -> Failure {
    let file_name = || file.display().to_string();
    Failure::Said(match bad {
        BadBackup::NoBackup => words.say_with("backup-no-backup", &[("file", file_name().into())]),
        BadBackup::NewerFormat(_) => words.say_with("backup-newer", &[("file", file_name().into())]),
        BadBackup::Passphrase => words.say("backup-wrong-passphrase"),
        BadBackup::Damaged => words.say_with("backup-damaged", &[("file", file_name().into())]),
        BadBackup::Memory => words.say("backup-memory"),
        BadBackup::Write(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => words.say("backup-disk-full"),
        BadBackup::Read(kind) | BadBackup::Write(kind) => return file_failure(words, file, &kind.into()),
    })
}

/// What is in the file.
pub fn show(words: &Words, output: Output, manifest: &Manifest, file: &Path) {
    let file = file.display().to_string();
    match output {
        Output::Json => tell!("{}", value(manifest, &file)),
        Output::People => tell!("{}", describe(words, "backup-written", manifest, &file)),
    }
}

/// The manifest for scripts.
pub fn value(manifest: &Manifest, file: &str) -> serde_json::Value {
    serde_json::json!({
        "file": file,
        "made_ms": manifest.made.as_millis(),
        "program": manifest.program,
        "organization": manifest.organization.to_string(),
        "log_origin": manifest.log_origin,
        "log_entries": manifest.log.size,
        "audit_entries": manifest.audit_entries,
        "people": manifest.people,
        "devices": manifest.devices,
        "bytes": manifest.total_bytes(),
        "root_key": has_root_key(manifest),
        "configuration": manifest.parts.iter().any(|part| part.name.starts_with("configuration/")),
    })
}

/// Whether the organization's root key is in the file, or was kept offline.
pub fn has_root_key(manifest: &Manifest) -> bool {
    manifest.parts.iter().any(|part| part.name == "keys/organization-root.key")
}

/// The manifest for people.
pub fn describe(words: &Words, id: &str, manifest: &Manifest, file: &str) -> String {
    let text = |number: u64| number.to_string();
    words.say_with(
        id,
        &[
            ("file", file.into()),
            ("made", rfc3339(manifest.made).into()),
            ("people", text(manifest.people).into()),
            ("devices", text(manifest.devices).into()),
            ("entries", text(manifest.log.size).into()),
            ("audit", text(manifest.audit_entries).into()),
            ("organization", manifest.organization.to_string().into()),
            ("bytes", text(manifest.total_bytes()).into()),
            ("root", if has_root_key(manifest) { "yes" } else { "no" }.into()),
        ],
    )
}
