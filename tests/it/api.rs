//! Programs administer over `/api/v1`: with a token that the command line made, as somebody's script would; and a tester that
//! others wrote finds no answer that is not described, there and where strangers ask.

mod conformance;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};
use tests::openldap::{self, OpenLdap};
use tests::server::Server;

use crate::enrollment::believe_anybody;
use crate::office::{Office, Places};

/// A program with a token of its own.
struct Program<'s> {
    server: &'s Server,
    token: String,
    id: String,
}

/// What it was answered.
struct Answer {
    status: u16,
    body: Value,
}

impl<'s> Program<'s> {
    fn new(server: &'s Server, scope: &str) -> Result<Self> {
        let order = ["--json", "integration", "add", "--scope", scope, "--name", "Ansible", "--days", "1"];
        let made: Value = serde_json::from_str(&server.admin(&order)?.concat())?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).with_context(|| format!("no {name}: {made}"));
        ensure!(text("scope")? == scope, "{made}");
        Ok(Self { server, token: text("token")?, id: text("integration_id")? })
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: &str) -> Result<Answer> {
        let tcp = TcpStream::connect(self.server.address())?;
        let connection = ClientConnection::new(Arc::new(believe_anybody()), ServerName::try_from("localhost")?)?;
        let mut stream = StreamOwned::new(connection, tcp);
        write!(
            stream,
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.token,
            body.len()
        )?;
        let mut bytes = Vec::new();
        // A close without goodbye is an end too: the length was in the head.
        match stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => {}
        }
        let text = String::from_utf8(bytes)?;
        let (head, body) = text.split_once("\r\n\r\n").context("no answer")?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body)? };
        Ok(Answer { status, body })
    }

    fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, "application/json", "")
    }

    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send("POST", path, "application/json", &body)
    }

    fn done(answer: Answer) -> Result<Value> {
        ensure!((200..300).contains(&answer.status), "{} {}", answer.status, answer.body);
        Ok(answer.body)
    }

    /// The id of whoever has this login.
    fn person(&self, login: &str) -> Result<String> {
        let found = Self::done(self.get(&format!("/people?search={login}"))?)?;
        found["items"][0]["person_id"].as_str().map(str::to_owned).with_context(|| format!("no {login}: {found}"))
    }
}

/// A refusal is a problem with a code; one that can be acted on says how.
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{}", answer.body);
    assert_eq!(answer.body["type"], format!("urn:isoloir:problem:{code}"));
}

#[test]
fn a_script_finds_people_and_takes_access_away_at_once() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (first, second) = (&office.first, &office.second);
    let program = Program::new(&office.server, "administer")?;

    let page = Program::done(program.get("/people?limit=1")?)?;
    let next = page["next"].as_str().context("no second page")?;
    let rest = Program::done(program.get(&format!("/people?limit=500&after={next}"))?)?;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["next"], Value::Null, "{rest}");
    let logins: Vec<&str> = [&page, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().into_iter().flatten())
        .filter_map(|person| person["login"].as_str())
        .collect();
    let mut sorted = logins.clone();
    sorted.sort_unstable();
    assert_eq!(logins, sorted, "by login, none twice");
    ensure!(logins.contains(&first.login()) && logins.contains(&second.login()), "{logins:?}");
    assert_eq!(Program::done(program.get("/people?state=locked")?)?["items"], json!([]));

    first.deliver(second.login(), "hello")?;
    let mut events = first.watch()?;
    let id = program.person(second.login())?;
    let suspended = Program::done(program.post(&format!("/people/{id}/suspend"), &Value::Null)?)?;
    assert_eq!(suspended["state"], "locked");
    events.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == second.login() && event["state"] == "closed").then_some(())
    })?;
    refused(&program.post(&format!("/people/{id}/suspend"), &Value::Null)?, 409, "already-suspended");
    let detail = Program::done(program.get(&format!("/people/{id}"))?)?;
    assert_eq!(detail["enrolled"][0]["state"], "revoked", "{detail}");
    assert_eq!(Program::done(program.post(&format!("/people/{id}/resume"), &Value::Null)?)?["state"], "provisioned");
    let code = Program::done(program.post(&format!("/people/{id}/enrollment-codes"), &Value::Null)?)?;
    ensure!(code["link"].as_str().is_some_and(|link| link.starts_with("https://")), "{code}");

    let audit = Program::done(program.get("/audit?order=newest&limit=50")?)?;
    let mine =
        audit["items"].as_array().into_iter().flatten().find(|entry| entry["event"]["event"] == "member_suspended");
    assert_eq!(mine.context("not in the audit")?["actor"], "program:Ansible");
    assert_eq!(Program::done(program.post("/audit/verify", &Value::Null)?)?["state"], "intact");
    Ok(())
}

