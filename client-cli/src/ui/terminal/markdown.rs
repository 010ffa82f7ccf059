//! What somebody wrote with a little Markdown, as rows of the screen: bold, italics, code, blocks of code, lists, and links whose address is
//! shown. Only styles are added and marks left out; nothing is fetched, followed or hidden, and whatever is no Markdown stays as it is.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::rows::Mention;
use super::text::wrapped;

/// How far the end of something marked is looked for: a text of opening marks alone must not take long.
const MARKED_BYTES_MAX: usize = 500;
/// How deep marks stand in each other.
const DEPTH_MAX: usize = 3;
/// Begins and ends a block of code.
const FENCE: &str = "```";

/// A piece in one style.
type Run = (String, Style);

/// Rows of at most so many columns. `text` must be harmless already.
pub fn rows(text: &str, mentions: &[Mention], columns: usize) -> Vec<Line<'static>> {
    let lines: Vec<&str> = text.split('\n').collect();
    let code = Style::new().fg(Color::Cyan);
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let is_fence = |line: &&str| line.trim_start().starts_with(FENCE);
        let end = if is_fence(line) { lines.iter().skip(at).position(is_fence) } else { None };
        match end {
            Some(inside) => {
                for line in lines.iter().skip(at).take(inside) {
                    rows.extend(wrapped(line, columns).into_iter().map(|row| Line::styled(row, code)));
                }
                at += inside + 1;
            }
            None => rows.extend(paragraph(line, mentions, columns)),
        }
    }
    rows
}

/// One line of text, perhaps an item of a list: what follows stands under its beginning.
fn paragraph(line: &str, mentions: &[Mention], columns: usize) -> Vec<Line<'static>> {
    let rest = line.trim_start_matches(' ');
    let margin = line.len() - rest.len();
    let item = ["- ", "* ", "+ "].iter().find_map(|mark| rest.strip_prefix(mark));
    let (head, said) = match item {
        Some(said) => (format!("{}• ", " ".repeat(margin)), said),
        None => {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
            let number = rest
                .get(..digits + 2)
                .filter(|number| digits > 0 && (number.ends_with(". ") || number.ends_with(") ")));
            match number {
                Some(number) => (format!("{}{number}", " ".repeat(margin)), rest.get(digits + 2..).unwrap_or_default()),
                None => (String::new(), line),
            }
        }
    };
    let indent = head.chars().count();
    if indent + 2 > columns {
        return flowed(&[(line.to_owned(), Style::new())], columns).into_iter().map(Line::from).collect();
    }
    let mut runs = Vec::new();
    inline(said, mentions, Style::new(), DEPTH_MAX, &mut runs);
    let rows = flowed(&runs, columns - indent).into_iter().enumerate();
    rows.map(|(at, spans)| {
        let before = if at == 0 { head.clone() } else { " ".repeat(indent) };
        Line::from(if before.is_empty() { spans } else { [vec![Span::raw(before)], spans].concat() })
    })
    .collect()
}

/// Marks inside a line.
fn inline(text: &str, mentions: &[Mention], style: Style, depth: usize, runs: &mut Vec<Run>) {
    let mut rest = text;
    let mut plain = String::new();
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let found = if depth == 0 { None } else { marked(rest, before, mentions, style) };
        let Some((found, taken)) = found else {
            plain.push(c);
            before = Some(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        if !plain.is_empty() {
            runs.push((std::mem::take(&mut plain), style));
        }
        match found {
            Found::Literal(text, style) => runs.push((text, style)),
            Found::Nested(inner, style) => inline(inner, mentions, style, depth - 1, runs),
        }
        before = rest.get(..taken).and_then(|taken| taken.chars().next_back());
        rest = rest.get(taken..).unwrap_or_default();
    }
    if !plain.is_empty() {
        runs.push((plain, style));
    }
}

enum Found<'t> {
    Literal(String, Style),
    Nested(&'t str, Style),
}

/// What begins here, and how many bytes it takes.
fn marked<'t>(rest: &'t str, before: Option<char>, mentions: &[Mention], style: Style) -> Option<(Found<'t>, usize)> {
    let between = |mark: &str| -> Option<&'t str> {
        let inside = rest.strip_prefix(mark)?;
        let (inner, _) = near(inside).split_once(mark)?;
        let is_said = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
        is_said.then(|| inside.get(..inner.len())).flatten()
    };
    let is_inside_a_word = before.is_some_and(char::is_alphanumeric);
    match rest.chars().next()? {
        '`' => {
            let inner = between("`")?;
            Some((Found::Literal(inner.to_owned(), style.fg(Color::Cyan)), inner.len() + 2))
        }
        '*' => {
            if let Some(inner) = between("**") {
                return Some((Found::Nested(inner, style.add_modifier(Modifier::BOLD)), inner.len() + 4));
            }
            let inner = between("*").filter(|inner| !inner.starts_with('*'))?;
            Some((Found::Nested(inner, style.add_modifier(Modifier::ITALIC)), inner.len() + 2))
        }
        '_' if !is_inside_a_word => {
            let inner = between("_")?;
            let after = rest.get(inner.len() + 2..)?.chars().next();
            // Names in code have such marks inside them.
            if after.is_some_and(char::is_alphanumeric) || inner.starts_with('_') {
                return None;
            }
            Some((Found::Nested(inner, style.add_modifier(Modifier::ITALIC)), inner.len() + 2))
        }
        '[' => {
            let (said, _) = near(rest.get(1..)?).split_once("](")?;
            let address = rest.get(said.len() + 3..)?;
            let (address, _) = near(address).split_once(')')?;
            if said.is_empty() || address.is_empty() || address.contains(' ') {
                return None;
            }
            // Where it leads is never hidden behind what it says.
            Some((Found::Literal(format!("{said} ({address})"), style), said.len() + address.len() + 4))
        }
        '@' if !is_inside_a_word => mentions.iter().find_map(|mention| {
            let login = mention.login.expose();
            let named = rest.get(1..=login.len()).filter(|named| named.eq_ignore_ascii_case(login))?;
            let after = rest.get(named.len() + 1..)?.chars().next();
            if after.is_some_and(char::is_alphanumeric) {
                return None;
            }
            let style = style.fg(Color::Yellow).add_modifier(Modifier::BOLD);
            let style = if mention.is_you { style.add_modifier(Modifier::REVERSED) } else { style };
            Some((Found::Literal(format!("@{}", mention.name.expose()), style), named.len() + 1))
        }),
        _ => None,
    }
}

