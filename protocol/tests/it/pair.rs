//! Client and server sessions on a virtual network with one clock: connections are lost, half lost, and come back while older ones
//! linger.

mod world;

use proptest::prelude::*;
use protocol::keys;
use protocol::signaling::client::{ClientInput, RequestId};
use protocol::signaling::message::SessionKind;

use self::world::{CAPABILITY, Fault, TICK_MS, World, address, front_door, relationship};
use super::samples::LIMITS;

/// Longer than the longest pause before a client connects again, and the silence after which a dead connection is noticed.
const QUIET_TICKS: u64 = 3 * 60_000 / TICK_MS;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_did_everything_works_again(
        seed: u64,
        faults in prop::collection::vec((0u64..2_000, 0usize..6, 0u8..3), 0..12),
    ) {
        let mut world = World::new(3, seed);
        let mut round = 0;
        for tick in 0..2_000 {
            for (_, index, fault) in faults.iter().filter(|(at, ..)| *at == tick) {
                let fault = [Fault::Cut, Fault::HalfOpen, Fault::Silent][usize::from(*fault)];
                world.fail(*index, fault);
            }
            if tick % 100 == 50 {
                round += 1;
                world.put_all(round);
            }
            world.tick();
        }
        world.check_deliveries();
        for _ in 0..QUIET_TICKS {
            world.tick();
        }
        for client in &world.clients {
            prop_assert!(client.session.is_open(), "everybody is back");
        }
        // The newest connection owns the address, however many older ones lingered.
        for client in &world.clients {
            let key = match client.kind {
                SessionKind::Door => front_door(client.person),
                SessionKind::Relationship => relationship(client.person),
            };
            prop_assert_eq!(world.owners.get(&address(&key)).map(|(owner, _)| *owner), client.connection);
        }
        let before: usize = world.clients.iter().map(|client| client.delivered.len()).sum();
        prop_assert_eq!(world.put_all(200), 6);
        world.fetch_all();
        for _ in 0..100 {
            world.tick();
        }
        let after: usize = world.clients.iter().map(|client| client.delivered.len()).sum();
        prop_assert_eq!(after - before, 6, "and every envelope arrives");
        prop_assert!(world.clients.iter().filter(|client| client.kind == SessionKind::Door).all(|client| client.fetched == 1));
        world.check_deliveries();
    }
}

#[test]
fn a_put_to_nobody_comes_back_as_gone() {
    let mut world = World::new(2, 1);
    for _ in 0..100 {
        world.tick();
    }
    assert_eq!(world.put_all(1), 2);
    for _ in 0..100 {
        world.tick();
    }
    // Person 1 leaves for good.
    for index in [2, 3] {
        world.client(index, ClientInput::Stop).unwrap();
        world.pump(index);
    }
    for _ in 0..100 {
        world.tick();
    }
    world.put_all(2);
    for _ in 0..100 {
        world.tick();
    }
    let sender = &world.clients[1];
    assert_eq!(sender.gone, vec![RequestId(1)]);
    assert!(sender.news > 0);
}

#[test]
fn puts_over_the_rate_wait_and_all_arrive() {
    let mut world = World::new(2, 1);
    for _ in 0..100 {
        world.tick();
    }
    let (to, put_count) = (address(&relationship(1)), 100u8);
    for n in 0..put_count {
        let put_key = keys::put_key(&CAPABILITY, to);
        let put = ClientInput::Put { id: RequestId(n.into()), address: to, put_key, envelope: vec![n, 0, 1] };
        world.client(1, put).unwrap();
    }
    world.pump(1);
    let ticks = u64::from(put_count) * 1_000 / u64::from(LIMITS.put_per_s_max) / TICK_MS + 100;
    for _ in 0..ticks {
        world.tick();
    }
    assert_eq!(world.clients[3].delivered.len(), usize::from(put_count));
}
