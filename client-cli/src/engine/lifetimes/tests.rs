//! Messages that delete themselves are gone when their time is over, from every byte of the vault; whatever clocks, kills and
//! other people's devices do meanwhile.

use protocol::ids::{DeviceId, FileId, Hash32, MemberId};
use protocol::message::{Context, FileOffer};
use protocol::policy::{Policy, PolicyKey};

use tokio::sync::broadcast;

use super::*;
use crate::core::acts::Marks;
use crate::core::outbox::Refusal;
use crate::engine::port::EVENTS_MAX;
use crate::engine::start::assemble;
use crate::engine::tests::{Organization, device, enroll_on, open};
use crate::files::FileEvent;
use crate::files::records::{FetchRecord, FetchState, OfferReceived, OfferState};
use crate::store::Vault;
use crate::store::examiner::{recoverable, shows, watch};
use crate::store::tables::{FETCHES, MESSAGE_PLACES, OFFERS_RECEIVED};

const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);
const CONVERSATION: ConversationId = ConversationId::from_bytes([1; 16]);
const COLLEAGUE: MemberId = MemberId::from_bytes([2; 16]);

impl Lifetimes {
    /// So much later.
    pub(in crate::engine) fn pass_unwritten(&mut self, by_ms: u64) {
        assert!(!self.unwritten.is_empty());
        self.unwritten.values_mut().for_each(|due| *due = due.minus_ms(by_ms));
    }
}

impl Counting {
    /// Where no policy says how long.
    pub(in crate::engine) const fn at(now: Timestamp) -> Self {
        Self { now, policy_s: None, unread_ms: UNREAD_MS }
    }
}

fn counting(now: Timestamp, policy_s: Option<u32>) -> Counting {
    Counting { now, policy_s, unread_ms: UNREAD_MS }
}

/// Theirs, read, with this time to live.
fn message(number: u8, text: &str, lifetime_s: Option<u32>) -> MessageRecord {
    MessageRecord {
        message: MessageId::from_bytes([number; 16]),
        conversation: CONVERSATION,
        author: COLLEAGUE,
        clock: HybridClock { ms: NOW.as_millis() + u64::from(number), count: 0 },
        body: MessageBody::text(text.into()).living(lifetime_s),
        state: None,
        seen: Seen::Here,
        marks: Marks::default(),
    }
}

fn keep(vault: &Vault, record: &MessageRecord, counting: Counting) {
    let kept = vault.write(|tx| -> Result<(), VaultError> {
        tx.put(&MESSAGES, &record.key(), record)?;
        let place = MessagePlace { conversation: record.conversation, clock: record.clock };
        tx.put(&MESSAGE_PLACES, record.message.as_bytes(), &place)?;
        start(tx, record, counting)
    });
    kept.unwrap();
}

fn left(engine: &Engine) -> Vec<MessageId> {
    let rows = engine.vault.read(|tx| tx.scan(&MESSAGES, Span::all()).collect::<Result<Vec<_>, VaultError>>());
    rows.unwrap().into_iter().map(|(_, record)| record.message).collect()
}

fn engine() -> Engine {
    let vault = Vault::ephemeral().unwrap();
    enroll_on(&vault, &mut Organization::new());
    assemble(vault, crate::engine::Options::default(), broadcast::channel(EVENTS_MAX).0).unwrap().0
}

#[test]
fn the_time_begins_with_reading_and_the_stricter_one_counts() {
    let due = |record: &MessageRecord, policy_s| counting(NOW, policy_s).due(record).map(|due| due.since(NOW) / 1_000);
    let theirs = message(1, "x", Some(60));
    assert_eq!(due(&theirs, None), Some(60));
    assert_eq!((due(&theirs, Some(30)), due(&theirs, Some(90))), (Some(30), Some(60)));
    assert_eq!(due(&message(1, "x", None), Some(30)), Some(30));
    assert_eq!(due(&message(1, "x", None), None), None);
    assert_eq!(due(&MessageRecord { seen: Seen::Not, ..theirs.clone() }, Some(30)), None, "nobody has read it");
    let ours = |state| due(&MessageRecord { state: Some(state), ..theirs.clone() }, None);
    assert_eq!((ours(MessageState::Queued), ours(MessageState::Read)), (None, Some(60)));
    assert_eq!(ours(MessageState::Refused(Refusal::Expired)), Some(60));
    assert_eq!(ours(MessageState::Delivered), Some(60 + UNREAD_MS / 1_000), "if no word of its reading ever comes");
}

