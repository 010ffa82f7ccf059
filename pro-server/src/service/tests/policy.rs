//! Rules for groups and persons: who is told them, when they change hands, and what the server itself refuses because of them.

use protocol::audit::IntegrationScope;
use protocol::policy::{Policy, PolicyKey, PolicyLayers, Rules, Scope};

use super::*;
use crate::domain::policy::Settings;

const STAFF: &str = "login,name,groups\nanna,Anna,paris\nbruno,Bruno,paris;lyon\ncleo,Cleo,\n";

async fn import(world: &World, file: &str) {
    world.services.import_people(&grant(), file.as_bytes()).await.expect("imported");
}

fn rules(rows: &[(PolicyKey, &str)]) -> Rules {
    Rules { policy: Policy::of(rows).expect("rows"), ..Rules::default() }
}

/// Paris has small files, Bruno none; everybody is found but by Cleo.
async fn layered(world: &World) {
    let scope = |name: &str| {
        let name = name.to_owned();
        async move { world.services.scope_named(&grant(), &name).await.expect("a scope").expect("not everybody") }
    };
    let (version, mut settings) = world.services.settings(&grant());
    settings.layers.insert(scope("group:Paris").await, rules(&[(PolicyKey::FileMaxBytes, "5")]));
    settings.layers.insert(scope("person:bruno").await, rules(&[(PolicyKey::FileSend, "off")]));
    settings.layers.insert(scope("person:cleo").await, rules(&[(PolicyKey::DirectoryVisibility, "none")]));
    world.services.publish_policy(&grant(), settings, version).await.expect("published");
}

/// What a device is told beside the document, proved.
fn told(world: &World, login: &str, client: &Client) -> Vec<Scope> {
    let published = world.services.published();
    let member = published.roll.iter().find(|member| member.profile.login.expose() == login).expect("known").id;
    let bytes = world.services.policy_layers(client.id()).expect("an answer");
    let layers = PolicyLayers::read(&bytes, &published.policy, member).expect("proved");
    layers.into_iter().map(|(scope, _)| scope).collect()
}

#[tokio::test]
async fn each_is_told_their_own_rules_and_nobody_else_s() {
    let mut world = World::new().await;
    import(&world, STAFF).await;
    let clients = [1, 2, 3].map(Client::new);
    for (login, client) in ["anna", "bruno", "cleo"].into_iter().zip(&clients) {
        world.enroll(login, client).await;
    }
    layered(&world).await;
    let [anna, bruno, cleo] = &clients;
    let counts = |world: &World| {
        [told(world, "anna", anna).len(), told(world, "bruno", bruno).len(), told(world, "cleo", cleo).len()]
    };
    assert_eq!(counts(&world), [1, 2, 1]);
    assert_eq!(world.fetch(cleo, None).await.0.people().len(), 0, "the server hides everybody from Cleo");
    assert_eq!(world.fetch(anna, None).await.0.people().len(), 3);
    let (_, policy) = world.services.policy_of(&grant(), "bruno").await.expect("known");
    assert_eq!((policy.value(PolicyKey::FileSend), policy.file_max_bytes()), ("off".to_owned(), Some(5)));
    world.restart().await;
    assert_eq!(counts(&world), [1, 2, 1], "after a restart too");
}

#[tokio::test]
async fn whoever_moves_between_groups_with_rules_has_other_rules_at_once() {
    let world = World::new().await;
    import(&world, STAFF).await;
    let anna = Client::new(1);
    world.enroll("anna", &anna).await;
    layered(&world).await;
    let before = world.services.policy();
    let mut news = world.services.subscribe();
    import(&world, &STAFF.replace("Anna,paris", "Anna,lyon")).await;
    assert_eq!(world.services.policy().version, before.version + 1, "the same rules again, under a new version");
    assert_eq!(news.try_recv().expect("told").news.policy_version, before.version + 1);
    assert_eq!(told(&world, "anna", &anna), []);
    import(&world, &STAFF.replace("Anna,paris", "Anna,lyon;nice")).await;
    assert_eq!(world.services.policy().version, before.version + 1, "nice has no rules");
    // A draft from before says what it said: it is not stale.
    let (_, settings) = world.services.settings(&grant());
    assert_eq!(world.services.check_policy(&grant(), &settings, before.version).await, Ok(()));
    world.services.keep_policy_draft(&grant(), settings.clone(), before.version, None).await.expect("kept");
    // The history tells what was said anew, and the version that said it again says it too.
    let history = world.services.policy_history(&grant(), None, 9).await.expect("read");
    assert_eq!(history.iter().map(|past| past.version).collect::<Vec<_>>(), [before.version, 1]);
    let again = world.services.settings_of(&grant(), before.version + 1).await;
    assert_eq!(again.expect("known"), settings);
    assert!(world.services.publish_policy(&grant(), settings, before.version).await.is_ok());
}

