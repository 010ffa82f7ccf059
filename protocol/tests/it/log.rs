//! The replica against a server that is honest, forgetful, or two-faced. Public interface only.

use proptest::prelude::*;
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::keys::SigningKey;
use protocol::signaling::message::LeafBytes;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{
    Advance, Checkpoint, ForkEvidence, Leaf, LogBatch, MerkleTree, NotEvidence, Replica, ReplicaRefused,
    SignedCheckpoint, check_inclusion, leaf_hash,
};

const ORIGIN: &str = "isoloir.test/log";

/// The server's side of a log.
#[derive(Clone)]
struct Log {
    key: SigningKey,
    tree: MerkleTree,
    leaves: Vec<LeafBytes>,
}

impl Log {
    fn new() -> Self {
        Self { key: SigningKey::from_bytes(&[1; 32]), tree: MerkleTree::new(), leaves: Vec::new() }
    }

    fn of_members(count: u8) -> Self {
        let mut log = Self::new();
        for n in 0..count {
            log.push(&member(n));
        }
        log
    }

    fn push(&mut self, leaf: &Leaf) {
        self.tree.append(&leaf.to_bytes());
        self.leaves.push(LeafBytes(leaf.to_bytes()));
    }

    fn checkpoint_at(&self, size: u64, ms: u64) -> SignedCheckpoint {
        let root = self.tree.root_at(size).unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, time: Timestamp::from_millis(ms) };
        checkpoint.sign(&self.key).unwrap()
    }

    fn checkpoint(&self, ms: u64) -> SignedCheckpoint {
        self.checkpoint_at(self.tree.size(), ms)
    }
}

fn member(n: u8) -> Leaf {
    Leaf::MemberAdd { member: MemberId::from_bytes([n; 16]), commitment: Hash32::from_bytes([n; 32]) }
}

fn follows(log: &Log) -> Replica {
    let mut replica = Replica::new(ORIGIN);
    replica.offer(0, &log.leaves).unwrap();
    replica.advance(&log.checkpoint(1)).unwrap();
    replica
}

fn fork_of(result: Result<Advance, ReplicaRefused>) -> ForkEvidence {
    match result {
        Err(ReplicaRefused::Fork(evidence)) => *evidence,
        other => panic!("expected a fork, not {other:?}"),
    }
}

#[test]
fn leaves_count_only_once_a_checkpoint_covers_them() {
    let log = Log::of_members(5);
    let mut replica = Replica::new(ORIGIN);
    assert_eq!(replica.advance(&log.checkpoint(1)), Ok(Advance::Behind { from: 0 }));
    replica.offer(0, &log.leaves[..3]).unwrap();
    assert!(!replica.facts().is_member(MemberId::from_bytes([0; 16])));
    assert_eq!(replica.advance(&log.checkpoint(1)), Ok(Advance::Behind { from: 3 }));
    // Overlapping leaves are passed over, a gap is told.
    assert_eq!(replica.offer(4, &log.leaves[4..]), Err(ReplicaRefused::Gap { from: 3 }));
    replica.offer(1, &log.leaves[1..]).unwrap();
    match replica.advance(&log.checkpoint(1)) {
        Ok(Advance::Extended(leaves)) => assert_eq!(leaves.len(), 5),
        other => panic!("{other:?}"),
    }
    assert!(replica.facts().is_member(MemberId::from_bytes([4; 16])));
    assert_eq!(replica.advance(&log.checkpoint(1)), Ok(Advance::Known));
    assert_eq!(replica.advance(&log.checkpoint(2)), Ok(Advance::Fresher));
    assert_eq!(replica.advance(&log.checkpoint_at(2, 3)), Ok(Advance::Known));
    assert_eq!(replica.newest().map(|newest| newest.checkpoint().time), Some(Timestamp::from_millis(2)));
}

#[test]
fn withheld_or_changed_leaves_are_not_taken() {
    let log = Log::of_members(4);
    let mut replica = Replica::new(ORIGIN);
    let mut changed = log.leaves.clone();
    changed[2] = LeafBytes(member(99).to_bytes());
    replica.offer(0, &changed).unwrap();
    assert_eq!(replica.advance(&log.checkpoint(1)), Err(ReplicaRefused::LeavesDoNotMatch));
    assert_eq!((replica.size(), replica.next_leaf()), (0, 0));
    // The right ones are taken afterwards.
    replica.offer(0, &log.leaves).unwrap();
    assert!(matches!(replica.advance(&log.checkpoint(1)), Ok(Advance::Extended(_))));
}

#[test]
fn a_signed_log_that_breaks_its_rules_stops_the_replica() {
    let mut log = Log::of_members(2);
    log.push(&Leaf::DeviceRevoke { device: DeviceId::from_bytes([1; 16]) });
    let mut replica = Replica::new(ORIGIN);
    replica.offer(0, &log.leaves).unwrap();
    assert!(matches!(replica.advance(&log.checkpoint(1)), Err(ReplicaRefused::Broken { index: 2, .. })));
    log.push(&member(7));
    assert!(matches!(replica.advance(&log.checkpoint(2)), Err(ReplicaRefused::Broken { index: 2, .. })));
}

