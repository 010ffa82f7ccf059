//! Providers push people (SCIM): what Entra ID and Okta send reaches the clients of those concerned, within two seconds; and the
//! testers that others wrote find nothing.

mod conformance;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};
use tests::openldap;
use tests::server::Server;

use crate::enrollment::believe_anybody;
use crate::office::{Office, Places};

/// From the provider's word to the closed link.
const REVOCATION_MAX: Duration = Duration::from_secs(2);

/// A provider with a token of its own.
struct Provider<'s> {
    server: &'s Server,
    token: String,
    id: String,
}

/// What it was answered.
struct Answer {
    status: u16,
    body: Value,
}

impl<'s> Provider<'s> {
    fn new(server: &'s Server) -> Result<Self> {
        let made: Value = serde_json::from_str(
            &server.admin(&["--json", "integration", "add", "--scope", "provisioning", "--name", "Entra ID"])?.concat(),
        )?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).with_context(|| format!("no {name}: {made}"));
        Ok(Self { server, token: text("token")?, id: text("integration_id")? })
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Answer> {
        self.ask_if(method, path, body, &[])
    }

    /// With these lines in the head, too.
    fn ask_if(&self, method: &str, path: &str, body: &Value, lines: &[&[u8]]) -> Result<Answer> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let tcp = TcpStream::connect(self.server.address())?;
        let connection = ClientConnection::new(Arc::new(believe_anybody()), ServerName::try_from("localhost")?)?;
        let mut stream = StreamOwned::new(connection, tcp);
        write!(
            stream,
            "{method} /scim/v2{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.token,
            body.len()
        )?;
        for line in lines {
            stream.write_all(&[line, b"\r\n".as_slice()].concat())?;
        }
        stream.write_all(format!("\r\n{body}").as_bytes())?;
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

    fn done(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let answer = self.ask(method, path, body)?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        Ok(answer.body)
    }

    /// As Entra ID does it: looked for, not found, added. Returns the id.
    fn add(&self, login: &str, name: &str) -> Result<String> {
        let found = self.done("GET", &format!("/Users?filter=userName%20eq%20%22{login}%22"), &Value::Null)?;
        assert_eq!(found["totalResults"], 0, "{found}");
        let person = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": login, "displayName": name,
            "externalId": format!("entra-{login}"), "active": true, "title": "Notary",
            "emails": [{"primary": true, "type": "work", "value": format!("{login}@example.test")}],
        });
        let added = self.done("POST", "/Users", &person)?;
        added["id"].as_str().map(str::to_owned).context("no id")
    }

    fn set_active(&self, id: &str, value: Value) -> Result<Answer> {
        let change = json!({"Operations": [{"op": "Replace", "path": "active", "value": value}]});
        self.ask("PATCH", &format!("/Users/{id}"), &change)
    }
}

/// The state of a person, as administrators see it.
fn state(server: &Server, login: &str) -> Result<String> {
    let lines = server.admin(&["--json", "people", "list"])?;
    let rows = lines.iter().map(|line| Ok(serde_json::from_str::<Value>(line)?)).collect::<Result<Vec<_>>>()?;
    let row = rows.iter().find(|row| row["login"] == login).context("nobody of that login")?;
    row["state"].as_str().map(str::to_owned).context("no state")
}

#[test]
fn whom_a_provider_disables_is_out_within_two_seconds() -> Result<()> {
    let mut office = Office::closed(Places::here(), None, "")?;
    let ids = {
        let provider = Provider::new(&office.server)?;
        [1, 2].map(|person| provider.add(&openldap::login(person), &openldap::name(person)))
    };
    let [first_id, second_id] = ids;
    let (_, second_id) = (first_id?, second_id?);
    for client in [&office.first, &office.second] {
        client.enroll(&office.server.code_link(client.login())?)?;
    }
    office.first.start_agent()?;
    office.second.start_agent()?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "hello")?;
    let (mut seen_by_first, mut seen_by_second) = (first.watch()?, second.watch()?);

    let provider = Provider::new(&office.server)?;
    let began = Instant::now();
    let answer = provider.set_active(&second_id, "False".into())?;
    assert_eq!((answer.status, &answer.body["active"]), (200, &Value::Bool(false)));
    seen_by_first.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == second.login() && event["state"] == "closed").then_some(())
    })?;
    let taken = began.elapsed();
    assert!(taken <= REVOCATION_MAX, "the link was closed {taken:?} after the provider's word");
    seen_by_second
        .next("the reason", |event| (event["event"] == "server" && event["reason"] == "suspended").then_some(()))?;
    assert_eq!(first.ask(&["send", second.login(), "are you there?"])?.code, Some(1));

    // Back again: may enroll anew. A lock by hand wins over whatever the provider says.
    assert_eq!(provider.set_active(&second_id, true.into())?.status, 200);
    assert_eq!(state(&office.server, second.login())?, "provisioned");
    office.server.admin(&["people", "suspend", second.login()])?;
    for value in [json!("False"), json!("True")] {
        assert_eq!(provider.set_active(&second_id, value)?.status, 200);
    }
    assert_eq!(state(&office.server, second.login())?, "locked");

    // Deleting them and adding them again is no way around it, until an administrator takes it back.
    assert_eq!(provider.ask("DELETE", &format!("/Users/{second_id}"), &Value::Null)?.status, 204);
    assert_eq!(provider.ask("GET", &format!("/Users/{second_id}"), &Value::Null)?.status, 404);
    let again = provider.ask("POST", "/Users", &json!({"userName": second.login(), "active": true}))?;
    assert_eq!((again.status, &again.body["scimType"]), (409, &json!("uniqueness")), "{}", again.body);
    assert!(again.body["detail"].as_str().is_some_and(|detail| detail.contains("by hand")), "{}", again.body);
    assert_eq!(state(&office.server, second.login())?, "locked");
    office.server.admin(&["people", "resume", second.login()])?;
    assert_ne!(provider.add(second.login(), "Somebody else")?, second_id);
    Ok(())
}

