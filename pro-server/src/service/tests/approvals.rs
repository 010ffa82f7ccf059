//! Acts that need two people, by every way in: nothing is done alone, everything exactly once, and both names stand in the audit.

use protocol::audit::{Assignment, AuditEvent, DangerousAct, IntegrationScope};
use protocol::policy::{Policy, PolicyKey};

use super::administrators::{Account, first};
use super::*;
use crate::domain::access::{ApprovalRead, FRESH_MS, PersonExport, PolicyWrite, SignedIn};
use crate::domain::approval::{APPROVAL_LIFETIME_MS, LOSSES_MAX, Outcome};
use crate::service::administrators::Named;
use crate::service::approvals::{ApprovalView, Yield};
use crate::service::audit::PartyView;
use crate::service::cards::{EarlierCodes, Order};

pub(super) struct Two {
    pub(super) world: World,
    pub(super) claire: SignedIn,
    pub(super) marc: SignedIn,
}

pub(super) fn roles(texts: &[&str]) -> Vec<Assignment> {
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
    pub(super) async fn open() -> Self {
        let world = World::with(&["anna", "bruno", "cleo"]).await;
        let claire = Account::set_up(&world, &first(&world).await, "claire").await.1.who;
        let alone = world.services.need_two_people(&grant()).await;
        assert_eq!(alone, Err(Clash::TooFewOwners.into()), "one owner would wait for nobody");
        let marc = with(&world, "marc", &["owner"]).await;
        let before = world.services.add_administrator(&grant(), &roles(&["owner"])).await.expect("made");
        world.services.publish_policy(&grant(), strict(), 1).await.expect("published");
        world.enroll("cleo", &Client::new(9)).await;
        let kept = world.code("cleo").await;
        world.services.need_two_people(&grant()).await.expect("two owners");
        assert!(world.services.begin_enrollment(&Client::new(8).begin(&kept)).await.is_err(), "nor a code of before");
        let standing = world.services.look_up_link(&before.token).await;
        assert!(standing.is_err(), "a link of before makes nobody a second person");
        Two { world, claire, marc }
    }

    async fn weaken(&self, who: &SignedIn) -> Result<u64, ServiceError> {
        let rights = who.grant::<PolicyWrite>().expect("an owner");
        let published = self.world.services.publish_policy(&rights, Policy::default(), 2).await;
        published.map(|document| document.version)
    }

    pub(super) async fn shown(&self, number: u64) -> ApprovalView {
        self.world.services.approval(&grant::<ApprovalRead>(), number).await.expect("there")
    }

    pub(super) async fn agree(&self, who: &SignedIn, number: u64) -> Result<Yield, ServiceError> {
        let shown = self.shown(number).await.hash;
        self.world.services.approve(who, number, shown).await
    }

    fn version(&self) -> u64 {
        self.world.services.policy().version
    }
}

pub(super) fn waits<T>(outcome: Result<T, ServiceError>) -> u64 {
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
    let says = |shown: &ApprovalView| {
        let mut details = shown.act.details.iter().cloned();
        details.any(|(what, value)| what == "setting" && value.text().expose() == "file.send: off → all")
    };
    assert!(says(&shown));

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
    let shown = two.shown(number).await;
    assert!(shown.outcome == Outcome::Done && says(&shown), "what was agreed to is there for whoever looks later");
}

