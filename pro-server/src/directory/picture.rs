//! Everything that one LDAP source shows, as one picture: its people, its groups, and which of them are in which. Increments
//! change the picture; what a run sees is always made from the whole of it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use protocol::directory::Group;
use protocol::limits::GROUPS_PER_PERSON_MAX;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::sync::{Observation, Seen, Skipped};
use crate::domain::withheld::{NoAccess, WithoutAccess};

use super::account::Account;
use super::closure::Nesting;
use super::dn::Dn;
use super::fault::LdapFault;

/// What names an entry for as long as it exists: its unique id, or its name where nothing else is known.
pub type Key = Personal<Vec<u8>>;

/// A person's entry.
#[derive(Debug, Clone)]
pub struct PersonEntry {
    pub dn: Dn,
    /// What `memberUid` says of this person.
    pub uid: Option<Personal<String>>,
    pub account: Account,
    pub read: Result<Seen, Skipped>,
}

/// How a group names one of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Dn(Dn),
    Uid(Personal<String>),
}

/// A group's entry.
#[derive(Debug, Clone)]
pub struct GroupEntry {
    pub dn: Dn,
    /// What policies call it; `None` if it has no name that a group can have.
    pub name: Option<Group>,
    pub members: Vec<Reference>,
}

/// Where a person's groups come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// The person's own entry says them.
    OfPerson,
    /// The groups of this picture list their members.
    OfGroups,
}

/// Who may have access at all.
#[derive(Debug, Clone)]
pub enum Required {
    Nobody,
    /// Who is in this group of the picture, directly or through others.
    Group(Dn),
    /// These entries, as the directory itself has found them.
    People(BTreeSet<Key>),
}

/// The source as it is known.
#[derive(Debug, Clone)]
pub struct Picture {
    pub membership: Membership,
    pub required: Required,
    pub people: BTreeMap<Key, PersonEntry>,
    pub groups: BTreeMap<Key, GroupEntry>,
}

impl Picture {
    /// What a run sees at this time. A required group that is not there is a fault: it must not look like an empty one.
    pub fn observe(&self, now: Timestamp) -> Result<Observation, LdapFault> {
        let groups: Vec<&GroupEntry> = self.groups.values().collect();
        let by_dn: BTreeMap<&Dn, usize> = groups.iter().enumerate().map(|(at, group)| (&group.dn, at)).collect();
        let required = match &self.required {
            Required::Group(dn) => Some(*by_dn.get(dn).ok_or(LdapFault::RequiredGroup)?),
            Required::Nobody | Required::People(_) => None,
        };
        let members = Members::of(&groups, &by_dn);
        let mut observation = Observation::default();
        for (key, person) in &self.people {
            let within = members.groups_of(person);
            let outside = match &self.required {
                Required::Nobody => false,
                Required::Group(_) => required.is_some_and(|group| !within.contains(&group)),
                Required::People(people) => !people.contains(key),
            };
            let cause = person.account.refusal(now).or(outside.then_some(NoAccess::OutsideGroup));
            match (person.external_id(), cause) {
                (Some((external_id, place)), Some(cause)) => {
                    observation.without_access.push(WithoutAccess { place, external_id: external_id.clone(), cause });
                }
                _ => self.show(person, &groups, &within, &mut observation),
            }
        }
        Ok(observation)
    }

    fn show(&self, person: &PersonEntry, groups: &[&GroupEntry], within: &BTreeSet<usize>, into: &mut Observation) {
        match &person.read {
            Ok(seen) => {
                let mut seen = seen.clone();
                if self.membership == Membership::OfGroups {
                    let names = within.iter().filter_map(|group| groups.get(*group)?.name.clone());
                    let names: BTreeSet<Group> = names.collect();
                    // Of too many the first in order count, so that the directory's order decides nothing.
                    seen.profile.groups = names.into_iter().take(GROUPS_PER_PERSON_MAX).collect();
                }
                into.seen.push(seen);
            }
            Err(skipped) => into.skipped.push(skipped.clone()),
        }
    }

    /// When an account that is open now expires, if nothing else happens before.
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        self.people.values().filter_map(|person| person.account.expires).filter(|expires| *expires > now).min()
    }
}

impl PersonEntry {
    fn external_id(&self) -> Option<(&crate::domain::member::ExternalId, u64)> {
        match &self.read {
            Ok(seen) => Some((&seen.external_id, seen.place)),
            Err(skipped) => skipped.external_id.as_ref().map(|id| (id, skipped.place)),
        }
    }
}

/// Who is listed where.
struct Members<'p> {
    nesting: Nesting,
    by_dn: BTreeMap<&'p Dn, Vec<usize>>,
    by_uid: BTreeMap<&'p Personal<String>, Vec<usize>>,
}