#[tokio::test]
async fn nobody_s_change_to_a_draft_is_lost_and_what_was_looked_at_is_published() {
    let world = World::new().await;
    let draft = |value| -> Settings { Policy::of(&[(PolicyKey::FileMaxBytes, value)]).expect("rows").into() };
    let keep =
        async |value, over: Option<&str>| world.services.keep_policy_draft(&grant(), draft(value), 1, over).await;
    let mark = async || world.services.policy_draft(&grant()).await.expect("read").expect("one").mark;
    keep("1", None).await.expect("kept");
    let first = mark().await;
    assert_eq!(keep("2", None).await, Err(Clash::Stale.into()), "somebody else made one meanwhile");
    keep("2", Some(&first)).await.expect("kept");
    assert_eq!(keep("3", Some(&first)).await, Err(Clash::Stale.into()), "it is another one meanwhile");
    let refused = world.services.publish_policy_draft(&grant(), &first).await;
    assert_eq!(refused.err(), Some(Clash::Stale.into()), "not what was looked at");
    world.services.publish_policy_draft(&grant(), &mark().await).await.expect("published");
    assert_eq!(world.services.policy().policy.file_max_bytes(), Some(2));
    assert!(world.services.policy_draft(&grant()).await.expect("read").is_none(), "it has done its work");
}

#[tokio::test]
async fn a_published_draft_is_gone_even_if_somebody_in_it_is_gone_too() {
    let world = World::new().await;
    import(&world, STAFF).await;
    let scope = world.services.scope_named(&grant(), "person:cleo").await.expect("known").expect("a person");
    let mut settings: Settings = Policy::of(&[(PolicyKey::FileMaxBytes, "5")]).expect("rows").into();
    settings.layers.insert(scope.clone(), rules(&[(PolicyKey::FileSend, "off")]));
    world.services.keep_policy_draft(&grant(), settings, 1, None).await.expect("kept");
    let Scope::Person(cleo) = scope else { panic!("a person") };
    world.services.suspend_person(&grant(), cleo).await.expect("suspended");
    world.services.erase_person(&grant(), cleo).await.expect("erased");
    let mark = world.services.policy_draft(&grant()).await.expect("read").expect("one").mark;
    world.services.publish_policy_draft(&grant(), &mark).await.expect("published");
    assert!(world.services.policy_draft(&grant()).await.expect("read").is_none());
    assert!(world.services.settings(&grant()).1.layers.is_empty());
}

#[tokio::test]
async fn a_lock_over_who_is_found_changes_the_list_at_once() {
    let world = World::new().await;
    import(&world, STAFF).await;
    let cleo = Client::new(3);
    world.enroll("cleo", &cleo).await;
    let scope = world.services.scope_named(&grant(), "person:cleo").await.expect("known").expect("a person");
    let mut settings: Settings = Policy::of(&[(PolicyKey::DirectoryVisibility, "none")]).expect("rows").into();
    settings.layers.insert(scope, rules(&[(PolicyKey::DirectoryVisibility, "all")]));
    let open = world.services.publish_policy(&grant(), settings.clone(), 1).await.expect("published");
    assert_eq!(world.fetch(&cleo, None).await.0.people().len(), 3);
    let list = world.services.published().people.version();
    settings.organization.locked.insert(PolicyKey::DirectoryVisibility);
    world.services.publish_policy(&grant(), settings, open.version).await.expect("published");
    assert!(world.services.published().people.version() > list, "everybody is told to ask again");
    assert_eq!(world.fetch(&cleo, None).await.0.people().len(), 0);
}

#[tokio::test]
async fn a_program_may_not_make_an_exception() {
    let world = World::new().await;
    import(&world, STAFF).await;
    let strict: Settings = Policy::of(&[(PolicyKey::FileMaxBytes, "100")]).expect("rows").into();
    let published = world.services.publish_policy(&grant(), strict.clone(), 1).await.expect("published");
    let mut looser = strict;
    let paris = "group:paris".parse().expect("a scope");
    looser.layers.insert(paris, rules(&[(PolicyKey::FileMaxBytes, "200")]));
    let made =
        world.services.add_integration(&grant(), IntegrationScope::Administer, "Ansible", 1).await.expect("made");
    let program = world.services.admit_integration(&made.token).await.expect("admitted");
    let program = program.grant().expect("its scope");
    let refused = world.services.publish_policy(&program, looser, published.version).await;
    assert_eq!(refused.err(), Some(Denial::OnlyPeople(PolicyKey::FileMaxBytes).into()));
}
