//! Everybody who is not removed, in the order of their logins, to be paged through and searched at once whatever their number. Pure;
//! made anew when people change. It must never say when somebody was online.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use memchr::memmem;
use protocol::directory::Group;
use protocol::ids::MemberId;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::member::{Enrolled, Member, Profile, Source, Standing};

/// A person, and what follows from their devices.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: MemberId,
    pub profile: Arc<Profile>,
    pub source: Source,
    pub standing: Standing,
    /// Devices that are not revoked.
    pub devices: u64,
}

impl Entry {
    fn place(&self) -> (&str, MemberId) {
        (self.profile.login.expose(), self.id)
    }
}

/// How many people stand where, with how many devices that are not revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub provisioned: u64,
    pub active: u64,
    pub suspended: u64,
    pub locked: u64,
    pub devices: u64,
}

/// Which people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Each of its words stands in the login, name or mail, whatever its case and accents; empty finds everybody.
    pub text: &'a str,
    pub standing: Option<Standing>,
    pub group: Option<&'a Group>,
    /// Only whoever is in one of these.
    pub within: Option<&'a BTreeSet<Group>>,
}

/// Which end of the order (login, id) to read from.
#[derive(Debug, Clone, Copy)]
pub enum Position {
    Start,
    /// Forward, after this person.
    After(MemberId),
    /// Backward, before this person.
    Before(MemberId),
}

/// A page, in the order of (login, id).
#[derive(Debug, Clone, Default)]
pub struct Found<'i> {
    pub entries: Vec<&'i Entry>,
    /// On all pages.
    pub count: u64,
    /// Whether there are such people before and after.
    pub earlier: bool,
    pub later: bool,
}

#[derive(Debug, Clone, Default)]
pub struct PeopleIndex {
    /// In the order of (login, id).
    entries: Vec<Entry>,
    by_id: HashMap<MemberId, usize>,
    /// The places of each group's people, ascending.
    by_group: HashMap<Group, Vec<usize>>,
    /// What is searched: a line for each person.
    text: String,
    /// Where the line of each person ends.
    ends: Vec<usize>,
    counts: Counts,
}

