//! Acts that need two people, by every way in: nothing is done alone, everything exactly once, and both names stand in the audit.

use protocol::audit::{Assignment, AuditEvent, DangerousAct};
use protocol::policy::{Policy, PolicyKey};

use super::administrators::{Account, first};
use super::*;
use crate::domain::access::{ApprovalRead, PolicyWrite, SignedIn};
use crate::domain::approval::{APPROVAL_LIFETIME_MS, LOSSES_MAX, Outcome};
use crate::service::administrators::Named;
use crate::service::approvals::{ApprovalView, Yield};
use crate::service::audit::PartyView;

struct Two {
    world: World,
    claire: SignedIn,
    marc: SignedIn,
}

fn roles(texts: &[&str]) -> Vec<Assignment> {
    texts.iter().map(|text| text.parse().expect("a role")).collect()
}

async fn with(world: &World, name: &'static str, texts: &[&str]) -> SignedIn {
    let made = world.services.add_administrator(&grant(), &roles(texts)).await.expect("made");
    Account::set_up(world, &made, name).await.1.who
}

fn with_rows(rows: &[(&str, &str)]) -> Policy {
    let mut policy = Policy::default();
    for (key, value) in rows {
        policy.set(key.parse::<PolicyKey>().expect("a row"), value).expect("a value");
    }
    policy
}

fn strict() -> Policy {
    with_rows(&[("file.send", "off")])
}

impl Two {
    /// Two owners, a strict policy, and the rule that there be two.
    async fn open() -> Self {
        let world = World::with(&["anna", "bruno"]).await;
        let claire = Account::set_up(&world, &first(&world).await, "claire").await.1.who;
        let alone = world.services.need_two_people(&grant()).await;
        assert_eq!(alone, Err(Clash::TooFewOwners.into()), "one owner would wait for nobody");
        let marc = with(&world, "marc", &["owner"]).await;
        world.services.publish_policy(&grant(), strict(), 1).await.expect("published");
        world.services.need_two_people(&grant()).await.expect("two owners");
        Two { world, claire, marc }
    }

    async fn weaken(&self, who: &SignedIn) -> Result<u64, ServiceError> {
        let rights = who.grant::<PolicyWrite>().expect("an owner");
        let published = self.world.services.publish_policy(&rights, Policy::default(), 2).await;
        published.map(|document| document.version)
    }

    async fn shown(&self, number: u64) -> ApprovalView {
        self.world.services.approval(&grant::<ApprovalRead>(), number).await.expect("there")
    }

    async fn agree(&self, who: &SignedIn, number: u64) -> Result<Yield, ServiceError> {
        let shown = self.shown(number).await.hash;
        self.world.services.approve(who, number, shown).await
    }

    fn version(&self) -> u64 {
        self.world.services.policy().version
    }
}

fn waits<T>(outcome: Result<T, ServiceError>) -> u64 {
    match outcome {
        Err(ServiceError::Denied(Denial::Waits(number))) => number,
        Err(other) => panic!("not asked: {other}"),
        Ok(_) => panic!("done alone"),
    }
}

#[tokio::test]
async fn a_weaker_policy_waits_for_somebody_else_and_is_published_once() {
    let two = Two::open().await;
    let number = waits(two.weaken(&two.claire).await);
    assert_eq!(two.version(), 2, "nothing was done");
    assert_eq!(waits(two.weaken(&two.claire).await), number, "asking twice is one request");
    let shown = two.shown(number).await;
    assert_eq!((shown.act.word, shown.outcome), ("policy", Outcome::Waits));
    assert!(
        shown.act.details.iter().any(|(what, value)| *what == "setting" && value.expose() == "file.send: off → all")
    );

    assert_eq!(two.agree(&two.claire, number).await.err(), Some(Denial::OwnRequest.into()));
    let other = Hash32::sha256(b"something else");
    assert_eq!(two.world.services.approve(&two.marc, number, other).await.err(), Some(Clash::Stale.into()));
    two.agree(&two.marc, number).await.expect("agreed");
    assert_eq!((two.version(), two.world.services.policy().policy), (3, Policy::default()));
    assert_eq!(two.agree(&two.marc, number).await.err(), Some(Clash::Decided.into()), "once");
    assert_eq!(two.version(), 3);

    let told = two.world.services.audit(&grant(), 0).await.expect("the audit");
    let given = told.iter().find(|entry| matches!(entry.event, AuditEvent::ApprovalGiven { .. })).expect("recorded");
    assert_eq!(given.actor, PartyView::Administrator { name: "marc".into() });
    assert_eq!(given.subject, Some(PartyView::Administrator { name: "claire".into() }));
    let asked = |event: &AuditEvent| matches!(event, AuditEvent::ApprovalAsked { act: DangerousAct::Policy, .. });
    assert_eq!(told.iter().filter(|entry| asked(&entry.event)).count(), 1);
    // A stricter policy needs nobody.
    let rights = two.claire.grant::<PolicyWrite>().expect("an owner");
    two.world.services.publish_policy(&rights, strict(), 3).await.expect("published alone");
}

