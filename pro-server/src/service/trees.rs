//! The log, the audit and the people in memory as they are stored. It must never take a leaf that is not what its hash says,
//! nor a log that no honest server writes: every device would call it forged.

use protocol::ids::OrganizationFingerprint;
use protocol::tlog::{Facts, Leaf, MerkleTree, leaf_hash};

use crate::domain::roll::Roll;
use crate::storage::{self, StorageError, Tenure, Tx};

/// Leaves that are read at one time.
const LEAVES_PER_PAGE: u32 = 4_096;

/// Both Merkle trees in memory, what the leaves of the log say together, and everybody ever known.
pub(super) struct Trees {
    pub(super) log: MerkleTree,
    pub(super) audit: MerkleTree,
    pub(super) facts: Facts,
    pub(super) roll: Roll,
    pub(super) accord: Accord,
}

/// Whether what is in memory is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accord {
    /// As long as nobody else may have written.
    Same(Tenure),
    /// A commit ended without an answer, or was refused half way: only the database knows.
    Unknown,
}

/// Why the stored leaves are no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadLog {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A leaf is not what its hash says, or is one that no honest server writes.
    #[error("the log holds a leaf that no log may hold")]
    Leaf,
}

impl Trees {
    /// Reads every leaf: each is what its hash says, and together they are a log that an honest server writes.
    pub(super) async fn load(tx: &mut Tx, organization: OrganizationFingerprint) -> Result<Self, BadLog> {
        let (mut hashes, mut facts) = (Vec::new(), Facts::of(organization));
        loop {
            let page = storage::log::page(tx, hashes.len() as u64, LEAVES_PER_PAGE).await?;
            let is_last = page.len() < LEAVES_PER_PAGE as usize;
            for (bytes, hash) in page {
                let leaf = Leaf::from_bytes(&bytes).map_err(|_| BadLog::Leaf)?;
                if leaf_hash(&bytes) != hash || facts.apply(&leaf).is_err() {
                    return Err(BadLog::Leaf);
                }
                hashes.push(hash);
            }
            if is_last {
                break;
            }
        }
        let audit = MerkleTree::from_leaf_hashes(storage::audit::hashes(tx).await?);
        let roll = Roll::new(storage::member::all(tx).await?);
        Ok(Self { log: MerkleTree::from_leaf_hashes(hashes), audit, facts, roll, accord: Accord::Same(tx.tenure()) })
    }
}
