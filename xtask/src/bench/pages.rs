//! What a page of a large organization's people costs a program that asks for it over the administration API, with `curl` and one
//! connection: the next page, searches that find one, many and nobody, the people of a group and of a state.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::binary;
use tests::openldap::login;
use tests::server::Server;

use super::Load;

/// How long each answer took.
pub fn taken(server: &Server, load: &Load) -> Result<Vec<Duration>> {
    let made = server.admin(&["--json", "integration", "add", "--scope", "read", "--name", "bench", "--days", "1"])?;
    let made: Value = serde_json::from_str(&made.concat())?;
    let token = made["token"].as_str().context("no token")?;
    let first: Value = serde_json::from_str(&ask(server, token, &["limit=50".to_owned()], Wanted::Body)?)?;
    let next = first["next"].as_str().context("everybody is on one page")?;
    let questions = |round: usize| {
        let person = login(1 + round * load.people / load.questions);
        [
            format!("limit=50&after={next}"),
            format!("search={person}"),
            "search=notary".to_owned(),
            "search=nobody".to_owned(),
            format!("group=chamber{:04}", round * load.groups / load.questions),
            "state=provisioned".to_owned(),
        ]
    };
    let questions: Vec<String> = (0..load.questions).flat_map(questions).collect();
    let told = ask(server, token, &questions, Wanted::Times)?;
    let times = told.lines().map(|line| {
        let (status, seconds) = line.split_once(' ').context("no time")?;
        ensure!(status == "200", "a page was answered with {status}");
        Ok(Duration::try_from_secs_f64(seconds.parse()?)?)
    });
    times.collect()
}

#[derive(Clone, Copy)]
enum Wanted {
    /// Of the one answer.
    Body,
    /// A line for each answer: its status and its seconds.
    Times,
}

fn ask(server: &Server, token: &str, questions: &[String], wanted: Wanted) -> Result<String> {
    let mut config = format!("silent\ninsecure\nheader = \"Authorization: Bearer {token}\"\n");
    if matches!(wanted, Wanted::Times) {
        config.push_str("write-out = \"%{http_code} %{time_total}\\n\"\n");
    }
    for question in questions {
        writeln!(config, "url = \"https://{}/api/v1/people?{question}\"", server.address())?;
        if matches!(wanted, Wanted::Times) {
            config.push_str("output = /dev/null\n");
        }
    }
    let mut command = Command::new(binary::installed("curl", &[])?);
    let mut curl = command.args(["--config", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    curl.stdin.take().context("stdin")?.write_all(config.as_bytes())?;
    let done = curl.wait_with_output()?;
    ensure!(done.status.success(), "curl ended with {}", done.status);
    Ok(String::from_utf8(done.stdout)?)
}
