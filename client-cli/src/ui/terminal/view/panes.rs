//! The panes that are always there: the bar at the top, the list, the header of a conversation, and the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::{Connection, Focus, Model, Server};
use super::super::rows::{Conversation, Identity, Relation, Said, Verification};
use super::super::text::{Harmless, fitted, width};
use super::{dim, put};

/// Rows of one conversation in the list.
const ROWS_EACH: usize = 2;

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
    let fit = (usize::from(area.height) / ROWS_EACH).max(1);
    let at = model.conversations.iter().position(|row| Some(&row.login) == model.selected.as_ref()).unwrap_or(0);
    let first = (at + 1).saturating_sub(fit);
    let rows = model.conversations.iter().skip(first).take(fit);
    for (place, row) in (0u16..).step_by(ROWS_EACH).zip(rows) {
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
        } else if row.members.is_some() {
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
    if let Some(members) = row.and_then(|row| row.members.as_ref()) {
        return group_header(frame, area, model, members);
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

/// What the group is called, and who is in it.
fn group_header(frame: &mut Frame<'_>, area: Rect, model: &Model, members: &[Harmless]) {
    let columns = usize::from(area.width);
    let name = fitted(model.open_name().expose(), columns / 2);
    let names: Vec<&str> = members.iter().map(|member| member.expose()).collect();
    let who = fitted(&names.join(", "), columns.saturating_sub(width(&name) + 3));
    let gap = " ".repeat(columns.saturating_sub(width(&name) + width(&who) + 1));
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let spans = vec![Span::styled(name, bold), Span::raw(gap), Span::styled(who, dim())];
    put(frame, area, 0, Line::from(spans));
}

/// What the function keys do, as many as fit.
pub fn keys(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    if model.focus == Focus::Message {
        return put(frame, area, 0, pairs(model, &model.steps(), area.width));
    }
    let keys = [
        ("F1", "chat-key-help"),
        ("F2", "chat-key-people"),
        ("F3", "chat-key-verify"),
        ("F4", "chat-key-files"),
        ("F5", "chat-key-send-file"),
        ("F6", "chat-key-decide"),
        ("F7", "chat-key-message"),
        ("F10", "chat-key-quit"),
    ];
    put(frame, area, 0, pairs(model, &keys, area.width));
}

/// Keys with their words; what does not fit is left out before the last one, which leads back.
fn pairs(model: &Model, keys: &[(&'static str, &'static str)], columns: u16) -> Line<'static> {
    let columns = usize::from(columns);
    let mut pairs: Vec<(String, String)> =
        keys.iter().map(|(key, word)| (format!(" {key} "), model.words.say(word))).collect();
    let taken = |pairs: &[(String, String)]| pairs.iter().map(|(key, word)| width(key) + width(word)).sum::<usize>();
    while taken(&pairs) > columns && pairs.len() > 2 {
        pairs.remove(pairs.len() - 2);
    }
    // Where there is room the pairs stand apart.
    let gap = if taken(&pairs) + pairs.len() <= columns { " " } else { "" };
    let bold = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
    let spans = pairs.into_iter().flat_map(|(key, word)| [Span::styled(key, bold), Span::raw(format!("{word}{gap}"))]);
    Line::from(spans.collect::<Vec<_>>())
}
