//! One change: a transaction with the log leaves and audit entries that belong to it. Everything of it becomes durable and
//! visible together, or nothing does. There is one change at a time. It must never sign a leaf that no log may hold, nor let a
//! caller who goes away leave memory behind the database.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use protocol::audit::{AuditEvent, Cause, Party};
use protocol::enrollment::ProvenLeaf;
use protocol::ids::{DeviceId, MemberId};
use protocol::time::Timestamp;
use protocol::tlog::{Checkpoint, Leaf, LeafRefused, MerkleTree, SignedCheckpoint, leaf_hash};
use tokio::sync::OwnedMutexGuard;

use crate::domain::member::Member;
use crate::domain::roll::Roll;
use crate::storage::log::Tree;
use crate::storage::{self, StorageError, Tx};

use super::directory::Shown;
use super::news::Bulletin;
use super::open;
use super::policy::NextPolicy;
use super::published::{Published, Why};
use super::trees::{Accord, Trees};
use super::witness::Seen;
use super::{CurrentLog, Inner, Outage, ServiceError};
use entries::Parties;

mod entries;
mod many;
mod names;
mod places;
mod touched;

/// The trees while a change is under way: leaves that are not kept are taken off again when it is dropped.
struct Turn {
    trees: OwnedMutexGuard<Trees>,
    log_size: u64,
    audit_size: u64,
}

impl Turn {
    fn keep(&mut self) {
        (self.log_size, self.audit_size) = (self.trees.log.size(), self.trees.audit.size());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.trees.log.truncate(self.log_size);
        self.trees.audit.truncate(self.audit_size);
    }
}

/// The one change under way. Dropping it undoes it.
pub(super) struct Change<'s> {
    pub(super) inner: &'s Arc<Inner>,
    turn: Turn,
    pub(super) tx: Tx,
    pub(super) now: Timestamp,
    leaves: Vec<Vec<u8>>,
    entries: u64,
    /// By what the audit names parties, as far as this change has asked.
    parties: Parties,
    touched: BTreeSet<MemberId>,
    /// Those of the touched who are new, as they will be stored: nobody need read them back.
    added: BTreeMap<MemberId, Member>,
    pub(super) policy: Option<NextPolicy>,
    /// Whether a device took a new place in the stream of devices.
    is_placed: bool,
    log: Option<CurrentLog>,
    ended: Vec<(DeviceId, Why)>,
}

impl Inner {
    /// Waits for its turn. What is in memory is then what is stored, and nobody else writes while the transaction lives.
    pub(super) async fn turn(&self) -> Result<(OwnedMutexGuard<Trees>, Tx), ServiceError> {
        let mut trees = Arc::clone(&self.trees).lock_owned().await;
        let mut tx = self.storage.begin().await?;
        if trees.accord != Accord::Same(tx.tenure()) {
            self.reload(&mut trees, &mut tx).await?;
        }
        Ok((trees, tx))
    }

    /// Everything that is shown anew from the database, and everybody is told the whole of it.
    async fn reload(&self, trees: &mut Trees, tx: &mut Tx) -> Result<(), ServiceError> {
        let stored = open::load(tx, &self.keys).await;
        let (stored, log, published) = stored.map_err(open::OpenError::while_serving)?;
        let last = self.published.load().checkpoint.checkpoint().clone();
        let goes_on = stored.audit.root_at(trees.audit.size()) == Some(trees.audit.root());
        if stored.log.root_at(last.size) != Some(last.root) || !goes_on {
            // A database that was put back: whoever saw the newer state would take us for an attacker.
            return Err(Outage::Behind.into());
        }
        self.recall(tx).await?;
        // What was shown last may have been signed later than what is stored.
        let checkpoint = self.sign_log(&log, &stored.log, self.ambient.now())?;
        let published = Arc::new(Published { checkpoint, ..published });
        self.audit_size.send_replace(stored.audit.size());
        *trees = stored;
        self.log.store(Arc::new(log));
        self.publish(Arc::clone(&published));
        self.tell(published.whole());
        Ok(())
    }

    /// Everybody ever known, at the end of the last turn.
    pub(super) async fn roll(&self) -> Roll {
        self.trees.lock().await.roll.clone()
    }

    /// Waits for its turn and begins.
    pub(super) async fn change(self: &Arc<Self>) -> Result<Change<'_>, ServiceError> {
        let (trees, tx) = self.turn().await?;
        let (log_size, audit_size) = (trees.log.size(), trees.audit.size());
        Ok(Change {
            inner: self,
            turn: Turn { trees, log_size, audit_size },
            tx,
            now: self.ambient.now(),
            leaves: Vec::new(),
            entries: 0,
            parties: Parties::default(),
            touched: BTreeSet::new(),
            added: BTreeMap::new(),
            policy: None,
            is_placed: false,
            log: None,
            ended: Vec::new(),
        })
    }
}