#[tokio::test]
async fn whoever_sets_the_rules_of_a_group_sees_the_requests_about_them_alone() {
    let world = World::with(&["anna"]).await;
    let claire = Account::set_up(&world, &first(&world).await, "claire").await.1.who;
    let marc = with(&world, "marc", &["owner"]).await;
    let (ada, bea) = (with(&world, "ada", &["policy:lyon"]).await, with(&world, "bea", &["policy:lyon"]).await);
    world.services.publish_policy(&grant(), strict(), 1).await.expect("published");
    world.services.need_two_people(&grant()).await.expect("two owners");
    let two = Two { world, claire, marc };
    let services = &two.world.services;
    let of = |group: &str| {
        let (version, mut settings) = services.settings(&grant());
        let rules = protocol::policy::Rules { policy: with_rows(&[("file.send", "all")]), ..Default::default() };
        settings.layers.insert(group.parse().expect("a scope"), rules);
        (settings, version)
    };
    let (settings, version) = of("group:paris");
    let claire = two.claire.grant().expect("an owner");
    let paris = waits(services.publish_policy(&claire, settings, version).await);
    let (settings, version) = of("group:lyon");
    let lyon = waits(services.publish_policy(&ada.grant().expect("over Lyon"), settings, version).await);
    let seen = services.approvals(&bea.grant().expect("over Lyon")).await.expect("asked").requests;
    assert_eq!(seen.iter().map(|request| request.number).collect::<Vec<_>>(), [lyon]);
    let no_such = Some(ServiceError::Missing(Thing::Approval));
    assert_eq!(two.agree(&bea, paris).await.err(), no_such);
    assert_eq!(services.refuse_approval(&bea, paris).await.err(), no_such);
    two.agree(&bea, lyon).await.expect("agreed");
    let rows = services.settings(&grant()).1.layers;
    assert!(rows.len() == 1 && rows.contains_key(&"group:lyon".parse().expect("a scope")));
    // What was agreed to stays told to whoever it is about, once it is in force.
    let seen = services.approval(&bea.grant().expect("over Lyon"), lyon).await.expect("there");
    let mut told = seen.act.details.into_iter().map(|(_, detail)| detail.text());
    assert!(told.any(|text| text.expose() == "group:lyon file.send: – → all"));
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

#[tokio::test]
async fn whoever_had_a_device_gets_no_card_on_the_side() {
    let two = Two::open().await;
    let (services, client) = (&two.world.services, Client::new(1));
    two.world.enroll("anna", &client).await;
    let rights = two.claire.grant().expect("an owner");
    services.revoke_device(&rights, client.id(), None).await.expect("one a day is nothing");
    let cards = two.claire.grant().expect("an owner");
    let choices = services.card_choices(&cards).await.expect("choices");
    assert_eq!(choices.everybody.without_code + choices.everybody.with_code, 1, "Bruno alone");
    let order = Order { group: None, earlier: EarlierCodes::Replace { made_before: None }, cards_max: 10 };
    let made = services.create_cards(&cards, order).await.expect("cards");
    let logins: Vec<&str> = made.cards.iter().map(|card| card.person.login.expose().as_str()).collect();
    assert_eq!(logins, ["bruno"]);
}

#[tokio::test]
async fn a_role_over_a_group_decides_about_its_people_alone() {
    let two = Two::open().await;
    let services = &two.world.services;
    services
        .import_people(&grant(), b"login,name,groups\nanna,Anna,paris\nbruno,Bruno,lyon\n")
        .await
        .expect("imported");
    two.world.enroll("anna", &Client::new(1)).await;
    two.world.enroll("bruno", &Client::new(2)).await;
    let owners =
        waits(services.add_administrator(&two.claire.grant().expect("an owner"), &roles(&["people:lyon"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, owners).await else { panic!("no link") };
    let lyon = Account::set_up(&two.world, &link, "lyon").await.1.who;
    let codes = || two.claire.grant().expect("an owner");
    let (of_paris, of_lyon) =
        (waits(services.create_code(&codes(), "anna").await), waits(services.create_code(&codes(), "bruno").await));
    let rules = waits(two.weaken(&two.claire).await);
    let sees = lyon.grant::<ApprovalRead>().expect("over Lyon");
    let seen = services.approvals(&sees).await.expect("requests").requests;
    assert_eq!(seen.iter().map(|request| request.number).collect::<Vec<_>>(), [of_lyon]);
    for beyond in [of_paris, rules] {
        assert_eq!(services.approval(&sees, beyond).await.err(), Some(ServiceError::Missing(Thing::Approval)));
        assert!(services.refuse_approval(&lyon, beyond).await.is_err());
        assert!(two.agree(&lyon, beyond).await.is_err());
        assert_eq!(two.shown(beyond).await.outcome, Outcome::Waits, "nothing came of it");
    }
    assert!(matches!(two.agree(&lyon, of_lyon).await, Ok(Yield::Code(_))));
}

#[tokio::test]
async fn what_somebody_asked_goes_with_their_role() {
    let two = Two::open().await;
    let services = &two.world.services;
    let made = waits(services.add_administrator(&two.claire.grant().expect("an owner"), &roles(&["policy"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, made).await else { panic!("no link") };
    let rules = Account::set_up(&two.world, &link, "rules").await.1.who;
    let asked = waits(two.weaken(&rules).await);
    let other = waits(
        services
            .assign_roles(&two.claire.grant().expect("an owner"), Named::Id(rules.id()), &roles(&["auditor"]))
            .await,
    );
    two.agree(&two.marc, other).await.expect("agreed");
    assert_eq!(two.shown(asked).await.outcome, Outcome::Stale);
    assert_eq!(two.agree(&two.marc, asked).await.err(), Some(Clash::Decided.into()));
}

#[tokio::test]
async fn what_yields_something_for_the_asker_is_opened_for_the_asker_once() {
    let two = Two::open().await;
    let services = &two.world.services;
    let rights = || two.claire.grant::<PersonExport>().expect("an owner");
    let number = waits(services.export_person(&rights(), "anna").await);
    assert!(matches!(two.agree(&two.marc, number).await, Ok(Yield::Opened)));
    let others = two.marc.grant::<PersonExport>().expect("an owner");
    waits(services.export_person(&others, "anna").await);
    waits(services.export_person(&rights(), "bruno").await);
    assert!(!services.export_person(&rights(), "anna").await.expect("opened").is_empty());
    assert_eq!(two.shown(number).await.outcome, Outcome::Done);
    assert_ne!(waits(services.export_person(&rights(), "anna").await), number, "once");
    let tokens = two.claire.grant().expect("an owner");
    waits(services.add_integration(&tokens, IntegrationScope::Administer, "robot", 30).await);
    services.add_integration(&tokens, IntegrationScope::Read, "reader", 30).await.expect("reads only");
}

#[tokio::test]
async fn an_erasure_leaves_nothing_in_requests() {
    let two = Two::open().await;
    let services = &two.world.services;
    two.world.enroll("anna", &Client::new(1)).await;
    let code = waits(services.create_code(&two.claire.grant().expect("an owner"), "anna").await);
    services.suspend_person(&grant(), "anna").await.expect("suspended");
    let erase = waits(services.erase_person(&two.claire.grant().expect("an owner"), "anna").await);
    two.agree(&two.marc, erase).await.expect("agreed");
    for (number, outcome) in [(code, Outcome::Stale), (erase, Outcome::Done)] {
        let shown = two.shown(number).await;
        assert_eq!((shown.act.word, shown.act.details.len(), shown.outcome), ("forgotten", 0, outcome));
    }
}

#[tokio::test]
async fn a_dangerous_act_needs_a_fresh_sign_in() {
    let two = Two::open().await;
    let services = &two.world.services;
    let waiting = waits(two.weaken(&two.claire).await);
    two.world.ambient.advance_ms(FRESH_MS);
    let again = Some(ServiceError::from(Denial::SignInAgain));
    assert_eq!(two.weaken(&two.claire).await.err(), again);
    assert_eq!(two.agree(&two.marc, waiting).await.err(), again);
    assert_eq!(two.shown(waiting).await.outcome, Outcome::Waits, "nothing came of it");
    let removes = two.claire.grant().expect("an owner");
    assert_eq!(services.remove_administrator(&removes, Named::Name("marc")).await.err(), again);
    let rights = two.claire.grant::<PolicyWrite>().expect("an owner");
    let stricter = with_rows(&[("file.send", "off"), ("file.max_bytes", "1000")]);
    services.publish_policy(&rights, stricter, 2).await.expect("what is no danger needs nothing");
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_whoever_may() {
    let two = Two::open().await;
    let services = &two.world.services;
    let made = waits(services.add_administrator(&two.claire.grant().expect("an owner"), &roles(&["policy"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, made).await else { panic!("no link") };
    let clerk = Account::set_up(&two.world, &link, "rules").await.1;
    let own = services.sessions(&clerk.who).await.expect("sessions");
    assert_eq!(own.iter().map(|(_, name)| name.expose().as_str()).collect::<Vec<_>>(), ["rules"]);
    assert_eq!(services.sessions(&two.claire).await.expect("sessions").len(), 3);
    assert_eq!(services.end_session(&clerk.who, two.claire.session()).await, Err(Denial::Role.into()));
    services.end_session(&two.claire, clerk.who.session()).await.expect("ended");
    assert!(services.resume(&clerk.token).is_none());
    assert_eq!(
        services.end_session(&two.claire, clerk.who.session()).await,
        Err(ServiceError::Missing(Thing::Session))
    );
    let told = services.audit(&grant(), 0).await.expect("the audit");
    let ended = told.iter().find(|entry| entry.event == AuditEvent::SessionEnded).expect("recorded");
    assert_eq!(ended.subject, Some(PartyView::Administrator { name: "rules".into() }));
    services.end_session(&two.marc, two.marc.session()).await.expect("one's own");
}
