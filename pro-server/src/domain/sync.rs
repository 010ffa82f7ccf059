//! What a directory run would change, decided before anything is: either a whole plan or a brake, never a part of a plan.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::ids::{Hash32, MemberId};
use zeroize::Zeroizing;

use super::brake;
use super::logins::{self, Holder};
use super::member::{Attribute, ExternalId, Listing, Login, Member, Profile, Source, Unusable};
use super::roll::Roll;
use super::withheld::{NoAccess, Withheld, WithoutAccess};

pub use super::brake::{BRAKE_WINDOW_MS, Blast, Brake, Limits, Measure, Telling};

/// One usable entry of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub external_id: ExternalId,
    /// Shared: most people are as they were, and are compared with themselves.
    pub profile: Arc<Profile>,
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
    /// Where the id was not, the login, if that one was.
    pub login: Option<Login>,
    pub reason: SkipReason,
}

/// What a source showed.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    pub seen: Vec<Seen>,
    pub skipped: Vec<Skipped>,
    /// Shown, and as good as absent.
    pub without_access: Vec<WithoutAccess>,
    /// Places that showed people at the last reading and show none now.
    pub emptied_places: usize,
    /// Missing, and shown a moment ago: whoever moves or is renamed meanwhile can be missing from an answer in parts. The next run
    /// says whether they have left.
    pub in_doubt: HashSet<ExternalId>,
    /// Of which controller this is the word.
    pub controller: Controller,
}

/// Whether what is missing at a controller is news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Controller {
    /// It has been read for a while.
    #[default]
    Settled,
    /// Another one was read just before: what that one had and this one has not may only be under way to it.
    MayLag,
}

impl Observation {
    /// Whom `known` lists for the source and who is not shown. Whose account is closed is shown to be without access, and not missing.
    pub fn missing(&self, source: Source, known: &Roll) -> HashSet<ExternalId> {
        let closed = |entry: &&WithoutAccess| entry.cause != NoAccess::OutsideGroup;
        let shown = self.seen.iter().map(|seen| &seen.external_id);
        let shown = shown.chain(self.without_access.iter().filter(closed).map(|entry| &entry.external_id));
        let shown: HashSet<&ExternalId> =
            shown.chain(self.skipped.iter().filter_map(|skipped| skipped.external_id.as_ref())).collect();
        let listed = known.iter().filter(|member| member.source == source && member.listing == Listing::Listed);
        listed.map(|member| &member.external_id).filter(|id| !shown.contains(id)).cloned().collect()
    }
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
    pub update: Vec<(MemberId, Arc<Profile>)>,
    /// People who are listed again.
    pub restore: Vec<MemberId>,
    /// People who have left: no longer listed, devices revoked.
    pub suspend: Vec<MemberId>,
    pub skipped: Vec<Skipped>,
    pub withheld: Withheld,
    pub unchanged: u64,
}

impl Plan {
    /// Plans that do the same, and no others, have equal digests: what was shown can be held against what would be done. What is
    /// left out does nothing, and in a busy directory is never twice the same.
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
    known: &Roll,
    observation: &Observation,
    measure: Measure<'_>,
) -> Planned {
    let withheld = Withheld::count(&observation.without_access);
    let mut plan = Plan { skipped: observation.skipped.clone(), withheld, ..Plan::default() };
    let own: Vec<&Member> = known.iter().filter(|member| member.source == source).collect();
    let seen = without_duplicate_ids(&observation.seen, &own, &mut plan.skipped);
    let seen = without_taken_logins(source, coverage, known, seen, &mut plan.skipped);
    let spared: HashSet<&ExternalId> = plan.skipped.iter().filter_map(|skipped| skipped.external_id.as_ref()).collect();

    let mut is_present = vec![false; own.len()];
    let mut present: usize = 0;
    let (mut add, mut update, mut regrouped) = (Vec::new(), Vec::new(), Vec::new());
    for Shown { entry, member } in seen {
        let Some((at, member)) = member else {
            add.push(entry);
            continue;
        };
        present += 1;
        if let Some(place) = is_present.get_mut(at) {
            *place = true;
        }
        if member.listing == Listing::Absent {
            if observation.controller == Controller::MayLag {
                // Whoever was closed at the other one may look open here for a moment.
                continue;
            }
            plan.restore.push(member.id);
        }
        if member.profile != entry.profile {
            regrouped.push((member, Arc::clone(&entry.profile)));
            update.push((member.id, entry.profile));
        } else if member.listing == Listing::Listed {
            plan.unchanged += 1;
        }
    }
    let (mut brake, mut blast) = (None, Blast::default());
    if coverage == Coverage::Whole {
        let unnamed = || plan.skipped.iter().filter(|skipped| skipped.external_id.is_none());
        let spared_logins: HashSet<&Login> = unnamed().filter_map(|skipped| skipped.login.as_ref()).collect();
        let closed = observation.without_access.iter().filter(|entry| entry.cause != NoAccess::OutsideGroup);
        let closed: HashSet<&ExternalId> = closed.map(|entry| &entry.external_id).collect();
        let is_spared = |member: &Member| {
            (observation.controller == Controller::MayLag && !closed.contains(&member.external_id))
                || spared.contains(&member.external_id)
                || spared_logins.contains(&member.profile.login)
                || observation.in_doubt.contains(&member.external_id)
        };
        let missing = own.iter().zip(&is_present).filter(|(member, is)| member.listing == Listing::Listed && !**is);
        let gone: Vec<&Member> = missing.map(|(member, _)| *member).filter(|member| !is_spared(member)).collect();
        let is_doubtful = observation.emptied_places > 0 || unnamed().any(|skipped| skipped.login.is_none());
        let regrouped = regrouped.iter().map(|(member, profile)| (*member, &profile.groups));
        blast = brake::blast(own.iter().copied(), &gone, regrouped, measure);
        brake = brake::braked(own.iter().copied(), present + add.len(), gone.len(), blast)
            .or((is_doubtful && !gone.is_empty()).then_some(Brake::Doubtful { hit: blast.hit() }));
        plan.suspend = gone.into_iter().map(|member| member.id).collect();
    }
    (plan.add, plan.update) = (add, update);
    plan.add.sort_unstable();
    plan.skipped.sort_unstable();
    plan.restore.sort_unstable();
    plan.suspend.sort_unstable();
    plan.update.sort_unstable();
    Planned { plan, blast, brake }
}

