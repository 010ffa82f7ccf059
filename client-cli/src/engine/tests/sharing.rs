//! Who is served with which file in a group: members of now that were members then, from the author or from whoever has it whole.

use std::path::Path;

use protocol::link::FileRefusal;
use protocol::message::{FileOffer, InFolder};
use protocol::secret::Secret;
use tempfile::TempDir;

use super::groups::{id, office};
use super::*;
use crate::engine::folders::id_of;
use crate::engine::port::{GroupChange, RateWish};
use crate::files::records::{FetchRecord, FetchState, OfferMade, OfferReceived, OfferState};
use crate::store::Reading as _;
use crate::store::tables::{FETCHES, OFFERS_MADE, OFFERS_RECEIVED};

const CONTENT: &[u8] = b"the notes of the last round";

fn group_of(engine: &mut Engine, people: &[&Person]) -> ConversationId {
    let people: Vec<String> = people.iter().map(|person| id(person)).collect();
    let begun = engine.create_group("Rounds", &people).ok().unwrap();
    begun["group_id"].as_str().unwrap().parse().unwrap()
}

fn made(engine: &Engine, conversation: ConversationId, number: u8) -> OfferMade {
    let place = engine.offered_at(conversation).unwrap().unwrap();
    let made = OfferMade {
        file: FileId::from_bytes([number; 16]),
        conversation,
        path: Path::new("/there/notes.txt").to_owned().into(),
        bytes: 5,
        root: Hash32::from_bytes([1; 32]),
        key: Secret::new([2; 32]),
        state: OfferState::Open,
        operations: engine.operations_at(place).unwrap(),
        folder: None,
    };
    engine.vault.write(|tx| tx.put(&OFFERS_MADE, made.file.as_bytes(), &made)).unwrap();
    made
}

fn asks(engine: &mut Engine, who: &Person, offer: &OfferMade) -> Result<(), FileRefusal> {
    engine.grant(who.member, offer.file, offer.conversation).unwrap().map(drop)
}

#[tokio::test]
async fn a_group_is_served_as_it_is_now_and_was_when_the_file_was_offered() {
    let (mut engine, [ada, lea]) = office();
    let group = group_of(&mut engine, &[&ada]);
    let first = made(&engine, group, 1);
    assert_eq!(asks(&mut engine, &ada, &first), Ok(()));
    assert_eq!(asks(&mut engine, &lea, &first), Err(FileRefusal::Unknown), "a stranger to the group");
    let pair = OfferMade { conversation: engine.conversation_with(ada.member), ..first.clone() };
    assert_eq!(asks(&mut engine, &ada, &pair), Err(FileRefusal::Unknown), "not offered there");

    let change = |change| (group.to_string(), change);
    let (name, add) = change(GroupChange::Add { who: id(&lea) });
    engine.change_group(&name, add).ok().unwrap();
    let second = made(&engine, group, 2);
    assert_eq!(asks(&mut engine, &lea, &first), Err(FileRefusal::Unknown), "offered before they joined");
    assert_eq!(asks(&mut engine, &lea, &second), Ok(()));

    engine.pause_file(&second.file.to_string()).ok().unwrap();
    assert_eq!(asks(&mut engine, &lea, &second), Err(FileRefusal::Busy));
    engine.resume_file(&second.file.to_string()).ok().unwrap();
    assert_eq!(asks(&mut engine, &lea, &second), Ok(()));

    let (name, remove) = change(GroupChange::Remove { who: id(&ada) });
    engine.change_group(&name, remove).ok().unwrap();
    assert_eq!(asks(&mut engine, &ada, &second), Err(FileRefusal::Unknown), "removed");
    assert_eq!(asks(&mut engine, &lea, &second), Ok(()));
}

/// A file of Ada's in this conversation that was saved here.
fn saved(engine: &Engine, ada: &Person, conversation: ConversationId, folder: &TempDir) -> OfferMade {
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, CONTENT).unwrap();
    let (file, root) = (FileId::from_bytes([9; 16]), Hash32::from_bytes(blake3::hash(CONTENT).into()));
    let (name, bytes) = (String::from("notes.txt").into(), CONTENT.len() as u64);
    let offer = FileOffer { file, name, bytes, media_type: String::new(), root, key: [3; 32], folder: None };
    let kept = OfferReceived { conversation, holder: ada.device(), offer, state: OfferState::Open };
    let fetch = FetchRecord { state: FetchState::Saved(path.clone().into()), ..FetchRecord::new(file, None) };
    let write = engine.vault.write(|tx| -> Result<(), VaultError> {
        tx.put(&OFFERS_RECEIVED, file.as_bytes(), &kept)?;
        tx.put(&FETCHES, file.as_bytes(), &fetch)
    });
    write.unwrap();
    kept.held_at(&path.into())
}

/// Waits until the file was read.
async fn read(engine: &mut Engine) {
    loop {
        let input = engine.inputs.recv().await.unwrap();
        let is_it = matches!(input, Input::Held(..));
        engine.take(input).unwrap();
        if is_it {
            return;
        }
    }
}