#[tokio::test]
async fn at_its_end_a_message_is_gone_from_every_byte_and_no_search_finds_it() {
    watch();
    let mut engine = engine();
    let now = clock::now();
    keep(&engine.vault, &message(1, "canary-ephemeral-secret", Some(600)), counting(now, None));
    keep(&engine.vault, &message(2, "canary-lasting-secret", None), counting(now, None));
    engine.follow_changes().unwrap();
    let found = |engine: &mut Engine| engine.search("canary", None, None, None).ok().unwrap().as_array().unwrap().len();
    assert_eq!(found(&mut engine), 2);
    let end = now.plus_ms(600_000);
    assert_eq!(engine.deadline().min(end), engine.deadline(), "the loop wakes for it");
    engine.keep_lifetimes(end.minus_ms(1)).unwrap();
    assert_eq!(left(&engine).len(), 2);
    assert!(shows(&recoverable(&engine.vault), b"canary-ephemeral-secret"), "control: until then it is there");

    let mut events = engine.events.subscribe();
    engine.keep_lifetimes(end).unwrap();
    assert_eq!(left(&engine), [MessageId::from_bytes([2; 16])]);
    assert_eq!(found(&mut engine), 1);
    let all = recoverable(&engine.vault);
    assert!(!shows(&all, b"canary-ephemeral-secret"));
    assert!(shows(&all, b"canary-lasting-secret"), "control");
    assert_eq!(events.try_recv().unwrap()["messages"][0], json!(MessageId::from_bytes([1; 16])));
    assert_eq!(engine.lifetimes.deadline(), None);
}

#[tokio::test]
async fn a_kill_before_the_end_changes_nothing_and_what_was_due_meanwhile_goes_at_once() {
    let (_, disk) = device(&mut Organization::new());
    let engine = open(&disk);
    let past = clock::now().minus_ms(120_000);
    keep(&engine.vault, &message(1, "was due", Some(60)), counting(past, None));
    keep(&engine.vault, &message(2, "is not", Some(3_600)), counting(past, None));
    drop(engine);
    let mut engine = open(&disk);
    engine.remember_lifetimes().unwrap();
    assert!(engine.lifetimes.deadline().is_some_and(|due| due < clock::now()));
    engine.tick().unwrap();
    assert_eq!(left(&engine), [MessageId::from_bytes([2; 16])]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_live_longer() {
    let mut engine = engine();
    let later = NOW.plus_ms(20_000);
    engine.heed_clock(NOW).unwrap();
    keep(&engine.vault, &message(1, "x", Some(60)), counting(NOW, None));
    engine.follow_changes().unwrap();
    engine.heed_clock(later).unwrap();
    let yesterday = later.minus_ms(DAY_MS);
    engine.heed_clock(yesterday).unwrap();
    assert_eq!(engine.lifetimes.deadline(), Some(yesterday.plus_ms(40_000)), "forty seconds were left");
    // Again and again, a little each time.
    engine.heed_clock(yesterday.plus_ms(30_000)).unwrap();
    engine.heed_clock(yesterday).unwrap();
    engine.keep_lifetimes(yesterday.plus_ms(10_000)).unwrap();
    assert!(left(&engine).is_empty());
}

#[tokio::test]
async fn a_clock_that_is_set_back_between_two_starts_is_noticed() {
    let (_, disk) = device(&mut Organization::new());
    let mut engine = open(&disk);
    // The clock was an hour ahead of what it says at the next start.
    let before = clock::now().plus_ms(3_600_000);
    engine.remember_lifetimes().unwrap();
    keep(&engine.vault, &message(1, "x", Some(60)), counting(before, None));
    engine.vault.take_changes(&DUES).unwrap();
    engine.look_ahead().unwrap();
    engine.note_clock(before).unwrap();
    drop(engine);
    let mut engine = open(&disk);
    engine.remember_lifetimes().unwrap();
    let due = engine.lifetimes.deadline().unwrap();
    assert!(due <= clock::now().plus_ms(60_000), "a minute from when it was read, as before");
}

#[tokio::test]
async fn a_policy_brings_what_was_read_before_under_it_from_when_it_is_known() {
    let mut engine = engine();
    keep(&engine.vault, &message(1, "read", None), counting(NOW, None));
    keep(&engine.vault, &MessageRecord { seen: Seen::Not, ..message(2, "unread", None) }, counting(NOW, None));
    keep(&engine.vault, &message(3, "read, and shorter", Some(10)), counting(NOW, None));
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::MessageEphemeralSeconds, "60")]).unwrap());
    engine.keep_retention(NOW).unwrap();
    engine.follow_changes().unwrap();
    assert_eq!(engine.lifetimes.deadline(), Some(NOW.plus_ms(10_000)));
    engine.keep_lifetimes(NOW.plus_ms(10_000)).unwrap();
    engine.keep_retention(NOW.plus_ms(59_000)).unwrap();
    engine.follow_changes().unwrap();
    assert_eq!(engine.lifetimes.deadline(), Some(NOW.plus_ms(60_000)), "asked once, not at each upkeep");
    engine.keep_lifetimes(NOW.plus_ms(60_000)).unwrap();
    assert_eq!(left(&engine), [MessageId::from_bytes([2; 16])]);
    assert_eq!(engine.lifetime_in(CONVERSATION).unwrap(), Some(60), "and so does what is written now");
}