impl PeopleIndex {
    /// `devices` are those that are not revoked, by whose they are.
    pub fn new<'m>(members: impl Iterator<Item = &'m Member>, devices: &HashMap<MemberId, u64>) -> Self {
        let entry = |member: &Member| {
            let devices = devices.get(&member.id).copied().unwrap_or_default();
            let enrolled = if devices > 0 { Enrolled::Yes } else { Enrolled::No };
            let standing = Standing::of(member.listing, member.lock, enrolled);
            let (id, profile, source) = (member.id, Arc::clone(&member.profile), member.source);
            (standing != Standing::Removed).then_some(Entry { id, profile, source, standing, devices })
        };
        let mut index = Self { entries: members.filter_map(entry).collect(), ..Self::default() };
        index.entries.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        for (at, entry) in index.entries.iter().enumerate() {
            index.by_id.insert(entry.id, at);
            for group in &entry.profile.groups {
                match index.by_group.get_mut(group) {
                    Some(places) => places.push(at),
                    None => drop(index.by_group.insert(group.clone(), vec![at])),
                }
            }
            fold(entry.profile.login.expose(), &mut index.text);
            for shown in [Some(&entry.profile.name), entry.profile.mail.as_ref()].into_iter().flatten() {
                index.text.push('\t');
                fold(shown.expose(), &mut index.text);
            }
            index.text.push('\n');
            index.ends.push(index.text.len());
            index.counts.add(entry);
        }
        index
    }

    /// Of everybody, or of whoever is in one of these groups.
    pub fn counts_within(&self, groups: Option<&BTreeSet<Group>>) -> Counts {
        let Some(groups) = groups else { return self.counts };
        let mut counts = Counts::default();
        let inside = self.entries.iter().filter(|entry| !groups.is_disjoint(&entry.profile.groups));
        inside.for_each(|entry| counts.add(entry));
        counts
    }

    pub fn get(&self, id: MemberId) -> Option<&Entry> {
        self.by_id.get(&id).and_then(|at| self.entries.get(*at))
    }

    /// Everybody, in the order of (login, id).
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// At most `entries_max` people. `None`: the person from whom to read on is there no more.
    pub fn page(&self, asked: Asked<'_>, from: Position, entries_max: usize) -> Option<Found<'_>> {
        let matches = self.matches(asked);
        let anchor = match from {
            Position::Start => 0,
            Position::After(id) | Position::Before(id) => *self.by_id.get(&id)?,
        };
        let (first, last) = match from {
            Position::Start => (0, entries_max),
            Position::After(_) => {
                let first = matches.partition_point(|at| *at <= anchor);
                (first, first.saturating_add(entries_max))
            }
            Position::Before(_) => {
                let last = matches.partition_point(|at| *at < anchor);
                (last.saturating_sub(entries_max), last)
            }
        };
        let last = last.min(matches.len());
        let shown = matches.get(first..last).unwrap_or_default();
        Some(Found {
            entries: shown.iter().filter_map(|at| self.entries.get(*at)).collect(),
            count: matches.len() as u64,
            earlier: first > 0,
            later: last < matches.len(),
        })
    }

    /// The places of all whom the question finds, ascending.
    fn matches(&self, asked: Asked<'_>) -> Vec<usize> {
        let mut text = String::new();
        fold(asked.text, &mut text);
        let mut words: Vec<&str> = text.split_whitespace().collect();
        // The longest word is in the fewest lines.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let fits = |at: &usize| {
            let is_asked = |entry: &Entry| {
                asked.standing.is_none_or(|standing| standing == entry.standing)
                    && asked.within.is_none_or(|within| !within.is_disjoint(&entry.profile.groups))
            };
            self.entries.get(*at).is_some_and(is_asked)
                && words.iter().skip(1).all(|word| self.line(*at).contains(word))
        };
        match (asked.group, words.first()) {
            (Some(group), first) => {
                let fits = |at: &usize| fits(at) && first.is_none_or(|word| self.line(*at).contains(word));
                self.by_group.get(group).into_iter().flatten().copied().filter(fits).collect()
            }
            (None, None) if asked.standing.is_none() && asked.within.is_none() => (0..self.entries.len()).collect(),
            (None, None) => (0..self.entries.len()).filter(fits).collect(),
            (None, Some(word)) => self.lines_with(word).into_iter().filter(fits).collect(),
        }
    }

    fn line(&self, at: usize) -> &str {
        let from = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(at).and_then(|end| self.text.get(from..*end)).unwrap_or_default()
    }

    fn lines_with(&self, word: &str) -> Vec<usize> {
        let finder = memmem::Finder::new(word);
        let (mut found, mut at, mut from) = (Vec::new(), 0, 0);
        while let Some(place) = self.text.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
            // Both ascend: each step goes on from the last one, and from a line that is found to the next.
            while self.ends.get(at).is_some_and(|end| *end <= from + place) {
                at += 1;
            }
            let Some(end) = self.ends.get(at) else { break };
            found.push(at);
            from = *end;
        }
        found
    }
}

impl Counts {
    fn add(&mut self, entry: &Entry) {
        let count = match entry.standing {
            Standing::Provisioned => &mut self.provisioned,
            Standing::Active => &mut self.active,
            Standing::Suspended => &mut self.suspended,
            Standing::Locked => &mut self.locked,
            Standing::Removed => return,
        };
        *count = count.saturating_add(1);
        self.devices = self.devices.saturating_add(entry.devices);
    }
}

