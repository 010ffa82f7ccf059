//! Notifications as a desktop gets them: a real D-Bus daemon of this test alone, and a desktop that writes down what it is asked to show.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use client_cli::rpc::{EngineHandle, Request};
use client_cli::ui::notifications::{Bus, Notifications};
use client_cli::words::Words;
use protocol::policy::Preview;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{broadcast, mpsc};
use zbus::zvariant::OwnedValue;

use super::enrolled::Running;

/// How long a desktop may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the desktop was asked.
#[derive(Debug, PartialEq)]
enum Asked {
    Show { replaces: u32, title: String, text: String },
    Close(u32),
}

struct FakeDesktop {
    asked: mpsc::Sender<Asked>,
    next: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl FakeDesktop {
    #[zbus(name = "GetCapabilities")]
    async fn capabilities(&self) -> Vec<String> {
        vec!["body".into(), "body-markup".into()]
    }

    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    async fn notify(
        &mut self,
        _application: String,
        replaces: u32,
        _icon: String,
        title: String,
        text: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _time: i32,
    ) -> u32 {
        self.asked.send(Asked::Show { replaces, title, text }).await.unwrap();
        self.next += 1;
        self.next
    }

    async fn close_notification(&self, id: u32) {
        self.asked.send(Asked::Close(id)).await.unwrap();
    }
}

/// A bus, a desktop on it, and an engine of a few lines.
struct Rig {
    asked: mpsc::Receiver<Asked>,
    events: broadcast::Sender<Value>,
    _desktop: zbus::Connection,
    _daemon: Running,
    _folder: TempDir,
}

impl Rig {
    async fn new(most: Preview, policy: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (daemon, address) = daemon(&folder);
        let (asked_in, asked) = mpsc::channel(16);
        let desktop = zbus::connection::Builder::address(address.as_str())
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", FakeDesktop { asked: asked_in, next: 0 })
            .unwrap()
            .build()
            .await
            .unwrap();
        let (calls_in, mut calls) = mpsc::channel::<client_cli::engine::port::Call>(16);
        let (events, _) = broadcast::channel(16);
        let engine = EngineHandle { calls: calls_in, events: events.clone() };
        tokio::spawn(async move {
            while let Some(call) = calls.recv().await {
                let answer = match call.request {
                    Request::Organization {} => json!({"rules": [{"policy": "notification.preview", "value": policy}]}),
                    Request::People { .. } => json!([{"login": "c.dupont", "name": "Claire Dupont"}]),
                    other => panic!("{other:?}"),
                };
                call.reply.send(Ok(answer)).unwrap();
            }
        });
        let notifications = Notifications { bus: Bus::At(address), words: Words::of_tag("en"), most };
        tokio::spawn(notifications.run(engine));
        while events.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        Self { asked, events, _desktop: desktop, _daemon: daemon, _folder: folder }
    }

    fn message(&self, text: &str) {
        let event = json!({"event": "message", "message_id": "00", "from": "c.dupont", "sent_ms": 1, "text": text});
        self.events.send(event).unwrap();
    }

    async fn asked(&mut self) -> Asked {
        tokio::time::timeout(PATIENCE, self.asked.recv()).await.expect("nothing was shown").unwrap()
    }
}

fn daemon(folder: &TempDir) -> (Running, String) {
    let place = folder.path().display();
    let configuration = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig><type>session</type><listen>unix:dir={place}</listen><auth>EXTERNAL</auth>
        <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#
    );
    let file = folder.path().join("bus.conf");
    fs::write(&file, configuration).unwrap();
    let mut command = Command::new("dbus-daemon");
    command.arg("--config-file").arg(&file).args(["--nofork", "--print-address"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("dbus-daemon");
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (Running(child), address.trim().to_owned())
}

fn shown(replaces: u32, title: &str, text: &str) -> Asked {
    Asked::Show { replaces, title: title.into(), text: text.into() }
}

#[tokio::test]
async fn a_message_is_shown_and_a_later_one_of_the_same_person_takes_its_place() {
    let mut rig = Rig::new(Preview::Content, "content").await;
    rig.message("the <b>canary</b> & co\nsings");
    let text = "the &lt;b&gt;canary&lt;/b&gt; &amp; co sings";
    assert_eq!(rig.asked().await, shown(0, "Claire Dupont", text), "markup is text");
    rig.message("again");
    assert_eq!(rig.asked().await, shown(1, "Claire Dupont", "again"));
}

#[tokio::test]
async fn no_more_is_shown_than_was_asked_for_and_than_the_policy_permits() {
    for (most, policy, title) in [
        (Preview::Sender, "content", "Claire Dupont"),
        (Preview::Content, "sender", "Claire Dupont"),
        (Preview::Content, "none", "New message"),
        (Preview::Content, "a word of later", "New message"),
    ] {
        let mut rig = Rig::new(most, policy).await;
        rig.message("the canary sings");
        assert_eq!(rig.asked().await, shown(0, title, ""), "{policy}");
    }
}

#[tokio::test]
async fn what_stands_there_goes_when_the_device_is_locked() {
    let mut rig = Rig::new(Preview::Content, "content").await;
    rig.message("the canary sings");
    rig.asked().await;
    rig.events.send(json!({"event": "locked"})).unwrap();
    assert_eq!(rig.asked().await, Asked::Close(1));
}

#[tokio::test]
async fn what_stands_there_goes_with_its_message_and_with_the_words_that_were_changed() {
    for event in [
        json!({"event": "gone", "messages": ["00"]}),
        json!({"event": "deleted", "message_id": "00"}),
        json!({"event": "edited", "message_id": "00", "text": "other words"}),
    ] {
        let mut rig = Rig::new(Preview::Content, "content").await;
        rig.message("the canary sings");
        rig.asked().await;
        rig.events.send(json!({"event": "gone", "messages": ["01"]})).unwrap();
        rig.events.send(event).unwrap();
        assert_eq!(rig.asked().await, Asked::Close(1));
    }
}

#[tokio::test]
async fn what_deletes_itself_is_not_quoted() {
    let mut rig = Rig::new(Preview::Content, "content").await;
    let event = json!({"event": "message", "message_id": "00", "from": "c.dupont", "text": "canary", "lifetime_s": 30});
    rig.events.send(event).unwrap();
    assert_eq!(rig.asked().await, shown(0, "Claire Dupont", ""));
}
