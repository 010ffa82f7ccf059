//! Erasing a person from everything that the server keeps: rows, sign-in links, codes, what a provider said, and the key under which
//! the audit names them. Every proof goes on verifying. It must never answer before no file of the database holds the person any more,
//! nor let a source bring the person back by itself. What was copied elsewhere is counted, for whoever has to purge it.

use protocol::audit::{AuditEntry, AuditEvent, Cause, Party};
use protocol::codec;
use protocol::ids::{MemberId, Pseudonym};
use protocol::time::Timestamp;
use serde_json::Value;

use crate::domain::access::{AuditErase, Grant};
use crate::domain::approval::Act;
use crate::domain::erasure::Tomb;
use crate::domain::member::{Listing, Login, Member, Source};
use crate::domain::person::Event;
use crate::storage::{self, StorageError, Tx};

use super::audit::AUDIT_PAGE_ENTRIES_MAX;
use super::change::Change;
use super::people::Whom;
use super::standing::happen;
use super::{Fault, ServiceError, Services, Thing};

/// Copies that are told one by one.
pub const COPIES_TOLD_MAX: usize = 100;

/// Copies of before, which only their keeper can purge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// When the newest of them were taken, the oldest of these first.
    pub backups: Vec<Timestamp>,
    pub backup_count: u64,
    /// Exports of the audit; they hold pseudonyms, whose key is gone here.
    pub exports: Vec<Timestamp>,
    pub export_count: u64,
    /// Times that everything about the person was taken out; those files hold the name.
    pub taken_out: Vec<Timestamp>,
    pub taken_out_count: u64,
}

