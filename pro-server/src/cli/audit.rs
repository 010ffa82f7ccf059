//! `audit verify`: an exported file, the audit of a running server, or the database of a stopped one, and what somebody kept of it
//! before. Exit code 3 when something was found; what, where and what to do is said in words, or as JSON.

use std::fs::File;
use std::io::{self, BufRead as _, Read as _};
use std::path::Path;

use protocol::limits::CHECKPOINT_BYTES_MAX;
use protocol::time::Timestamp;
use protocol::tlog::WitnessKey;

use super::arguments::Output;
use super::offline::{self, Site};
use super::show::Show;
use super::{Failure, arguments, call, each_row, file_failure};
use crate::administration::{
    BrokenRow, ErasedAdministratorRow, ErasedRow, FindingRow, Refusal, Request, Row, VerifiedRow,
};
use crate::domain::audit::{Damage, EXPORT_LINE_BYTES_MAX, Verified, proof};
use crate::service::audit::{Unchecked, check_watched_stopped, verify_watched_export};
use crate::service::{Fault, OpenError, ServiceError};
use crate::tasks::admin;
use crate::telemetry::rfc3339;
use crate::unix;
use crate::words::Words;

/// What to check.
pub struct Order<'a> {
    pub site: Site<'a>,
    pub file: Option<&'a Path>,
    pub against: Option<&'a Path>,
    /// Whose words are told.
    pub witnesses: Vec<WitnessKey>,
}

pub fn verify(words: &Words, output: Output, order: &Order<'_>) -> Result<(), Failure> {
    let against = order.against.map(|file| kept(words, file)).transpose()?;
    let against = against.as_deref();
    if let Some(file) = order.file {
        let mut reader = io::BufReader::new(File::open(file).map_err(|error| file_failure(words, file, &error))?);
        if proof::is_proof(reader.fill_buf().map_err(|error| file_failure(words, file, &error))?) {
            return proven(words, output, file, reader);
        }
        let checked = verify_watched_export(reader, against.map(str::as_bytes), order.witnesses.clone());
        let checked = checked.ok_or_else(|| refused(words, &Fault::OtherCheckpoint.into()))?;
        return tell(words, output, &row(checked));
    }
    // Nobody serves there, or nobody can be asked: who holds the folder decides.
    if unix::is_locked(order.site.data) {
        running(words, output, order, against)
    } else {
        stopped(words, output, order, against)
    }
}

/// What the running server is asked.
pub(super) fn request(words: &Words, order: arguments::audit::Order) -> Result<Request, Failure> {
    use arguments::audit::Order as Ask;
    Ok(match order {
        Ask::List => Request::AuditList,
        Ask::Sinks => Request::AuditSinks,
        Ask::Witnesses => Request::AuditWitnesses,
        Ask::Handover => Request::Handover,
        Ask::Export { .. } => Request::AuditExport,
        Ask::Verify { .. } => Request::AuditVerify { against: None, witnesses: Vec::new() },
        Ask::Checkpoint => Request::AuditCheckpoint,
        Ask::Prove { entry, since, .. } => {
            let since = since.map(|file| kept(words, &file)).transpose()?;
            Request::AuditProve { entry, since }
        }
        Ask::Erase { for_good: false, .. } => return Err(Failure::Usage(words.say("audit-erase-unsaid"))),
        Ask::Erase { login, .. } => Request::AuditErase { login },
    })
}

