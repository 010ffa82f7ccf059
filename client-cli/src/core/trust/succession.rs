//! From one log to the next (spec/log.md §7): the root said that another log goes on from an earlier state of ours. Until the new
//! one is proved, everything known stays in force; revocations stay in force for good. It must never follow a reset that the root
//! did not sign, nor go back to an earlier log.

use std::collections::BTreeSet;

use protocol::ids::{DeviceId, MemberId};
use protocol::organization::log_epoch;
use protocol::signaling::message::{FetchWhat, LeafBytes};
use protocol::signed::Unverified;
use protocol::tlog::{Advance, Replica, ReplicaRefused, SignedCheckpoint, VerifiedReset};

use super::{Disbelief, Learned, Trust};

/// A log that the root started and that is not proved yet.
#[derive(Debug)]
pub(super) struct Following {
    reset: VerifiedReset,
    replica: Replica,
    kept: u64,
}

impl Following {
    pub(super) fn forget_unproved(&mut self) {
        self.replica.forget_unproved();
    }
}

/// The new log is proved, and ours from now on.
#[derive(Debug)]
pub struct Adopted {
    /// The root's word for it.
    pub reset: VerifiedReset,
    /// So many stored leaves are the same; the others are to be replaced.
    pub kept: u64,
    /// Entries that we knew and that the new log does not begin with.
    pub forgotten: u64,
    /// Devices that never count again, whatever the new log says.
    pub ended: BTreeSet<DeviceId>,
    /// Members of whom the log that we knew had another identity key.
    pub reidentified: BTreeSet<MemberId>,
}

impl Trust {
    /// Number of the log that is believed.
    pub fn epoch(&self) -> u32 {
        log_epoch(self.organization, &self.origin).unwrap_or(0)
    }

    /// The reset whose log is being fetched.
    pub fn following(&self) -> Option<&VerifiedReset> {
        self.following.as_ref().map(|following| &following.reset)
    }

    /// So many of our own leaves may be the new log's first ones.
    pub fn leaves_to_keep(&self, reset: &VerifiedReset) -> u64 {
        let document = reset.document();
        match self.replica.has_root(document.old_size, document.old_root) {
            Some(true) => document.old_size,
            // Another history, perhaps after a fork: from the beginning.
            Some(false) => 0,
            // We know less than was restored. If ours are others, they are thrown away at the first checkpoint.
            None => self.log_size(),
        }
    }

    /// Starts to follow the log that `reset` begins, with `leaves` of ours for a start; says what to ask for.
    pub fn follow(&mut self, reset: VerifiedReset, leaves: &[LeafBytes]) -> Result<Vec<FetchWhat>, Disbelief> {
        let newest = self.following().map_or(self.epoch(), VerifiedReset::epoch);
        if reset.epoch() == newest && self.following().is_some() {
            return Ok(Vec::new());
        }
        if reset.epoch() <= newest {
            return Err(Disbelief::OlderLog);
        }
        let mut replica = Replica::after(reset.document().new_origin.clone(), self.facts().ended_devices());
        replica.offer(0, leaves)?;
        let missing = vec![FetchWhat::Log { from: replica.next_leaf() }];
        self.following = Some(Following { reset, replica, kept: leaves.len() as u64 });
        Ok(missing)
    }

