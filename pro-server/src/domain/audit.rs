//! The audit as a file that anybody can check offline: JSON Lines, one canonical text for each line, so that a changed byte
//! anywhere is found. It holds pseudonyms and sealed parties, never a name. The format is protocol/spec/audit.md §4.

use protocol::audit::{AuditEntry, SealedParty};
use protocol::codec;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::{self, VerifyingKey};
use protocol::organization::DirectoryKey;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{MerkleTree, SignedCheckpoint, leaf_hash};
use serde_json::{Value, json};

use data_encoding::HEXLOWER;

/// Names this format in the first line.
pub const EXPORT_FORMAT: &str = "isoloir-audit-1";
/// A longer line is refused unread.
pub const EXPORT_LINE_BYTES_MAX: usize = 64 * 1_024;

/// Why an export is not what the server wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadExport {
    #[error("line {line} is not a line of an audit export, or was changed")]
    Line { line: u64 },
    #[error("the keys in the first line do not belong to one organization")]
    Keys,
    #[error("the export ends before its checkpoint")]
    Unfinished,
    #[error("the entries are not the ones that the checkpoint was signed over")]
    Root,
    #[error("the checkpoint is not signed by the organization's directory key")]
    Signature,
    #[error("the export cannot be read: {0}")]
    Io(std::io::ErrorKind),
}

/// What was checked. Compare the organization with the fingerprint in an enrollment link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub organization: OrganizationFingerprint,
    pub entries: u64,
    pub root: Hash32,
    /// When the checkpoint was signed.
    pub time: Timestamp,
}

/// The first line: whose audit it is, and the keys that prove it.
pub fn header(root_key: &VerifyingKey, directory_signed: &[u8]) -> Value {
    let root_key = root_key.as_bytes();
    json!({
        "format": EXPORT_FORMAT,
        "organization": OrganizationFingerprint::of_key(root_key),
        "root_key": HEXLOWER.encode(root_key),
        "directory_key": HEXLOWER.encode(directory_signed),
    })
}

/// The line of one entry: what it says, and the very bytes that the log is over.
pub fn entry(index: u64, bytes: &[u8]) -> Option<Value> {
    let entry: AuditEntry = codec::decode_deterministic(bytes).ok()?;
    let pseudonym = |party: &SealedParty| HEXLOWER.encode(&party.pseudonym);
    Some(json!({
        "index": index,
        "at_ms": entry.at,
        "what": entry.event,
        "subject": entry.subject.as_ref().map(pseudonym),
        "actor": pseudonym(&entry.actor),
        "entry": HEXLOWER.encode(bytes),
    }))
}

/// The last line.
pub fn footer(checkpoint: &str) -> Value {
    json!({ "checkpoint": checkpoint })
}

/// The origin line of an organization's audit log.
pub fn origin(organization: OrganizationFingerprint) -> String {
    format!("isoloir.audit/{organization}")
}

/// Checks an export line by line, in memory that grows by a hash for each entry.
pub struct Verifier {
    line: u64,
    state: State,
}

enum State {
    Start,
    Entries { organization: OrganizationFingerprint, directory_key: VerifyingKey, tree: MerkleTree },
    Done(Verified),
}

impl Default for Verifier {
    fn default() -> Self {
        Self { line: 0, state: State::Start }
    }
}

impl Verifier {
    /// Takes the next line, without its line break.
    pub fn line(&mut self, text: &str) -> Result<(), BadExport> {
        self.line += 1;
        let changed = BadExport::Line { line: self.line };
        let value: Value = serde_json::from_str(text).map_err(|_| changed)?;
        let hex = |key: &str| {
            value.get(key).and_then(Value::as_str).and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()).ok_or(changed)
        };
        let same = |written: Value| {
            let canonical = written.to_string();
            if canonical == text { Ok(()) } else { Err(changed) }
        };
        match &mut self.state {
            State::Start => {
                let directory_signed = hex("directory_key")?;
                let root = <[u8; 32]>::try_from(hex("root_key")?).map_err(|_| changed)?;
                let root = keys::verifying_key(&root).map_err(|_| BadExport::Keys)?;
                same(header(&root, &directory_signed))?;
                let document = Unverified::<DirectoryKey>::from_bytes(directory_signed);
                let document = document.verify(&root).map_err(|_| BadExport::Keys)?;
                self.state = State::Entries {
                    organization: OrganizationFingerprint::of_key(root.as_bytes()),
                    directory_key: keys::verifying_key(&document.key).map_err(|_| BadExport::Keys)?,
                    tree: MerkleTree::new(),
                };
            }
            State::Entries { organization, directory_key, tree } => {
                if let Some(note) = value.get("checkpoint").and_then(Value::as_str) {
                    same(footer(note))?;
                    self.state = State::Done(check(note, *organization, directory_key, tree)?);
                } else {
                    let bytes = hex("entry")?;
                    same(entry(tree.size(), &bytes).ok_or(changed)?)?;
                    tree.append_hash(leaf_hash(&bytes));
                }
            }
            State::Done(_) => return Err(changed),
        }
        Ok(())
    }

    /// The result, once the checkpoint has come.
    pub fn finish(self) -> Result<Verified, BadExport> {
        match self.state {
            State::Done(verified) => Ok(verified),
            State::Start | State::Entries { .. } => Err(BadExport::Unfinished),
        }
    }
}

