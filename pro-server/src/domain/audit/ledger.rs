//! Reads an audit from its first entry to its last with the checkpoints that were signed on the way, and says what is not as it was
//! signed, and where. It must never call an audit whole whose newest checkpoint does not cover all of it.

use protocol::audit::{AuditEntry, AuditEvent};
use protocol::codec;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::VerifyingKey;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{MerkleTree, SignedCheckpoint, WitnessKey, check_inclusion, leaf_hash};

use super::finding::{Damage, FINDINGS_MAX, Finding};
use super::names::Names;
use super::parties::Parties;
use super::{Memory, Verified, Witnessed, origin};

/// Hashes that may be tried to say which entry stands in a wrong place.
const PLACES_TRIED_MAX: u64 = 100_000;
/// Entries between two checkpoints of which each pair may be tried.
const PAIRS_TRIED_MAX: u64 = 16;

/// An entry, decoded if its bytes are those of one, and the hash of these bytes.
pub struct Decoded {
    pub(super) entry: Option<AuditEntry>,
    pub(super) hash: Hash32,
}

impl Decoded {
    pub fn of(bytes: &[u8]) -> Self {
        Self { entry: codec::decode_deterministic(bytes).ok(), hash: leaf_hash(bytes) }
    }
}

/// The audit of one organization as far as it was read.
pub struct Ledger {
    organization: OrganizationFingerprint,
    origin: String,
    /// Every directory key that the root signed.
    keys: Vec<VerifyingKey>,
    parties: Option<Parties>,
    names: Names,
    witnesses: Vec<Witnessed>,
    memory: Memory,
    tree: MerkleTree,
    /// Entries that were taken; the tree may know the hashes of those that come next.
    taken: u64,
    /// The index that the next entry has to have.
    next: u64,
    /// Up to here a signed checkpoint says the same.
    good: u64,
    newest: Option<SignedCheckpoint>,
    /// The first checkpoint that says something else, and how far all was well before.
    contradiction: Option<(u64, SignedCheckpoint)>,
    /// A later checkpoint agreed again: both were signed.
    agreed_again: bool,
    /// An entry is missing or too many: from here on no root can be the same.
    is_displaced: bool,
    last: Option<AuditEvent>,
    findings: Vec<Finding>,
}

impl Ledger {
    pub fn new(organization: OrganizationFingerprint, keys: Vec<VerifyingKey>, parties: Option<Parties>) -> Self {
        Self {
            organization,
            origin: origin(organization),
            keys,
            parties,
            names: Names::default(),
            witnesses: Vec::new(),
            memory: Memory::default(),
            tree: MerkleTree::new(),
            taken: 0,
            next: 0,
            good: 0,
            newest: None,
            contradiction: None,
            agreed_again: false,
            is_displaced: false,
            last: None,
            findings: Vec::new(),
        }
    }

    /// Of whose cosignatures it is to be told.
    pub fn watched_by(&mut self, keys: Vec<WitnessKey>) {
        self.witnesses = keys.into_iter().map(|key| Witnessed { key, said: None }).collect();
    }

    /// Takes note of who cosigned the note of a checkpoint over so many entries.
    fn cosigned(&mut self, size: u64, note: &[u8]) {
        for witness in &mut self.witnesses {
            let is_newer = witness.said.is_none_or(|(before, _)| before < size);
            if let Some(said) = witness.key.cosignature(note).filter(|_| is_newer) {
                witness.said = Some((size, Timestamp::from_millis(said.time_s.saturating_mul(1_000))));
            }
        }
    }

    /// The newest word of a witness lies apart from the checkpoints: `note` is the one that it cosigned, with its line.
    pub fn witnessed(&mut self, key: &str, size: u64, note: &[u8]) {
        let is_its_word = key.parse::<WitnessKey>().is_ok_and(|key| key.cosignature(note).is_some());
        let signed = self.signed(note).filter(|signed| is_its_word && signed.checkpoint().size == size);
        match signed.map(|signed| signed.checkpoint().root) {
            Some(root) if self.is_displaced || self.tree.root_at(size) == Some(root) => self.cosigned(size, note),
            Some(_) | None => self.found(Finding::Cosignature { size }),
        }
    }

    /// How many entries there were.
    pub fn entries(&self) -> u64 {
        self.next
    }

    /// Whether looking on tells nobody more.
    pub fn is_hopeless(&self) -> bool {
        self.findings.len() >= FINDINGS_MAX
    }

