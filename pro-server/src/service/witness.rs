//! How far both logs had gone, remembered in the data folder: a database that was put back to an earlier day has lost revocations that
//! devices know, and to go on with it would show them a forged log. It must never be ahead of the database, so it is written after a
//! commit and before anybody sees what was committed; and it says nothing that clients are not told.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::organization::log_epoch;
use protocol::tlog::{LogEnd, MerkleTree};
use serde::{Deserialize, Serialize};

use crate::unix;

use super::log_reset::Newest;
use super::trees::Trees;
use super::{CurrentLog, Outage};

/// In the data folder, and in no backup: what is restored is older than what was.
const FILE: &str = "newest.json";
/// A larger file is none of ours.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// How far both logs went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    origin: String,
    log: End,
    audit: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    size: u64,
    root: Hash32,
}

impl End {
    fn of(tree: &MerkleTree) -> Self {
        Self { size: tree.size(), root: tree.root() }
    }

    fn is_in(self, tree: &MerkleTree) -> bool {
        tree.root_at(self.size) == Some(self.root)
    }
}

impl Seen {
    pub(super) fn of(origin: &str, trees: &Trees) -> Self {
        Self { origin: origin.to_owned(), log: End::of(&trees.log), audit: End::of(&trees.audit) }
    }

    /// What the file in `data` says, if there is one that can be read.
    pub fn read(data: &Path) -> Option<Self> {
        let mut text = Vec::new();
        let read = File::open(data.join(FILE)).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "how far the logs had gone cannot be read");
                None
            }
            Ok(_) => serde_json::from_slice(&text).ok(),
        }
    }

    /// How many entries the audit of this organization had, and their root.
    pub(super) fn audit(&self, organization: OrganizationFingerprint) -> Option<(u64, Hash32)> {
        log_epoch(organization, &self.origin).map(|_| (self.audit.size, self.audit.root))
    }

    /// Whether the directory log or the audit had more entries than these.
    pub fn is_beyond(&self, leaves: u64, entries: u64) -> bool {
        self.log.size > leaves || self.audit.size > entries
    }

    /// What this says of a database whose logs are `trees` and which writes `origin`; `None` when it holds everything that was seen.
    fn beyond(&self, organization: OrganizationFingerprint, origin: &str, trees: &Trees) -> Option<Newest> {
        let [seen, stored] = [self.origin.as_str(), origin].map(|origin| log_epoch(organization, origin));
        let end = LogEnd { size: self.log.size, root: self.log.root };
        // Without an epoch it is about another organization.
        let (seen, stored) = (seen?, stored?);
        match seen.cmp(&stored) {
            // The root key has said since from where the log goes on.
            Less => None,
            Equal if self.log.is_in(&trees.log) && self.audit.is_in(&trees.audit) => None,
            Equal => Some(Newest::Shown(end)),
            Greater => Some(Newest::LaterLog { epoch: seen, end }),
        }
    }
}

/// The file, and whether it says more than the database.
pub(super) struct Witness {
    file: PathBuf,
    beyond: Option<Newest>,
    is_answered: AtomicBool,
}

impl Witness {
    /// Compares the file in `data` with what is stored.
    pub(super) fn ask(data: &Path, organization: OrganizationFingerprint, origin: &str, trees: &Trees) -> Self {
        let beyond = Seen::read(data).and_then(|seen| seen.beyond(organization, origin, trees));
        Self { file: data.join(FILE), beyond, is_answered: AtomicBool::new(false) }
    }

    /// How far the logs had gone when that was noted last.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.file.parent().and_then(Seen::read)
    }

    /// What was seen and is not in the database; the database was put back then, and only another log may go on from it.
    pub(super) fn beyond(&self) -> Option<&Newest> {
        self.beyond.as_ref().filter(|_| !self.is_answered.load(Ordering::Acquire))
    }

    /// Another log has begun: what is stored is what counts.
    pub(super) fn answer(&self) {
        self.is_answered.store(true, Ordering::Release);
    }

    /// Only another log may go on from a database that was put back.
    pub(super) fn allow(&self, another_log: Option<&CurrentLog>) -> Result<(), Outage> {
        if another_log.is_none() && self.beyond().is_some() { Err(Outage::Behind) } else { Ok(()) }
    }

    /// What cannot be written, or is lost when the power fails, leaves an older word, which is true as well.
    pub(super) async fn note(&self, seen: &Seen) {
        let (file, text) = (self.file.clone(), serde_json::to_vec(seen).unwrap_or_default());
        let written = tokio::task::spawn_blocking(move || unix::replace_private(&file, &text)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(kind = ?error.kind(), "how far the logs have gone cannot be remembered"),
            Err(_) => tracing::warn!("how far the logs have gone was not remembered"),
        }
    }
}