#[test]
fn a_leaf_of_a_later_version_counts_in_the_tree_only() {
    let mut log = Log::of_members(1);
    let unknown = vec![0x82, 0x18, 99, 0xa0];
    log.tree.append(&unknown);
    log.leaves.push(LeafBytes(unknown));
    log.push(&member(5));
    let replica = follows(&log);
    assert_eq!(replica.size(), 3);
    assert!(replica.facts().is_member(MemberId::from_bytes([5; 16])));
}

#[test]
fn two_histories_of_one_size_are_evidence_for_everybody() {
    let (honest, mut other) = (Log::of_members(3), Log::of_members(2));
    other.push(&member(77));
    let mut replica = follows(&honest);
    let evidence = fork_of(replica.advance(&other.checkpoint(9)));
    let key = honest.key.verifying_key();
    assert_eq!(evidence.verify(ORIGIN, &key.into()), Ok(()));
    assert_eq!(replica.fork(), Some(&evidence));
    let stranger = SigningKey::from_bytes(&[2; 32]).verifying_key();
    assert_eq!(evidence.verify(ORIGIN, &stranger.into()), Err(NotEvidence::Checkpoint));
    // It goes on along its own history.
    assert_eq!(replica.advance(&honest.checkpoint(10)), Ok(Advance::Fresher));
}

#[test]
fn a_peers_longer_history_is_judged_when_ours_is_long_enough() {
    let (mut honest, mut other) = (Log::of_members(3), Log::of_members(3));
    let mut replica = follows(&honest);
    for n in 50..54 {
        honest.push(&member(n));
        other.push(&member(n + 100));
    }
    assert_eq!(replica.advance(&other.checkpoint(2)), Ok(Advance::Behind { from: 3 }));
    replica.offer(3, &honest.leaves[3..]).unwrap();
    assert!(matches!(replica.advance(&honest.checkpoint(3)), Ok(Advance::Extended(_))));
    let evidence = replica.fork().expect("found as soon as it can be");
    assert_eq!(evidence.verify(ORIGIN, &honest.key.verifying_key().into()), Ok(()));
}

fn garbage(count: u8) -> Vec<LeafBytes> {
    (0..count).map(|n| LeafBytes(member(200 - n).to_bytes())).collect()
}

#[test]
fn a_peers_leaves_stand_in_nobodys_way() {
    let mut log = Log::of_members(3);
    let mut replica = follows(&log);
    (50..60).for_each(|n| log.push(&member(n)));
    assert_eq!(replica.advance(&log.checkpoint(2)), Ok(Advance::Behind { from: 3 }));
    // The server's answer comes in two parts, and in between somebody shows what nobody signed: too little, enough, too much.
    replica.offer(3, &log.leaves[3..8]).unwrap();
    for count in [1, 10, 20] {
        assert_eq!(replica.prove(3, &garbage(count)), Ok(None));
        assert_eq!(replica.prove(8, &garbage(count)), Ok(None));
    }
    assert_eq!((replica.size(), replica.next_leaf()), (3, 8));
    replica.offer(8, &log.leaves[8..]).unwrap();
    assert!(matches!(replica.advance(&log.checkpoint(2)), Ok(Advance::Extended(leaves)) if leaves.len() == 10));
}

#[test]
fn a_peer_proves_what_the_server_withholds() {
    let mut log = Log::of_members(3);
    let mut replica = follows(&log);
    (50..54).for_each(|n| log.push(&member(n)));
    // One peer has less than another; what nobody signed may hang on to it.
    for size in [5, 7] {
        assert_eq!(replica.advance(&log.checkpoint_at(size, 2)), Ok(Advance::Behind { from: 3 }));
    }
    let shown = [&log.leaves[2..5], &garbage(1)].concat();
    let (signed, leaves) = replica.prove(2, &shown).unwrap().expect("proved");
    assert_eq!((signed.checkpoint().size, leaves.len()), (5, 2));
    assert_eq!((replica.size(), replica.next_leaf()), (5, 5));
    let (_, leaves) = replica.prove(5, &log.leaves[5..]).unwrap().expect("proved");
    assert_eq!((leaves.len(), replica.newest().map(|newest| newest.checkpoint().size)), (2, Some(7)));
    // Nothing waits any more.
    assert_eq!(replica.prove(7, &garbage(1)), Ok(None));
}

#[test]
fn right_leaves_are_taken_whatever_was_staged_before() {
    let mut log = Log::of_members(3);
    let mut replica = follows(&log);
    replica.offer(3, &garbage(2)).unwrap();
    log.push(&member(50));
    log.push(&member(51));
    assert!(
        matches!(replica.hear(3, &log.leaves[3..], &log.checkpoint(2)), Ok(Advance::Extended(leaves)) if leaves.len() == 2)
    );
    assert_eq!((replica.size(), replica.next_leaf()), (5, 5));
    assert_eq!(replica.hear(5, &garbage(1), &log.checkpoint(3)), Ok(Advance::Fresher));
}

