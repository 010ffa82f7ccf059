//! Searching in a vault full of messages: making the index, its memory, and questions of every kind. Words are made up and as frequent as
//! words are (Zipf), so that a common beginning has most of the messages.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use client_cli::core::search::Question;
use client_cli::engine::search::Search;
use client_cli::store::records::{MessageRecord, Seen};
use client_cli::store::tables::MESSAGES;
use client_cli::store::{Unlock, Vault, VaultError};
use protocol::ids::{ConversationId, MemberId, MessageId};
use protocol::lane::HybridClock;
use protocol::message::MessageBody;
use protocol::time::Timestamp;
use serde_json::json;

use super::{Words, percentile_us, usage};

/// Different words of everybody together.
const VOCABULARY: u64 = 60_000;
const WORDS_PER_MESSAGE: u64 = 15;
const CONVERSATIONS: u64 = 200;
const MESSAGES_PER_COMMIT: u64 = 2_000;
/// Results that a window asks for.
const RESULTS: usize = 100;
const SYLLABLES: [&str; 16] =
    ["ba", "ce", "dé", "fi", "go", "hu", "la", "mi", "né", "or", "pa", "rê", "si", "to", "ur", "ève"];

/// xorshift64*: the same messages every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Small numbers often, large ones seldom.
    fn rank(&mut self) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((VOCABULARY as f64).powf(share) as u64).saturating_sub(1)
    }
}

fn word(rank: u64) -> String {
    let (mut rest, mut word) = (rank + 3, String::new());
    while rest > 0 {
        word.push_str(SYLLABLES.get((rest % 16) as usize).copied().unwrap_or_default());
        rest /= 16;
    }
    word
}

fn message(number: u64, dice: &mut Dice) -> MessageRecord {
    let text: Vec<String> = (0..WORDS_PER_MESSAGE).map(|_| word(dice.rank())).collect();
    let mut id = [0; 16];
    id.iter_mut()
        .zip(number.to_be_bytes().into_iter().chain(dice.next().to_be_bytes()))
        .for_each(|(to, from)| *to = from);
    let conversation = dice.next() % CONVERSATIONS;
    MessageRecord {
        message: MessageId::from_bytes(id),
        conversation: ConversationId::from_bytes([conversation as u8; 16]),
        author: MemberId::from_bytes([(conversation % 2) as u8; 16]),
        clock: HybridClock { ms: 1_700_000_000_000 + number * 1_000, count: 0 },
        body: MessageBody::text(text.join(" ").into()),
        state: None,
        seen: Seen::Here,
        marks: Default::default(),
    }
}

/// Every kind of question, over and over: a letter, a beginning, a word, a rare one, several, one that nobody said.
fn question(number: u64, dice: &mut Dice) -> String {
    match number % 6 {
        0 => SYLLABLES
            .get((dice.next() % 16) as usize)
            .map(|syllable| syllable.chars().take(1).collect())
            .unwrap_or_default(),
        1 => word(dice.rank()).chars().take(4).collect(),
        2 => word(dice.rank()),
        3 => word(VOCABULARY - 1 - dice.next() % 10_000),
        4 => format!("{} {} {}", word(dice.rank() / 100), word(dice.rank() / 100), word(dice.rank() / 100)),
        _ => String::from("zzz"),
    }
}

/// `--folder FOLDER --messages N --questions N`
pub fn run(words: &Words) -> anyhow::Result<()> {
    let folder = std::path::Path::new(words.value("--folder").context("--folder")?);
    let messages = u64::try_from(words.number("--messages", 100_000)?)?;
    let questions = u64::try_from(words.number("--questions", 600)?)?;
    let mut dice = Dice(7);
    let vault = Vault::create(folder, &Unlock::KeyFile)?;
    for first in (0..messages).step_by(MESSAGES_PER_COMMIT as usize) {
        vault.write(|tx| -> Result<(), VaultError> {
            for number in first..(first + MESSAGES_PER_COMMIT).min(messages) {
                let record = message(number, &mut dice);
                tx.put(&MESSAGES, &record.key(), &record)?;
            }
            Ok(())
        })?;
    }
    vault.close()?;

    let start = Instant::now();
    let vault = Vault::open(folder, &Unlock::KeyFile)?;
    let opened = start.elapsed();
    let before = usage::rss_kib();
    let start = Instant::now();
    let mut search = Search::default();
    let mut longest = Duration::ZERO;
    loop {
        let step = Instant::now();
        let is_whole = !search.step(&vault)?;
        longest = longest.max(step.elapsed());
        if is_whole {
            break;
        }
    }
    let made = start.elapsed();
    let memory_kib = usage::rss_kib().saturating_sub(before);

    let (mut took, mut found) = (Vec::new(), 0);
    for number in 0..questions {
        let typed = question(number, &mut dice);
        let start = Instant::now();
        found += search.find(&vault, &Question::of(&typed), None, None, RESULTS, Timestamp::ZERO)?.len();
        took.push(start.elapsed());
    }
    took.sort_unstable();
    let start = Instant::now();
    let gone: Vec<_> = (0..1_000).map(|number| number * messages / 1_000).collect();
    let mut dice = Dice(7);
    let all: Vec<_> = (0..messages).map(|number| message(number, &mut dice).key()).collect();
    vault.write(|tx| -> Result<(), VaultError> {
        let keys = gone.iter().filter_map(|number| all.get(usize::try_from(*number).ok()?));
        keys.into_iter().try_for_each(|key| tx.remove(&MESSAGES, key))
    })?;
    let removed = start.elapsed();
    let start = Instant::now();
    search.follow(&vault)?;
    search.sweep();
    let swept = start.elapsed();
    super::print(&json!({
        "messages": messages,
        "open_ms": opened.as_secs_f64() * 1_000.0,
        "index_ms": made.as_secs_f64() * 1_000.0,
        "index_step_ms": longest.as_secs_f64() * 1_000.0,
        "index_kib": memory_kib,
        "p50_us": percentile_us(&took, 50),
        "p99_us": percentile_us(&took, 99),
        "most_us": percentile_us(&took, 100),
        "found": found,
        "remove_1000_ms": removed.as_secs_f64() * 1_000.0,
        "sweep_1000_ms": swept.as_secs_f64() * 1_000.0,
    }))
}
