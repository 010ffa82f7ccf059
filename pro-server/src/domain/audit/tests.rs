//! Whatever is done to an export is found, with its place; an earlier one stays good.

use proptest::prelude::*;
use protocol::audit::{AuditEntry, AuditEvent, Party, PartyKey, SealedParty};
use protocol::codec;
use protocol::ids::{MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::organization::DirectoryKey;
use protocol::signed;
use protocol::time::Timestamp;
use protocol::tlog::{Checkpoint, MerkleTree, leaf_hash};
use serde_json::{Value, json};

use super::*;
use crate::clock::Ambient;

const ENTRIES: u64 = 6;

fn root() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn directory() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn organization() -> OrganizationFingerprint {
    OrganizationFingerprint::of_key(root().verifying_key().as_bytes())
}

fn statement() -> Vec<u8> {
    let key = directory().verifying_key().to_bytes();
    signed::sign(
        &DirectoryKey { serial: 1, key, not_before: Timestamp::ZERO, not_after: Timestamp::from_millis(9) },
        &root(),
    )
}

fn party(index: u64) -> (Party, [u8; 16], PartyKey) {
    let byte = u8::try_from(index).expect("few");
    (Party::Member(MemberId::from_bytes([byte; 16])), [byte; 16], PartyKey::new([byte; 32]))
}

/// The last one says that an export was made, as a server's does.
fn entries() -> Vec<Vec<u8>> {
    let mut rng = Ambient::fixed(Timestamp::ZERO, [5; 32]).rng();
    let mut seal =
        |(party, pseudonym, key): (Party, [u8; 16], PartyKey)| SealedParty::seal(&party, pseudonym, &key, &mut rng);
    (0..ENTRIES)
        .map(|index| {
            let is_last = index + 1 == ENTRIES;
            codec::encode(&AuditEntry {
                at: Timestamp::from_millis(index),
                event: if is_last { AuditEvent::AuditExported { entries: ENTRIES } } else { AuditEvent::MemberAdded },
                subject: (!is_last).then(|| seal(party(index))),
                actor: seal(party(0)),
            })
        })
        .collect()
}

fn note(tree: &MerkleTree) -> String {
    let checkpoint = Checkpoint {
        origin: origin(organization()),
        size: tree.size(),
        root: tree.root(),
        time: Timestamp::from_millis(7),
    };
    String::from_utf8(checkpoint.sign(&directory()).expect("signed").note().to_vec()).expect("text")
}

/// With a checkpoint after every second entry.
fn export() -> Vec<String> {
    let mut lines = vec![header(&root().verifying_key(), &[statement()])];
    let mut tree = MerkleTree::new();
    for bytes in entries() {
        lines.push(entry(tree.size(), &bytes).expect("an entry"));
        tree.append(&bytes);
        if tree.size().is_multiple_of(2) {
            lines.push(checkpoint(&note(&tree)));
        }
    }
    lines.iter().map(Value::to_string).collect()
}

/// As the program before this one wrote it.
fn first_export() -> Vec<String> {
    let mut lines = vec![json!({
        "directory_key": data_encoding::HEXLOWER.encode(&statement()),
        "format": "isoloir-audit-1",
        "organization": organization(),
        "root_key": data_encoding::HEXLOWER.encode(root().verifying_key().as_bytes()),
    })];
    let mut tree = MerkleTree::new();
    for bytes in entries() {
        let mut line = entry(tree.size(), &bytes).expect("an entry");
        line.as_object_mut().expect("an object").remove("hash");
        lines.push(lines::sorted(line));
        tree.append(&bytes);
    }
    lines.push(json!({ "checkpoint": note(&tree) }));
    lines.iter().map(Value::to_string).collect()
}

/// As somebody does who cuts the end off at a checkpoint and calls the rest an export of the program before.
#[test]
fn an_end_is_not_cut_off_by_way_of_the_earlier_form() {
    let tree = MerkleTree::from_leaf_hashes(entries().iter().take(4).map(|bytes| leaf_hash(bytes)));
    let mut cut: Vec<String> = first_export().into_iter().take(5).collect();
    cut.push(json!({ "checkpoint": note(&tree) }).to_string());
    assert_eq!(verify(&cut), Err(vec![Finding::Unfinished]));
}

fn verify(lines: &[String]) -> Result<Verified, Vec<Finding>> {
    let mut verifier = Verifier::default();
    for line in lines {
        if !verifier.line(line) {
            break;
        }
    }
    verifier.finish().map_err(|damage| damage.findings().collect())
}

#[test]
fn an_untouched_export_verifies_and_so_does_one_of_the_program_before() {
    for lines in [export(), first_export()] {
        assert_eq!(verify(&lines).map(|verified| verified.entries), Ok(ENTRIES));
    }
}

#[test]
fn what_was_done_is_said_with_its_place() {
    // 0 header, 1 2 entries, 3 checkpoint, 4 5 entries, 6 checkpoint, 7 8 entries, 9 checkpoint
    let lines = export();
    let mut dropped = lines.clone();
    dropped.remove(4);
    assert_eq!(verify(&dropped), Err(vec![Finding::Missing { first: 2, last: 2 }]));
    let mut swapped = lines.clone();
    swapped.swap(4, 5);
    assert_eq!(verify(&swapped).map_err(|found| found[0]), Err(Finding::Missing { first: 2, last: 2 }));
    for end in 1..lines.len() {
        let found = verify(&lines[..end]).expect_err("cut off");
        assert!(found.contains(&Finding::Unfinished), "cut at {end}: {found:?}");
    }
    let mut repeated = lines.clone();
    repeated.insert(5, lines[4].clone());
    assert_eq!(verify(&repeated), Err(vec![Finding::Order { index: 2, expected: 3 }]));

    // Entry and hash together, as somebody does who knows how.
    let mut other: AuditEntry = codec::decode(&entries()[3]).expect("an entry");
    other.event = AuditEvent::ServerStopped;
    let mut rewritten = lines.clone();
    rewritten[5] = entry(3, &codec::encode(&other)).expect("an entry").to_string();
    assert_eq!(verify(&rewritten), Err(vec![Finding::Rewritten { first: 2, last: 3 }]));

    let mut other_keys = lines;
    let stranger = SigningKey::from_bytes(&[9; 32]);
    other_keys[0] = header(&stranger.verifying_key(), &[statement()]).to_string();
    assert_eq!(verify(&other_keys), Err(vec![Finding::Keys]));
}

fn proofs() -> [String; 2] {
    let tree = MerkleTree::from_leaf_hashes(entries().iter().map(|bytes| leaf_hash(bytes)));
    let older = MerkleTree::from_leaf_hashes(entries().iter().take(3).map(|bytes| leaf_hash(bytes)));
    let of_entry =
        (proof::Claim::Entry { index: 4, bytes: entries()[4].clone() }, tree.inclusion(4, ENTRIES).expect("a proof"));
    let since = (proof::Claim::Since { older: note(&older) }, tree.consistency(3, ENTRIES).expect("a proof"));
    [of_entry, since].map(|(claim, hashes)| {
        let made = proof::proof(&root().verifying_key(), &[statement()], &claim, hashes, note(&tree));
        made.expect("a document").to_string()
    })
}

#[test]
fn a_proof_convinces_somebody_who_has_not_the_audit() {
    let [of_entry, since] = proofs().map(|text| proof::check(&text));
    assert_eq!(of_entry.map(|proven| proven.entry.map(|(index, _)| index)), Ok(Some(4)));
    assert_eq!(since.map(|proven| (proven.since, proven.checkpoint.checkpoint().size)), Ok((Some(3), ENTRIES)));
}

/// Entries as they lie in a database, with the checkpoint after every second one.
fn ledger(of: &[(u64, Vec<u8>)], parties: Parties) -> Ledger {
    let mut signed = MerkleTree::new();
    let mut notes = Vec::new();
    for bytes in entries() {
        signed.append(&bytes);
        if signed.size().is_multiple_of(2) {
            notes.push((signed.size(), note(&signed)));
        }
    }
    let mut ledger = Ledger::new(organization(), vec![directory().verifying_key()], Some(parties));
    let mut notes = notes.into_iter().peekable();
    for (index, bytes) in of {
        while let Some((size, note)) = notes.next_if(|(size, _)| size <= index) {
            ledger.checkpoint(size, note.as_bytes());
        }
        ledger.entry(*index, bytes, Some(leaf_hash(bytes)));
    }
    notes.for_each(|(size, note)| ledger.checkpoint(size, note.as_bytes()));
    ledger
}

fn found(ledger: Ledger) -> Vec<Finding> {
    ledger.finish().err().map(|damage| damage.findings().collect()).unwrap_or_default()
}

fn known() -> Parties {
    Parties::new((0..ENTRIES - 1).map(|index| {
        let (party, pseudonym, key) = party(index);
        (pseudonym, KnownParty { party: codec::encode(&party), key })
    }))
}

fn stored() -> Vec<(u64, Vec<u8>)> {
    (0..).zip(entries()).collect()
}

#[test]
fn rows_that_changed_places_are_named() {
    assert_eq!(found(ledger(&stored(), known())), []);
    for (one, other) in [(2, 3), (0, 5), (1, 2)] {
        let mut rows = stored();
        let bytes = rows[one].1.clone();
        rows[one].1 = std::mem::replace(&mut rows[other].1, bytes);
        let (one, other) = (one as u64, other as u64);
        assert_eq!(found(ledger(&rows, known())), [Finding::Exchanged { one, other }]);
    }
}

#[test]
fn the_end_and_what_was_seen_elsewhere_count() {
    assert_eq!(found(ledger(&stored()[..5], known())), [Finding::Truncated { entries: 5, signed: 6 }]);
    let mut more = stored();
    more.push((6, entries()[0].clone()));
    assert_eq!(found(ledger(&more, known())), [Finding::Unsigned { first: 6, last: 6 }]);
    let mut older = ledger(&stored(), known());
    let good = MerkleTree::from_leaf_hashes(entries().iter().take(3).map(|bytes| leaf_hash(bytes)));
    older.against(3, good.root());
    assert_eq!(found(older), []);
    let mut forked = ledger(&stored(), known());
    forked.against(3, leaf_hash(b"another history"));
    assert_eq!(found(forked), [Finding::Forked { size: 3 }]);
    let mut put_back = ledger(&stored(), known());
    put_back.against(9, good.root());
    assert_eq!(found(put_back), [Finding::RolledBack { entries: 6, seen: 9 }]);
}

/// Whoever has the server's key can sign again; what was signed before says so.
#[test]
fn a_history_that_was_signed_again_is_a_fork() {
    let mut other = stored();
    other[3].1 = other[1].1.clone();
    let mut ledger = ledger(&other, known());
    let rewritten = MerkleTree::from_leaf_hashes(other.iter().map(|(_, bytes)| leaf_hash(bytes)));
    ledger.checkpoint(ENTRIES, note(&rewritten).as_bytes());
    assert_eq!(found(ledger).first(), Some(&Finding::Forked { size: 4 }));
}

#[test]
fn keys_of_parties_are_changed_added_or_dropped_by_nobody() {
    let with = |change: &dyn Fn(u64, KnownParty) -> Vec<([u8; 16], KnownParty)>| {
        let rows = (0..ENTRIES - 1).flat_map(|index| {
            let (party, _, key) = party(index);
            change(index, KnownParty { party: codec::encode(&party), key })
        });
        found(ledger(&stored(), Parties::new(rows)))
    };
    let name = |index: u64| party(index).1;
    assert_eq!(
        with(&|at, row| if at == 2 { Vec::new() } else { vec![(name(at), row)] }),
        [Finding::PartyKeysGone { index: 2, count: 1 }]
    );
    assert_eq!(
        with(&|at, row| vec![(
            name(at),
            if at == 3 { KnownParty { key: PartyKey::new([99; 32]), ..row } } else { row }
        )]),
        [Finding::PartyKey { index: 3 }]
    );
    assert_eq!(
        with(&|at, row| vec![(name(at), if at == 3 { KnownParty { party: vec![1], ..row } } else { row })]),
        [Finding::PartyKey { index: 3 }]
    );
    let renamed = with(&|at, row| vec![(if at == 4 { [77; 16] } else { name(at) }, row)]);
    assert_eq!(renamed, [Finding::PartyKeysGone { index: 4, count: 1 }, Finding::PartyKeysForeign { count: 1 }]);
}

/// A key that somebody kept and put back, whichever entry tells of its end; and one that was only taken away is not hidden by it.
#[test]
fn a_key_that_was_destroyed_stays_destroyed() {
    let (_, name, _) = party(2);
    let pseudonym = Some(protocol::ids::Pseudonym::from_bytes(name));
    for event in [AuditEvent::PartyErased { pseudonym }, AuditEvent::AdministratorErased { pseudonym, backups: 0 }] {
        let mut told: AuditEntry = codec::decode(&entries()[5]).expect("an entry");
        told.event = event;
        let bytes = codec::encode(&told);
        let mut tree = MerkleTree::from_leaf_hashes(entries().iter().take(5).map(|bytes| leaf_hash(bytes)));
        tree.append(&bytes);
        let with = |gone: &[u64]| {
            let kept = (0..ENTRIES - 1).filter(|index| !gone.contains(index)).map(|index| {
                let (party, pseudonym, key) = party(index);
                (pseudonym, KnownParty { party: codec::encode(&party), key })
            });
            let mut ledger = Ledger::new(organization(), vec![directory().verifying_key()], Some(Parties::new(kept)));
            let rows = stored().into_iter().take(5).chain([(5, bytes.clone())]);
            rows.for_each(|(index, bytes)| ledger.entry(index, &bytes, Some(leaf_hash(&bytes))));
            ledger.checkpoint(ENTRIES, note(&tree).as_bytes());
            found(ledger)
        };
        assert_eq!(with(&[2]), []);
        assert_eq!(with(&[]), [Finding::PartyKeysBack { count: 1 }]);
        assert_eq!(with(&[3]), [Finding::PartyKeysGone { index: 3, count: 1 }, Finding::PartyKeysBack { count: 1 }]);
    }
}

proptest! {
    #[test]
    fn any_changed_byte_of_an_export_is_found(line in 0_usize..10, place in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        for mut lines in [export(), first_export()] {
            let line = line % lines.len();
            let mut bytes = std::mem::take(&mut lines[line]).into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            // What is no text is refused before.
            if let Ok(text) = String::from_utf8(bytes) {
                lines[line] = text;
                prop_assert!(verify(&lines).is_err());
            }
        }
    }

    #[test]
    fn any_dropped_swapped_or_repeated_line_is_found(one in 0_usize..10, other in 0_usize..10) {
        let lines = export();
        let mut dropped = lines.clone();
        dropped.remove(one);
        // Between two checkpoints one may be left out: it says nothing more than the next.
        let is_in_between = one == 3 || one == 6;
        prop_assert_eq!(verify(&dropped).is_err(), !is_in_between);
        let mut repeated = lines.clone();
        repeated.insert(other, lines[one].clone());
        prop_assert!(verify(&repeated).is_err());
        if one != other {
            let mut swapped = lines;
            swapped.swap(one, other);
            prop_assert!(verify(&swapped).is_err());
        }
    }

    /// Every byte of every column, rows that are gone, and rows that changed places.
    #[test]
    fn whatever_is_done_to_a_row_is_found(
        row in 0_usize..6, other in 0_usize..6, column in 0_u8..3, place in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let mut one_changed = Ledger::new(organization(), vec![directory().verifying_key()], Some(known()));
        let mut tree = MerkleTree::new();
        for (at, (index, bytes)) in stored().into_iter().enumerate() {
            tree.append(&bytes);
            let (mut index, mut sealed, mut hash) = (index, bytes.clone(), *leaf_hash(&bytes).as_bytes());
            if at == row {
                match column {
                    0 => index ^= u64::from(flip),
                    1 => { let place = place.index(sealed.len()); sealed[place] ^= flip; }
                    _ => hash[place.index(32)] ^= flip,
                }
            }
            one_changed.entry(index, &sealed, Some(Hash32::from_bytes(hash)));
        }
        one_changed.checkpoint(ENTRIES, note(&tree).as_bytes());
        prop_assert!(one_changed.finish().is_err());

        let mut rows = stored();
        rows.remove(row);
        prop_assert!(!found(ledger(&rows, known())).is_empty());
        if row != other {
            let mut rows = stored();
            let bytes = rows[row].1.clone();
            rows[row].1 = std::mem::replace(&mut rows[other].1, bytes);
            prop_assert!(!found(ledger(&rows, known())).is_empty());
        }
    }

    #[test]
    fn any_changed_byte_of_a_proof_is_found(which in 0_usize..2, place in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let mut bytes = proofs()[which].clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(proof::check(&text).is_err());
        }
    }

    #[test]
    fn no_line_can_panic(line in "\\PC{0,200}") {
        let mut verifier = Verifier::default();
        prop_assert!(!verifier.line(&line));
        prop_assert!(verifier.finish().is_err());
    }
}
