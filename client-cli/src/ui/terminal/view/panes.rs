//! The panes that are always there: the bar at the top, the list, the header of a conversation, and the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::{Connection, Focus, LIST_ROWS_EACH, Model, Server};
use super::super::rows::{Conversation, Group, Identity, Relation, Said, Verification};
use super::super::text::{Harmless, fitted, width};
use super::{dim, put};

/// Fewer columns than this say nothing about who is in a group.
const NAMES_COLUMNS_MIN: usize = 12;

/// Who this is, whether the server is there, and how much waits.
pub fn top(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let words = &model.words;
    let columns = usize::from(area.width);
    let server = match (model.connection, model.server) {
        (Connection::Up, Server::Online) => format!("● {}", words.say("chat-online")),
        (Connection::Up, Server::Offline) => format!("○ {}", words.say("chat-offline")),
        (Connection::Starting | Connection::Lost, _) | (Connection::Up, Server::Unknown) => {
            format!("◌ {}", words.say("chat-connecting"))
        }
    };
    let waiting = match model.waiting.len() {
        0 => String::new(),
        count => format!("{} · ", words.say_with("chat-waiting-count", &[("count", count.into())])),
    };
    let right = format!("{waiting}{server} ");
    let me = model.me.as_ref().map(|me| format!(" · {}", me.name.expose())).unwrap_or_default();
    let left = fitted(&format!(" Isoloir{me}"), columns.saturating_sub(width(&right) + 1));
    let gap = " ".repeat(columns.saturating_sub(width(&left) + width(&right)));
    put(frame, area, 0, Line::styled(format!("{left}{gap}{right}"), Style::new().add_modifier(Modifier::REVERSED)));
}

/// Conversations, two rows each, the one under the cursor always in sight.
pub fn list(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let columns = usize::from(area.width);
    if model.conversations.is_empty() {
        let hint = model.words.say("chat-no-conversations");
        for (row, line) in (1..area.height).zip(super::super::text::wrapped(&hint, columns.saturating_sub(2))) {
            put(frame, area, row, Line::styled(format!(" {line}"), dim()));
        }
        return;
    }
    for (place, row) in (0u16..).step_by(LIST_ROWS_EACH).zip(model.listed(area.height)) {
        let under_cursor = Some(&row.login) == model.selected.as_ref();
        let style = match (under_cursor, model.focus) {
            (true, Focus::List) => Style::new().add_modifier(Modifier::REVERSED),
            (true, Focus::Writing | Focus::Message) => Style::new().add_modifier(Modifier::BOLD),
            (false, _) => Style::new(),
        };
        put(frame, area, place, title(model, row, columns).style(style));
        put(frame, area, place + 1, preview(model, row, columns).style(style));
    }
}

fn title(model: &Model, row: &Conversation, columns: usize) -> Line<'static> {
    let words = &model.words;
    let is_open = model.open.as_ref().is_some_and(|open| open.who == row.login);
    let yellow = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
    let (badge, style) = match row.relation {
        Relation::Asks => (words.say("chat-badge-asks"), yellow),
        Relation::Revoked => (words.say("chat-badge-left"), Style::new().fg(Color::Red)),
        Relation::Blocked => (words.say("chat-badge-blocked"), dim()),
        Relation::Refused => (words.say("chat-badge-refused"), dim()),
        Relation::Unknown | Relation::Asked | Relation::Accepted => match row.unread {
            0 => (String::new(), Style::new()),
            // Whoever is named looks first.
            unread if row.mentions > 0 => (format!("@ {}", count(unread)), yellow),
            unread => (count(unread), yellow),
        },
    };
    let (mark, mark_style) = match row.verification {
        Verification::Verified => (" ✓", Style::new().fg(Color::Green)),
        Verification::Changed => (" !", Style::new().fg(Color::Red)),
        Verification::Unverified => ("", Style::new()),
    };
    let bar = if is_open { "▌" } else { " " };
    let room = columns.saturating_sub(1 + width(mark) + width(&badge) + 2);
    let name = fitted(row.name.expose(), room);
    let gap = " ".repeat(columns.saturating_sub(1 + width(&name) + width(mark) + width(&badge) + 1));
    let name_style = if row.unread > 0 { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    Line::from(vec![
        Span::styled(bar, Style::new().fg(Color::Cyan)),
        Span::styled(name, name_style),
        Span::styled(mark, mark_style),
        Span::raw(gap),
        Span::styled(badge, style),
        Span::raw(" "),
    ])
}

fn count(unread: u64) -> String {
    if unread < 100 { unread.to_string() } else { String::from("99+") }
}

