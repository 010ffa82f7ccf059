//! Links between two ends in one process, over real sockets on loopback.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::peer::Peer;
use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn loopback() -> LinkConfig {
    LinkConfig { stun_servers: Vec::new(), interfaces: Interfaces::Loopback }
}

fn key(seed: u8) -> LinkKey {
    LinkKey::from_bytes([seed; 32])
}

/// Offerer and answerer with both descriptions applied.
async fn pending() -> (PendingLink, PendingLink) {
    let offer = LinkOffer::create(&loopback()).await.unwrap();
    let answer = LinkAnswer::create(&loopback(), offer.sdp(), &offer.fingerprint()).await.unwrap();
    let offering = offer.accept_answer(&answer.sdp, &answer.fingerprint).await.unwrap();
    (offering, answer.pending)
}

type Open = (Link, LinkEvents);

async fn opened() -> (Open, Open) {
    let (one, two) = pending().await;
    tokio::try_join!(one.open(key(7), PATIENCE), two.open(key(7), PATIENCE)).unwrap()
}

async fn next(events: &mut LinkEvents) -> LinkEvent {
    tokio::time::timeout(PATIENCE, events.recv()).await.unwrap()
}

#[tokio::test]
async fn frames_go_both_ways_on_both_channels_in_order() {
    let ((one, mut at_one), (two, mut at_two)) = opened().await;
    assert_eq!(one.path().await, Some(Path::Host));
    for n in 0..100u32 {
        let frame = Bytes::copy_from_slice(&n.to_be_bytes());
        one.send_bulk(frame.clone()).await.unwrap();
        two.send_control(frame).await.unwrap();
    }
    for n in 0..100u32 {
        let frame = Bytes::copy_from_slice(&n.to_be_bytes());
        assert_eq!(next(&mut at_two).await, LinkEvent::Bulk(frame.clone()));
        assert_eq!(next(&mut at_one).await, LinkEvent::Control(frame));
    }
    let biggest = Bytes::from(vec![5; LINK_FRAME_BYTES_MAX]);
    one.send_control(biggest.clone()).await.unwrap();
    assert_eq!(next(&mut at_two).await, LinkEvent::Control(biggest));
    let above = Bytes::from(vec![5; LINK_FRAME_BYTES_MAX + 1]);
    assert_eq!(one.send_bulk(above).await, Err(SendError::TooLarge));
}

#[tokio::test]
async fn what_was_sent_before_closing_still_arrives_and_both_ends_know_why() {
    let ((one, mut at_one), (_two, mut at_two)) = opened().await;
    one.send_control(Bytes::from_static(b"last")).await.unwrap();
    assert_eq!(next(&mut at_two).await, LinkEvent::Control(Bytes::from_static(b"last")));
    one.close().await;
    assert_eq!(next(&mut at_one).await, LinkEvent::Closed(ClosedReason::Local));
    assert_eq!(next(&mut at_two).await, LinkEvent::Closed(ClosedReason::Peer));
    assert_eq!(one.send_control(Bytes::from_static(b"x")).await, Err(SendError::Closed));
    assert_eq!(next(&mut at_two).await, LinkEvent::Closed(ClosedReason::Peer));
}

#[tokio::test]
async fn dropping_either_half_closes_the_link() {
    let ((one, at_one), (_two, mut at_two)) = opened().await;
    drop(at_one);
    assert_eq!(next(&mut at_two).await, LinkEvent::Closed(ClosedReason::Peer));
    drop(one);
    let ((one, _at_one), (_two, mut at_two)) = opened().await;
    drop(one);
    assert_eq!(next(&mut at_two).await, LinkEvent::Closed(ClosedReason::Peer));
}