#[test]
fn no_more_is_held_than_the_cap_says() {
    let mut replica = Replica::new(ORIGIN);
    let leaf = LeafBytes(vec![0; protocol::limits::LEAF_BYTES_MAX]);
    let one_too_many = protocol::limits::STAGED_BYTES_MAX / protocol::limits::LEAF_BYTES_MAX + 1;
    assert_eq!(replica.offer(0, &vec![leaf.clone(); one_too_many]), Err(ReplicaRefused::TooMuch));
    assert_eq!(replica.next_leaf(), 0);
    assert_eq!(replica.offer(0, &[leaf]), Ok(()));
}

#[test]
fn a_batch_comes_back_and_is_capped() {
    let log = Log::of_members(3);
    let batch = LogBatch { checkpoint: log.checkpoint(1).note().to_vec(), first: 0, leaves: log.leaves.clone() };
    assert_eq!(LogBatch::from_bytes(&batch.to_bytes()), Ok(batch.clone()));
    let leaves = vec![LeafBytes(vec![0]); protocol::limits::LEAVES_PER_FETCH_MAX + 1];
    assert!(LogBatch::from_bytes(&LogBatch { leaves, ..batch }.to_bytes()).is_err());
}

proptest! {
    /// Whatever the order and the sizes in which a log is shown, the replica ends where the server is.
    #[test]
    fn every_path_through_an_honest_log_ends_equal(
        steps in prop::collection::vec((0u64..=40, 0u64..=40), 0..30),
    ) {
        let log = Log::of_members(40);
        let mut replica = Replica::new(ORIGIN);
        let mut extended = 0;
        for (first, size) in steps {
            let leaves = &log.leaves[first as usize..];
            match replica.offer(first, leaves) {
                Ok(()) => prop_assert!(first <= replica.next_leaf()),
                Err(ReplicaRefused::Gap { from }) => prop_assert!(first > from),
                Err(other) => prop_assert!(false, "{other}"),
            }
            match replica.advance(&log.checkpoint_at(size, 5)) {
                Ok(Advance::Extended(leaves)) => extended += leaves.len(),
                Ok(Advance::Fresher | Advance::Known | Advance::Behind { .. }) => {}
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
        prop_assert_eq!(extended as u64, replica.size());
        replica.offer(replica.next_leaf(), &log.leaves[replica.next_leaf() as usize..]).unwrap();
        replica.advance(&log.checkpoint(6)).unwrap();
        prop_assert_eq!(replica.size(), 40);
        prop_assert!(replica.fork().is_none());
    }

    /// Any two histories that part somewhere give evidence that verifies; two moments of one history never do.
    #[test]
    fn evidence_is_complete_and_sound(common in 1u8..20, ours in 1u8..20, theirs in 1u8..20, at in 0u64..40) {
        let mut honest = Log::of_members(common);
        let mut other = honest.clone();
        (0..ours).for_each(|n| honest.push(&member(100 + n)));
        (0..theirs).for_each(|n| other.push(&member(200 + n)));
        let key = honest.key.verifying_key();
        let size = 1 + at % other.tree.size();
        let shown = other.checkpoint_at(size, 7);
        let mut replica = follows(&honest);
        let result = replica.advance(&shown);
        if size <= u64::from(common) {
            prop_assert_eq!(result, Ok(Advance::Known));
        } else if size <= honest.tree.size() {
            prop_assert_eq!(fork_of(result).verify(ORIGIN, &key.into()), Ok(()));
        } else {
            prop_assert_eq!(result, Ok(Advance::Behind { from: honest.tree.size() }));
        }
        let earlier = honest.checkpoint_at(u64::from(common), 8);
        let claim = ForkEvidence { a: honest.checkpoint(9).note().to_vec(), b: earlier.note().to_vec(), prefix: None };
        prop_assert_eq!(claim.verify(ORIGIN, &key.into()), Err(NotEvidence::Compatible));
    }

    #[test]
    fn an_inclusion_proof_ties_a_leaf_to_a_signed_note(count in 1u8..60, at in 0u8..60) {
        let log = Log::of_members(count);
        let index = u64::from(at % count);
        let note = log.checkpoint(1).note().to_vec();
        let signed = Unverified::<SignedCheckpoint>::from_bytes(note).verify(ORIGIN, &log.key.verifying_key()).unwrap();
        let checkpoint = signed.checkpoint();
        let proof = log.tree.inclusion(index, checkpoint.size).unwrap();
        let leaf = leaf_hash(&log.leaves[index as usize].0);
        prop_assert!(check_inclusion(&proof, index, leaf, checkpoint.size, checkpoint.root));
    }
}
