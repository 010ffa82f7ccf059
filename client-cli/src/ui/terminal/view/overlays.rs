//! What stands in front of the conversation: a frame with a title and its lines.

use protocol::secret::Personal;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use super::super::editor::Editor;
use super::super::model::{LockScreen, Model, Overlay, REACTIONS, SafetyNumber, TIMERS_S, Whose, place};
use super::super::rows::{Identity, Verification};
use super::super::text::{fitted, width, wrapped};
use super::{cursor, dim, finding, members, people, put, reading};
use crate::qr;
use crate::rpc::Decision;
use crate::words::Words;

/// Columns of the frame in which a person is decided about.
const DECIDE_COLUMNS: u16 = 60;
pub fn draw(frame: &mut Frame<'_>, model: &Model, overlay: &Overlay) {
    let words = &model.words;
    match overlay {
        Overlay::Help { scroll } => reading::help(frame, words, *scroll),
        Overlay::Rules { said, scroll } => reading::rules(frame, words, said.as_deref(), *scroll),
        Overlay::Pasted { files, .. } => reading::pasted(frame, model, files),
        Overlay::People(search) => people::draw(frame, model, search),
        Overlay::Messages(finding) => finding::draw(frame, model, finding),
        Overlay::Verify { who, number } => verify(frame, model, who, number.as_ref()),
        Overlay::Files { selected } => files(frame, model, selected.as_ref()),
        Overlay::SaveTo { path, .. } => ask_path(frame, words, path, "chat-save-title", "chat-save-hint"),
        Overlay::Export { path, .. } => ask_path(frame, words, path, "chat-export-title", "chat-export-hint"),
        Overlay::Offer { path } => ask_path(frame, words, path, "chat-offer-title", "chat-offer-hint"),
        Overlay::React { emoji, .. } => react(frame, words, emoji),
        Overlay::Delete { .. } => {
            let area = framed(frame, 66, 6, &words.say("chat-delete-title"), &words.say("chat-delete-hint"));
            for (row, line) in (0..area.height).zip(wrapped(&words.say("chat-delete-how"), usize::from(area.width))) {
                put(frame, area, row, Line::from(line));
            }
        }
        Overlay::Members(roll) => members::draw(frame, model, roll),
        Overlay::Name { naming, name } => members::name(frame, model, naming, name),
        Overlay::Timer { selected, .. } => timer(frame, words, *selected),
        Overlay::Decide { number, selected, .. } => decide(frame, model, number.as_deref(), selected.as_ref()),
    }
}

