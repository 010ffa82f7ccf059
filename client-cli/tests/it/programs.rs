//! What programs rely on: JSON-RPC over standard input and output, the schema, the example bot, completion.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use client_cli::platform::LocalListener;
use client_cli::rpc::{self, EngineHandle, Fault, Request};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use super::enrolled::{Device, NAME, PASSPHRASE, Running, program};

/// A program that talks to `isoloir rpc`.
struct Talk {
    running: Running,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Talk {
    fn with(mut command: Command) -> Self {
        let mut child = command.arg("rpc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { running: Running(child), input, output }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        writeln!(self.input.as_mut().unwrap(), "{request}").unwrap();
        loop {
            let answer = self.hear();
            if answer["id"] == method {
                return answer;
            }
        }
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn code(mut self) -> Option<i32> {
        drop(self.input.take());
        self.running.0.wait().unwrap().code()
    }
}

#[test]
fn a_program_unlocks_asks_and_locks_over_standard_input_and_output() {
    let device = Device::new();
    let mut talk = Talk::with(device.command());
    assert_eq!(talk.ask("status", &json!({}))["result"]["state"], "locked");
    let refused = talk.ask("whoami", &json!({}));
    assert_eq!(refused["error"]["data"]["code"], "locked");
    assert_eq!(talk.ask("unlock", &json!({"passphrase": "wrong"}))["error"]["data"]["code"], "wrong-passphrase");
    assert_eq!(talk.ask("unlock", &json!({"passphrase": PASSPHRASE}))["result"]["state"], "open");
    assert_eq!(talk.ask("whoami", &json!({}))["result"]["name"], NAME);
    // It serves the other commands meanwhile.
    let other = device.command().arg("whoami").output().unwrap();
    assert_eq!(other.status.code(), Some(0));
    assert_eq!(talk.ask("lock", &json!({}))["result"]["state"], "locked");
    assert_eq!(talk.code(), Some(4));
}

#[test]
fn whoever_has_asked_everything_gets_every_answer_and_code_0() {
    let device = Device::new();
    let _agent = device.agent(&[]);
    let mut command = device.command();
    let mut child = command.arg("rpc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for id in 0..40 {
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": id, "method": "whoami"})).unwrap();
    }
    drop(input);
    let ended = child.wait_with_output().unwrap();
    let mut ids: Vec<_> = ended
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).unwrap()["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..40).collect::<Vec<_>>());
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn the_schema_describes_what_an_engine_answers() {
    let device = Device::new();
    let printed = program(&device.data()).args(["rpc", "--schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(schema["openrpc"], "1.3.2");
    let _agent = device.agent(&[]);
    let mut talk = Talk::with(device.command());
    let mut asked = 0;
    for method in schema["methods"].as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        let needs = method["params"].as_array().unwrap().iter().any(|param| param["required"] == true);
        if needs || ["lock", "set_passphrase"].contains(&name) {
            continue;
        }
        let answer = talk.ask(name, &json!({}));
        let Some(result) = answer.get("result") else {
            assert_eq!(answer["error"]["code"], -32_000, "{name}: {answer}");
            continue;
        };
        asked += 1;
        assert!(fits(&method["result"]["schema"], result), "{name}: {result} is not as described");
    }
    assert!(asked >= 8, "{asked}");
    let people = talk.ask("people", &json!({"query": ""}));
    let described = schema["methods"].as_array().unwrap().iter().find(|method| method["name"] == "people").unwrap();
    assert!(fits(&described["result"]["schema"], &people["result"]));
}

/// As far as kinds and names of fields go.
fn fits(schema: &Value, value: &Value) -> bool {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return true,
    };
    match value {
        Value::Null => kinds.contains(&"null"),
        Value::Bool(_) => kinds.contains(&"boolean"),
        Value::Number(_) => kinds.contains(&"integer"),
        Value::String(_) => {
            kinds.contains(&"string") && schema["enum"].as_array().is_none_or(|words| words.contains(value))
        }
        Value::Array(items) => kinds.contains(&"array") && items.iter().all(|item| fits(&schema["items"], item)),
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten();
            kinds.contains(&"object")
                && required.into_iter().all(|name| fields.contains_key(name.as_str().unwrap()))
                && fields
                    .iter()
                    .all(|(name, field)| schema["properties"].get(name).is_some_and(|schema| fits(schema, field)))
        }
    }
}

/// The example, run as its text says, against an engine that has one message for it.
#[tokio::test]
async fn the_example_bot_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (calls_in, mut calls) = mpsc::channel(8);
    let (events, _) = broadcast::channel(8);
    let engine = EngineHandle { calls: calls_in, events: events.clone() };
    let listener = LocalListener::bind(folder.path()).unwrap();
    tokio::spawn(rpc::serve(listener, engine));
    let bot = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/answering_bot.py");
    let child = Command::new("python3")
        .arg(bot)
        .args([env!("CARGO_BIN_EXE_isoloir"), "--data"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .spawn()
        .expect("python3, which the example needs");
    let bot = Running(child);

    let whoami = calls.recv().await.unwrap();
    assert_eq!(whoami.request, Request::Whoami {});
    // It watches by then: whatever comes now is heard.
    let others = [("00", "b.bot", "my own words"), ("ee", "e.early", "first")];
    for (id, from, text) in
        others.into_iter().chain([("01", "c.dupont", "how many are these"), ("02", "d.durand", "one two")])
    {
        events.send(json!({"event": "message", "message_id": id, "from": from, "sent_ms": 1, "text": text})).unwrap();
    }
    whoami.reply.send(Ok(json!({"login": "b.bot"}))).unwrap();
    let mut said = Vec::new();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let call = calls.recv().await.unwrap();
        let answer = match &call.request {
            Request::Conversations {} => {
                json!([{"login": "e.early", "relation": "accepted", "verified": false, "unread": 1}])
            }
            // It came before anybody watched; and one of those that are told too.
            Request::History { who, last: Some(1), .. } if who == "e.early" => {
                json!([{"message_id": "ee", "from": "e.early", "text": "first", "state": "delivered", "sent_ms": 1}])
            }
            Request::Send { who, text, wait_ms: None, .. } => {
                said.push((who.clone(), text.clone()));
                if who == "c.dupont" {
                    call.reply.send(Err(Fault::new("person-left"))).unwrap();
                    continue;
                }
                json!({"message_id": "01", "state": "queued"})
            }
            Request::Seen { who, .. } => {
                seen.push(who.clone());
                json!({})
            }
            other => panic!("{other:?}"),
        };
        call.reply.send(Ok(answer)).unwrap();
    }
    assert_eq!(
        said,
        [("e.early", "1 words"), ("c.dupont", "4 words"), ("d.durand", "2 words")]
            .map(|(who, text)| (who.into(), text.into()))
    );
    assert_eq!(seen, ["b.bot", "c.dupont", "d.durand"], "nothing is answered again by the next run");
    drop(bot);
}

#[test]
fn shells_get_a_script_that_completes_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let printed = program(folder.path()).args(["completion", shell]).output().unwrap();
        assert_eq!(printed.status.code(), Some(0));
        let script = String::from_utf8(printed.stdout).unwrap();
        for word in ["send-file", "passphrase", "unlock", "completion"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let script = program(folder.path()).args(["completion", "bash"]).output().unwrap().stdout;
    let complete = r#"source /dev/stdin; COMP_WORDS=(isoloir passp); COMP_CWORD=1; _isoloir isoloir passp isoloir; echo "${COMPREPLY[@]}""#;
    let mut bash =
        Command::new("bash").args(["-c", complete]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(&script).unwrap();
    let completed = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), "passphrase");
}