impl Copies {
    /// Of somebody whom the audit names by this pseudonym.
    fn note(&mut self, entry: &AuditEntry, whose: Option<[u8; 16]>) {
        let is_own = || whose.is_some() && entry.subject.as_ref().map(|subject| subject.pseudonym) == whose;
        let (list, count) = match entry.event {
            AuditEvent::BackupTaken { .. } => (&mut self.backups, &mut self.backup_count),
            AuditEvent::AuditExported { .. } => (&mut self.exports, &mut self.export_count),
            AuditEvent::PersonExported if is_own() => (&mut self.taken_out, &mut self.taken_out_count),
            _ => return,
        };
        *count += 1;
        if list.len() == COPIES_TOLD_MAX {
            list.remove(0);
        }
        list.push(entry.at);
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub member: MemberId,
    /// Under which the audit named the person, if it did.
    pub pseudonym: Option<Pseudonym>,
    pub copies: Copies,
    /// An administrator has the name that the person had as login: an account of its own, which is erased by itself.
    pub administrator: bool,
}

impl Services {
    /// Erases a person who is suspended, has left or was removed. It returns when the files of the database hold nothing of them;
    /// should that fail, it is done later. Whoever stops waiting for it stops nothing.
    pub async fn erase_person(
        &self,
        grant: &Grant<AuditErase>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<Erasure, ServiceError> {
        let whom = whom.into();
        let alone = self.no_copy_under_way().await?;
        let copies = self.copies(self.pseudonym(whom).await?).await?;
        let mut change = self.inner.change().await?;
        let member = erasable(&mut change.tx, whom).await?;
        let mut change = self.gate(change, grant, Act::ErasePerson(member.id)).await?;
        let (id, backups) = (member.id, copies.backup_count);
        let (exports, taken_out) = (Some(copies.export_count), Some(copies.taken_out_count));
        let login = Login::parse(member.profile.login.expose()).ok();
        let mut administrator = false;
        if let Some(login) = login {
            let is_there = storage::administrator::find_name(&mut change.tx, &login).await?.is_some();
            administrator =
                is_there || !storage::administrator::removed_of_name(&mut change.tx, &login).await?.is_empty();
        }
        let party = codec::encode(&Party::Member(id));
        let is_named = storage::audit::party(&mut change.tx, &party).await?.is_some();
        let is_done =
            member.listing == Listing::Removed && *member.external_id.expose() == *id.to_string() && !is_named;
        let (mut pseudonym, mut decided) = (None, None);
        if !is_done {
            bury(&mut change, &member, self).await?;
            if member.listing != Listing::Removed {
                happen(&mut change, &member, Event::Removed, Cause::Administrator, grant.actor()).await?;
            }
            storage::erasure::forget(&mut change.tx, id).await?;
            change.touch(id);
            if let Some(row) = storage::audit::party(&mut change.tx, &party).await? {
                change.erase_party(&party).await?;
                pseudonym = Some(Pseudonym::from_bytes(row.pseudonym));
            }
            change
                .audit(AuditEvent::PersonErased { pseudonym, backups, exports, taken_out }, None, grant.actor())
                .await?;
            decided = Some(change.erasure_decided().await?);
        } else {
            drop(change);
        }
        self.carry_out_erasure(decided, alone).await?;
        // What was read for lists and searches goes as well; whoever asks for it next would see to that too.
        if let Err(error) = self.people_index().await {
            tracing::warn!(code = error.code(), "the list of people could not be made anew: {error}");
        }
        Ok(Erasure { member: id, pseudonym, copies, administrator })
    }

    /// By what the audit names whoever is to be erased, if it does.
    async fn pseudonym(&self, whom: Whom<'_>) -> Result<Option<[u8; 16]>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let member = erasable(&mut tx, whom).await?;
        let row = storage::audit::party(&mut tx, &codec::encode(&Party::Member(member.id))).await?;
        Ok(row.map(|row| row.pseudonym))
    }

    pub(super) async fn copies(&self, whose: Option<[u8; 16]>) -> Result<Copies, ServiceError> {
        let (mut copies, mut first) = (Copies::default(), 0);
        loop {
            let mut tx = self.inner.storage.read().await?;
            let entries = storage::audit::entries(&mut tx, first, AUDIT_PAGE_ENTRIES_MAX).await?;
            drop(tx);
            let count = entries.len() as u64;
            // What is no entry is for `audit verify` to find.
            entries.iter().filter_map(|bytes| codec::decode(bytes).ok()).for_each(|entry| copies.note(&entry, whose));
            if count < u64::from(AUDIT_PAGE_ENTRIES_MAX) {
                return Ok(copies);
            }
            first += count;
        }
    }
}

/// Whoever takes part is suspended first; whoever is removed has no login any more.
async fn erasable(tx: &mut Tx, whom: Whom<'_>) -> Result<Member, ServiceError> {
    let found = match whom {
        Whom::Login(login) => {
            let login = Login::parse(login).map_err(|_| Fault::Login)?;
            storage::member::find_login(tx, &login).await?
        }
        Whom::Id(id) => storage::member::find(tx, id).await?,
    };
    let member = found.ok_or(ServiceError::Missing(Thing::Person))?;
    if member.may_take_part() { Err(Fault::TakesPart.into()) } else { Ok(member) }
}

/// Notes what the source called the person, so that it brings nobody back by itself. A file of people is somebody's own act, looked
/// at before it is taken.
async fn bury(change: &mut Change<'_>, member: &Member, services: &Services) -> Result<(), StorageError> {
    let key = &services.inner.tombs;
    let mut tombs: Vec<Tomb> = Vec::new();
    if member.source == Source::SCIM {
        if member.listing != Listing::Removed {
            tombs.push(key.tomb(member.source, member.profile.login.expose()));
        }
        if let Some(row) = storage::scim::people::find(&mut change.tx, &member.external_id).await? {
            let said: Option<Value> = serde_json::from_str(row.resource.expose()).ok();
            let external_id = said.as_ref().and_then(|said| said.get("externalId")).and_then(Value::as_str);
            tombs.extend(external_id.map(|called| key.tomb(member.source, called)));
        }
    } else if member.source != Source::BUILT_IN && *member.external_id.expose() != *member.id.to_string() {
        tombs.push(key.tomb(member.source, member.external_id.expose()));
    }
    for tomb in tombs {
        storage::erasure::put(&mut change.tx, member.source, &tomb, change.now).await?;
    }
    Ok(())
}
