//! The audit as a file that anybody can check offline: JSON Lines, one canonical text for each line, so that a changed byte
//! anywhere is found. It holds pseudonyms and sealed parties, never a name. The format is protocol/spec/audit.md §4.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use protocol::audit::{AuditEntry, SealedParty};
use protocol::codec;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::{self, VerifyingKey};
use protocol::organization::DirectoryKey;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{WitnessKey, leaf_hash};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Verified;
use super::finding::{Damage, Finding};
use super::ledger::{Decoded, Ledger};

/// Names this format in the first line.
pub const EXPORT_FORMAT: &str = "isoloir-audit-2";
/// The one before: without hashes, with one directory key and one checkpoint.
const FORMAT_1: &str = "isoloir-audit-1";
/// A longer line is refused unread.
pub const EXPORT_LINE_BYTES_MAX: usize = 64 * 1_024;
/// Checkpoints in one export, about: between two of them it can be said where something was changed.
pub const EXPORT_CHECKPOINTS_MAX: u64 = 4_096;
/// Directory keys of one organization.
const DIRECTORY_KEYS_MAX: usize = 64;

/// The first line: whose audit it is, and the keys that prove it. Fields stand in the order of their names, here and everywhere.
pub fn header(root_key: &VerifyingKey, directory_signed: &[impl AsRef<[u8]>]) -> Value {
    let directory_keys: Vec<String> = directory_signed.iter().map(|signed| HEXLOWER.encode(signed.as_ref())).collect();
    json!({
        "directory_keys": directory_keys,
        "format": EXPORT_FORMAT,
        "organization": OrganizationFingerprint::of_key(root_key.as_bytes()),
        "root_key": HEXLOWER.encode(root_key.as_bytes()),
    })
}

/// The same with its fields in the order of their names, whatever keeps them.
pub(super) fn sorted(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let fields: BTreeMap<String, Value> = fields.into_iter().collect();
    Value::Object(fields.into_iter().map(|(name, value)| (name, sorted(value))).collect())
}

/// Keys as a header has them, believed.
pub(super) struct Keys {
    pub(super) organization: OrganizationFingerprint,
    pub(super) root: VerifyingKey,
    pub(super) signed: Vec<Vec<u8>>,
    pub(super) directory: Vec<VerifyingKey>,
}

impl Keys {
    /// The root's key, and what it has signed.
    pub(super) fn read(root: &str, signed: &[String]) -> Option<Self> {
        let root = HEXLOWER.decode(root.as_bytes()).ok().and_then(|root| <[u8; 32]>::try_from(root).ok())?;
        let root = keys::verifying_key(&root).ok()?;
        if signed.is_empty() || signed.len() > DIRECTORY_KEYS_MAX {
            return None;
        }
        let signed: Vec<Vec<u8>> =
            signed.iter().map(|text| HEXLOWER.decode(text.as_bytes()).ok()).collect::<Option<_>>()?;
        let key = |bytes: &Vec<u8>| {
            let document = Unverified::<DirectoryKey>::from_bytes(bytes.clone()).verify(&root).ok()?;
            keys::verifying_key(&document.key).ok()
        };
        let directory = signed.iter().map(key).collect::<Option<_>>()?;
        Some(Self { organization: OrganizationFingerprint::of_key(root.as_bytes()), root, signed, directory })
    }
}

/// The line of an entry, its fields in the order of their names.
#[derive(Serialize)]
struct EntryLine<'a> {
    actor: String,
    at_ms: Timestamp,
    entry: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Hash32>,
    index: u64,
    subject: Option<String>,
    what: Value,
}

impl<'a> EntryLine<'a> {
    fn new(index: u64, entry: &AuditEntry, text: &'a str, hash: Option<Hash32>) -> Option<Self> {
        let pseudonym = |party: &SealedParty| HEXLOWER.encode(&party.pseudonym);
        Some(Self {
            actor: pseudonym(&entry.actor),
            at_ms: entry.at,
            entry: text,
            hash,
            index,
            subject: entry.subject.as_ref().map(pseudonym),
            what: sorted(serde_json::to_value(&entry.event).ok()?),
        })
    }
}

/// The line of one entry: what it says, the very bytes that the log is over, and their hash.
pub fn entry(index: u64, bytes: &[u8]) -> Option<Value> {
    let entry: AuditEntry = codec::decode_deterministic(bytes).ok()?;
    let text = HEXLOWER.encode(bytes);
    serde_json::to_value(EntryLine::new(index, &entry, &text, Some(leaf_hash(bytes)))?).ok()
}

/// A checkpoint over the entries before it. The last line of an export is one.
pub fn checkpoint(note: &str) -> Value {
    json!({ "checkpoint": note, "hash": Hash32::sha256(note.as_bytes()) })
}

/// A line as far as it has to be understood; what it says beside is compared as text.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    entry: Option<&'a str>,
    #[serde(default)]
    index: u64,
    hash: Option<Hash32>,
    checkpoint: Option<String>,
    format: Option<String>,
    root_key: Option<String>,
    directory_key: Option<String>,
    #[serde(default)]
    directory_keys: Vec<String>,
}

/// Checks an export line by line, in memory that grows by a few hashes for each entry.
#[derive(Default)]
pub struct Verifier {
    witnesses: Vec<WitnessKey>,
    line: u64,
    state: State,
    written: Vec<u8>,
}

#[derive(Default)]
enum State {
    #[default]
    Start,
    Entries(Box<Reading>),
    Refused(Finding),
}

