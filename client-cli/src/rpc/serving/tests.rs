//! What a program that speaks JSON-RPC 2.0 may rely on, over a stream of bytes and an engine that answers by itself.

use tokio::io::{AsyncReadExt as _, DuplexStream};
use tokio::sync::mpsc;

use super::*;
use crate::engine::port::Call;

/// A caller's end of a connection, and the engine's.
struct Rig {
    stream: BufReader<DuplexStream>,
    calls: mpsc::Receiver<Call>,
    events: broadcast::Sender<Value>,
}

impl Rig {
    fn new() -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (calls_in, calls) = mpsc::channel(64);
        let (events, _) = broadcast::channel(8);
        let engine = EngineHandle { calls: calls_in, events: events.clone() };
        let (reader, writer) = tokio::io::split(theirs);
        tokio::spawn(serve_stream(reader, writer, engine));
        Self { stream: BufReader::new(ours), calls, events }
    }

    async fn say(&mut self, line: &str) {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn refused(&mut self, line: &str) -> (Value, i64, String) {
        self.say(line).await;
        let answer = self.hear().await;
        assert_eq!(answer["jsonrpc"], "2.0");
        assert!(answer.get("result").is_none());
        let error = &answer["error"];
        assert!(error["message"].is_string());
        (answer["id"].clone(), error["code"].as_i64().unwrap(), error["data"]["code"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_the_codes_of_the_specification() {
    let mut rig = Rig::new();
    for (line, code, fault) in [
        ("{", PARSE_ERROR, "bad-json"),
        ("[]", INVALID_REQUEST, "no-batches"),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"status"}]"#, INVALID_REQUEST, "no-batches"),
        ("7", INVALID_REQUEST, "bad-request"),
        (r#"{"jsonrpc":"1.0","method":"status"}"#, INVALID_REQUEST, "bad-request"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"status"}"#, INVALID_REQUEST, "bad-request"),
        (r#"{"jsonrpc":"2.0","method":7}"#, INVALID_REQUEST, "bad-request"),
    ] {
        assert_eq!(rig.refused(line).await, (Value::Null, code, fault.to_owned()), "{line}");
    }
    for (line, code, fault) in [
        (r#"{"jsonrpc":"2.0","id":"a","method":"impersonate"}"#, METHOD_NOT_FOUND, "unknown-method"),
        (r#"{"jsonrpc":"2.0","id":"a","method":"send","params":{"who":"a"}}"#, INVALID_PARAMS, "bad-params"),
        (r#"{"jsonrpc":"2.0","id":"a","method":"send","params":["a","b"]}"#, INVALID_PARAMS, "bad-params"),
        (r#"{"jsonrpc":"2.0","id":"a","method":"status","params":{"as":"b"}}"#, INVALID_PARAMS, "bad-params"),
    ] {
        assert_eq!(rig.refused(line).await, (json!("a"), code, fault.to_owned()), "{line}");
    }
    // And the next one is served.
    rig.say(r#"{"jsonrpc":"2.0","id":9,"method":"status"}"#).await;
    let call = rig.calls.recv().await.unwrap();
    assert_eq!(call.request, Request::Status {});
    call.reply.send(Err(Fault::with("locked", 3))).unwrap();
    let answer = rig.hear().await;
    assert_eq!(answer["id"], 9);
    assert_eq!(
        answer["error"],
        json!({"code": APPLICATION_ERROR, "message": "locked", "data": {"code": "locked", "detail": "3"}})
    );
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_and_the_next_is_served() {
    let mut rig = Rig::new();
    let long = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"send","params":"{}"}}"#, "x".repeat(REQUEST_BYTES_MAX));
    let (id, code, fault) = rig.refused(&long).await;
    assert_eq!((id, code, fault.as_str()), (Value::Null, INVALID_REQUEST, "request-too-long"));
    rig.say(r#"{"jsonrpc":"2.0","id":2,"method":"whoami"}"#).await;
    rig.calls.recv().await.unwrap().reply.send(Ok(json!({"login": "a"}))).unwrap();
    assert_eq!(rig.hear().await, json!({"jsonrpc": "2.0", "id": 2, "result": {"login": "a"}}));
}

#[tokio::test]
async fn a_slow_answer_holds_up_no_other_and_each_goes_to_its_question() {
    let mut rig = Rig::new();
    rig.say(r#"{"jsonrpc":"2.0","id":"slow","method":"send","params":{"who":"a","text":"b","wait_ms":60000}}"#).await;
    let slow = rig.calls.recv().await.unwrap();
    rig.say(r#"{"jsonrpc":"2.0","id":"quick","method":"status"}"#).await;
    rig.calls.recv().await.unwrap().reply.send(Ok(json!(1))).unwrap();
    assert_eq!(rig.hear().await["id"], "quick");
    slow.reply.send(Ok(json!(2))).unwrap();
    assert_eq!(rig.hear().await, json!({"jsonrpc": "2.0", "id": "slow", "result": 2}));
}

#[tokio::test]
async fn a_caller_watches_and_asks_on_one_connection() {
    let mut rig = Rig::new();
    rig.say(r#"{"jsonrpc":"2.0","id":1,"method":"watch"}"#).await;
    assert_eq!(rig.hear().await, json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    rig.events.send(json!({"event": "message", "text": "hello"})).unwrap();
    let event = rig.hear().await;
    assert_eq!((&event["method"], &event["params"]["text"]), (&json!("event"), &json!("hello")));
    assert!(event.get("id").is_none());
    rig.say(r#"{"jsonrpc":"2.0","id":2,"method":"status"}"#).await;
    rig.calls.recv().await.unwrap().reply.send(Ok(json!({}))).unwrap();
    assert_eq!(rig.hear().await["id"], 2);
}

#[tokio::test]
async fn a_notification_is_carried_out_and_not_answered() {
    let mut rig = Rig::new();
    rig.say(r#"{"jsonrpc":"2.0","method":"send","params":{"who":"a","text":"b"}}"#).await;
    let call = rig.calls.recv().await.unwrap();
    call.reply.send(Err(Fault::new("unknown-person"))).unwrap();
    rig.say("").await;
    assert_eq!(rig.refused("{").await.2, "bad-json", "the first answer is to the next line");
}

#[tokio::test]
async fn whoever_has_said_everything_still_gets_the_answers() {
    let mut rig = Rig::new();
    rig.say(r#"{"jsonrpc":"2.0","id":1,"method":"status"}"#).await;
    let call = rig.calls.recv().await.unwrap();
    rig.stream.get_mut().shutdown().await.unwrap();
    call.reply.send(Ok(json!({}))).unwrap();
    let mut rest = String::new();
    rig.stream.read_to_string(&mut rest).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&rest).unwrap()["id"], 1);
}
