//! The `approver` commands, and `people reset-identity` where the root key named approvers: what has to be signed goes out in a file,
//! each approver signs it on a machine of their own, and the files are brought back. Must never let such a key come to the server.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use protocol::ids::{MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::tlog::{ApproverKey, Approvers};

use super::arguments::Output;
use super::show::tell;
use super::{Failure, call, document, each_row, file_failure};
use crate::administration::{IdentityRequest, Request, Row};
use crate::clock::Ambient;
use crate::domain::approver::{self, Asked, NotShown, Shown};
use crate::service::KeysFault;
use crate::service::keys::read_root_key;
use crate::telemetry::rfc3339;
use crate::words::Words;

/// What is said of a file that is no order, or of keys that are none.
const NO_ORDER: &str = "approver-no-order";

/// How whoever signs says that they have read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// They are asked at their terminal.
    Asked,
    /// With the command itself, for scripts.
    Given,
}

/// What to do on a machine without a server.
#[derive(Debug)]
pub enum Order {
    /// A key of one's own, in a new file.
    Key { file: PathBuf },
    /// The root's word: so many of these.
    Name { root_key: PathBuf, serial: u64, needed: u8, keys: Vec<[u8; 32]>, file: PathBuf },
    /// One person agrees.
    Sign { key: PathBuf, order: PathBuf, file: PathBuf, person: Option<MemberId>, consent: Consent },
    /// The root's word is put into the log of the running server.
    Install { signed: PathBuf },
}

pub(super) fn run(words: &Words, output: Output, order: Order) -> Result<(), Failure> {
    match order {
        Order::Key { file } => make_key(words, output, &file),
        Order::Name { root_key, serial, needed, keys, file } => {
            let keys = keys.into_iter().map(ApproverKey).collect();
            name(words, output, &root_key, &Approvers { serial, needed, keys }, &file)
        }
        Order::Sign { key, order, file, person, consent } => {
            let asked = document::read(words, &order, NO_ORDER)?;
            let asked = Asked::from_bytes(&asked).map_err(|_| Failure::Said(words.say(NO_ORDER)))?;
            agree(words, &asked, person, consent)?;
            sign(words, output, &key, &asked, &file)
        }
        // Asked of the server.
        Order::Install { .. } => Err(Failure::Usage(words.say("usage-help"))),
    }
}

fn key_of(words: &Words, file: &Path) -> Result<SigningKey, Failure> {
    read_root_key(file).map_err(|fault| match fault {
        KeysFault::Io(kind) => file_failure(words, file, &kind.into()),
        fault => Failure::Said(words.say_with("offline-unusable", &[("reason", fault.to_string().into())])),
    })
}

fn make_key(words: &Words, output: Output, file: &Path) -> Result<(), Failure> {
    let key = protocol::keys::signing_key(&mut Ambient::system().rng());
    document::write(words, file, key.as_bytes())?;
    let public = HEXLOWER.encode(key.verifying_key().as_bytes());
    let file = file.display().to_string();
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "file": file, "public_key": public })),
        Output::People => {
            tell!("{}", words.say_with("approver-key", &[("file", file.into()), ("key", public.into())]));
        }
    }
    Ok(())
}

fn name(words: &Words, output: Output, root: &Path, approvers: &Approvers, to: &Path) -> Result<(), Failure> {
    approvers.check().map_err(|_| Failure::Said(words.say("approver-bad-list")))?;
    let root = key_of(words, root)?;
    document::write(words, to, &approvers.sign(&root).to_bytes())?;
    let organization = OrganizationFingerprint::of_key(root.verifying_key().as_bytes()).to_string();
    let file = to.display().to_string();
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "file": file, "organization": organization })),
        Output::People => {
            let values = [
                ("file", file.into()),
                ("organization", organization.into()),
                ("needed", approvers.needed.to_string().into()),
                ("people", approvers.keys.len().to_string().into()),
            ];
            tell!("{}", words.say_with("approver-named", &values));
        }
    }
    Ok(())
}

