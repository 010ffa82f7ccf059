//! What a second person is shown, what is spent by it, and which acts need one.

use protocol::policy::PolicyKey;

use super::administrators::Account;
use super::approvals::{Two, roles, waits};
use super::*;
use crate::domain::access::{DirectoryRun, FRESH_MS, PersonExport};
use crate::domain::approval::{Act, Outcome, RunEffect};
use crate::domain::policy::Settings;
use crate::domain::sync::{Blast, Plan};
use crate::service::administrators::Named;
use crate::service::approvals::Yield;
use crate::storage::suite;

#[tokio::test]
async fn an_administrator_goes_when_two_people_want_it_and_a_session_when_its_owner_does() {
    let two = Two::open().await;
    let services = &two.world.services;
    let rights = || two.claire.grant().expect("an owner");
    let made = waits(services.add_administrator(&rights(), &roles(&["policy"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, made).await else { panic!("no link") };
    let clerk = Account::set_up(&two.world, &link, "rules").await.1;
    let number = waits(services.remove_administrator(&rights(), Named::Name("rules")).await);
    let shown = two.shown(number).await.act;
    assert_eq!((shown.word, shown.details), ("remove-administrator", vec![("administrator", "rules".into())]));
    assert!(services.resume(&clerk.token).is_some(), "nothing was done");
    assert_eq!(two.agree(&two.claire, number).await.err(), Some(Denial::OwnRequest.into()));
    two.agree(&two.marc, number).await.expect("agreed");
    assert!(services.resume(&clerk.token).is_none());

    let waiting = waits(services.add_administrator(&rights(), &roles(&["auditor"])).await);
    two.agree(&two.marc, waiting).await.expect("agreed");
    let listed = services.administrators(&two.claire.grant().expect("an owner")).await.expect("listed");
    let link = listed.iter().find(|row| row.name.is_none()).expect("a link that waits").id;
    services.remove_administrator(&rights(), Named::Id(link)).await.expect("a link is nobody yet");
    two.world.ambient.advance_ms(FRESH_MS);
    services.end_session(&two.claire, two.claire.session()).await.expect("one's own, whatever else needs two");
}

#[tokio::test]
async fn an_export_that_could_not_be_read_has_spent_nothing() {
    let two = Two::open().await;
    let services = &two.world.services;
    let rights = || two.claire.grant::<PersonExport>().expect("an owner");
    let number = waits(services.export_person(&rights(), "anna").await);
    two.agree(&two.marc, number).await.expect("opened");
    suite::tampering::hide_devices(&services.inner.storage).await;
    let failed = services.export_person(&rights(), "anna").await.err();
    assert!(matches!(failed, Some(ServiceError::Internal(_) | ServiceError::Unavailable(_))), "{failed:?}");
    assert_eq!(two.shown(number).await.outcome, Outcome::Open);
    suite::tampering::show_devices(&services.inner.storage).await;
    assert!(!services.export_person(&rights(), "anna").await.expect("opened still").is_empty());
    assert_eq!(two.shown(number).await.outcome, Outcome::Done);
}

#[tokio::test]
async fn whoever_agrees_to_a_run_sees_who_loses_access() {
    let logins: Vec<String> = (0..12).map(|number| format!("leaver{number:02}")).collect();
    let two = Two::open().await;
    two.world.import(&logins.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let services = &two.world.services;
    let known = services.inner.roll().await;
    let of = |login: &str| known.iter().find(|member| member.profile.login.expose() == login).expect("known").id;
    let mut leavers: Vec<MemberId> = logins.iter().map(|login| of(login)).collect();
    services.suspend_person(&grant(), "leaver11").await.expect("locked: nothing to lose");
    leavers.sort_unstable();
    let plan = Plan { suspend: leavers, ..Plan::default() };
    let blast = Blast { access: 11, groups: 2, ..Blast::default() };
    let effect = RunEffect::of(&plan, blast, &services.inner.roll().await);
    assert_eq!(effect.leavers.len(), 11);
    let change = services.inner.change().await.expect("begins");
    let rights = two.claire.grant::<DirectoryRun>().expect("an owner");
    let act = Act::Run { source: "ldap".to_owned(), plan: plan.digest(), effect: Some(effect) };
    let number = waits(services.gate(change, &rights, act).await.map(drop));

    let shown = two.shown(number).await.act.details;
    let told = |what: &str| -> Vec<String> {
        let those = shown.iter().filter(|(of, _)| *of == what);
        those.map(|(_, detail)| detail.clone().text().into_exposed()).collect()
    };
    assert_eq!(told("plan"), [plan.digest().to_string()]);
    assert_eq!((told("loses-access"), told("loses-groups")), (vec!["11".to_owned()], vec!["2".to_owned()]));
    let mut named = told("leaver");
    named.sort_unstable();
    assert_eq!(named, logins[..11]);
    let listed = services.approvals(&grant()).await.expect("a list").requests;
    let details = &listed.iter().find(|request| request.number == number).expect("in it").act.details;
    assert_eq!(details.iter().filter(|(what, _)| *what == "leaver").count(), 10);
    assert!(details.contains(&("leavers-more", "1".into())));

    services.suspend_person(&grant(), "leaver00").await.expect("suspended");
    let erase = waits(services.erase_person(&two.claire.grant().expect("an owner"), "leaver00").await);
    two.agree(&two.marc, erase).await.expect("agreed");
    let forgotten = two.shown(number).await;
    assert_eq!((forgotten.act.word, forgotten.outcome), ("forgotten", Outcome::Stale), "it named somebody");
}

/// The policy in force with one row more.
fn with_row(services: &Services, scope: Option<&str>, row: &str, value: &str) -> (u64, Settings) {
    let (version, mut settings) = services.settings(&grant());
    let scope = scope.map(|scope| scope.parse().expect("a scope"));
    let key: PolicyKey = row.parse().expect("a row");
    settings.at_mut(scope.as_ref()).policy.set(key, value).expect("a value");
    (version, settings)
}

#[tokio::test]
async fn what_waits_for_a_group_goes_stale_by_its_own_rules_and_everybodys_alone() {
    let two = Two::open().await;
    let services = &two.world.services;
    let publish = async |scope: Option<&str>, row: &str, value: &str| {
        let (version, settings) = with_row(services, scope, row, value);
        services.publish_policy(&two.claire.grant().expect("an owner"), settings, version).await
    };
    let of = |scope: &str| {
        let scope = scope.parse().expect("a scope");
        services.settings(&grant()).1.layers.get(&scope).map(|rules| rules.policy.value(PolicyKey::FileSend))
    };
    let lyon = waits(publish(Some("group:lyon"), "file.send", "all").await);
    publish(Some("group:paris"), "file.max_bytes", "1000").await.expect("stricter");
    two.agree(&two.marc, lyon).await.expect("Paris is another one");
    assert_eq!(of("group:lyon").as_deref(), Some("all"));
    let paris = services.settings(&grant()).1.layers.remove(&"group:paris".parse().expect("a scope"));
    assert_eq!(paris.map(|rules| rules.policy.file_max_bytes()), Some(Some(1_000)), "what came between stays");
    assert_eq!(two.shown(lyon).await.outcome, Outcome::Done);

    for (meanwhile, scope) in [("1000", Some("group:nice")), ("2000", None)] {
        let nice = waits(publish(Some("group:nice"), "file.send", "all").await);
        publish(scope, "file.max_bytes", meanwhile).await.expect("stricter");
        assert_eq!(two.agree(&two.marc, nice).await.err(), Some(Clash::Stale.into()), "{scope:?}");
        assert_eq!(two.shown(nice).await.outcome, Outcome::Stale);
    }
    let everybody = waits(publish(None, "file.send", "all").await);
    publish(Some("group:paris"), "file.max_bytes", "900").await.expect("stricter");
    assert_eq!(two.agree(&two.marc, everybody).await.err(), Some(Clash::Stale.into()), "it is about Paris too");
}