impl Change<'_> {
    /// Where the next leaf goes.
    pub(super) fn next_leaf(&self) -> u64 {
        self.turn.trees.log.size()
    }

    /// Appends a leaf to the directory log.
    pub(super) async fn leaf(&mut self, leaf: &Leaf) -> Result<(), StorageError> {
        let bytes = leaf.to_bytes();
        let hash = leaf_hash(&bytes);
        let position = self.turn.trees.log.append_hash(hash);
        storage::log::append(&mut self.tx, position, &bytes, hash).await?;
        self.leaves.push(bytes);
        Ok(())
    }

    /// Where the next audit entry goes.
    pub(super) fn next_entry(&self) -> u64 {
        self.turn.trees.audit.size()
    }

    /// Revokes a device: row, leaf, audit, and the end of its sessions once committed.
    pub(super) async fn revoke(
        &mut self,
        device: DeviceId,
        member: MemberId,
        cause: Cause,
        actor: &Party,
        why: Why,
    ) -> Result<(), StorageError> {
        storage::device::revoke(&mut self.tx, device, self.now).await?;
        self.leaf(&Leaf::DeviceRevoke { device }).await?;
        self.audit(AuditEvent::DeviceRevoked { device, cause }, Some(member), actor).await?;
        self.ended.push((device, why));
        self.touch(member);
        Ok(())
    }

    /// Revokes every good device of a person; how many there were.
    pub(super) async fn revoke_all(
        &mut self,
        member: MemberId,
        cause: Cause,
        actor: &Party,
        why: Why,
    ) -> Result<usize, StorageError> {
        let devices = storage::device::of_member(&mut self.tx, member).await?;
        let good: Vec<DeviceId> =
            devices.iter().filter(|device| device.revoked.is_none()).map(|device| device.id).collect();
        for device in &good {
            self.revoke(*device, member, cause, actor, why).await?;
        }
        Ok(good.len())
    }

    /// The policy that is in force once committed.
    pub(super) fn set_policy(&mut self, next: NextPolicy) {
        self.policy = Some(next);
    }

    /// From this change on another log is written.
    pub(super) fn begin_log(&mut self, log: CurrentLog) {
        self.log = Some(log);
    }

    /// Stored leaves with their proofs in the tree as it is now.
    pub(super) async fn prove(&mut self, range: Range<u64>) -> Result<Vec<ProvenLeaf>, StorageError> {
        prove(&mut self.tx, &self.turn.trees.log, range).await
    }

    /// Makes everything durable, shows it, and tells everybody if the log has grown. With it come the proofs of the leaves in
    /// `proven`. Whoever stops waiting for it stops nothing.
    pub(super) async fn commit(mut self, proven: Range<u64>) -> Result<Committed, ServiceError> {
        let shown = self.show().await?;
        let decided = self.decided(shown);
        tokio::spawn(decided.keep(proven)).await.unwrap_or(Err(Outage::Database.into()))
    }

    /// Stores what belongs to no log and is shown to nobody.
    pub(super) async fn set_aside(self) -> Result<(), StorageError> {
        let Change { mut turn, tx, touched, .. } = self;
        if !touched.is_empty() {
            // Nobody shows or remembers it: whoever has the next turn reads everything.
            turn.trees.accord = Accord::Unknown;
        }
        tx.commit().await
    }

    /// The change as a whole that needs nobody any more.
    pub(super) fn decided(self, shown: Shown) -> Decided {
        let Change { inner, turn, tx, now, leaves, entries, policy, log, ended, .. } = self;
        Decided { inner: Arc::clone(inner), turn, tx, now, leaves, entries, policy, log, ended, shown }
    }
}

/// A change that nobody can take back: only the database may still refuse it.
pub(super) struct Decided {
    inner: Arc<Inner>,
    turn: Turn,
    tx: Tx,
    now: Timestamp,
    leaves: Vec<Vec<u8>>,
    entries: u64,
    policy: Option<NextPolicy>,
    log: Option<CurrentLog>,
    ended: Vec<(DeviceId, Why)>,
    shown: Shown,
}

impl Decided {
    /// Stores and shows it. A failure may have come after the database had stored it, so then everything is read again.
    pub(super) async fn keep(self, proven: Range<u64>) -> Result<Committed, ServiceError> {
        let inner = Arc::clone(&self.inner);
        let kept = self.store(proven).await;
        if kept.is_err()
            && let Err(error) = inner.turn().await
        {
            // Whoever has the next turn tries again; the heartbeat does within seconds.
            tracing::error!(code = error.code(), "after a failed change the state could not be read again: {error}");
        }
        kept
    }

