//! What a directory run would change, decided before anything is: either a whole plan or a brake, never a part of a plan.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ids::{Hash32, MemberId};
use zeroize::Zeroizing;

use super::brake;
use super::logins::{self, Holder};
use super::member::{Attribute, ExternalId, Listing, Login, Member, Profile, Source, Unusable};
use super::withheld::{Withheld, WithoutAccess};

pub use super::brake::{BRAKE_WINDOW_MS, Blast, Brake, Limits, Measure};

/// One usable entry of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub external_id: ExternalId,
    pub profile: Profile,
    /// Which entry of the source's answer, counted from 1; for a CSV file the line.
    pub place: u64,
}

/// Why an entry is left out. A person who is known already and whose entry is left out stays as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, serde::Serialize)]
#[serde(tag = "reason", content = "attribute", rename_all = "snake_case")]
pub enum SkipReason {
    #[error("the {0} is missing")]
    Missing(Attribute),
    #[error("the {0} is empty, too long, or has characters that it may not have")]
    Unusable(Attribute),
    #[error("there are several values for the {0}")]
    SeveralValues(Attribute),
    #[error("another entry has the same id")]
    DuplicateId,
    #[error("another entry has the same login")]
    DuplicateLogin,
    #[error("somebody of another source has this login")]
    LoginElsewhere,
    #[error("this person was removed for good")]
    Removed,
}

impl SkipReason {
    /// A stable word, and the attribute that the reason is about.
    pub const fn words(self) -> (&'static str, Option<Attribute>) {
        match self {
            Self::Missing(attribute) => ("missing", Some(attribute)),
            Self::Unusable(attribute) => ("unusable", Some(attribute)),
            Self::SeveralValues(attribute) => ("several_values", Some(attribute)),
            Self::DuplicateId => ("duplicate_id", None),
            Self::DuplicateLogin => ("duplicate_login", None),
            Self::LoginElsewhere => ("login_elsewhere", None),
            Self::Removed => ("removed", None),
        }
    }

    /// The reason that has these words.
    pub fn of_words(word: &str, attribute: Option<Attribute>) -> Option<Self> {
        let about =
            attribute.into_iter().flat_map(|of| [Self::Missing(of), Self::Unusable(of), Self::SeveralValues(of)]);
        let plain = [Self::DuplicateId, Self::DuplicateLogin, Self::LoginElsewhere, Self::Removed];
        about.chain(plain).find(|reason| reason.words() == (word, attribute))
    }
}

impl From<Unusable> for SkipReason {
    fn from(Unusable(attribute): Unusable) -> Self {
        Self::Unusable(attribute)
    }
}

/// An entry that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Which entry of the source's answer, counted from 1; for a CSV file the line.
    pub place: u64,
    /// Its id, when that much was readable.
    pub external_id: Option<ExternalId>,
    pub reason: SkipReason,
}

/// What a source showed.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    pub seen: Vec<Seen>,
    pub skipped: Vec<Skipped>,
    /// Shown, and as good as absent.
    pub without_access: Vec<WithoutAccess>,
}

/// Whether the source showed everybody it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Who is not in it has left.
    Whole,
    /// It adds and changes only: a CSV import.
    Part,
}

/// What a run changes, each list in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub add: Vec<Seen>,
    pub update: Vec<(MemberId, Profile)>,
    /// People who are listed again.
    pub restore: Vec<MemberId>,
    /// People who have left: no longer listed, devices revoked.
    pub suspend: Vec<MemberId>,
    pub skipped: Vec<Skipped>,
    pub withheld: Withheld,
    pub unchanged: u64,
}

impl Plan {
    /// Equal plans, and no others, have equal digests: what was shown can be held against what would be done.
    pub fn digest(&self) -> Hash32 {
        let mut text = Zeroizing::new(String::new());
        let mut say = |parts: &[&str]| {
            for part in parts {
                text.push_str(&format!("{}:{part},", part.len()));
            }
        };
        let mail = |profile: &Profile| profile.mail.as_ref().map(|mail| mail.expose().clone()).unwrap_or_default();
        let mut say_profile = |what: &str, id: &str, profile: &Profile| {
            say(&[what, id, profile.login.expose(), profile.name.expose(), &mail(profile)]);
            say(&[&profile.groups.len().to_string()]);
            profile.groups.iter().for_each(|group| say(&[group.as_str()]));
        };
        for seen in &self.add {
            say_profile("add", seen.external_id.expose(), &seen.profile);
        }
        for (id, profile) in &self.update {
            say_profile("update", &id.to_string(), profile);
        }
        for (what, ids) in [("restore", &self.restore), ("suspend", &self.suspend)] {
            for id in ids {
                say(&[what, &id.to_string()]);
            }
        }
        for skipped in &self.skipped {
            let id = skipped.external_id.as_ref().map_or("", ExternalId::expose);
            say(&["skip", &skipped.place.to_string(), id, &skipped.reason.to_string()]);
        }
        let Withheld { disabled, expired, outside_group } = self.withheld;
        let counted = [disabled, expired, outside_group, self.unchanged].map(|count| count.to_string());
        say(&["counted", &counted.join(" ")]);
        Hash32::sha256(text.as_bytes())
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.update.is_empty() && self.restore.is_empty() && self.suspend.is_empty()
    }
}

/// A whole plan, and what speaks against carrying it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub plan: Plan,
    /// Nothing where a part of a source is taken in: whoever does that has chosen every line.
    pub blast: Blast,
    pub brake: Option<Brake>,
}