    /// Something that whoever reads the entries noticed.
    pub fn found(&mut self, finding: Finding) {
        if !self.is_hopeless() {
            self.findings.push(finding);
        }
    }

    /// Whatever stands in the place of the next entry is none.
    pub fn unreadable(&mut self, finding: Finding) {
        self.is_displaced = true;
        self.next = self.next.saturating_add(1);
        self.found(finding);
    }

    /// A checkpoint over so many entries stands here.
    pub(super) fn has_to_reach(&mut self, size: u64) {
        if size > self.next {
            self.found(Finding::Missing { first: self.next, last: size - 1 });
            self.is_displaced = true;
            self.next = size;
        }
    }

    /// The next entry, and the hash that stands beside it.
    pub fn entry(&mut self, index: u64, bytes: &[u8], stated: Option<Hash32>) {
        self.decoded(index, Decoded::of(bytes), stated);
    }

    /// The same of an entry that was decoded already.
    pub(super) fn decoded(&mut self, index: u64, decoded: Decoded, stated: Option<Hash32>) {
        self.expect(stated.unwrap_or(decoded.hash));
        self.expected(index, decoded, stated);
    }

    /// The hash that stands beside the entry that comes after all that are known: with it as it was, what was changed elsewhere is found
    /// too.
    pub fn expect(&mut self, stated: Hash32) {
        self.tree.append_hash(stated);
    }

    /// The root over the first `size` entries by the hashes that are known.
    pub fn root_at(&self, size: u64) -> Option<Hash32> {
        self.tree.root_at(size)
    }

    /// The next entry, whose hash was expected.
    pub fn expected(&mut self, index: u64, Decoded { entry, hash }: Decoded, stated: Option<Hash32>) {
        self.place(index);
        self.taken = self.taken.saturating_add(1);
        if entry.is_none() || stated.is_some_and(|stated| stated != hash) {
            self.found(Finding::Changed { index });
        }
        let Some(entry) = entry else { return };
        if let Some(finding) = self.parties.as_mut().and_then(|parties| parties.entry(index, &entry)) {
            self.found(finding);
        }
        if let Some(finding) = self.names.entry(index, &entry) {
            self.found(finding);
        }
        self.last = Some(entry.event);
    }

    fn place(&mut self, index: u64) {
        let expected = self.next;
        if index > expected {
            self.found(Finding::Missing { first: expected, last: index - 1 });
        } else if index < expected {
            self.found(Finding::Order { index, expected });
        }
        self.is_displaced |= index != expected;
        self.next = expected.max(index.saturating_add(1));
    }

    /// A checkpoint over the first `size` entries, as it stands after them.
    pub fn checkpoint(&mut self, size: u64, note: &[u8]) {
        let signed = self.signed(note).filter(|signed| signed.checkpoint().size == size);
        if signed.is_some() {
            self.cosigned(size, note);
        }
        self.noted(size, signed);
    }

    /// The same of one whose signature was looked at already; none if it was not good.
    pub fn noted(&mut self, size: u64, signed: Option<SignedCheckpoint>) {
        let root = self.root_at(size);
        self.compared(size, signed, root);
    }

    /// The same, with the root over so many entries.
    pub fn compared(&mut self, size: u64, signed: Option<SignedCheckpoint>, computed: Option<Hash32>) {
        let Some(signed) = signed.filter(|signed| signed.checkpoint().size == size) else {
            return self.found(Finding::Checkpoint { size });
        };
        let root = signed.checkpoint().root;
        if !self.is_displaced && size <= self.taken {
            if computed == Some(root) {
                self.good = size;
                self.agreed_again |= self.contradiction.is_some();
            } else if self.contradiction.is_none() {
                self.contradiction = Some((self.good, signed.clone()));
            }
        }
        if self.newest.as_ref().is_none_or(|newest| newest.checkpoint().size < size) {
            self.newest = Some(signed);
        }
    }

    /// The note as a checkpoint of this organization's audit, if one of its directory keys signed it.
    pub fn signed(&self, note: &[u8]) -> Option<SignedCheckpoint> {
        let note = Unverified::<SignedCheckpoint>::from_bytes(note);
        self.keys.iter().find_map(|key| note.verify(&self.origin, key).ok())
    }

    /// Compares with what was seen elsewhere: another export, a checkpoint that was kept, the server's own word.
    pub fn against(&mut self, size: u64, root: Hash32) {
        if size > self.next {
            self.found(Finding::RolledBack { entries: self.next, seen: size });
        } else if self.findings.is_empty() && self.contradiction.is_none() && self.tree.root_at(size) != Some(root) {
            self.found(Finding::Forked { size });
        }
    }

