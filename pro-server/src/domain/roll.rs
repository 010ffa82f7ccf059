//! Everybody ever known, in memory as the database has them, so that neither a run over a large directory nor a page of a list
//! reads them all. Pure; whoever stores a change puts it here after it is stored, and never before.

use std::sync::Arc;

use protocol::ids::MemberId;

use super::member::Member;

/// People of one piece; what stays as it was is shared with the rolls of before.
const PIECE_MEMBERS: usize = 256;

/// People in the order of their ids; a cheap clone is the roll of this moment.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    /// Each in order and not empty, one after the other.
    pieces: Arc<Vec<Arc<Vec<Member>>>>,
}

impl Roll {
    /// Each comes once.
    pub fn new(mut members: Vec<Member>) -> Self {
        members.sort_unstable_by_key(|member| member.id);
        let mut pieces = Vec::with_capacity(members.len() / PIECE_MEMBERS + 1);
        let mut left = members.into_iter();
        loop {
            let piece: Vec<Member> = left.by_ref().take(PIECE_MEMBERS).collect();
            if piece.is_empty() {
                return Self { pieces: Arc::new(pieces) };
            }
            pieces.push(Arc::new(piece));
        }
    }

    /// Everybody, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Member> + Clone {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// Whether both are of the same moment.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pieces, &other.pieces)
    }

    pub fn get(&self, id: MemberId) -> Option<&Member> {
        let piece = self.pieces.get(self.piece_of(id))?;
        piece.binary_search_by_key(&id, |member| member.id).ok().and_then(|at| piece.get(at))
    }

    /// These people as they are now: new ones are added.
    pub fn put(&mut self, changed: Vec<Member>) {
        // Very many are put in order together.
        if changed.len() > self.pieces.len() * PIECE_MEMBERS / 2 {
            let mut members: Vec<Member> = changed;
            members.sort_by_key(|member| member.id);
            let stays = |member: &&Member| members.binary_search_by_key(&member.id, |changed| changed.id).is_err();
            let kept: Vec<Member> = self.iter().filter(stays).cloned().collect();
            members.extend(kept);
            *self = Self::new(members);
            return;
        }
        for member in changed {
            self.put_one(member);
        }
    }

    /// Where a person stands or belongs.
    fn piece_of(&self, id: MemberId) -> usize {
        let after = self.pieces.partition_point(|piece| piece.first().is_some_and(|first| first.id <= id));
        after.saturating_sub(1)
    }

    fn put_one(&mut self, member: Member) {
        let at = self.piece_of(member.id);
        let pieces = Arc::make_mut(&mut self.pieces);
        let Some(piece) = pieces.get_mut(at) else {
            pieces.push(Arc::new(vec![member]));
            return;
        };
        let piece = Arc::make_mut(piece);
        match piece.binary_search_by_key(&member.id, |known| known.id) {
            Ok(found) => {
                if let Some(place) = piece.get_mut(found) {
                    *place = member;
                }
            }
            Err(place) => piece.insert(place, member),
        }
        if piece.len() > 2 * PIECE_MEMBERS {
            let second = piece.split_off(PIECE_MEMBERS);
            pieces.insert(at + 1, Arc::new(second));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::member::{ExternalId, Listing, Lock, Profile, Source};

    fn member(id: u8, listing: Listing) -> Member {
        Member {
            id: MemberId::from_bytes([id; 16]),
            source: Source::LDAP,
            external_id: ExternalId::parse(&format!("id-{id}")).expect("sample"),
            profile: Profile::parse("n", "Notary", "").expect("sample").into(),
            listing,
            lock: Lock::Open,
            identity_key: None,
        }
    }

    fn numbered(number: u32) -> Member {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        Member { id: MemberId::from_bytes(id), ..member(0, Listing::Listed) }
    }

    #[test]
    fn thousands_come_one_by_one_or_at_once_and_a_roll_of_before_stays() {
        // Each number once, in no order.
        let order: Vec<u32> = (0..3_000).map(|n| n * 7 % 3_000).collect();
        let mut roll = Roll::default();
        for number in &order {
            roll.put(vec![numbered(*number)]);
        }
        let at_once = Roll::new(order.iter().map(|number| numbered(*number)).collect());
        assert!(roll.iter().eq(at_once.iter()) && roll.iter().count() == 3_000);
        let before = roll.clone();
        roll.put(vec![Member { listing: Listing::Absent, ..numbered(1_500) }]);
        assert!(!roll.is(&before) && before.is(&before.clone()));
        assert_eq!(before.get(numbered(1_500).id).map(|member| member.listing), Some(Listing::Listed));
        assert_eq!(roll.get(numbered(1_500).id).map(|member| member.listing), Some(Listing::Absent));
        assert_eq!(roll.iter().filter(|member| member.listing == Listing::Absent).count(), 1);
    }

    proptest! {
        /// The same as a map in which each change replaces one value.
        #[test]
        fn it_is_the_last_word_on_everybody(
            first in prop::collection::btree_set(0_u8..40, 0..20),
            changes in prop::collection::vec(prop::collection::btree_map(0_u8..40, any::<bool>(), 0..10), 0..6),
        ) {
            let mut roll = Roll::new(first.iter().rev().map(|id| member(*id, Listing::Listed)).collect());
            let mut model: BTreeMap<u8, Listing> = first.iter().map(|id| (*id, Listing::Listed)).collect();
            for change in changes {
                let listing = |is_listed: bool| if is_listed { Listing::Listed } else { Listing::Absent };
                model.extend(change.iter().map(|(id, is)| (*id, listing(*is))));
                roll.put(change.iter().map(|(id, is)| member(*id, listing(*is))).collect());
            }
            let expected: Vec<Member> = model.iter().map(|(id, listing)| member(*id, *listing)).collect();
            prop_assert_eq!(roll.iter().cloned().collect::<Vec<_>>(), expected);
            for id in 0..40 {
                let known = roll.get(MemberId::from_bytes([id; 16])).map(|member| member.listing);
                prop_assert_eq!(known, model.get(&id).copied());
            }
        }
    }
}
