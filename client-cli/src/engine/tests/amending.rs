//! What people do to messages, over a real vault: whose, how long, what remains, and what the other side is told.

use protocol::ids::FileId;
use protocol::lane::HybridClock;
use protocol::message::{Context, FileOffer, Forwarding, MessageBody, Origin};
use protocol::policy::{Policy, PolicyKey};

use super::super::groups::Place;
use super::names::{code, world};
use super::*;
use crate::conversation::Received;
use crate::engine::port::{Beside, SendingOn};
use crate::engine::{acts, messages};
use crate::files::records::{FetchRecord, OfferReceived, OfferState};
use crate::store::records::{MessageRecord, Receipts, Seen};
use crate::store::tables::{FETCHES, MESSAGES, OFFERS_RECEIVED, OUTBOX};
use crate::store::{Reading as _, Span};

fn outbox(engine: &Engine) -> Vec<MessageBody> {
    let rows = engine.vault.read(|tx| tx.scan(&OUTBOX, Span::all()).collect::<Result<Vec<_>, _>>()).unwrap();
    rows.into_iter().map(|(_, row)| row.body).collect()
}

fn kept(engine: &Engine, message: MessageId) -> MessageRecord {
    engine.vault.read(|tx| messages::record(tx, message)).unwrap().unwrap()
}

fn said(engine: &mut Engine, to: &Person, text: &str) -> MessageId {
    let context = engine.context_for(Place::Person(to.member), text, &Beside::default()).ok().unwrap();
    engine.queue(Place::Person(to.member), MessageBody::Text { text: text.into(), context }, |_| Ok(())).unwrap()
}

/// Something of Bob's came, this long ago.
fn heard(engine: &mut Engine, from: &Person, number: u8, ago_ms: u64, body: MessageBody) -> MessageId {
    let message = MessageId::from_bytes([number; 16]);
    let received = Received {
        conversation: engine.conversation_with(from.member),
        author: from.member,
        device: from.device(),
        message,
        clock: HybridClock { ms: clock::now().as_millis() - ago_ms, count: 0 },
        heads: Vec::new(),
        body,
    };
    let (terms, counting) = (engine.terms(), engine.counting(clock::now()));
    let done = engine
        .vault
        .write(|tx| match crate::core::acts::target_of(&received.body) {
            Some(_) => acts::take(tx, &received, terms),
            None => messages::keep_received(tx, &received, terms, counting).map(|()| None),
        })
        .unwrap();
    if let Some(done) = done {
        engine.show_done(done).unwrap();
    }
    message
}

fn rows(engine: &mut Engine) -> Vec<Value> {
    let Ok(Value::Array(rows)) = engine.page("bob", None, 100) else { panic!("no page") };
    rows
}

fn obey(engine: &mut Engine, key: PolicyKey, value: &str) {
    engine.trust.keep_obeying(Policy::of(&[(key, value)]).unwrap());
}

