//! What callers ask of the engine, one function a request. Every refusal has a code with words in each language.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::ids::{FileId, MemberId};
use protocol::message::{Context, MessageBody};
use protocol::policy::Version;
use protocol::secret::Personal;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::composing::checked_text;
use super::groups::{Place, refused};
use super::organization::OwnAccess;
use super::port::{Answer, Beside, Call, Fault, Request};
use super::{Engine, EngineError};
use crate::clock;
use crate::core::peer::Relation;
use crate::store::VaultError;

/// Why a request ended without an answer of its own.
pub(super) enum Refused {
    /// The caller's business.
    Fault(Fault),
    /// The engine cannot go on.
    Engine(EngineError),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<E: Into<EngineError>> From<E> for Refused {
    fn from(error: E) -> Self {
        match error.into() {
            // The old state is intact and the person can make room.
            error if error.is_disk_full() => Self::Fault(Fault::new("disk-full")),
            error => Self::Engine(error),
        }
    }
}

pub(super) type Reply = oneshot::Sender<Answer>;

impl Engine {
    /// Answers now, or once the server's first word came: right after a start nobody would be known yet.
    pub(super) fn answer(&mut self, call: Call) -> Result<(), EngineError> {
        if self.is_ready_for(&call.request) {
            return self.answer_now(call);
        }
        self.early.push(call);
        Ok(())
    }

    pub(super) fn answer_early(&mut self) -> Result<(), EngineError> {
        for call in std::mem::take(&mut self.early) {
            self.answer(call)?;
        }
        Ok(())
    }

    fn is_ready_for(&self, request: &Request) -> bool {
        let is_patient = clock::now() < self.settling_until;
        match needs(request) {
            Needs::Nothing => true,
            Needs::People => !is_patient || self.is_settled(),
            Needs::Devices => !is_patient || (self.is_settled() && (self.tried || self.has_devices())),
        }
    }

    fn answer_now(&mut self, call: Call) -> Result<(), EngineError> {
        let Call { request, reply } = call;
        if let Err(fault) = self.refuse_unprotected(&request) {
            return finish(Err(fault.into()), reply);
        }
        if let Some(Ok(member)) = named(&request).map(|who| self.find(who)) {
            self.meet(member)?;
        }
        let answer = match request {
            Request::Whoami {} => Ok(self.view_whoami()),
            Request::People { query, limit } => Ok(self.people(&query, limit)),
            Request::Contacts {} => Ok(self.contacts()),
            Request::Decide { who, decision, number } => self.decide(&who, decision, number.as_deref()),
            Request::Verify { who, confirm, number } => self.verify(&who, confirm, number.as_deref()),
            Request::Send { who, text, wait_ms, beside } => {
                return self.send_text((&who, text, &beside), wait_ms, reply);
            }
            Request::SendFile { who, path, wait_ms, beside } => {
                return match self.file_to(&who, &beside) {
                    Ok(to) => self.send_file(to, PathBuf::from(path), wait_ms, reply),
                    Err(refused) => finish(Err(refused), reply),
                };
            }
            Request::Files {} => self.files(),
            Request::Save { file, path } => return self.save_file(&file, PathBuf::from(path), reply),
            Request::Cancel { file } => self.cancel_file(&file),
            Request::PauseFile { file } => self.pause_file(&file),
            Request::ResumeFile { file } => self.resume_file(&file),
            Request::LimitFiles { set } => self.limit_files(set),
            Request::Conversations {} => self.conversations(),
            Request::History { who, before, last } => self.history(&who, before.as_deref(), last),
            Request::Page { who, before, last } => self.page(&who, before.as_deref(), last),
            Request::Seen { who, up_to } => self.seen(&who, &up_to),
            Request::Outbox {} => self.outbox(),
            Request::Status {} => self.status(),
            Request::Organization {} => Ok(self.organization()),
            Request::Evidence {} => self.evidence(),
            Request::Checkpoint {} => self.checkpoint(),
            Request::Receipts { choose } => self.receipts(choose),
            Request::Edit { message, text, wait_ms } => return self.edit(&message, text, wait_ms, reply),
            Request::Delete { message, wait_ms } => return self.delete(&message, wait_ms, reply),
            Request::React { message, emoji, wait_ms } => return self.react(&message, emoji, wait_ms, reply),
            Request::Forward { message, who, wait_ms } => return self.forward(&message, &who, wait_ms, reply),
            Request::Export { who, after } => self.export(&who, after.as_deref()),
            Request::Timer { who, set } => self.timer(&who, set),
            Request::Search { words, with, before, last } => {
                self.search(&words, with.as_deref(), before.as_deref(), last)
            }
            Request::SetPassphrase { present, next } => self.set_passphrase(present, next),
            // The guard in front of the engine answers them.
            Request::Lock {} | Request::Unlock { .. } => Err(Fault::new("bad-request").into()),
            Request::Watch {} | Request::Present {} => Ok(json!({})),
            Request::Groups {} => self.groups(),
            Request::Group { group } => self.show_group(&group),
            Request::GroupCreate { name, members } => self.create_group(&name, &members),
            Request::GroupPicture { group } => self.group_picture(&group),
            Request::GroupFromDirectory { from, name } => self.create_from_directory(name.as_deref(), &from),
            Request::GroupSync { group, confirm } => self.sync_group(&group, confirm),
            Request::GroupChange { group, change } => self.change_group(&group, change),
        };
        finish(answer, reply)
    }

