//! People, policy, audit, and what everybody is told.

use protocol::audit::AuditEvent;
use protocol::policy::{Policy, PolicyKey};
use protocol::signaling::field::LeafBytes;

use super::*;
use crate::directory::csv::{BadCsv, LineProblemKind};
use crate::domain::audit::{Damage, Finding, Verified};
use crate::domain::member::Standing;
use crate::domain::policy::BadDraft;
use crate::service::audit::PartyView;
use crate::service::sync::RunChange;
use crate::storage;

async fn standing(world: &World, login: &str) -> Standing {
    let people = world.services.people(&grant()).await.expect("people");
    people.iter().find(|person| person.login.expose() == login).expect("there").standing
}

#[tokio::test]
async fn a_suspension_ends_everything_at_once_and_a_resume_starts_anew() {
    let world = World::with(&["notary03", "notary04"]).await;
    let client = Client::new(1);
    world.enroll("notary03", &client).await;
    assert_eq!(standing(&world, "notary03").await, Standing::Active);
    let mut news = world.services.subscribe();
    world.services.suspend_person(&grant(), "Notary03").await.expect("suspended");

    let bulletin = news.try_recv().expect("told");
    assert_eq!(bulletin.ended, [(client.id(), Why::Suspended)]);
    assert!(bulletin.news.leaves.contains(&LeafBytes(Leaf::DeviceRevoke { device: client.id() }.to_bytes())));
    assert!(!world.facts().await.is_live(client.id()));
    assert_eq!(world.listed().len(), 1, "the suspended person is not in the directory");
    let again = world.services.suspend_person(&grant(), "notary03").await;
    assert_eq!(again, Err(Clash::AlreadySuspended.into()));
    let code = world.services.create_code(&grant(), "notary03").await.err();
    assert_eq!(code, Some(Denial::Suspended.into()));

    world.import(&["notary03"]).await;
    assert_eq!(standing(&world, "notary03").await, Standing::Locked, "an import never unlocks");
    world.services.resume_person(&grant(), "notary03").await.expect("resumed");
    assert_eq!(standing(&world, "notary03").await, Standing::Provisioned);
    assert_eq!(world.services.resume_person(&grant(), "notary03").await, Err(Clash::NotLocked.into()));
    world.enroll("notary03", &Client::new(2)).await;
    assert_eq!(standing(&world, "notary03").await, Standing::Active);
}

#[tokio::test]
async fn an_import_is_whole_or_nothing_and_repeats_to_nothing() {
    let world = World::with(&["notary03"]).await;
    let before = world.services.checkpoint().checkpoint().size;
    let bad = b"login,name\nnotary04,Notary 04\nnotary 05,Notary 05\nnotary04,Again\n";
    let refused = world.services.import_people(&grant(), bad).await.err();
    let Some(ServiceError::Invalid(Fault::Csv(BadCsv::Lines(lines)))) = refused else { panic!("{refused:?}") };
    assert_eq!(lines.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(world.services.checkpoint().checkpoint().size, before);

    // What is good in it is shown beside what is bad, in the order of the file.
    let look = world.services.plan_import(&grant(), bad).await.expect("looked at");
    assert_eq!(look.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4]);
    assert_eq!((look.report.counts.added, look.problem_count), (1, 2));

    let same = world.services.import_people(&grant(), b"login,name\nnotary03,Name of notary03\n").await.expect("taken");
    assert!(same.changes.is_empty());
    assert_eq!(world.services.checkpoint().checkpoint().size, before);

    let renamed = world.services.import_people(&grant(), b"login,name\nnotary03,Notary III\n").await.expect("taken");
    assert_eq!(renamed.changes[0].0, RunChange::Update);
    assert_eq!(world.listed()[0].name.expose(), "Notary III");
}

#[tokio::test]
async fn a_line_that_claims_the_login_of_somebody_else_is_named() {
    let world = World::new().await;
    world.services.import_people(&grant(), b"login,name,id\nnotary03,Notary 03,7\n").await.expect("imported");
    let refused = world.services.import_people(&grant(), b"login,name,id\n\nnotary03,Other,8\n").await.err();
    let Some(ServiceError::Invalid(Fault::Csv(BadCsv::Lines(lines)))) = refused else { panic!("{refused:?}") };
    assert_eq!((lines[0].line, lines[0].kind), (3, LineProblemKind::LoginTaken));
}

#[tokio::test]
async fn a_policy_is_published_once_from_the_version_it_was_made_from() {
    let world = World::new().await;
    let mut news = world.services.subscribe();
    let draft = Policy::of(&[(PolicyKey::MessageRetentionDays, "30")]).expect("rows");
    let published = world.services.publish_policy(&grant(), draft.clone(), 1).await.expect("published");
    assert_eq!((published.version, world.services.policy()), (2, published.clone()));
    assert_eq!(news.try_recv().expect("told").news.policy_version, 2);
    let hash = Hash32::sha256(&world.services.published().policy_bytes);
    assert_eq!(world.facts().await.policy(), Some((2, hash)));
    assert_eq!(world.services.publish_policy(&grant(), draft, 1).await, Err(Clash::Stale.into()));
    let bad = Policy::of(&[(PolicyKey::ClientMinVersion, "900.0.0")]).expect("rows");
    let refused = world.services.publish_policy(&grant(), bad, 2).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid(Fault::Policy(faults))) if matches!(faults[..], [BadDraft::LocksEverybodyOut]))
    );
}

