//! The index against reading everything again, whatever was written, changed and deleted.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::ids::{ConversationId, MessageId};
use protocol::lane::HybridClock;

use super::words::each_word;
use super::{Index, Place, Question};

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |_, word| words.push(word.to_owned()));
    words
}

#[test]
fn words_are_compared_without_case_accents_and_marks() {
    assert_eq!(words("L'Été à Nîmes: ŒUVRE, Straße!"), ["l", "ete", "a", "nimes", "oeuvre", "strasse"]);
    assert_eq!(words("e\u{301}te\u{301} İstanbul ﬁn №5 Łódź"), ["ete", "istanbul", "fin", "no5", "lodz"]);
    assert_eq!(words("co\u{ad}opéra\u{200b}tion"), ["cooperation"]);
    assert_eq!(words("会議は9時"), ["会", "議", "は", "9", "時"]);
    assert_eq!(words("report_v2-final.PDF"), ["report", "v2", "final", "pdf"]);
    assert_eq!(words(" …!\u{301}"), Vec::<String>::new());
    assert_eq!(words(&"x".repeat(500)), ["x".repeat(64)]);
}

#[test]
fn a_hit_is_where_the_word_stands_in_the_text() {
    let text = "Réunion demain à L’Hôtel-de-Ville";
    let at = |typed: &str| Question::of(typed).first_in(text).map(|place| text[place].to_owned());
    assert_eq!(at("hotel").as_deref(), Some("Hôtel"));
    assert_eq!(at("VILLE reun").as_deref(), Some("Réunion"));
    assert_eq!(at("otel"), None);
    assert!(Question::of(" …! ").is_empty());
}

#[test]
fn what_is_removed_leaves_no_word_behind() {
    let mut index = Index::default();
    let place = |byte| Place {
        conversation: ConversationId::from_bytes([1; 16]),
        clock: HybridClock { ms: byte, count: 0 },
        message: MessageId::from_bytes([u8::try_from(byte).unwrap(); 16]),
    };
    index.put(place(1), "canary common");
    index.put(place(2), "common");
    index.remove(&place(1).message);
    assert!(index.find(&Question::of("canary"), None, None, 9).is_empty(), "gone before the sweep");
    index.sweep();
    assert_eq!(index.words_kept(), ["common"]);
    index.put(place(2), "other now");
    index.sweep();
    assert_eq!(index.words_kept(), ["now", "other"]);
}

/// A place among few, so that messages are written, changed and deleted again and again.
fn place(number: u8) -> Place {
    let number = number % 40;
    Place {
        conversation: ConversationId::from_bytes([number % 3; 16]),
        // Not in the order of their coming, and two at the same time.
        clock: HybridClock { ms: u64::from(number).wrapping_mul(7919) % 20, count: 0 },
        message: MessageId::from_bytes([number; 16]),
    }
}

fn text() -> impl Strategy<Value = String> {
    let word =
        prop::sample::select(vec!["a", "An", "Été", "etes", "œuf", "OEUFS", "x9", "会議", "-", "l'an", "straße"]);
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

#[derive(Debug, Clone)]
enum Act {
    Put(u8, String),
    Remove(u8),
    Sweep,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (any::<u8>(), text()).prop_map(|(number, text)| Act::Put(number, text)),
        2 => any::<u8>().prop_map(Act::Remove),
        1 => Just(Act::Sweep),
    ]
}

/// Every message read again: all words of the question begin one of its words.
fn naive(kept: &BTreeMap<MessageId, (Place, String)>, typed: &str) -> Vec<Place> {
    let wanted = words(typed);
    let has = |text: &str| {
        let has = words(text);
        wanted.iter().all(|wanted| has.iter().any(|word| word.starts_with(wanted.as_str())))
    };
    let mut found: Vec<Place> = kept.values().filter(|(_, text)| has(text)).map(|(place, _)| *place).collect();
    found.sort_by_key(|place| std::cmp::Reverse((place.clock, place.message)));
    if wanted.is_empty() { Vec::new() } else { found }
}

proptest! {
    #[test]
    fn it_finds_what_reading_everything_finds(
        acts in prop::collection::vec(act(), 0..80),
        typed in text(),
        last in 1_usize..12,
        within in prop::option::of(0_u8..3),
    ) {
        let (mut index, mut kept) = (Index::default(), BTreeMap::new());
        for act in acts {
            match act {
                Act::Put(number, text) => {
                    let place = place(number);
                    index.put(place, &text);
                    kept.insert(place.message, (place, text));
                }
                Act::Remove(number) => {
                    index.remove(&place(number).message);
                    kept.remove(&place(number).message);
                }
                Act::Sweep => index.sweep(),
            }
        }
        prop_assert_eq!(index.len(), kept.len());
        let within = within.map(|byte| ConversationId::from_bytes([byte; 16]));
        let mut expected = naive(&kept, &typed);
        expected.retain(|place| within.is_none_or(|within| place.conversation == within));
        // Page after page it is the same list.
        let (mut pages, question) = (Vec::new(), Question::of(&typed));
        loop {
            let page = index.find(&question, within, pages.last(), last);
            prop_assert!(page.len() <= last);
            let is_end = page.len() < last;
            pages.extend(page);
            if is_end {
                break;
            }
        }
        prop_assert_eq!(pages, expected);
        index.sweep();
        let alive: std::collections::BTreeSet<String> = kept.values().flat_map(|(_, text)| words(text)).collect();
        prop_assert_eq!(index.words_kept(), alive.into_iter().collect::<Vec<_>>());
    }
}
