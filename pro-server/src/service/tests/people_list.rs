//! Everybody, a stretch at a time; and what a program may publish.

use protocol::audit::IntegrationScope;
use protocol::policy::{Policy, PolicyKey};
use protocol::secret::Personal;

use super::*;
use crate::domain::member::Standing;
use crate::service::people_list::Filter;

async fn all(world: &World, filter: Filter<'_>, count_max: u32) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let stretch = world.services.people_after(&grant(), filter, after, count_max).await.expect("a stretch");
        pages.push(stretch.found.into_iter().map(|person| person.login.into_exposed()).collect());
        after = stretch.next;
        if after.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn stretches_hold_everybody_once_whatever_is_looked_for() {
    let world = World::with(&["ada", "bob", "cleo", "dora", "eve"]).await;
    world.services.suspend_person(&grant(), "dora").await.expect("suspended");
    assert_eq!(all(&world, Filter::default(), 2).await, [vec!["ada", "bob"], vec!["cleo", "dora"], vec!["eve"]]);
    assert_eq!(all(&world, Filter::default(), 5).await, [["ada", "bob", "cleo", "dora", "eve"]]);
    let text = Personal::from("NAME OF");
    let found = all(&world, Filter { text: Some(&text), ..Filter::default() }, 3).await;
    assert_eq!(found, [vec!["ada", "bob", "cleo"], vec!["dora", "eve"]]);
    let locked = Filter { standing: Some(Standing::Locked), ..Filter::default() };
    assert_eq!(all(&world, locked, 3).await, [["dora"]]);

    // Whoever a page ended with is removed meanwhile: nobody is passed over without a word.
    let first = world.services.people_after(&grant(), Filter::default(), None, 1).await.expect("a stretch");
    world.services.remove_person(&grant(), "ada").await.expect("removed");
    let next = world.services.people_after(&grant(), Filter::default(), first.next, 1).await;
    assert_eq!(next.err(), Some(Fault::Place.into()));
}

#[tokio::test]
async fn a_program_publishes_what_permits_less_and_nothing_else() {
    let world = World::new().await;
    let scope = IntegrationScope::Administer;
    let made = world.services.add_integration(&grant(), scope, "Ansible", 1).await.expect("made");
    let who = world.services.admit_integration(&made.token).await.expect("admitted");
    let grant_of_program = || who.grant().expect("its scope");
    let strict = Policy::of(&[(PolicyKey::FileSend, "off")]).expect("rows");
    let version = world.services.policy().version;
    let published = world.services.publish_policy(&grant_of_program(), strict, version).await;
    assert_eq!(published.map(|document| document.version), Ok(version + 1));
    let loose = world.services.publish_policy(&grant_of_program(), Policy::default(), version + 1).await;
    assert_eq!(loose.err(), Some(Denial::OnlyPeople(PolicyKey::FileSend).into()));
    assert!(world.services.publish_policy(&grant(), Policy::default(), version + 1).await.is_ok(), "a person may");
}
