//! The `keys` commands: more time for the directory key, or another one, with the root key at hand or on a machine of its own. While a server runs
//! it takes the renewal itself; else the state in the folder does. Must never let a root key travel: only what it signs does.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use protocol::keys::SigningKey;

use super::arguments::Output;
use super::call::Call;
use super::offline::{self, Site};
use super::show::Show;
use super::show::tell;
use super::{Failure, document, each_row, file_failure, refused};
use crate::administration::{KeyRow, Refusal, RenewalRow, Request, Row};
use crate::domain::access::{Grant, LocalAdministrator, ServerKeep};
use crate::domain::directory_key::{self, BadRenewal, RenewalRequest};
use crate::service::directory_key::RenewalRefused;
use crate::service::keys::{read_root_key, root_key_file};
use crate::service::{KeysFault, Services};
use crate::tasks::admin::refusal as refusal_of;
use crate::telemetry::rfc3339;
use crate::unix;
use crate::words::Words;

/// What to do with the keys.
#[derive(Debug)]
pub enum Order {
    /// At once, with the root key in this file or in the data folder.
    Renew { root_key: Option<PathBuf>, wanted: Wanted, after: u64 },
    /// What an offline root key has to sign.
    Request { file: PathBuf, wanted: Wanted, after: u64 },
    /// On the machine of the root key; needs no server and no data folder. Another key only if it is `new_key`.
    Sign { key: PathBuf, new_key: Option<[u8; 32]>, request: PathBuf, file: PathBuf },
    /// What the root key has signed.
    Install { signed: PathBuf },
}

/// What the root is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// More time for the directory key.
    Time,
    /// Another directory key.
    Successor,
}

pub fn run(words: &Words, output: Output, site: Site<'_>, order: Order) -> Result<(), Failure> {
    match order {
        Order::Renew { root_key, wanted, after } => {
            let root = root(words, site.data, root_key, wanted)?;
            let request = asked(words, site, wanted, after)?;
            // It came from the server itself, over nobody's hands.
            let signed = sign(words, &request, &root, request.successor(&root.verifying_key()))?;
            install(words, output, site, &signed)
        }
        Order::Request { file, wanted, after } => {
            let request = asked(words, site, wanted, after)?;
            write_request(words, output, &request, wanted, &file)
        }
        Order::Sign { key, new_key, request, file } => write_signed(words, output, [&key, &request, &file], new_key),
        Order::Install { signed } => {
            let signed = document::read(words, &signed, "refused-renewal-malformed")?;
            install(words, output, site, &signed)
        }
    }
}

/// The root key in that file, else the one in the data folder; when it is elsewhere, how to go there.
fn root(words: &Words, data: &Path, named: Option<PathBuf>, wanted: Wanted) -> Result<SigningKey, Failure> {
    let is_named = named.is_some();
    let file = named.unwrap_or_else(|| root_key_file(data));
    read_root_key(&file).map_err(|fault| match fault {
        KeysFault::Io(io::ErrorKind::NotFound) if !is_named => {
            let folder = data.display().to_string();
            let way = match wanted {
                Wanted::Time => "keys-root-elsewhere",
                Wanted::Successor => "keys-root-elsewhere-rotate",
            };
            Failure::Said(words.say_with(way, &[("folder", folder.into())]))
        }
        KeysFault::Io(kind) => file_failure(words, &file, &kind.into()),
        fault => Failure::Said(words.say_with("offline-unusable", &[("reason", fault.to_string().into())])),
    })
}

fn read_request(words: &Words, bytes: &[u8]) -> Result<RenewalRequest, Failure> {
    RenewalRequest::from_bytes(bytes).map_err(|bad| said(words, bad))
}

fn sign(
    words: &Words,
    request: &RenewalRequest,
    root: &SigningKey,
    new_key: Option<[u8; 32]>,
) -> Result<Vec<u8>, Failure> {
    request.sign(root, new_key).map_err(|bad| said(words, bad))
}

fn said(words: &Words, bad: BadRenewal) -> Failure {
    refusal(words, &bad.into())
}

fn refusal(words: &Words, why: &RenewalRefused) -> Failure {
    match why {
        RenewalRefused::Service(error) => refused(words, &refusal_of(error)),
        why => refused(words, &Refusal::new(why.code(), why.to_string())),
    }
}

