//! Every route of the REST API as it answers: without a token, and with a token of each scope, beside what was decided. Read from the
//! document that the server gives, so that a new route without its line fails.

use std::collections::BTreeSet;

use pro_server::domain::audit::proof;
use protocol::audit::IntegrationScope;
use serde_json::Value;
use tests::postgres::Engine;

use crate::console::Browser;
use crate::grant;
use crate::home::{Home, on_both_engines};

on_both_engines! {
    every_route_answers_the_scopes_that_it_is_meant_for,
    a_program_takes_proofs_that_hold_without_the_server,
}

/// The table of decisions beside the routes.
fn golden() -> Vec<(String, String, BTreeSet<String>)> {
    let source = include_str!("../../src/http/api/tests.rs");
    let table = source.split("const GOLDEN: &str = \"\\\n").nth(1).and_then(|rest| rest.split("\";").next());
    let line = |line: &str| {
        let (route, who) = line.split_once(": ").expect("who may");
        let (verb, path) = route.split_once(' ').expect("a verb");
        let (scopes, _) = who.split_once(" | ").expect("the roles");
        (verb.to_owned(), path.to_owned(), scopes.split(' ').map(str::to_owned).collect())
    };
    table.expect("the table").lines().map(line).collect()
}

/// The path with ids that name nothing.
fn of_nobody(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{') {
        Some("run}" | "approval}") => "404".to_owned(),
        Some(_) => "00".repeat(16),
        None => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(browser: &mut Browser, token: Option<&str>, verb: &str, path: &str) -> (u16, String) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(bearer.iter().map(|bearer| ("Authorization", bearer.as_str())));
    let answer = browser.send(&verb.to_uppercase(), &format!("/api/v1{path}"), &headers, "").await;
    let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status, problem["code"].as_str().unwrap_or_default().to_owned())
}

async fn every_route_answers_the_scopes_that_it_is_meant_for(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let services = &running.services;
    let mut browser = Browser::new(running.address);

    let reader = services.add_integration(&grant(), IntegrationScope::Read, "reader", 1).await.expect("made");
    let bearer = format!("Bearer {}", reader.token.expose());
    let document = browser.send("GET", "/api/v1/openapi.json", &[("Authorization", &bearer)], "").await;
    let document: Value = serde_json::from_str(&document.body).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let routes: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, verbs)| verbs.as_object().expect("verbs").keys().map(|verb| (verb.clone(), path.clone())))
        .filter(|(verb, _)| verb != "parameters")
        .collect();
    let decided: BTreeSet<(String, String)> = golden().into_iter().map(|(verb, path, _)| (verb, path)).collect();
    let known: BTreeSet<(String, String)> = routes
        .into_iter()
        .map(|(verb, path)| (verb, path.strip_prefix("/api/v1").unwrap_or(&path).to_owned()))
        .filter(|(_, path)| path != "/openapi.json")
        .collect();
    assert_eq!(known, decided, "the document and the decisions");

    let mut wrong = Vec::new();
    for scope in IntegrationScope::ALL {
        let made = services.add_integration(&grant(), scope, "program", 1).await.expect("made");
        for (verb, path, scopes) in golden() {
            // What revokes the very token that asks is asked about a token that is none.
            let at = of_nobody(&path);
            let (status, code) = ask(&mut browser, Some(made.token.expose()), &verb, &at).await;
            let is_refused = status == 403 && code == "scope";
            if is_refused == scopes.contains(scope.name()) || status >= 500 {
                wrong.push(format!("{} at {verb} {path}: {status} {code}", scope.name()));
            }
        }
        services.revoke_integration(&grant(), made.id).await.expect("revoked");
        for (token, who) in [(None, "nobody"), (Some(made.token.expose().as_str()), "a revoked token")] {
            for (verb, path, _) in golden() {
                let (status, _) = ask(&mut browser, token, &verb, &of_nobody(&path)).await;
                // Wrong tokens are soon not looked at any more.
                if ![401, 429].contains(&status) {
                    wrong.push(format!("{who} at {verb} {path}: {status}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    running.stop().await.expect("stopped");
}

async fn a_program_takes_proofs_that_hold_without_the_server(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let services = &running.services;
    let mut browser = Browser::new(running.address);
    let reader = services.add_integration(&grant(), IntegrationScope::Read, "reader", 1).await.expect("made");
    let bearer = format!("Bearer {}", reader.token.expose());
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let earlier = browser.send("GET", "/api/v1/audit/checkpoint", &headers, "").await;
    let earlier: Value = serde_json::from_str(&earlier.body).expect("JSON");
    services.add_integration(&grant(), IntegrationScope::Read, "another", 1).await.expect("made");

    let of_entry = browser.send("POST", "/api/v1/audit/prove", &headers, r#"{"entry": 0}"#).await;
    assert_eq!(of_entry.status, 200, "{}", of_entry.body);
    let proven = proof::check(&of_entry.body).expect("it holds");
    assert_eq!(proven.entry.map(|(index, _)| index), Some(0));
    let since = serde_json::json!({ "since": earlier["note"] }).to_string();
    let goes_on = browser.send("POST", "/api/v1/audit/prove", &headers, &since).await;
    assert_eq!(goes_on.status, 200, "{}", goes_on.body);
    let proven = proof::check(&goes_on.body).expect("it holds");
    assert_eq!(proven.since, earlier["entries"].as_u64());
    assert!(proven.checkpoint.checkpoint().size > proven.since.unwrap_or(u64::MAX), "it has grown");
    assert!(proof::check(&goes_on.body.replacen("\"proof\":[\"", "\"proof\":[\"0", 1)).is_err(), "the control");

    for (asked, code) in [
        (r#"{"entry": 4000}"#, "no-such-entry"),
        (r#"{"since": "nobody signed this"}"#, "other-checkpoint"),
        (r#"{"entry": 0, "since": "x"}"#, "malformed"),
        ("{}", "malformed"),
    ] {
        let refused = browser.send("POST", "/api/v1/audit/prove", &headers, asked).await;
        let problem: Value = serde_json::from_str(&refused.body).expect("a problem");
        assert_eq!((refused.status, problem["code"].as_str()), (400, Some(code)), "{asked}");
    }
    running.stop().await.expect("stopped");
}
