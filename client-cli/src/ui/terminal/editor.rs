//! A small editor for what a person is writing: lines, a cursor between characters as people see them, nothing else. Its text is the
//! person's own and must never be logged.

use protocol::secret::Personal;
use unicode_segmentation::UnicodeSegmentation as _;

use super::text::{Harmless, width};

/// Longest text that is taken in, in bytes: one message.
pub const TEXT_BYTES_MAX: usize = protocol::limits::MESSAGE_TEXT_BYTES_MAX;

/// What is being written.
#[derive(Debug, Clone, Default)]
pub struct Editor {
    text: Personal<String>,
    /// In bytes, between two graphemes.
    cursor: usize,
}

/// Where the cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    Up,
    Down,
}

impl Editor {
    /// With a text, the cursor behind it.
    pub fn with(text: &str) -> Self {
        let mut editor = Self::default();
        editor.insert(text);
        editor
    }

    /// As it will be sent.
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Takes the text out.
    pub fn take(&mut self) -> String {
        let text = self.text().to_owned();
        *self = Self::default();
        text
    }

    fn before(&self) -> &str {
        self.text().get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text().get(self.cursor..).unwrap_or_default()
    }

    fn replace(&mut self, before: &str, after: &str) {
        let text = format!("{before}{after}");
        self.cursor = before.len();
        self.text = Personal::new(text);
    }

    /// Writes at the cursor. What is too long for a message is left out as a whole.
    pub fn insert(&mut self, text: &str) {
        // Terminals paste line ends as carriage returns.
        let text: String = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if self.text().len() + text.len() <= TEXT_BYTES_MAX {
            let (before, after) = (format!("{}{text}", self.before()), self.after().to_owned());
            self.replace(&before, &after);
        }
    }

    /// Puts a text that was not taken before what was written since. Together they may be longer than a message: nothing that
    /// somebody wrote is thrown away.
    pub fn put_back(&mut self, text: &str) {
        let gap = if self.is_empty() { "" } else { "\n" };
        let (before, after) = (format!("{text}{gap}{}", self.before()), self.after().to_owned());
        self.replace(&before, &after);
    }

    /// Removes what a motion would pass over.
    pub fn delete(&mut self, motion: Motion) {
        let target = self.target(motion);
        let (low, high) = (target.min(self.cursor), target.max(self.cursor));
        let before = self.text().get(..low).unwrap_or_default().to_owned();
        let after = self.text().get(high..).unwrap_or_default().to_owned();
        self.replace(&before, &after);
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        self.cursor = self.target(motion);
    }

    fn target(&self, motion: Motion) -> usize {
        let (before, after) = (self.before(), self.after());
        match motion {
            Motion::Left => before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at),
            Motion::Right => self.cursor + after.graphemes(true).next().map_or(0, str::len),
            Motion::WordLeft => before.unicode_word_indices().next_back().map_or(0, |(at, _)| at),
            Motion::WordRight => {
                self.cursor + after.unicode_word_indices().next().map_or(after.len(), |(at, word)| at + word.len())
            }
            Motion::LineStart => before.rfind('\n').map_or(0, |at| at + 1),
            Motion::LineEnd => self.cursor + after.find('\n').unwrap_or(after.len()),
            Motion::Up => {
                let start = self.target(Motion::LineStart);
                let Some(end) = start.checked_sub(1) else { return self.cursor };
                let line = self.text().get(..end).unwrap_or_default();
                let line_start = line.rfind('\n').map_or(0, |at| at + 1);
                line_start + column_in(self.text().get(line_start..end).unwrap_or_default(), self.column())
            }
            Motion::Down => {
                let end = self.target(Motion::LineEnd);
                let Some(next) = self.text().get(end + 1..) else { return self.cursor };
                let line = next.split('\n').next().unwrap_or_default();
                end + 1 + column_in(line, self.column())
            }
        }
    }

    fn column(&self) -> usize {
        width(self.before().rsplit('\n').next().unwrap_or_default())
    }

    /// Puts the cursor where somebody points in rows of so many columns: before the character there, or at the end of the row.
    pub fn go_to(&mut self, columns: usize, row: usize, column: usize) {
        let columns = columns.max(2);
        let (mut at_row, mut taken) = (0, 0);
        let mut cursor = self.text().len();
        for (at, grapheme) in self.text().grapheme_indices(true) {
            let ends_row = grapheme == "\n";
            let cells = if ends_row { 0 } else { width(Harmless::of(grapheme).expose()) };
            if taken + cells > columns {
                (at_row, taken) = (at_row + 1, 0);
            }
            if at_row > row || (at_row == row && (ends_row || taken + cells > column)) {
                cursor = at;
                break;
            }
            (at_row, taken) = if ends_row { (at_row + 1, 0) } else { (at_row, taken + cells) };
        }
        self.cursor = cursor;
    }

    /// Rows to draw and the cursor's place in them (row, column).
    pub fn rows(&self, columns: usize) -> (Vec<String>, (usize, usize)) {
        let columns = columns.max(2);
        let (mut rows, mut row, mut taken) = (Vec::new(), String::new(), 0);
        let mut cursor = (0, 0);
        for (at, grapheme) in self.text().grapheme_indices(true) {
            let shown = Harmless::of(grapheme);
            let cells = if grapheme == "\n" { 0 } else { width(shown.expose()) };
            if taken + cells > columns {
                rows.push(std::mem::take(&mut row));
                taken = 0;
            }
            if at == self.cursor {
                cursor = (rows.len(), taken);
            }
            if grapheme == "\n" {
                rows.push(std::mem::take(&mut row));
                taken = 0;
            } else {
                row.push_str(shown.expose());
                taken += cells;
            }
        }
        if self.cursor == self.text().len() {
            if taken >= columns {
                rows.push(std::mem::take(&mut row));
                taken = 0;
            }
            cursor = (rows.len(), taken);
        }
        rows.push(row);
        (rows, cursor)
    }
}