fn write_request(
    words: &Words,
    output: Output,
    request: &RenewalRequest,
    wanted: Wanted,
    file: &Path,
) -> Result<(), Failure> {
    document::write(words, file, &request.to_bytes())?;
    let (name, next) = (file.display().to_string(), request.next());
    let key = HEXLOWER.encode(&next.key);
    match output {
        Output::Json => tell!(
            "{}",
            serde_json::json!({
                "state": "requested", "file": name, "key": key, "serial": next.serial,
                "not_after_ms": next.not_after.as_millis(),
            })
        ),
        Output::People if wanted == Wanted::Successor => {
            tell!("{}", words.say_with("keys-requested-successor", &[("file", name.into()), ("key", key.into())]));
        }
        Output::People => tell!("{}", words.say_with("keys-requested", &[("file", name.into())])),
    }
    Ok(())
}

fn write_signed(
    words: &Words,
    output: Output,
    [key, request, file]: [&Path; 3],
    new_key: Option<[u8; 32]>,
) -> Result<(), Failure> {
    let request = read_request(words, &document::read(words, request, "refused-renewal-malformed")?)?;
    // A root key that is not where it was said to be is told as a file.
    let root = root(words, Path::new(""), Some(key.to_owned()), Wanted::Time)?;
    document::write(words, file, &sign(words, &request, &root, new_key)?)?;
    let organization = directory_key::organization(&root.verifying_key()).to_string();
    let (name, next) = (file.display().to_string(), request.next());
    match output {
        Output::Json => tell!(
            "{}",
            serde_json::json!({
                "state": "signed", "file": name, "organization": organization, "serial": next.serial,
                "key": HEXLOWER.encode(&next.key), "not_before_ms": next.not_before.as_millis(), "not_after_ms": next.not_after.as_millis(),
            })
        ),
        Output::People => {
            let values = [
                ("file", name.into()),
                ("organization", organization.into()),
                ("from", rfc3339(next.not_before).into()),
                ("until", rfc3339(next.not_after).into()),
            ];
            tell!("{}", words.say_with("keys-signed", &values));
            if new_key.is_some() {
                tell!("{}", words.say("keys-signed-successor"));
            }
        }
    }
    Ok(())
}

/// What the root has to sign, from the running server or from the state in the folder.
fn asked(words: &Words, site: Site<'_>, wanted: Wanted, after: u64) -> Result<RenewalRequest, Failure> {
    let order = match wanted {
        Wanted::Time => Request::KeysRequest { after },
        Wanted::Successor => Request::KeysSuccessor { after },
    };
    let told = ask(words, site, &order, async |services| {
        let request = match wanted {
            Wanted::Time => services.request_renewal(after),
            Wanted::Successor => {
                services.request_successor(&alone()?, after).await.map_err(|why| refusal(words, &why))?
            }
        };
        Ok(Row::Renewal(RenewalRow { request: HEXLOWER.encode(&request.to_bytes()) }))
    })?;
    let Some(Row::Renewal(row)) = told else { return Err(Failure::Said(words.say("admin-lost"))) };
    let bytes = HEXLOWER.decode(row.request.as_bytes()).map_err(|_| said(words, BadRenewal::Malformed))?;
    read_request(words, &bytes)
}

fn install(words: &Words, output: Output, site: Site<'_>, signed: &[u8]) -> Result<(), Failure> {
    let request = Request::KeysInstall { signed: HEXLOWER.encode(signed) };
    let told = ask(words, site, &request, async |services| {
        let renewed = services.renew_directory_key(&alone()?, signed).await;
        renewed.map(|key| Row::Key(KeyRow::from(&key))).map_err(|why| refusal(words, &why))
    })?;
    let row = told.ok_or_else(|| Failure::Said(words.say("admin-lost")))?;
    let mut show = Show { words, output, to: io::stdout().lock() };
    show.row(&row).map_err(|error| Failure::Other(error.into()))
}

/// Whoever may write in the data folder, while nobody serves.
fn alone() -> Result<Grant<ServerKeep>, Failure> {
    let local = LocalAdministrator::of_peer(unix::user(), unix::user());
    local.map(LocalAdministrator::grant).map_err(|error| Failure::Said(error.to_string()))
}

/// The running server's one answer; without a server, what `alone` says of the state in the folder.
fn ask(
    words: &Words,
    site: Site<'_>,
    request: &Request,
    alone: impl AsyncFnOnce(&Services) -> Result<Row, Failure>,
) -> Result<Option<Row>, Failure> {
    let folder = || site.data.display().to_string();
    match Call::open(site.data, request) {
        Ok(mut call) => {
            let mut told = None;
            each_row(words, &mut call, |row| {
                told = Some(row);
                Ok(())
            })?;
            Ok(told)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(Failure::Said(words.say_with("admin-denied", &[("folder", folder().into())])))
        }
        // Nobody serves.
        Err(_) => offline::with_services(words, site, alone).map(Some),
    }
}
