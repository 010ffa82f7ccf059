//! Every page from samples, in each of its states, hostile text included.

mod accounts;
mod errors;
mod reports;

use askama::Template;
use protocol::policy::{Policy, PolicyKey};
use protocol::secret::Personal;

use super::access::Confirm;
use super::audit::AuditList;
use super::cards::{ChoicePage, PrintPage};
use super::code::CodePage;
use super::directory::{DirectoryPage, Done, PlanPart, RefusedPart};
use super::erasure::{ErasedPage, Whose};
use super::import::{ImportPage, PreviewPage};
use super::integrations::{IntegrationsPage, TokenPage, release_confirm, revocation};
use super::overview::OverviewPage;
use super::people::People;
use super::person::Person;
use super::policy::desk::DeskPage;
use super::policy::{Draft, EditPage, PolicyPage, ReviewPage};
use super::runs::{Place as RunsPlace, RunsPage};
use super::set_up::{Faults, SetUpPage};
use super::sign_in::SignIn;
use super::with_provider::{SignedIn, Stranger};
use crate::api::*;
use crate::fake::{Fake, import, sample};
use crate::page::{Section, markup};
use crate::problem::Problem;
use crate::view::View;
use crate::words::{Language, Words};
use accounts::{administrators, approvals};
use errors::{every_error, every_fault};

/// A page, and what it is a sample of.
pub struct Sample {
    pub name: String,
    pub html: String,
}

struct Gallery<'a> {
    v: &'a View,
    shown: Vec<Sample>,
}

impl Gallery<'_> {
    fn hang(&mut self, name: &str, content: &impl Template) {
        let html = markup(self.v, Section::Overview, name, content).expect("renders");
        self.shown.push(Sample { name: format!("{name} ({})", self.v.lang()), html });
    }
}

/// The context of somebody who is signed in.
pub fn view(language: Language, role: Role) -> View {
    let mut who = sample::administrator(role);
    who.login = Personal::from(sample::HOSTILE);
    let here = "/admin/people?q=%22%3E%3Cscript%3E".to_owned();
    View { words: Words { language }, who: Some(who), csrf: "0123456789abcdef".to_owned(), here }
}

/// Every page of this role in this language.
pub async fn of(language: Language, role: Role) -> Vec<Sample> {
    let v = &view(language, role);
    let mut gallery = Gallery { v, shown: Vec::new() };
    let fake = Fake::new(sample::office());
    let who = sample::administrator(role);
    overview(&mut gallery, &fake, &who).await;
    if v.may(Right::PeopleSee) {
        people(&mut gallery, &fake, &who).await;
    }
    if v.may(Right::DirectorySee) {
        directory(&mut gallery, &fake, &who).await;
    }
    if v.may(Right::PolicySee) {
        policy(&mut gallery, &fake, &who).await;
    }
    if v.may(Right::AuditSee) {
        audit(&mut gallery);
    }
    if v.may(Right::ApprovalsSee) {
        approvals(&mut gallery);
    }
    if v.may(Right::AdministratorsSee) {
        administrators(&mut gallery, &fake, &who).await;
    }
    if v.may(Right::IntegrationsSee) {
        integrations(&mut gallery);
    }
    for (index, error) in every_error().iter().enumerate() {
        gallery.hang(&format!("problem {index}"), &Problem::of(error, v.words).page(v));
    }
    gallery.hang("stale form", &Problem::stale_form(v.words).page(v));
    gallery.hang("no page", &Problem::no_page(v.words).page(v));
    gallery.shown
}

/// Every page of the way in.
pub fn outside(language: Language) -> Vec<Sample> {
    let v = &View { who: None, csrf: String::new(), ..view(language, Role::Owner) };
    let mut gallery = Gallery { v, shown: Vec::new() };
    let problem = || Problem::of(&Denial::TooMany { retry_after_s: 30 }.into(), v.words);
    let providers = sample::providers();
    gallery.hang("sign in", &SignIn::new(v, "", "/admin/", None, &[]));
    gallery.hang("sign in refused", &SignIn::new(v, sample::HOSTILE, "/admin/", Some(problem()), &providers));
    gallery.hang("sign in again", &SignIn::again(v, sample::HOSTILE, "/admin/policy", Some(problem())));
    gallery.hang("signed in", &SignedIn::new(v, "/admin/people?q=a"));
    gallery.hang("stranger", &Stranger::new(v, sample::HOSTILE, sample::HOSTILE));
    for reason in
        [SetUpReason::First, SetUpReason::Invited, SetUpReason::Reset { login: Personal::from(sample::HOSTILE) }]
    {
        let set_up = sample::set_up(reason, &[Assignment::everywhere(Role::Owner)]);
        gallery.hang("set up", &SetUpPage::new(v, "token", &set_up, "", Faults::default()));
        let faults =
            [Field::Login, Field::Password, Field::Code].map(|field| FieldProblem { field, fault: FieldFault::Empty });
        let faulty = SetUpPage::new(v, "token", &set_up, sample::HOSTILE, Faults::of(&faults, v.words));
        gallery.hang("set up with faults", &faulty);
    }
    gallery.hang("no link", &Problem::of(&Denial::Link.into(), v.words).page(v));
    gallery.shown
}