#[test]
fn a_provider_that_disables_everybody_is_held() -> Result<()> {
    let mut office = Office::closed(Places::here(), None, "")?;
    let config = office.path("server.toml");
    std::fs::write(&config, "[directory.scim]\nbrake_percent = 0\nbrake_minimum = 1\n")?;
    office.server.stop()?;
    office.server.configure(&config);
    office.server.start()?;
    let provider = Provider::new(&office.server)?;
    let ids = [1, 2].map(|person| provider.add(&openldap::login(person), &openldap::name(person)));
    for client in [&office.first, &office.second] {
        client.enroll(&office.server.code_link(client.login())?)?;
    }
    let [first, second] = ids;
    assert_eq!(provider.set_active(&first?, false.into())?.status, 200);
    let second = second?;
    let held = provider.set_active(&second, false.into())?;
    assert_eq!(held.status, 429, "{}", held.body);
    assert_eq!(provider.ask("DELETE", &format!("/Users/{second}"), &Value::Null)?.status, 429, "nor by another word");
    assert_eq!(state(&office.server, &openldap::login(2))?, "active");
    let audit = office.server.admin(&["--json", "audit", "list"])?.join("\n");
    assert_eq!(audit.matches("directory_run_refused").count(), 1, "told once: {audit}");
    office.server.admin(&["integration", "release"])?;
    assert_eq!(provider.set_active(&second, false.into())?.status, 200);

    // A token that is revoked is worth nothing, and neither is one that never was.
    office.server.admin(&["integration", "revoke", &provider.id])?;
    assert_eq!(provider.ask("GET", "/Users", &Value::Null)?.status, 401);
    let stranger = Provider { token: "isoloir-scim-guessed".to_owned(), ..provider };
    assert_eq!(stranger.ask("GET", "/Users", &Value::Null)?.status, 401);
    Ok(())
}

#[test]
fn groups_of_a_provider_are_the_groups_of_policies() -> Result<()> {
    let office = Office::closed(Places::here(), None, "")?;
    let provider = Provider::new(&office.server)?;
    let ids = (1..=3).map(|person| provider.add(&openldap::login(person), &openldap::name(person)));
    let ids = ids.collect::<Result<Vec<_>>>()?;
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    let group = provider.done("POST", "/Groups", &json!({"displayName": "Lyon", "members": members}))?;
    let path = format!("/Groups/{}", group["id"].as_str().context("no id")?);
    let groups = || -> Result<Vec<usize>> {
        let lines = office.server.admin(&["--json", "people", "list"])?;
        lines
            .iter()
            .map(|line| Ok(serde_json::from_str::<Value>(line)?["groups"].as_array().map_or(0, Vec::len)))
            .collect()
    };
    assert_eq!(groups()?, [1, 1, 1]);

    // Entra ID names whom it removes beside the path of all of them; by the letter that would be everybody.
    let remove = json!({"Operations": [{"op": "Remove", "path": "members", "value": [{"value": ids[0]}]}]});
    provider.done("PATCH", &path, &remove)?;
    assert_eq!(groups()?, [0, 1, 1]);
    let listed = provider.done(
        "GET",
        "/Groups?filter=displayName%20eq%20%22lyon%22&excludedAttributes=members",
        &Value::Null,
    )?;
    assert_eq!((&listed["totalResults"], listed["Resources"][0].get("members")), (&json!(1), None), "{listed}");
    let person = provider.done("GET", &format!("/Users/{}", ids[1]), &Value::Null)?;
    assert_eq!(person["groups"][0]["display"], "Lyon");

    // Changed behind the provider's back, by its own measure: refused, and never taken for no condition at all.
    let version = provider.done("GET", &path, &Value::Null)?["meta"]["version"].clone();
    let version = version.as_str().context("no version")?;
    let seen = |method: &str, line: &str| -> Result<u16> {
        let body = if method == "GET" {
            Value::Null
        } else {
            json!({"displayName": "Lyon", "members": [{"value": ids[1]}, {"value": ids[2]}]})
        };
        Ok(provider.ask_if(method, &path, &body, &[line.replace("{}", version).as_bytes()])?.status)
    };
    assert_eq!((seen("GET", "If-None-Match: {}")?, seen("PUT", "If-Match: {}")?), (304, 200));
    provider.done("DELETE", &format!("/Users/{}", ids[2]), &Value::Null)?;
    assert_eq!(
        (seen("GET", "If-None-Match: {}")?, seen("PUT", "If-Match: {}")?, seen("DELETE", "If-Match: {}")?),
        (200, 412, 412)
    );
    for unreadable in [&[b"If-Match: \xff".as_slice()][..], &[b"If-Match: W/\"x\"", b"If-Match: \xff"]] {
        assert_eq!(provider.ask_if("DELETE", &path, &Value::Null, unreadable)?.status, 412);
    }
    assert_eq!(groups()?, [0, 1]);

    // Names are given once.
    let again = json!({"displayName": "Lyon", "members": []});
    assert_eq!(provider.ask("POST", "/Groups", &again)?.body["scimType"], "uniqueness");
    assert_eq!(provider.ask("POST", "/Users", &json!({"userName": openldap::login(1).to_uppercase()}))?.status, 409);
    provider.done("DELETE", &path, &Value::Null)?;
    assert_eq!(groups()?, [0, 0]);
    Ok(())
}
