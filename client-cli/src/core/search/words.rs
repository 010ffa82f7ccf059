//! The words of a text as they are looked for: without case, accents and marks, so that "ete" finds "Été" (Unicode NFKD, UAX #15).
//! Scripts that write no spaces are taken sign by sign. The index and the question must never cut words differently.

use std::borrow::Borrow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroize as _;

/// A word is compared up to here, in bytes of its folded form.
const WORD_BYTES_MAX: usize = 64;
/// Words of one question; who asks for more gets what these find.
const QUESTION_WORDS_MAX: usize = 16;

/// A folded word, wiped when it goes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word(Box<str>);

impl Drop for Word {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Borrow<str> for Word {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Word {
    fn from(word: &str) -> Self {
        Self(word.into())
    }
}

/// What is looked for: every one of its words has to begin a word of the text.
#[derive(Default)]
pub struct Question {
    words: Vec<Word>,
}

/// A question is what somebody wrote: it shows nothing of itself.
impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(…)")
    }
}

impl Question {
    /// The words of what a person typed; empty if there is none in it.
    pub fn of(typed: &str) -> Self {
        let mut words = Vec::new();
        each_word(typed, |_, word| words.push(Word::from(word)));
        words.truncate(QUESTION_WORDS_MAX);
        Self { words }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(Borrow::borrow)
    }

    /// Where in the text the first of its words stands, in bytes; `None` if the text has none of them.
    pub fn first_in(&self, text: &str) -> Option<Range<usize>> {
        let mut found = None;
        each_word(text, |place, word| {
            if found.is_none() && self.words().any(|wanted| word.starts_with(wanted)) {
                found = Some(place);
            }
        });
        found
    }
}

/// Hands over each word of a text, folded, with where it stands in bytes.
pub(super) fn each_word(text: &str, mut take: impl FnMut(Range<usize>, &str)) {
    let mut word = String::new();
    let (mut start, mut end) = (0, 0);
    let mut finish = |word: &mut String, place: Range<usize>| {
        if !word.is_empty() {
            take(place, word);
            word.zeroize();
        }
    };
    for (at, sign) in text.char_indices() {
        let after = at + sign.len_utf8();
        if is_skipped(sign) {
            end = if word.is_empty() { end } else { after };
            continue;
        }
        if is_alone(sign) || !sign.is_alphanumeric() && !folds_to_a_letter(sign) {
            finish(&mut word, start..end);
        }
        if word.is_empty() {
            start = at;
        }
        fold(sign, &mut word);
        end = after;
        if is_alone(sign) {
            finish(&mut word, start..end);
        }
    }
    finish(&mut word, start..end);
}

/// Appends what a sign is compared as; nothing for what is no letter and no digit, or beyond the length that counts.
fn fold(sign: char, word: &mut String) {
    let mut add = |letter: char| {
        if word.len() + letter.len_utf8() <= WORD_BYTES_MAX {
            word.push(letter);
        }
    };
    if sign.is_ascii() {
        if sign.is_ascii_alphanumeric() {
            add(sign.to_ascii_lowercase());
        }
        return;
    }
    for part in std::iter::once(sign).nfkd().flat_map(char::to_lowercase).nfkd() {
        match spelled(part) {
            Some(letters) => letters.chars().for_each(&mut add),
            None if part.is_alphanumeric() && !is_combining_mark(part) => add(part),
            None => {}
        }
    }
}

/// Letters that no decomposition takes apart, as people type them who do not have them.
const fn spelled(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        _ => return None,
    })
}

/// Signs such as № and ½ are no letters, and become some.
fn folds_to_a_letter(sign: char) -> bool {
    !sign.is_ascii() && std::iter::once(sign).nfkd().any(char::is_alphanumeric)
}

/// What stands in a word without being one of its letters: marks, soft hyphens, joiners.
fn is_skipped(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}') || is_combining_mark(sign)
}

/// A word by itself, in scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
const fn is_alone(sign: char) -> bool {
    matches!(
        sign,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}
