//! Results of administration commands, as words for people or as JSON lines. Decides nothing.

mod policy;

use std::io::{self, Write};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::administration::{
    AdministratorRow, ApprovalRow, AuditRow, CodeRow, IntegrationRow, LinkRow, PastRunRow, Refusal, Row, RunRow,
    SERVING, SignInRow, SinkRow, StoredRow, TokenRow, WitnessRow,
};
use crate::cli::arguments::Output;
use crate::telemetry::rfc3339;
use crate::words::Words;
use protocol::audit::Assignment;
use protocol::time::Timestamp;

/// The day in a time of RFC 3339.
const DAY_CHARS: usize = 10;

/// Exit code of a program whose reader went away, as a shell gives it: 128 + SIGPIPE.
const READER_GONE: i32 = 141;

/// As `println!`. When nobody reads any more, as in `pro-server doctor | head -1`, the rest is not for anybody.
macro_rules! tell {
    ($($text:tt)*) => { $crate::cli::show::line(format_args!($($text)*)) };
}
pub(in crate::cli) use tell;

/// What [`tell`] does with its text.
pub(in crate::cli) fn line(text: std::fmt::Arguments<'_>) {
    if writeln!(io::stdout(), "{text}").is_err() {
        std::process::exit(READER_GONE);
    }
}

/// Writes rows for whoever reads them.
pub struct Show<'a, W> {
    pub words: &'a Words,
    pub output: Output,
    pub to: W,
}

