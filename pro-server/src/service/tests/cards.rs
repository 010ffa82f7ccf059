//! Enrollment cards: who gets one, that it enrolls its holder, and what becomes of those made before.

use super::*;
use crate::service::cards::{EarlierCodes, Order, Waiting};

const GROUPS: &[u8] =
    b"login,name,groups\nnotary03,Notary 03,lyon\nnotary04,Notary 04,lyon;paris\nnotary05,Notary 05,paris\n\
    notary06,Notary 06,lyon\nnotary07,Notary 07,lyon\n";

const REPLACE: EarlierCodes = EarlierCodes::Replace { made_before: None };

fn order(group: Option<&protocol::directory::Group>, earlier: EarlierCodes) -> Order<'_> {
    Order { group, earlier, cards_max: 2 }
}

#[tokio::test]
async fn cards_are_for_people_who_have_no_device() {
    let world = World::new().await;
    world.services.import_people(&grant(), GROUPS).await.expect("imported");
    world.enroll("notary03", &Client::new(1)).await;
    world.services.suspend_person(&grant(), "notary06").await.expect("suspended");
    let lyon = protocol::directory::Group::parse("lyon").expect("a group");

    let choices = world.services.card_choices(&grant()).await.expect("choices");
    assert_eq!(choices.everybody, Waiting { without_code: 3, with_code: 0 });
    assert_eq!(choices.groups[&lyon], Waiting { without_code: 2, with_code: 0 });

    let made = world.services.create_cards(&grant(), order(None, EarlierCodes::Keep)).await.expect("cards");
    let logins: Vec<&str> = made.cards.iter().map(|card| card.person.login.expose().as_str()).collect();
    assert_eq!((logins.as_slice(), made.left), (["notary04", "notary05"].as_slice(), 1));

    // Whoever has a code keeps it, unless the order says otherwise.
    let more = world.services.create_cards(&grant(), order(Some(&lyon), EarlierCodes::Keep)).await.expect("cards");
    assert_eq!(more.cards.len(), 1, "notary07 alone");
    let none = world.services.create_cards(&grant(), order(Some(&lyon), EarlierCodes::Keep)).await.expect("no cards");
    assert!(none.cards.is_empty());
    let anew = world.services.create_cards(&grant(), order(Some(&lyon), REPLACE)).await.expect("cards");
    assert_eq!((anew.cards.len(), anew.left), (2, 0));

    // The earlier card of notary04 is worth nothing, the later one enrolls notary04.
    let client = Client::new(2);
    assert!(world.services.begin_enrollment(&client.begin(&made.cards[0].code)).await.is_err());
    let begun = world.services.begin_enrollment(&client.begin(&anew.cards[0].code)).await.expect("begun");
    assert_eq!(begun.login.expose(), "notary04");
}

#[tokio::test]
async fn replacing_goes_on_where_it_ended() {
    let world = World::with(&["n1", "n2", "n3", "n4", "n5"]).await;
    for _ in 0..3 {
        world.services.create_cards(&grant(), order(None, EarlierCodes::Keep)).await.expect("cards");
    }
    world.ambient.advance_ms(DAY_MS);
    let mut made = world.services.create_cards(&grant(), order(None, REPLACE)).await.expect("cards");
    let mut all = std::mem::take(&mut made.cards);
    while made.left > 0 {
        world.ambient.advance_ms(1_000);
        let next = EarlierCodes::Replace { made_before: Some(made.began) };
        made = world.services.create_cards(&grant(), order(None, next)).await.expect("cards");
        all.append(&mut made.cards);
    }
    let logins: Vec<&str> = all.iter().map(|card| card.person.login.expose().as_str()).collect();
    assert_eq!(logins, ["n1", "n2", "n3", "n4", "n5"]);
    for (seed, card) in (1..).zip(&all) {
        let begun = world.services.begin_enrollment(&Client::new(seed).begin(&card.code)).await;
        assert!(begun.is_ok(), "every printed card is good");
    }
}