#[tokio::test]
async fn the_newest_timer_counts_in_whatever_order_they_come() {
    let timer = |number: u8, ms: u64, seconds| MessageRecord {
        body: MessageBody::Timer { seconds },
        clock: HybridClock { ms, count: 0 },
        ..message(number, "", None)
    };
    let all = [timer(1, 10, Some(60)), timer(2, 30, Some(5)), timer(3, 30, None), timer(4, 20, Some(90))];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 2, 0]] {
        let engine = engine();
        for record in order.map(|at: usize| &all[at]) {
            engine.vault.write(|tx| keep_timer(tx, record, record.clock)).unwrap();
        }
        assert_eq!(engine.lifetime_in(CONVERSATION).unwrap(), None, "{order:?}: the later id of the same moment");
    }
    let engine = engine();
    let far = HybridClock { ms: u64::MAX, count: 0 };
    let credible = counting(NOW, None).credible(far);
    engine.vault.write(|tx| keep_timer(tx, &timer(1, u64::MAX, Some(60)), credible)).unwrap();
    let hours = NOW.plus_ms(3_600_000).as_millis();
    engine.vault.write(|tx| keep_timer(tx, &timer(2, hours, None), HybridClock { ms: hours, count: 0 })).unwrap();
    assert_eq!(engine.lifetime_in(CONVERSATION).unwrap(), None, "nobody sets one for all time to come");
}

#[tokio::test]
async fn parts_of_a_file_go_with_its_message_and_do_not_come_back_while_what_was_saved_is_the_persons() {
    let mut engine = engine();
    let offer = |byte: u8| FileOffer {
        file: FileId::from_bytes([byte; 16]),
        name: "secret.pdf".into(),
        bytes: 5,
        media_type: String::new(),
        root: Hash32::from_bytes([byte; 32]),
        key: [byte; 32],
        folder: None,
    };
    let saved = tempfile::tempdir().unwrap();
    let path = saved.path().join("secret.pdf");
    std::fs::write(&path, "12345").unwrap();
    for (byte, state) in [(1, FetchState::Kept), (2, FetchState::Saved(path.clone().into()))] {
        let context = Context { lifetime_s: Some(60), ..Context::default() };
        let record =
            MessageRecord { body: MessageBody::FileOffer { offer: offer(byte), context }, ..message(byte, "", None) };
        keep(&engine.vault, &record, counting(NOW, None));
        let holder = DeviceId::from_bytes([9; 16]);
        let kept = OfferReceived { conversation: CONVERSATION, holder, offer: offer(byte), state: OfferState::Open };
        let fetch = FetchRecord { state, ..FetchRecord::new(offer(byte).file, None) };
        let put = engine.vault.write(|tx| -> Result<(), VaultError> {
            tx.put(&OFFERS_RECEIVED, &[byte; 16], &kept)?;
            tx.put(&FETCHES, &[byte; 16], &fetch)
        });
        put.unwrap();
    }
    engine.follow_changes().unwrap();
    engine.keep_lifetimes(NOW.plus_ms(60_000)).unwrap();
    let rows = |engine: &Engine| {
        let rows = engine.vault.read(|tx| -> Result<_, VaultError> {
            Ok(tx.scan(&FETCHES, Span::all()).count() + tx.scan(&OFFERS_RECEIVED, Span::all()).count())
        });
        rows.unwrap()
    };
    assert_eq!((left(&engine).len(), rows(&engine)), (0, 0));
    let late = FetchRecord::new(FileId::from_bytes([1; 16]), None);
    engine.on_file_event(FileEvent::Persist(late)).unwrap();
    assert_eq!(rows(&engine), 0, "a word of the file task that comes late");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "12345");
}

#[tokio::test]
async fn retention_looks_at_every_conversation_and_not_beyond_its_oldest() {
    let engine = engine();
    for conversation in 0..5_u8 {
        for number in 0..4_u8 {
            let mut record = message(conversation * 10 + number, "x", None);
            record.conversation = ConversationId::from_bytes([conversation; 16]);
            record.clock.ms = u64::from(number) * 1_000 + u64::from(conversation);
            keep(&engine.vault, &record, counting(NOW, None));
        }
    }
    let old = engine.vault.read(|tx| retention::older_than(tx, Timestamp::from_millis(2_001), DELETIONS_MAX)).unwrap();
    let mut old: Vec<u64> = old.into_iter().map(|record| record.clock.ms).collect();
    old.sort_unstable();
    assert_eq!(old, [0, 1, 2, 3, 4, 1_000, 1_001, 1_002, 1_003, 1_004, 2_000]);
}
