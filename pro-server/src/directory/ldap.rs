//! The organization's LDAP directory (RFC 4511): reading everybody or what has changed, waiting for changes, checking a password.
//! Always over TLS. The client library can panic on malformed answers, so each use is a task of its own, and its death is a
//! disconnect. What was read is kept only to be brought up to date; an answer that did not come to its end changes nothing of it.

mod examination;
mod kept;
mod live;
mod password;
mod password_policy;
mod printer;
mod reading;
mod refresh;
mod refusal;
mod root;
mod search;
mod session;
mod shown;
mod usn;

use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use protocol::secret::Secret;
use protocol::time::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio::task::{AbortHandle, JoinError};

use crate::config::directory::LdapConfig;
use crate::config::ldap_kind::{Following, LdapKind};
use crate::domain::member::Login;
use crate::domain::sync::Observation;

use super::fault::LdapFault;
use super::picture::Picture;
use kept::{Kept, Mark, Sight, outside};
use printer::Printer;
use reading::Questions;
use refresh::{NotSynced, Replica};
use session::Session;
use shown::{Doubt, LastShown};

pub use examination::{Changes, Examination, Unseen};
pub use password::Verdict;
pub use reading::LDAP_GROUPS_MAX;
pub use refusal::Hindrance;

/// A whole run, however slowly its pages come.
const RUN_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// After so long a directory that did not synchronize is asked again whether it does.
const SYNC_RETRY_MS: u64 = 60 * 60 * 1_000;
/// Checking a password, all steps together.
const PASSWORD_TIMEOUT: Duration = Duration::from_secs(20);
/// Before a wait for changes that broke is begun again: at first …
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// … and at most, doubled each time.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Everything, whatever is known.
    Whole,
    /// What has changed since the last reading, where the directory can tell; else everything.
    Changes,
    /// Everything, only to look at it: the next run still finds what has changed since the last one.
    Aside,
}

/// The directory; a cheap clone.
#[derive(Clone)]
pub struct LdapDirectory {
    inner: Arc<Inner>,
}

struct Inner {
    config: LdapConfig,
    /// The controller that answered last.
    preferred: AtomicUsize,
    /// Before this time, in milliseconds, it is not asked to synchronize: it would not, or not for us.
    unsynced_until_ms: AtomicU64,
    shown: std::sync::Mutex<LastShown>,
    printer: Printer,
    kept: Mutex<Option<Kept>>,
    awaited: watch::Sender<Awaited>,
}

/// What the next change is waited for with.
#[derive(Debug, Clone, Default)]
struct Awaited {
    mark: Option<Mark>,
    /// When a run sees something else without any change: an account expires, or what was doubtful is so no more.
    due: Option<Timestamp>,
}

/// Whether the library can read `filter` (RFC 4515).
pub fn is_filter(filter: &str) -> bool {
    filter.starts_with('(') && ldap3::parse_filter(filter).is_ok()
}

impl LdapDirectory {
    /// Nothing is connected before it is needed.
    pub fn new(config: LdapConfig) -> Self {
        let (preferred, unsynced_until_ms) = (AtomicUsize::new(0), AtomicU64::new(0));
        let (kept, awaited) = (Mutex::new(None), watch::Sender::new(Awaited::default()));
        let (shown, printer) = (std::sync::Mutex::default(), Printer::default());
        Self { inner: Arc::new(Inner { config, preferred, unsynced_until_ms, shown, printer, kept, awaited }) }
    }

    /// Everybody in the filter as of this time: each entry read, skipped or without access, with its reason. An incomplete
    /// list is a fault, never an answer.
    pub async fn read(&self, reading: Reading, now: Timestamp) -> Result<Arc<Observation>, LdapFault> {
        let inner = Arc::clone(&self.inner);
        let read = in_own_task(RUN_TIMEOUT, async move { inner.read(reading, now).await }).await;
        if read.as_ref().is_err_and(|fault| fault.is_of_one_controller()) {
            // It answered at first and failed then: the next reading begins with the one after it.
            self.inner.preferred.fetch_add(1, Ordering::Relaxed);
        }
        if read.is_err() && reading != Reading::Aside {
            // Whoever waits for changes waits for the next reading instead of starting one after the other.
            self.inner.awaited.send_replace(Awaited::default());
        }
        read
    }