    /// [`Trust::hear`] for a checkpoint of the log that is being fetched.
    pub(super) fn hear_next(
        &mut self,
        first: u64,
        leaves: &[LeafBytes],
        note: &[u8],
    ) -> Result<Option<Learned>, Disbelief> {
        let Some(following) = &mut self.following else { return Ok(None) };
        let origin = &following.reset.document().new_origin;
        let Ok(signed) = Unverified::<SignedCheckpoint>::from_bytes(note).verify(origin, self.keys.current()) else {
            return Ok(None);
        };
        match following.replica.offer(first, leaves) {
            Ok(()) | Err(ReplicaRefused::Gap { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
        let mut learned = Learned::default();
        match following.replica.advance(&signed) {
            Ok(Advance::Extended(leaves)) => {
                learned.leaves = (0..).zip(leaves.into_iter().map(|(bytes, _)| bytes)).collect();
            }
            Ok(Advance::Behind { from }) => {
                learned.missing.push(FetchWhat::Log { from });
                return Ok(Some(learned));
            }
            // Nothing is proved before there are leaves.
            Ok(Advance::Fresher | Advance::Known) => return Ok(Some(learned)),
            Err(refused) => {
                following.kept = 0;
                return Err(refused.into());
            }
        }
        learned.adopted = Some(self.adopt()?);
        learned.note = Some(note.to_vec());
        learned.missing = self.missing_documents();
        Ok(Some(learned))
    }

    /// Puts the proved log in the place of the old one.
    fn adopt(&mut self) -> Result<Adopted, Disbelief> {
        let Some(Following { reset, mut replica, kept }) = self.following.take() else {
            return Err(Disbelief::NotInLog);
        };
        // Everybody has to be shown the same document.
        if replica.facts().reset() != Some(reset.hash()) {
            return Err(Disbelief::NotInLog);
        }
        let forgotten = self.log_size().saturating_sub(kept);
        // Also what was heard of the old log while the new one was on its way.
        replica.bar(self.facts().ended_devices());
        let is_other = |(member, key): &(MemberId, [u8; 32])| {
            self.facts().identity_key(*member).is_some_and(|known| known != *key)
        };
        let reidentified = replica.facts().identities().filter(is_other).map(|(member, _)| member).collect();
        self.origin = reset.document().new_origin.clone();
        self.replica = replica;
        let ended = self.facts().ended_devices();
        Ok(Adopted { reset, kept, forgotten, ended, reidentified })
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{Hash32, OrganizationFingerprint};
    use protocol::keys::SigningKey;
    use protocol::organization::log_origin;
    use protocol::time::Timestamp;
    use protocol::tlog::{Checkpoint, Leaf, LogReset, MerkleTree, ResetReason};

    use super::*;

    const MEMBER: MemberId = MemberId::from_bytes([1; 16]);

    fn root() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn organization() -> OrganizationFingerprint {
        OrganizationFingerprint::of_key(root().verifying_key().as_bytes())
    }

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    /// The server's side: leaves, and checkpoints of any log.
    #[derive(Clone, Default)]
    struct Server(Vec<LeafBytes>);

    impl Server {
        fn push(&mut self, leaf: &Leaf) {
            self.0.push(LeafBytes(leaf.to_bytes()));
        }

        fn root(&self) -> Hash32 {
            let mut tree = MerkleTree::new();
            for leaf in &self.0 {
                tree.append(&leaf.0);
            }
            tree.root()
        }

        fn note(&self, epoch: u32) -> Vec<u8> {
            let (origin, size) = (log_origin(organization(), epoch), self.0.len() as u64);
            let checkpoint = Checkpoint { origin, size, root: self.root(), time: Timestamp::from_millis(size) };
            checkpoint.sign(&SigningKey::from_bytes(&[2; 32])).unwrap().note().to_vec()
        }

        fn reset(&self, old: u32, new: u32) -> VerifiedReset {
            let document = LogReset {
                old_origin: log_origin(organization(), old),
                old_size: self.0.len() as u64,
                old_root: self.root(),
                new_origin: log_origin(organization(), new),
                reason: ResetReason::Restore,
                time: Timestamp::from_millis(9),
                newest: None,
            };
            let signed = Unverified::<VerifiedReset>::from_bytes(document.sign(&root()));
            signed.verify(organization(), &root().verifying_key()).unwrap()
        }
    }

    /// Two devices; the backup was made before the second one was added and the first one revoked.
    fn rolled_back() -> (Server, Server) {
        let mut backup = Server::default();
        backup.push(&Leaf::MemberAdd { member: MEMBER, commitment: Hash32::from_bytes([0; 32]) });
        backup.push(&Leaf::IdentitySet { member: MEMBER, identity_key: [1; 32] });
        backup.push(&Leaf::DeviceAdd { member: MEMBER, device: device(1), certificate: Hash32::from_bytes([1; 32]) });
        let mut lost = backup.clone();
        lost.push(&Leaf::DeviceRevoke { device: device(1) });
        lost.push(&Leaf::DeviceAdd { member: MEMBER, device: device(2), certificate: Hash32::from_bytes([2; 32]) });
        (backup, lost)
    }

    fn client(server: &Server) -> Trust {
        let key = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let mut trust = Trust::new(organization(), log_origin(organization(), 0), key);
        trust.hear(0, &server.0, &server.note(0)).unwrap();
        trust
    }

    /// What the restored server publishes, and the client's leaves that it may keep.
    fn start(trust: &mut Trust, known: &Server, backup: &Server, epoch: u32) -> Server {
        let reset = backup.reset(0, epoch);
        let keep = trust.leaves_to_keep(&reset) as usize;
        trust.follow(reset.clone(), &known.0[..keep]).unwrap();
        let mut after = backup.clone();
        after.push(&Leaf::LogReset { document: reset.hash() });
        after
    }

    #[test]
    fn a_restore_is_followed_and_revocations_stay() {
        let (backup, lost) = rolled_back();
        let mut trust = client(&lost);
        assert!(!trust.facts().is_live(device(1)) && trust.facts().is_live(device(2)));
        let after = start(&mut trust, &lost, &backup, 5);
        // Until it is proved, the old log is in force.
        assert_eq!((trust.epoch(), trust.facts().is_live(device(2))), (0, true));
        let learned = trust.hear(3, &after.0[3..], &after.note(5)).unwrap();
        let adopted = learned.adopted.unwrap();
        assert_eq!((adopted.kept, adopted.forgotten), (3, 2));
        assert_eq!(adopted.ended, [device(1)].into());
        assert_eq!((trust.epoch(), trust.log_size(), learned.leaves.len()), (5, 4, 4));
        assert!(!trust.facts().is_live(device(1)), "a revocation that a client knows survives");
        assert!(trust.facts().device(device(2)).is_none(), "an enrollment that was lost is lost");
        // The old log, and whatever goes on with it, is history.
        assert!(trust.hear(0, &lost.0, &lost.note(0)).is_err());
        assert_eq!(trust.follow(backup.reset(0, 5), &[]), Err(Disbelief::OlderLog));
        assert_eq!(trust.follow(backup.reset(0, 4), &[]), Err(Disbelief::OlderLog));
    }

    #[test]
    fn who_knew_less_or_something_else_comes_to_the_same_log() {
        let (backup, lost) = rolled_back();
        let behind = Server(lost.0[..2].to_vec());
        let mut forked = Server(lost.0[..1].to_vec());
        forked.push(&Leaf::IdentitySet { member: MEMBER, identity_key: [9; 32] });
        for known in [behind, forked] {
            let mut trust = client(&known);
            let after = start(&mut trust, &known, &backup, 5);
            let mut learned = trust.hear(2, &after.0[2..], &after.note(5));
            if learned.is_err() {
                learned = trust.hear(0, &after.0, &after.note(5));
            }
            assert!(learned.unwrap().adopted.is_some());
            assert_eq!((trust.epoch(), trust.log_size()), (5, 4));
        }
    }

    #[test]
    fn a_log_that_does_not_name_the_document_is_not_followed() {
        let (backup, lost) = rolled_back();
        let mut trust = client(&lost);
        start(&mut trust, &lost, &backup, 5);
        let mut other = backup.clone();
        other.push(&Leaf::LogReset { document: Hash32::from_bytes([7; 32]) });
        assert!(matches!(trust.hear(3, &other.0[3..], &other.note(5)), Err(Disbelief::NotInLog)));
        assert_eq!((trust.epoch(), trust.log_size()), (0, 5));
    }

    #[test]
    fn a_revocation_heard_while_the_next_log_is_on_its_way_stays() {
        let (backup, mut lost) = rolled_back();
        let mut trust = client(&lost);
        let after = start(&mut trust, &lost, &backup, 5);
        // A peer still has the old log, and more of it.
        lost.push(&Leaf::DeviceRevoke { device: device(2) });
        trust.hear(5, &lost.0[5..], &lost.note(0)).unwrap();
        assert!(!trust.facts().is_live(device(2)));
        let adopted = trust.hear(3, &after.0[3..], &after.note(5)).unwrap().adopted.unwrap();
        assert_eq!(adopted.ended, [device(1), device(2)].into());
        assert!(trust.facts().is_ended(device(2)), "a revocation that a client knows survives");
    }

    #[test]
    fn leaves_come_in_several_answers() {
        let (backup, lost) = rolled_back();
        let mut trust = client(&lost);
        let reset = backup.reset(0, 5);
        assert_eq!(trust.follow(reset.clone(), &[]), Ok(vec![FetchWhat::Log { from: 0 }]));
        let mut after = backup;
        after.push(&Leaf::LogReset { document: reset.hash() });
        let learned = trust.hear(0, &after.0[..2], &after.note(5)).unwrap();
        assert_eq!(learned.missing, [FetchWhat::Log { from: 2 }]);
        assert!(trust.hear(2, &after.0[2..], &after.note(5)).unwrap().adopted.is_some());
    }
}