#[test]
fn a_token_does_what_it_was_made_for_until_it_is_revoked() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (reads, acts) = (Program::new(&office.server, "read")?, Program::new(&office.server, "administer")?);
    let pushes = Program::new(&office.server, "provisioning")?;
    let id = reads.person(office.first.login())?;
    refused(&reads.post(&format!("/people/{id}/suspend"), &Value::Null)?, 403, "scope");
    refused(&pushes.get("/people")?, 403, "scope");

    // What would permit more is for people; what permits less is not, and only from the version in force.
    let policy = Program::done(reads.get("/policy")?)?;
    let change = |version: u64, value: &str| json!({"based_on": version, "settings": {"file.send": value}}).to_string();
    let version = policy["version"].as_u64().context("a version")?;
    let publish = |program: &Program<'_>, body: &str| program.send("PATCH", "/policy", "application/json", body);
    refused(&publish(&reads, &change(version, "off"))?, 403, "scope");
    refused(&publish(&acts, &change(version + 7, "off"))?, 409, "stale");
    assert_eq!(Program::done(publish(&acts, &change(version, "off"))?)?["file.send"], "off");
    refused(&publish(&acts, &change(version + 1, "all"))?, 403, "only-people");
    refused(&publish(&acts, &change(version + 1, "perhaps"))?, 400, "malformed");

    let wrong = acts.get("/people?limit=0")?;
    refused(&wrong, 400, "query");
    assert_eq!(wrong.body["problems"][0]["field"], "limit");
    refused(&acts.get("/people?after=nonsense")?, 400, "query");
    refused(&acts.get("/people?standing=locked")?, 400, "query");
    refused(&acts.get("/people/nobody")?, 404, "no-such-person");
    refused(&acts.send("PUT", "/people", "application/json", "")?, 405, "wrong-method");

    let revoked = acts.send("DELETE", &format!("/integrations/{}", reads.id), "application/json", "")?;
    assert_eq!(revoked.status, 204);
    let out = reads.get("/people")?;
    refused(&out, 401, "token");
    ensure!(out.body["next"].is_string(), "nothing says what to do: {}", out.body);
    office.server.admin(&["integration", "revoke", &acts.id])?;
    refused(&acts.get("/people")?, 401, "token");
    Ok(())
}

#[test]
fn a_policy_is_drafted_looked_at_published_and_read_back() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let program = Program::new(&office.server, "administer")?;
    let login = office.first.login();
    let patch = |body: &Value| program.send("PATCH", "/policy", "application/json", &body.to_string());
    let scope = format!("person:{login}");
    let change = |scope: &str, value: &str, outcome: &str| json!({"based_on": 1, "scope": scope, "outcome": outcome, "lock": "lock", "settings": {"file.max_bytes": value}});
    refused(&program.get("/policy/draft")?, 404, "no-such-policy");
    Program::done(patch(&change("organization", "9", "draft"))?)?;
    Program::done(patch(&change(&scope, "5", "draft"))?)?;
    let seen = Program::done(program.get("/policy/draft")?)?;
    assert_eq!((&seen["people"], &seen["reached"], &seen["scopes"][&scope]), (&json!(40), &json!(40), &json!(1)));
    assert_eq!(seen["weakened"], json!([]));
    assert_eq!(Program::done(program.get("/policy")?)?["version"], 1, "it touches nobody");

    Program::done(patch(&change(&scope, "4", "draft"))?)?;
    let publish = |draft: &Value| program.post("/policy/draft/publish", &json!({"draft": draft}));
    refused(&publish(&seen["draft"])?, 409, "stale");
    let seen = Program::done(program.get("/policy/draft")?)?;
    let policy = Program::done(publish(&seen["draft"])?)?;
    assert_eq!((&policy["version"], &policy["file.max_bytes"]), (&json!(2), &json!("9")));
    assert_eq!(policy["locked"], json!(["file.max_bytes"]));
    refused(&publish(&seen["draft"])?, 404, "no-such-policy");

    let scopes = Program::done(program.get("/policy/scopes")?)?;
    assert_eq!(
        scopes["items"],
        json!([{"scope": scope, "settings": {"file.max_bytes": "4"}, "locked": ["file.max_bytes"]}])
    );
    let id = program.person(login)?;
    let theirs = Program::done(program.get(&format!("/policy/people/{id}"))?)?;
    assert_eq!(theirs["settings"]["file.max_bytes"], "4");
    let rows = Program::done(program.get("/policy/rows")?)?;
    let row = |name: &str| rows["items"].as_array()?.iter().find(|row| row["policy"] == name);
    let lifetime = row("identity.cert_lifetime_days").context("no such row")?;
    assert_eq!(
        (&lifetime["values"], &lifetime["default"], &lifetime["enforcer"]),
        (&json!("7..90"), &json!("90"), &json!("both"))
    );
    assert_eq!(row("admin.session_hours").context("no such row")?["scopes"], json!(["organization"]));

    let newest = Program::done(program.get("/policy/history?limit=1")?)?;
    assert_eq!((&newest["items"][0]["version"], &newest["items"][0]["by"]), (&json!(2), &json!("program:Ansible")));
    let next = newest["next"].as_str().context("no second page")?;
    let oldest = Program::done(program.get(&format!("/policy/history?after={next}"))?)?;
    assert_eq!((&oldest["items"][0]["version"], &oldest["next"]), (&json!(1), &Value::Null));
    let back = json!({"based_on": 2, "version": 1});
    refused(&program.post("/policy/rollback", &back)?, 403, "only-people");
    let group = json!({"based_on": 2, "scope": "group:x", "settings": {"admin.session_hours": "1"}});
    refused(&patch(&group)?, 400, "malformed");
    Ok(())
}