impl<W: Write> Show<'_, W> {
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        match self.output {
            Output::Json => writeln!(self.to, "{}", value_of(row)),
            Output::People => self.in_words(row),
        }
    }

    fn in_words(&mut self, row: &Row) -> io::Result<()> {
        let text = match row {
            Row::Person(person) => self.words.say_with(
                "row-person",
                &[
                    ("login", person.login.as_str().into()),
                    ("name", person.name.as_str().into()),
                    ("state", person.state.as_str().into()),
                ],
            ),
            Row::Device(device) => self.words.say_with(
                "row-device",
                &[
                    ("device", device.device_id.to_string().into()),
                    ("login", device.login.as_str().into()),
                    ("state", device.state.as_str().into()),
                ],
            ),
            Row::State(row) if row.state == SERVING => self.words.say("row-serving"),
            Row::State(_) => self.words.say("row-done"),
            Row::Change(change) => self.words.say_with(
                "row-change",
                &[("change", change.change.as_str().into()), ("login", change.login.as_str().into())],
            ),
            Row::Skipped(skipped) => self.words.say_with(
                "row-skipped",
                &[
                    ("place", skipped.place.to_string().into()),
                    ("login", skipped.login.as_deref().unwrap_or_default().into()),
                    ("reason", skipped.reason.as_str().into()),
                ],
            ),
            Row::Run(run) => self.run(run),
            Row::PastRun(run) => self.past_run(run),
            Row::Code(code) => return self.code(code),
            Row::Policy(policy) => policy::policy(self.words, policy),
            Row::PolicyScope(row) => policy::scope(self.words, row),
            Row::PolicyKind(row) => policy::kind(self.words, row),
            Row::PersonPolicy(row) => policy::person(self.words, row),
            Row::PolicyPreview(row) => policy::preview(self.words, row),
            Row::PastPolicy(row) => policy::past(self.words, row),
            Row::Audit(entry) => audit(entry),
            Row::Sink(sink) => self.sink(sink),
            Row::Stored(table) => self.stored(table),
            Row::Line(line) => line.to_string(),
            // Nothing around it: this goes into a file.
            Row::Log(log) => log.note.trim_end().to_owned(),
            Row::Snapshot(snapshot) => snapshot.folder.display().to_string(),
            Row::Verified(verified) => super::audit::verified(self.words, verified),
            Row::Witness(witness) => self.witness(witness),
            Row::Broken(broken) => super::audit::findings(self.words, broken),
            Row::Erased(erased) => super::audit::erased(self.words, erased),
            Row::ErasedAdministrator(erased) => super::audit::erased_administrator(self.words, erased),
            Row::Administrator(administrator) => self.administrator(administrator),
            Row::Session(session) => self.session(session),
            Row::Link(link) => self.link(link),
            Row::Approval(row) => self.approval(row),
            Row::Integration(row) => self.integration(row),
            Row::Token(row) => self.token(row),
            Row::IdentityOrder(row) => row.order.clone(),
            Row::Renewal(renewal) => renewal.request.clone(),
            Row::Key(key) => {
                let until = rfc3339(Timestamp::from_millis(key.not_after_ms));
                let text = if key.state == "rotated" { "row-key-rotated" } else { "row-key" };
                self.words.say_with(text, &[("until", until.into()), ("serial", key.serial.to_string().into())])
            }
        };
        writeln!(self.to, "{text}")
    }

    fn stored(&self, table: &StoredRow) -> String {
        let about = self.words.say(&format!("handover-{}", table.table));
        let rows = table.rows.to_string();
        let head = self.words.say_with(
            "row-stored",
            &[("table", table.table.as_str().into()), ("rows", rows.into()), ("about", about.into())],
        );
        let fields = table.fields.iter().map(|field| {
            let says = self.words.say(&format!("handover-class-{}", field.says));
            format!("\n    {}: {says}", field.field)
        });
        head + &fields.collect::<String>()
    }

    fn sink(&self, sink: &SinkRow) -> String {
        let fault = sink.fault.as_deref().unwrap_or("none");
        let reason = self.words.say(&format!("fault-{fault}"));
        self.words.say_with(
            "row-sink",
            &[
                ("name", sink.name.as_str().into()),
                ("to", sink.to.as_str().into()),
                ("waiting", sink.waiting.into()),
                ("reason", reason.into()),
            ],
        )
    }

    fn witness(&self, witness: &WitnessRow) -> String {
        let reason = self.words.say(&format!("fault-{}", witness.fault.as_deref().unwrap_or("witness-none")));
        let (name, entries) = (witness.name.as_str(), witness.entries.unwrap_or_default().to_string());
        let values = [("name", name.into()), ("entries", entries.into()), ("reason", reason.into())];
        self.words.say_with("row-witness", &values)
    }

    fn run(&self, run: &RunRow) -> String {
        let source = run.source.as_deref().unwrap_or_default();
        if let Some(refused) = &run.refused {
            let reason = refusal(self.words, refused);
            return self.words.say_with("row-run-refused", &[("source", source.into()), ("reason", reason.into())]);
        }
        let text = self.words.say_with(
            "row-run",
            &[
                ("state", run.state.as_str().into()),
                ("added", run.added.to_string().into()),
                ("updated", run.updated.to_string().into()),
                ("suspended", run.suspended.to_string().into()),
                ("resumed", run.resumed.to_string().into()),
                ("skipped", run.skipped.to_string().into()),
            ],
        );
        let text = match source {
            "" => text,
            source => self.words.say_with("row-run-source", &[("source", source.into()), ("text", text.into())]),
        };
        match &run.digest {
            Some(digest) => {
                let how = [("source", source.into()), ("digest", digest.to_string().into())];
                let id = if source.is_empty() { "row-import-digest" } else { "row-run-digest" };
                format!("{text}\n{}", self.words.say_with(id, &how))
            }
            None => text,
        }
    }

    fn past_run(&self, run: &PastRunRow) -> String {
        let last = rfc3339(Timestamp::from_millis(run.last_ms));
        let state = if run.agreed { "agreed" } else { run.state.as_str() };
        let mut text = self.words.say_with(
            "row-past-run",
            &[
                ("last", last.into()),
                ("times", run.times.to_string().into()),
                ("source", run.source.as_str().into()),
                ("state", state.into()),
                ("code", run.code.as_deref().unwrap_or_default().into()),
                ("added", run.added.to_string().into()),
                ("updated", run.updated.to_string().into()),
                ("suspended", run.suspended.to_string().into()),
                ("resumed", run.resumed.to_string().into()),
                ("hit", run.hit.to_string().into()),
                ("allowed", run.allowed.to_string().into()),
            ],
        );
        for entry in &run.entries {
            text.push_str(&format!("\n    ! {} {}", entry.place, entry.reason));
        }
        text
    }

    fn code(&mut self, code: &CodeRow) -> io::Result<()> {
        let expires = rfc3339(Timestamp::from_millis(code.expires_ms));
        let text =
            self.words.say_with("row-code", &[("login", code.login.as_str().into()), ("expires", expires.into())]);
        writeln!(self.to, "{text}\n\n{}\n", code.link)?;
        // A link too long for a QR code is still a link.
        if let Ok(qr) = QrCode::new(code.link.as_bytes()) {
            writeln!(self.to, "{}", qr.render::<Dense1x2>().build())?;
        }
        Ok(())
    }

    fn administrator(&self, row: &AdministratorRow) -> String {
        self.words.say_with(
            "row-administrator",
            &[
                ("id", row.administrator_id.to_string().into()),
                ("name", row.name.as_deref().unwrap_or("-").into()),
                ("roles", roles(&row.roles).into()),
                ("state", row.state.as_str().into()),
            ],
        )
    }

    fn session(&self, row: &SignInRow) -> String {
        let at = |ms| rfc3339(Timestamp::from_millis(ms)).into();
        self.words.say_with(
            "row-session",
            &[
                ("id", row.session.to_string().into()),
                ("name", row.name.as_str().into()),
                ("opened", at(row.opened_ms)),
                ("used", at(row.used_ms)),
            ],
        )
    }

    fn approval(&self, row: &ApprovalRow) -> String {
        let mut text = self.words.say_with(
            "row-approval",
            &[
                ("number", row.number.to_string().into()),
                ("act", self.words.say(&format!("act-{}", row.act)).into()),
                ("state", row.state.as_str().into()),
                ("asker", row.asked_by.as_str().into()),
                ("decider", row.decided_by.as_deref().unwrap_or("-").into()),
                ("until", rfc3339(Timestamp::from_millis(row.expires_ms)).into()),
            ],
        );
        let digest = row.digest.to_string();
        let details = row.details.iter().map(|detail| (detail.what.as_str(), detail.value.as_str()));
        for (what, value) in details.chain([("digest", digest.as_str())]) {
            let what = self.words.say(&format!("act-detail-{what}"));
            let told = self.words.say_with("row-detail", &[("what", what.into()), ("value", value.into())]);
            text.push_str(&format!("\n    {told}"));
        }
        text
    }

    fn integration(&self, row: &IntegrationRow) -> String {
        let day = |ms| rfc3339(Timestamp::from_millis(ms)).chars().take(DAY_CHARS).collect::<String>();
        self.words.say_with(
            "row-integration",
            &[
                ("id", row.integration_id.to_string().into()),
                ("name", row.name.as_str().into()),
                ("scope", row.scope.name().into()),
                ("state", row.state.as_str().into()),
                ("until", day(row.expires_ms).into()),
                ("used", row.used_ms.map_or_else(|| "-".to_owned(), day).into()),
            ],
        )
    }

    fn token(&self, row: &TokenRow) -> String {
        let expires = rfc3339(Timestamp::from_millis(row.expires_ms));
        let text = self.words.say_with("row-token", &[("expires", expires.into())]);
        format!("{text}\n\n{}\n{}\n", row.url, row.token)
    }

    fn link(&self, row: &LinkRow) -> String {
        let expires = rfc3339(Timestamp::from_millis(row.expires_ms));
        let text = self.words.say_with("row-link", &[("roles", roles(&row.roles).into()), ("expires", expires.into())]);
        format!("{text}\n\n{}\n", row.link)
    }
}

