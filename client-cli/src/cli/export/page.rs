//! A conversation as HTML: no script, nothing that is loaded from anywhere, readable on paper. Everything that somebody wrote is text
//! in it and nothing else; no part of the page is made of it unescaped.

use std::fmt::Write as _;

use fluent_templates::fluent_bundle::FluentValue;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::words::{Words, stamp};

/// Forbids everything but the style below, also to what would slip through.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem;margin:0}header p,footer{color:GrayText;font-size:.85rem}\
article{margin:1rem 0;break-inside:avoid}\
article.ours{border-inline-start:3px solid #2a7de1;padding-inline-start:.75rem}\
article.theirs{border-inline-start:3px solid #8a8a8a;padding-inline-start:.75rem}\
.who{font-weight:600}.when,.state,.note{color:GrayText;font-size:.85rem}\
.said{white-space:pre-wrap;overflow-wrap:anywhere;margin:.15rem 0}\
blockquote{margin:.25rem 0;padding-inline-start:.6rem;border-inline-start:2px solid GrayText;color:GrayText}\
@media print{body{max-width:none;margin:0}a{color:inherit}}";

/// A file of a message.
pub(super) enum Copied {
    /// Beside the page, at this relative path.
    At(String),
    NotHere,
}

pub(super) struct Page<'w> {
    words: &'w Words,
    zone: TimeZone,
    me: String,
    my_name: String,
    login: String,
    name: String,
}

/// Text between tags and in quoted attributes. Control characters, those that turn text around included, become a visible sign.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(sign),
            '\r' => {}
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            sign if sign.is_control() => out.push('\u{fffd}'),
            sign => out.push(sign),
        }
    }
    out
}

