//! How the engine's state looks to callers: the objects of docs/cli.md. Fields are a stable contract; words for people are not here.

use protocol::ids::MessageId;
use serde_json::{Value, json};

use super::organization::OwnAccess;
use super::requests::Refused;
use super::{Engine, EngineError, PeerState, Server};
use crate::core::outbox::{MessageState, Refusal, Waiting};
use crate::core::peer::{LinkState, Relation};
use crate::core::trust::Age;
use crate::store::records::MessageRecord;

/// `queued | sent | delivered | read`, and `refused` with a reason.
pub(super) const fn state_word(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued => "queued",
        MessageState::Sent { .. } => "sent",
        MessageState::Delivered => "delivered",
        MessageState::Read => "read",
        MessageState::Refused(_) => "refused",
    }
}

pub(super) const fn state_reason(state: MessageState) -> Option<&'static str> {
    match state {
        MessageState::Refused(refusal) => Some(refusal_word(refusal)),
        MessageState::Queued | MessageState::Sent { .. } | MessageState::Delivered | MessageState::Read => None,
    }
}

pub(super) const fn refusal_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::PeerRevoked => "person-left",
        Refusal::PeerRefused => "person-refused",
        Refusal::Expired => "expired",
        Refusal::DeviceRevoked => "device-revoked",
        Refusal::TakenBack => "taken-back",
        Refusal::NotMember => "not-member",
    }
}

pub(super) const fn waiting_word(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Device => "device",
        Waiting::Contact => "contact",
        Waiting::Verification => "verification",
        Waiting::Identity => "identity-reset",
        Waiting::PeerOffline => "peer-offline",
        Waiting::Revocations => "revocations-unknown",
        Waiting::Lane => "lane",
        Waiting::Roster => "two-rosters",
        Waiting::Acknowledgements => "acknowledgements",
    }
}

pub(super) const fn relation_word(relation: Relation) -> &'static str {
    match relation {
        Relation::Stranger => "none",
        Relation::Contacting => "asked",
        Relation::Asked => "asks",
        Relation::Accepted => "accepted",
        Relation::Refused => "refused",
        Relation::Blocked => "blocked",
        Relation::Revoked => "revoked",
    }
}

/// How well revocations are known.
const fn age_word(age: Age) -> &'static str {
    match age {
        Age::Fresh => "known",
        Age::Stale => "stale",
        Age::Expired => "expired",
    }
}

pub(super) fn path_of(peer: &PeerState) -> Option<&'static str> {
    let link = peer.machine.open_link()?;
    Some(peer.links.get(&link)?.path?.as_str())
}

impl Engine {
    pub(super) fn view_whoami(&self) -> Value {
        json!({
            "login": self.me.account.login.expose(),
            "name": self.me.account.name.expose(),
            "member_id": self.me.account.member,
            "device_id": self.me.device,
            "organization": self.me.account.organization,
        })
    }

    pub(super) fn view_status(&self, outbox: usize) -> Result<Value, Refused> {
        let links: Vec<_> = self
            .peers
            .values()
            .filter(|peer| peer.record.relation != Relation::Stranger)
            .map(|peer| {
                let state = if peer.record.relation == Relation::Revoked {
                    LinkState::Closed
                } else {
                    peer.machine.link_state()
                };
                let member = peer.record.member;
                let mut link = json!({"peer": self.login_of(member), "path": path_of(peer), "state": state});
                if let Some(reached_ms) = self.reached_ms(member)? {
                    link["reached_ms"] = reached_ms.into();
                }
                Ok(link)
            })
            .collect::<Result<_, EngineError>>()?;
        let (server, refused) = match self.server_state() {
            Server::Online => ("online", None),
            Server::Offline => ("offline", None),
            Server::Refused(code) => ("offline", Some(super::organization::refusal_code(code))),
        };
        let mut status = json!({
            "state": "open",
            "server": server,
            "revocations_known_ms": self.trust.known_at().map(|at| at.as_millis()),
            "directory_key_serial": self.me.account.directory_key_serial,
            "directory_key_until_ms": self.me.account.directory_key_until.map(|until| until.as_millis()),
            "revocations": age_word(self.trust.age(crate::clock::now())),
            "links": links,
            "outbox": outbox,
        });
        if let Some(reset) = &self.log_reset {
            status["log_reset"] = super::succession::view(reset);
        }
        if self.trust.fork().is_some() {
            status["alarm"] = "fork".into();
        }
        if let Some(reason) = self.revocation_reason().or(refused) {
            status["reason"] = reason.into();
        }
        Ok(status)
    }

    fn revocation_reason(&self) -> Option<&'static str> {
        match self.own_access() {
            OwnAccess::Holds => None,
            OwnAccess::Lost => Some("enrollment-lost"),
            OwnAccess::Unprotected => Some("passphrase-required"),
            OwnAccess::Ended if self.is_replaced() => Some("identity-reset"),
            OwnAccess::Ended => Some("revoked"),
        }
    }

    pub(super) fn view_message(&self, record: &MessageRecord, file: Option<Value>) -> Result<Value, Refused> {
        // A message of theirs is here, so it was delivered.
        let state = record.state.map_or("delivered", state_word);
        let mut view = json!({
            "message_id": record.message,
            "from": self.login_of(record.author),
            "text": Value::Null,
            "state": state,
            "sent_ms": record.clock.ms,
        });
        if let Some(reason) = record.state.and_then(state_reason) {
            view["reason"] = reason.into();
        }
        if let Some(file) = file {
            view["file"] = file;
        }
        self.add_marks(&mut view, record)?;
        Ok(view)
    }

    pub(super) fn view_sent(message: MessageId, state: &str) -> Value {
        json!({"message_id": message, "state": state})
    }
}