struct Reading {
    ledger: Ledger,
    is_first_format: bool,
    /// Size of the checkpoint in the line before.
    end: Option<u64>,
}

impl Verifier {
    /// Which also tells of these witnesses' words.
    pub fn watched_by(witnesses: Vec<WitnessKey>) -> Self {
        Self { witnesses, ..Self::default() }
    }

    /// Takes the next line, without its line break. `false` when reading on tells nobody more.
    pub fn line(&mut self, text: &str) -> bool {
        self.line += 1;
        let line = self.line;
        let read = serde_json::from_str::<Line<'_>>(text).ok();
        match (&mut self.state, read) {
            (State::Refused(_), _) => return false,
            (State::Start, None) => self.state = State::Refused(Finding::Line { line }),
            (State::Start, Some(read)) => self.state = start(&read, text, std::mem::take(&mut self.witnesses)),
            (State::Entries(reading), None) => reading.ledger.unreadable(Finding::Line { line }),
            (State::Entries(reading), Some(read)) => reading.line(line, &read, text, &mut self.written),
        }
        match &self.state {
            State::Entries(reading) => !reading.ledger.is_hopeless(),
            State::Start | State::Refused(_) => false,
        }
    }

    /// A line that is no text, or too long.
    pub fn unreadable(&mut self) -> bool {
        self.line("")
    }

    /// Whose export it is, once the first line was read.
    pub fn ledger(&mut self) -> Option<&mut Ledger> {
        match &mut self.state {
            State::Entries(reading) => Some(&mut reading.ledger),
            State::Start | State::Refused(_) => None,
        }
    }

    /// The verdict, after the last line.
    pub fn finish(self) -> Result<Verified, Damage> {
        match self.state {
            State::Start => Err(Finding::Unfinished.into()),
            State::Refused(finding) => Err(finding.into()),
            State::Entries(mut reading) => {
                let is_whole = reading.end == Some(reading.ledger.entries());
                if !is_whole || !reading.ledger.ends_as_an_export() {
                    reading.ledger.found(Finding::Unfinished);
                }
                reading.ledger.finish()
            }
        }
    }
}

fn start(read: &Line<'_>, text: &str, witnesses: Vec<WitnessKey>) -> State {
    let changed = State::Refused(Finding::Line { line: 1 });
    let is_first_format = read.format.as_deref() == Some(FORMAT_1);
    let signed = match &read.directory_key {
        Some(key) if is_first_format => std::slice::from_ref(key),
        _ => read.directory_keys.as_slice(),
    };
    let Some(keys) = read.root_key.as_deref().and_then(|root| Keys::read(root, signed)) else {
        return if read.format.is_some() { State::Refused(Finding::Keys) } else { changed };
    };
    let written = if is_first_format { first_header(&keys) } else { header(&keys.root, &keys.signed) };
    let written = written.to_string();
    if written != text {
        return changed;
    }
    let mut ledger = Ledger::new(keys.organization, keys.directory, None);
    ledger.watched_by(witnesses);
    State::Entries(Box::new(Reading { ledger, is_first_format, end: None }))
}

fn first_header(keys: &Keys) -> Value {
    let root_key = HEXLOWER.encode(keys.root.as_bytes());
    let directory_key = keys.signed.first().map(|signed| HEXLOWER.encode(signed));
    json!({ "directory_key": directory_key, "format": FORMAT_1, "organization": keys.organization, "root_key": root_key })
}

impl Reading {
    fn line(&mut self, line: u64, read: &Line<'_>, text: &str, written: &mut Vec<u8>) {
        if self.is_first_format && self.end.is_some() {
            return self.ledger.unreadable(Finding::Line { line });
        }
        match (&read.checkpoint, read.entry) {
            (Some(note), None) => self.checkpoint(line, note, text),
            (None, Some(entry)) => self.entry(line, read, entry, text, written),
            (Some(_), Some(_)) | (None, None) => self.ledger.unreadable(Finding::Line { line }),
        }
    }

    fn checkpoint(&mut self, line: u64, note: &str, text: &str) {
        let written = if self.is_first_format { json!({ "checkpoint": note }) } else { checkpoint(note) };
        let Some(signed) = self.ledger.signed(note.as_bytes()) else {
            return self.ledger.found(Finding::Checkpoint { size: self.ledger.entries() });
        };
        let size = signed.checkpoint().size;
        self.ledger.has_to_reach(size);
        // Two for one size say the same or contradict each other, and neither is ever written.
        let written = written.to_string();
        if written != text || self.end == Some(size) || size != self.ledger.entries() {
            return self.ledger.found(Finding::Line { line });
        }
        self.ledger.checkpoint(size, note.as_bytes());
        self.end = Some(size);
    }

    fn entry(&mut self, line: u64, read: &Line<'_>, text_of_entry: &str, text: &str, written: &mut Vec<u8>) {
        let Ok(bytes) = HEXLOWER.decode(text_of_entry.as_bytes()) else {
            return self.ledger.unreadable(Finding::Line { line });
        };
        let decoded = Decoded::of(&bytes);
        let stated = if self.is_first_format { None } else { read.hash };
        let canonical =
            decoded.entry.as_ref().and_then(|entry| EntryLine::new(read.index, entry, text_of_entry, stated));
        written.clear();
        let is_written = canonical.is_some_and(|line| serde_json::to_writer(&mut *written, &line).is_ok());
        let has_hash = self.is_first_format || stated.is_some();
        if !is_written || written != text.as_bytes() || !has_hash {
            return self.ledger.unreadable(Finding::Line { line });
        }
        self.ledger.decoded(read.index, decoded, stated);
    }
}
