//! The two streams of the directory: what each reader gets, what it costs, and that nobody hidden is ever in them.

use protocol::directory::{DirectoryGroups, GroupPeople};
use protocol::limits::{PEOPLE_MAX, ROSTER_MEMBERS_MAX};
use protocol::policy::{Policy, PolicyKey};

use super::*;
use crate::storage;

const STAFF: &str = "login,name,groups\nanna,Anna,paris\nbruno,Bruno,paris;lyon\ncleo,Cleo,lyon\ndora,Dora,\n";

async fn set(world: &World, rule: &str) {
    let current = world.services.policy();
    let mut draft: Policy = current.policy;
    draft.set(PolicyKey::DirectoryVisibility, rule).expect("a rule");
    world.services.publish_policy(&grant(), draft, current.version).await.expect("published");
}

async fn import(world: &World, file: &str) {
    world.services.import_people(&grant(), file.as_bytes()).await.expect("imported");
}

fn logins(list: &List) -> Vec<String> {
    let mut logins: Vec<String> = list.people().map(|person| person.login.expose().clone()).collect();
    logins.sort();
    logins
}

/// Anna, Bruno, Cleo and Dora, each with a device.
async fn office() -> (World, [Client; 4]) {
    let world = World::new().await;
    import(&world, STAFF).await;
    let clients = [1, 2, 3, 4].map(Client::new);
    for (login, client) in ["anna", "bruno", "cleo", "dora"].into_iter().zip(&clients) {
        world.enroll(login, client).await;
    }
    (world, clients)
}

#[tokio::test]
async fn each_rule_shows_what_it_says_in_both_streams() {
    let (world, [anna, bruno, cleo, dora]) = office().await;
    let everybody = vec!["anna", "bruno", "cleo", "dora"];
    let seen = [
        ("all", [everybody.clone(), everybody.clone(), everybody.clone(), everybody]),
        ("same-group", [vec!["anna", "bruno"], vec!["anna", "bruno", "cleo"], vec!["bruno", "cleo"], vec![]]),
        ("groups:lyon", [vec!["bruno", "cleo"], vec!["bruno", "cleo"], vec!["bruno", "cleo"], vec!["bruno", "cleo"]]),
        ("none", [vec![], vec![], vec![], vec![]]),
    ];
    for (rule, expected) in seen {
        set(&world, rule).await;
        for ((client, login), expected) in
            [(&anna, "anna"), (&bruno, "bruno"), (&cleo, "cleo"), (&dora, "dora")].into_iter().zip(expected)
        {
            let (list, card) = world.fetch(client, None).await;
            assert_eq!(
                (logins(&list), card.person.login.expose().as_str()),
                (expected.iter().map(ToString::to_string).collect(), login)
            );
            let mut devices: Vec<DeviceId> = expected
                .iter()
                .map(|login| match *login {
                    "anna" => anna.id(),
                    "bruno" => bruno.id(),
                    "cleo" => cleo.id(),
                    _ => dora.id(),
                })
                .collect();
            let (mut found, _) = world.devices(client, 0).await;
            devices.sort();
            found.sort();
            assert_eq!(found, devices, "{rule} for {login}");
        }
    }
}

#[tokio::test]
async fn readers_of_one_class_get_the_same_bytes_and_a_cut_has_no_salt() {
    let (world, [anna, bruno, cleo, dora]) = office().await;
    let update = async |client: &Client| {
        let bytes = world.services.directory_answer(client.id(), None).await.expect("an answer");
        DirectoryAnswer::from_bytes(&bytes).expect("an answer").update
    };
    assert_eq!(update(&anna).await, update(&dora).await);
    set(&world, "groups:lyon").await;
    assert_eq!(update(&anna).await, update(&dora).await);
    set(&world, "same-group").await;
    assert_ne!(update(&anna).await, update(&bruno).await);
    for client in [&anna, &bruno, &cleo, &dora] {
        let update = Unverified::<DirectoryUpdate>::from_bytes(update(client).await);
        assert_eq!(update.verify(&world.services.directory_key()).expect("signed").salt, None);
    }
}

#[tokio::test]
async fn an_enrollment_is_no_version_of_the_list_and_a_name_is_one() {
    let (world, [anna, ..]) = office().await;
    let (list, _) = world.fetch(&anna, None).await;
    let version = world.services.published().people.version();
    world.enroll("anna", &Client::new(9)).await;
    let renewed = world.services.published();
    assert_eq!(renewed.people.version(), version);
    // Nor are groups that the rule does not look at, but they are known once it does.
    import(&world, "login,name,groups\ndora,Dora,paris\n").await;
    assert_eq!(world.services.published().people.version(), version);
    import(&world, "login,name\ndora,Dora II\n").await;
    assert_eq!(world.services.published().people.version(), version + 1);
    let news = Client::new(9);
    let (after, _) = world.fetch(&news, Some(&list)).await;
    assert_eq!(after.have.version, version + 1);
    set(&world, "same-group").await;
    let (list, _) = world.fetch(&news, None).await;
    assert_eq!(logins(&list), ["anna", "bruno", "dora"], "an import without the column leaves groups alone");
}