#[tokio::test]
async fn the_commands_of_the_machine_are_one_person_and_a_program_is_none() {
    let two = Two::open().await;
    let published = two.world.services.publish_policy(&grant(), Policy::default(), 2).await;
    let number = waits(published);
    let shown = two.shown(number).await.hash;
    for uid in [0, 998] {
        let local = LocalAdministrator::of_peer(uid, uid).expect("local");
        let again = two.world.services.approve(&local, number, shown).await;
        assert_eq!(again.err(), Some(Denial::OwnRequest.into()), "{uid}");
    }
    two.agree(&two.marc, number).await.expect("agreed");
    assert_eq!(two.version(), 3);
}

#[tokio::test]
async fn what_changed_meanwhile_is_stale_and_what_is_old_is_nothing() {
    let two = Two::open().await;
    let number = waits(two.weaken(&two.claire).await);
    let stricter = with_rows(&[("file.send", "off"), ("file.max_bytes", "1000")]);
    two.world.services.publish_policy(&grant(), stricter.clone(), 2).await.expect("published");
    assert_eq!(two.agree(&two.marc, number).await.err(), Some(Clash::Stale.into()));
    assert_eq!(two.world.services.policy().policy, stricter, "what was agreed to was made from another policy");
    assert_eq!(two.shown(number).await.outcome, Outcome::Stale);
    let told = two.world.services.audit(&grant(), 0).await.expect("the audit");
    assert!(told.iter().any(|entry| entry.event == AuditEvent::ApprovalStale { number }));

    let rights = two.claire.grant::<PolicyWrite>().expect("an owner");
    let late = waits(two.world.services.publish_policy(&rights, Policy::default(), 3).await);
    two.world.ambient.advance_ms(APPROVAL_LIFETIME_MS);
    let marc = LocalAdministrator::of_peer(0, 0).expect("root");
    let shown = two.shown(late).await.hash;
    let refused = two.world.services.approve(&marc, late, shown).await;
    assert_eq!(refused.err(), Some(Clash::RequestExpired.into()));
}

#[tokio::test]
async fn nobody_makes_themselves_a_second_person() {
    let two = Two::open().await;
    let rights = || two.claire.grant().expect("an owner");
    let services = &two.world.services;
    waits(services.add_administrator(&rights(), &roles(&["owner"])).await);
    waits(services.reset_administrator(&rights(), Named::Name("marc")).await);
    waits(services.assign_roles(&rights(), Named::Name("marc"), &roles(&["owner", "policy"])).await);
    let few = services.remove_administrator(&rights(), Named::Name("marc")).await;
    assert_eq!(few, Err(Clash::TooFewOwners.into()), "two owners stay");
    let off = waits(services.need_one_person(&rights()).await);
    assert_eq!(two.agree(&two.claire, off).await.err(), Some(Denial::OwnRequest.into()));
    two.agree(&two.marc, off).await.expect("agreed");
    services.add_administrator(&rights(), &roles(&["owner"])).await.expect("alone again");
}

#[tokio::test]
async fn whoever_agrees_needs_the_permission_of_the_act_and_gets_what_it_yields() {
    let two = Two::open().await;
    let services = &two.world.services;
    let client = Client::new(1);
    two.world.services.create_code(&grant(), "anna").await.expect("a newcomer needs nobody");
    two.world.enroll("anna", &client).await;
    let rights = two.claire.grant().expect("an owner");
    let number = waits(services.create_code(&rights, "anna").await);
    let made = waits(services.add_administrator(&two.claire.grant().expect("an owner"), &roles(&["policy"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, made).await else { panic!("no link") };
    let clerk = Account::set_up(&two.world, &link, "rules").await.1.who;
    assert_eq!(two.agree(&clerk, number).await.err(), Some(Denial::Role.into()));
    assert!(matches!(two.agree(&two.marc, number).await, Ok(Yield::Code(_))));
    let number = waits(services.create_code(&rights, "anna").await);
    services.refuse_approval(&two.marc, number).await.expect("refused");
    assert_eq!(two.agree(&two.marc, number).await.err(), Some(Clash::Decided.into()));
}

#[tokio::test]
async fn many_who_lose_access_in_a_day_need_two_people_and_a_help_desk_stops() {
    let logins: Vec<String> = (0..=LOSSES_MAX + 1).map(|number| format!("person{number}")).collect();
    let two = Two::open().await;
    two.world.import(&logins.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let rights = two.claire.grant().expect("an owner");
    for login in &logins[..LOSSES_MAX] {
        two.world.services.suspend_person(&rights, login.as_str()).await.expect("suspended");
    }
    let number = waits(two.world.services.suspend_person(&rights, logins[LOSSES_MAX].as_str()).await);
    two.agree(&two.marc, number).await.expect("agreed");
    let others = two.marc.grant().expect("an owner");
    two.world.services.suspend_person(&others, logins[LOSSES_MAX + 1].as_str()).await.expect("counted for each");
}
