//! Content synchronization (RFC 4533): a picture that is brought up to date by what has changed since its cookie. Nothing of an
//! answer counts before its end has come; a server that wants the whole again gets to send it.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use ldap3::controls::{Control, ControlType, EntryState, MakeCritical as _, RawControl, RefreshMode, SyncDone};
use ldap3::controls::{SyncInfo, SyncRequest, SyncState, parse_syncinfo};
use ldap3::{Scope, SearchEntry};

use crate::config::directory::LdapConfig;

use super::super::PEOPLE_MAX;
use super::super::fault::LdapFault;
use super::super::picture::{GroupEntry, Key, PersonEntry, Picture};
use super::reading::{self, LDAP_GROUPS_MAX, Questions};
use super::search::constructed;
use super::session::{OPERATION_TIMEOUT, Session};

/// `e-syncRefreshRequired`.
pub(super) const REFRESH_REQUIRED: u32 = 4_096;

/// One synchronized search: where it stands, and which entries it shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) cookie: Option<Vec<u8>>,
    keys: BTreeSet<Key>,
}

/// What the searches of a picture show, in the order of [`searches`].
pub(super) type Replica = Vec<Shown>;

/// How a synchronization failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSynced {
    /// The cookie is worth nothing any more.
    RefreshRequired,
    /// This server, this base or this account does without.
    Unsupported,
    Fault(LdapFault),
}

impl<E: Into<LdapFault>> From<E> for NotSynced {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// What a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Under the base of this number.
    People(usize),
    Groups,
}

/// What is asked for.
struct Asked<'a> {
    of: Of,
    base: &'a str,
    filter: &'a str,
    attributes: &'a [String],
}

fn searches<'a>(config: &'a LdapConfig, questions: &'a Questions) -> Vec<Asked<'a>> {
    let people = config.base_dns.iter().enumerate().map(|(number, base)| Asked {
        of: Of::People(number),
        base: base.expose(),
        filter: &questions.people_filter,
        attributes: &questions.people_attributes,
    });
    let groups = questions.group_bases.iter().map(|base| Asked {
        of: Of::Groups,
        base,
        filter: &questions.group_filter,
        attributes: &questions.group_attributes,
    });
    people.chain(groups).collect()
}

/// Base and filter of each synchronized search, for whoever waits for changes.
pub(super) fn watched(config: &LdapConfig, questions: &Questions) -> Vec<(String, String)> {
    searches(config, questions).iter().map(|asked| (asked.base.to_owned(), asked.filter.to_owned())).collect()
}

/// What one search answered.
#[derive(Default)]
struct Delta {
    people: BTreeMap<Key, PersonEntry>,
    groups: BTreeMap<Key, GroupEntry>,
    /// Groups whose other members have yet to be fetched.
    in_parts: Vec<(Key, SearchEntry)>,
    /// Told to be there still, beside those that came.
    present: BTreeSet<Key>,
    gone: BTreeSet<Key>,
    /// Whatever was not told to be there is gone.
    only_present_stay: bool,
    cookie: Option<Vec<u8>>,
}

/// Brings `picture` up to date, or reads all of it where `replica` has no cookies. Neither is touched unless all went well.
pub(super) async fn refresh(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    picture: &mut Picture,
    replica: &mut Replica,
) -> Result<(), NotSynced> {
    let searches = searches(config, questions);
    let mut deltas = Vec::new();
    let mut place = picture.people.len() as u64;
    for (at, asked) in searches.iter().enumerate() {
        let cookie = replica.get(at).and_then(|shown| shown.cookie.clone());
        deltas.push(ask(session, questions, asked, cookie, &mut place).await?);
    }
    for delta in &mut deltas {
        for (key, entry) in std::mem::take(&mut delta.in_parts) {
            delta.groups.insert(key, reading::group(session, questions, &entry).await?.1);
        }
    }
    replica.resize_with(searches.len(), Shown::default);
    for (mut delta, shown) in deltas.into_iter().zip(replica.iter_mut()) {
        shown.follow(&mut delta);
        picture.people.append(&mut delta.people);
        picture.groups.append(&mut delta.groups);
    }
    let stays = |key: &Key| replica.iter().any(|shown| shown.keys.contains(key));
    picture.people.retain(|key, _| stays(key));
    picture.groups.retain(|key, _| stays(key) || config.groups.is_none());
    match (picture.people.len() > PEOPLE_MAX, picture.groups.len() > LDAP_GROUPS_MAX) {
        (true, _) => Err(NotSynced::Fault(LdapFault::TooMany)),
        (_, true) => Err(NotSynced::Fault(LdapFault::TooManyGroups)),
        _ => Ok(()),
    }
}

impl Shown {
    fn follow(&mut self, delta: &mut Delta) {
        if delta.only_present_stay {
            self.keys.retain(|key| delta.present.contains(key));
        }
        self.keys.retain(|key| !delta.gone.contains(key));
        self.keys.extend(delta.people.keys().chain(delta.groups.keys()).cloned());
        if delta.cookie.is_some() {
            self.cookie = delta.cookie.take();
        }
    }
}

