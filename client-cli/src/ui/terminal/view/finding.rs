//! Messages that a search found: when, with whom, and the line.

use ratatui::Frame;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::calendar::Moment;
use super::super::model::{Finding, Model};
use super::super::rows::{Hit, State};
use super::super::text::{fitted, width};
use super::overlays::{field, framed};
use super::{dim, put};

/// Columns of the time and of the name.
const TIME_COLUMNS: usize = 12;
const NAME_COLUMNS: usize = 18;

pub fn draw(frame: &mut Frame<'_>, model: &Model, finding: &Finding) {
    let words = &model.words;
    let screen = frame.area();
    let (columns, rows) = (screen.width.saturating_sub(4).min(120), screen.height.saturating_sub(4));
    let area = framed(frame, columns, rows, &words.say("chat-search-title"), &words.say("chat-search-hint"));
    field(frame, area, 0, &finding.words);
    let selected = finding.place();
    let fit = usize::from(area.height.saturating_sub(2)).max(1);
    let first = (selected + 1).saturating_sub(fit);
    for (row, (at, hit)) in (2..area.height).zip(finding.found.iter().enumerate().skip(first)) {
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        put(frame, area, row, line(model, hit, usize::from(area.width)).style(style));
    }
    if finding.found.is_empty() {
        let key = if finding.words.is_empty() { "chat-search-how" } else { "chat-search-none" };
        put(frame, area, 2, Line::styled(fitted(&words.say(key), usize::from(area.width)), dim()));
    }
}

fn line(model: &Model, hit: &Hit, columns: usize) -> Line<'static> {
    let time = Moment::of(hit.sent_ms, &model.zone).short(&Moment::of(model.now.as_millis(), &model.zone));
    let name = hit.with.as_ref().map(|who| model.name_of(who)).unwrap_or_default();
    let arrow = if hit.state == State::Theirs { "" } else { "→ " };
    let name = format!("{arrow}{}", name.expose());
    let text = fitted(hit.line.expose(), columns.saturating_sub(TIME_COLUMNS + NAME_COLUMNS + 2));
    let rest = columns.saturating_sub(TIME_COLUMNS + NAME_COLUMNS + 2 + width(&text));
    Line::from(vec![
        Span::styled(padded(&time, TIME_COLUMNS), dim()),
        Span::styled(padded(&name, NAME_COLUMNS), Style::new().add_modifier(Modifier::BOLD)),
        Span::raw(format!("{text}{}", " ".repeat(rest))),
    ])
}

fn padded(text: &str, columns: usize) -> String {
    let text = fitted(text, columns);
    let rest = (columns + 1).saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(rest))
}
