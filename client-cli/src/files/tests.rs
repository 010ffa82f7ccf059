//! Two porters, two disks, and a link that can stop and break: files arrive equal whatever is killed, nothing of them lies
//! open in a data folder, and refusals are seen on both sides.

mod rig;
mod sharing;

use std::collections::BTreeMap;
use std::path::Path;

use protocol::limits::FILE_PIECE_BYTES;
use protocol::link::FileRefusal;

use self::rig::{Device, assert_nothing_open, connect, content, files_under, keep_busy};
use super::records::{Destination, FetchRecord, FetchState, IfExists, PartKind};
use crate::core::transfer::holder;
use crate::core::transfer::receiver::{End, Trouble};
use crate::files::FileEvent;

const PIECE: usize = FILE_PIECE_BYTES;

#[tokio::test(flavor = "multi_thread")]
async fn files_of_any_size_arrive_equal_and_are_written_once() {
    let (mut alice, mut bob) = (Device::new(1), Device::new(2));
    let wire = connect(&alice, &bob, u64::MAX).await;
    for (bytes, name) in
        [(0, "report.pdf"), (1, "report (2).pdf"), (PIECE, "report (3).pdf"), (9 * PIECE + 17, "report (4).pdf")]
    {
        let content = content(bytes);
        let offer = alice.offer("report.pdf", &content).await;
        bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
        let (record, end) = bob.end().await;
        assert_eq!(end, End::Done, "{bytes} bytes");
        let path = bob.home().join(name);
        assert_eq!(record.state, FetchState::Saved(path.clone().into()));
        assert!(std::fs::read(&path).expect("readable") == content, "{bytes} bytes");
        if bytes > 0 {
            assert_eq!(alice.served().await, holder::End::Sent);
        }
        assert!(files_under(&bob.folder.path().join("data")).is_empty(), "nothing went through the data folder");
    }
    assert_eq!(files_under(&bob.home()).len(), 4, "no partial file is left");
    assert_nothing_open(&alice.folder.path().join("data"));
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_destination_is_kept_sealed_until_it_is_saved() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let wire = connect(&alice, &bob, u64::MAX).await;
    let content = content(5 * PIECE + 1);
    let offer = alice.offer("report.pdf", &content).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, None)).await.expect("a porter");
    let (mut record, end) = bob.end().await;
    assert_eq!((end, &record.state, record.part), (End::Done, &FetchState::Kept, PartKind::Sealed));
    let data = bob.folder.path().join("data");
    assert!(files_under(&data).len() == 1 && files_under(&bob.home()).is_empty());
    assert_nothing_open(&data);

    wire.cut(&alice, &bob).await;
    bob.kill();
    let path = bob.home().join("saved.pdf");
    record.destination = Some(Destination::chosen(path.clone(), IfExists::Refuse));
    bob.porter.fetch(offer, record).await.expect("a porter");
    let (record, end) = bob.end().await;
    assert_eq!((end, record.state), (End::Done, FetchState::Saved(path.clone().into())));
    assert!(std::fs::read(&path).expect("readable") == content);
    assert!(files_under(&data).is_empty() && files_under(&bob.home()).len() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_of_either_side_the_fetch_goes_on_where_it_was() {
    for destination in [true, false] {
        let (mut alice, mut bob) = (Device::new(1), Device::new(2));
        let content = content(450 * PIECE + 3);
        let offer = alice.offer("report.pdf", &content).await;
        let into = bob.home_folder().filter(|_| destination);

        let wire = connect(&alice, &bob, 200).await;
        bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, into)).await.expect("a porter");
        let first = bob.some_progress().await;
        bob.kill();
        wire.cut(&alice, &bob).await;

        let wire = connect(&alice, &bob, 200).await;
        bob.porter.fetch(offer.clone(), first.clone()).await.expect("a porter");
        let second = loop {
            let record = bob.some_progress().await;
            if record.verified_pieces > first.verified_pieces {
                break record;
            }
        };
        alice.kill();
        assert_eq!(wire.cut(&alice, &bob).await, [first.verified_pieces]);

        let wire = connect(&alice, &bob, u64::MAX).await;
        let (record, end) = bob.end().await;
        assert_eq!(end, End::Done);
        let requests = wire.cut(&alice, &bob).await;
        assert!(requests.len() == 1 && requests[0] >= second.verified_pieces, "{requests:?}");
        assert_nothing_open(&bob.folder.path().join("data"));
        let path = match record.state {
            FetchState::Saved(path) => path,
            _ => {
                let into = FetchRecord { destination: bob.home_folder(), ..record };
                bob.porter.fetch(offer, into).await.expect("a porter");
                let (FetchRecord { state: FetchState::Saved(path), .. }, End::Done) = bob.end().await else {
                    panic!("not saved")
                };
                path
            }
        };
        assert!(std::fs::read(path.as_path()).expect("readable") == content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_file_and_an_unknown_offer_are_refused_with_the_reason() {
    let (mut alice, mut bob) = (Device::new(1), Device::new(2));
    let wire = connect(&alice, &bob, u64::MAX).await;
    let content = content(3 * PIECE);
    type Spoil = fn(&Path, &[u8]);
    let spoils: [(Spoil, FileRefusal); 4] = [
        (
            |path, content| {
                std::fs::write(path, [&content[..PIECE + 1], &[0], &content[PIECE + 2..]].concat()).expect("writable")
            },
            FileRefusal::Changed,
        ),
        (|path, content| std::fs::write(path, &content[1..]).expect("writable"), FileRefusal::Changed),
        (|path, content| std::fs::write(path, [content, b"more"].concat()).expect("writable"), FileRefusal::Changed),
        (|path, _| std::fs::remove_file(path).expect("removable"), FileRefusal::Missing),
    ];
    for (spoil, reason) in spoils {
        let offer = alice.offer("report.pdf", &content).await;
        spoil(&alice.home().join("report.pdf"), &content);
        bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
        let (record, end) = bob.end().await;
        assert_eq!((end, record.state), (End::Refused(reason), FetchState::Refused(reason)));
        assert_eq!(alice.served().await, holder::End::Refused(reason));
    }
    let offer = alice.offer("report.pdf", &content).await;
    alice.offers.lock().expect("not poisoned").clear();
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, None)).await.expect("a porter");
    assert_eq!(bob.end().await.1, End::Refused(FileRefusal::Unknown));
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_file_that_others_changed_is_found_out_and_fetched_anew() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let content = content(300 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    let wire = connect(&alice, &bob, 200).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    let record = bob.some_progress().await;
    bob.kill();
    wire.cut(&alice, &bob).await;

    let part = files_under(&bob.home()).pop().expect("a partial file");
    let mut bytes = std::fs::read(&part).expect("readable");
    bytes[5] ^= 1;
    std::fs::write(&part, bytes).expect("writable");
    let wire = connect(&alice, &bob, u64::MAX).await;
    bob.porter.fetch(offer, record.clone()).await.expect("a porter");
    assert_eq!(bob.end().await.1, End::Done);
    assert_eq!(wire.cut(&alice, &bob).await, [record.verified_pieces, 0]);
    assert!(std::fs::read(bob.home().join("report.pdf")).expect("readable") == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_at_the_path_stays_and_canceling_leaves_nothing() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let offer = alice.offer("report.pdf", &content(300 * PIECE)).await;
    let file = offer.offer.file;
    let there = bob.home().join("there");
    std::fs::write(&there, "old").expect("writable");
    let wire = connect(&alice, &bob, 200).await;
    let to = Some(Destination::chosen(there.clone(), IfExists::Refuse));
    bob.porter.fetch(offer.clone(), FetchRecord::new(file, to)).await.expect("a porter");
    assert_eq!(bob.end().await.1, End::Failed(Trouble::Exists));
    assert_eq!(std::fs::read_to_string(&there).expect("readable"), "old");

    bob.porter.fetch(offer.clone(), FetchRecord::new(file, bob.home_folder())).await.expect("a porter");
    bob.some_progress().await;
    let canceled = FetchRecord { state: FetchState::Canceled, ..FetchRecord::new(file, bob.home_folder()) };
    bob.porter.discard(offer, canceled).await.expect("a porter");
    let (record, end) = bob.end().await;
    assert_eq!((end, record.state), (End::Stopped, FetchState::Canceled));
    assert_eq!(files_under(&bob.home()), [there]);
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_taken_back_while_it_arrived_ends_with_that_word_and_leaves_nothing() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let offer = alice.offer("report.pdf", &content(300 * PIECE)).await;
    let wire = connect(&alice, &bob, 200).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    let withdrawn = FetchState::Refused(FileRefusal::Withdrawn);
    let record = FetchRecord { state: withdrawn.clone(), ..bob.some_progress().await };
    bob.porter.discard(offer, record).await.expect("a porter");
    let (record, end) = bob.end().await;
    assert_eq!((end, record.state), (End::Refused(FileRefusal::Withdrawn), withdrawn));
    assert!(files_under(&bob.home()).is_empty());
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_of_a_file_that_is_refused_later_does_not_stay() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let offer = alice.offer("report.pdf", &content(300 * PIECE)).await;
    let wire = connect(&alice, &bob, 200).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    bob.some_progress().await;
    wire.cut(&alice, &bob).await;
    std::fs::remove_file(alice.home().join("report.pdf")).expect("removable");
    let wire = connect(&alice, &bob, u64::MAX).await;
    let (record, end) = bob.end().await;
    assert_eq!((end, record.verified_pieces), (End::Refused(FileRefusal::Missing), 0));
    assert!(files_under(&bob.home()).is_empty(), "hidden parts of it are left");
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_saved_right_before_a_kill_is_neither_fetched_nor_saved_again() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let content = content(20 * PIECE + 1);
    let offer = alice.offer("report.pdf", &content).await;
    let path = bob.home().join("report.pdf");
    let chosen = Some(Destination::chosen(path.clone(), IfExists::Refuse));
    let wire = connect(&alice, &bob, u64::MAX).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, chosen.clone())).await.expect("a porter");
    assert_eq!(bob.end().await.1, End::Done);
    wire.cut(&alice, &bob).await;
    // Of what was recorded the last words are missing: the holder is not there, and is not needed.
    for (destination, verified_pieces) in [(bob.home_folder(), 16), (chosen, 16), (bob.home_folder(), 0)] {
        bob.kill();
        let record = FetchRecord { verified_pieces, ..FetchRecord::new(offer.offer.file, destination) };
        bob.porter.resume(offer.clone(), record).await.expect("a porter");
        let (record, end) = bob.end().await;
        assert_eq!((end, record.state), (End::Done, FetchState::Saved(path.clone().into())));
        assert_eq!(record.verified_pieces, 21);
        assert_eq!(files_under(&bob.home()), std::slice::from_ref(&path));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_colleague_does_not_serve_do_not_hold_up_those_of_others() {
    let (alice, mallory, mut bob) = (Device::new(1), Device::new(3), Device::new(2));
    let busy = keep_busy(&mallory, &bob).await;
    for number in 0..4 {
        let offer = mallory.offer(&number.to_string(), &content(PIECE)).await;
        bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
        while !matches!(bob.event().await, FileEvent::Paused { .. }) {}
    }
    let content = content(5 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    let wire = connect(&alice, &bob, u64::MAX).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    assert_eq!(bob.end().await.1, End::Done);
    assert!(std::fs::read(bob.home().join("report.pdf")).expect("readable") == content);
    busy.abort();
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_file_can_be_fetched_again_at_once() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let wire = connect(&alice, &bob, u64::MAX).await;
    let content = content(40 * PIECE);
    let offer = alice.offer("report.pdf", &content).await;
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, None)).await.expect("a porter");
    let (kept, end) = bob.end().await;
    assert_eq!((end, &kept.state), (End::Done, &FetchState::Kept));
    bob.porter.discard(offer.clone(), kept).await.expect("a porter");
    bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    while bob.end().await.1 != End::Done {}
    assert!(files_under(&bob.folder.path().join("data")).is_empty());
    assert!(std::fs::read(bob.home().join("report.pdf")).expect("readable") == content);
    wire.cut(&alice, &bob).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_at_once_all_arrive_and_leftovers_are_swept() {
    let (alice, mut bob) = (Device::new(1), Device::new(2));
    let wire = connect(&alice, &bob, u64::MAX).await;
    let contents: Vec<_> = (1..=12).map(|pieces| content(pieces * 7 * PIECE + pieces)).collect();
    let mut wanted = BTreeMap::new();
    for (number, content) in contents.iter().enumerate() {
        let offer = alice.offer(&format!("{number}"), content).await;
        wanted.insert(offer.offer.file, number);
        bob.porter.fetch(offer.clone(), FetchRecord::new(offer.offer.file, bob.home_folder())).await.expect("a porter");
    }
    while !wanted.is_empty() {
        if let FileEvent::FetchEnded { file, end } = bob.event().await {
            assert_eq!(end, End::Done);
            let number = wanted.remove(&file).expect("ends once");
            assert!(std::fs::read(bob.home().join(number.to_string())).expect("readable") == contents[number]);
        }
    }
    wire.cut(&alice, &bob).await;
    let trees = alice.folder.path().join("data").join("trees");
    assert_eq!(files_under(&trees).len(), 12);
    alice.data().sweep(&alice.offers.lock().expect("not poisoned").keys().take(3).copied().collect()).expect("swept");
    assert_eq!(files_under(&trees).len(), 3);
}

#[test]
fn a_destruction_finds_what_lies_in_the_open_and_removes_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (data, home) = (super::DataFolder::within(&folder.path().join("data")), folder.path().join("home"));
    std::fs::create_dir(&home).unwrap();
    let [beside, other] = [1, 2].map(|byte| protocol::ids::FileId::from_bytes([byte; 16]));
    let part = home.join(super::part::name_beside(beside));
    let innocent = home.join("letter.odt");
    for path in [&part, &innocent] {
        std::fs::write(path, "words").unwrap();
    }
    data.note_beside(beside, &part).unwrap();
    // Whoever wrote this into the data folder wanted another file gone.
    data.note_beside(other, &innocent).unwrap();
    data.destroy().unwrap();
    assert_eq!(files_under(folder.path()), [innocent]);
    data.destroy().unwrap();
}
