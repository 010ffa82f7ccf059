//! Another directory key: what the old one signed counts as far as the log names it, and nothing that it signs afterwards.

use super::*;

impl World {
    fn key_leaf(&self, serial: u64) -> Leaf {
        Leaf::DirectoryKeySet { serial, key: self.directory.verifying_key().to_bytes() }
    }

    /// The root puts another key in force. The one before it is in a thief's hands.
    fn rotate(&mut self) -> SigningKey {
        let old = std::mem::replace(&mut self.directory, SigningKey::from_bytes(&[3; 32]));
        self.trust.take_over(self.directory.verifying_key(), 2);
        let leaf = self.key_leaf(2);
        self.publish(&[leaf]);
        old
    }

    /// What the thief makes with the old key.
    fn with<T>(&mut self, old: &SigningKey, make: impl FnOnce(&mut Self) -> T) -> T {
        let new = std::mem::replace(&mut self.directory, old.clone());
        let made = make(self);
        self.directory = new;
        made
    }
}

#[test]
fn what_the_old_key_signed_counts_as_far_as_the_log_names_it() {
    let mut world = World::new();
    let (device, leaves) = world.device(5);
    let (policy, policy_leaf) = world.policy(1, "off");
    let mut all = vec![world.key_leaf(1)];
    all.extend(leaves);
    all.push(policy_leaf);
    world.publish(&all);
    let old = world.rotate();
    all.push(world.key_leaf(2));
    let (forged, _) = world.with(&old, |world| world.device(6));

    // Somebody who enrolled when the old key was history, and learned of it from the log alone.
    let newcomer = Trust::new(world.organization, "log.example".to_owned(), world.directory.verifying_key());
    let mut newcomer = newcomer.at_key_serial(2);
    let bytes: Vec<_> = all.iter().map(|leaf| LeafBytes(leaf.to_bytes())).collect();
    newcomer.hear(0, &bytes, &world.note(world.tree.size(), world.tree.root(), NOW)).expect("an honest log");
    for trust in [None, Some(newcomer)] {
        world.trust = trust.unwrap_or(world.trust);
        assert_eq!(world.take(&device), Ok(device.id));
        assert!(world.trust.take_policy(&policy).is_ok());
        assert!(matches!(world.take(&forged), Err(Disbelief::Refused(CertificateRefused::NotInLog))));
    }
}

#[test]
fn a_checkpoint_of_the_old_key_moves_nobody_and_is_no_fork() {
    let mut world = World::new();
    let leaf = world.key_leaf(1);
    world.publish(&[leaf]);
    let old = world.rotate();
    let (size, later) = (world.tree.size(), NOW.plus_ms(1));
    for (size, root) in [(size, Hash32::from_bytes([9; 32])), (size + 1, Hash32::from_bytes([9; 32]))] {
        let note = world.with(&old, |world| world.note(size, root, later));
        let learned = world.trust.hear_from_peer(&note).expect("passed over");
        assert!(learned.leaves.is_empty() && learned.note.is_none() && learned.missing.is_empty());
    }
    assert_eq!((world.trust.log_size(), world.trust.known_at(), world.trust.fork()), (size, Some(NOW), None));
    let stranger = SigningKey::from_bytes(&[8; 32]);
    let strange = world.with(&stranger, |world| world.note(size, world.tree.root(), later));
    let stale = world.with(&old, |world| world.note(size, world.tree.root(), later));
    // From the server itself the old key is as good as a stranger's.
    let refused = [world.trust.hear_from_peer(&strange), world.trust.hear(size, &[], &stale)];
    for refused in refused {
        let refused = refused.expect_err("not the key in force");
        assert!(matches!(refused, Disbelief::Checkpoint(BadCheckpoint::Signature)), "asks who the server is");
    }
}

#[test]
fn a_log_that_was_kept_under_the_old_key_is_taken_back_under_the_new_one() {
    let mut world = World::new();
    let leaf = world.key_leaf(1);
    let leaves = [LeafBytes(leaf.to_bytes())];
    world.publish(&[leaf]);
    let kept = world.trust.newest_note().expect("heard").to_vec();
    let keys =
        DirectoryKeys::after(SigningKey::from_bytes(&[3; 32]).verifying_key(), [world.directory.verifying_key()]);
    let mut restarted = Trust::new(world.organization, "log.example".to_owned(), keys);
    assert!(restarted.remember_log(&leaves, &kept).is_ok());
    assert_eq!(restarted.log_size(), 1);
}

/// Shown before the device heard of the new key, with the leaves following afterwards.
#[test]
fn what_waits_for_its_proof_under_the_old_key_is_forgotten() {
    let mut world = World::new();
    let leaf = world.key_leaf(1);
    world.publish(&[leaf]);
    let (_, forged) = world.device(6);
    let forged: Vec<_> = forged.iter().map(|leaf| LeafBytes(leaf.to_bytes())).collect();
    let mut tree = world.tree.clone();
    for leaf in &forged {
        tree.append(&leaf.0);
    }
    let note = world.note(tree.size(), tree.root(), NOW);
    assert_eq!(world.trust.hear_from_peer(&note).expect("waits").missing.len(), 1);
    world.rotate();
    let learned = world.trust.hear_leaves(1, &forged).expect("proves nothing");
    assert!(learned.leaves.is_empty());
    assert_eq!((world.trust.log_size(), world.trust.fork()), (2, None));
}