/// What a proof proves, without the audit.
fn proven(words: &Words, output: Output, file: &Path, reader: impl io::Read) -> Result<(), Failure> {
    let mut text = String::new();
    let read = reader.take(proof::PROOF_BYTES_MAX as u64).read_to_string(&mut text);
    read.map_err(|error| file_failure(words, file, &error))?;
    let proven = match proof::check(&text) {
        Ok(proven) => proven,
        Err(finding) => return tell(words, output, &Row::Broken(BrokenRow::from(&Damage::from(finding)))),
    };
    let checkpoint = proven.checkpoint.checkpoint();
    let (entries, root, time) = (checkpoint.size, checkpoint.root.to_string(), checkpoint.time);
    if output == Output::Json {
        let entry = proven.entry.as_ref().map(|(index, entry)| {
            serde_json::json!({ "index": index, "time_ms": entry.at.as_millis(), "event": entry.event })
        });
        let said = serde_json::json!({
            "state": "proven", "organization": proven.organization, "entries": entries, "root": root,
            "time_ms": time.as_millis(), "entry": entry, "since": proven.since,
        });
        super::show::tell!("{said}");
        return Ok(());
    }
    let (key, index) = match (&proven.entry, proven.since) {
        (Some((index, _)), _) => ("row-proven-entry", *index),
        (None, since) => ("row-proven-since", since.unwrap_or_default()),
    };
    let what = words.say_with(key, &[("index", index.to_string().into())]);
    let values = [
        ("what", what.into()),
        ("entries", entries.to_string().into()),
        ("time", rfc3339(time).into()),
        ("root", root.into()),
    ];
    super::show::tell!("{}", words.say_with("row-proven", &values));
    Ok(())
}

fn row(checked: Result<Verified, Damage>) -> Row {
    match checked {
        Ok(verified) => Row::Verified(VerifiedRow::from(&verified)),
        Err(damage) => Row::Broken(BrokenRow::from(&damage)),
    }
}

fn running(words: &Words, output: Output, order: &Order<'_>, against: Option<&str>) -> Result<(), Failure> {
    let request = Request::AuditVerify {
        against: against.map(str::to_owned),
        witnesses: order.witnesses.iter().map(WitnessKey::to_string).collect(),
    };
    let mut call = call(words, order.site.data, &request)?;
    let mut answered = None;
    each_row(words, &mut call, |row| {
        answered = Some(row);
        Ok(())
    })?;
    tell(words, output, &answered.ok_or_else(|| Failure::Said(words.say("admin-lost")))?)
}

