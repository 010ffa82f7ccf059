//! Answers and events for eyes: JSON lines for scripts, or words in the person's language. Text from others must never steer the
//! terminal: control characters are shown, not sent.

use std::fmt::Display;
use std::io::{self, Write as _};

use fluent_templates::fluent_bundle::FluentValue;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::rows;
use crate::core::trust::ForkReport;
use crate::plain::{self, plain, plain_lines};
use crate::qr;
use crate::rpc::{Caller, Fault, Request};
use crate::words::{Words, stamp};

pub(super) struct Printer {
    pub json: bool,
    pub words: Words,
}

/// Exit code of a program whose reader went away, as a shell gives it: 128 + SIGPIPE.
pub(super) const READER_GONE: i32 = 141;

/// One line for standard output. When nobody reads it any more, as in `isoloir people | head -1`, the rest is not for anybody.
fn say(line: impl Display) {
    if writeln!(io::stdout(), "{line}").is_err() {
        std::process::exit(READER_GONE);
    }
}

pub(super) fn field<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

impl Printer {
    /// A remark on standard error.
    pub fn note(&self, key: &str) {
        eprintln!("{}", self.words.say(key));
    }

    /// A remark with values in it.
    pub fn note_with(&self, key: &str, values: &[(&'static str, FluentValue<'_>)]) {
        eprintln!("{}", self.words.say_with(key, values));
    }

    /// What failed, why, and what to do.
    pub fn fault(&self, fault: &Fault) {
        let text = self.words.fault(&fault.code, fault.detail.as_deref());
        eprintln!("{}", plain_lines(&text));
        if self.json {
            say(plain::json(&serde_json::json!({"error": fault.code, "detail": fault.detail})));
        }
    }

    /// The answer to a request.
    pub fn answer(&self, request: &Request, answer: &Value) {
        if self.json {
            for row in rows(answer) {
                say(plain::json(row));
            }
            return;
        }
        if rows(answer).is_empty() {
            self.note("nothing-to-show");
        }
        for line in self.lines(request, answer) {
            say(line);
        }
    }

    /// Before a question, in front of whoever is asked: standard output is the answer's alone.
    pub fn show(&self, request: &Request, row: &Value) {
        for line in self.lines(request, row) {
            eprintln!("{line}");
        }
    }

    fn lines(&self, request: &Request, answer: &Value) -> Vec<String> {
        let rows = rows(answer);
        let mut lines: Vec<_> = rows.iter().map(|row| self.line(request, row)).collect();
        if let (Request::Verify { .. }, Some(row)) = (request, rows.first()) {
            lines.extend(qr::rows(field(row, "safety_number")));
        }
        lines
    }

    fn line(&self, request: &Request, row: &Value) -> String {
        match request {
            Request::Whoami {} => self.whoami(row),
            Request::People { .. } => {
                let line = format!("{:<24} {}", plain(field(row, "login")), plain(field(row, "name")));
                self.with_reset(line, row)
            }
            Request::Contacts {} | Request::Decide { .. } => {
                let verified = if row["verified"] == true { self.words.say("mark-verified") } else { String::new() };
                let relation = self.words.say(&format!("relation-{}", field(row, "relation")));
                let line = format!(
                    "{:<24} {:<28} {relation} {verified}",
                    plain(field(row, "login")),
                    plain(field(row, "name"))
                );
                self.with_reset(line, row)
            }
            Request::Verify { .. } => {
                let key = if row["verified"] == true { "safety-verified" } else { "safety-unverified" };
                let who = FluentValue::from(plain(field(row, "login")));
                let number = format!("{}\n{}", self.words.say_with(key, &[("who", who)]), field(row, "safety_number"));
                self.with_reset(number, row)
            }
            Request::Send { .. }
            | Request::SendFile { .. }
            | Request::Edit { .. }
            | Request::Delete { .. }
            | Request::React { .. }
            | Request::Forward { .. } => {
                let state = self.words.say(&format!("state-{}", field(row, "state")));
                format!("{}  {state}", field(row, "message_id"))
            }
            Request::Files {}
            | Request::Save { .. }
            | Request::Cancel { .. }
            | Request::PauseFile { .. }
            | Request::ResumeFile { .. } => self.file(row),
            Request::LimitFiles { .. } => match row["bytes_per_s"].as_u64() {
                Some(rate) => {
                    let rate = format!("{}/s", indicatif::DecimalBytes(rate));
                    self.words.say_with("files-limited", &[("rate", rate.into())])
                }
                None => self.words.say("files-unlimited"),
            },
            Request::Conversations {} => self.conversation(row),
            Request::History { .. } | Request::Page { .. } => self.message(row),
            Request::Outbox {} => self.waits(row),
            Request::Receipts { .. } => self.receipts(row),
            Request::Status {} => self.status(row),
            Request::Organization {} => plain(&self.words.rules(row)),
            // Made to be kept in a file and handed on.
            Request::Evidence {} | Request::Watch {} | Request::Seen { .. } | Request::Present {} => plain::json(row),
            Request::Lock {} | Request::Unlock { .. } => self.words.say(&format!("lock-{}", field(row, "state"))),
            Request::SetPassphrase { .. } => self.words.say(&format!("opens-with-{}", field(row, "opens_with"))),
            Request::Search { .. } => self.found(row),
            Request::Timer { .. } => self.words.timer_in_force(row),
            Request::Export { .. } => plain::json(row),
            Request::Groups {} => self.group(row),
            Request::Group { .. }
            | Request::GroupCreate { .. }
            | Request::GroupFromDirectory { .. }
            | Request::GroupSync { .. }
            | Request::GroupChange { .. } => self.group_with_members(row),
            Request::GroupPicture { .. } => self.picture(row),
            Request::Checkpoint {} => plain_lines(field(row, "note")).trim_end().to_owned(),
        }
    }

