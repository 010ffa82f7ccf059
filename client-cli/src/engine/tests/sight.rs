//! What is due is not shown, found, written, answered or announced, whatever could be deleted of it by then.

use protocol::ids::FileId;
use protocol::lane::HybridClock;
use protocol::message::{Context, FileOffer, MessageBody};
use protocol::policy::{Policy, PolicyKey};

use super::names::{code, world};
use super::*;
use crate::core::acts::Marks;
use crate::files::records::{OfferReceived, OfferState};
use crate::store::records::{MessagePlace, MessageRecord, Seen};
use crate::store::tables::{DUES, MESSAGE_PLACES, MESSAGES, MESSAGES_SEEN, OFFERS_RECEIVED};
use crate::store::{Reading as _, Span};

fn id(number: u32) -> MessageId {
    let mut id = [7; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    MessageId::from_bytes(id)
}

/// Bob said this at a time, and it was read.
fn said(engine: &Engine, bob: &Person, number: u32, at: Timestamp, body: MessageBody) -> MessageRecord {
    MessageRecord {
        message: id(number),
        conversation: engine.conversation_with(bob.member),
        author: bob.member,
        clock: HybridClock { ms: at.as_millis(), count: number },
        body,
        state: None,
        seen: Seen::Quietly,
        marks: Marks::default(),
    }
}

fn keep(engine: &Engine, records: &[MessageRecord], due: Option<Timestamp>) {
    let keep = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
        for record in records {
            let place = MessagePlace { conversation: record.conversation, clock: record.clock };
            tx.put(&MESSAGES, &record.key(), record)?;
            tx.put(&MESSAGE_PLACES, record.message.as_bytes(), &place)?;
            if let Some(due) = due {
                tx.put(&DUES, &(due.as_millis(), *record.message.as_bytes()), &place)?;
            }
        }
        Ok(())
    };
    engine.vault.write(keep).unwrap();
}

fn count(engine: &Engine) -> usize {
    engine.vault.read(|tx| Ok::<_, VaultError>(tx.scan(&MESSAGES, Span::all()).count())).unwrap()
}

fn texts(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().filter_map(|row| row["text"].as_str().map(str::to_owned)).collect()
}

fn ok(answer: Result<Value, requests::Refused>) -> Value {
    answer.unwrap_or_else(|_| panic!("it was refused"))
}

#[tokio::test]
async fn what_is_due_is_nowhere_while_there_is_too_much_of_it_to_delete_at_once() {
    let (_, _disk, mut engine, bob, _) = world();
    let past = clock::now().minus_ms(60_000);
    let texts_of = |from: u32, to: u32, word: &str| -> Vec<MessageRecord> {
        (from..to).map(|n| said(&engine, &bob, n, past, MessageBody::text(format!("{word} {n}").into()))).collect()
    };
    let due = texts_of(0, 1_100, "canary");
    let stays = texts_of(1_100, 1_101, "lasting");
    let quotes = Context { reply_to: Some(id(5)), ..Context::default() };
    let answer = said(&engine, &bob, 2_000, past, MessageBody::Text { text: "an answer".into(), context: quotes });
    let offer = FileOffer {
        file: FileId::from_bytes([9; 16]),
        name: "canary.pdf".into(),
        bytes: 1,
        media_type: String::new(),
        root: Hash32::from_bytes([1; 32]),
        key: [2; 32],
        folder: None,
    };
    let body = MessageBody::FileOffer { offer: offer.clone(), context: Context::default() };
    let file = said(&engine, &bob, 3_000, past, body);
    keep(&engine, &due, Some(past));
    keep(&engine, &[file], Some(past));
    keep(&engine, &stays, None);
    keep(&engine, &[answer], None);
    let received =
        OfferReceived { conversation: due[0].conversation, holder: bob.device(), offer, state: OfferState::Open };
    engine.vault.write(|tx| tx.put(&OFFERS_RECEIVED, &[9; 16], &received)).unwrap();

    assert_eq!(count(&engine), 1_103, "control: nothing was deleted yet");
    for rows in [ok(engine.page("bob", None, 1_000)), ok(engine.export("bob", None))["messages"].clone()] {
        let mut shown = texts(&rows);
        shown.sort();
        assert!(shown.iter().all(|text| !text.contains("canary")) && shown.len() <= 2, "{shown:?}");
    }
    let page = ok(engine.page("bob", None, 1_000));
    let answers = page.as_array().unwrap().iter().find(|row| row["text"] == "an answer").unwrap();
    assert_eq!(answers["reply"], serde_json::json!({"message_id": id(5), "missing": true}));
    assert!(texts(&ok(engine.search("canary", None, None, None))).is_empty());
    assert_eq!(texts(&ok(engine.search("lasting", None, None, None))).len(), 1);
    let listed = ok(engine.conversations());
    assert!(!listed.to_string().contains("canary"), "{listed}");
    assert_eq!(ok(engine.files()), serde_json::json!([]));
    assert_eq!(code(engine.reacted(&id(5).to_string(), Some("👍".into()))), "unknown-message");
    assert_eq!(code(engine.forwardable(&id(5).to_string(), "bob")), "unknown-message");

    engine.remember_lifetimes().unwrap();
    for _ in 0..2 {
        engine.keep_lifetimes(clock::now()).unwrap();
    }
    assert_eq!(count(&engine), 2, "and it goes, some at a time");
}

