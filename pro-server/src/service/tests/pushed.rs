//! Pushed people: the same machine, the same change, and never somebody of another source.

use std::collections::BTreeSet;

use protocol::directory::Group;

use super::*;
use crate::domain::access::PeoplePush;
use crate::domain::member::{Profile, Standing};
use crate::service::pushed::{self, Pushed};

/// One push by itself. Providers come through `provisioning`, which holds them against the brake first.
impl Services {
    /// Adds a pushed person. A login that somebody listed has is a clash.
    async fn push_person(
        &self,
        grant: &Grant<PeoplePush>,
        profile: &Profile,
        pushed: Pushed,
    ) -> Result<MemberId, ServiceError> {
        let mut change = self.inner.change().await?;
        let id = pushed::create(&mut change, profile, pushed, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(id)
    }

    /// Replaces everything that is known of a pushed person. Who is suspended so loses every device at once; a suspension by
    /// hand stays.
    async fn replace_pushed(
        &self,
        grant: &Grant<PeoplePush>,
        id: MemberId,
        profile: &Profile,
        pushed: Pushed,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        pushed::replace(&mut change, id, profile, pushed, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// Suspends or resumes a pushed person, everything else as it is.
    async fn set_pushed(&self, grant: &Grant<PeoplePush>, id: MemberId, pushed: Pushed) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let member = pushed::find(&mut change.tx, id).await?;
        pushed::replace(&mut change, id, &member.profile, pushed, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// Puts pushed people into exactly these groups, all in one change.
    async fn regroup_pushed(
        &self,
        grant: &Grant<PeoplePush>,
        people: impl IntoIterator<Item = (MemberId, BTreeSet<Group>)>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        pushed::regroup(&mut change, people.into_iter().collect(), grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// Deletes a pushed person for good.
    async fn delete_pushed(&self, grant: &Grant<PeoplePush>, id: MemberId) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        pushed::delete(&mut change, id, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

fn profile(login: &str, name: &str) -> Profile {
    Profile::parse(login, name, "").expect("a sample")
}

async fn standings(world: &World) -> Vec<(String, Standing)> {
    let people = world.services.people(&grant()).await.expect("people");
    people.iter().map(|person| (person.login.expose().clone(), person.standing)).collect()
}

#[tokio::test]
async fn a_pushed_person_comes_changes_leaves_and_comes_back() {
    let world = World::new().await;
    let id = world.services.push_person(&grant(), &profile("anna", "Anna"), Pushed::Active).await.expect("pushed");
    let client = Client::new(1);
    world.enroll("anna", &client).await;
    world.services.replace_pushed(&grant(), id, &profile("anna.b", "Anna B"), Pushed::Active).await.expect("replaced");
    assert_eq!(standings(&world).await, [("anna.b".to_owned(), Standing::Active)]);

    let mut news = world.services.subscribe();
    world.services.set_pushed(&grant(), id, Pushed::Inactive).await.expect("suspended");
    assert_eq!(news.try_recv().expect("told").ended, [(client.id(), Why::Suspended)]);
    assert_eq!(standings(&world).await, [("anna.b".to_owned(), Standing::Suspended)]);
    world.services.set_pushed(&grant(), id, Pushed::Inactive).await.expect("the same again");
    world.services.set_pushed(&grant(), id, Pushed::Active).await.expect("resumed");
    assert_eq!(standings(&world).await, [("anna.b".to_owned(), Standing::Provisioned)]);
    world.facts().await;
}

#[tokio::test]
async fn no_push_opens_a_lock() {
    let world = World::new().await;
    let id = world.services.push_person(&grant(), &profile("anna", "Anna"), Pushed::Active).await.expect("pushed");
    world.services.suspend_person(&grant(), "anna").await.expect("locked");
    for pushed in [Pushed::Inactive, Pushed::Active] {
        world.services.set_pushed(&grant(), id, pushed).await.expect("taken note of");
        assert_eq!(standings(&world).await, [("anna".to_owned(), Standing::Locked)]);
    }
    world.services.resume_person(&grant(), "anna").await.expect("unlocked");
    assert_eq!(standings(&world).await, [("anna".to_owned(), Standing::Provisioned)]);
}

#[tokio::test]
async fn who_is_deleted_is_gone_and_comes_again_as_somebody_else() {
    let world = World::new().await;
    let id = world.services.push_person(&grant(), &profile("anna", "Anna"), Pushed::Active).await.expect("pushed");
    let client = Client::new(1);
    world.enroll("anna", &client).await;
    world.services.delete_pushed(&grant(), id).await.expect("deleted");
    assert!(!world.facts().await.is_live(client.id()));
    assert_eq!(standings(&world).await, []);
    let gone = Err(ServiceError::Missing(Thing::Person));
    assert_eq!(world.services.set_pushed(&grant(), id, Pushed::Active).await, gone);
    assert_eq!(world.services.delete_pushed(&grant(), id).await, gone);
    let again = world.services.push_person(&grant(), &profile("anna", "Anna"), Pushed::Active).await.expect("pushed");
    assert_ne!(again, id);
    assert_eq!(standings(&world).await, [("anna".to_owned(), Standing::Provisioned)]);
}

#[tokio::test]
async fn a_login_belongs_to_one_listed_person_of_whatever_source() {
    let world = World::with(&["anna"]).await;
    let anna = profile("anna", "Another Anna");
    let taken = Err(ServiceError::from(Clash::LoginTaken));
    assert_eq!(world.services.push_person(&grant(), &anna, Pushed::Active).await, taken);
    let id = world.services.push_person(&grant(), &anna, Pushed::Inactive).await.expect("nobody listed");
    assert_eq!(world.services.set_pushed(&grant(), id, Pushed::Active).await, taken.map(|_: MemberId| ()));
    // Whoever is of another source is out of reach.
    let people = world.services.people(&grant()).await.expect("people");
    let imported = people.iter().find(|person| person.standing == Standing::Provisioned).expect("there").member;
    let refused = world.services.delete_pushed(&grant(), imported).await;
    assert_eq!(refused, Err(ServiceError::Missing(Thing::Person)));
    world.services.remove_person(&grant(), imported).await.expect("removed by hand");
    world.services.set_pushed(&grant(), id, Pushed::Active).await.expect("the login is free");
    world.import(&["bruno"]).await;
    assert_eq!(standings(&world).await.len(), 2);
}

#[tokio::test]
async fn groups_are_replaced_for_all_or_for_nobody() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for login in ["anna", "bruno"] {
        ids.push(world.services.push_person(&grant(), &profile(login, login), Pushed::Active).await.expect("pushed"));
    }
    let paris = || BTreeSet::from([Group::parse("paris").expect("a group")]);
    let groups = async || {
        let people = world.services.people(&grant()).await.expect("people");
        people.iter().map(|person| person.groups.len()).collect::<Vec<_>>()
    };
    world.services.regroup_pushed(&grant(), ids.iter().map(|id| (*id, paris()))).await.expect("regrouped");
    assert_eq!(groups().await, [1, 1]);
    let stranger = MemberId::from_bytes([9; 16]);
    let both = [(ids[0], Default::default()), (stranger, paris())];
    let refused = world.services.regroup_pushed(&grant(), both).await;
    assert_eq!((refused, groups().await), (Err(ServiceError::Missing(Thing::Person)), vec![1, 1]));
}