/// One search up to its end. `place` counts the people that came.
async fn ask(
    session: &mut Session,
    questions: &Questions,
    asked: &Asked<'_>,
    cookie: Option<Vec<u8>>,
    place: &mut u64,
) -> Result<Delta, NotSynced> {
    let request = SyncRequest { mode: RefreshMode::RefreshOnly, cookie, reload_hint: false };
    let ldap = session.ldap.with_timeout(OPERATION_TIMEOUT).with_controls(request.critical());
    let mut stream = ldap.streaming_search(asked.base, Scope::Subtree, asked.filter, asked.attributes.to_vec()).await?;
    let mut delta = Delta::default();
    // The server may first say who is there, and then, in the same answer, only who went.
    let mut phase_of_the_gone = false;
    while let Some(mut entry) = stream.next().await? {
        if entry.is_ref() {
            return Err(NotSynced::Fault(LdapFault::Referral));
        }
        if entry.is_intermediate() {
            phase_of_the_gone |= delta.informed(parse_syncinfo(entry));
            continue;
        }
        let Some(state) = std::mem::take(&mut entry.1).into_iter().find_map(state) else {
            // Who does not say what an entry is in does not synchronize.
            return Err(NotSynced::Unsupported);
        };
        let key = key(&state.entry_uuid);
        match state.state {
            EntryState::Present => drop(delta.present.insert(key)),
            EntryState::Delete => drop(delta.gone.insert(key)),
            EntryState::Add | EntryState::Modify => {
                let entry = constructed(entry)?;
                match asked.of {
                    Of::People(base) => {
                        *place += 1;
                        let person = questions.person_of(&key, *place, base, &entry);
                        delta.people.insert(key, person);
                    }
                    Of::Groups if reading::is_in_parts(&entry) => delta.in_parts.push((key, entry)),
                    Of::Groups => drop(delta.groups.insert(key, questions.group(&entry, &[])?.1)),
                }
            }
        }
        if delta.people.len() > PEOPLE_MAX {
            return Err(NotSynced::Fault(LdapFault::TooMany));
        }
    }
    let result = stream.finish().await;
    match result.rc {
        0 => {}
        REFRESH_REQUIRED => return Err(NotSynced::RefreshRequired),
        // No paging here: a size limit does not stop it from being read page by page.
        2 | 4 | 11 | 12 | 50 | 53 => return Err(NotSynced::Unsupported),
        _ => LdapFault::of_result(&result)?,
    }
    let Some(done) = result.ctrls.into_iter().find_map(done) else { return Err(NotSynced::Unsupported) };
    if done.cookie.is_some() {
        delta.cookie = done.cookie;
    }
    delta.only_present_stay |= !done.refresh_deletes && !phase_of_the_gone;
    Ok(delta)
}

impl Delta {
    /// Whether from now on only those who went are named.
    fn informed(&mut self, info: SyncInfo) -> bool {
        match info {
            SyncInfo::NewCookie(cookie) => self.cookie = Some(cookie),
            SyncInfo::RefreshPresent { cookie, .. } => {
                self.cookie = cookie.or(self.cookie.take());
                self.only_present_stay = true;
                return true;
            }
            SyncInfo::RefreshDelete { cookie, .. } => {
                self.cookie = cookie.or(self.cookie.take());
                return true;
            }
            SyncInfo::SyncIdSet { cookie, refresh_deletes, sync_uuids } => {
                self.cookie = cookie.or(self.cookie.take());
                let keys = sync_uuids.iter().map(|uuid| key(uuid));
                if refresh_deletes {
                    self.gone.extend(keys);
                } else {
                    self.present.extend(keys);
                }
            }
        }
        false
    }
}

pub(super) fn state(control: Control) -> Option<SyncState> {
    match control {
        Control(Some(ControlType::SyncState), raw) => parsed::<SyncState>(&raw),
        _ => None,
    }
}

fn done(control: Control) -> Option<SyncDone> {
    match control {
        Control(Some(ControlType::SyncDone), raw) => parsed::<SyncDone>(&raw),
        _ => None,
    }
}

/// A malformed control panics in the library, which ends this task and nothing else.
fn parsed<T: ldap3::controls::ControlParser>(raw: &RawControl) -> Option<T> {
    raw.val.as_ref().map(|_| raw.parse())
}

/// The key of `entryUUID` as text (RFC 4530).
fn key(uuid: &[u8]) -> Key {
    let hex = HEXLOWER.encode(uuid);
    let mut text = String::with_capacity(36);
    for (at, c) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(c);
    }
    Key::of(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(of: &[u8]) -> BTreeSet<Key> {
        of.iter().map(|byte| key(&[*byte; 16])).collect()
    }

    #[test]
    fn who_is_not_told_to_be_there_is_gone_only_if_the_server_told_who_is() {
        let mut shown = Shown { cookie: Some(vec![1]), keys: keys(&[1, 2, 3]) };
        let mut delta = Delta { gone: keys(&[2]), cookie: Some(vec![2]), ..Delta::default() };
        shown.follow(&mut delta);
        assert_eq!((shown.keys.clone(), shown.cookie.clone()), (keys(&[1, 3]), Some(vec![2])));
        let mut delta = Delta { present: keys(&[3]), only_present_stay: true, ..Delta::default() };
        shown.follow(&mut delta);
        assert_eq!((shown.keys, shown.cookie), (keys(&[3]), Some(vec![2])));
    }

    #[test]
    fn a_key_is_the_id_as_the_directory_writes_it() {
        assert_eq!(key(&[0xab; 16]), Key::of("abababab-abab-abab-abab-abababababab"));
    }
}