    fn people(&self, query: &str, limit: Option<usize>) -> Value {
        let query = query.to_lowercase();
        let matches = |text: &Personal<String>| text.expose().to_lowercase().contains(&query);
        let me = self.me.account.member;
        self.trust
            .people()
            .filter(|person| matches(&person.login) || matches(&person.name) || person.member.to_string() == query)
            .take(limit.unwrap_or(usize::MAX))
            .map(|person| {
                let mut row = json!({"login": self.login_of(person.member), "name": person.name.expose()});
                self.add_reset(person.member, &mut row);
                if person.member == me {
                    row["you"] = true.into();
                }
                row
            })
            .collect()
    }

    /// A row for each person, whatever devices they had.
    pub(super) fn contacts(&self) -> Value {
        let known = self.peers.values().map(|peer| &peer.record).filter(|peer| peer.relation != Relation::Stranger);
        let people: BTreeSet<MemberId> = known.map(|peer| peer.member).chain(self.newcomers()).collect();
        let row = |member: MemberId| {
            let key = self.trust.facts().identity_key(member);
            let is_verified = key.is_some() && self.peers_of(member).any(|peer| peer.record.verified == key);
            let mut row = json!({
                "login": self.login_of(member),
                "name": self.name_of(member),
                "relation": super::views::relation_word(self.relation_of(member)),
                "verified": is_verified,
            });
            self.add_reset(member, &mut row);
            row
        };
        people.into_iter().map(row).collect()
    }

    /// Whether this device may send anything.
    pub(super) fn may_send_now(&self) -> Result<(), Fault> {
        match self.own_access() {
            OwnAccess::Holds => {}
            OwnAccess::Lost => return Err(Fault::new("enrollment-lost")),
            OwnAccess::Unprotected => return Err(Fault::new("passphrase-required")),
            OwnAccess::Ended => return Err(Fault::new("device-revoked")),
        }
        if self.trust.policy().client_min_version() > Version::current() {
            return Err(Fault::new("client-too-old"));
        }
        Ok(())
    }

    /// A person to whom something may be sent.
    pub(super) fn find_recipient(&self, who: &str) -> Result<MemberId, Fault> {
        self.may_send_now()?;
        let member = self.find(who)?;
        if member == self.me.account.member {
            return Err(Fault::new("yourself"));
        }
        self.refuse_reassigned(who)?;
        self.refuse_shared(who)?;
        if self.acquaintances().has_left(member) {
            return Err(Fault::new("person-left"));
        }
        self.refuse_held(member)?;
        let has_device = self.trust.facts().live_devices(member).next().is_some();
        let left = self.peers_of(member).any(|peer| peer.record.relation == Relation::Revoked);
        if !has_device && (left || self.trust.person(member).is_none()) {
            return Err(Fault::new("person-left"));
        }
        let relations: Vec<_> = self.peers_of(member).map(|peer| peer.record.relation).collect();
        if relations.contains(&Relation::Blocked) && !relations.contains(&Relation::Accepted) {
            return Err(Fault::new("person-blocked"));
        }
        self.may_talk_to(member)?;
        Ok(member)
    }

    fn file_to(&self, who: &str, beside: &Beside) -> Result<(Place, Context), Refused> {
        let to = self.recipient(who)?;
        Ok((to, self.context_for(to, "", beside)?))
    }

    fn send_text(
        &mut self,
        (who, text, beside): (&str, String, &Beside),
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        let sent = self.recipient(who).and_then(|to| {
            checked_text(&text)?;
            let context = self.context_for(to, &text, beside)?;
            self.queue(to, MessageBody::Text { text: text.into(), context }, |_| Ok(())).map_err(refused)
        });
        let message = match sent {
            Ok(message) => message,
            Err(refused) => return finish(Err(refused), reply),
        };
        self.answer_sent(message, Self::view_sent(message, "queued"), wait_ms, reply)
    }