fn check(
    note: &str,
    organization: OrganizationFingerprint,
    directory_key: &VerifyingKey,
    tree: &MerkleTree,
) -> Result<Verified, BadExport> {
    let note = Unverified::<SignedCheckpoint>::from_bytes(note.as_bytes());
    let signed = note.verify(&origin(organization), directory_key).map_err(|_| BadExport::Signature)?;
    let checkpoint = signed.checkpoint();
    // A note allows further signatures, which are not looked at: only ours may be there, in its one form.
    if checkpoint.size != tree.size() || checkpoint.root != tree.root() {
        return Err(BadExport::Root);
    }
    Ok(Verified { organization, entries: tree.size(), root: checkpoint.root, time: checkpoint.time })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::audit::{AuditEvent, Party, PartyKey};
    use protocol::ids::MemberId;
    use protocol::keys::SigningKey;
    use protocol::signed;
    use protocol::tlog::Checkpoint;

    use super::*;
    use crate::clock::Ambient;

    fn export() -> Vec<String> {
        let (root, directory) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let key = directory.verifying_key().to_bytes();
        let document =
            DirectoryKey { serial: 1, key, not_before: Timestamp::ZERO, not_after: Timestamp::from_millis(9) };
        let mut rng = Ambient::fixed(Timestamp::ZERO, [5; 32]).rng();
        let mut tree = MerkleTree::new();
        let mut lines = vec![header(&root.verifying_key(), &signed::sign(&document, &root))];
        for index in 0..5_u8 {
            let mut seal = |party| SealedParty::seal(&party, [index; 16], &PartyKey::new([index; 32]), &mut rng);
            let entry_bytes = codec::encode(&AuditEntry {
                at: Timestamp::from_millis(u64::from(index)),
                event: AuditEvent::MemberAdded,
                subject: Some(seal(Party::Member(MemberId::from_bytes([index; 16])))),
                actor: seal(Party::Server),
            });
            lines.push(entry(tree.size(), &entry_bytes).expect("an entry"));
            tree.append(&entry_bytes);
        }
        let origin = origin(OrganizationFingerprint::of_key(root.verifying_key().as_bytes()));
        let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root(), time: Timestamp::from_millis(7) };
        let signed = checkpoint.sign(&directory).expect("signed");
        lines.push(footer(std::str::from_utf8(signed.note()).expect("text")));
        lines.iter().map(Value::to_string).collect()
    }

    fn verify(lines: &[String]) -> Result<Verified, BadExport> {
        let mut verifier = Verifier::default();
        for line in lines {
            verifier.line(line)?;
        }
        verifier.finish()
    }

    #[test]
    fn an_untouched_export_verifies_and_a_shorter_or_reordered_one_does_not() {
        let lines = export();
        assert_eq!(verify(&lines).map(|verified| verified.entries), Ok(5));
        assert_eq!(verify(&lines[..6]), Err(BadExport::Unfinished));
        let mut shorter = lines.clone();
        shorter.remove(5);
        assert_eq!(verify(&shorter), Err(BadExport::Root));
        let mut swapped = lines;
        swapped.swap(2, 3);
        assert_eq!(verify(&swapped), Err(BadExport::Line { line: 3 }));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_found(line in 0_usize..7, place in any::<prop::sample::Index>(), flip in 1_u8..128) {
            let mut lines = export();
            let mut bytes = std::mem::take(&mut lines[line]).into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            lines[line] = text;
            prop_assert!(verify(&lines).is_err());
        }

        #[test]
        fn no_line_can_panic(line in "\\PC{0,200}") {
            let mut verifier = Verifier::default();
            prop_assert!(verifier.line(&line).is_err());
        }
    }
}