#[tokio::test]
async fn another_link_key_is_refused() {
    let (one, two) = pending().await;
    let (one, two) = tokio::join!(one.open(key(7), PATIENCE), two.open(key(8), PATIENCE));
    let refused = |end: Result<Open, LinkError>| end.err();
    let (one, two) = (refused(one), refused(two));
    // The first to read the wrong MAC closes, which the other may see before it reads its own.
    assert!([one, two].contains(&Some(LinkError::Refused(Refused::Mac))), "{one:?} {two:?}");
    assert!(one.is_some() && two.is_some());
}

#[tokio::test]
async fn no_mac_in_time_is_refused() {
    let (one, _held_back) = pending().await;
    let refused = one.open(key(7), Duration::from_secs(2)).await.err();
    assert_eq!(refused, Some(LinkError::Refused(Refused::Silent)));
}

#[tokio::test]
async fn a_description_with_another_fingerprint_than_the_envelope_is_refused() {
    let offer = LinkOffer::create(&loopback()).await.unwrap();
    let refused = LinkAnswer::create(&loopback(), offer.sdp(), &[9; 32]).await.err();
    assert_eq!(refused, Some(LinkError::Refused(Refused::Fingerprint)));
    let answer = LinkAnswer::create(&loopback(), offer.sdp(), &offer.fingerprint()).await.unwrap();
    let refused = offer.accept_answer(&answer.sdp, &[9; 32]).await.err();
    assert_eq!(refused, Some(LinkError::Refused(Refused::Fingerprint)));
}

/// The far end's description and envelope agree, but another certificate comes out of the handshake.
#[tokio::test]
async fn a_swapped_certificate_is_refused() {
    let offer = LinkOffer::create(&loopback()).await.unwrap();
    let answer = LinkAnswer::create(&loopback(), offer.sdp(), &offer.fingerprint()).await.unwrap();
    let other = [9; 32];
    let forged = answer.sdp.replace(&octets(&answer.fingerprint), &octets(&other));
    assert_ne!(forged, answer.sdp);
    let one = offer.accept_answer(&forged, &other).await.unwrap();
    let patience = Duration::from_secs(3);
    let (one, two) = tokio::join!(one.open(key(7), patience), answer.pending.open(key(7), patience));
    assert_eq!(one.err(), Some(LinkError::Refused(Refused::Fingerprint)));
    assert!(two.is_err());
}

fn octets(fingerprint: &CertificateFingerprint) -> String {
    let octets: Vec<String> = fingerprint.iter().map(|b| format!("{b:02X}")).collect();
    octets.join(":")
}

#[tokio::test]
async fn unreadable_descriptions_are_refused() {
    let offer = LinkOffer::create(&loopback()).await.unwrap();
    let fingerprint = offer.fingerprint();
    let lines: Vec<&str> = offer.sdp().lines().collect();
    for cut in 0..lines.len() {
        let mut mangled = lines.clone();
        mangled[cut] = "\u{0}=\u{ffff}garbage:::";
        // Whatever the stack makes of it, it returns.
        let _ = LinkAnswer::create(&loopback(), &mangled.join("\r\n"), &fingerprint).await;
    }
    let empty = LinkAnswer::create(&loopback(), "", &fingerprint).await.err();
    assert_eq!(empty, Some(LinkError::Refused(Refused::Description)));
}

#[tokio::test]
async fn a_consumer_that_does_not_read_stops_the_sender() {
    let ((one, _at_one), (_two, mut at_two)) = opened().await;
    const FRAME_BYTES: usize = 64 * 1024;
    const ACCEPTED_BYTES_MAX: usize = 48 * 1024 * 1024;
    let mut sent = 0u32;
    loop {
        let mut frame = vec![0; FRAME_BYTES];
        frame[..4].copy_from_slice(&sent.to_be_bytes());
        let stalled = tokio::time::timeout(Duration::from_secs(2), one.send_bulk(frame.into()));
        match stalled.await {
            Ok(result) => result.unwrap(),
            Err(_) => break,
        }
        sent += 1;
        assert!(sent as usize * FRAME_BYTES < ACCEPTED_BYTES_MAX);
    }
    for n in 0..sent {
        match next(&mut at_two).await {
            LinkEvent::Bulk(frame) => assert_eq!(frame[..4], n.to_be_bytes()),
            other => panic!("{other:?}"),
        }
    }
    one.send_bulk(Bytes::from_static(b"flows again")).await.unwrap();
}

