//! An export of an audit of any size, as a server writes it, with keys of its own: what `pro-server audit verify FILE` is measured with.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use protocol::audit::{AuditEntry, AuditEvent, Party, PartyKey, SealedParty};
use protocol::codec;
use protocol::ids::{Hash32, MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::organization::DirectoryKey;
use protocol::signed;
use protocol::time::Timestamp;
use protocol::tlog::{Checkpoint, MerkleTree, leaf_hash};
use rand_core::OsRng;
use serde_json::json;

use super::Words;

/// Checkpoints in an export, about.
const CHECKPOINTS: u64 = 4_096;
/// People whom the entries are about.
const PEOPLE: u64 = 1_000;

fn party(number: u64) -> SealedParty {
    let hash = Hash32::sha256(&number.to_be_bytes());
    let id: [u8; 16] = std::array::from_fn(|at| hash.as_bytes()[at]);
    let key = PartyKey::new(*hash.as_bytes());
    SealedParty::seal(&Party::Member(MemberId::from_bytes(id)), id, &key, &mut OsRng)
}

/// `--file FILE --entries N`
pub fn run(words: &Words) -> anyhow::Result<()> {
    let entries = u64::try_from(words.number("--entries", 1_000_000)?)?;
    let mut to = BufWriter::new(File::create(words.value("--file").context("--file")?)?);
    let (root, directory) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let key = directory.verifying_key().to_bytes();
    let not_after = Timestamp::from_millis(u64::from(u32::MAX));
    let statement = signed::sign(&DirectoryKey { serial: 1, key, not_before: Timestamp::ZERO, not_after }, &root);
    let organization = OrganizationFingerprint::of_key(root.verifying_key().as_bytes());
    let header = json!({
        "directory_keys": [HEXLOWER.encode(&statement)],
        "format": "isoloir-audit-2",
        "organization": organization,
        "root_key": HEXLOWER.encode(root.verifying_key().as_bytes()),
    });
    writeln!(to, "{header}")?;
    let people: Vec<SealedParty> = (0..PEOPLE).map(party).collect();
    let stride = entries.div_ceil(CHECKPOINTS).max(1);
    let mut tree = MerkleTree::new();
    for index in 0..entries {
        let person = |number: u64| people.get(usize::try_from(number % PEOPLE).ok()?).cloned();
        let is_last = index + 1 == entries;
        let entry = AuditEntry {
            at: Timestamp::from_millis(1_700_000_000_000 + index),
            event: if is_last { AuditEvent::AuditExported { entries } } else { AuditEvent::MemberAdded },
            subject: if is_last { None } else { person(index + 1) },
            actor: person(0).context("somebody")?,
        };
        let bytes = codec::encode(&entry);
        let line = json!({
            "actor": HEXLOWER.encode(&entry.actor.pseudonym),
            "at_ms": entry.at,
            "entry": HEXLOWER.encode(&bytes),
            "hash": leaf_hash(&bytes),
            "index": index,
            "subject": entry.subject.as_ref().map(|subject| HEXLOWER.encode(&subject.pseudonym)),
            "what": if is_last { json!({ "entries": entries, "event": "audit_exported" }) } else { json!({ "event": "member_added" }) },
        });
        writeln!(to, "{line}")?;
        tree.append(&bytes);
        if is_last || tree.size().is_multiple_of(stride) {
            let (size, root, time) = (tree.size(), tree.root(), entry.at);
            let checkpoint = Checkpoint { origin: format!("isoloir.audit/{organization}"), size, root, time };
            let signed = checkpoint.sign(&directory)?;
            let note = std::str::from_utf8(signed.note())?;
            writeln!(to, "{}", json!({ "checkpoint": note, "hash": Hash32::sha256(note.as_bytes()) }))?;
        }
    }
    Ok(to.flush()?)
}