/// Small letters without accents, as people type when they search. No line breaks.
fn fold(text: &str, into: &mut String) {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if text.is_ascii() {
        into.extend(text.chars().map(|c| plain(c.to_ascii_lowercase())));
    } else {
        into.extend(text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).map(plain));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::member::{ExternalId, Listing, Lock};

    fn member(number: u8, login: &str, name: &str, listing: Listing) -> Member {
        let profile = Profile::parse(login, name, &format!("{login}@example.test")).expect("sample");
        Member {
            id: MemberId::from_bytes([number; 16]),
            source: Source::LDAP,
            external_id: ExternalId::parse(&number.to_string()).expect("sample"),
            profile: profile.into(),
            listing,
            lock: Lock::Open,
            identity_key: None,
        }
    }

    fn found(index: &PeopleIndex, text: &str) -> Vec<String> {
        let found = index.page(Asked { text, ..Asked::default() }, Position::Start, 10).expect("from the start");
        found.entries.iter().map(|entry| entry.profile.login.expose().to_owned()).collect()
    }

    #[test]
    fn people_are_found_as_they_are_typed() {
        let members = [
            member(1, "zoe", "Zoé Lefèvre-Dupont", Listing::Listed),
            member(2, "anna", "Anna Dupont", Listing::Absent),
            member(3, "gone", "Nobody", Listing::Removed),
        ];
        let index = PeopleIndex::new(members.iter(), &HashMap::from([(MemberId::from_bytes([1; 16]), 2)]));
        for (text, logins) in [
            ("", vec!["anna", "zoe"]),
            ("dupont", vec!["anna", "zoe"]),
            ("LEFEVRE", vec!["zoe"]),
            ("lefèvre zoé", vec!["zoe"]),
            ("dupont  anna", vec!["anna"]),
            ("zoe@example", vec!["zoe"]),
            ("anna\tanna", vec!["anna"]),
            ("nobody", vec![]),
            ("annazoe", vec![]),
        ] {
            assert_eq!(found(&index, text), logins, "{text}");
        }
        let counts = Counts { active: 1, suspended: 1, devices: 2, ..Counts::default() };
        assert_eq!(index.counts_within(None), counts);
        let asked = Asked { standing: Some(Standing::Active), ..Asked::default() };
        assert_eq!(index.page(asked, Position::Start, 10).map(|found| found.count), Some(1));
        assert!(index.page(Asked::default(), Position::After(MemberId::from_bytes([3; 16])), 10).is_none());
    }

    #[test]
    fn a_group_is_searched_like_everybody() {
        let of = |number, login: &str, group: &str| {
            let mut member = member(number, login, "Notary", Listing::Listed);
            let groups = [group, "all"].map(|group| Group::parse(group).expect("sample"));
            Arc::make_mut(&mut member.profile).groups = groups.into();
            member
        };
        let members = [of(1, "zoe", "lyon"), of(2, "anna", "lyon"), of(3, "bo", "paris")];
        let index = PeopleIndex::new(members.iter(), &HashMap::new());
        let found = |group: &str, text: &str, standing| {
            let group = Group::parse(group).expect("sample");
            let asked = Asked { text, standing, group: Some(&group), within: None };
            let found = index.page(asked, Position::Start, 10).expect("from the start");
            found.entries.iter().map(|entry| entry.profile.login.expose().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("lyon", "", None), ["anna", "zoe"]);
        assert_eq!(found("ALL", "o", Some(Standing::Provisioned)), ["anna", "bo", "zoe"]);
        assert_eq!(found("lyon", "zoe notary", None), ["zoe"]);
        assert_eq!(found("lyon", "notary zoe", Some(Standing::Active)), Vec::<String>::new());
        assert!(found("nowhere", "", None).is_empty() && found("paris", "anna", None).is_empty());
    }

    proptest! {
        /// Page by page, forward and backward, everybody who fits comes once, in order.
        #[test]
        fn pages_are_a_division_of_all(logins in prop::collection::vec("[a-c]{1,3}", 0..12), rows_max in 1_usize..4, text in "[a-c]{0,2}") {
            let members: Vec<Member> = logins.iter().enumerate()
                .map(|(at, login)| member(at as u8 + 1, login, "Notary", Listing::Listed)).collect();
            let index = PeopleIndex::new(members.iter(), &HashMap::new());
            let asked = Asked { text: &text, ..Asked::default() };
            let mut expected: Vec<(&str, MemberId)> = members.iter().map(|m| (m.profile.login.expose(), m.id))
                .filter(|(login, _)| login.contains(&text) || "notary".contains(&text) || "example.test".contains(&text)).collect();
            expected.sort_unstable();
            let (mut from, mut forward) = (Position::Start, Vec::new());
            loop {
                let found = index.page(asked, from, rows_max).expect("there");
                prop_assert_eq!(found.count as usize, expected.len());
                prop_assert_eq!(found.earlier, !forward.is_empty());
                forward.extend(found.entries.iter().map(|entry| entry.place()));
                prop_assert_eq!(found.later, forward.len() < expected.len());
                match found.entries.last().filter(|_| found.later) {
                    Some(last) => from = Position::After(last.id),
                    None => break,
                }
            }
            prop_assert_eq!(&forward, &expected);
            let mut backward: Vec<(&str, MemberId)> = expected.last().copied().into_iter().collect();
            while let Some((_, first)) = backward.first().copied() {
                let found = index.page(asked, Position::Before(first), rows_max).expect("there");
                if found.entries.is_empty() {
                    break;
                }
                backward.splice(0..0, found.entries.iter().map(|entry| entry.place()));
            }
            prop_assert_eq!(backward, expected);
        }
    }
}