async fn overview(gallery: &mut Gallery<'_>, fake: &Fake, who: &Administrator) {
    let v = gallery.v;
    let calm = fake.overview(who).await.expect("an overview");
    gallery.hang("overview", &OverviewPage::new(v, &calm));
    let run = |outcome| Some(LastRun { at: sample::NOW, outcome });
    let mut troubled = calm.clone();
    troubled.people = PeopleCounts::default();
    troubled.certificate_not_after = Some(sample::NOW);
    troubled.directory_key.standing = KeyStanding::Ending;
    troubled.recent = sample::every_event();
    let name = || "ldap".to_owned();
    let left = SourceState::Left { listed: 7 };
    let last_run = run(RunOutcome::Braked(Brake::Empty { listed: 1 }));
    troubled.directory.sources = vec![SourceView { name: name(), state: left.clone(), last_run }];
    gallery.hang("overview with trouble", &OverviewPage::new(v, &troubled));
    let last_run = run(RunOutcome::Failed { code: "ldap-timeout".to_owned() });
    troubled.directory.sources = vec![SourceView { name: name(), state: left, last_run }];
    troubled.certificate_not_after = None;
    troubled.directory_key.standing = KeyStanding::Ended;
    troubled.connected = None;
    gallery.hang("overview with other trouble", &OverviewPage::new(v, &troubled));
}

async fn people(gallery: &mut Gallery<'_>, fake: &Fake, who: &Administrator) {
    let v = gallery.v;
    let after = PeoplePosition::After(fake.state().people[60].person.id);
    let queries = [
        PeopleQuery::default(),
        PeopleQuery { position: after, ..PeopleQuery::default() },
        PeopleQuery {
            text: Personal::from(sample::HOSTILE),
            standing: Some(Standing::Locked),
            ..PeopleQuery::default()
        },
    ];
    for query in &queries {
        let page = fake.people(who, query).await.expect("a page");
        gallery.hang("people", &People::new(v, query, &page));
    }
    gallery.hang("nobody", &People::new(v, &PeopleQuery::default(), &PeoplePage::default()));
    let hostile = PeoplePage { rows: vec![sample::hostile().person], found: 1, ..PeoplePage::default() };
    gallery.hang("hostile people", &People::new(v, &PeopleQuery::default(), &hostile));
    for (detail, done) in [
        (sample::person(0), Some("revoked")),
        (sample::person(5), None),
        (sample::person(17), None),
        (sample::person(22), Some("suspended")),
        (sample::hostile(), Some("resumed")),
    ] {
        gallery.hang("person", &Person::new(v, &detail, done));
        if v.may(Right::PeopleChange) {
            for verb in ["reset", "suspend", "resume", "revoke", "erase"] {
                let confirm = Confirm::about(v, &detail, verb, "/admin/somewhere".to_owned(), sample::HOSTILE);
                gallery.hang(verb, &confirm);
            }
        }
    }
    if v.may(Right::PersonErase) {
        for (backups, newest_backup) in [(2, Some(sample::NOW)), (0, None)] {
            let erased = Erased { backups, newest_backup, exports: backups, taken_out: backups };
            for whose in [Whose::Person, Whose::Administrator] {
                gallery.hang("erased", &ErasedPage::new(v, &erased, whose));
            }
        }
    }
    if v.may(Right::PeopleImport) {
        let code =
            EnrollmentCode { person: sample::hostile().person, link: sample::enrollment_link(), expires: sample::NOW };
        gallery.hang("code", &CodePage::new(v, &code));
        let choices = fake.card_choices(who).await.expect("choices");
        for (choices, answer) in [(&choices, ""), (&choices, "nobody"), (&CardChoices::default(), "")] {
            gallery.hang("cards", &ChoicePage::new(v, choices, answer));
        }
        for done in [Done::No, Done::Yes] {
            gallery.hang("import", &ImportPage::new(v, None, done));
        }
        for look in import::looks() {
            match look {
                ImportLook::Read(preview) => gallery.hang("import preview", &PreviewPage::new(v, &preview)),
                ImportLook::Unreadable(fault) => gallery.hang("import", &ImportPage::new(v, Some(fault), Done::No)),
            }
        }
        let cards = Cards { cards: vec![code.clone(), code], left: 1, began: Some(sample::NOW) };
        let earlier = EarlierCodes::Replace { made_before: None };
        let order = CardOrder { group: Some(sample::HOSTILE.into()), earlier };
        gallery.hang("printed cards", &PrintPage::new(v, &cards, &order));
    }
}

