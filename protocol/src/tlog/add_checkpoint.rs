//! What a log asks of a witness, and what the witness decides: C2SP tlog-witness, `add-checkpoint`. A witness must never cosign a tree
//! that does not go on from the one that it cosigned last.

use std::fmt::Write as _;

use data_encoding::BASE64;

use super::checkpoint::SignedCheckpoint;
use super::reset::LogEnd;
use super::tree::check_consistency;
use crate::ids::Hash32;
use crate::limits::{CHECKPOINT_BYTES_MAX, PROOF_HASHES_MAX};

/// Hashes of one proof, by the specification.
const PROOF_LINES_MAX: usize = 63;
/// Nothing longer is read. A hash is 45 characters of base64 with its line break.
pub const ADD_CHECKPOINT_BYTES_MAX: usize = CHECKPOINT_BYTES_MAX + PROOF_HASHES_MAX * 64 + 64;

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size that the witness cosigned last, as far as the log knows.
    pub old_size: u64,
    /// From there to the checkpoint.
    pub proof: Vec<Hash32>,
    /// The checkpoint's note.
    pub note: Vec<u8>,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwitnessed {
    /// Not such a request.
    #[error("not an add-checkpoint request")]
    Malformed,
    /// None of the logs that are watched here.
    #[error("no log of this origin is watched here")]
    UnknownLog,
    /// The log's key did not sign it.
    #[error("the log's key did not sign this checkpoint")]
    Signature,
    /// The old size is larger than the new one.
    #[error("the old size is larger than the checkpoint's")]
    OldSize,
    /// The witness has seen another size, or another tree of the same size.
    #[error("the witness cosigned a checkpoint of {size} last")]
    Conflict {
        /// The size that it cosigned last.
        size: u64,
    },
    /// The checkpoint does not go on from what was cosigned last.
    #[error("the checkpoint does not go on from the one that was cosigned last")]
    Proof,
}

impl Unwitnessed {
    /// The status of HTTP that says it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::OldSize => 400,
            Self::Signature => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } => 409,
            Self::Proof => 422,
        }
    }
}

impl AddCheckpoint {
    /// As it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("old {}\n", self.old_size);
        for hash in &self.proof {
            // Writing to a string cannot fail.
            let _ = writeln!(head, "{}", BASE64.encode(hash.as_bytes()));
        }
        head.push('\n');
        [head.as_bytes(), &self.note].concat()
    }

    /// Reads a request.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unwitnessed> {
        let malformed = Unwitnessed::Malformed;
        if bytes.len() > ADD_CHECKPOINT_BYTES_MAX {
            return Err(malformed);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed)?;
        let (head, note) = text.split_once("\n\n").ok_or(malformed)?;
        let mut lines = head.split('\n');
        let digits = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(malformed)?;
        let old_size: u64 = digits.parse().map_err(|_| malformed)?;
        if old_size.to_string() != digits {
            return Err(malformed);
        }
        let hash = |line: &str| {
            let bytes = BASE64.decode(line.as_bytes()).map_err(|_| malformed)?;
            <[u8; 32]>::try_from(bytes).map(Hash32::from_bytes).map_err(|_| malformed)
        };
        let proof = lines.map(hash).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > PROOF_LINES_MAX {
            return Err(malformed);
        }
        Ok(Self { old_size, proof, note: note.as_bytes().to_vec() })
    }

    /// The origin that the note names, before anything of it is believed.
    pub fn origin(&self) -> Option<&str> {
        std::str::from_utf8(&self.note).ok()?.split('\n').next()
    }

    /// Whether a witness that cosigned `last` may cosign this checkpoint, which is the one in the note.
    pub fn judge(&self, signed: &SignedCheckpoint, last: Option<LogEnd>) -> Result<LogEnd, Unwitnessed> {
        let new = signed.checkpoint();
        let end = LogEnd { size: new.size, root: new.root };
        if self.old_size > new.size {
            return Err(Unwitnessed::OldSize);
        }
        let size = last.map_or(0, |last| last.size);
        if self.old_size != size {
            return Err(Unwitnessed::Conflict { size });
        }
        match last {
            Some(last) if last.size == new.size && last.root != new.root => Err(Unwitnessed::Conflict { size }),
            Some(last) if last.size > 0 && last.size < new.size => {
                let goes_on = check_consistency(&self.proof, last.size, last.root, new.size, new.root);
                if goes_on { Ok(end) } else { Err(Unwitnessed::Proof) }
            }
            Some(_) | None if self.proof.is_empty() => Ok(end),
            Some(_) | None => Err(Unwitnessed::Proof),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;
    use crate::time::Timestamp;
    use crate::tlog::{Checkpoint, MerkleTree, leaf_hash};

    fn signed(tree: &MerkleTree, size: u64) -> SignedCheckpoint {
        let (origin, root) = ("isoloir.audit/x".to_owned(), tree.root_at(size).unwrap());
        let checkpoint = Checkpoint { origin, size, root, time: Timestamp::ZERO };
        checkpoint.sign(&SigningKey::from_bytes(&[1; 32])).unwrap()
    }

    fn request(tree: &MerkleTree, old_size: u64, size: u64) -> AddCheckpoint {
        let proof = if old_size == size { Vec::new() } else { tree.consistency(old_size, size).unwrap_or_default() };
        AddCheckpoint { old_size, proof, note: signed(tree, size).note().to_vec() }
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let text = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
            jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\nexample.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlg=\n";
        let read = AddCheckpoint::from_bytes(text.as_bytes()).unwrap();
        assert_eq!((read.old_size, read.proof.len()), (20_852_014, 2));
        assert!(read.note.starts_with(b"example.com/behind-the-sofa\n20852163\n"));
        assert_eq!(read.to_bytes(), text.as_bytes());
        for bad in ["", "old 1", "old 01\n\nx", "old 1\n!\n\nx", "old -1\n\nx", "new 1\n\nx"] {
            assert_eq!(AddCheckpoint::from_bytes(bad.as_bytes()), Err(Unwitnessed::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_witness_goes_forward_only_and_along_one_history() {
        let one = MerkleTree::from_leaf_hashes((0..20_u8).map(|n| leaf_hash(&[n])));
        let other = MerkleTree::from_leaf_hashes((0..20_u8).map(|n| leaf_hash(&[if n == 3 { 99 } else { n }])));
        let end = |size| LogEnd { size, root: one.root_at(size).unwrap() };
        let ask = |tree: &MerkleTree, old, size, last| request(tree, old, size).judge(&signed(tree, size), last);
        assert_eq!(ask(&one, 0, 7, None), Ok(end(7)));
        assert_eq!(ask(&one, 7, 20, Some(end(7))), Ok(end(20)));
        assert_eq!(ask(&one, 7, 7, Some(end(7))), Ok(end(7)), "once more");
        assert_eq!(ask(&one, 0, 20, Some(end(7))), Err(Unwitnessed::Conflict { size: 7 }), "it does not know");
        assert_eq!(ask(&one, 3, 5, Some(end(7))), Err(Unwitnessed::Conflict { size: 7 }), "a rollback");
        assert_eq!(ask(&one, 9, 7, Some(end(7))), Err(Unwitnessed::OldSize));
        assert_eq!(ask(&other, 7, 7, Some(end(7))), Err(Unwitnessed::Conflict { size: 7 }), "a fork of one size");
        assert_eq!(ask(&other, 7, 20, Some(end(7))), Err(Unwitnessed::Proof), "a fork");
    }
}