fn preview(model: &Model, row: &Conversation, columns: usize) -> Line<'static> {
    let said = row.last.as_ref().map(|last| {
        let said = match &last.said {
            Said::Text(text) => text.expose().replace('\n', " "),
            Said::File(file) => file.name.expose().to_owned(),
            Said::Deleted => model.words.say("said-deleted"),
            Said::Unreadable => model.words.say("said-unreadable"),
            Said::Missing => model.words.say("said-missing"),
            Said::Timer(seconds) => model.words.timer_set(&serde_json::json!({"seconds": seconds})),
            Said::Change(change) => {
                let text = model.words.group_change(change, &change["group"]).unwrap_or_default();
                return Harmless::of_line(&text).expose().to_owned();
            }
        };
        let you = model.words.say("chat-you");
        if last.is_ours() {
            model.words.say_with("chat-said", &[("who", you.into()), ("text", said.into())])
        } else if row.group.is_some() {
            let who = last.author.expose().to_owned();
            model.words.say_with("chat-said", &[("who", who.into()), ("text", said.into())])
        } else {
            said
        }
    });
    let said = said.unwrap_or_else(|| match row.relation {
        Relation::Asked => model.words.say("relation-asked"),
        _ => String::new(),
    });
    let text = fitted(&said, columns.saturating_sub(2));
    let gap = " ".repeat(columns.saturating_sub(1 + width(&text)));
    Line::from(vec![Span::raw(" "), Span::styled(text, dim()), Span::raw(gap)])
}

/// With whom, whether compared, whether reached.
pub fn header(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let Some(open) = &model.open else { return };
    let words = &model.words;
    let columns = usize::from(area.width);
    let row = model.open_row();
    let red = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    let (mark, style) = match row.map(|row| (row.identity, row.relation, row.verification)) {
        Some((Identity::Reassigned, _, _)) => ("chat-reassigned", red),
        Some((Identity::Ended | Identity::Replaced, _, _)) => ("chat-reset", red),
        Some((Identity::Same, Relation::Revoked, _)) => ("chat-left", red),
        Some((Identity::Same, _, Verification::Verified)) => ("chat-verified", Style::new().fg(Color::Green)),
        Some((Identity::Same, _, Verification::Changed)) => ("chat-changed", red),
        Some((Identity::Same, _, Verification::Unverified)) | None => {
            ("chat-unverified", Style::new().fg(Color::Yellow))
        }
    };
    let timer = row.and_then(|row| row.timer_s).map(|seconds| format!("⏲ {} · ", words.short_duration(seconds)));
    let mark = format!("{}{}", timer.unwrap_or_default(), words.say(mark));
    let link = model.links.get(&open.who).map_or("closed", |link| link.state.as_str());
    let link = words.try_say(&format!("link-{link}")).unwrap_or_default();
    if let Some(group) = row.and_then(|row| row.group.as_ref()) {
        return group_header(frame, area, model, group);
    }
    let right = width(&mark) + 3 + width(&link);
    let name = model.open_name();
    let login = Harmless::of_line(open.who.expose());
    let full = format!("{} ({})", name.expose(), login.expose());
    let room = columns.saturating_sub(right + 2);
    let who = if width(&full) <= room && name != login { full } else { fitted(name.expose(), room) };
    let gap = " ".repeat(columns.saturating_sub(width(&who) + right + 1));
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let spans = vec![
        Span::styled(who, bold),
        Span::raw(gap),
        Span::styled(mark, style),
        Span::styled(format!(" · {link}"), dim()),
    ];
    put(frame, area, 0, Line::from(spans));
}

/// What the group is called, how many are in it, and who.
fn group_header(frame: &mut Frame<'_>, area: Rect, model: &Model, group: &Group) {
    let words = &model.words;
    let columns = usize::from(area.width);
    let timer = model.open_row().and_then(|row| row.timer_s);
    let timer = timer.map(|seconds| format!("⏲ {} · ", words.short_duration(seconds))).unwrap_or_default();
    let members = words.say_with("group-members", &[("count", (group.members.len() as u64).into())]);
    let right = format!("{timer}{members} · {}", words.say("chat-members-key"));
    let name = fitted(model.open_name().expose(), columns.saturating_sub(width(&right) + 2).max(columns / 3));
    let names: Vec<&str> = group.members.iter().map(|member| member.name.expose()).collect();
    let room = columns.saturating_sub(width(&name) + width(&right) + 5);
    let who = if room > NAMES_COLUMNS_MIN { format!("  {}", fitted(&names.join(", "), room)) } else { String::new() };
    let gap = " ".repeat(columns.saturating_sub(width(&name) + width(&who) + width(&right) + 1));
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let spans = vec![Span::styled(name, bold), Span::styled(who, dim()), Span::raw(gap), Span::styled(right, dim())];
    put(frame, area, 0, Line::from(spans));
}

/// What the keys do, as many as fit.
pub fn keys(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let bold = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
    for button in model.bar(usize::from(area.width)) {
        let from = u16::try_from(button.from).unwrap_or(u16::MAX).min(area.width);
        let room = Rect { x: area.x + from, width: area.width - from, ..area };
        put(frame, room, 0, Line::from(vec![Span::styled(button.key, bold), Span::raw(button.word)]));
    }
}
