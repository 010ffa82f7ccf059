//! Waits until the directory says that something has changed (RFC 4533 refreshAndPersist; update sequence numbers in Active
//! Directory). It changes nothing here: a run reads what there is.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::select_all;
use ldap3::controls::{EntryState, MakeCritical as _, RefreshMode, SyncInfo, SyncRequest, parse_syncinfo};
use ldap3::{Ldap, Scope};
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::directory::LdapConfig;

use super::super::fault::LdapFault;
use super::Mark;
use super::reading::Questions;
use super::refresh;
use super::root::Root;
use super::session::{OPERATION_TIMEOUT, Session};
use super::usn;

/// How often a controller of Active Directory is asked for its newest number.
const POLL: Duration = Duration::from_secs(5);
/// How often a silent connection is tried: firewalls drop such connections without a word.
const KNOCK: Duration = Duration::from_secs(60);
/// Changes that a server reports at the start of a wait are taken up no faster than this: some report too many.
const SETTLE: Duration = Duration::from_millis(500);

/// Returns when something has changed since the mark.
pub(super) async fn changed(config: &LdapConfig, preferred: &AtomicUsize, since: &Mark) -> Result<(), LdapFault> {
    let mut session = Session::open(config, preferred).await?;
    let questions = Questions::of(config, session.root.kind);
    match since {
        Mark::Cookies { controller, .. } if *controller != session.controller => Ok(()),
        Mark::Cookies { cookies, .. } => persist(session, config, &questions, cookies).await,
        Mark::Usn(mark) => poll(&mut session, config, &questions, mark).await,
    }
}

/// A controller's number says that something has changed; whether it is of interest, a search for ids says.
async fn poll(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    mark: &usn::Mark,
) -> Result<(), LdapFault> {
    let Some(mut mark) = usn::mark(session).await?.filter(|now| mark.goes_on(now)).map(|_| mark.clone()) else {
        // Another controller, or another life of this one: the next run reads the whole.
        return Ok(());
    };
    let mut ticks = ticks(POLL);
    loop {
        ticks.tick().await;
        let root = Root::read(session.ldap.with_timeout(OPERATION_TIMEOUT), config.kind).await?;
        let Some(newest) = root.newest_usn.filter(|newest| *newest > mark.usn) else { continue };
        if usn::is_behind(session, questions, &mark).await? {
            return Ok(());
        }
        mark.usn = newest;
    }
}

async fn persist(
    session: Session,
    config: &LdapConfig,
    questions: &Questions,
    cookies: &[Option<Vec<u8>>],
) -> Result<(), LdapFault> {
    let began = Instant::now();
    let watched = refresh::watched(config, questions).into_iter().zip(cookies.iter().cloned());
    let waiting = watched.map(|((base, filter), cookie)| Box::pin(watch(session.ldap.clone(), base, filter, cookie)));
    let mut waiting = select_all(waiting);
    let mut ticks = ticks(KNOCK);
    let mut knocking = session.ldap.clone();
    let change = loop {
        tokio::select! {
            (first, _, _) = &mut waiting => break first?,
            _ = ticks.tick() => drop(Root::read(knocking.with_timeout(OPERATION_TIMEOUT), config.kind).await?),
        }
    };
    if change == Change::Before {
        tokio::time::sleep_until(began + SETTLE).await;
    }
    Ok(())
}

/// When it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Between the cookie and this wait.
    Before,
    Now,
}

/// One search that goes on until something changes.
async fn watch(mut ldap: Ldap, base: String, filter: String, cookie: Option<Vec<u8>>) -> Result<Change, LdapFault> {
    let request = SyncRequest { mode: RefreshMode::RefreshAndPersist, cookie, reload_hint: false };
    // Names only: what changed is read by the run. No time limit: this may stay silent for days.
    let ldap = ldap.with_controls(request.critical());
    let mut stream = ldap.streaming_search(&base, Scope::Subtree, &filter, vec!["1.1"]).await?;
    let mut now = Change::Before;
    while let Some(mut entry) = stream.next().await? {
        if entry.is_intermediate() {
            match parse_syncinfo(entry) {
                SyncInfo::NewCookie(_) => {}
                SyncInfo::RefreshDelete { refresh_done, .. } | SyncInfo::RefreshPresent { refresh_done, .. } => {
                    if refresh_done {
                        now = Change::Now;
                    }
                }
                SyncInfo::SyncIdSet { .. } => return Ok(now),
            }
            continue;
        }
        let state = std::mem::take(&mut entry.1).into_iter().find_map(refresh::state);
        if state.is_none_or(|state| !matches!(state.state, EntryState::Present)) {
            return Ok(now);
        }
    }
    // It ended although it should not: only a cookie that is worth nothing is for a run to mend.
    match stream.finish().await {
        result if result.rc == refresh::REFRESH_REQUIRED => Ok(Change::Before),
        result => Err(LdapFault::of_result(&result).err().unwrap_or(LdapFault::Disconnected)),
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