#[tokio::test]
async fn who_becomes_visible_later_comes_with_their_device_and_who_is_hidden_goes() {
    let (world, [anna, bruno, cleo, _]) = office().await;
    set(&world, "same-group").await;
    let (list, _) = world.fetch(&anna, None).await;
    let (_, from) = world.devices(&anna, 0).await;
    assert_eq!(world.devices(&anna, from).await, (vec![], from));

    import(&world, "login,name,groups\ncleo,Cleo,paris\n").await;
    let (list, _) = world.fetch(&anna, Some(&list)).await;
    assert_eq!(logins(&list), ["anna", "bruno", "cleo"]);
    let (found, from) = world.devices(&anna, from).await;
    assert_eq!(found, [cleo.id()]);

    import(&world, "login,name,groups\nbruno,Bruno,lyon\n").await;
    let (list, _) = world.fetch(&anna, Some(&list)).await;
    assert_eq!(logins(&list), ["anna", "cleo"]);
    assert!(!world.devices(&anna, from).await.0.contains(&bruno.id()));
    assert!(!world.devices(&anna, 0).await.0.contains(&bruno.id()));
}

#[tokio::test]
async fn a_suspended_reader_gets_nothing() {
    let (world, [anna, ..]) = office().await;
    world.services.suspend_person(&grant(), "anna").await.expect("suspended");
    let refused = world.services.directory_answer(anna.id(), None).await;
    assert_eq!(refused, Err(Denial::DeviceRevoked.into()));
    assert_eq!(world.services.device_batch(anna.id(), 0).await, Err(Denial::DeviceRevoked.into()));
}

#[tokio::test]
async fn the_directory_of_an_older_program_is_published_anew() {
    let (mut world, [anna, ..]) = office().await;
    let version = world.services.published().people.version();
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    storage::organization::forget_salt(&mut tx).await.expect("forgotten");
    tx.commit().await.expect("committed");
    world.restart().await;
    let (list, _) = world.fetch(&anna, None).await;
    assert_eq!((list.have.version, list.people().len()), (version + 1, 4));
    world.facts().await;
}

/// Names as they are in large organizations, some of them very long.
fn crowd(people: usize) -> String {
    let line = |n: usize| {
        let middle = if n.is_multiple_of(50) {
            "-Maximilienne de la Tour d’Auvergne et de Bouillon".repeat(2)
        } else {
            String::new()
        };
        format!(
            "given{n}.family{n},Élisabeth{middle} Family-Name {n},given{n}.family{n}@example.test,site {}\n",
            n % 300
        )
    };
    format!("login,name,mail,groups\n{}", (0..people).map(line).collect::<String>())
}

/// What the first list of so many people may cost on the wire.
const FIRST_LIST_BYTES_MAX: usize = 10 * 1024 * 1024;
const CROWD: usize = 50_000;

#[tokio::test]
async fn fifty_thousand_people_are_ten_megabytes_and_a_new_name_is_a_kilobyte() {
    const { assert!(CROWD < PEOPLE_MAX) };
    let world = World::new().await;
    import(&world, &crowd(CROWD)).await;
    let client = Client::new(1);
    world.enroll("given7.family7", &client).await;
    let first = world.services.directory_answer(client.id(), None).await.expect("an answer");
    assert!(first.len() <= FIRST_LIST_BYTES_MAX, "{} bytes", first.len());
    let (list, _) = world.fetch(&client, None).await;
    assert_eq!(list.people().len(), CROWD);

    import(&world, "login,name\ngiven9.family9,Another Name\n").await;
    let change = world.services.directory_answer(client.id(), Some(list.have)).await.expect("an answer");
    assert!(change.len() < 1_024, "{} bytes", change.len());
    let (after, _) = world.fetch(&client, Some(&list)).await;
    assert_eq!(after, world.fetch(&client, None).await.0);
    set(&world, "same-group").await;
    assert_eq!(world.fetch(&client, None).await.0.people().len(), 167);
}

