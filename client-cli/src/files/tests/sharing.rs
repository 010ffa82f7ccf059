//! More than two porters: whoever has a file serves it, nobody's lie costs more than time, and what is paused or limited keeps to it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use protocol::ids::DeviceId;
use protocol::limits::FILE_PIECE_BYTES;
use protocol::link::FileRefusal;

use super::rig::{Device, connect, content};
use crate::core::transfer::receiver::{End, Pause};
use crate::files::FileEvent;
use crate::files::records::{FetchRecord, FetchState, OfferReceived};

const PIECE: usize = FILE_PIECE_BYTES;

/// Says that these may have a file too.
async fn group(receiver: &Device, offer: &OfferReceived, others: &[&Device]) {
    let others: BTreeSet<DeviceId> = others.iter().map(|device| device.id).collect();
    receiver.porter.members(BTreeMap::from([(offer.offer.file, others)])).await.expect("a porter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_from_another_member_when_its_author_is_gone() {
    let (alice, mut bob, mut carol, dave) = (Device::new(1), Device::new(2), Device::new(3), Device::new(4));
    let content = content(70 * PIECE + 5);
    let offer = alice.offer("report.pdf", &content).await;
    let wire = connect(&alice, &bob, u64::MAX).await;
    let saved = bob.fetches(&offer).await;
    wire.cut(&alice, &bob).await;
    drop(alice);
    bob.hold(&offer, &saved).await.expect("it is whole");

    // Dave has nothing, and says so; Bob is asked next.
    group(&carol, &offer, &[&bob, &dave]).await;
    let (_no, wire) = (connect(&dave, &carol, u64::MAX).await, connect(&bob, &carol, u64::MAX).await);
    let path = carol.fetches(&offer).await;
    assert!(std::fs::read(path.as_path()).expect("readable") == content);
    assert_eq!(wire.cut(&bob, &carol).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_author_has_no_more_another_member_serves_and_the_author_is_no_reason_to_end() {
    let (alice, mut bob, mut carol) = (Device::new(1), Device::new(2), Device::new(3));
    let content = content(9 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    let wire = connect(&alice, &bob, u64::MAX).await;
    let saved = bob.fetches(&offer).await;
    wire.cut(&alice, &bob).await;
    std::fs::write(alice.home().join("report.pdf"), b"another").expect("writable");

    group(&carol, &offer, &[&bob]).await;
    let _no = connect(&alice, &carol, u64::MAX).await;
    let record = FetchRecord::new(offer.offer.file, carol.home_folder());
    carol.porter.fetch(offer.clone(), record).await.expect("a porter");
    loop {
        if let FileEvent::Paused { pause, .. } = carol.event().await {
            assert_eq!(pause, Pause::Refused(FileRefusal::Changed));
            break;
        }
    }
    bob.hold(&offer, &saved).await.expect("it is whole");
    let _yes = connect(&bob, &carol, u64::MAX).await;
    assert_eq!(carol.end().await.1, End::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changed_or_moved_what_was_fetched_does_not_serve_it() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let content = content(3 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    let _wire = connect(&alice, &bob, u64::MAX).await;
    let saved = bob.fetches(&offer).await;
    let mut other = content;
    other[PIECE] ^= 1;
    std::fs::write(saved.as_path(), &other).expect("writable");
    assert_eq!(bob.hold(&offer, &saved).await, Err(FileRefusal::Changed));
    std::fs::remove_file(saved.as_path()).expect("removable");
    assert_eq!(bob.hold(&offer, &saved).await, Err(FileRefusal::Missing));
    assert!(!bob.data().has_tree(offer.offer.file));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_fetch_keeps_what_it_has_and_goes_on_from_there() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let content = content(450 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    let wire = connect(&alice, &bob, 200).await;
    let record = FetchRecord::new(offer.offer.file, bob.home_folder());
    bob.porter.fetch(offer.clone(), record).await.expect("a porter");
    bob.some_progress().await;
    bob.porter.pause(offer.offer.file).await.expect("a porter");
    let (record, end) = bob.end().await;
    assert_eq!((end, &record.state), (End::Paused, &FetchState::Paused));
    assert!(record.verified_pieces > 0);
    wire.cut(&alice, &bob).await;

    let wire = connect(&alice, &bob, u64::MAX).await;
    bob.porter.resume(offer, record.clone()).await.expect("a porter");
    let (saved, end) = bob.end().await;
    let FetchState::Saved(path) = saved.state else { panic!("{end:?}") };
    assert!(std::fs::read(path.as_path()).expect("readable") == content);
    assert_eq!(wire.cut(&alice, &bob).await, [record.verified_pieces]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_move_no_faster_than_the_limit_of_either_side() {
    const RATE: u64 = 1 << 20;
    for limited in [0, 1] {
        let (alice, mut bob) = (Device::new(1), Device::new(2));
        let content = content(24 * PIECE);
        let offer = alice.offer("report.pdf", &content).await;
        [&alice, &bob][limited].porter.limit(NonZeroU64::new(RATE)).await.expect("a porter");
        let _wire = connect(&alice, &bob, u64::MAX).await;
        let began = Instant::now();
        let path = bob.fetches(&offer).await;
        assert!(began.elapsed() >= Duration::from_millis(1_250), "{:?}", began.elapsed());
        assert!(std::fs::read(path.as_path()).expect("readable") == content);
    }
}
