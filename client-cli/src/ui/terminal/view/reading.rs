//! What is read in front of the conversation: the help, the organization's rules, and the question about files that were pasted.

use ratatui::Frame;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::super::text::{Harmless, fitted, width, wrapped};
use super::overlays::framed;
use super::{dim, put};
use crate::words::Words;

/// Lines of the help under their headings (`chat-helps-…`): each has its keys (`chat-keys-…`) and a text (`chat-help-…`).
const HELP: [(&str, &[&str]); 6] = [
    ("writing", &["send", "new-line", "paste", "send-file", "message", "timer"]),
    ("reading", &["focus", "neighbor", "scroll", "ends", "search", "files"]),
    ("people", &["people", "group", "members", "decide", "verify"]),
    ("marks", &["marks", "marks-open", "verification", "mention", "bar", "timer-mark"]),
    ("mouse", &["mouse", "mouse-select", "mouse-off"]),
    ("program", &["rules", "export", "lock", "plain", "help", "quit"]),
];
/// Columns of the keys in the help.
const KEY_COLUMNS: usize = 22;
/// Most rows of a frame that is read.
const ROWS_MAX: u16 = 34;

/// How far the help can be scrolled at most.
pub fn help_rows(words: &Words) -> usize {
    lines_of_help(words, 40).len()
}

fn lines_of_help(words: &Words, columns: usize) -> Vec<Line<'static>> {
    let room = columns.saturating_sub(KEY_COLUMNS + 1);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut rows = Vec::new();
    for (heading, names) in HELP {
        if !rows.is_empty() {
            rows.push(Line::default());
        }
        rows.push(Line::styled(words.say(&format!("chat-helps-{heading}")), bold.fg(Color::Cyan)));
        for name in names {
            let keys = words.say(&format!("chat-keys-{name}"));
            for (at, line) in wrapped(&words.say(&format!("chat-help-{name}")), room).into_iter().enumerate() {
                let key = if at == 0 { keys.clone() } else { String::new() };
                let gap = " ".repeat((KEY_COLUMNS + 1).saturating_sub(width(&key)));
                rows.push(Line::from(vec![Span::styled(key, bold), Span::raw(gap), Span::raw(line)]));
            }
        }
    }
    rows
}

pub fn help(frame: &mut Frame<'_>, words: &Words, scroll: usize) {
    let rows = frame.area().height.saturating_sub(2).min(ROWS_MAX);
    let area = framed(frame, 78, rows, &words.say("chat-help-title"), &words.say("chat-reading-hint"));
    let lines = lines_of_help(words, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    for (at, line) in (0..area.height).zip(lines.into_iter().skip(scroll.min(most))) {
        put(frame, area, at, line);
    }
}

pub fn rules(frame: &mut Frame<'_>, words: &Words, said: Option<&str>, scroll: usize) {
    let rows = frame.area().height.saturating_sub(2).min(ROWS_MAX);
    let area = framed(frame, 78, rows, &words.say("chat-rules-title"), &words.say("chat-reading-hint"));
    let lines = wrapped(said.unwrap_or_default(), usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    for (at, line) in (0..area.height).zip(lines.into_iter().skip(scroll.min(most))) {
        put(frame, area, at, Line::from(line));
    }
}

pub fn pasted(frame: &mut Frame<'_>, model: &Model, files: &[String]) {
    let words = &model.words;
    let count = [("count", (files.len() as u64).into())];
    let rows = u16::try_from(files.len() + 6).unwrap_or(u16::MAX).min(frame.area().height.saturating_sub(2));
    let title = words.say_with("chat-pasted-title", &count);
    let area = framed(frame, 76, rows, &title, &words.say("chat-pasted-hint"));
    let columns = usize::from(area.width);
    let who = model.open_name();
    let to = words.say_with("chat-pasted-to", &[("who", who.expose().into())]);
    put(frame, area, 0, Line::from(fitted(&to, columns)));
    let below = area.height.saturating_sub(3);
    for (row, file) in (1..below).zip(files) {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        put(frame, area, row, Line::styled(fitted(Harmless::of_line(file).expose(), columns), bold));
    }
    for (row, line) in (below + 1..area.height).zip(wrapped(&words.say("chat-pasted-means"), columns)) {
        put(frame, area, row, Line::styled(line, dim()));
    }
}