fn sign(words: &Words, output: Output, key: &Path, asked: &Asked, to: &Path) -> Result<(), Failure> {
    document::write(words, to, &approver::sign(asked.order, &key_of(words, key)?))?;
    told(words, output, "approver-signed", to, asked);
    Ok(())
}

/// Says whose identity ends and what follows, and asks: nothing is signed that was not read.
fn agree(words: &Words, asked: &Asked, person: Option<MemberId>, consent: Consent) -> Result<(), Failure> {
    let shown = asked.shows(person, Ambient::system().now()).map_err(|why| {
        Failure::Said(match why {
            NotShown::Stale => words.say("approver-stale"),
            NotShown::OtherPerson => words.say("approver-other-person"),
            NotShown::OtherLogin => words.say_with("approver-other-login", &[("login", login_of(asked).into())]),
        })
    })?;
    let order = &asked.order;
    let values = [
        ("login", login_of(asked).into()),
        ("person", order.member.to_string().into()),
        ("organization", order.organization.to_string().into()),
        ("at", rfc3339(order.at).into()),
    ];
    let text = match shown {
        Shown::Login => "approver-asks",
        Shown::Id => "approver-asks-by-id",
    };
    eprintln!("{}", words.say_with(text, &values));
    match consent {
        Consent::Given => return Ok(()),
        Consent::Asked if !io::stdin().is_terminal() => return Err(Failure::Usage(words.say("approver-yes-needed"))),
        Consent::Asked => {}
    }
    eprint!("{} ", words.say("approver-agree"));
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(anyhow::Error::from)?;
    let is_yes = line.trim().eq_ignore_ascii_case(&words.say("answer-yes"));
    if is_yes { Ok(()) } else { Err(Failure::Said(words.say("approver-not-agreed"))) }
}

/// The file came from elsewhere: nothing in it must steer a terminal.
fn login_of(asked: &Asked) -> String {
    asked.login.expose().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Both ends say whose identity it is about, and when the order was made: the carrier of the file cannot change either.
fn told(words: &Words, output: Output, text: &str, to: &Path, asked: &Asked) {
    let order = &asked.order;
    let (file, person, login) = (to.display().to_string(), order.member.to_string(), login_of(asked));
    match output {
        Output::Json => {
            let at = order.at.as_millis();
            tell!("{}", serde_json::json!({ "file": file, "person_id": person, "login": login, "at_ms": at }))
        }
        Output::People => {
            let at = rfc3339(order.at).into();
            let values = [("file", file.into()), ("person", person.into()), ("login", login.into()), ("at", at)];
            tell!("{}", words.say_with(text, &values));
        }
    }
}

/// `people reset-identity LOGIN --request FILE`: what the approvers have to sign.
pub(super) fn write_order(words: &Words, output: Output, data: &Path, login: String, to: &Path) -> Result<(), Failure> {
    let mut asked = call(words, data, &Request::Identity(IdentityRequest::Order { login }))?;
    let mut order = None;
    each_row(words, &mut asked, |row| {
        if let Row::IdentityOrder(row) = row {
            order = Some(row.order);
        }
        Ok(())
    })?;
    let bytes = order.and_then(|order| HEXLOWER.decode(order.as_bytes()).ok());
    let bytes = bytes.ok_or_else(|| Failure::Said(words.say("admin-lost")))?;
    let asked = Asked::from_bytes(&bytes).map_err(|_| Failure::Said(words.say("admin-lost")))?;
    document::write(words, to, &asked.to_bytes())?;
    told(words, output, "approver-order", to, &asked);
    Ok(())
}

/// What people brought back, as the request carries it.
pub(super) fn signed(words: &Words, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    files.iter().map(|file| document::read(words, file, NO_ORDER).map(|bytes| HEXLOWER.encode(&bytes))).collect()
}

/// The root's word, as the request carries it.
pub(super) fn install(words: &Words, file: &Path) -> Result<Request, Failure> {
    let signed = document::read(words, file, NO_ORDER)?;
    Ok(Request::Identity(IdentityRequest::Approvers { signed: HEXLOWER.encode(&signed) }))
}