#[tokio::test]
async fn the_first_words_of_what_still_waits_never_leave() {
    let (_, _, mut engine, bob, _) = world();
    let message = said(&mut engine, &bob, "first");
    let id = message.to_string();
    assert_eq!(code(engine.edited(&id, "second".into())), "done");
    assert_eq!(outbox(&engine), [MessageBody::text("second".into())], "one message, and no edit of it");
    assert_eq!(kept(&engine, message).marks.edited, None, "nobody has seen another text");
    assert_eq!(rows(&mut engine)[0]["text"], "second");

    assert_eq!(code(engine.deleted(&id)), "done");
    assert_eq!(outbox(&engine), []);
    let rows = rows(&mut engine);
    assert_eq!((&rows[0]["deleted"], &rows[0]["text"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(code(engine.edited(&id, "third".into())), "message-deleted");
}

#[tokio::test]
async fn only_the_author_edits_and_deletes_and_not_too_late() {
    let (_, _, mut engine, bob, _) = world();
    let theirs = heard(&mut engine, &bob, 1, 1_000, MessageBody::text("theirs".into()));
    assert_eq!(code(engine.edited(&theirs.to_string(), "mine".into())), "not-yours");
    assert_eq!(code(engine.deleted(&theirs.to_string())), "not-yours");
    assert_eq!(code(engine.edited("nothing", "mine".into())), "unknown-message");

    let ours = said(&mut engine, &bob, "ours").to_string();
    obey(&mut engine, PolicyKey::MessageEditWindowMinutes, "0");
    assert_eq!(code(engine.edited(&ours, "late".into())), "policy-edit");
    let mut old = kept(&engine, ours.parse().unwrap());
    old.clock.ms -= 16 * 60 * 1_000;
    let place = crate::store::records::MessagePlace { conversation: old.conversation, clock: old.clock };
    let write = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
        tx.put(&MESSAGES, &old.key(), &old)?;
        tx.put(&crate::store::tables::MESSAGE_PLACES, old.message.as_bytes(), &place)
    };
    engine.vault.write(write).unwrap();
    obey(&mut engine, PolicyKey::MessageEditWindowMinutes, "15");
    assert_eq!(code(engine.edited(&ours, "late".into())), "edit-too-late");
    let edit = |text: &str| MessageBody::Edit { message: theirs, text: text.into(), mentions: Vec::new() };
    heard(&mut engine, &bob, 2, 0, edit("within"));
    assert_eq!(kept(&engine, theirs).body, MessageBody::text("within".into()));
}

#[tokio::test]
async fn a_deleted_message_is_gone_from_what_quotes_it() {
    let (_, _, mut engine, bob, _) = world();
    let theirs = heard(&mut engine, &bob, 1, 5_000, MessageBody::text("a secret".into()));
    let reply = Beside { reply_to: Some(theirs.to_string()), ..Beside::default() };
    let context = engine.context_for(Place::Person(bob.member), "yes", &reply).ok().unwrap();
    engine.queue(Place::Person(bob.member), MessageBody::Text { text: "yes".into(), context }, |_| Ok(())).unwrap();
    assert_eq!(rows(&mut engine)[1]["reply"]["text"], "a secret");
    assert_eq!(code(engine.reacted(&theirs.to_string(), Some("👍".into()))), "done");
    assert_eq!(rows(&mut engine)[0]["reactions"][0]["emoji"], "👍");

    let mut events = engine.events.subscribe();
    heard(&mut engine, &bob, 2, 0, MessageBody::Delete { message: theirs });
    assert_eq!(told(&mut events, "deleted"), 1);
    let rows = rows(&mut engine);
    assert!(!serde_json::to_string(&rows).unwrap().contains("secret") && rows[0].get("reactions").is_none());
    assert_eq!(rows[1]["reply"]["deleted"], true);
    let Ok(conversations) = engine.conversations() else { panic!("no list") };
    assert_eq!(conversations[0]["unread"], 0, "there is nothing to read");
}

#[tokio::test]
async fn what_may_not_go_on_does_not() {
    let (_, _, mut engine, bob, _) = world();
    let closed = Context { forwarding: Forwarding::Forbidden, ..Context::default() };
    let body = |context: Context| MessageBody::Text { text: "x".into(), context };
    let closed = heard(&mut engine, &bob, 1, 3_000, body(closed)).to_string();
    let open = heard(&mut engine, &bob, 2, 2_000, body(Context::default())).to_string();
    let fleeting = Context { lifetime_s: Some(60), ..Context::default() };
    let fleeting = heard(&mut engine, &bob, 3, 1_000, body(fleeting)).to_string();
    assert_eq!(code(engine.forwardable(&closed, "bob")), "author-forbids-forwarding");
    assert_eq!(code(engine.forwardable(&fleeting, "bob")), "forward-goes-away");
    assert_eq!(code(engine.forwardable(&open, "bob")), "done");
    assert_eq!(rows(&mut engine)[0]["forwarding"], "forbidden");

    let (reply, answer) = oneshot::channel();
    engine.forward(&open, "bob", None, reply).unwrap();
    assert!(answer.await.unwrap().is_ok());
    let [MessageBody::Text { context, .. }] = &outbox(&engine)[..] else { panic!("one text") };
    assert_eq!((context.origin, &context.mentions), (Origin::Forwarded, &Vec::new()));

    let forwarding = |engine: &Engine, asked| {
        let beside = Beside { forwarding: asked, ..Beside::default() };
        engine.context_for(Place::Person(bob.member), "x", &beside).ok().unwrap().forwarding
    };
    assert_eq!(forwarding(&engine, None), Forwarding::Allowed);
    assert_eq!(forwarding(&engine, Some(SendingOn::Forbidden)), Forwarding::Forbidden);
    obey(&mut engine, PolicyKey::MessageCopyForward, "sender");
    assert_eq!(forwarding(&engine, None), Forwarding::Forbidden);
    assert_eq!(forwarding(&engine, Some(SendingOn::Allowed)), Forwarding::Allowed);
    obey(&mut engine, PolicyKey::MessageCopyForward, "forbid");
    assert_eq!(code(engine.forwardable(&open, "bob")), "policy-forward");
    let ours = said(&mut engine, &bob, "our own").to_string();
    assert_eq!(code(engine.forwardable(&ours, "bob")), "policy-forward", "what the person wrote is no exception");
    assert!(rows(&mut engine).iter().all(|row| row["forwarding"] == "closed"));
}

#[tokio::test]
async fn a_mention_is_whom_the_person_means_and_counts_apart() {
    let (_, _, mut engine, bob, _) = world();
    assert_eq!(engine.mentions_in("Ask @bob, or (@Bob)."), [bob.member]);
    assert!(engine.mentions_in("mail@bob and @nobody and @").is_empty());
    let me = engine.me.account.member;
    let context = Context { mentions: vec![me], ..Context::default() };
    heard(&mut engine, &bob, 1, 2_000, MessageBody::Text { text: "@you".into(), context });
    heard(&mut engine, &bob, 2, 1_000, MessageBody::text("and more".into()));
    let Ok(conversations) = engine.conversations() else { panic!("no list") };
    assert_eq!((&conversations[0]["unread"], &conversations[0]["mentions"]), (&2.into(), &1.into()));
    assert_eq!(rows(&mut engine)[0]["mentions"][0]["you"], true);
}

#[tokio::test]
async fn what_was_read_quietly_is_never_told() {
    let (_, _, mut engine, bob, _) = world();
    let message = heard(&mut engine, &bob, 1, 1_000, MessageBody::text("read me".into()));
    assert_eq!(code(engine.receipts(Some(Receipts::Off))), "done");
    assert_eq!(code(engine.history("bob", None, None)), "done");
    assert_eq!(kept(&engine, message).seen, Seen::Quietly);
    obey(&mut engine, PolicyKey::MessageReadReceipts, "on");
    assert_eq!(code(engine.receipts(Some(Receipts::Off))), "policy-receipts");
    assert_eq!(code(engine.history("bob", None, None)), "done");
    assert_eq!(kept(&engine, message).seen, Seen::Quietly, "nor later, by a rule");
    let later = heard(&mut engine, &bob, 2, 0, MessageBody::text("me too".into()));
    assert_eq!(code(engine.history("bob", None, None)), "done");
    assert_eq!(kept(&engine, later).seen, Seen::Here);
}

#[tokio::test]
async fn what_waits_says_when_the_other_side_was_there() {
    let (_, _, mut engine, bob, _) = world();
    said(&mut engine, &bob, "hello");
    assert_eq!(engine.reached_ms(bob.member).unwrap(), None);
    engine.note_reached(bob.device()).unwrap();
    let reached = engine.reached_ms(bob.member).unwrap();
    assert!(reached.is_some_and(|reached| reached.abs_diff(clock::now().as_millis()) < 60_000));
}

#[tokio::test]
async fn a_deleted_file_leaves_no_name_and_nothing_to_fetch() {
    let (_, _, mut engine, bob, _) = world();
    let (file, root) = (FileId::from_bytes([7; 16]), Hash32::from_bytes([2; 32]));
    let name = String::from("deed.pdf").into();
    let offer = FileOffer { file, name, bytes: 1, media_type: String::new(), root, key: [3; 32], folder: None };
    let kept = OfferReceived {
        conversation: engine.conversation_with(bob.member),
        holder: bob.device(),
        offer: offer.clone(),
        state: OfferState::Open,
    };
    let wanted = FetchRecord::new(file, None);
    let write = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
        tx.put(&OFFERS_RECEIVED, file.as_bytes(), &kept)?;
        tx.put(&FETCHES, file.as_bytes(), &wanted)
    };
    engine.vault.write(write).unwrap();
    let message = heard(&mut engine, &bob, 1, 1_000, MessageBody::FileOffer { offer, context: Context::default() });
    assert_eq!(rows(&mut engine)[0]["file"]["name"], "deed.pdf");
    heard(&mut engine, &bob, 2, 0, MessageBody::Delete { message });
    assert!(rows(&mut engine)[0].get("file").is_none());
    let Ok(files) = engine.files() else { panic!("no list") };
    assert_eq!(files, Value::Array(Vec::new()));
    // The file task says last that it ended: that is kept of no file that is gone.
    engine.on_file_event(FileEvent::Persist(FetchRecord::new(file, None))).unwrap();
    assert!(engine.vault.read(|tx| tx.get(&FETCHES, file.as_bytes())).unwrap().is_none());
}

#[tokio::test]
async fn a_message_of_a_later_version_is_shown_as_one() {
    let (_, _, mut engine, bob, _) = world();
    // Kind 4000 with a text.
    let later = [0xa1, 0x00, 0x82, 0x19, 0x0f, 0xa0, 0x81, 0x61, b'x'];
    let body = protocol::codec::decode::<Wire>(&later).unwrap().body;
    heard(&mut engine, &bob, 1, 0, body);
    let rows = rows(&mut engine);
    assert_eq!((&rows[0]["unreadable"], &rows[0]["text"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(code(engine.forwardable(&MessageId::from_bytes([1; 16]).to_string(), "bob")), "message-unreadable");
}

/// A field with a body, as it stands in a document.
#[derive(minicbor::Decode)]
#[cbor(map)]
struct Wire {
    #[cbor(n(0), decode_with = "protocol::message::wire::decode")]
    body: MessageBody,
}