#[tokio::test]
async fn a_frame_above_the_limit_closes_the_link() {
    let offer = LinkOffer::create(&loopback()).await.unwrap();
    let answer = LinkAnswer::create(&loopback(), offer.sdp(), &offer.fingerprint()).await.unwrap();
    let one = offer.accept_answer(&answer.sdp, &answer.fingerprint).await.unwrap();
    let raw = std::sync::Arc::clone(answer.pending.bulk_for_tests());
    let ((_one, mut at_one), _two) =
        tokio::try_join!(one.open(key(7), PATIENCE), answer.pending.open(key(7), PATIENCE)).unwrap();
    raw.send(BytesMut::zeroed(LINK_FRAME_BYTES_MAX + 1)).await.unwrap();
    assert_eq!(next(&mut at_one).await, LinkEvent::Closed(ClosedReason::FrameTooLarge));
}

#[tokio::test]
async fn fifty_links_leave_no_task_and_no_socket() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for _ in 0..50 {
        let offer = LinkOffer::create(&loopback()).await.unwrap();
        let sockets = candidates(offer.sdp());
        assert!(!sockets.is_empty());
        let answer = LinkAnswer::create(&loopback(), offer.sdp(), &offer.fingerprint()).await.unwrap();
        let one = offer.accept_answer(&answer.sdp, &answer.fingerprint).await.unwrap();
        let ((one, at_one), (two, at_two)) =
            tokio::try_join!(one.open(key(7), PATIENCE), answer.pending.open(key(7), PATIENCE)).unwrap();
        tokio::join!(one.close(), two.close());
        drop((at_one, at_two));
        for address in sockets {
            UdpSocket::bind(address).expect("the socket of a closed link is gone");
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while tasks() > before {
        assert!(Instant::now() < deadline, "{} tasks left", tasks() - before);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_offer_that_is_dropped_frees_its_sockets() {
    let peer = Peer::build(&loopback()).await.unwrap();
    let closer = peer.closer.clone();
    drop(peer);
    tokio::time::timeout(PATIENCE, closer.done()).await.unwrap();
}

fn candidates(sdp: &str) -> Vec<(String, u16)> {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("a=candidate:"))
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            (fields[4].to_owned(), fields[5].parse().unwrap())
        })
        .collect()
}

/// The far end's process dies: no goodbye, its sockets are just gone.
#[test]
fn a_dead_peer_is_noticed_within_fifteen_seconds() {
    let near = tokio::runtime::Runtime::new().unwrap();
    let far = tokio::runtime::Runtime::new().unwrap();
    near.block_on(async {
        let (one, two) = {
            let offer = LinkOffer::create(&loopback()).await.unwrap();
            let (sdp, fingerprint) = (offer.sdp().to_owned(), offer.fingerprint());
            let answer = far
                .spawn(async move { LinkAnswer::create(&loopback(), &sdp, &fingerprint).await })
                .await
                .unwrap()
                .unwrap();
            let one = offer.accept_answer(&answer.sdp, &answer.fingerprint).await.unwrap();
            (one, answer.pending)
        };
        let two = far.spawn(async move { two.open(key(7), PATIENCE).await });
        let (_one, mut at_one) = one.open(key(7), PATIENCE).await.unwrap();
        let two = two.await.unwrap().unwrap();
        far.shutdown_background();
        let noticed = tokio::time::timeout(Duration::from_secs(15), at_one.recv()).await;
        assert_eq!(noticed, Ok(LinkEvent::Closed(ClosedReason::Lost)));
        drop(two);
    });
}