/// Bytes of `line` up to this column.
fn column_in(line: &str, column: usize) -> usize {
    let mut taken = 0;
    for (at, grapheme) in line.grapheme_indices(true) {
        if taken >= column {
            return at;
        }
        taken += width(grapheme);
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_people_see() {
        let mut editor = Editor::with("né👍🏽");
        editor.delete(Motion::Left);
        assert_eq!(editor.text(), "né");
        editor.go(Motion::Left);
        editor.go(Motion::Left);
        editor.insert("une ");
        assert_eq!(editor.text(), "une né");
        editor.delete(Motion::WordRight);
        assert_eq!(editor.text(), "une ");
        editor.delete(Motion::WordLeft);
        assert_eq!(editor.text(), "");
        editor.delete(Motion::Left);
        assert!(editor.is_empty());
    }

    #[test]
    fn lines_are_walked() {
        let mut editor = Editor::with("first line\nab\nthird");
        editor.go(Motion::Up);
        assert_eq!(editor.rows(20).1, (1, 2));
        editor.go(Motion::Up);
        assert_eq!(editor.rows(20).1, (0, 2));
        editor.go(Motion::LineEnd);
        assert_eq!(editor.rows(20).1, (0, 10));
        editor.go(Motion::Up);
        assert_eq!(editor.rows(20).1, (0, 10));
        editor.go(Motion::Down);
        editor.go(Motion::LineStart);
        editor.delete(Motion::LineEnd);
        assert_eq!(editor.text(), "first line\n\nthird");
    }

    #[test]
    fn the_cursor_goes_where_somebody_points() {
        let mut editor = Editor::with("契約書 ab\nlast");
        for (row, column, drawn) in [(0, 0, (0, 0)), (0, 3, (0, 2)), (1, 1, (1, 1)), (1, 30, (1, 3)), (9, 9, (2, 4))] {
            editor.go_to(6, row, column);
            assert_eq!(editor.rows(6).1, drawn, "{row} {column}");
        }
    }

    #[test]
    fn rows_wrap_with_the_cursor() {
        let editor = Editor::with("契約書");
        assert_eq!(editor.rows(4), (vec![String::from("契約"), String::from("書")], (1, 2)));
        let full = Editor::with("abcd");
        assert_eq!(full.rows(4), (vec![String::from("abcd"), String::new()], (1, 0)));
    }

    #[test]
    fn what_is_pasted_is_text_and_fits_in_a_message() {
        let mut editor = Editor::with("a\r\nb\rc\u{1b}[31m\u{7}");
        assert_eq!(editor.text(), "a\nb\nc[31m");
        editor.insert(&"x".repeat(TEXT_BYTES_MAX));
        assert_eq!(editor.text(), "a\nb\nc[31m");
    }
}
