//! Under which identity key this person deals with others, and what it means when the organization sets another one: nothing is sent
//! and nobody is let in before the person has said to go on. Pure. A new key must never count as the old one by itself.

use std::collections::BTreeMap;

use protocol::ids::MemberId;
use protocol::tlog::Facts;

/// An Ed25519 public key.
pub type IdentityKey = [u8; 32];

/// How the identity that the log names stands to the one that the person knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// Nobody was dealt with under any key yet, or it is the same one.
    Holds,
    /// The organization ended it, and there is no other one yet.
    Ended,
    /// It is another one, and the person has not said to go on.
    Replaced,
    /// It bears a login under which the person knows somebody else, and the person has not said that it is theirs now.
    Reassigned,
}

/// The keys under which others are known.
#[derive(Debug, Clone, Default)]
pub struct Identities(BTreeMap<MemberId, IdentityKey>);

impl Identities {
    /// How a member's identity stands.
    pub fn bond(&self, member: MemberId, facts: &Facts) -> Bond {
        let Some(known) = self.0.get(&member) else { return Bond::Holds };
        match facts.identity_key(member) {
            _ if facts.identity_ended(member).is_some() => Bond::Ended,
            Some(key) if key != *known => Bond::Replaced,
            Some(_) | None => Bond::Holds,
        }
    }

    /// The key under which a member is known.
    pub fn known(&self, member: MemberId) -> Option<IdentityKey> {
        self.0.get(&member).copied()
    }

    /// From now on the member is dealt with under this key.
    pub fn know(&mut self, member: MemberId, key: IdentityKey) {
        self.0.insert(member, key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::ids::Hash32;
    use protocol::time::Timestamp;
    use protocol::tlog::Leaf;

    use super::*;

    const MEMBER: MemberId = MemberId::from_bytes([1; 16]);

    /// What can happen: the organization ends an identity, sets another one, or the person goes on.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        End,
        Replace(u8),
        GoOn,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![Just(Step::End), (1_u8..5).prop_map(Step::Replace), Just(Step::GoOn)];
        prop::collection::vec(step, 0..24)
    }

    proptest! {
        /// Whatever the organization does and however often, only the person changes the key under which somebody is dealt with.
        #[test]
        fn only_the_person_goes_on_with_another_key(steps in steps()) {
            let mut facts = Facts::default();
            facts.apply(&Leaf::MemberAdd { member: MEMBER, commitment: Hash32::from_bytes([0; 32]) }).unwrap();
            facts.apply(&Leaf::IdentitySet { member: MEMBER, identity_key: [1; 32] }).unwrap();
            let mut identities = Identities::default();
            identities.know(MEMBER, [1; 32]);
            let mut agreed = [1; 32];
            for step in steps {
                match step {
                    Step::End => {
                        let (identity_key, at) = (facts.last_identity_key(MEMBER).unwrap(), Timestamp::ZERO);
                        let _ = facts.apply(&Leaf::IdentityEnd { member: MEMBER, identity_key, at, approvals: vec![] });
                    }
                    Step::Replace(n) => {
                        let _ = facts.apply(&Leaf::IdentityReset { member: MEMBER, identity_key: [n; 32] });
                    }
                    Step::GoOn => if let Some(key) = facts.identity_key(MEMBER) {
                        identities.know(MEMBER, key);
                        agreed = key;
                    }
                }
                let holds = identities.bond(MEMBER, &facts) == Bond::Holds;
                prop_assert_eq!(holds, facts.identity_key(MEMBER) == Some(agreed));
            }
        }
    }

    #[test]
    fn whoever_was_never_dealt_with_needs_no_word() {
        assert_eq!(Identities::default().bond(MEMBER, &Facts::default()), Bond::Holds);
    }
}
