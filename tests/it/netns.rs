//! The server carries introductions, not conversations: counted on its own network interface.

use anyhow::{Context as _, Result};
use tests::netns::{Host, NetNs};
use tests::postgres::Engine;

use crate::office::{Office, Places, assert_same_history, hash, saved};

const MESSAGES: usize = 1_000;
const FILE_MIB: u64 = 256;
/// What an agent may ever have held in memory, however large the file.
const RESIDENT_BYTES_MAX: u64 = 128 << 20;
/// Everything on the server's interface meanwhile, both directions, headers included.
const SERVER_BYTES_MAX: u64 = 256 << 10;

#[test]
fn a_thousand_messages_and_a_large_file_pass_the_server_by() -> Result<()> {
    let network = NetNs::start()?;
    let office = Office::with_codes(Places {
        server: network.place(Host::Server),
        first: network.place(Host::First),
        second: network.place(Host::Second),
        listen: NetNs::address(Host::Server),
        engine: Engine::Sqlite,
    })?;
    let (first, second) = (&office.first, &office.second);
    let before = network.traffic(Host::Server)?;

    let mut events = first.watch()?;
    let mut last = String::new();
    for number in 0..MESSAGES {
        last = first.send(second.login(), &format!("message {number}"))?.message_id;
    }
    events.delivered(&last)?;
    let (path, original) = office.file("scans.tar", FILE_MIB)?;
    let mut events = second.watch()?;
    let offered = first.send_file(second.login(), &path)?;
    assert_eq!(hash(&saved(&mut events, &offered.file_id.context("no file_id")?)?)?, original);

    for client in [first, second] {
        let resident = client.resident_bytes_max()?;
        assert!(resident < RESIDENT_BYTES_MAX, "an agent has held {resident} bytes");
    }

    let spent = network.traffic(Host::Server)?.since(before);
    assert_same_history(first, second)?;
    assert_eq!(second.history(first.login())?.len(), MESSAGES + 1);
    assert_eq!(first.status()?["links"][0]["path"], "host");
    // The control: the clients' own interfaces have carried the file.
    let carried = network.traffic(Host::Second)?;
    assert!(carried.received_bytes > FILE_MIB << 20, "the interfaces do not count: {carried:?}");
    assert!(spent < SERVER_BYTES_MAX, "the server's interface carried {spent} bytes");
    Ok(())
}