impl<'p> Members<'p> {
    fn of(groups: &[&'p GroupEntry], numbers: &BTreeMap<&Dn, usize>) -> Self {
        let mut members = Self { nesting: Nesting::new(groups.len()), by_dn: BTreeMap::new(), by_uid: BTreeMap::new() };
        for (outer, group) in groups.iter().enumerate() {
            for member in &group.members {
                match member {
                    Reference::Dn(dn) => match numbers.get(dn) {
                        Some(inner) => members.nesting.put(*inner, outer),
                        None => members.by_dn.entry(dn).or_default().push(outer),
                    },
                    Reference::Uid(uid) => members.by_uid.entry(uid).or_default().push(outer),
                }
            }
        }
        members
    }

    fn groups_of(&self, person: &PersonEntry) -> BTreeSet<usize> {
        let by_dn = self.by_dn.get(&person.dn).into_iter().flatten();
        let by_uid = person.uid.as_ref().and_then(|uid| self.by_uid.get(uid)).into_iter().flatten();
        self.nesting.closure(by_dn.chain(by_uid).copied())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::member::{Attribute, ExternalId, Profile};
    use crate::domain::sync::SkipReason;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn person(login: &str) -> (Key, PersonEntry) {
        let external_id = ExternalId::parse(login).expect("sample");
        let profile = Profile::parse(login, "Notary", "").expect("sample");
        let entry = PersonEntry {
            dn: Dn::of(&format!("uid={login},ou=people")),
            uid: Some(Personal::from(login)),
            account: Account::OPEN,
            read: Ok(Seen { external_id, profile, place: 1 }),
        };
        (Key::new(login.as_bytes().to_vec()), entry)
    }

    fn group(name: &str, members: &[&str]) -> (Key, GroupEntry) {
        let reference = |member: &&str| match member.strip_prefix('@') {
            Some(uid) => Reference::Uid(Personal::from(uid)),
            None => Reference::Dn(Dn::of(member)),
        };
        let entry = GroupEntry {
            dn: Dn::of(&format!("cn={name},ou=groups")),
            name: Group::parse(name).ok(),
            members: members.iter().map(reference).collect(),
        };
        (Key::new(name.as_bytes().to_vec()), entry)
    }

    fn picture() -> Picture {
        let inner = ["uid=a,ou=people", "UID=B, ou=People", "cn=outer,ou=groups"];
        Picture {
            membership: Membership::OfGroups,
            required: Required::Nobody,
            people: ["a", "b", "c"].map(person).into(),
            groups: [
                group("inner", &inner),
                group("middle", &["cn=inner,ou=groups", "@c"]),
                group("outer", &["cn=middle,ou=groups", "cn=nobody,ou=elsewhere"]),
                group("empty", &[]),
            ]
            .into(),
        }
    }

    fn groups_of(observation: &Observation, login: &str) -> Vec<String> {
        let seen = observation.seen.iter().find(|seen| seen.profile.login.expose() == login).expect("seen");
        seen.profile.groups.iter().map(|group| group.as_str().to_owned()).collect()
    }

    #[test]
    fn groups_are_followed_through_groups_in_circles_too() {
        let observation = picture().observe(NOW).expect("a picture");
        assert_eq!(groups_of(&observation, "a"), ["inner", "middle", "outer"]);
        assert_eq!(groups_of(&observation, "b"), ["inner", "middle", "outer"]);
        assert_eq!(groups_of(&observation, "c"), ["inner", "middle", "outer"], "the circle leads back in");
    }

    #[test]
    fn who_is_outside_the_required_group_has_no_access() {
        let mut picture = picture();
        picture.groups.remove(&Key::new(b"outer".to_vec()));
        picture.required = Required::Group(Dn::of("CN=Inner,OU=Groups"));
        let observation = picture.observe(NOW).expect("a picture");
        assert_eq!(observation.seen.len(), 2);
        assert_eq!(observation.without_access.len(), 1);
        assert_eq!(observation.without_access[0].cause, NoAccess::OutsideGroup);
    }

    #[test]
    fn a_required_group_that_is_not_there_is_no_empty_group() {
        let mut picture = picture();
        picture.required = Required::Group(Dn::of("cn=deleted,ou=groups"));
        assert_eq!(picture.observe(NOW).err(), Some(LdapFault::RequiredGroup));
    }

    #[test]
    fn a_disabled_account_gives_no_access_even_if_its_entry_is_broken() {
        let mut picture = picture();
        let text = std::collections::HashMap::from([("nsAccountLock".to_owned(), vec!["TRUE".to_owned()])]);
        let entry = super::super::attributes::Entry { text: &text, binary: &std::collections::HashMap::new() };
        let locked = super::super::account::read(entry, crate::config::ldap_kind::LdapKind::Standard);
        let broken = picture.people.get_mut(&Key::new(b"a".to_vec())).expect("there");
        broken.account = locked.expect("readable");
        let reason = SkipReason::Missing(Attribute::Name);
        broken.read = Err(Skipped { place: 1, external_id: ExternalId::parse("a").ok(), reason });
        let observation = picture.observe(NOW).expect("a picture");
        assert_eq!((observation.without_access.len(), observation.skipped.len()), (1, 0));
    }
}
