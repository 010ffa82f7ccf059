//! Notifications on the desktop (Desktop Notifications Specification 1.2, over D-Bus): that a message came, from whom, and what it says, as
//! far as the person asked for it and the policy `notification.preview` permits. What deletes itself is never quoted. While the device is
//! locked there must be none, and one goes when the message that it is about does, or says something else.

use std::collections::{BTreeMap, HashMap};

use protocol::policy::Preview;
use protocol::secret::Personal;
use serde_json::Value;
use tokio::sync::broadcast;
use zbus::Connection;

use crate::plain::plain;
use crate::rpc::{EngineHandle, Request};
use crate::words::Words;

/// People of whom a notification stands at a time; each has one.
const SHOWN_MAX: usize = 64;
/// Characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 200;
/// Characters of a name that are shown.
const NAME_CHARS_MAX: usize = 64;

const SERVICE: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";
/// The desktop decides how long one stands.
const ITS_OWN_TIME: i32 = -1;

/// Where the desktop is.
pub enum Bus {
    /// The person's own, as the environment says.
    Session,
    /// At this D-Bus address.
    At(String),
}

/// What is wanted.
pub struct Notifications {
    pub bus: Bus,
    pub words: Words,
    /// The most that is shown.
    pub most: Preview,
}

/// What stands in a notification.
#[derive(Debug, PartialEq, Eq)]
struct Notice {
    title: String,
    text: String,
}

impl Notifications {
    /// Notifies until the engine is gone. Without a desktop there is nobody to notify.
    pub async fn run(self, engine: EngineHandle) {
        let mut events = engine.events.subscribe();
        let mut desktop: Option<Desktop> = None;
        loop {
            let heard = tokio::select! {
                biased;
                heard = events.recv() => heard,
                () = engine.calls.closed() => Err(broadcast::error::RecvError::Closed),
            };
            let event = match heard {
                Ok(event) => event,
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    // Whichever message is gone may have been among what was missed.
                    clear(&mut desktop).await;
                    continue;
                }
                Err(broadcast::error::RecvError::Closed) => return clear(&mut desktop).await,
            };
            if event["event"] == "locked" {
                clear(&mut desktop).await;
            } else if let Some(reached) = &mut desktop
                && let Some(over) = over_with(&event)
            {
                reached.withdraw(&over).await;
            }
            if says_something_new(&event)
                && let Some((about, notice)) = self.notice(&engine, &event).await
            {
                if desktop.is_none() {
                    desktop = Desktop::reach(&self.bus).await;
                }
                if let Some(reached) = &mut desktop
                    && reached.show(about, &notice).await.is_err()
                {
                    // What stands there could not be taken back later; the desktop is looked for again with the next message.
                    clear(&mut desktop).await;
                    desktop = None;
                }
            }
        }
    }

    async fn notice(&self, engine: &EngineHandle, event: &Value) -> Option<(About, Notice)> {
        let permitted = permitted(&engine.ask(Request::Organization {}).await.ok()?);
        let preview = preview_of(self.most.min(permitted), event);
        let from = event["from"].as_str()?.to_owned();
        let message = event["message_id"].as_str().unwrap_or_default().to_owned();
        let name = if preview == Preview::Nothing { String::new() } else { name_of(engine, &from).await };
        let notice = notice(&self.words, preview, &name, event);
        Some((About { from: Personal::new(from), message, says: preview }, notice))
    }
}

/// About which message a notification is, and whose.
struct About {
    from: Personal<String>,
    message: String,
    says: Preview,
}

/// Messages of which nothing may stand there any more that says at least so much.
struct Over<'e> {
    messages: Vec<&'e str>,
    from: Preview,
}

fn says_something_new(event: &Value) -> bool {
    event["event"] == "message" && event["withdrawn"].is_null() && event["deleted"].is_null()
}

/// What is gone, or says something else now, which is no news.
fn over_with(event: &Value) -> Option<Over<'_>> {
    let messages = || event["message_id"].as_str().into_iter().collect();
    match event["event"].as_str()? {
        "gone" => {
            let messages = event["messages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            Some(Over { messages, from: Preview::Nothing })
        }
        "deleted" => Some(Over { messages: messages(), from: Preview::Nothing }),
        "edited" => Some(Over { messages: messages(), from: Preview::Content }),
        _ => None,
    }
}

