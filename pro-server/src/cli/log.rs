//! The `log` commands: the newest checkpoint, and beginning another log with the root's signature, with the root key in the data
//! folder or on a machine of its own. Must never begin another log without that signature.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::codec;
use protocol::ids::OrganizationFingerprint;
use protocol::keys::VerifyingKey;
use protocol::tlog::{LogReset, ResetReason};

use super::arguments::Output;
use super::offline::{self, Site};
use super::restore::{judge, read_checkpoint};
use super::show::tell;
use super::{Failure, document, file_failure};
use crate::backup::place;
use crate::domain::access::LocalAdministrator;
use crate::service::keys::read_root_key;
use crate::service::log_reset::{Newest, ResetRefused};
use crate::service::{KeysFault, Services};
use crate::unix;
use crate::words::Words;

/// Written when the root key is elsewhere.
const REQUEST: &str = "log-reset.request";
/// What is said of a file that is neither a request nor a signed reset.
const NO_REQUEST: &str = "log-no-request";

/// What became of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody has seen more than what is here.
    GoesOn,
    /// Another log has begun.
    Reset,
    /// The root key is elsewhere: what it has to sign is in a file.
    Requested,
}

/// What `log reset` was told.
pub struct ResetOrder<'a> {
    pub site: Site<'a>,
    /// The signed document; without it the root key of the data folder signs.
    pub signed: Option<PathBuf>,
    pub reason: ResetReason,
    pub newest: Option<PathBuf>,
}

/// Begins another log if the root key is here; else writes what it has to sign.
pub async fn reset_or_request(
    words: &Words,
    data: &Path,
    services: &Services,
    reason: ResetReason,
    newest: &Newest,
) -> Result<Outcome, Failure> {
    let request = services.request_reset(reason, newest);
    match services.sign_reset(data, &request).map_err(|fault| keys_words(words, fault))? {
        Some(signed) => reset(words, services, &signed).await.map(|()| Outcome::Reset),
        None => {
            let path = data.join(REQUEST);
            let text = document::text_of(&codec::encode(&request));
            let written = unix::write_private(&path, text.as_bytes());
            written.map_err(|error| file_failure(words, &path, &error))?;
            Ok(Outcome::Requested)
        }
    }
}

async fn reset(words: &Words, services: &Services, signed: &[u8]) -> Result<(), Failure> {
    let owner = LocalAdministrator::of_peer(unix::user(), unix::user());
    let grant = owner.map(LocalAdministrator::grant).map_err(|error| Failure::Said(error.to_string()))?;
    let done = services.reset_log(&grant, signed).await;
    done.map(drop).map_err(|refused| match refused {
        ResetRefused::Document(_) => Failure::Said(words.say("log-not-signed")),
        ResetRefused::OtherState => Failure::Said(words.say("log-other-state")),
        ResetRefused::Keys(fault) => keys_words(words, fault),
        ResetRefused::Service(error) => Failure::Other(error.into()),
    })
}

/// `log reset [SIGNED]`.
pub fn run_reset(words: &Words, output: Output, order: &ResetOrder<'_>) -> Result<(), Failure> {
    let signed = order.signed.as_deref().map(|file| document::read(words, file, NO_REQUEST)).transpose()?;
    let newest = order.newest.as_deref().map(|file| read_checkpoint(words, file)).transpose()?;
    let (outcome, state) = offline::with_services(words, order.site, async |services| {
        let outcome = match &signed {
            Some(signed) => reset(words, services, signed).await.map(|()| Outcome::Reset)?,
            None => {
                let newest = match (newest.as_deref(), services.seen_beyond()) {
                    (None, Some(seen)) => seen,
                    (note, _) => judge(words, services, note)?,
                };
                reset_or_request(words, order.site.data, services, order.reason, &newest).await?
            }
        };
        Ok((outcome, services.log_state()))
    })?;
    if outcome == Outcome::Reset {
        let _ = fs::remove_file(order.site.data.join(REQUEST));
        place::release(order.site.data).map_err(|error| file_failure(words, order.site.data, &error))?;
    }
    let log = if outcome == Outcome::Reset { "reset" } else { "reset-pending" };
    match output {
        Output::Json => tell!(
            "{}",
            serde_json::json!({ "log": log, "origin": state.origin, "entries": state.end.size, "root": state.end.root.to_string() })
        ),
        Output::People => {
            let folder = order.site.data.display().to_string();
            tell!("{}", words.say_with("restore-log", &[("log", log.into()), ("folder", folder.into())]));
        }
    }
    Ok(())
}

/// `log sign --root-key KEY REQUEST SIGNED`: on the machine where the root key is kept. Needs no server and no data folder.
pub fn run_sign(words: &Words, output: Output, key: &Path, request: &Path, to: &Path) -> Result<(), Failure> {
    let bytes = document::read(words, request, NO_REQUEST)?;
    let root = read_root_key(key).map_err(|fault| match fault {
        KeysFault::Io(kind) => file_failure(words, key, &kind.into()),
        fault => keys_words(words, fault),
    })?;
    let organization = fingerprint(&root.verifying_key());
    let reset: LogReset = codec::decode(&bytes).map_err(|_| Failure::Said(words.say("log-no-request")))?;
    reset.check(organization).map_err(|_| Failure::Said(words.say("log-other-organization")))?;
    document::write(words, to, &reset.sign(&root))?;
    let file = to.display().to_string();
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "file": file, "organization": organization.to_string() })),
        Output::People => {
            let values = [
                ("file", file.into()),
                ("entries", reset.old_size.to_string().into()),
                ("organization", organization.to_string().into()),
            ];
            tell!("{}", words.say_with("log-signed", &values));
        }
    }
    Ok(())
}

fn fingerprint(root: &VerifyingKey) -> OrganizationFingerprint {
    OrganizationFingerprint::of_key(root.as_bytes())
}

fn keys_words(words: &Words, fault: KeysFault) -> Failure {
    Failure::Said(words.say_with("offline-unusable", &[("reason", fault.to_string().into())]))
}
