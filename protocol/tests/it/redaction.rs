//! What somebody writes to a log with `{:?}`: nothing that people say, are called or hold as a secret may come out of it, neither as
//! text nor as a list of bytes.

use std::fmt::Debug;

use protocol::codec;
use protocol::directory::Card;
use protocol::envelope::{self, Recipient};
use protocol::ids::Address;
use protocol::signaling::server::{Input, Output, Route, Verdict};
use protocol::signed::{self, Unverified};

use super::examples;
use super::samples::{self, NOW, office, peer};

/// Words of the samples, and bytes of which their secrets are made, eight in a row.
const WORDS: [&str; 2] = ["canary", "otary"];
const SECRETS: [u8; 4] = [2, 12, 24, 31];

fn shows(value: &dyn Debug) -> bool {
    let mut text = format!("{value:?}{value:#?}");
    text.retain(|character| !character.is_whitespace());
    let list = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    WORDS.iter().any(|word| text.contains(word) || text.contains(&list(word.as_bytes())))
        || SECRETS.iter().any(|byte| text.contains(&list(&[*byte; 8])))
}

fn hidden(values: impl IntoIterator<Item = impl Debug>) {
    for value in values {
        assert!(!shows(&value), "{value:?}");
    }
}

#[test]
fn what_devices_say_to_each_other_is_not_shown() {
    hidden(peer::link_frames());
    hidden(peer::lane_entries());
    hidden(peer::application_bodies());
    hidden([peer::file_offer()]);
    hidden(peer::envelope_bodies());
    hidden([peer::grant()]);
    let (device, address, keys) = (samples::device_id(2), Address::from_bytes([1; 16]), samples::envelope_keys(2));
    for body in peer::envelope_bodies() {
        let to = Recipient { device, address, key: keys.public() };
        let sealed = envelope::seal(&body, to, samples::device_id(1), &samples::device_key(1), NOW).unwrap();
        hidden([envelope::open(&sealed, device, address, &keys, NOW).unwrap()]);
    }
    let entry = peer::lane_entries().pop().unwrap();
    assert_eq!(format!("{entry:?}"), "LaneEntry(3, Application)", "nor how long it is");
}

#[test]
fn people_and_secrets_are_not_shown() {
    let (update, key) = (samples::directory_update(), samples::directory());
    let card = signed::sign(&samples::card(), &key);
    hidden([Unverified::<Card>::from_bytes(card)]);
    hidden([samples::directory_answer()]);
    hidden([samples::directory_groups()]);
    hidden([update]);
    hidden([samples::card()]);
    hidden([samples::device_batch()]);
    hidden(office::begins());
    hidden(office::sign_ins_begun());
    hidden(office::begun());
    hidden([office::finish()]);
    hidden([office::party_key()]);
}

#[test]
fn what_a_session_carries_is_not_shown() {
    let (client, server) = examples::signaling_frames();
    hidden(client.iter().map(|frame| Input::Frame(frame.to_bytes())));
    hidden(client);
    hidden(server.iter().map(|frame| Output::Send(frame.to_bytes().into())));
    hidden(server);
    let (address, envelope) = (Address::from_bytes([12; 16]), vec![12; 64]);
    hidden([Input::Deliver { address, envelope: envelope.clone() }]);
    hidden([Input::Verdict(Verdict::Live { front_door: address, news: samples::news() })]);
    let session = protocol::ids::SessionId::from_bytes([4; 16]);
    hidden([Output::Route(Route { session, n: 1, address, mac: [12; 32], envelope })]);
    let own = Output::Own { address, put_key: [12; 32].into() };
    assert!(!format!("{own:?}").contains(&address.to_string()));
}

/// The control: what is not hidden is found.
#[test]
fn what_shows_is_found() {
    assert!(shows(&"canary-text") && shows(&b"a canary".to_vec()) && shows(&[24_u8; 32]));
    assert!(shows(&signed::sign(&samples::card(), &samples::directory())));
    assert!(shows(&codec::encode(&peer::file_offer())));
}