#[tokio::test]
async fn who_has_a_file_of_the_group_serves_it_while_it_is_what_was_offered() {
    let (mut engine, [ada, lea]) = office();
    let folder = tempfile::tempdir().unwrap();
    engine.options.data = folder.path().join("data");
    let group = group_of(&mut engine, &[&ada, &lea]);
    let held = saved(&engine, &ada, group, &folder);
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Busy), "it is read once more first");
    read(&mut engine).await;
    assert_eq!(asks(&mut engine, &lea, &held), Ok(()));

    let kept =
        |engine: &Engine| engine.vault.read(|tx| tx.get(&OFFERS_RECEIVED, held.file.as_bytes())).unwrap().unwrap();
    let withdrawn = OfferReceived { state: OfferState::Withdrawn, ..kept(&engine) };
    engine.vault.write(|tx| tx.put(&OFFERS_RECEIVED, held.file.as_bytes(), &withdrawn)).unwrap();
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Withdrawn));
    let open = OfferReceived { state: OfferState::Open, ..withdrawn };
    engine.vault.write(|tx| tx.put(&OFFERS_RECEIVED, held.file.as_bytes(), &open)).unwrap();

    std::fs::rename(held.path.as_path(), folder.path().join("elsewhere")).unwrap();
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Missing));
    std::fs::write(held.path.as_path(), b"shorter").unwrap();
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Changed));
}

#[tokio::test]
async fn a_saved_file_that_is_another_by_now_is_refused_and_not_read_for_everybody_who_asks() {
    let (mut engine, [ada, lea]) = office();
    let folder = tempfile::tempdir().unwrap();
    engine.options.data = folder.path().join("data");
    let group = group_of(&mut engine, &[&ada, &lea]);
    let held = saved(&engine, &ada, group, &folder);
    std::fs::write(held.path.as_path(), CONTENT.to_ascii_uppercase()).unwrap();
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Busy));
    read(&mut engine).await;
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Changed));

    // Among two nobody but the author is asked.
    let pair = engine.conversation_with(lea.member);
    let held = saved(&engine, &lea, pair, &folder);
    assert_eq!(asks(&mut engine, &lea, &held), Err(FileRefusal::Unknown));
}

#[tokio::test]
async fn a_rate_is_kept_and_the_choice_beside_it_too() {
    let (mut engine, _) = office();
    engine.limit_files(Some(RateWish::Bytes(2_000_000))).ok().unwrap();
    engine.receipts(Some(crate::store::records::Receipts::Off)).ok().unwrap();
    assert_eq!(engine.limit_files(None).ok().unwrap()["bytes_per_s"], 2_000_000);
    assert!(engine.limit_files(Some(RateWish::Bytes(3))).is_err());
    engine.limit_files(Some(RateWish::Off)).ok().unwrap();
    assert!(engine.limit_files(None).ok().unwrap()["bytes_per_s"].is_null());
    assert_eq!(engine.receipts(None).ok().unwrap()["receipts"], "off");
}

/// A file of a folder of Ada's, as its message says it.
fn in_folder(ada: &Person, conversation: ConversationId, number: u8, claim: (u32, u64)) -> OfferReceived {
    let (name, path) = (String::from("case").into(), vec![String::from("annexes").into()]);
    let folder = Some(InFolder { nonce: [7; 16], name, path, files: claim.0, bytes: claim.1 });
    let (file, root) = (FileId::from_bytes([number; 16]), Hash32::from_bytes([number; 32]));
    let name = format!("{number}.txt").into();
    let offer = FileOffer { file, name, bytes: 10, media_type: String::new(), root, key: [3; 32], folder };
    OfferReceived { conversation, holder: ada.device(), offer, state: OfferState::Open }
}

fn keep(engine: &Engine, offer: &OfferReceived) {
    engine.vault.write(|tx| tx.put(&OFFERS_RECEIVED, offer.offer.file.as_bytes(), offer)).unwrap();
}

/// Asks for a folder; the fault, if there is one at once.
fn save(engine: &mut Engine, offer: &OfferReceived, into: &Path) -> Option<String> {
    let id = id_of(offer).unwrap();
    let (reply, mut answer) = oneshot::channel();
    engine.save_file(&id.to_string(), into.to_owned(), reply).unwrap();
    answer.try_recv().ok().and_then(|answer| answer.err()).map(|fault| fault.code)
}

#[tokio::test]
async fn a_folder_is_fetched_below_one_that_is_made_for_it_and_no_further_than_it_claims() {
    let (mut engine, [ada, lea]) = office();
    let home = tempfile::tempdir().unwrap();
    let pair = engine.conversation_with(ada.member);
    let [one, two] = [1, 2].map(|number| in_folder(&ada, pair, number, (2, 20)));
    keep(&engine, &one);
    keep(&engine, &two);
    // Somebody else's offer with the same nonce is another folder.
    let other = in_folder(&lea, engine.conversation_with(lea.member), 3, (2, 20));
    keep(&engine, &other);
    assert_ne!(id_of(&one), id_of(&other));

    std::fs::create_dir(home.path().join("case")).unwrap();
    assert_eq!(save(&mut engine, &one, home.path()), None);
    let wanted = |engine: &Engine, offer: &OfferReceived| {
        let fetch = engine.vault.read(|tx| tx.get(&FETCHES, offer.offer.file.as_bytes())).unwrap();
        fetch.and_then(|fetch| fetch.destination).map(|to| to.folder().to_owned())
    };
    let below = Some(home.path().join("case (2)/annexes"));
    assert_eq!([wanted(&engine, &one), wanted(&engine, &two)], [below.clone(), below]);
    assert_eq!(wanted(&engine, &other), None);

    for lie in [(2, 20), (3, 31)] {
        let (mut engine, [ada, _]) = office();
        let pair = engine.conversation_with(ada.member);
        keep(&engine, &in_folder(&ada, pair, 1, (2, 20)));
        let [two, three] = [2, 3].map(|number| in_folder(&ada, pair, number, lie));
        keep(&engine, &two);
        keep(&engine, &three);
        assert_eq!(save(&mut engine, &two, home.path()).as_deref(), Some("folder-faulty"), "{lie:?}");
    }
}
