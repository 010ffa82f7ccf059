//! The messages of a conversation as rows: who and when, what was said, files with their progress, and where each of ours is, in
//! words. Pure. Rows are made from the newest upwards and only as far as they are needed: a history may be long.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::calendar::Moment;
use super::markdown;
use super::model::{Model, Open, Waiting};
use super::rows::{File, Message, Said, State};
use super::text::{Harmless, fitted, width, wrapped};

/// Messages of one author within this time stand under one heading.
const HEADING_EVERY_MS: u64 = 5 * 60 * 1_000;
/// Most names of those who do not have a message yet.
const WAITS_NAMES_MAX: usize = 3;
/// Cells of a progress bar.
const BAR_CELLS: u64 = 20;
/// Columns by which what is said is indented.
const INDENT: &str = "  ";

/// Rows of the screen for the messages, from top to bottom, at most `height`.
pub fn visible(model: &Model, open: &Open, columns: usize, height: usize) -> Vec<Line<'static>> {
    let mut rows = upwards(model, open, columns, open.scroll + height);
    rows.truncate(open.scroll + height);
    let kept = rows.split_off(open.scroll.min(rows.len()));
    kept.into_iter().rev().map(|(_, line)| line).collect()
}

/// The message that stands in this row of the screen.
pub fn message_at(model: &Model, open: &Open, columns: usize, height: usize, row: usize) -> Option<usize> {
    let above_end = height.checked_sub(row + 1)?;
    let rows = upwards(model, open, columns, open.scroll + height);
    rows.get(open.scroll + above_end).map(|(at, _)| *at)
}

/// Rows that the messages take from this one on.
pub fn rows_from(model: &Model, open: &Open, columns: usize, first: usize) -> usize {
    (first..open.messages.len()).map(|at| block(model, open, columns, at).len()).sum()
}

/// The newest message whose last row is on the screen.
pub fn newest_shown(model: &Model, open: &Open, columns: usize) -> Option<usize> {
    let rows = upwards(model, open, columns, open.scroll + 1);
    let (at, _) = rows.get(open.scroll)?;
    // A message of which only the beginning is there was not read yet.
    let ends_below = open.scroll > 0 && rows.get(open.scroll - 1).is_some_and(|(below, _)| below == at);
    if ends_below { at.checked_sub(1) } else { Some(*at) }
}

/// Rows with the message each belongs to, the lowest first, at least `wanted` if there are so many.
fn upwards(model: &Model, open: &Open, columns: usize, wanted: usize) -> Vec<(usize, Line<'static>)> {
    let mut rows = Vec::new();
    for at in (0..open.messages.len()).rev() {
        if rows.len() >= wanted {
            break;
        }
        rows.extend(block(model, open, columns, at).into_iter().rev().map(|line| (at, line)));
    }
    rows
}

/// The rows of one message, with what stands above it.
fn block(model: &Model, open: &Open, columns: usize, at: usize) -> Vec<Line<'static>> {
    let Some(message) = open.messages.get(at) else { return Vec::new() };
    let before = at.checked_sub(1).and_then(|before| open.messages.get(before));
    let after = open.messages.get(at + 1);
    let mut rows = Vec::new();
    let moment = Moment::of(message.sent_ms, &model.zone);
    let day_changes = before.is_none_or(|before| !Moment::of(before.sent_ms, &model.zone).is_same_day(&moment));
    let is_first_new = open.first_new.as_ref() == Some(&message.id);
    if day_changes {
        rows.push(ruled(&moment.day(&model.words), columns, Style::new().add_modifier(Modifier::DIM)));
    }
    if is_first_new {
        rows.push(ruled(&model.words.say("chat-new-messages"), columns, Style::new().fg(Color::Yellow)));
    }
    let is_found = open.found.as_ref() == Some(&message.id);
    if is_found {
        rows.push(ruled(&model.words.say("chat-search-here"), columns, Style::new().fg(Color::Cyan)));
    }
    let follows = before.is_some_and(|before| {
        let is_change = |message: &Message| matches!(message.said, Said::Change(_));
        before.author == message.author
            && !is_change(before)
            && message.sent_ms.saturating_sub(before.sent_ms) < HEADING_EVERY_MS
    });
    if let Said::Change(change) = &message.said {
        let text = model.words.group_change(change, &change["group"]).unwrap_or_default();
        let text = Harmless::of_line(&text);
        rows.push(ruled(text.expose(), columns, Style::new().add_modifier(Modifier::DIM)));
        return rows;
    }
    if !follows || day_changes || is_first_new || is_found {
        if !rows.is_empty() || before.is_none() {
            // The rule above is space enough.
        } else {
            rows.push(Line::default());
        }
        rows.push(heading(model, message, &moment, columns));
    }
    let first = rows.len();
    rows.extend(said_rows(model, message, columns));
    if open.chosen.as_ref() == Some(&message.id) {
        for row in rows.iter_mut().skip(first) {
            *row = std::mem::take(row).patch_style(Style::new().add_modifier(Modifier::REVERSED));
        }
    }
    let mark = mark(model, message);
    let same_below = after.is_some_and(|after| after.is_ours() && self::mark(model, after) == mark);
    if let (Some(mark), false) = (mark, same_below) {
        let style = mark_style(&message.state);
        rows.extend(
            wrapped(&mark, columns.saturating_sub(INDENT.len()))
                .into_iter()
                .map(|row| Line::from(vec![Span::raw(INDENT), Span::styled(row, style)])),
        );
    }
    rows
}