    /// Answers now with the message's state, or when it is delivered.
    pub(super) fn answer_sent(
        &mut self,
        message: protocol::ids::MessageId,
        mut answer: Value,
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        match wait_ms {
            Some(wait_ms) => {
                self.wait_for((message, wait_ms, answer, reply));
                Ok(())
            }
            None => {
                let kept = self.vault.read(|tx| super::messages::record(tx, message))?;
                if let Some(state) = kept.and_then(|kept| kept.state) {
                    answer["state"] = super::views::state_word(state).into();
                }
                finish(Ok(answer), reply)
            }
        }
    }

    fn outbox(&mut self) -> Result<Value, Refused> {
        let entries = self.outbox_entries()?;
        entries
            .into_iter()
            .map(|entry| {
                let mut row = json!({
                    "message_id": entry.message,
                    "state": super::views::state_word(entry.state),
                    "reason": entry.waiting.map(super::views::waiting_word),
                });
                self.add_destination(&entry, &mut row)?;
                let reached = entry.owed.iter().filter_map(|member| self.reached_ms(*member).transpose()).next();
                if let Some(reached_ms) = reached.transpose()? {
                    row["reached_ms"] = reached_ms.into();
                }
                Ok(row)
            })
            .collect::<Result<_, Refused>>()
    }

    /// As the server signed it: whoever restores the server is asked for the newest one that is known.
    fn checkpoint(&self) -> Result<Value, Refused> {
        let note = self.trust.newest_note().ok_or_else(|| Fault::new("directory-unknown"))?;
        let known_ms = self.trust.known_at().map(|at| at.as_millis());
        let note = String::from_utf8_lossy(note);
        Ok(json!({"entries": self.trust.log_size(), "time_ms": known_ms, "note": note}))
    }

    fn status(&mut self) -> Result<Value, Refused> {
        let outbox = self.outbox_entries()?.len();
        self.view_status(outbox)
    }

    fn evidence(&self) -> Result<Value, Refused> {
        let report = self.trust.fork_report().ok_or_else(|| Fault::new("no-evidence"))?;
        serde_json::to_value(report).map_err(|_| Fault::new("internal").into())
    }
}

/// What must be known before a request can be answered.
enum Needs {
    Nothing,
    People,
    Devices,
}

const fn needs(request: &Request) -> Needs {
    match request {
        Request::People { .. }
        | Request::Send { .. }
        | Request::SendFile { .. }
        | Request::Edit { .. }
        | Request::React { .. }
        | Request::Forward { .. }
        | Request::Timer { .. }
        | Request::Status {}
        | Request::Organization {}
        | Request::GroupCreate { .. }
        | Request::GroupPicture { .. }
        | Request::GroupFromDirectory { .. }
        | Request::GroupSync { .. }
        | Request::GroupChange { .. }
        | Request::Checkpoint {} => Needs::People,
        Request::Decide { .. } | Request::Verify { .. } => Needs::Devices,
        Request::Whoami {}
        | Request::Contacts {}
        | Request::Files {}
        | Request::Save { .. }
        | Request::Cancel { .. }
        | Request::PauseFile { .. }
        | Request::ResumeFile { .. }
        | Request::LimitFiles { .. }
        | Request::Conversations {}
        | Request::History { .. }
        | Request::Page { .. }
        | Request::Seen { .. }
        | Request::Outbox {}
        | Request::Evidence {}
        | Request::Delete { .. }
        | Request::Receipts { .. }
        | Request::Watch {}
        | Request::Export { .. }
        | Request::Search { .. }
        | Request::Lock {}
        | Request::Unlock { .. }
        | Request::SetPassphrase { .. }
        | Request::Present {}
        | Request::Groups {}
        | Request::Group { .. } => Needs::Nothing,
    }
}

/// The person whom a request names.
fn named(request: &Request) -> Option<&str> {
    match request {
        Request::Send { who, .. }
        | Request::SendFile { who, .. }
        | Request::Forward { who, .. }
        | Request::Decide { who, .. }
        | Request::Verify { who, .. }
        | Request::Timer { who, .. } => Some(who),
        _ => None,
    }
}

/// A file id as a caller wrote it.
pub(super) fn file_id(text: &str) -> Result<FileId, Fault> {
    text.parse().map_err(|_| Fault::new("unknown-file"))
}

/// Answers, unless the engine itself cannot go on.
pub(super) fn finish(answer: Result<Value, Refused>, reply: Reply) -> Result<(), EngineError> {
    let (answer, end) = match answer {
        Ok(answer) => (Ok(answer), Ok(())),
        Err(Refused::Fault(fault)) => (Err(fault), Ok(())),
        Err(Refused::Engine(error @ EngineError::Vault(VaultError::Wiped))) => {
            (Err(Fault::new("vault-wiped")), Err(error))
        }
        Err(Refused::Engine(error)) => (Err(Fault::new("internal")), Err(error)),
    };
    // The caller may have gone.
    let _ = reply.send(answer);
    end
}
