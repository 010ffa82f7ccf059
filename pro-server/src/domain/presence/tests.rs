//! Presence by example: what is delivered, what is refused alike, what is forgotten.

use protocol::signaling::proof;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const KEY: [u8; 32] = [3; 32];

fn session(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

fn address(n: u8) -> Address {
    Address::from_bytes([n; 16])
}

fn route(from: u8, n: u64, to: u8, key: [u8; 32]) -> Route {
    let (session, address, envelope) = (session(from), address(to), vec![9; 4_096]);
    let mac = proof::put(&Secret::new(key), session, n, address, &envelope);
    Route { session, n, address, mac, envelope }
}

/// Two devices with a relationship session each; the second owns address 20.
fn two() -> Presence {
    let mut presence = Presence::new([1; 32], [2; 32]);
    for n in [1, 2] {
        enter(&mut presence, n, n, SessionKind::Relationship);
    }
    own(&mut presence, 2, 20);
    assert!(presence.poll().is_none());
    presence
}

fn enter(presence: &mut Presence, id: u8, device: u8, kind: SessionKind) {
    let device = DeviceId::from_bytes([device; 16]);
    let session = session(id);
    presence.handle(NOW, Input::Enter { session, device, kind });
}

fn own(presence: &mut Presence, id: u8, at: u8) {
    let put_key = Secret::new(KEY);
    presence.handle(NOW, Input::Own { session: session(id), address: address(at), put_key });
}

fn told(presence: &mut Presence, input: Input) -> Vec<String> {
    presence.handle(NOW, input);
    std::iter::from_fn(|| presence.poll())
        .map(|output| match output {
            Output::Deliver { to, .. } => format!("deliver {}", to.as_bytes()[0]),
            Output::Gone { to, n } => format!("gone {} {n}", to.as_bytes()[0]),
            Output::Lost { to, address } => format!("lost {} {}", to.as_bytes()[0], address.as_bytes()[0]),
            Output::News(_) => "news".to_owned(),
            Output::End { session, code } => format!("end {} {code:?}", session.as_bytes()[0]),
        })
        .collect()
}

#[test]
fn the_right_capability_delivers_and_every_refusal_is_the_same() {
    let mut presence = two();
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 20, KEY))), ["deliver 2"]);
    let unknown = told(&mut presence, Input::Route(route(1, 2, 99, KEY)));
    let wrong_mac = told(&mut presence, Input::Route(route(1, 2, 20, [4; 32])));
    presence.handle(NOW, Input::Route(route(1, 2, 20, KEY)));
    let Some(Output::Deliver { otherwise, .. }) = presence.poll() else { panic!("delivered") };
    let full = told(&mut presence, Input::Undelivered(otherwise));
    assert_eq!(unknown, ["gone 1 2"]);
    assert_eq!(wrong_mac, unknown);
    assert_eq!(full, unknown);
}

#[test]
fn nobody_can_use_the_decoy() {
    let mut presence = two();
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 99, [1; 32]))), ["gone 1 1"]);
}

#[test]
fn a_front_door_never_answers() {
    let mut presence = two();
    enter(&mut presence, 3, 2, SessionKind::Door);
    own(&mut presence, 3, 30);
    presence.handle(NOW, Input::FrontDoors([address(31)].into()));
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 30, KEY))), ["deliver 3"]);
    assert!(told(&mut presence, Input::Route(route(1, 2, 30, [4; 32]))).is_empty(), "wrong MAC");
    assert!(told(&mut presence, Input::Route(route(1, 3, 31, KEY))).is_empty(), "not there");
}

#[test]
fn a_device_spends_its_front_door_allowance() {
    let mut presence = two();
    enter(&mut presence, 3, 2, SessionKind::Door);
    own(&mut presence, 3, 30);
    let delivered = (0..FRONT_DOOR_PUTS_PER_DAY_MAX + 10)
        .filter(|n| told(&mut presence, Input::Route(route(1, u64::from(*n), 30, KEY))) == ["deliver 3"])
        .count();
    assert_eq!(delivered, FRONT_DOOR_PUTS_PER_DAY_MAX as usize);
    assert_eq!(told(&mut presence, Input::Route(route(1, 9_999, 20, KEY))), ["deliver 2"], "relationships go on");
}

#[test]
fn a_newer_sub_takes_the_address_and_the_older_is_told() {
    let mut presence = two();
    enter(&mut presence, 3, 3, SessionKind::Relationship);
    let put_key = Secret::new([5; 32]);
    let newer = Input::Own { session: session(3), address: address(20), put_key };
    assert_eq!(told(&mut presence, newer), ["lost 2 20"]);
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 20, [5; 32]))), ["deliver 3"]);
    // What the older one does about it afterwards changes nothing.
    presence.handle(NOW, Input::Disown { session: session(2), address: address(20) });
    presence.handle(NOW, Input::Leave { session: session(2) });
    assert_eq!(told(&mut presence, Input::Route(route(1, 2, 20, [5; 32]))), ["deliver 3"]);
}

#[test]
fn a_newer_session_of_a_device_replaces_the_older() {
    let mut presence = two();
    let newer =
        Input::Enter { session: session(7), device: DeviceId::from_bytes([2; 16]), kind: SessionKind::Relationship };
    assert_eq!(told(&mut presence, newer), ["end 2 Replaced"]);
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 20, KEY))), ["gone 1 1"]);
    own(&mut presence, 7, 20);
    assert_eq!(told(&mut presence, Input::Route(route(1, 2, 20, KEY))), ["deliver 7"]);
    presence.handle(NOW, Input::Leave { session: session(2) });
    assert_eq!(told(&mut presence, Input::Route(route(1, 3, 20, KEY))), ["deliver 7"]);
}

#[test]
fn expelled_devices_lose_both_sessions_and_everything_is_forgotten() {
    let mut presence = two();
    enter(&mut presence, 3, 2, SessionKind::Door);
    let expel = Input::Expel { devices: vec![DeviceId::from_bytes([2; 16])], code: CloseCode::Revoked };
    assert_eq!(told(&mut presence, expel), ["end 3 Revoked", "end 2 Revoked"]);
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 20, KEY))), ["gone 1 1"]);
    presence.handle(NOW, Input::Leave { session: session(1) });
    assert!(presence.seats.is_empty() && presence.owners.is_empty() && presence.sessions.is_empty());
}

#[test]
fn a_session_that_is_not_there_can_do_nothing() {
    let mut presence = two();
    assert!(told(&mut presence, Input::Route(route(8, 1, 20, KEY))).is_empty());
    own(&mut presence, 8, 20);
    assert_eq!(told(&mut presence, Input::Route(route(1, 1, 20, KEY))), ["deliver 2"]);
}
