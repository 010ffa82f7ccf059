//! A client's list of people (spec/directory.md §2): complete once, then changed by updates. It must never become another list
//! than the one that the server's digest names.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{DirectoryUpdate, Have, Person};
use crate::codec;
use crate::ids::{Hash32, MemberId};
use crate::keys::transcript;

/// SHA-256 over the encodings of all people, ascending by member id.
pub fn digest<'p>(people: impl IntoIterator<Item = &'p Person>) -> Hash32 {
    let mut hasher = Sha256::new();
    for person in people {
        hasher.update(codec::encode(person));
    }
    Hash32::from_bytes(hasher.finalize().into())
}

/// What the log says about version `version` of the complete list. The salt keeps whoever sees a part of it from testing guesses
/// about the rest.
pub fn commitment(salt: &[u8; 32], version: u64, complete: Hash32) -> Hash32 {
    let parts: [&[u8]; 3] = [salt, &version.to_be_bytes(), complete.as_bytes()];
    Hash32::sha256(&transcript("isoloir directory list v1", &parts))
}

/// Why an update was not taken. The list is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListRefused {
    /// It changes another version, or another class, than the one that is here.
    #[error("the update is for another list")]
    OtherBase,
    /// People or removals not ascending, or somebody in both.
    #[error("the update is out of order")]
    Order,
    /// The result is not the list that the digest names.
    #[error("the update does not lead to the list that it names")]
    Digest,
}

/// A list of people at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Which.
    pub have: Have,
    people: BTreeMap<MemberId, Person>,
}

/// What an update led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// New or changed people.
    pub changed: Vec<MemberId>,
    /// People who are not in the list any more.
    pub gone: Vec<MemberId>,
}

fn rises<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut items = items.into_iter();
    let Some(mut last) = items.next() else { return true };
    items.all(|item| {
        let rises = last < item;
        last = item;
        rises
    })
}

impl List {
    /// The list that was kept; `None` if it is not the one with this digest.
    pub fn kept(have: Have, people: Vec<Person>, named: Hash32) -> Option<Self> {
        let people: BTreeMap<_, _> = people.into_iter().map(|person| (person.member, person)).collect();
        (digest(people.values()) == named).then_some(Self { have, people })
    }

    /// The list after `update`, with what changed. `list` is the one that is here, if any.
    pub fn after(list: Option<&Self>, update: DirectoryUpdate) -> Result<(Self, Applied), ListRefused> {
        if !rises(update.people.iter().map(|person| person.member)) || !rises(&update.removed) {
            return Err(ListRefused::Order);
        }
        let have = Have { version: update.version, class: update.class };
        let empty = BTreeMap::new();
        let before = list.map_or(&empty, |list| &list.people);
        let mut people = match update.base {
            None if update.removed.is_empty() => BTreeMap::new(),
            None => return Err(ListRefused::Order),
            Some(base) => {
                let base = Have { version: base, class: update.class };
                list.filter(|list| list.have == base && base.version < have.version)
                    .ok_or(ListRefused::OtherBase)?
                    .people
                    .clone()
            }
        };
        for member in &update.removed {
            people.remove(member).ok_or(ListRefused::Order)?;
        }
        let mut applied = Applied::default();
        for person in update.people {
            if update.removed.binary_search(&person.member).is_ok() {
                return Err(ListRefused::Order);
            }
            if before.get(&person.member) != Some(&person) {
                applied.changed.push(person.member);
            }
            people.insert(person.member, person);
        }
        if digest(people.values()) != update.digest {
            return Err(ListRefused::Digest);
        }
        applied.gone = match update.base {
            Some(_) => update.removed,
            None => before.keys().filter(|member| !people.contains_key(member)).copied().collect(),
        };
        Ok((Self { have, people }, applied))
    }

    /// Somebody of the list.
    pub fn person(&self, member: MemberId) -> Option<&Person> {
        self.people.get(&member)
    }

    /// Everybody, ascending by member id.
    pub fn people(&self) -> impl ExactSizeIterator<Item = &Person> {
        self.people.values()
    }
}