fn roles(roles: &[Assignment]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `time event actor subject`: for a quick look; `--json` has the whole.
fn audit(entry: &AuditRow) -> String {
    let time = rfc3339(Timestamp::from_millis(entry.time_ms));
    let mut text = format!("{:>6}  {time}  {}", entry.index, entry.event);
    for person in [&entry.actor, &entry.subject].into_iter().flatten() {
        text.push_str("  ");
        text.push_str(person);
    }
    text
}

fn value_of(row: &Row) -> serde_json::Value {
    let row = serde_json::to_value(row).unwrap_or_default();
    row.get("value").cloned().unwrap_or(row)
}

/// Why not, and what to do.
pub fn refusal(words: &Words, refusal: &Refusal) -> String {
    let detail = refusal.detail.as_str();
    let id = format!("refused-{}", refusal.code);
    match words.try_say_with(&id, &[("detail", detail.into())]) {
        Some(text) => text,
        // A server of a later version knows codes that this command does not.
        None => format!("{}: {detail}", refusal.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::administration::PersonRow;

    fn shown(output: Output, row: &Row) -> String {
        let words = Words::of_environment(|_| None);
        let mut show = Show { words: &words, output, to: Vec::new() };
        show.row(row).expect("written");
        String::from_utf8(show.to).expect("UTF-8")
    }

    #[test]
    fn json_is_one_flat_object_on_one_line() {
        let row = Row::Person(PersonRow {
            person_id: protocol::ids::MemberId::from_bytes([3; 16]),
            login: "notary03".to_owned(),
            name: "Notary 03".to_owned(),
            mail: None,
            groups: vec!["lyon".to_owned()],
            source: "ldap".to_owned(),
            state: "active".to_owned(),
            devices: 1,
        });
        let text = shown(Output::Json, &row);
        assert_eq!(text.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["login"], "notary03");
        assert_eq!(value["state"], "active");
    }

    #[test]
    fn a_code_is_shown_as_link_and_qr() {
        let row = Row::Code(CodeRow {
            login: "notary03".to_owned(),
            link: "https://chat.example:8443/#00.ABC".to_owned(),
            expires_ms: 0,
        });
        let text = shown(Output::People, &row);
        assert!(text.contains("https://chat.example:8443/#00.ABC"));
        assert!(text.contains('█'));
    }
}
