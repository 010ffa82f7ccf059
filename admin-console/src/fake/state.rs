//! What the organization in memory consists of.

use protocol::audit::AuditEvent;
use protocol::ids::{Hash32, MemberId};
use protocol::policy::{PolicyDocument, Rules};
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use super::sample;
use crate::api::*;

/// Everything there is.
pub struct State {
    pub now: Timestamp,
    pub accounts: Vec<AdministratorView>,
    /// Of those who were removed, the last one last.
    pub removed: Vec<RemovedAdministrator>,
    pub sessions: Vec<([u8; SESSION_TOKEN_BYTES], AdministratorId)>,
    pub links: Vec<(String, AdministratorId)>,
    pub people: Vec<PersonDetail>,
    pub directory: DirectoryView,
    /// How runs went, newest first.
    pub runs: Vec<PastRun>,
    pub providers: IntegrationsView,
    pub approvals: ApprovalsView,
    /// What the next run would do.
    pub plan: Result<RunReport, ApiError>,
    pub policy: PolicyDocument,
    pub policy_draft: Option<RuleOrder>,
    pub audit: Vec<AuditView>,
    pub verdict: AuditVerdict,
    /// Makes every method fail, as an outage would.
    pub outage: Option<ApiError>,
    /// Wrong attempts to sign in since the last right one.
    pub failures: u32,
    pub(super) drawn: u64,
}

pub(super) fn party(who: &Administrator) -> PartyView {
    PartyView::Administrator { login: who.login.clone() }
}

impl State {
    pub(super) fn empty(now: Timestamp) -> Self {
        let (plan, policy) = (sample::plan(), PolicyDocument::new(1, now, Rules::default(), None));
        let verdict = sample::verdict();
        let directory = DirectoryView::default();
        let (accounts, sessions, links, people, audit) = Default::default();
        let (failures, drawn) = (0, 0);
        Self {
            now,
            accounts,
            removed: Vec::new(),
            sessions,
            links,
            people,
            directory,
            runs: Vec::new(),
            providers: sample::integrations(),
            approvals: ApprovalsView { quorum: Quorum::One, requests: Vec::new() },
            plan: Ok(plan),
            policy,
            policy_draft: None,
            audit,
            verdict,
            outage: None,
            failures,
            drawn,
        }
    }

    /// The source that is called so; the only one if none is named.
    pub(super) fn source(&mut self, name: Option<&str>) -> Result<&mut SourceView, ApiError> {
        let mut named = self.directory.sources.iter_mut().filter(|source| name.is_none_or(|name| source.name == name));
        let missing = if name.is_some() { Thing::Source } else { Thing::Directory };
        named.next().ok_or(ApiError::Missing(missing))
    }

    pub(super) fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        *Hash32::sha256(&self.drawn.to_le_bytes()).as_bytes()
    }

    pub(super) fn session_of(&mut self, account: AdministratorId) -> Result<Session, ApiError> {
        let token = self.draw();
        self.sessions.push((token, account));
        let administrator = self.administrator(account).ok_or(ApiError::Internal)?;
        let now = self.now;
        self.accounts.iter_mut().filter(|row| row.id == account).for_each(|row| row.last_sign_in = Some(now));
        Ok(Session { token: Secret::new(token), browser: Secret::new([7; BROWSER_TOKEN_BYTES]), administrator })
    }

    pub(super) fn administrator(&self, account: AdministratorId) -> Option<Administrator> {
        let row = self.accounts.iter().find(|row| row.id == account)?;
        let (roles, rights) = (row.roles.clone(), Rights::of_roles(&row.roles));
        let session = session_name(account);
        Some(Administrator { id: row.id, session, login: row.login.clone()?, roles, rights })
    }

    pub(super) fn person(&mut self, id: MemberId) -> Result<&mut PersonDetail, ApiError> {
        self.people.iter_mut().find(|detail| detail.person.id == id).ok_or(ApiError::Missing(Thing::Person))
    }

    pub(super) fn record(&mut self, event: AuditEvent, subject: Option<&PersonView>, actor: PartyView) {
        let subject = subject.map(|person| PartyView::Person { id: person.id, login: person.login.clone() });
        self.audit.push(AuditView { index: self.audit.len() as u64, at: self.now, event, subject, actor });
    }

    pub(super) fn reach(&self) -> Reach {
        let part = self.people.iter().filter(|detail| detail.person.standing <= Standing::Active);
        let devices = part.clone().map(|detail| u64::from(detail.person.devices)).sum();
        Reach { people: part.count() as u64, devices, connected: Some(devices / 3) }
    }

    pub(super) fn page(&self, query: &PeopleQuery) -> PeoplePage {
        let text = query.text.expose().to_lowercase();
        let has = |field: &Personal<String>| field.expose().to_lowercase().contains(&text);
        let mut rows: Vec<PersonView> = self.people.iter().map(|detail| detail.person.clone()).collect();
        rows.retain(|row| {
            (has(&row.login) || has(&row.name) || row.mail.as_ref().is_some_and(&has))
                && query.standing.is_none_or(|standing| standing == row.standing)
        });
        rows.sort_by(|a, b| (&a.login, a.id).cmp(&(&b.login, b.id)));
        let at = |id: MemberId| rows.iter().position(|row| row.id == id);
        let first = match query.position {
            PeoplePosition::Start => 0,
            PeoplePosition::After(id) => at(id).map_or(0, |place| place + 1),
            PeoplePosition::Before(id) => at(id).unwrap_or(0).saturating_sub(PEOPLE_PAGE_ROWS),
        };
        let some = |there: usize| if there > 0 { Neighbor::Some } else { Neighbor::None };
        let (found, last) = (rows.len(), (first + PEOPLE_PAGE_ROWS).min(rows.len()));
        let rows = rows.into_iter().skip(first).take(PEOPLE_PAGE_ROWS).collect();
        PeoplePage { rows, found: found as u64, earlier: some(first), later: some(found - last) }
    }
}

/// The one session of each administrator here.
pub(super) fn session_name(account: AdministratorId) -> Hash32 {
    Hash32::sha256(account.as_bytes())
}