/// What it answers, what it says, and what was done to it.
fn said_rows(model: &Model, message: &Message, columns: usize) -> Vec<Line<'static>> {
    let words = &model.words;
    let inner = columns.saturating_sub(INDENT.len());
    let dim = Style::new().add_modifier(Modifier::DIM);
    let mut rows = Vec::new();
    if let Some(quote) = &message.reply {
        let said = model.said_shortly(&quote.said);
        let from = quote.from.as_ref().map(|from| model.author_name(from).expose().to_owned());
        let line = match from {
            Some(from) => format!("┃ {from}: {}", said.expose()),
            None => format!("┃ {}", said.expose()),
        };
        rows.push(Line::styled(format!("{INDENT}{}", fitted(&line, inner)), dim));
    }
    if message.is_forwarded {
        rows.push(Line::styled(format!("{INDENT}↪ {}", words.say("said-forwarded")), dim));
    }
    let remark = |key: &str| {
        let style = dim.add_modifier(Modifier::ITALIC);
        wrapped(&words.say(key), inner).into_iter().map(move |row| Line::styled(format!("{INDENT}{row}"), style))
    };
    match &message.said {
        Said::Text(text) => {
            let said = markdown::rows(text.expose(), &message.mentions, inner).into_iter();
            rows.extend(said.map(|mut line| {
                line.spans.insert(0, Span::raw(INDENT));
                line
            }));
        }
        Said::File(file) => rows.extend(file_rows(model, message, file, columns)),
        Said::Deleted => rows.extend(remark("said-deleted")),
        Said::Unreadable => rows.extend(remark("said-unreadable")),
        Said::Missing => rows.extend(remark("said-missing")),
        // It stands in a row of its own.
        Said::Change(_) => {}
        Said::Timer(seconds) => {
            let said = words.timer_set(&serde_json::json!({"seconds": seconds}));
            rows.extend(wrapped(&said, inner).into_iter().map(|row| Line::styled(format!("{INDENT}{row}"), dim)));
        }
    }
    let done = done_words(model, message);
    if !done.is_empty() {
        rows.extend(wrapped(&done, inner).into_iter().map(|row| Line::styled(format!("{INDENT}{row}"), dim)));
    }
    rows
}

/// Reactions, each with how many have it, and that the text was edited.
fn done_words(model: &Model, message: &Message) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for reaction in &message.reactions {
        match counted.iter_mut().find(|(emoji, _)| *emoji == reaction.emoji.expose()) {
            Some((_, count)) => *count += 1,
            None => counted.push((reaction.emoji.expose(), 1)),
        }
    }
    let reactions = counted.into_iter().map(|(emoji, count)| match count {
        1 => emoji.to_owned(),
        count => format!("{emoji} {count}"),
    });
    let edited = message.is_edited.then(|| model.words.say("said-edited"));
    reactions.chain(edited).collect::<Vec<_>>().join(" · ")
}

fn heading(model: &Model, message: &Message, moment: &Moment, columns: usize) -> Line<'static> {
    let (who, style) = if message.is_ours() {
        (model.words.say("chat-you"), Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD))
    } else {
        let is_group = model.open_row().is_some_and(|row| row.group.is_some());
        let name = if is_group { message.author.clone() } else { model.open_name() };
        (name.expose().to_owned(), Style::new().fg(Color::Green).add_modifier(Modifier::BOLD))
    };
    let time = moment.time();
    let who = fitted(&who, columns.saturating_sub(width(&time) + 2));
    let dim = Style::new().add_modifier(Modifier::DIM);
    Line::from(vec![Span::styled(who, style), Span::raw("  "), Span::styled(time, dim)])
}