#[tokio::test]
async fn the_heartbeat_says_the_same_with_a_newer_time_and_stores_nothing() {
    let world = World::with(&["notary03"]).await;
    let before = world.services.checkpoint();
    let mut news = world.services.subscribe();
    world.ambient.advance_ms(10_000);
    world.services.heartbeat().await.expect("beats");
    let after = world.services.checkpoint();
    assert_eq!(
        (after.checkpoint().size, after.checkpoint().root),
        (before.checkpoint().size, before.checkpoint().root)
    );
    assert_eq!(after.checkpoint().time.since(before.checkpoint().time), 10_000);
    let bulletin = news.try_recv().expect("told");
    assert_eq!((bulletin.news.checkpoint.as_slice(), bulletin.news.leaves.len()), (after.note(), 0));
}

fn verify_export(text: &str) -> Result<Verified, Damage> {
    audit::verify_export(text.as_bytes(), None).expect("nothing to compare with")
}

pub(super) async fn export(world: &World) -> String {
    let mut export = world.services.export_audit(&grant()).await.expect("an export");
    let mut text = String::new();
    while let Some(lines) = export.next_page().await.expect("a page") {
        lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

#[tokio::test]
async fn the_audit_names_people_until_they_are_erased_and_verifies_after() {
    let world = World::with(&["notary03"]).await;
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    let entries = world.services.audit(&grant(), 0).await.expect("entries");
    let about = entries.last().expect("the suspension");
    let login = match &about.subject {
        Some(PartyView::Person { login, .. }) => login.expose(),
        other => panic!("{other:?}"),
    };
    assert_eq!(login, "notary03");
    assert_eq!(about.actor, PartyView::LocalAdministrator { uid: 0 });
    let text = export(&world).await;
    assert!(!text.contains("notary03"), "an export has pseudonyms only");
    assert_eq!(verify_export(&text).map(|v| v.organization), Ok(world.services.fingerprint()));

    world.services.erase_from_audit(&grant(), "notary03").await.expect("erased");
    let entries = world.services.audit(&grant(), 0).await.expect("entries");
    assert!(entries.iter().all(|entry| !matches!(entry.subject, Some(PartyView::Person { .. }))));
    let erased = entries.last().expect("an entry");
    assert!(matches!(erased.event, AuditEvent::PartyErased { pseudonym: Some(_) }), "{:?}", erased.event);
    assert_eq!(erased.subject, None, "it does not say whose");
    assert_eq!(world.services.erase_from_audit(&grant(), "notary03").await, Err(Fault::Unnamed.into()));
    assert!(verify_export(&export(&world).await).is_ok());
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
}

#[tokio::test]
async fn whoever_takes_part_is_not_erased() {
    let world = World::with(&["notary03"]).await;
    assert_eq!(world.services.erase_from_audit(&grant(), "notary03").await, Err(Fault::TakesPart.into()));
    let nobody = world.services.erase_from_audit(&grant(), "nobody").await;
    assert_eq!(nobody, Err(ServiceError::Missing(Thing::Person)));
}

/// What was changed behind the server's back is an alarm in the audit that goes on, and stays wrong.
#[tokio::test]
async fn a_changed_entry_is_an_alarm_in_the_audit_itself() {
    let world = World::with(&["notary03"]).await;
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    storage::suite::tampering::change_audit_entry(&mut tx, 2).await;
    tx.commit().await.expect("committed");
    for alarms in [1, 2] {
        assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_err());
        let entries = world.services.audit(&grant(), 0).await.expect("entries");
        let raised = entries
            .iter()
            .filter(|entry| entry.event == AuditEvent::IntegrityAlarm { alarm: protocol::audit::Alarm::AuditMismatch });
        assert_eq!(raised.count(), alarms);
    }
}

#[tokio::test]
async fn a_changed_audit_is_noticed_offline_online_and_at_the_next_start() {
    let world = World::with(&["notary03"]).await;
    let text = export(&world).await;
    let changed = verify_export(&text.replace("member_added", "member_adder")).expect_err("changed");
    // After the header, three entries of the founding, its checkpoint, and the run of the import.
    assert_eq!(changed.findings().next(), Some(Finding::Line { line: 7 }));

    let size = world.services.audit(&grant(), 0).await.expect("entries").len() as u64;
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    let other = protocol::tlog::leaf_hash(b"other");
    storage::audit::append(&mut tx, size, b"other", other).await.expect("planted");
    tx.commit().await.expect("committed");
    world.services.close().await;
    let refused = open(world.folder.path(), &world.ambient).await.err();
    assert_eq!(refused, Some(OpenError::Integrity(open::Part::AuditLog)));
}

#[tokio::test]
async fn an_import_does_what_was_shown_or_nothing() {
    let world = World::with(&["notary03"]).await;
    let file = b"login,name,groups\nnotary03,Notary III,lyon\nnotary04,Notary 04,paris\n";
    let shown = world.services.plan_import(&grant(), file).await.expect("looked at").report;
    assert_eq!((shown.counts.added, shown.counts.changed), (1, 1));
    assert_eq!(world.services.people(&grant()).await.expect("people").len(), 1, "a look changes nothing");

    world.import(&["notary04"]).await;
    let stale = world.services.import_shown(&grant(), file, shown.digest).await.err();
    assert_eq!(stale, Some(Clash::Stale.into()));
    let shown = world.services.plan_import(&grant(), file).await.expect("looked at").report;
    let done = world.services.import_shown(&grant(), file, shown.digest).await.expect("as shown");
    assert_eq!(done.changes, shown.changes);
    let none = world.services.plan_import(&grant(), file).await.expect("looked at").report;
    assert!(none.changes.is_empty());
}
