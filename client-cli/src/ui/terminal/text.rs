//! Text from other people, made harmless for a terminal, and laid out in cells. Nothing that a peer wrote may reach the terminal
//! without passing here: no control character or escape sequence (ECMA-48), no invisible or reordering character (UAX #9, UTS #39),
//! nothing whose width terminals disagree about.

use protocol::secret::Personal;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks on one letter beyond this are dropped: stacked by the hundred they cover other rows.
const MARKS_MAX: usize = 4;
/// Columns of a tab.
const TAB: &str = "    ";
/// Stands for what may not be shown. Not U+FFFD: some terminals leave that out, and columns shift.
const REPLACEMENT: char = '\u{25a1}';
/// Stands for what did not fit.
const ELLIPSIS: &str = "…";

/// Text that may be drawn. Only [`Harmless::of`] makes one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harmless(Personal<String>);

impl Harmless {
    /// Keeps letters, marks and line ends; shows control and reordering characters as a white square; drops what is invisible.
    pub fn of(text: &str) -> Self {
        let mut kept = String::with_capacity(text.len());
        let mut marks = 0;
        for c in text.chars() {
            match c {
                '\n' => kept.push('\n'),
                '\t' => kept.push_str(TAB),
                '\r' => {}
                c if c.is_control() || is_reordering(c) => kept.push(REPLACEMENT),
                c if is_invisible(c) => {}
                c if c.width() == Some(0) => {
                    marks += 1;
                    // A mark without a letter before it would be drawn on somebody else's.
                    if marks <= MARKS_MAX && kept.chars().next_back().is_some_and(|before| before != '\n') {
                        kept.push(c);
                    }
                    continue;
                }
                c => kept.push(c),
            }
            marks = 0;
        }
        Self(Personal::new(kept))
    }

    /// On one row.
    pub fn of_line(text: &str) -> Self {
        let Self(text) = Self::of(text);
        Self(Personal::new(text.expose().replace('\n', " ")))
    }

    /// To be drawn.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and line ends that are none to a terminal.
const fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Joiners, variation selectors and tags, which terminals measure differently, and characters that only hide things.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Columns that this takes.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(|grapheme| grapheme.width()).sum()
}

/// As much from the left as fits, with an ellipsis where something is missing.
pub fn fitted(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (head, _) = split(text, columns.saturating_sub(1));
    if columns == 0 { String::new() } else { format!("{head}{ELLIPSIS}") }
}

/// Rows of at most so many columns, broken at spaces where there are some.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    text.split('\n').flat_map(|line| wrapped_line(line, columns)).collect()
}

fn wrapped_line(line: &str, columns: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let (mut row, mut taken) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        if taken > 0 && taken + width(word.trim_end_matches(' ')) > columns {
            rows.push(std::mem::take(&mut row));
            taken = 0;
        }
        let mut rest = word;
        while width(rest.trim_end_matches(' ')) > columns {
            let (head, tail) = split(rest, columns);
            rows.push(head.to_owned());
            rest = tail;
        }
        row.push_str(rest);
        taken += width(rest);
    }
    rows.push(row);
    for row in &mut rows {
        row.truncate(row.trim_end_matches(' ').len());
    }
    rows
}

/// The longest beginning of at most so many columns, and the rest. The rest is shorter than the whole if `columns` is 2 or more.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme.width();
        if taken > columns {
            // Letters that belong together may be wider than any row (Hangul jamo by the hundred): then they are broken apart.
            return text.split_at(if at == 0 { letters(text, columns) } else { at });
        }
    }
    (text, "")
}

/// How many bytes the first letters have that fit into so many columns.
fn letters(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (at, letter) in text.char_indices() {
        taken += letter.width().unwrap_or(0);
        if taken > columns {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Harmless::of(text).expose().to_owned()
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(shown("\u{1b}[2J\u{1b}]0;title\u{7}"), "\u{25a1}[2J\u{25a1}]0;title\u{25a1}");
        assert_eq!(shown("\u{9b}31mred\u{85}"), "\u{25a1}31mred\u{25a1}");
        assert_eq!(shown("over\rwritten\u{8}"), "overwritten\u{25a1}");
        assert_eq!(shown("a\tb\nc"), "a    b\nc");
        assert_eq!(Harmless::of_line("two\nlines").expose(), "two lines");
    }

    #[test]
    fn nothing_is_reordered_or_hidden() {
        assert_eq!(shown("invoice\u{202e}fdp.exe"), "invoice\u{25a1}fdp.exe");
        assert_eq!(shown("a\u{2066}b\u{2069}\u{200f}c"), "a\u{25a1}b\u{25a1}\u{25a1}c");
        assert_eq!(shown("pay\u{200b}pal\u{e0041}\u{feff}"), "paypal");
        assert_eq!(shown("שלום"), "שלום");
    }

    #[test]
    fn marks_stay_on_their_letter_and_few() {
        assert_eq!(shown("e\u{301}"), "e\u{301}");
        assert_eq!(shown("\u{301}a\n\u{301}b"), "a\nb");
        let tower = format!("x{}", "\u{300}".repeat(200));
        assert_eq!(shown(&tower).chars().count(), 1 + MARKS_MAX);
    }

    #[test]
    fn emoji_take_the_columns_that_every_terminal_gives_them() {
        assert_eq!(shown("👨\u{200d}👩\u{200d}👧"), "👨👩👧");
        assert_eq!(width(&shown("👨\u{200d}👩\u{200d}👧")), 6);
        assert_eq!(width(&shown("❤\u{fe0f}")), 1);
        assert_eq!(width("契約書"), 6);
    }

    #[test]
    fn text_is_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("the deed is ready", 8), ["the deed", "is ready"]);
        assert_eq!(wrapped("a-very-long-word x", 6), ["a-very", "-long-", "word x"]);
        assert_eq!(wrapped("契約書です", 5), ["契約", "書で", "す"]);
        assert_eq!(wrapped("a\n\n  b", 10), ["a", "", "  b"]);
        assert_eq!(wrapped("", 10), [""]);
        let jamo = "\u{1100}".repeat(100);
        assert_eq!(wrapped(&jamo, 60).iter().map(|row| width(row)).collect::<Vec<_>>(), [60, 60, 60, 20]);
        assert_eq!(wrapped(&jamo, 2).concat(), jamo);
        assert_eq!(fitted("Bonjour", 4), "Bon…");
        assert_eq!(fitted("契約書", 4), "契…");
        assert_eq!(fitted("short", 5), "short");
        assert_eq!(fitted("x", 0), "");
    }

    proptest! {
        #[test]
        fn whatever_is_written_can_be_drawn(text in any::<String>(), columns in 2usize..100) {
            let harmless = shown(&text);
            prop_assert!(harmless.chars().all(|c| c == '\n' || !c.is_control()));
            for row in wrapped(&harmless, columns) {
                prop_assert!(width(&row) <= columns);
            }
        }
    }
}