fn ruled(text: &str, columns: usize, style: Style) -> Line<'static> {
    let text = format!(" {} ", fitted(text, columns.saturating_sub(6)));
    let rest = columns.saturating_sub(width(&text));
    let left = rest / 2;
    Line::styled(format!("{}{text}{}", "─".repeat(left), "─".repeat(rest - left)), style)
}

fn file_rows(model: &Model, message: &Message, file: &File, columns: usize) -> Vec<Line<'static>> {
    let words = &model.words;
    let size = model.size_words(file.bytes);
    let name = file.name.expose().to_owned();
    let title = if file.is_sound { "chat-voice-note" } else { "chat-file" };
    let title = words.say_with(title, &[("name", name.into()), ("size", size.into())]);
    let inner = columns.saturating_sub(INDENT.len());
    let mut rows: Vec<Line<'static>> = wrapped(&title, inner)
        .into_iter()
        .map(|row| Line::styled(format!("{INDENT}{row}"), Style::new().add_modifier(Modifier::BOLD)))
        .collect();
    let state = match (&file.path, file.state.as_str()) {
        (_, "receiving" | "paused") => progress(model, file),
        (Some(path), "saved") => words.say_with("chat-saved", &[("path", path.expose().into())]),
        (_, "offered") if message.is_ours() => words.say("chat-file-leave-it"),
        (_, "offered" | "received") => words.say("chat-file-fetch"),
        (_, state) => words.try_say(&format!("file-{state}")).unwrap_or_default(),
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    rows.extend(wrapped(&state, inner).into_iter().map(|row| Line::styled(format!("{INDENT}{row}"), dim)));
    rows
}

fn progress(model: &Model, file: &File) -> String {
    let full =
        |parts: u64| file.verified_bytes.min(file.bytes).saturating_mul(parts).checked_div(file.bytes).unwrap_or(0);
    let bar =
        |filled: u64| -> String { (0..BAR_CELLS).map(|cell| if cell < filled { '█' } else { '░' }).collect() };
    let state = model.words.say(&format!("file-{}", file.state));
    format!("{} {} % · {state}", bar(full(BAR_CELLS)), full(100))
}

/// Where a message of ours is, in words.
fn mark(model: &Model, message: &Message) -> Option<String> {
    let words = &model.words;
    let state = |name: &str| words.say(&format!("state-{name}"));
    Some(match &message.state {
        State::Theirs => return None,
        State::Queued => {
            let waiting = model.waiting.get(&message.id);
            let reason = waiting.and_then(|waiting| waiting_words(model, waiting));
            joined(format!("◷ {}", state("queued")), [reason, waiting.and_then(|waiting| for_whom(model, waiting))])
        }
        State::Sent => {
            let waiting = model.waiting.get(&message.id);
            joined(format!("→ {}", state("sent")), [waiting.and_then(|waiting| for_whom(model, waiting)), None])
        }
        State::Delivered => format!("✓ {}", state("delivered")),
        State::Read => format!("✓✓ {}", state("read")),
        State::Refused(reason) => format!("✗ {} · {}", state("refused"), words.fault(reason, None)),
    })
}

fn joined(mark: String, further: [Option<String>; 2]) -> String {
    std::iter::once(mark).chain(further.into_iter().flatten()).collect::<Vec<_>>().join(" · ")
}

/// Who in a group does not have a message yet.
fn for_whom(model: &Model, waiting: &Waiting) -> Option<String> {
    waiting.group.as_ref().filter(|_| !waiting.waits_for.is_empty())?;
    let mut names: Vec<String> =
        waiting.waits_for.iter().take(WAITS_NAMES_MAX).map(|who| model.name_of(who).expose().to_owned()).collect();
    if waiting.waits_for.len() > WAITS_NAMES_MAX {
        names.push(String::from("…"));
    }
    Some(model.words.say_with("chat-waits-for", &[("who", names.join(", ").into())]))
}

/// Why a message waits; if for the other side, since when that was not there.
fn waiting_words(model: &Model, waiting: &Waiting) -> Option<String> {
    let words = &model.words;
    let since = waiting.reached_ms.filter(|_| waiting.reason == "peer-offline").map(|reached_ms| {
        let since = words.since(reached_ms, model.now.as_millis(), &model.zone);
        words.say_with("waiting-since", &[("since", since.into())])
    });
    since.or_else(|| words.try_say(&format!("waiting-{}", waiting.reason)))
}

fn mark_style(state: &State) -> Style {
    match state {
        State::Refused(_) => Style::new().fg(Color::Red),
        State::Queued => Style::new().fg(Color::Yellow),
        State::Theirs | State::Sent | State::Delivered | State::Read => Style::new().add_modifier(Modifier::DIM),
    }
}