/// As much as is looked through.
fn near(text: &str) -> &str {
    let mut end = MARKED_BYTES_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Pieces laid out in rows: they are broken as one text, and each character keeps its style.
fn flowed(runs: &[Run], columns: usize) -> Vec<Vec<Span<'static>>> {
    let whole: String = runs.iter().map(|(text, _)| text.as_str()).collect();
    let mut styles = runs.iter().flat_map(|(text, style)| text.chars().map(move |c| (c, *style)));
    let mut rows = Vec::new();
    for row in wrapped(&whole, columns) {
        let mut spans: Vec<Run> = Vec::new();
        for c in row.chars() {
            // What is missing in the rows are spaces at their ends.
            let style = styles.by_ref().find(|(styled, _)| *styled == c).map(|(_, style)| style).unwrap_or_default();
            match spans.last_mut() {
                Some((text, last)) if *last == style => text.push(c),
                Some(_) | None => spans.push((c.to_string(), style)),
            }
        }
        rows.push(spans.into_iter().map(|(text, style)| Span::styled(text, style)).collect());
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::text::{Harmless, width};
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        rows(text, &[], 40).iter().map(ToString::to_string).collect()
    }

    fn styles(text: &str) -> Vec<(String, Modifier)> {
        let spans = rows(text, &[], 80).into_iter().flat_map(|line| line.spans);
        spans.map(|span| (span.content.into_owned(), span.style.add_modifier)).collect()
    }

    #[test]
    fn marks_become_styles() {
        let bold = Modifier::BOLD;
        assert_eq!(
            styles("a **b** c"),
            [("a ".into(), Modifier::empty()), ("b".into(), bold), (" c".into(), Modifier::empty())]
        );
        assert_eq!(styles("*a*"), [("a".into(), Modifier::ITALIC)]);
        assert_eq!(styles("**a _b_**"), [("a ".into(), bold), ("b".into(), bold | Modifier::ITALIC)]);
        assert_eq!(shown("`**not bold**`"), ["**not bold**"]);
        assert_eq!(shown("```\n**code**\n```\nafter"), ["**code**", "after"]);
        assert_eq!(shown("- one\n- two three"), ["• one", "• two three"]);
        assert_eq!(shown("10. ten"), ["10. ten"]);
    }

    #[test]
    fn what_is_no_markdown_stays_as_it_is() {
        for text in ["2 * 3 * 4", "snake_case_name", "a ** b", "```", "[x]", "[x](", "**", "a_", "@nobody", "`", "* "] {
            let expected = if text == "* " { "• " } else { text };
            assert_eq!(shown(text).join("").trim_end(), expected.trim_end(), "{text}");
        }
    }

    #[test]
    fn where_a_link_leads_is_shown() {
        assert_eq!(shown("[bank](https://evil.example/)"), ["bank (https://evil.example/)"]);
    }

    #[test]
    fn a_mention_has_the_name_that_the_reader_knows() {
        let mention =
            |login: &str, name: &str| Mention { login: login.into(), name: Harmless::of_line(name), is_you: true };
        let said = |text: &str| rows(text, &[mention("c.dupont", "Claire Dupont")], 60)[0].to_string();
        assert_eq!(said("for @C.Dupont, now"), "for @Claire Dupont, now");
        assert_eq!(said("mail@c.dupont"), "mail@c.dupont");
        assert_eq!(said("@c.duponts"), "@c.duponts");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_drawn_in_its_columns(text in "[ *_`@\\[\\]()a1.\n契-]{0,80}", columns in 2usize..40) {
            let harmless = Harmless::of(&text);
            for row in rows(harmless.expose(), &[], columns) {
                prop_assert!(row.spans.iter().map(|span| width(&span.content)).sum::<usize>() <= columns, "{row:?}");
            }
        }
    }
}