async fn directory(gallery: &mut Gallery<'_>, fake: &Fake, who: &Administrator) {
    let v = gallery.v;
    let directory = fake.directory(who).await.expect("a directory");
    let mut plan = sample::plan();
    plan.changes[0].login = Personal::from(sample::HOSTILE);
    let reasons = ["missing", "unusable", "several_values"].into_iter().flat_map(|reason| {
        ["id", "login", "name", "mail"].map(|attribute| SkippedView {
            place: 1,
            login: Some(Personal::from(sample::HOSTILE)),
            reason,
            attribute: Some(attribute),
        })
    });
    plan.skipped.extend(reasons);
    let duplicates = ["duplicate_id", "login_elsewhere", "removed"];
    plan.skipped.extend(duplicates.map(|reason| SkippedView { place: 9, login: None, reason, attribute: None }));
    let parts = [
        None,
        PlanPart::new(v, "ldap", &plan).render().ok(),
        PlanPart::new(v, "ldap", &RunReport { brake: Some(Brake::Empty { listed: 64 }), ..plan.clone() }).render().ok(),
        PlanPart::new(v, "ldap", &sample::empty_plan()).render().ok(),
        RefusedPart::new(v, &Clash::Brake(Brake::TooMany { hit: 64, allowed: 13 }).into()).render().ok(),
        RefusedPart::new(v, &Dependency::Directory { code: "ldap-timeout" }.into()).render().ok(),
    ];
    for part in parts {
        gallery.hang("directory", &DirectoryPage::new(v, &directory, part, Done::Yes));
    }
    let built_in = DirectoryView::default();
    gallery.hang("built-in directory", &DirectoryPage::new(v, &built_in, None, Done::No));
    let source = |name: &str, state| SourceView { name: name.to_owned(), state, last_run: None };
    let often = |state| match state {
        SourceState::Ldap { url, brake_percent, brake_minimum, .. } => {
            SourceState::Ldap { url, interval_s: 30, brake_percent, brake_minimum }
        }
        left @ SourceState::Left { .. } => left,
    };
    let configured = directory.sources.into_iter().map(|known| source("paris", often(known.state)));
    let left = [("lyon", 1), ("brest", 7)].map(|(name, listed)| source(name, SourceState::Left { listed }));
    let runs = fake.directory_runs(who, None, None).await.expect("runs");
    gallery.hang("directory runs", &RunsPage::new(v, &runs, None, RunsPlace::Newest));
    gallery.hang("directory runs of a source", &RunsPage::new(v, &runs, Some("ldap"), RunsPlace::Older));
    gallery.hang("no directory run", &RunsPage::new(v, &[], None, RunsPlace::Newest));
    let never = DirectoryView { sources: configured.chain(left).collect() };
    gallery.hang("directory never read", &DirectoryPage::new(v, &never, None, Done::No));
}

