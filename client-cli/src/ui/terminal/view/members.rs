//! Who is in a group: what each may do there, whether their number was compared, and whether something waits for them.

use ratatui::Frame;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::editor::Editor;
use super::super::model::{Model, Naming, Roll, place};
use super::super::rows::{Member, Verification};
use super::super::text::{Harmless, fitted, width, wrapped};
use super::overlays::{field, framed};
use super::{dim, put};

/// Columns of the frame.
const COLUMNS: u16 = 78;
/// Rows below the members: a gap, and what can be done, on several rows where it is long.
const STEPS_ROWS: u16 = 4;

pub fn draw(frame: &mut Frame<'_>, model: &Model, roll: &Roll) {
    let words = &model.words;
    let Some(group) = model.group(&roll.group) else {
        framed(frame, COLUMNS, 5, &words.say("chat-members-gone"), &words.say("chat-help-close"));
        return;
    };
    let count = words.say_with("group-members", &[("count", (group.members.len() as u64).into())]);
    let title = format!("{} · {count}", fitted(group.name.expose(), 40));
    let asked = model.asked_about_members();
    let hint = if asked.is_some() { "chat-ask-hint" } else { "chat-members-hint" };
    let wanted = u16::try_from(group.members.len()).unwrap_or(u16::MAX).saturating_add(STEPS_ROWS + 2);
    let rows = wanted.min(frame.area().height.saturating_sub(2));
    let area = framed(frame, COLUMNS, rows, &title, &words.say(hint));
    let columns = usize::from(area.width);
    let room = area.height.saturating_sub(STEPS_ROWS);
    let selected = place(group.members.iter().map(|member| &member.login), roll.selected.as_ref());
    let first = (selected + 1).saturating_sub(usize::from(room).max(1));
    for (row, (at, one)) in (0..room).zip(group.members.iter().enumerate().skip(first)) {
        let style = if at == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        put(frame, area, row, member(model, roll, one, columns).style(style));
    }
    let below = match asked {
        Some(question) => {
            let bold = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
            wrapped(&question, columns).into_iter().map(|row| Line::styled(row, bold)).collect()
        }
        None if group.is_frozen => {
            let red = Style::new().fg(Color::Red);
            wrapped(&words.say("error-group-frozen"), columns).into_iter().map(|row| Line::styled(row, red)).collect()
        }
        None => steps(model, columns),
    };
    for (row, line) in (room + 1..area.height).zip(below) {
        put(frame, area, row, line);
    }
}

fn member(model: &Model, roll: &Roll, member: &Member, columns: usize) -> Line<'static> {
    let words = &model.words;
    let login = Harmless::of_line(member.login.expose());
    let is_me = model.is_me(&member.login);
    let mut right = Vec::new();
    match model.waiting_for(&roll.group, &member.login) {
        0 => {}
        count => right.push(words.say_with("chat-member-waits", &[("count", (count as u64).into())])),
    }
    let verification = model.conversations.iter().find(|row| row.login == member.login).map(|row| row.verification);
    match verification {
        _ if is_me => {}
        Some(Verification::Verified) => right.push(words.say("chat-verified")),
        Some(Verification::Changed) => right.push(words.say("chat-changed")),
        Some(Verification::Unverified) | None => right.push(words.say("chat-unverified")),
    }
    right.push(words.say(member.rank.key()));
    let right = right.join(" · ");
    let name = match (is_me, member.name == login) {
        (true, _) => format!("{} ({})", words.say("chat-you"), login.expose()),
        (false, true) => login.expose().to_owned(),
        (false, false) => format!("{} ({})", member.name.expose(), login.expose()),
    };
    // The login gives way first.
    let room = columns.saturating_sub(width(&right) + 2);
    let name = if width(&name) > room && !is_me { member.name.expose().to_owned() } else { name };
    let name = fitted(&name, room);
    let gap = " ".repeat(columns.saturating_sub(width(&name) + width(&right)));
    Line::from(vec![Span::raw(format!("{name}{gap}")), Span::styled(right, dim())])
}

/// Keys with their words, on as many rows as they take.
fn steps(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let bold = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
    let mut rows: Vec<Vec<Span<'static>>> = Vec::new();
    let mut taken = columns;
    for (key, word) in model.member_steps() {
        let key = match key {
            "Enter" => model.words.say("chat-keys-send"),
            key => key.to_owned(),
        };
        let word = format!(" {}   ", model.words.say(word));
        let cells = width(&key) + width(&word);
        if taken + cells > columns + 3 {
            rows.push(Vec::new());
            taken = 0;
        }
        taken += cells;
        if let Some(row) = rows.last_mut() {
            row.extend([Span::styled(key, bold), Span::raw(word)]);
        }
    }
    rows.into_iter().map(Line::from).collect()
}

/// What a group is to be called.
pub fn name(frame: &mut Frame<'_>, model: &Model, naming: &Naming, name: &Editor) {
    let words = &model.words;
    let (title, hint) = match naming {
        Naming::Begin(_) => ("chat-group-title", "chat-group-hint"),
        Naming::Rename(_) => ("chat-rename-title", "chat-rename-hint"),
    };
    let area = framed(frame, 70, 7, &words.say(title), &words.say(hint));
    field(frame, area, 0, name);
    let means = match naming {
        Naming::Begin(people) => words.say_with("chat-group-means", &[("count", ((people.len() + 1) as u64).into())]),
        Naming::Rename(_) => words.say("chat-rename-means"),
    };
    for (row, line) in (2..area.height).zip(wrapped(&means, usize::from(area.width))) {
        put(frame, area, row, Line::styled(line, dim()));
    }
}