impl Planned {
    /// The plan, unless it is braked.
    pub fn heeding_the_brake(self) -> Result<Plan, Brake> {
        match self.brake {
            Some(brake) => Err(brake),
            None => Ok(self.plan),
        }
    }
}

/// Plans one run of `source`. Members of other sources are looked at only so that no login is given twice.
pub fn plan(
    source: Source,
    coverage: Coverage,
    known: &[Member],
    observation: Observation,
    measure: Measure<'_>,
) -> Planned {
    let withheld = Withheld::count(&observation.without_access);
    let mut plan = Plan { skipped: observation.skipped, withheld, ..Plan::default() };
    let own: BTreeMap<&ExternalId, &Member> =
        known.iter().filter(|member| member.source == source).map(|member| (&member.external_id, member)).collect();
    let (removed, seen) = observation
        .seen
        .into_iter()
        .partition(|entry: &Seen| own.get(&entry.external_id).is_some_and(|member| member.listing == Listing::Removed));
    plan.skipped.extend(Vec::into_iter(removed).map(|entry: Seen| Skipped {
        place: entry.place,
        external_id: Some(entry.external_id),
        reason: SkipReason::Removed,
    }));
    let seen = without_duplicates(source, coverage, known, seen, &mut plan.skipped);
    let spared: BTreeSet<&ExternalId> =
        plan.skipped.iter().filter_map(|skipped| skipped.external_id.as_ref()).collect();

    let mut present = BTreeSet::new();
    let (mut add, mut update) = (Vec::new(), Vec::new());
    for entry in seen {
        match own.get(&entry.external_id) {
            None => add.push(entry),
            Some(member) => {
                present.insert(member.id);
                if member.listing == Listing::Absent {
                    plan.restore.push(member.id);
                }
                if member.profile != entry.profile {
                    update.push((member.id, entry.profile));
                } else if member.listing == Listing::Listed {
                    plan.unchanged += 1;
                }
            }
        }
    }
    let (mut brake, mut blast) = (None, Blast::default());
    if coverage == Coverage::Whole {
        let gone = own
            .values()
            .filter(|m| m.listing == Listing::Listed && !present.contains(&m.id) && !spared.contains(&m.external_id));
        let gone: Vec<&Member> = gone.copied().collect();
        let by_id: BTreeMap<MemberId, &Member> = own.values().map(|member| (member.id, *member)).collect();
        let regrouped = update.iter().filter_map(|(id, profile)| Some((*by_id.get(id)?, &profile.groups)));
        blast = brake::blast(own.values().copied(), &gone, regrouped, measure);
        brake = brake::braked(own.values().copied(), present.len() + add.len(), gone.len(), blast);
        plan.suspend = gone.into_iter().map(|member| member.id).collect();
    }
    (plan.add, plan.update) = (add, update);
    plan.restore.sort_unstable();
    plan.suspend.sort_unstable();
    plan.update.sort_unstable();
    Planned { plan, blast, brake }
}

/// One entry for each id and for each login. The rest is left out with its reason.
fn without_duplicates(
    source: Source,
    coverage: Coverage,
    known: &[Member],
    mut seen: Vec<Seen>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Seen> {
    seen.sort();
    let mut by_id: BTreeMap<ExternalId, Seen> = BTreeMap::new();
    let mut left_out = Vec::new();
    for entry in seen {
        if by_id.contains_key(&entry.external_id) {
            left_out.push((entry.place, entry.external_id, SkipReason::DuplicateId));
        } else {
            by_id.insert(entry.external_id.clone(), entry);
        }
    }
    // Of other sources, of unreadable entries, and of people whom a part of a source does not show, the login stands.
    let unreadable: BTreeSet<&ExternalId> = skipped.iter().filter_map(|skipped| skipped.external_id.as_ref()).collect();
    let stays = |member: &Member| {
        member.source != source || coverage == Coverage::Part || unreadable.contains(&member.external_id)
    };
    let of_others = known.iter().filter(|member| member.listing == Listing::Listed && member.source != source);
    let elsewhere: BTreeSet<&Login> = of_others.map(|member| &member.profile.login).collect();
    let known: Vec<Holder<'_>> = known
        .iter()
        .filter(|member| member.listing == Listing::Listed)
        .filter_map(|member| match by_id.get(&member.external_id).filter(|_| member.source == source) {
            Some(entry) => {
                Some(Holder { now: &member.profile.login, wants: Some((&entry.external_id, &entry.profile.login)) })
            }
            None => stays(member).then_some(Holder { now: &member.profile.login, wants: None }),
        })
        .collect();
    let winners = logins::settle(&known, by_id.values().map(|entry| (&entry.external_id, &entry.profile.login)));
    let winners: BTreeSet<ExternalId> = winners.into_iter().cloned().collect();
    let mut kept = Vec::new();
    let reason = |entry: &Seen| match elsewhere.contains(&entry.profile.login) {
        true => SkipReason::LoginElsewhere,
        false => SkipReason::DuplicateLogin,
    };
    for (id, entry) in by_id {
        if winners.contains(&id) {
            kept.push(entry);
        } else {
            left_out.push((entry.place, id, reason(&entry)));
        }
    }
    skipped.extend(left_out.into_iter().map(|(place, id, reason)| Skipped { place, external_id: Some(id), reason }));
    kept
}

#[cfg(test)]
mod tests;