/// An entry, and whose it is.
struct Shown<'k> {
    entry: Seen,
    /// With the place among the people of the source; none of somebody new.
    member: Option<(usize, &'k Member)>,
}

impl Shown<'_> {
    /// Whether it asks for the login that its person has.
    fn keeps_login(&self) -> bool {
        let login = &self.entry.profile.login;
        self.member.is_some_and(|(_, member)| member.listing == Listing::Listed && member.profile.login == *login)
    }
}

/// One entry for each id, and none of somebody removed. The rest is left out with its reason.
fn without_duplicate_ids<'k>(seen: &[Seen], own: &[&'k Member], skipped: &mut Vec<Skipped>) -> Vec<Shown<'k>> {
    let by_id: HashMap<&ExternalId, usize> =
        own.iter().zip(0..).map(|(member, at)| (&member.external_id, at)).collect();
    // Where the first entry of each stands: of those who are known by number, of the others by id.
    let mut places: Vec<Option<usize>> = vec![None; own.len()];
    let mut places_of_new: HashMap<ExternalId, usize> = HashMap::new();
    let mut shown: Vec<Shown<'k>> = Vec::with_capacity(seen.len());
    let mut leave_out = |entry: Seen, reason| {
        skipped.push(Skipped { place: entry.place, external_id: Some(entry.external_id), login: None, reason });
    };
    for entry in seen.iter().cloned() {
        let member = by_id.get(&entry.external_id).and_then(|at| Some((*at, *own.get(*at)?)));
        if member.is_some_and(|(_, member)| member.listing == Listing::Removed) {
            leave_out(entry, SkipReason::Removed);
            continue;
        }
        let next = shown.len();
        let earlier = match member {
            Some((at, _)) => places.get_mut(at).and_then(|place| place.replace(place.unwrap_or(next))),
            None => match places_of_new.entry(entry.external_id.clone()) {
                Entry::Vacant(place) => {
                    place.insert(next);
                    None
                }
                Entry::Occupied(place) => Some(*place.get()),
            },
        };
        // Of several the same one counts in whatever order they come.
        match earlier.and_then(|at| shown.get_mut(at)) {
            None => shown.push(Shown { entry, member }),
            Some(first) => {
                let other = if entry < first.entry { std::mem::replace(&mut first.entry, entry) } else { entry };
                leave_out(other, SkipReason::DuplicateId);
            }
        }
    }
    shown
}

/// One entry for each login. The rest is left out with its reason.
fn without_taken_logins<'k>(
    source: Source,
    coverage: Coverage,
    known: &Roll,
    mut shown: Vec<Shown<'k>>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Shown<'k>> {
    if shown.iter().all(Shown::keeps_login) {
        return shown;
    }
    // Of other sources, of unreadable entries, and of people whom a part of a source does not show, the login stands.
    let unreadable: HashSet<&ExternalId> = skipped.iter().filter_map(|skipped| skipped.external_id.as_ref()).collect();
    let stays = |member: &Member| {
        member.source != source || coverage == Coverage::Part || unreadable.contains(&member.external_id)
    };
    let entries = shown.iter().filter_map(|shown| Some((shown.member?.1.id, &shown.entry)));
    let entries: HashMap<MemberId, &Seen> = entries.collect();
    let listed = || known.iter().filter(|member| member.listing == Listing::Listed);
    let holders: Vec<Holder<'_>> = listed()
        .filter_map(|member| match entries.get(&member.id) {
            Some(entry) => {
                Some(Holder { now: &member.profile.login, wants: Some((&entry.external_id, &entry.profile.login)) })
            }
            None => stays(member).then_some(Holder { now: &member.profile.login, wants: None }),
        })
        .collect();
    let asking = shown.iter().filter(|shown| !shown.keeps_login());
    let losers = logins::losers(&holders, asking.map(|shown| (&shown.entry.external_id, &shown.entry.profile.login)));
    let losers: HashSet<ExternalId> = losers.into_iter().cloned().collect();
    if losers.is_empty() {
        return shown;
    }
    let of_others = listed().filter(|member| member.source != source);
    let elsewhere: HashSet<&Login> = of_others.map(|member| &member.profile.login).collect();
    shown.retain(|Shown { entry, .. }| {
        let loses = losers.contains(&entry.external_id);
        if loses {
            let reason = match elsewhere.contains(&entry.profile.login) {
                true => SkipReason::LoginElsewhere,
                false => SkipReason::DuplicateLogin,
            };
            skipped.push(Skipped {
                place: entry.place,
                external_id: Some(entry.external_id.clone()),
                login: None,
                reason,
            });
        }
        !loses
    });
    shown
}

#[cfg(test)]
mod tests;