/// A desktop may keep what it showed: what deletes itself is not said to it.
fn preview_of(permitted: Preview, event: &Value) -> Preview {
    // From the least to the most.
    if event["lifetime_s"].is_u64() { permitted.min(Preview::Sender) } else { permitted }
}

async fn clear(desktop: &mut Option<Desktop>) {
    if let Some(mut reached) = desktop.take() {
        reached.clear().await;
    }
}

/// What the policy permits; where it says nothing that is known, the least.
fn permitted(organization: &Value) -> Preview {
    let rules = organization["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rule = rules.iter().find(|rule| rule["policy"] == "notification.preview");
    match rule.and_then(|rule| rule["value"].as_str()) {
        Some("content") => Preview::Content,
        Some("sender") => Preview::Sender,
        _ => Preview::Nothing,
    }
}

async fn name_of(engine: &EngineHandle, login: &str) -> String {
    let people = engine.ask(Request::People { query: login.to_owned(), limit: None }).await.unwrap_or_default();
    let rows = people.as_array().map(Vec::as_slice).unwrap_or_default();
    let row = rows.iter().find(|row| row["login"] == login);
    row.and_then(|row| row["name"].as_str()).unwrap_or(login).to_owned()
}

fn notice(words: &Words, preview: Preview, name: &str, event: &Value) -> Notice {
    let title = match preview {
        Preview::Nothing => words.say("notify-message"),
        Preview::Sender | Preview::Content => {
            words.say_with("notify-message-from", &[("who", harmless(name, NAME_CHARS_MAX).into())])
        }
    };
    let text = match preview {
        Preview::Nothing | Preview::Sender => String::new(),
        Preview::Content => match (event["text"].as_str(), event["file"]["name"].as_str()) {
            (Some(text), _) => harmless(text, TEXT_CHARS_MAX),
            (None, Some(file)) => words.say_with("notify-file", &[("name", harmless(file, TEXT_CHARS_MAX).into())]),
            (None, None) => String::new(),
        },
    };
    Notice { title, text }
}

/// Text from elsewhere, on one line and no longer than this.
fn harmless(text: &str, chars_max: usize) -> String {
    let plain: String = plain(&text.replace('\n', " ")).chars().take(chars_max).collect();
    if text.chars().count() > chars_max { format!("{plain}…") } else { plain }
}

/// A desktop that shows notifications.
struct Desktop {
    connection: Connection,
    /// It reads a text as markup (a small subset of HTML).
    reads_markup: bool,
    /// By whose messages they are about.
    shown: BTreeMap<Personal<String>, Shown>,
}

/// A notification that stands there.
struct Shown {
    /// The desktop's.
    id: u32,
    /// Its message.
    message: String,
    says: Preview,
}

impl Desktop {
    async fn reach(bus: &Bus) -> Option<Self> {
        let connection = match bus {
            Bus::Session => Connection::session().await,
            Bus::At(address) => match zbus::connection::Builder::address(address.as_str()) {
                Ok(builder) => builder.build().await,
                Err(error) => Err(error),
            },
        };
        let connection = connection.inspect_err(|_| tracing::debug!("no desktop shows notifications")).ok()?;
        let asked = connection.call_method(Some(SERVICE), OBJECT, Some(SERVICE), "GetCapabilities", &()).await.ok()?;
        let capabilities: Vec<String> = asked.body().deserialize().ok()?;
        let reads_markup = capabilities.iter().any(|capability| capability == "body-markup");
        Some(Self { connection, reads_markup, shown: BTreeMap::new() })
    }

    /// A later one about the same person takes the place of the one before.
    async fn show(&mut self, about: About, notice: &Notice) -> zbus::Result<()> {
        let About { from, message, says } = about;
        let before = self.shown.get(&from).map(|shown| shown.id).unwrap_or_default();
        let text = if self.reads_markup { escaped(&notice.text) } else { notice.text.clone() };
        let hints: HashMap<&str, zbus::zvariant::Value<'_>> =
            [("category", "im.received".into()), ("desktop-entry", "isoloir".into())].into();
        let actions: [&str; 0] = [];
        let call =
            ("Isoloir", before, "", notice.title.as_str(), text.as_str(), actions.as_slice(), hints, ITS_OWN_TIME);
        let answer = self.connection.call_method(Some(SERVICE), OBJECT, Some(SERVICE), "Notify", &call).await?;
        let id: u32 = answer.body().deserialize()?;
        self.shown.insert(from, Shown { id, message, says });
        // One that nobody knows of here would outlive its message.
        if self.shown.len() > SHOWN_MAX
            && let Some((oldest, id)) =
                self.shown.iter().map(|(from, shown)| (from.clone(), shown.id)).min_by_key(|(_, id)| *id)
        {
            self.shown.remove(&oldest);
            self.close(id).await;
        }
        Ok(())
    }

    /// Those about these messages go.
    async fn withdraw(&mut self, over: &Over<'_>) {
        let is_over = |shown: &Shown| shown.says >= over.from && over.messages.contains(&shown.message.as_str());
        let over = self.shown.iter().filter(|(_, shown)| is_over(shown));
        let over: Vec<_> = over.map(|(from, _)| from.clone()).collect();
        for from in over {
            if let Some(shown) = self.shown.remove(&from) {
                self.close(shown.id).await;
            }
        }
    }

    async fn clear(&mut self) {
        for shown in std::mem::take(&mut self.shown).into_values() {
            self.close(shown.id).await;
        }
    }

    async fn close(&self, id: u32) {
        // The person may have closed it, or the desktop has.
        let closing = self.connection.call_method(Some(SERVICE), OBJECT, Some(SERVICE), "CloseNotification", &(id));
        let _ = closing.await;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_more_is_said_than_is_permitted() {
        let words = Words::of_tag("en");
        let event = json!({"event": "message", "from": "c.dupont", "text": "the canary\nsings"});
        let said = |preview| notice(&words, preview, "Claire Dupont", &event);
        assert_eq!(said(Preview::Nothing), Notice { title: "New message".into(), text: String::new() });
        assert_eq!(said(Preview::Sender), Notice { title: "Claire Dupont".into(), text: String::new() });
        assert_eq!(said(Preview::Content), Notice { title: "Claire Dupont".into(), text: "the canary sings".into() });
        let file = json!({"event": "message", "from": "c.dupont", "file": {"name": "a\u{202e}b\u{7}.pdf"}});
        assert!(notice(&words, Preview::Content, "x", &file).text.contains("a\u{25a1}b\u{25a1}.pdf"));
        assert_eq!(harmless(&"é".repeat(300), TEXT_CHARS_MAX).chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn what_deletes_itself_is_not_quoted_and_what_is_gone_is_nowhere() {
        let brief = json!({"event": "message", "from": "x", "text": "canary", "lifetime_s": 30});
        assert_eq!(preview_of(Preview::Content, &brief), Preview::Sender);
        assert_eq!(preview_of(Preview::Nothing, &brief), Preview::Nothing);
        assert_eq!(preview_of(Preview::Content, &json!({"event": "message", "lifetime_s": null})), Preview::Content);
        assert_eq!(over_with(&json!({"event": "gone", "messages": ["a", "b"]})).unwrap().messages, ["a", "b"]);
        for event in ["deleted", "edited"] {
            let event = json!({"event": event, "message_id": "a", "text": "other words"});
            assert_eq!(over_with(&event).unwrap().messages, ["a"]);
            assert!(!says_something_new(&event), "an act is no news");
        }
        assert!(over_with(&json!({"event": "message", "message_id": "a"})).is_none());
        assert!(!says_something_new(&json!({"event": "message", "message_id": "a", "deleted": true})));
    }

    #[test]
    fn a_policy_that_is_not_understood_permits_the_least() {
        let organization = |value: &str| json!({"rules": [{"policy": "notification.preview", "value": value}]});
        assert_eq!(permitted(&organization("content")), Preview::Content);
        assert_eq!(permitted(&organization("sender")), Preview::Sender);
        for other in [organization("none"), organization("sometimes"), json!({}), json!({"rules": []})] {
            assert_eq!(permitted(&other), Preview::Nothing);
        }
        assert_eq!(Preview::Content.min(Preview::Sender), Preview::Sender);
    }
}