/// However many wait for the same list, it is put together once; and again only if somebody changed whom its class sees.
#[tokio::test]
async fn a_list_is_put_together_once_and_carried_forward_while_nothing_in_it_changes() {
    let (world, [anna, bruno, cleo, _]) = office().await;
    set(&world, "same-group").await;
    let digested = || world.services.inner.updates.digested.load(std::sync::atomic::Ordering::Relaxed);
    let before = digested();
    let answers = futures_util::future::join_all((0..50).map(|_| world.services.directory_answer(anna.id(), None)));
    assert!(answers.await.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(digested() - before, 1, "once for all who wait");
    let (of_anna, _) = world.fetch(&anna, None).await;
    let (of_cleo, _) = world.fetch(&cleo, None).await;
    world.fetch(&bruno, None).await;
    assert_eq!(digested() - before, 3, "three classes");

    import(&world, "login,name,groups\ncleo,Cleo the Second,lyon\n").await;
    let (after, _) = world.fetch(&anna, Some(&of_anna)).await;
    assert_eq!((digested() - before, logins(&after)), (3, logins(&of_anna)), "nobody whom Anna sees has changed");
    assert!(after.have.version > of_anna.have.version);
    for client in [&cleo, &bruno] {
        world.fetch(client, None).await;
    }
    let (after, _) = world.fetch(&cleo, Some(&of_cleo)).await;
    assert_eq!((digested() - before, after.people().len()), (5, 2), "whoever sees Cleo");
}

/// The groups of a client's person, with the logins of who is in them, as far as they are told.
async fn groups(world: &World, client: &Client) -> Vec<(String, Result<Vec<String>, GroupPeople>)> {
    let bytes = world.services.directory_answer(client.id(), None).await.expect("an answer");
    let (answer, key) = (DirectoryAnswer::from_bytes(&bytes).expect("an answer"), world.services.directory_key());
    let told = Unverified::<DirectoryGroups>::from_bytes(answer.groups.expect("told")).verify(&key).expect("signed");
    let card = Unverified::<Card>::from_bytes(answer.card).verify(&key).expect("signed");
    assert_eq!(told.reader, card.person.member);
    let people = world.services.published().people.clone();
    let login = |member: &MemberId| people.get(*member).expect("listed").person.login.expose().clone();
    let who = |people: GroupPeople| match people {
        GroupPeople::All(people) => {
            let mut logins: Vec<_> = people.iter().map(login).collect();
            logins.sort();
            Ok(logins)
        }
        nobody => Err(nobody),
    };
    told.groups.into_iter().map(|group| (group.name.as_str().to_owned(), who(group.people))).collect()
}

#[tokio::test]
async fn a_person_is_told_of_their_own_groups_all_people_or_none_and_at_once() {
    let (world, [anna, bruno, _, dora]) = office().await;
    let all = |logins: &[&str]| Ok(logins.iter().map(ToString::to_string).collect::<Vec<_>>());
    let (paris, lyon) = (|who| ("paris".to_owned(), who), |who| ("lyon".to_owned(), who));
    for rule in ["all", "same-group"] {
        set(&world, rule).await;
        assert_eq!(groups(&world, &anna).await, [paris(all(&["anna", "bruno"]))], "{rule}");
        let both = [lyon(all(&["bruno", "cleo"])), paris(all(&["anna", "bruno"]))];
        assert_eq!(groups(&world, &bruno).await, both, "{rule}");
        assert!(groups(&world, &dora).await.is_empty(), "{rule}");
    }
    set(&world, "groups:lyon").await;
    assert_eq!(groups(&world, &anna).await, [paris(all(&["anna", "bruno"]))], "Bruno is shown to everybody");
    let half = [lyon(all(&["bruno", "cleo"])), paris(Err(GroupPeople::Hidden))];
    assert_eq!(groups(&world, &bruno).await, half, "nobody is told a part");
    set(&world, "none").await;
    assert_eq!(groups(&world, &anna).await, [paris(Err(GroupPeople::Hidden))]);

    // No new version of the list, and told all the same.
    set(&world, "all").await;
    let version = world.services.published().people.version();
    import(&world, "login,name,groups\ndora,Dora,paris\n").await;
    assert_eq!(world.services.published().people.version(), version);
    assert_eq!(groups(&world, &anna).await, [paris(all(&["anna", "bruno", "dora"]))]);
    let crowd: String = (4..=ROSTER_MEMBERS_MAX).map(|n| format!("n{n},N,paris\n")).collect();
    import(&world, &format!("login,name,groups\n{crowd}")).await;
    let told = groups(&world, &anna).await;
    assert!(matches!(told.as_slice(), [(_, Ok(people))] if people.len() == ROSTER_MEMBERS_MAX), "{told:?}");
    import(&world, "login,name,groups\none-more,N,paris\n").await;
    assert_eq!(groups(&world, &anna).await, [paris(Err(GroupPeople::TooMany))]);
}