    /// Returns when something has changed since the last reading or a run is due; never while the directory cannot tell.
    pub async fn changed(&self, now: Timestamp) {
        let mut awaited = self.inner.awaited.subscribe();
        let (mut pause, began) = (PAUSE_MIN, tokio::time::Instant::now());
        loop {
            let Awaited { mark, due } = awaited.borrow_and_update().clone();
            let falls_due = async {
                match due {
                    Some(due) => tokio::time::sleep_until(began + Duration::from_millis(due.since(now))).await,
                    None => std::future::pending().await,
                }
            };
            let waits = async {
                match mark {
                    Some(mark) => self.wait(mark, &mut pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = awaited.changed() => if changed.is_err() { std::future::pending::<()>().await },
                () = falls_due => return,
                () = waits => return,
            }
        }
    }

    /// Something of the last reading was doubtful: a run at this time sees more.
    pub fn look_again(&self, due: Timestamp) {
        self.inner.awaited.send_modify(|awaited| awaited.due = Some(awaited.due.map_or(due, |before| before.min(due))));
    }

    /// What the last reading showed was taken as it is: a base without people is from now on one without people.
    pub fn content(&self) {
        self.inner.shown.lock().unwrap_or_else(PoisonError::into_inner).content();
    }

    /// Looks at everything an administrator wants to know.
    pub async fn examine(&self, now: Timestamp) -> Result<Examination, LdapFault> {
        let inner = Arc::clone(&self.inner);
        in_own_task(RUN_TIMEOUT, async move { examination::examine(&inner, now).await }).await
    }

    /// Until something has changed; a connection that breaks is opened again after a pause.
    async fn wait(&self, mark: Mark, pause: &mut Duration) {
        loop {
            let (inner, since) = (Arc::clone(&self.inner), mark.clone());
            let mut task = tokio::spawn(async move { live::changed(&inner.config, &inner.preferred, &since).await });
            let _aborts = AbortOnDrop(task.abort_handle());
            match (&mut task).await.unwrap_or(Err(LdapFault::Disconnected)) {
                Ok(()) => return,
                Err(fault) => {
                    tracing::debug!(code = fault.code(), "changes of the directory are not heard at the moment");
                    tokio::time::sleep(*pause).await;
                    *pause = (*pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// Whether `login` names exactly one person in the filter.
    pub async fn knows(&self, login: &Login) -> Result<bool, LdapFault> {
        let (inner, login) = (Arc::clone(&self.inner), login.clone());
        in_own_task(PASSWORD_TIMEOUT, async move { password::knows(&inner.config, &inner.preferred, &login).await })
            .await
    }

    /// Whether `password` is the one of the person whom `login` names, by binding as that person.
    /// An empty password is `Wrong`: many servers answer success to an unauthenticated bind (RFC 4513 §5.1.2).
    pub async fn check_password(&self, login: &Login, password: &Secret<String>) -> Result<Verdict, LdapFault> {
        if password.expose().is_empty() {
            return Ok(Verdict::Wrong);
        }
        let (inner, login, password) = (Arc::clone(&self.inner), login.clone(), password.clone());
        let checking = async move { password::check(&inner.config, &inner.preferred, &login, &password).await };
        in_own_task(PASSWORD_TIMEOUT, checking).await
    }
}

impl Inner {
    async fn read(&self, reading: Reading, now: Timestamp) -> Result<Arc<Observation>, LdapFault> {
        if reading == Reading::Aside {
            let mut session = Session::open(&self.config, &self.preferred).await?;
            let questions = Questions::of(&self.config, session.root.kind);
            let (mut picture, ..) = self.whole(&mut session, &questions, now).await?;
            let mut observation = Arc::new(picture.observe(now)?);
            self.note(session.controller, &picture, now).of(&mut observation);
            session.close().await;
            return Ok(observation);
        }
        let mut place = self.kept.lock().await;
        let known = place.take();
        let mut session = Session::open(&self.config, &self.preferred).await?;
        let mut questions = Questions::of(&self.config, session.root.kind);
        questions.printer = self.printer.clone();
        let mut read = match (known, reading) {
            (Some(known), Reading::Changes) => match self.follow(&mut session, &questions, known, now).await? {
                Some(followed) => followed,
                None => self.anew(&mut session, questions, None, now).await?,
            },
            (known, _) => self.anew(&mut session, questions, known, now).await?,
        };
        self.note(session.controller, &read.picture, now).of(&mut read.seen.observation);
        session.close().await;
        let settles = self.shown.lock().unwrap_or_else(PoisonError::into_inner).settles(now);
        let due = read.seen.until.into_iter().chain(settles).min();
        self.awaited.send_replace(Awaited { mark: read.mark.clone(), due });
        let observation = Arc::clone(&read.seen.observation);
        *place = Some(read).filter(|read| read.mark.is_some());
        Ok(observation)
    }

    /// Everything. What is as it was `before` is recognized; if all of it is, a run sees what it saw.
    async fn anew(
        &self,
        session: &mut Session,
        mut questions: Questions,
        before: Option<Kept>,
        now: Timestamp,
    ) -> Result<Kept, LdapFault> {
        let last = before.map(|Kept { picture, seen, .. }| {
            questions.before = Some(picture);
            seen
        });
        let (mut picture, replica, mark) = self.whole(session, &questions, now).await?;
        let is_same = questions.before.is_some_and(|before| picture.is_as(&before));
        let seen = match last {
            Some(last) if is_same && last.holds(now) => last,
            _ => Sight::of(&mut picture, now)?,
        };
        Ok(Kept { outside: outside(&seen.observation), picture, replica, mark, seen })
    }

    fn note(&self, controller: usize, picture: &Picture, now: Timestamp) -> Doubt {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.note(controller, picture.peopled(), now)
    }

    /// What is known, brought up to date. `None`: only the whole says what is true.
    async fn follow(
        &self,
        session: &mut Session,
        questions: &Questions,
        mut known: Kept,
        now: Timestamp,
    ) -> Result<Option<Kept>, LdapFault> {
        let mark = match &known.mark {
            Some(Mark::Cookies { controller, .. }) if *controller == session.controller => {
                let Kept { picture, replica, .. } = &mut known;
                match refresh::refresh(session, &self.config, questions, picture, replica).await {
                    Ok(()) => cookies(session, replica),
                    Err(NotSynced::RefreshRequired | NotSynced::Unsupported) => return Ok(None),
                    Err(NotSynced::Fault(fault)) => return Err(fault),
                }
            }
            Some(Mark::Usn(since)) => {
                let Some(mark) = usn::mark(session).await?.filter(|mark| since.goes_on(mark)) else { return Ok(None) };
                let followed = usn::follow(session, &self.config, questions, &mut known.picture, since).await?;
                if followed == usn::Outcome::ReadWhole {
                    return Ok(None);
                }
                Mark::Usn(mark)
            }
            Some(Mark::Cookies { .. }) | None => return Ok(None),
        };
        reading::require(session, &self.config, questions, &mut known.picture).await?;
        let seen = Sight::of(&mut known.picture, now)?;
        // A server that names nobody is not believed to have nobody left.
        if seen.observation.seen.is_empty() {
            return Ok(None);
        }
        let outside = outside(&seen.observation);
        // A name that changed somewhere above can make somebody look like outside the group: the whole says whether they are.
        if !outside.is_subset(&known.outside) {
            return Ok(None);
        }
        Ok(Some(Kept { mark: Some(mark), outside, seen, ..known }))
    }

    /// Everything, and how to go on from there if the directory can tell what changes.
    async fn whole(
        &self,
        session: &mut Session,
        questions: &Questions,
        now: Timestamp,
    ) -> Result<(Picture, Replica, Option<Mark>), LdapFault> {
        let follows = self.config.following == Following::WhenPossible;
        if follows
            && questions.kind == LdapKind::Standard
            && session.root.syncs == root::Syncs::Offered
            && self.unsynced_until_ms.load(Ordering::Relaxed) <= now.as_millis()
        {
            let (mut picture, mut replica) = (reading::empty(&self.config), Replica::new());
            match refresh::refresh(session, &self.config, questions, &mut picture, &mut replica).await {
                Ok(()) => {
                    reading::require(session, &self.config, questions, &mut picture).await?;
                    let mark = cookies(session, &replica);
                    return Ok((picture, replica, Some(mark)));
                }
                Err(NotSynced::RefreshRequired | NotSynced::Unsupported) => {
                    tracing::info!(
                        "a directory offers to tell what changes and does not; everything is read at each run"
                    );
                    self.unsynced_until_ms.store(now.as_millis().saturating_add(SYNC_RETRY_MS), Ordering::Relaxed);
                }
                Err(NotSynced::Fault(fault)) => return Err(fault),
            }
        }
        let mark = match questions.kind {
            LdapKind::ActiveDirectory if follows => usn::mark(session).await?,
            LdapKind::ActiveDirectory | LdapKind::Standard => None,
        };
        let picture = reading::whole(session, &self.config, questions).await?;
        Ok((picture, Replica::new(), mark.map(Mark::Usn)))
    }
}

fn cookies(session: &Session, replica: &Replica) -> Mark {
    let cookies = replica.iter().map(|shown| shown.cookie.clone()).collect();
    Mark::Cookies { controller: session.controller, cookies }
}

/// Runs `work` where a panic or a hang ends nothing but the work.
async fn in_own_task<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = Result<T, LdapFault>> + Send + 'static,
) -> Result<T, LdapFault> {
    let mut task = tokio::spawn(work);
    let _aborts = AbortOnDrop(task.abort_handle());
    match tokio::time::timeout(limit, &mut task).await {
        Ok(done) => done.unwrap_or_else(|_: JoinError| Err(LdapFault::Disconnected)),
        Err(_) => Err(LdapFault::Timeout),
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_inside_the_library_is_a_disconnect() {
        async fn parse() -> Result<(), LdapFault> {
            panic!("malformed control")
        }
        let outcome = in_own_task(PASSWORD_TIMEOUT, parse()).await;
        assert_eq!(outcome, Err(LdapFault::Disconnected));
    }

    #[test]
    fn filters_are_checked_before_they_are_used() {
        assert!(is_filter("(objectClass=inetOrgPerson)"));
        assert!(is_filter("(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"));
        assert!(!is_filter("objectClass=inetOrgPerson"));
        assert!(!is_filter("(objectClass=inetOrgPerson"));
        for kind in [LdapKind::ActiveDirectory, LdapKind::Standard] {
            assert!(is_filter(kind.people_filter()) && is_filter(kind.group_filter()));
        }
    }
}