fn stopped(words: &Words, output: Output, order: &Order<'_>, against: Option<&str>) -> Result<(), Failure> {
    let site = order.site;
    let location = site.inhabited(words)?;
    let _lock = offline::lock(words, site.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let checked = runtime.block_on(check_watched_stopped(
        site.data,
        &location,
        against.map(str::as_bytes),
        order.witnesses.clone(),
    ));
    match checked {
        Ok(checked) => tell(words, output, &row(checked)),
        Err(Unchecked::Service(error)) => Err(refused(words, &error)),
        Err(Unchecked::Keys(fault)) => Err(offline::unusable(words, site.data, &location, OpenError::Keys(fault))),
        Err(Unchecked::Storage(error)) => {
            Err(offline::unusable(words, site.data, &location, OpenError::Storage(error)))
        }
    }
}

fn refused(words: &Words, error: &ServiceError) -> Failure {
    super::refused(words, &admin::refusal(error))
}

/// The verdict, and the exit code that goes with it.
fn tell(words: &Words, output: Output, row: &Row) -> Result<(), Failure> {
    let Row::Broken(broken) = row else {
        let mut show = Show { words, output, to: io::stdout().lock() };
        return show.row(row).map_err(|error| Failure::Other(error.into()));
    };
    if output == Output::Json {
        let mut show = Show { words, output, to: io::stdout().lock() };
        show.row(row).map_err(|error| Failure::Other(error.into()))?;
    }
    Err(Failure::Found(findings(words, broken)))
}

/// What was found, each with its place, and what to do now.
pub(super) fn findings(words: &Words, broken: &BrokenRow) -> String {
    let mut text = words.say("audit-broken");
    for finding in &broken.findings {
        text.push_str("\n  ");
        text.push_str(&in_words(words, finding));
    }
    text.push('\n');
    text.push_str(&words.say("audit-broken-next"));
    text
}

fn in_words(words: &Words, finding: &FindingRow) -> String {
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let (first, last) = (finding.first.unwrap_or_default(), finding.last.unwrap_or_default());
    let values = [
        ("first", number(finding.first).into()),
        ("last", number(finding.last).into()),
        // For the form of the words alone.
        ("first-count", first.into()),
        ("last-count", last.into()),
        ("span", last.saturating_sub(first).saturating_add(1).into()),
    ];
    // A server of a later version finds what this command has no words for.
    words.try_say_with(&format!("audit-found-{}", finding.code), &values).unwrap_or_else(|| finding.text.clone())
}

/// That all is well, and who else says so.
pub(super) fn verified(words: &Words, verified: &VerifiedRow) -> String {
    let mut text = words
        .say_with("row-verified", &[("entries", verified.entries.into()), ("root", verified.root.as_str().into())]);
    for witness in &verified.witnesses {
        let time = witness.time_ms.map(|ms| rfc3339(Timestamp::from_millis(ms))).unwrap_or_default();
        let key = if witness.entries.is_some() { "row-verified-witness" } else { "row-verified-no-witness" };
        let entries = witness.entries.unwrap_or_default().to_string();
        text.push('\n');
        text.push_str(&words.say_with(
            key,
            &[("name", witness.name.as_str().into()), ("entries", entries.into()), ("time", time.into())],
        ));
    }
    if verified.is_without_memory() {
        text.push('\n');
        text.push_str(&words.say("row-verified-without-memory"));
    }
    text
}

/// What was done, and which copies are left for their keeper to purge.
pub(super) fn erased(words: &Words, erased: &ErasedRow) -> String {
    let day = |ms: &u64| rfc3339(Timestamp::from_millis(*ms));
    let mut text = words.say_with("row-erased", &[("id", erased.person_id.to_string().into())]);
    for (key, count, times) in [
        ("row-erased-backups", erased.backups, &erased.backups_ms),
        ("row-erased-exports", erased.exports, &erased.exports_ms),
        ("row-erased-taken-out", erased.taken_out, &erased.taken_out_ms),
    ] {
        if count > 0 {
            let newest = times.iter().map(day).collect::<Vec<_>>().join(", ");
            let values = [("count", count.into()), ("newest", newest.into())];
            text.push('\n');
            text.push_str(&words.say_with(key, &values));
        }
    }
    if erased.administrator {
        text.push('\n');
        text.push_str(&words.say("row-erased-administrator"));
    }
    text.push('\n');
    text.push_str(&words.say("row-erased-elsewhere"));
    text
}

/// The same of an administrator.
pub(super) fn erased_administrator(words: &Words, erased: &ErasedAdministratorRow) -> String {
    let mut text = words.say_with("row-administrator-erased", &[("id", erased.administrator_id.to_string().into())]);
    if erased.backups > 0 {
        let newest = erased.backups_ms.iter().map(|ms| rfc3339(Timestamp::from_millis(*ms)));
        let newest = newest.collect::<Vec<_>>().join(", ");
        text.push('\n');
        let values = [("count", erased.backups.into()), ("newest", newest.into())];
        text.push_str(&words.say_with("row-erased-backups", &values));
    }
    text
}

/// The checkpoint in a file that somebody kept: a signed note by itself, or the last one of an export.
fn kept(words: &Words, file: &Path) -> Result<String, Failure> {
    let failure = |error: io::Error| file_failure(words, file, &error);
    let mut reader = io::BufReader::new(File::open(file).map_err(failure)?);
    let is_export = reader.fill_buf().map_err(failure)?.first() == Some(&b'{');
    if !is_export {
        let mut note = String::new();
        reader.take(CHECKPOINT_BYTES_MAX as u64).read_to_string(&mut note).map_err(failure)?;
        return Ok(note);
    }
    let (mut newest, mut line) = (None, Vec::new());
    loop {
        line.clear();
        let mut bounded = io::Read::take(&mut reader, EXPORT_LINE_BYTES_MAX as u64);
        if bounded.read_until(b'\n', &mut line).map_err(failure)? == 0 {
            break;
        }
        if line.starts_with(b"{\"checkpoint\"") {
            let read = serde_json::from_slice::<serde_json::Value>(&line).ok();
            newest = read.and_then(|line| Some(line.get("checkpoint")?.as_str()?.to_owned())).or(newest);
        }
    }
    newest.ok_or_else(|| super::refused(words, &Refusal::new(Fault::OtherCheckpoint.code(), "")))
}