/// A frame in the middle of the screen; returns what is inside.
pub(super) fn framed(frame: &mut Frame<'_>, columns: u16, rows: u16, title: &str, bottom: &str) -> Rect {
    let screen = frame.area();
    let (width, height) = (columns.min(screen.width), rows.min(screen.height));
    let area = Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .title(Line::styled(format!(" {title} "), Style::new().add_modifier(Modifier::BOLD)))
        .title_bottom(Line::styled(format!(" {bottom} "), dim()).right_aligned());
    let inner = block.inner(area);
    Clear.render(area, frame.buffer_mut());
    block.render(area, frame.buffer_mut());
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

fn verify(frame: &mut Frame<'_>, model: &Model, who: &Personal<String>, number: Option<&SafetyNumber>) {
    let words = &model.words;
    let who = model.name_of(who).expose().to_owned();
    let title = words.say_with("chat-verify-title", &[("who", who.clone().into())]);
    let Some(number) = number else {
        framed(frame, 78, 5, &title, &words.say("chat-help-close"));
        return;
    };
    let (hint, state, style) = match number.verification {
        Verification::Verified => ("chat-verify-take-back", "chat-verified", Style::new().fg(Color::Green)),
        Verification::Unverified => ("chat-verify-confirm", "chat-unverified", Style::new().fg(Color::Yellow)),
        Verification::Changed => ("chat-verify-confirm", "chat-changed", Style::new().fg(Color::Red)),
    };
    let code = qr::rows(&number.digits);
    let rows = u16::try_from(code.len().max(16) + 2).unwrap_or(u16::MAX);
    let area = framed(frame, 78, rows, &title, &words.say(hint));
    let code_columns = code.first().map_or(0, |row| width(row));
    let ink = Style::new().fg(Color::Black).bg(Color::White);
    for (row, line) in (0..area.height).zip(code) {
        put(frame, area, row, Line::styled(line, ink));
    }
    let left = u16::try_from(code_columns + 3).unwrap_or(u16::MAX).min(area.width);
    let text = Rect { x: area.x + left, width: area.width - left, ..area };
    let columns = usize::from(text.width);
    let groups: Vec<&str> = number.digits.split_whitespace().collect();
    let mut lines: Vec<Line<'static>> = groups
        .chunks(4)
        .map(|groups| Line::styled(groups.join("  "), Style::new().add_modifier(Modifier::BOLD)))
        .collect();
    lines.push(Line::default());
    lines.push(Line::styled(words.say(state), style.add_modifier(Modifier::BOLD)));
    lines.push(Line::default());
    let explained = words.say_with("chat-verify-how", &[("who", who.into())]);
    lines.extend(wrapped(&explained, columns).into_iter().map(Line::from));
    for (row, line) in (1..text.height).zip(lines) {
        put(frame, text, row, line);
    }
}

fn files(frame: &mut Frame<'_>, model: &Model, selected: Option<&String>) {
    let words = &model.words;
    let files = model.open_files();
    let selected = place(files.iter().map(|(file, _)| &file.id), selected);
    let rows = u16::try_from(files.len().max(1) + 2).unwrap_or(u16::MAX).min(frame.area().height.saturating_sub(6));
    let area = framed(frame, 76, rows, &words.say("chat-files-title"), &words.say("chat-files-hint"));
    if files.is_empty() {
        put(frame, area, 0, Line::styled(words.say("chat-files-none"), dim()));
    }
    let columns = usize::from(area.width);
    let first = (selected + 1).saturating_sub(usize::from(area.height).max(1));
    for (row, (at, (file, whose))) in (0..area.height).zip(files.into_iter().enumerate().skip(first)) {
        let percent = file.verified_bytes.min(file.bytes).saturating_mul(100).checked_div(file.bytes).unwrap_or(0);
        let state = words.try_say(&format!("file-{}", file.state)).unwrap_or_default();
        let state = if file.is_moving() { format!("{percent} % · {state}") } else { state };
        let right = format!("{} · {state}", model.size_words(file.bytes));
        let arrow = match whose {
            Whose::Ours => "↑",
            Whose::Theirs => "↓",
        };
        let name = fitted(file.name.expose(), columns.saturating_sub(width(&right) + 4));
        let gap = " ".repeat(columns.saturating_sub(width(&name) + width(&right) + 2));
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        let line = vec![Span::raw(format!("{arrow} {name}{gap}")), Span::styled(right, dim())];
        put(frame, area, row, Line::from(line).style(style));
    }
}

/// Reactions of one key, and any other.
fn react(frame: &mut Frame<'_>, words: &Words, emoji: &Editor) {
    let area = framed(frame, 66, 6, &words.say("chat-react-title"), &words.say("chat-react-hint"));
    let usual: Vec<String> = (1..).zip(REACTIONS).map(|(key, emoji): (u8, _)| format!("{key} {emoji}")).collect();
    put(frame, area, 0, Line::from(usual.join("  ")));
    put(frame, area, 1, Line::styled(words.say("chat-react-other"), dim()));
    field(frame, area, 2, emoji);
}

fn ask_path(frame: &mut Frame<'_>, words: &Words, path: &Editor, title: &str, hint: &str) {
    let area = framed(frame, 70, 6, &words.say(title), &words.say("chat-path-hint"));
    field(frame, area, 0, path);
    for (row, line) in (2..area.height).zip(wrapped(&words.say(hint), usize::from(area.width))) {
        put(frame, area, row, Line::styled(line, dim()));
    }
}

fn decide(frame: &mut Frame<'_>, model: &Model, number: Option<&str>, selected: Option<&Decision>) {
    let words = &model.words;
    let name = model.person_in_question().map(|row| row.name.expose().to_owned()).unwrap_or_default();
    let decisions = model.decisions();
    let selected = place(decisions.iter(), selected);
    let groups: Vec<&str> = number.unwrap_or_default().split_whitespace().collect();
    let number: Vec<String> = groups.chunks(6).map(|groups| groups.join("  ")).collect();
    let warning = match model.person_in_question().map(|row| row.identity) {
        Some(Identity::Reassigned) => wrapped(&words.say("chat-decide-reassigned"), usize::from(DECIDE_COLUMNS) - 4),
        Some(Identity::Replaced) => wrapped(&words.say("chat-decide-replaced"), usize::from(DECIDE_COLUMNS) - 4),
        Some(Identity::Same | Identity::Ended) | None => Vec::new(),
    };
    let rows = u16::try_from(decisions.len().max(1) + warning.len() + number.len() + 2).unwrap_or(u16::MAX);
    let area = framed(frame, DECIDE_COLUMNS, rows, &fitted(&name, 40), &words.say("chat-decide-hint"));
    if decisions.is_empty() {
        put(frame, area, 0, Line::styled(words.say("chat-decide-nothing"), dim()));
    }
    let below = u16::try_from(decisions.len()).unwrap_or(u16::MAX);
    let warning = warning.into_iter().map(|line| Line::styled(line, Style::new().fg(Color::Red)));
    let number = number.into_iter().map(|line| Line::styled(line, dim()));
    for (row, line) in (below..area.height).zip(warning.chain(number)) {
        put(frame, area, row, line);
    }
    for (row, (at, decision)) in (0..area.height).zip(decisions.iter().enumerate()) {
        let key = match decision {
            Decision::Accept => "chat-decide-accept",
            Decision::Refuse => "chat-decide-refuse",
            Decision::Block => "chat-decide-block",
        };
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        put(frame, area, row, Line::styled(fitted(&words.say(key), usize::from(area.width)), style));
    }
}

fn timer(frame: &mut Frame<'_>, words: &Words, selected: usize) {
    let rows = u16::try_from(TIMERS_S.len() + 4).unwrap_or(u16::MAX);
    let area = framed(frame, 60, rows, &words.say("chat-timer-title"), &words.say("chat-timer-hint"));
    for (row, (at, seconds)) in (0..area.height).zip(TIMERS_S.into_iter().enumerate()) {
        let said = match seconds {
            0 => words.say("chat-timer-off"),
            seconds => words.say_with("chat-timer-after", &[("time", words.duration(seconds.into()).into())]),
        };
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        put(frame, area, row, Line::styled(fitted(&said, usize::from(area.width)), style));
    }
    let both = fitted(&words.say("chat-timer-both"), usize::from(area.width));
    put(frame, area, area.height.saturating_sub(1), Line::styled(both, dim()));
}

/// All that is shown while the device is locked.
pub fn lock(frame: &mut Frame<'_>, model: &Model, lock: &LockScreen) {
    let words = &model.words;
    let area = framed(frame, 70, 11, &words.say("chat-lock-title"), &words.say("chat-lock-hint"));
    let columns = usize::from(area.width);
    let mut row = 0;
    for line in wrapped(&words.say("chat-lock-means"), columns) {
        put(frame, area, row, Line::from(line));
        row += 1;
    }
    row += 1;
    let dots = "•".repeat(lock.passphrase.text().chars().count().min(columns.saturating_sub(3)));
    let at = width(&dots) + 2;
    put(frame, area, row, Line::from(vec![Span::styled("› ", Style::new().fg(Color::Cyan)), Span::raw(dots)]));
    cursor(frame, area, at, usize::from(row));
    let (text, style) = match (&lock.refused, lock.is_trying) {
        (_, true) => (words.say("chat-lock-trying"), dim()),
        (Some(refused), false) => (refused.clone(), Style::new().fg(Color::Red)),
        (None, false) => return,
    };
    for (row, line) in (row + 2..area.height).zip(wrapped(&text, columns)) {
        put(frame, area, row, Line::styled(line, style));
    }
}

/// A line that is being written: its end is in sight, or as much before the cursor as fits.
pub(super) fn field(frame: &mut Frame<'_>, area: Rect, row: u16, editor: &Editor) {
    let columns = usize::from(area.width.saturating_sub(2)).max(2);
    let (rows, (at, column)) = editor.rows(columns);
    let shown = rows.get(at).cloned().unwrap_or_default();
    put(frame, area, row, Line::from(vec![Span::styled("› ", Style::new().fg(Color::Cyan)), Span::raw(shown)]));
    cursor(frame, area, column + 2, usize::from(row));
}