    /// Compares with how far the audit had gone, as the server remembers it beside its database, if it does.
    pub fn remembered(&mut self, seen: Option<(u64, Hash32)>) {
        self.memory = if seen.is_some() { Memory::Compared } else { Memory::Lost };
        if let Some((size, root)) = seen {
            self.against(size, root);
        }
    }

    /// Whether the last entry says that an export of exactly these entries was made.
    pub(super) fn ends_as_an_export(&self) -> bool {
        self.last == Some(AuditEvent::AuditExported { entries: self.next })
    }

    /// The verdict.
    pub fn finish(mut self) -> Result<Verified, Damage> {
        if let Some(finding) = self.contradicted() {
            self.found(finding);
        }
        let signed = self.newest.as_ref().map_or(0, |newest| newest.checkpoint().size);
        if self.newest.is_none() {
            self.found(Finding::NoCheckpoint);
        } else if self.next < signed {
            self.found(Finding::Truncated { entries: self.next, signed });
        } else if self.next > signed {
            self.found(Finding::Unsigned { first: signed, last: self.next - 1 });
        }
        let of_parties = |parties| Parties::finish(parties).chain(self.names.finish(parties));
        let of_parties: Vec<Finding> = self.parties.iter().flat_map(of_parties).collect();
        // What is missing of the entries would be missing of the keys too.
        if !self.is_displaced && signed == self.next {
            of_parties.into_iter().for_each(|finding| self.found(finding));
        }
        match (Damage::of(self.findings), self.newest) {
            (None, Some(newest)) => Ok(Verified {
                organization: self.organization,
                entries: self.next,
                root: newest.checkpoint().root,
                time: newest.checkpoint().time,
                checkpoint: newest,
                witnesses: self.witnesses,
                memory: self.memory,
            }),
            (Some(damage), _) => Err(damage),
            (None, None) => Err(Finding::NoCheckpoint.into()),
        }
    }

    /// What the first checkpoint that says something else means.
    fn contradicted(&mut self) -> Option<Finding> {
        let (first, signed) = self.contradiction.take()?;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        if self.agreed_again {
            return Some(Finding::Forked { size });
        }
        let is_there =
            |finding: &Finding| matches!(finding, Finding::Changed { index } if (first..size).contains(index));
        if self.findings.iter().any(is_there) {
            // It is said already, more exactly.
            return None;
        }
        let exchanged = self.exchanged_with_another(first..size, root).or_else(|| self.exchanged(first..size, root));
        Some(exchanged.unwrap_or(Finding::Rewritten { first, last: size.saturating_sub(1) }))
    }

    /// Whether one of these places has the entry of a place after or before them.
    fn exchanged_with_another(&self, range: std::ops::Range<u64>, root: Hash32) -> Option<Finding> {
        let (size, all) = (range.end, self.tree.size());
        if (range.end - range.start).saturating_mul(all) > PLACES_TRIED_MAX {
            return None;
        }
        range.into_iter().find_map(|one| {
            let proof = self.tree.inclusion(one, size)?;
            let fits = |other: &u64| {
                let hash = self.tree.leaf(*other);
                *other != one && hash.is_some_and(|hash| check_inclusion(&proof, one, hash, size, root))
            };
            (0..all).find(fits).map(|other| Finding::Exchanged { one, other })
        })
    }

    /// Whether two of these places have each other's entry. The tree is of no use afterwards.
    fn exchanged(&mut self, range: std::ops::Range<u64>, root: Hash32) -> Option<Finding> {
        if range.end - range.start > PAIRS_TRIED_MAX {
            return None;
        }
        let hashes: Vec<(u64, Hash32)> = range.clone().filter_map(|at| Some((at, self.tree.leaf(at)?))).collect();
        for (one, (at_one, of_one)) in hashes.iter().enumerate() {
            for (at_other, of_other) in hashes.iter().skip(one + 1) {
                self.tree.truncate(range.start);
                for (at, hash) in &hashes {
                    let hash = if at == at_one {
                        of_other
                    } else if at == at_other {
                        of_one
                    } else {
                        hash
                    };
                    self.tree.append_hash(*hash);
                }
                if self.tree.root() == root {
                    return Some(Finding::Exchanged { one: *at_one, other: *at_other });
                }
            }
        }
        None
    }
}
