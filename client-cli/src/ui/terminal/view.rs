//! Drawing the window from the model: pure functions from a model to cells. Colors only repeat what words or marks say. Nothing that a
//! peer wrote is drawn unless it is `Harmless`.

mod finding;
mod members;
mod overlays;
mod panes;
mod people;
mod reading;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::layout::{COLUMNS_MIN, ROWS_MIN, Size};
use super::model::{Focus, Model, RemarkKind};
use super::rows::Relation;
use super::text::{fitted, width};
use super::transcript;
use super::wording::{BANNER_MARGIN, Gravity};

pub use reading::help_rows;

/// Draws everything. The frame has the terminal's size of this moment; the model hears of a new one a little later.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    let size = Size { columns: frame.area().width, rows: frame.area().height };
    if !size.is_enough() {
        return too_small(frame, model);
    }
    if let Some(lock) = &model.lock {
        return overlays::lock(frame, model, lock);
    }
    let areas = model.areas_in(size);
    panes::top(frame, areas.top, model);
    banner(frame, areas.warning, model, size);
    panes::list(frame, areas.list, model);
    for row in 0..areas.rule.height {
        put(frame, areas.rule, row, Line::styled("│", dim()));
    }
    panes::header(frame, areas.header, model);
    messages(frame, areas.messages, model);
    remark(frame, areas.messages.union(areas.remark), model);
    editor(frame, areas.editor, model, size);
    panes::keys(frame, areas.keys, model);
    if let Some(overlay) = &model.overlay {
        overlays::draw(frame, model, overlay);
        // What was done in front of the conversation is said there too.
        if model.remark.is_some() {
            remark(frame, Rect { x: 0, width: size.columns, ..areas.remark.union(areas.editor) }, model);
        }
    }
}

fn banner(frame: &mut Frame<'_>, area: Rect, model: &Model, size: Size) {
    let Some((gravity, _)) = model.banner() else { return };
    let (mark, color) = match gravity {
        Gravity::Warning => (" ! ", Color::Red),
        Gravity::Notice => (" i ", Color::Blue),
    };
    let style = Style::new().fg(Color::White).bg(color).add_modifier(Modifier::BOLD);
    for (row, text) in (0..area.height).zip(model.banner_rows(size)) {
        let mark = if row == 0 { mark } else { "   " };
        let rest = usize::from(area.width).saturating_sub(BANNER_MARGIN + width(&text));
        put(frame, area, row, Line::styled(format!("{mark}{text}{}", " ".repeat(rest)), style));
    }
}

fn too_small(frame: &mut Frame<'_>, model: &Model) {
    let values = [("columns", COLUMNS_MIN.into()), ("rows", ROWS_MIN.into())];
    let text = model.words.say_with("chat-too-small", &values);
    let area = frame.area();
    for (row, line) in (0..area.height).zip(super::text::wrapped(&text, usize::from(area.width))) {
        put(frame, area, row, Line::from(line));
    }
}

fn messages(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let (columns, height) = (usize::from(area.width), usize::from(area.height));
    let Some(open) = &model.open else {
        let begin = if model.conversations.is_empty() { "chat-begin" } else { "chat-nothing-open" };
        let hint = super::text::wrapped(&model.words.say(begin), columns.saturating_sub(4));
        let top = area.height.saturating_sub(u16::try_from(hint.len()).unwrap_or(0)) / 2;
        for (row, line) in (top..area.height).zip(hint) {
            put(frame, area, row, Line::styled(format!("  {line}"), dim()));
        }
        return;
    };
    let rows = transcript::visible(model, open, columns, height);
    let top = height.saturating_sub(rows.len());
    for (row, line) in (u16::try_from(top).unwrap_or(0)..area.height).zip(rows) {
        put(frame, area, row, line);
    }
}

/// A remark that goes by itself, or the question that waits for an answer, or how far up one reads: at the bottom of this area, over
/// the last messages if it needs more than a row.
fn remark(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let columns = usize::from(area.width);
    let asks = model.open_row().is_some_and(|row| row.relation == Relation::Asks);
    let (text, style) = if let Some(remark) = &model.remark {
        let color = match remark.kind {
            RemarkKind::Done => Color::Cyan,
            RemarkKind::Failed => Color::Red,
        };
        (remark.text.clone(), Style::new().fg(color))
    } else if let Some(writing) = model.writing_words() {
        (writing, Style::new().fg(Color::Cyan))
    } else if asks {
        let who = model.open_name().expose().to_owned();
        let text = model.words.say_with("chat-asks-you", &[("who", who.into())]);
        (text, Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD))
    } else if model.open.as_ref().is_some_and(|open| open.scroll > 0) {
        (model.words.say("chat-further-down"), dim())
    } else {
        return;
    };
    let rows = super::text::wrapped(&text, columns);
    let top = area.height.saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
    for (row, text) in (top..area.height).zip(rows) {
        let rest = " ".repeat(columns.saturating_sub(width(&text)));
        put(frame, area, row, Line::styled(format!("{text}{rest}"), style));
    }
}

fn editor(frame: &mut Frame<'_>, area: Rect, model: &Model, size: Size) {
    let writing = model.focus == Focus::Writing && model.open.is_some();
    let style = if writing { Style::new().fg(Color::Cyan) } else { dim() };
    put(frame, area, 0, Line::styled("─".repeat(usize::from(area.width)), style));
    if model.open.is_none() {
        return;
    }
    let draft = model.draft();
    let room = usize::from(area.height.saturating_sub(1));
    let (rows, (row, column)) = draft.rows(size.editor_columns());
    // The row with the cursor is always there.
    let first = (row + 1).saturating_sub(room);
    for (at, text) in (1..area.height).zip(rows.into_iter().skip(first)) {
        let prompt = if at == 1 { "› " } else { "  " };
        put(frame, area, at, Line::from(vec![Span::styled(prompt, style), Span::raw(text)]));
    }
    if draft.is_empty() {
        let hint = fitted(&model.words.say("chat-write-here"), usize::from(area.width).saturating_sub(2));
        put(frame, area, 1, Line::from(vec![Span::styled("› ", style), Span::styled(hint, dim())]));
    }
    if writing && model.overlay.is_none() {
        cursor(frame, area, column + 2, row - first + 1);
    }
}

fn cursor(frame: &mut Frame<'_>, area: Rect, column: usize, row: usize) {
    let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX)).min(area.right().saturating_sub(1));
    let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX)).min(area.bottom().saturating_sub(1));
    frame.set_cursor_position(Position { x, y });
}

/// A line at a row of an area; what does not fit is cut.
fn put(frame: &mut Frame<'_>, area: Rect, row: u16, line: Line<'_>) {
    if row < area.height {
        frame.buffer_mut().set_line(area.x, area.y + row, &line, area.width);
    }
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

#[cfg(test)]
mod tests;