#[tokio::test]
async fn what_was_read_on_a_full_disk_is_shown_for_its_time_and_no_longer() {
    let (_, disk, mut engine, bob, _) = world();
    let body = MessageBody::text("canary".into()).living(Some(30));
    let unread = MessageRecord { seen: Seen::Not, ..said(&engine, &bob, 1, clock::now(), body) };
    keep(&engine, std::slice::from_ref(&unread), None);
    disk.fill(&engine.vault);
    assert_eq!(texts(&ok(engine.history("bob", None, None))), ["canary"], "reading works");
    assert_eq!(texts(&ok(engine.page("bob", None, 10))), ["canary"]);
    // Its time has passed, and there is still no room.
    engine.lifetimes.pass_unwritten(30_000);
    assert!(texts(&ok(engine.page("bob", None, 10))).is_empty());
    disk.make_room();
    engine.keep_retention(clock::now()).unwrap();
    engine.follow_changes().unwrap();
    engine.keep_lifetimes(clock::now()).unwrap();
    assert_eq!(count(&engine), 0);
}

#[tokio::test]
async fn what_is_older_than_the_policy_keeps_is_not_shown_and_a_date_to_come_keeps_nothing() {
    let (_, _disk, mut engine, bob, _) = world();
    let now = clock::now();
    let days_ago = |days: u64| now.minus_ms(days * DAY_MS);
    let old = said(&engine, &bob, 1, days_ago(8), MessageBody::text("canary".into()));
    let ahead = said(&engine, &bob, 2, now.plus_ms(400 * DAY_MS), MessageBody::text("canary of next year".into()));
    let recent = said(&engine, &bob, 3, days_ago(6), MessageBody::text("recent".into()));
    let soon = said(&engine, &bob, 4, now.plus_ms(400 * DAY_MS), MessageBody::text("came yesterday".into()));
    keep(&engine, &[old, ahead.clone(), recent, soon.clone()], None);
    engine.vault.write(|tx| lifetimes::note_ahead(tx, &ahead, days_ago(8))).unwrap();
    engine.vault.write(|tx| lifetimes::note_ahead(tx, &soon, days_ago(1))).unwrap();
    assert_eq!(texts(&ok(engine.page("bob", None, 10))).len(), 4, "control: no policy says so");
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::MessageRetentionDays, "7")]).unwrap());
    assert_eq!(texts(&ok(engine.page("bob", None, 10))), ["recent", "came yesterday"]);
    assert!(texts(&ok(engine.search("canary", None, None, None))).is_empty());
    engine.keep_retention(now).unwrap();
    assert_eq!(count(&engine), 2);
    engine.keep_retention(now.plus_ms(6 * DAY_MS + 1)).unwrap();
    assert_eq!(count(&engine), 0, "it came seven days before");
}

#[tokio::test]
async fn ids_that_cannot_come_again_go_though_messages_are_kept_for_ever() {
    let (_, _disk, mut engine, bob, _) = world();
    let conversation = *engine.conversation_with(bob.member).as_bytes();
    let now = clock::now();
    let seen = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
        tx.put(&MESSAGES_SEEN, &(conversation, [1; 16]), &now.minus_ms(91 * DAY_MS))?;
        tx.put(&MESSAGES_SEEN, &(conversation, [2; 16]), &now.minus_ms(89 * DAY_MS))
    };
    engine.vault.write(seen).unwrap();
    engine.keep_retention(now).unwrap();
    let left = |engine: &Engine| {
        engine.vault.read(|tx| Ok::<_, VaultError>(tx.scan(&MESSAGES_SEEN, Span::all()).count())).unwrap()
    };
    assert_eq!(left(&engine), 1);
    engine.vault.write(seen).unwrap();
    engine.keep_retention(now.plus_ms(60_000)).unwrap();
    assert_eq!(left(&engine), 2, "all of it is looked through now and then, not at each upkeep");
    engine.keep_retention(now.plus_ms(3_600_000)).unwrap();
    assert_eq!(left(&engine), 1);
}