    async fn store(mut self, proven: Range<u64>) -> Result<Committed, ServiceError> {
        self.inner.witness.allow(self.log.as_ref())?;
        // Until the database has answered, the leaves may or may not be stored.
        self.turn.trees.accord = Accord::Unknown;
        for leaf in &self.leaves {
            let leaf = Leaf::from_bytes(leaf).map_err(|_| LeafRefused::Malformed)?;
            self.turn.trees.facts.apply(&leaf)?;
        }
        let checkpoint = self.sign_checkpoints().await?;
        let leaves = prove(&mut self.tx, &self.turn.trees.log, proven).await?;
        let tenure = self.tx.tenure();
        self.tx.commit().await?;
        self.inner.witness.note(&Seen::of(&checkpoint.checkpoint().origin, &self.turn.trees)).await;
        // Nothing is waited for from here on: whoever is dropped before leaves the accord unknown.
        self.turn.trees.accord = Accord::Same(tenure);

        let Decided { inner, mut turn, leaves: news, policy, log, ended, shown, .. } = self;
        let first = turn.log_size;
        turn.keep();
        inner.audit_size.send_replace(turn.audit_size);
        turn.trees.roll.put(shown.members);
        if let Some(log) = log {
            inner.witness.answer();
            inner.log.store(Arc::new(log));
        }
        let before = inner.published.load_full();
        let mut after = Published { checkpoint, ..before.as_ref().clone() };
        if let Some(NextPolicy { document, bytes, layers }) = policy {
            (after.policy, after.policy_bytes, after.layers) = (document, bytes.into(), Arc::new(layers));
        }
        after.roll = turn.trees.roll.clone();
        (after.people, after.devices, after.devices_until) = (shown.people, shown.devices, shown.devices_until);
        let has_leaves = !news.is_empty();
        let bulletin = Bulletin { news: after.news_with(first, news), ended };
        let after = Arc::new(after);
        inner.publish(Arc::clone(&after));
        if has_leaves {
            inner.tell(bulletin);
        }
        Ok(Committed { published: after, leaves })
    }

    async fn sign_checkpoints(&mut self) -> Result<SignedCheckpoint, ServiceError> {
        let (inner, trees) = (&self.inner, &self.turn.trees);
        let log = match &self.log {
            Some(log) => inner.sign_log(log, &trees.log, self.now)?,
            None => inner.sign_log(&inner.log.load(), &trees.log, self.now)?,
        };
        let mut kept = Vec::new();
        if !self.leaves.is_empty() {
            kept.push((Tree::Directory, trees.log.size(), text(&log)));
        }
        if self.entries > 0 {
            let audit = inner.sign(&inner.audit_origin, &trees.audit, self.now)?;
            kept.push((Tree::Audit, trees.audit.size(), text(&audit)));
        }
        storage::log::put_checkpoints(&mut self.tx, &kept).await?;
        Ok(log)
    }
}

fn text(checkpoint: &SignedCheckpoint) -> String {
    String::from_utf8_lossy(checkpoint.note()).into_owned()
}

async fn prove(tx: &mut Tx, tree: &MerkleTree, range: Range<u64>) -> Result<Vec<ProvenLeaf>, StorageError> {
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let count = u32::try_from(range.end.saturating_sub(range.start)).unwrap_or(u32::MAX);
    let leaves = storage::log::leaves(tx, range.start, count).await?;
    let proofs = range.map(|index| (index, tree.inclusion(index, tree.size()).unwrap_or_default()));
    Ok(proofs.zip(leaves).map(|((index, proof), leaf)| ProvenLeaf { index, leaf, proof }).collect())
}

/// What a change led to.
pub(super) struct Committed {
    pub(super) published: Arc<Published>,
    pub(super) leaves: Vec<ProvenLeaf>,
}

impl Inner {
    /// A checkpoint of the directory log. Its time never goes back, whatever the clock does.
    pub(super) fn sign_log(
        &self,
        log: &CurrentLog,
        tree: &MerkleTree,
        now: Timestamp,
    ) -> Result<SignedCheckpoint, ServiceError> {
        self.sign(&log.origin, tree, now.max(self.published.load().checkpoint.checkpoint().time))
    }

    fn sign(&self, origin: &str, tree: &MerkleTree, time: Timestamp) -> Result<SignedCheckpoint, ServiceError> {
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: tree.size(), root: tree.root(), time };
        checkpoint
            .sign(&self.keys.directory())
            .map_err(|_| ServiceError::Internal(StorageError::Corrupt { table: "log_leaf", column: "position" }))
    }

    /// Nobody listening is fine.
    pub(super) fn tell(&self, bulletin: Bulletin) {
        let _ = self.news.send(Arc::new(bulletin));
    }
}
