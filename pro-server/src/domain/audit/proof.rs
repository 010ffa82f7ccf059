//! Two small documents that anybody can check without the audit: that one entry is in it (RFC 9162 §2.1.3), and that it goes on from an
//! earlier checkpoint (§2.1.4). Each is one line of JSON in one canonical form. It must never say more than its checkpoint does.

use data_encoding::HEXLOWER;
use protocol::audit::AuditEntry;
use protocol::codec;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::VerifyingKey;
use protocol::tlog::{SignedCheckpoint, check_consistency, check_inclusion, leaf_hash};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finding::Finding;
use super::ledger::Ledger;
use super::lines::Keys;

const FORMAT: &str = "isoloir-audit-proof-1";
/// A longer file is no proof.
pub const PROOF_BYTES_MAX: usize = 64 * 1_024;

/// What is proved.
#[derive(Debug, Clone)]
pub enum Claim {
    /// This entry stands at this place.
    Entry { index: u64, bytes: Vec<u8> },
    /// The audit goes on from this signed checkpoint.
    Since { older: String },
}

/// Fields in the order of their names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    checkpoint: String,
    directory_keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    older: Option<String>,
    organization: OrganizationFingerprint,
    proof: Vec<Hash32>,
    root_key: String,
}

/// The document.
pub fn proof(
    root_key: &VerifyingKey,
    directory_signed: &[Vec<u8>],
    claim: &Claim,
    proof: Vec<Hash32>,
    note: String,
) -> Option<Value> {
    let (entry, index, older) = match claim {
        Claim::Entry { index, bytes } => (Some(HEXLOWER.encode(bytes)), Some(*index), None),
        Claim::Since { older } => (None, None, Some(older.clone())),
    };
    let document = Document {
        checkpoint: note,
        directory_keys: directory_signed.iter().map(|signed| HEXLOWER.encode(signed)).collect(),
        entry,
        format: FORMAT.to_owned(),
        index,
        older,
        organization: OrganizationFingerprint::of_key(root_key.as_bytes()),
        proof,
        root_key: HEXLOWER.encode(root_key.as_bytes()),
    };
    serde_json::to_value(document).ok()
}

/// A proof that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub organization: OrganizationFingerprint,
    pub checkpoint: SignedCheckpoint,
    /// The entry, if one is proved.
    pub entry: Option<(u64, AuditEntry)>,
    /// Size of the earlier checkpoint, if one is.
    pub since: Option<u64>,
}

/// Whether a file that begins so is meant as a proof.
pub fn is_proof(beginning: &[u8]) -> bool {
    beginning.starts_with(b"{\"checkpoint\"")
}

/// Checks a proof.
pub fn check(text: &str) -> Result<Proven, Finding> {
    let changed = Finding::Line { line: 1 };
    let text = text.strip_suffix('\n').unwrap_or(text);
    let document: Document = serde_json::from_str(text).map_err(|_| changed)?;
    let is_canonical = serde_json::to_string(&document).is_ok_and(|written| written == text);
    if !is_canonical || document.format != FORMAT {
        return Err(changed);
    }
    let keys = Keys::read(&document.root_key, &document.directory_keys).ok_or(Finding::Keys)?;
    if keys.organization != document.organization {
        return Err(Finding::Keys);
    }
    let ledger = Ledger::new(keys.organization, keys.directory, None);
    let checkpoint = ledger.signed(document.checkpoint.as_bytes()).ok_or(Finding::Checkpoint { size: 0 })?;
    let (size, root) = (checkpoint.checkpoint().size, checkpoint.checkpoint().root);
    let organization = keys.organization;
    match (document.entry, document.index, document.older) {
        (Some(entry), Some(index), None) => {
            let bytes = HEXLOWER.decode(entry.as_bytes()).map_err(|_| changed)?;
            let entry = codec::decode_deterministic(&bytes).map_err(|_| changed)?;
            let holds = check_inclusion(&document.proof, index, leaf_hash(&bytes), size, root);
            let proven = Proven { organization, checkpoint, entry: Some((index, entry)), since: None };
            if holds { Ok(proven) } else { Err(Finding::Proof) }
        }
        (None, None, Some(older)) => {
            let older = ledger.signed(older.as_bytes()).ok_or(Finding::Checkpoint { size: 0 })?;
            let older = older.checkpoint();
            let holds = match older.size {
                same if same == size => document.proof.is_empty() && older.root == root,
                _ => check_consistency(&document.proof, older.size, older.root, size, root),
            };
            let proven = Proven { organization, checkpoint, entry: None, since: Some(older.size) };
            if holds { Ok(proven) } else { Err(Finding::Proof) }
        }
        _ => Err(changed),
    }
}