#[test]
fn a_file_and_a_directory_are_taken_as_they_were_looked_at() -> Result<()> {
    let directory = OpenLdap::start(6)?;
    // Nothing happens by itself: the script looks, then acts.
    let configuration = format!("{}live = false\n", directory.configuration("(employeeType=staff)"));
    let office = Office::configured(Places::here(), directory, &configuration)?;
    office.server.admin(&["sync"])?;
    let program = Program::new(&office.server, "administer")?;
    let file = "login,name,mail\nguest1,Guest One,guest1@example.test\nguest2,Guest Two,\n";
    let csv = |path: &str, file: &str| program.send("POST", path, "text/csv", file);
    let bad = Program::done(csv("/people/import/plan", &format!("{file}guest1,Twice,\n"))?)?;
    assert_eq!((&bad["bad_count"], &bad["bad_lines"][0]["line"]), (&json!(1), &json!(4)), "{bad}");
    let plan = Program::done(csv("/people/import/plan", file)?)?;
    assert_eq!(plan["changes"][1], json!({"change": "add", "login": "guest2"}), "{plan}");
    let apply = format!("/people/import/apply?digest={}", plan["run"]["digest"].as_str().context("a digest")?);
    refused(&csv(&apply, "login,name,mail\nguest3,Guest Three,\n")?, 409, "stale");
    assert_eq!(Program::done(csv(&apply, file)?)?["added"], 2);
    refused(&csv("/people/import/plan", "nonsense")?, 400, "csv");
    refused(&program.send("POST", "/people/import/plan", "application/json", file)?, 415, "wrong-media-type");

    let sources = Program::done(program.get("/directory/sources")?)?;
    let name = sources["items"][0]["source"].as_str().context("a source")?.to_owned();
    office.directory()?.replace(&openldap::login(6), "employeeType", "left")?;
    let plan = Program::done(program.post(&format!("/directory/sources/{name}/plan"), &Value::Null)?)?;
    let suspend = json!({"change": "suspend", "login": openldap::login(6)});
    ensure!(plan["changes"].as_array().is_some_and(|changes| changes.contains(&suspend)), "{plan}");
    let runs = format!("/directory/sources/{name}/runs");
    refused(&program.post(&runs, &json!({"brake": "overrule"}))?, 400, "malformed");
    refused(&program.post(&runs, &json!({"digest": "00".repeat(32)}))?, 409, "stale");
    let order = json!({"digest": plan["run"]["digest"], "brake": "overrule"});
    assert_eq!(Program::done(program.post(&runs, &order)?)?["run"]["suspended"], 1);
    let past = Program::done(program.get("/directory/runs?limit=5")?)?;
    let run = past["items"][0]["run_id"].as_u64().context("a run")?;
    assert_eq!(Program::done(program.get(&format!("/directory/runs/{run}"))?)?["suspended"], 1, "{past}");
    refused(&program.get("/directory/runs/999999")?, 404, "no-such-run");
    refused(&program.post("/directory/sources/nowhere/plan", &Value::Null)?, 404, "no-such-source");
    Ok(())
}