async fn policy(gallery: &mut Gallery<'_>, fake: &Fake, who: &Administrator) {
    let v = gallery.v;
    let mut current = fake.policy(who).await.expect("a policy");
    gallery.hang("policy", &PolicyPage::new(v, &current, "published"));
    if v.may(Right::PolicyRules) {
        let mut desk = fake.policy_desk(who).await.expect("a desk");
        gallery.hang("policy desk", &DeskPage::new(v, &desk, "published"));
        let (by, key) = (Some(PartyView::Server), PolicyKey::FileSend);
        let change =
            DraftChange { key, before: "all".into(), after: "off".into(), people: 2, groups: vec![("a".into(), 1)] };
        let (changed, changes) = (desk.versions[0].issued, vec![change]);
        let weakened = vec![(key, "group:a".to_owned())];
        let mark = String::from("0123456789abcdef");
        desk.draft = Some(PolicyDraft { based_on: 4, mark, by, changed, people: 4, reached: 2, changes, weakened });
        gallery.hang("policy desk with a draft", &DeskPage::new(v, &desk, "discarded"));
        desk.own = vec![String::from("group:étude lyon"), format!("group:{}", sample::HOSTILE)];
        gallery.hang("policy desk of some groups", &DeskPage::new(v, &desk, ""));
        gallery.hang("empty policy desk", &DeskPage::new(v, &PolicyDesk::default(), ""));
    }
    let rows = |rows: &[_]| Policy::of(rows).expect("rows");
    let strict = rows(&[
        (PolicyKey::FileSend, "off"),
        (PolicyKey::FileMaxBytes, "1"),
        (PolicyKey::ContactAutoAccept, "nobody"),
        (PolicyKey::MessageRetentionDays, "7"),
        (PolicyKey::ClientMinVersion, "0.1.0"),
        (PolicyKey::DirectoryVisibility, "groups:étude lyon,étude paris"),
    ]);
    let open = current.document.policy.clone();
    let by_group = rows(&[(PolicyKey::DirectoryVisibility, "same-group")]);
    let hidden = rows(&[(PolicyKey::DirectoryVisibility, "none")]);
    for (before, next) in [
        (open.clone(), strict.clone()),
        (strict.clone(), Policy::default()),
        (open.clone(), by_group),
        (open.clone(), hidden),
        (open.clone(), open),
    ] {
        current.document.policy = before;
        gallery.hang("policy", &PolicyPage::new(v, &current, ""));
        if v.may(Right::PolicyChange) {
            gallery.hang("policy review", &ReviewPage::new(v, &current, &next, Draft::of(&next, 4)));
            gallery.hang("policy edit", &EditPage::of(v, &current));
        }
    }
    current.reach = Reach::default();
    gallery.hang("policy for nobody", &PolicyPage::new(v, &current, ""));
    current.reach.connected = Some(0);
    gallery.hang("policy for nobody", &PolicyPage::new(v, &current, ""));
    if v.may(Right::PolicyChange) {
        let draft = Draft {
            file_max: sample::HOSTILE.into(),
            min_version: sample::HOSTILE.into(),
            visible_groups: sample::HOSTILE.into(),
            ..Draft::of(&strict, 4)
        };
        gallery.hang("policy with faults", &EditPage::new(v, draft, every_fault()));
    }
}

fn audit(gallery: &mut Gallery<'_>) {
    let v = gallery.v;
    let page = AuditPage { rows: sample::every_event(), entries: 1_000 };
    let finding = |code, first, last| AuditFinding { code, first, last };
    let several = vec![finding("changed", Some(7), None), finding("missing", Some(11), Some(1_012))];
    let broken =
        [several, vec![finding("no-checkpoint", None, None)]].map(|findings| AuditVerdict::Broken { findings });
    gallery.hang("audit", &AuditList::new(v, &page, AuditPosition::Newest, Some(&sample::verdict())));
    let AuditVerdict::Intact { organization, entries, root, signed, .. } = sample::verdict() else { return };
    let forgetful = AuditVerdict::Intact { organization, entries, root, signed, memory: AuditMemory::Lost };
    for verdict in broken.iter().chain([&forgetful]) {
        gallery.hang("broken audit", &AuditList::new(v, &page, AuditPosition::Before(9), Some(verdict)));
    }
    reports::hang(gallery);
}

fn integrations(gallery: &mut Gallery<'_>) {
    let v = gallery.v;
    let calm = sample::integrations();
    gallery.hang("integrations", &IntegrationsPage::new(v, &calm, ""));
    let mut troubled = calm.clone();
    troubled.tokens.iter_mut().for_each(|token| token.name = Personal::from(sample::HOSTILE));
    troubled.braked = Some(PushBrake { would_lose: 14, allowed: 13 });
    gallery.hang("integrations braked", &IntegrationsPage::new(v, &troubled, "revoked"));
    let none = IntegrationsView { tokens: Vec::new(), people: 1, groups: 1, ..calm };
    gallery.hang("integrations without tokens", &IntegrationsPage::new(v, &none, "released"));
    if v.may(Right::IntegrationsAdd) {
        let (name, url) = (Personal::from(sample::HOSTILE), none.api_url.clone());
        let scope = IntegrationScope::Administer;
        let made = NewIntegration { name, scope, url, token: sample::integration_token(), expires: sample::NOW };
        gallery.hang("token", &TokenPage::new(v, &made));
        for token in &troubled.tokens {
            gallery.hang("revoke token", &revocation(v, token));
        }
        gallery.hang("release", &release_confirm(v));
    }
}
