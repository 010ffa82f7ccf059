//! Somebody is looked for in the directory: to talk to, to send a message on to, to begin a group with or to let into one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::{Model, Purpose, Search};
use super::super::text::{Harmless, fitted, width, wrapped};
use super::overlays::{field, framed};
use super::{dim, put};

/// Columns of the mark before who is chosen.
const MARK_COLUMNS: usize = 2;

pub fn draw(frame: &mut Frame<'_>, model: &Model, search: &Search) {
    let words = &model.words;
    let rows = frame.area().height.saturating_sub(6).min(20);
    let (title, hint) = match (&search.purpose, search.chosen.is_empty()) {
        (Purpose::Talk, true) => (words.say("chat-people-title"), "chat-people-hint"),
        (Purpose::Talk, false) => (words.say("chat-people-group-title"), "chat-people-group-hint"),
        (Purpose::Forward(_), _) => (words.say("chat-forward-title"), "chat-forward-hint"),
        (Purpose::Add(group), _) => {
            let name = model.group(group).map(|group| fitted(group.name.expose(), 40)).unwrap_or_default();
            (words.say_with("chat-add-title", &[("group", name.into())]), "chat-add-hint")
        }
    };
    let area = framed(frame, 70, rows, &title, &words.say(hint));
    field(frame, area, 0, &search.query);
    let below = 2 + chosen(frame, area, model, search);
    let fit = usize::from(area.height.saturating_sub(below)).max(1);
    let selected = search.place();
    let first = (selected + 1).saturating_sub(fit);
    let columns = usize::from(area.width).saturating_sub(MARK_COLUMNS);
    let half = columns / 2;
    for (row, (at, person)) in (below..area.height).zip(search.found.iter().enumerate().skip(first)) {
        let mark = if search.is_chosen(&person.login) { "✓ " } else { "  " };
        let name = fitted(person.name.expose(), half.saturating_sub(1));
        let login = Harmless::of_line(person.login.expose());
        let login = fitted(login.expose(), columns - half);
        let gap = " ".repeat(half - width(&name));
        let rest = " ".repeat(columns - half - width(&login));
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        let login = Span::styled(format!("{login}{rest}"), dim());
        put(frame, area, row, Line::from(vec![Span::raw(format!("{mark}{name}{gap}")), login]).style(style));
    }
    if search.found.is_empty() {
        put(frame, area, below, Line::styled(words.say("chat-people-none"), dim()));
    }
}

/// Whom was chosen so far; returns how many rows that takes.
fn chosen(frame: &mut Frame<'_>, area: Rect, model: &Model, search: &Search) -> u16 {
    if search.chosen.is_empty() {
        return 0;
    }
    let names: Vec<&str> = search.chosen.iter().map(|person| person.name.expose()).collect();
    let said = model.words.say_with("chat-people-chosen", &[("who", names.join(", ").into())]);
    let style = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
    let rows = wrapped(&fitted(&said, usize::from(area.width) * 2), usize::from(area.width));
    let count = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    for (row, line) in (1..area.height).zip(rows) {
        put(frame, area, row, Line::styled(line, style));
    }
    count
}