/// A relative path as a link: every byte that could mean something else is written as a number (RFC 3986 §2.1).
fn linked(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn field<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

impl<'w> Page<'w> {
    /// Of the first page that the engine gave.
    pub(super) fn new(words: &'w Words, zone: TimeZone, answer: &Value) -> Self {
        let named = |row: &Value| match field(row, "name") {
            "" => field(row, "login").to_owned(),
            name => name.to_owned(),
        };
        Self {
            words,
            zone,
            me: field(&answer["me"], "login").to_owned(),
            my_name: named(&answer["me"]),
            login: field(answer, "login").to_owned(),
            name: named(answer),
        }
    }

    fn say(&self, key: &str) -> String {
        escaped(&self.words.say(key))
    }

    fn say_with(&self, key: &str, name: &'static str, value: &str) -> String {
        escaped(&self.words.say_with(key, &[(name, FluentValue::from(value))]))
    }

    /// Everything before the first message.
    pub(super) fn head(&self) -> String {
        let title = self.say_with("export-title", "who", &self.name);
        let who = escaped(&format!("{} ({}) · {} ({})", self.my_name, self.me, self.name, self.login));
        let zone = self.say_with("export-times", "zone", self.zone.iana_name().unwrap_or("UTC"));
        let language = self.say("export-language");
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1><p><bdi>{who}</bdi><br>{zone}</p></header>\n<main>\n"
        )
    }

    /// One message.
    pub(super) fn message(&self, row: &Value, file: Option<&Copied>) -> String {
        let is_ours = field(row, "from") == self.me;
        let (class, who) = if is_ours { ("ours", &self.my_name) } else { ("theirs", &self.name) };
        // In a conversation of more than two the author is whoever it says.
        let who = if is_ours || field(row, "from") == self.login { who } else { field(row, "from") };
        let when = stamp(row["sent_ms"].as_u64().unwrap_or_default(), &self.zone);
        let mut out = format!(
            "<article class=\"{class}\">\n<div><bdi class=\"who\">{}</bdi> <time class=\"when\">{when}</time></div>\n",
            escaped(who)
        );
        self.quote(&mut out, &row["reply"]);
        self.said(&mut out, row, file);
        self.notes(&mut out, row, is_ours.then(|| field(row, "state")));
        out.push_str("</article>\n");
        out
    }

    fn quote(&self, out: &mut String, reply: &Value) {
        if !reply.is_object() {
            return;
        }
        let said = match reply["text"].as_str().or_else(|| reply["file"].as_str()) {
            Some(text) => escaped(text),
            None => self.say("export-quote-gone"),
        };
        let _ =
            writeln!(out, "<blockquote dir=\"auto\"><bdi>{}</bdi>: {said}</blockquote>", escaped(field(reply, "from")));
    }

    fn said(&self, out: &mut String, row: &Value, file: Option<&Copied>) {
        if let Some(text) = row["text"].as_str() {
            let _ = writeln!(out, "<p class=\"said\" dir=\"auto\">{}</p>", escaped(text));
        } else if let Some(file) = file {
            let name = escaped(field(&row["file"], "name"));
            let bytes = row["file"]["bytes"].as_u64().unwrap_or_default();
            let size = self.say_with("export-bytes", "bytes", &bytes.to_string());
            let _ = match file {
                Copied::At(path) => {
                    writeln!(out, "<p class=\"said\"><a href=\"{}\"><bdi>{name}</bdi></a> ({size})</p>", linked(path))
                }
                Copied::NotHere => {
                    let missing = self.say("export-file-missing");
                    writeln!(
                        out,
                        "<p class=\"said\"><bdi>{name}</bdi> ({size}) <span class=\"note\">{missing}</span></p>"
                    )
                }
            };
        } else {
            let said = match &row["timer"] {
                timer @ Value::Object(_) => escaped(&self.words.timer_set(timer)),
                _ if row["group"].is_object() => {
                    escaped(&self.words.group_change(row, &row["group"]).unwrap_or_default())
                }
                _ if row["deleted"] == true => self.say("export-deleted"),
                _ => self.say("export-unreadable"),
            };
            let _ = writeln!(out, "<p class=\"note\">{said}</p>");
        }
    }

    /// What was done to a message, and where one of ours is.
    fn notes(&self, out: &mut String, row: &Value, state: Option<&str>) {
        let mut notes = Vec::new();
        if row["forwarded"] == true {
            notes.push(self.say("export-forwarded"));
        }
        if let Some(ms) = row["edited_ms"].as_u64() {
            notes.push(self.say_with("export-edited", "when", &stamp(ms, &self.zone)));
        }
        for reaction in row["reactions"].as_array().into_iter().flatten() {
            notes.push(escaped(&format!("{} {}", field(reaction, "emoji"), field(reaction, "from"))));
        }
        if let Some(state) = state.and_then(|state| self.words.try_say(&format!("state-{state}"))) {
            notes.push(escaped(&state));
        }
        if !notes.is_empty() {
            let _ = writeln!(out, "<p class=\"state\">{}</p>", notes.join(" · "));
        }
    }

    /// Everything after the last message.
    pub(super) fn foot(&self, left_out: u64) -> String {
        let left_out = match left_out {
            0 => String::new(),
            count => {
                let values = [("count", FluentValue::from(count))];
                format!("<p>{}</p>", escaped(&self.words.say_with("export-left-out", &values)))
            }
        };
        format!("</main>\n<footer>{left_out}<p>{}</p></footer>\n</body>\n</html>\n", self.say("export-end"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOSTILE: &str = "</p><script>alert(1)</script>\" onload='x' \u{202e}&amp; \u{1b}[2J";

    fn page(words: &Words) -> Page<'_> {
        let answer = json!({"login": "grace", "name": HOSTILE, "me": {"login": "ada", "name": HOSTILE}});
        Page::new(words, TimeZone::UTC, &answer)
    }

    /// Every tag of it, without attributes.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).filter_map(|rest| rest.split([' ', '>', '\n']).next()).collect()
    }

    #[test]
    fn what_people_wrote_is_text_and_nothing_else() {
        for words in [Words::of_tag("en"), Words::of_tag("fr")] {
            let page = page(&words);
            let row = json!({
                "from": HOSTILE, "text": HOSTILE, "sent_ms": 1_795_312_800_000_u64, "state": "delivered", "edited_ms": 5,
                "reply": {"from": HOSTILE, "text": HOSTILE}, "reactions": [{"from": HOSTILE, "emoji": HOSTILE}],
            });
            let file = json!({"from": "ada", "state": "read", "file": {"name": HOSTILE, "bytes": 5}});
            let copied = Copied::At(format!("files/{HOSTILE}"));
            let whole =
                [page.head(), page.message(&row, None), page.message(&file, Some(&copied)), page.foot(2)].concat();
            assert!(whole.contains("&lt;script&gt;"), "control: it is there as text");
            for bad in ["<script", "onload='", "\u{202e}", "\u{1b}", "\" onload"] {
                assert!(!whole.contains(bad), "{bad:?} in {whole}");
            }
            let known = [
                "!DOCTYPE",
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "header",
                "h1",
                "p",
                "bdi",
                "br",
                "main",
                "article",
                "div",
                "time",
                "blockquote",
                "a",
                "span",
                "footer",
            ];
            for tag in tags(&whole) {
                assert!(known.contains(&tag.trim_start_matches('/')), "{tag}");
            }
            let links: Vec<_> = whole.match_indices("href=").collect();
            assert_eq!(links.len(), 1);
            assert!(whole.contains("href=\"files/%3C/p%3E%3Cscript"), "{whole}");
            assert!(!whole.contains("unknown localization"), "{whole}");
        }
    }

    #[test]
    fn what_became_of_a_message_is_said() {
        let words = Words::of_tag("en");
        let page = page(&words);
        let said = |row: Value| page.message(&row, None);
        assert!(
            said(json!({"from": "ada", "text": "x", "state": "read"})).contains(&escaped(&words.say("state-read")))
        );
        assert!(said(json!({"from": "grace", "deleted": true})).contains(&words.say("export-deleted")));
        assert!(said(json!({"from": "grace", "timer": {"seconds": 60}})).contains("1 minute"));
        let reply = said(json!({"from": "grace", "text": "x", "reply": {"from": "ada", "missing": true}}));
        assert!(reply.contains(&escaped(&words.say("export-quote-gone"))));
        assert!(!page.foot(0).contains("itself") && page.foot(3).contains('3'));
    }
}