    /// The line, and below it that the organization reset this person's identity, until somebody here has said to go on.
    fn with_reset(&self, line: String, row: &Value) -> String {
        if row["identity_reset"].is_object() {
            format!("{line}\n{}", self.reset_of(row, &row["identity_reset"]))
        } else {
            line
        }
    }

    fn reset_of(&self, row: &Value, reset: &Value) -> String {
        self.words.identity_reset(&plain(field(row, "login")), reset, &jiff::tz::TimeZone::system())
    }

    fn conversation(&self, row: &Value) -> String {
        let unread = row["unread"].as_u64().unwrap_or_default();
        let unread = self.words.say_with("unread-count", &[("count", FluentValue::from(unread))]);
        let mentions = row["mentions"].as_u64().unwrap_or_default();
        let mentions = self.words.say_with("mentions-count", &[("count", FluentValue::from(mentions))]);
        let relation = self.words.say(&format!("relation-{}", field(row, "relation")));
        let line = format!(
            "{:<24} {:<28} {relation}  {unread} {mentions}",
            plain(field(row, "login")),
            plain(field(row, "name"))
        );
        let line = self.with_reset(line.trim_end().to_owned(), row);
        if row["last"].is_object() { format!("{line}\n{}", self.last(&row["last"])) } else { line }
    }

    fn whoami(&self, row: &Value) -> String {
        let value = |name| FluentValue::from(plain(field(row, name)));
        let values = [
            ("name", value("name")),
            ("login", value("login")),
            ("organization", value("organization")),
            ("device", value("device_id")),
        ];
        self.words.say_with("whoami", &values)
    }

    pub(super) fn file(&self, row: &Value) -> String {
        let state = self.words.say(&format!("file-{}", field(row, "state")));
        let bytes = indicatif::HumanBytes(row["bytes"].as_u64().unwrap_or_default());
        let id = row["file_id"].as_str().unwrap_or_else(|| field(row, "folder_id"));
        // Where it is in a folder that was offered, as one would write it.
        let between = rows(&row["folder"]["path"]).iter().filter_map(Value::as_str);
        let folder = row["folder"]["name"].as_str().into_iter().chain(between);
        let name = folder.chain([field(row, "name")]).collect::<Vec<_>>().join("/");
        let of_folder = row["folder"]["folder_id"].as_str().map(|folder| format!("  ({folder})")).unwrap_or_default();
        format!("{id}  {:<32} {bytes:>12}  {state}{of_folder}", plain(&name))
    }

    /// When, with whom, who said it, and the line.
    fn found(&self, row: &Value) -> String {
        let sent = stamp(row["sent_ms"].as_u64().unwrap_or_default(), &jiff::tz::TimeZone::system());
        let with = row["with_name"].as_str().unwrap_or_else(|| field(row, "with"));
        let (with, from) = (plain(with), plain(field(row, "from")));
        let who = if with == from || with.is_empty() { from } else { format!("{from} → {with}") };
        format!("{}  {sent}  {who:<32} {}", field(row, "message_id"), plain(field(row, "line")))
    }

