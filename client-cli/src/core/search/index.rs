//! Which messages have which words. Messages have numbers in order of their coming; a word has the numbers of its messages, each as
//! the distance from the one before. It must never give a message that was removed, nor keep its words beyond the next sweep.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Bound;

use protocol::ids::{ConversationId, MessageId};
use protocol::lane::HybridClock;

use super::Question;
use super::words::{Word, each_word};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In which conversation.
    pub conversation: ConversationId,
    /// When.
    pub clock: HybridClock,
    /// Which.
    pub message: MessageId,
}

impl Place {
    /// What results are sorted by.
    fn order(&self) -> (HybridClock, MessageId) {
        (self.clock, self.message)
    }
}

/// A message, and what its text was when it was taken in.
struct Entry {
    place: Place,
    print: u64,
}

/// The words of messages. Empty at first; the messages themselves are elsewhere.
#[derive(Default)]
pub struct Index {
    words: BTreeMap<Word, Numbers>,
    /// By number; `None` where the message is gone.
    entries: Vec<Option<Entry>>,
    numbers: HashMap<MessageId, u32>,
    /// Messages that are gone and whose words are still here.
    unswept: usize,
}

impl Index {
    /// Takes a message in, in place of what it said before.
    pub fn put(&mut self, place: Place, text: &str) {
        let print = print_of(text);
        let known = self.numbers.get(&place.message).and_then(|number| self.entries.get(*number as usize)?.as_ref());
        if known.is_some_and(|known| known.print == print && known.place == place) {
            return;
        }
        self.remove(&place.message);
        // Far more than a vault can hold.
        let Ok(number) = u32::try_from(self.entries.len()) else { return };
        self.entries.push(Some(Entry { place, print }));
        self.numbers.insert(place.message, number);
        each_word(text, |_, word| match self.words.get_mut(word) {
            Some(numbers) => numbers.add(number),
            None => {
                self.words.insert(Word::from(word), Numbers::of(number));
            }
        });
    }

    /// A message is gone: nothing finds it any more.
    pub fn remove(&mut self, message: &MessageId) {
        let Some(number) = self.numbers.remove(message) else { return };
        if let Some(entry) = self.entries.get_mut(number as usize) {
            *entry = None;
            self.unswept += 1;
        }
    }

    /// The words of messages that are gone go too. Costs a pass over the index if there are any.
    pub fn sweep(&mut self) {
        if self.unswept == 0 {
            return;
        }
        self.unswept = 0;
        let entries = &self.entries;
        let is_here = |number: u32| entries.get(number as usize).is_some_and(Option::is_some);
        self.words.retain(|_, numbers| numbers.keep(is_here));
    }

    /// How many messages are in it.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether most of its numbers are of messages that are gone: a new one is smaller.
    pub fn is_worn(&self) -> bool {
        self.entries.len() / 2 > self.numbers.len().max(1_024)
    }

    /// Every word that is in it, for tests.
    #[cfg(test)]
    pub(super) fn words_kept(&self) -> Vec<String> {
        let word = |word: &Word| -> String { std::borrow::Borrow::<str>::borrow(word).to_owned() };
        self.words.keys().map(word).collect()
    }

    /// The newest messages that answer a question, the newest first: of one conversation or of all, and older than one of them.
    pub fn find(
        &self,
        question: &Question,
        within: Option<ConversationId>,
        before: Option<&Place>,
        last: usize,
    ) -> Vec<Place> {
        let mut sets = question.words().map(|word| self.beginning_with(word));
        let Some(mut found) = sets.next() else { return Vec::new() };
        for set in sets {
            found.iter_mut().zip(set).for_each(|(left, right)| *left &= right);
        }
        let before = before.map(Place::order);
        let numbers = found.into_iter().enumerate().flat_map(|(at, bits)| {
            (0..u64::BITS as usize)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| at * u64::BITS as usize + bit)
        });
        let mut places: Vec<Place> = numbers
            .filter_map(|number| Some(self.entries.get(number)?.as_ref()?.place))
            .filter(|place| within.is_none_or(|within| place.conversation == within))
            .filter(|place| before.is_none_or(|before| place.order() < before))
            .collect();
        if last < places.len() {
            places.select_nth_unstable_by_key(last, |place| Reverse(place.order()));
            places.truncate(last);
        }
        places.sort_unstable_by_key(|place| Reverse(place.order()));
        places
    }

    /// A bit for each number whose message has a word that begins so.
    fn beginning_with(&self, beginning: &str) -> Vec<u64> {
        let mut set = vec![0_u64; self.entries.len().div_ceil(u64::BITS as usize)];
        let from = (Bound::Included(beginning), Bound::Unbounded);
        let words = self.words.range::<str, _>(from).take_while(|(word, _)| {
            let word: &str = std::borrow::Borrow::borrow(*word);
            word.starts_with(beginning)
        });
        for (_, numbers) in words {
            for number in numbers.all() {
                if let Some(bits) = set.get_mut((number / u64::BITS) as usize) {
                    *bits |= 1 << (number % u64::BITS);
                }
            }
        }
        set
    }
}

/// Ascending numbers: each the distance from the one before in groups of seven bits, the low ones first (LEB128).
struct Numbers {
    last: u32,
    bytes: Vec<u8>,
}

impl Numbers {
    fn of(number: u32) -> Self {
        let mut numbers = Self { last: 0, bytes: Vec::new() };
        numbers.append(number);
        numbers
    }

    /// Adds a number that is not below any here.
    fn add(&mut self, number: u32) {
        if number > self.last {
            self.append(number);
        }
    }

    fn append(&mut self, number: u32) {
        let mut distance = number - self.last;
        self.last = number;
        while distance >= 0x80 {
            self.bytes.push(distance as u8 | 0x80);
            distance >>= 7;
        }
        self.bytes.push(distance as u8);
    }

    fn all(&self) -> impl Iterator<Item = u32> {
        let (mut number, mut distance, mut shift) = (0_u32, 0_u32, 0);
        self.bytes.iter().filter_map(move |byte| {
            distance |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if *byte >= 0x80 {
                return None;
            }
            number += distance;
            (distance, shift) = (0, 0);
            Some(number)
        })
    }

    /// Only those; whether there are any.
    fn keep(&mut self, is_kept: impl Fn(u32) -> bool) -> bool {
        if self.all().all(&is_kept) {
            return true;
        }
        let mut kept = Self { last: 0, bytes: Vec::new() };
        self.all().filter(|number| is_kept(*number)).for_each(|number| kept.append(number));
        let is_any = !kept.bytes.is_empty();
        *self = kept;
        is_any
    }
}

/// Tells two texts of one message apart.
fn print_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
