//! Whom this person knows under which login, and what it means when the organization gives a login to somebody else: whoever is named
//! stays the one whom the person knows until the person says otherwise. Pure. The directory alone must never change who a name means.

use std::collections::BTreeMap;

use protocol::ids::MemberId;

/// The logins of everybody with whom this person has dealt, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Logins(BTreeMap<String, MemberId>);

impl Logins {
    /// Whom the person knows under this login.
    pub fn holder(&self, login: &str) -> Option<MemberId> {
        self.0.get(&folded(login)).copied()
    }

    /// Whether this login is of somebody else than `member` for this person.
    pub fn is_anothers(&self, login: &str, member: MemberId) -> bool {
        self.holder(login).is_some_and(|holder| holder != member)
    }

    /// The person deals with `member`, who bears this login now: whether that is to be kept. A login that is known stays whose it was.
    pub fn learn(&mut self, login: &str, member: MemberId) -> bool {
        let login = folded(login);
        if login.is_empty() || self.0.contains_key(&login) {
            return false;
        }
        self.0.insert(login, member);
        true
    }

    /// The person's own word: this login is this member's from now on.
    pub fn give(&mut self, login: &str, member: MemberId) {
        self.0.insert(folded(login), member);
    }

    /// Whether the person knows this member under any login.
    pub fn knows(&self, member: MemberId) -> bool {
        self.0.values().any(|holder| *holder == member)
    }

    /// Every known login, and whose it is.
    pub fn all(&self) -> impl Iterator<Item = (&str, MemberId)> {
        self.0.iter().map(|(login, member)| (login.as_str(), *member))
    }
}

/// Case does not matter.
pub fn folded(login: &str) -> String {
    login.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the directory says and however often, a login means the first one who was known under it, or whom the person named.
        #[test]
        fn only_the_person_gives_a_login_to_somebody_else(steps in prop::collection::vec((0_u8..3, 0_u8..3, any::<bool>()), 0..24)) {
            let mut logins = Logins::default();
            let mut agreed: BTreeMap<u8, MemberId> = BTreeMap::new();
            for (name, member, is_persons_word) in steps {
                let (login, member) = (format!("Person{name}"), MemberId::from_bytes([member; 16]));
                if is_persons_word {
                    logins.give(&login, member);
                    agreed.insert(name, member);
                } else {
                    let is_new = logins.learn(&login.to_uppercase(), member);
                    prop_assert_eq!(is_new, !agreed.contains_key(&name));
                    agreed.entry(name).or_insert(member);
                }
                prop_assert_eq!(logins.holder(&login.to_lowercase()), agreed.get(&name).copied());
                prop_assert_eq!(logins.is_anothers(&login, member), agreed[&name] != member);
            }
        }
    }
}