    /// A conversation is in a folder.
    pub fn exported(&self, row: &Value) {
        if self.json {
            return say(plain::json(row));
        }
        self.words.exported(row).into_iter().for_each(say);
    }

    /// How many messages were written, on standard error.
    pub fn counter(&self) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {pos}");
        ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
    }

    /// The rules, first what the server holds, then what this program obeys.
    fn status(&self, row: &Value) -> String {
        if row["state"] == "locked" {
            return self.words.say("lock-locked");
        }
        let server = self.words.say(&format!("server-{}", field(row, "server")));
        let outbox = FluentValue::from(row["outbox"].as_u64().unwrap_or_default());
        let mut text = format!("{server}\n{}", self.words.say_with("outbox-count", &[("count", outbox)]));
        if let Some(reason) = row["reason"].as_str() {
            text = format!("{text}\n{}", self.words.say(&format!("ended-{reason}")));
        }
        if let Some(alarm) = row["alarm"].as_str() {
            text = format!("{text}\n{}", self.words.say(&format!("alarm-{alarm}")));
        }
        if row["log_reset"].is_object() {
            text = format!("{text}\n{}", self.log_reset(&row["log_reset"]));
        }
        for link in rows(&row["links"]) {
            let state = self.words.say(&format!("link-{}", field(link, "state")));
            let since = if field(link, "state") == "closed" { self.last_reached(link) } else { None };
            let after = since.unwrap_or_else(|| field(link, "path").to_owned());
            text = format!("{text}\n{:<24} {state} {after}", plain(field(link, "peer")));
        }
        text
    }

    /// Evidence of a fork held.
    pub fn proved(&self, report: &ForkReport) {
        if self.json {
            let keys: Vec<&str> =
                std::iter::once(&report.directory_key).chain(&report.other_directory_key).map(String::as_str).collect();
            let proved =
                serde_json::json!({"organization": report.organization, "proved": true, "directory_keys": keys});
            say(plain::json(&proved));
        } else {
            let organization = FluentValue::from(report.organization.to_string());
            let key = FluentValue::from(report.directory_key.as_str());
            say(match &report.other_directory_key {
                None => self.words.say_with("evidence-holds", &[("organization", organization), ("key", key)]),
                Some(other) => {
                    let values = [("organization", organization), ("key", key), ("other", other.as_str().into())];
                    self.words.say_with("evidence-holds-two", &values)
                }
            });
        }
    }

    /// The server was restored: what that means, and what does not have to worry anybody.
    fn log_reset(&self, reset: &Value) -> String {
        let number = |name: &str| FluentValue::from(reset[name].as_u64().unwrap_or_default());
        let values = [("lost", number("entries_lost")), ("revoked", number("devices_kept_revoked"))];
        self.words.say_with(&format!("log-reset-{}", field(reset, "reason")), &values)
    }

    /// An event of `watch`: always an object per line.
    pub fn event(&self, event: &Value) {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{}", plain::json(event)).and_then(|()| out.flush());
        if event["event"] == "server"
            && let Some(reason) = event["reason"].as_str()
            && let Some(text) = self.words.try_say(&format!("ended-{reason}"))
        {
            eprintln!("{text}");
        }
        let rules = self.words.changed_rules(event);
        if event["event"] == "policy" && !rules.is_empty() {
            let rules = FluentValue::from(plain(&rules.join(" ")));
            eprintln!("{}", self.words.say_with("rules-changed", &[("rules", rules)]));
        }
        if event["event"] == "identity-reset" {
            eprintln!("{}", self.reset_of(event, event));
        }
        if event["event"] == "log-reset" {
            eprintln!("{}", self.log_reset(event));
        }
        if event["event"] == "alarm"
            && let Some(text) = self.words.try_say(&format!("alarm-{}", field(event, "alarm")))
        {
            eprintln!("{text}");
        }
    }

    /// A progress bar on standard error, where somebody looks.
    pub fn progress(&self) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:32} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}

/// Moves a bar along with a file that arrives.
pub(super) async fn follow_file(caller: Caller, file: String, bar: ProgressBar) {
    // Without events there is no bar, and the file arrives all the same.
    let _ = caller
        .watch(|event| {
            if event["event"] == "file" && event["file_id"] == file.as_str() {
                if let Some(bytes) = event["bytes"].as_u64() {
                    bar.set_length(bytes);
                }
                if let Some(bytes) = event["verified_bytes"].as_u64() {
                    bar.set_position(bytes);
                }
            }
            std::ops::ControlFlow::Continue(())
        })
        .await;
}
