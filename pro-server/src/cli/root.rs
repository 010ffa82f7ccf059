//! The `root` commands: an organization whose root key never was on its server. It is made and signs on another machine; what travels
//! is a request one way and a signed statement the other way. Must never write a root key into a data folder.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use protocol::ids::OrganizationFingerprint;

use super::arguments::Output;
use super::offline::{self, Site};
use super::show::tell;
use super::{Failure, document, file_failure, refused};
use crate::administration::Refusal;
use crate::clock::Ambient;
use crate::domain::directory_key;
use crate::domain::founding::{BadFounding, Founding, FoundingRequest};
use crate::service::KeysFault;
use crate::service::keys::{are_here, first_key, install_first, read_root_key, waiting_first};
use crate::telemetry::rfc3339;
use crate::words::Words;

/// What to do, and where.
#[derive(Debug)]
pub enum Order {
    /// On the other machine: a root key in a new file.
    Create { file: PathBuf },
    /// At the server, before its first start: what the root has to sign.
    Request { file: PathBuf },
    /// On the other machine.
    Sign { key: PathBuf, directory_key: [u8; 32], request: PathBuf, file: PathBuf },
    /// At the server: the organization may begin.
    Install { organization: OrganizationFingerprint, signed: PathBuf },
}

pub fn run(words: &Words, output: Output, site: Site<'_>, order: Order) -> Result<(), Failure> {
    match order {
        Order::Create { file } => create(words, output, &file),
        Order::Request { file } => request(words, output, site, &file),
        Order::Sign { key, directory_key, request, file } => {
            sign(words, output, [&key, &request, &file], directory_key)
        }
        Order::Install { organization, signed } => install(words, output, site, organization, &signed),
    }
}

fn create(words: &Words, output: Output, file: &Path) -> Result<(), Failure> {
    let root = protocol::keys::signing_key(&mut Ambient::system().rng());
    document::write(words, file, root.as_bytes())?;
    let organization = directory_key::organization(&root.verifying_key()).to_string();
    let file = file.display().to_string();
    match output {
        Output::Json => {
            tell!("{}", serde_json::json!({ "state": "created", "file": file, "organization": organization }));
        }
        Output::People => {
            tell!(
                "{}",
                words.say_with("root-created", &[("file", file.into()), ("organization", organization.into())])
            );
        }
    }
    Ok(())
}

/// Nothing may be here yet: the keys of an organization are its identity.
fn is_empty(words: &Words, site: Site<'_>) -> Result<(), Failure> {
    if are_here(site.data).map_err(|fault| keys_words(words, fault))? {
        let folder = site.data.display().to_string();
        return Err(Failure::Said(words.say_with("root-keys-here", &[("folder", folder.into())])));
    }
    Ok(())
}

fn request(words: &Words, output: Output, site: Site<'_>, file: &Path) -> Result<(), Failure> {
    let _lock = offline::make_and_lock(words, site.data)?;
    is_empty(words, site)?;
    let ambient = Ambient::system();
    let key = first_key(site.data, &ambient).map_err(|fault| keys_words(words, fault))?.verifying_key().to_bytes();
    document::write(words, file, &FoundingRequest::new(key, ambient.now()).to_bytes())?;
    let (file, key) = (file.display().to_string(), HEXLOWER.encode(&key));
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "state": "requested", "file": file, "key": key })),
        Output::People => {
            tell!("{}", words.say_with("root-requested", &[("file", file.into()), ("key", key.into())]));
        }
    }
    Ok(())
}

fn sign(
    words: &Words,
    output: Output,
    [key, request, file]: [&Path; 3],
    directory_key: [u8; 32],
) -> Result<(), Failure> {
    let bytes = document::read(words, request, "refused-founding-malformed")?;
    let request = FoundingRequest::from_bytes(&bytes).map_err(|bad| refusal(words, bad))?;
    let root = read_root_key(key).map_err(|fault| match fault {
        KeysFault::Io(kind) => file_failure(words, key, &kind.into()),
        fault => keys_words(words, fault),
    })?;
    let founding = request.sign(&root, directory_key).map_err(|bad| refusal(words, bad))?;
    document::write(words, file, &founding.to_bytes())?;
    let organization = directory_key::organization(&root.verifying_key()).to_string();
    let (file, next) = (file.display().to_string(), request.next());
    match output {
        Output::Json => tell!(
            "{}",
            serde_json::json!({
                "state": "signed", "file": file, "organization": organization,
                "not_before_ms": next.not_before.as_millis(), "not_after_ms": next.not_after.as_millis(),
            })
        ),
        Output::People => {
            let values = [
                ("file", file.into()),
                ("organization", organization.into()),
                ("from", rfc3339(next.not_before).into()),
                ("until", rfc3339(next.not_after).into()),
            ];
            tell!("{}", words.say_with("root-signed", &values));
        }
    }
    Ok(())
}

fn install(
    words: &Words,
    output: Output,
    site: Site<'_>,
    organization: OrganizationFingerprint,
    signed: &Path,
) -> Result<(), Failure> {
    let bytes = document::read(words, signed, "refused-founding-malformed")?;
    let founding = Founding::from_bytes(&bytes).map_err(|bad| refusal(words, bad))?;
    let _lock = offline::make_and_lock(words, site.data)?;
    is_empty(words, site)?;
    let waiting = waiting_first(site.data).map_err(|fault| keys_words(words, fault))?;
    let waiting = waiting.ok_or_else(|| Failure::Said(words.say("root-nothing-waits")))?;
    let founded = founding.verify(organization, waiting.verifying_key().to_bytes(), Ambient::system().now());
    let founded = founded.map_err(|bad| refusal(words, bad))?;
    install_first(site.data, &founded, &waiting).map_err(|fault| keys_words(words, fault))?;
    let organization = organization.to_string();
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "state": "installed", "organization": organization })),
        Output::People => tell!("{}", words.say_with("root-installed", &[("organization", organization.into())])),
    }
    Ok(())
}

fn keys_words(words: &Words, fault: KeysFault) -> Failure {
    Failure::Said(words.say_with("offline-unusable", &[("reason", fault.to_string().into())]))
}

fn refusal(words: &Words, bad: BadFounding) -> Failure {
    let code = match bad {
        BadFounding::Malformed => "founding-malformed",
        BadFounding::OtherKey => "founding-other-key",
        BadFounding::OtherOrganization => "founding-other-organization",
        BadFounding::Time => "founding-time",
    };
    refused(words, &Refusal::new(code, bad.to_string()))
}
