//! Reading the audit: listing it with names, exporting it without, and checking it. Appending happens in `change`, as part
//! of whatever is recorded.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use protocol::audit::{Alarm, AuditEntry, AuditEvent, Party, SealedParty};
use protocol::codec;
use protocol::ids::{MemberId, Pseudonym};
use protocol::policy::Version;
use protocol::secret::Personal;
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::{LogEnd, LogKey, SignedCheckpoint, WitnessKey};
use serde_json::Value;

use crate::domain::access::{AuditErase, AuditRead, Grant};
use crate::domain::approval::Act;
use crate::domain::audit::proof::{self, Claim};
use crate::domain::audit::{Damage, Verified};
use crate::storage::log::Tree;
use crate::storage::{self, StorageError, Tx};

use super::log_reset::LogState;
use super::people::{Whom, person};
use super::{Fault, ServiceError, Services};

pub use check::{Unchecked, check_stopped, check_watched_stopped, stored_question};
pub(super) use export::damaged;
pub use export::{AuditExport, verify_export, verify_watched_export};

mod check;
mod export;

/// Entries in one page.
pub const AUDIT_PAGE_ENTRIES_MAX: u32 = 1_000;

/// What shall be proved of the audit.
#[derive(Debug)]
pub enum Asked {
    /// That this entry is in it.
    Entry(u64),
    /// That it goes on from this signed checkpoint.
    Since(String),
}

/// Who is named by an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartyView {
    Person {
        member: MemberId,
        login: Personal<String>,
    },
    /// The name is empty as long as the account was not set up.
    Administrator {
        name: Personal<String>,
    },
    LocalAdministrator {
        uid: u32,
    },
    /// A provider, by the name of its token.
    Integration {
        name: Personal<String>,
    },
    Server,
    /// The party's key was destroyed, or the person's row is gone.
    Erased {
        pseudonym: [u8; 16],
    },
}

/// An entry as an administrator sees it.
#[derive(Debug, Clone)]
pub struct AuditView {
    pub index: u64,
    pub at: Timestamp,
    pub event: AuditEvent,
    pub subject: Option<PartyView>,
    pub actor: PartyView,
}

impl Services {
    /// Entries from `first` on, in order, with names; at most a page.
    pub async fn audit(&self, _: &Grant<AuditRead>, first: u64) -> Result<Vec<AuditView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        view(&mut tx, first, AUDIT_PAGE_ENTRIES_MAX).await
    }

    /// At most `count_max` entries from `first` on, in order, with names.
    pub async fn audit_after(
        &self,
        _: &Grant<AuditRead>,
        first: u64,
        count_max: u32,
    ) -> Result<Vec<AuditView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        view(&mut tx, first, count_max.min(AUDIT_PAGE_ENTRIES_MAX)).await
    }

    /// The `count_max` entries before `before`, or the newest, in order; and how many there are in all.
    pub async fn audit_before(
        &self,
        _: &Grant<AuditRead>,
        before: Option<u64>,
        count_max: u32,
    ) -> Result<(Vec<AuditView>, u64), ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let (size, _) = storage::log::newest_checkpoint(&mut tx, Tree::Audit).await?.ok_or_else(damaged)?;
        let end = before.unwrap_or(size).min(size);
        let count = u64::from(count_max.min(AUDIT_PAGE_ENTRIES_MAX)).min(end);
        let entries = view(&mut tx, end - count, u32::try_from(count).unwrap_or(u32::MAX)).await?;
        Ok((entries, size))
    }

    /// Starts an export of the whole audit; that it was made is an entry of its own, the last one in it.
    pub async fn export_audit(&self, grant: &Grant<AuditRead>) -> Result<AuditExport, ServiceError> {
        let mut change = self.inner.change().await?;
        let entries = change.next_entry().saturating_add(1);
        change.audit(AuditEvent::AuditExported { entries }, None, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(AuditExport::new(self.clone(), entries))
    }

    /// Checks every row of the stored audit against the checkpoints that were signed, and against one that somebody kept. One that was
    /// changed is an entry of its own: what was signed before stays wrong, whatever follows.
    pub async fn verify_audit(
        &self,
        grant: &Grant<AuditRead>,
        against: Option<&[u8]>,
    ) -> Result<Result<Verified, Damage>, ServiceError> {
        self.verify_watched_audit(grant, against, Vec::new()).await
    }

    /// The same, with the words of these witnesses beside those of the configuration.
    pub async fn verify_watched_audit(
        &self,
        _: &Grant<AuditRead>,
        against: Option<&[u8]>,
        more: Vec<WitnessKey>,
    ) -> Result<Result<Verified, Damage>, ServiceError> {
        let mut witnesses = self.witness_keys();
        witnesses.extend(more.into_iter().filter(|key| !witnesses.contains(key)).collect::<Vec<_>>());
        let (organization, keys) = (self.inner.keys.fingerprint, self.inner.keys.directory_keys());
        // What was seen is read first: it is never more than what is stored then.
        let seen = self.inner.witness.seen().and_then(|seen| seen.audit(organization));
        let own = self.inner.keys.directory();
        let asked = |against| check::Question {
            organization,
            keys: keys.all().copied().collect(),
            own: own.clone(),
            seen,
            against,
            witnesses: witnesses.clone(),
        };
        let checked = asked(against).ask(self.inner.storage.location()).await;
        if let Ok(Err(_)) = &checked {
            // What somebody kept may be of before a restore that everybody knows of: that alone is for whoever asked.
            let is_damaged = match against {
                Some(_) => !matches!(asked(None).ask(self.inner.storage.location()).await, Ok(Ok(_))),
                None => true,
            };
            if is_damaged {
                self.raise(Alarm::AuditMismatch).await;
            }
        }
        if let Ok(verdict) = &checked {
            let looked = (self.inner.ambient.now(), verdict.is_ok());
            *self.inner.checked.lock().unwrap_or_else(PoisonError::into_inner) = Some(looked);
        }
        checked
    }

    /// A proof that an entry is in the audit as it is signed now, or that the audit goes on from an older checkpoint.
    pub async fn prove_audit(&self, _: &Grant<AuditRead>, asked: Asked) -> Result<Value, ServiceError> {
        let trees = self.inner.trees.lock().await;
        let (tree, keys) = (&trees.audit, &self.inner.keys);
        let mut tx = self.inner.storage.read().await?;
        let note = storage::log::checkpoint_at(&mut tx, Tree::Audit, tree.size()).await?.ok_or_else(damaged)?;
        let (claim, hashes) = match asked {
            Asked::Entry(index) => {
                let hashes = tree.inclusion(index, tree.size()).ok_or(Fault::NoEntry)?;
                let bytes = storage::audit::entries(&mut tx, index, 1).await?.pop().ok_or_else(damaged)?;
                (Claim::Entry { index, bytes }, hashes)
            }
            Asked::Since(older) => {
                let signed = Unverified::<SignedCheckpoint>::from_bytes(older.clone().into_bytes());
                let signed = keys.directory_keys().any(|key| signed.verify(&self.inner.audit_origin, key));
                let size = signed.map_err(|_| Fault::OtherCheckpoint)?.checkpoint().size;
                let hashes = if size == tree.size() { Some(Vec::new()) } else { tree.consistency(size, tree.size()) };
                (Claim::Since { older }, hashes.ok_or(Fault::NoEntry)?)
            }
        };
        let document = proof::proof(&keys.root, &keys.statements(), &claim, hashes, note);
        Ok(document.ok_or_else(damaged)?)
    }

    /// When all of it was checked last since the start, and whether it was intact.
    pub fn audit_checked(&self, _: &Grant<AuditRead>) -> Option<(Timestamp, bool)> {
        *self.inner.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest signed checkpoint of the audit, to be kept elsewhere.
    pub async fn audit_checkpoint(&self, _: &Grant<AuditRead>) -> Result<LogState, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let (_, note) = storage::log::newest_checkpoint(&mut tx, Tree::Audit).await?.ok_or_else(damaged)?;
        let signed = Unverified::<SignedCheckpoint>::from_bytes(note.clone().into_bytes());
        let signed = self.inner.keys.directory_keys().any(|key| signed.verify(&self.inner.audit_origin, key));
        let checkpoint = signed.map_err(|_| damaged())?.checkpoint().clone();
        let key = LogKey::new(&checkpoint.origin, self.directory_key());
        let end = LogEnd { size: checkpoint.size, root: checkpoint.root };
        Ok(LogState { origin: checkpoint.origin, end, note, time: checkpoint.time, key })
    }

    /// Destroys the key under which the audit names a person who takes part no more: its entries stay and verify, and tell nobody
    /// whose they are, nor does any file of the database. Entries made later, if there are any, have a pseudonym of their own.
    pub async fn erase_from_audit(
        &self,
        grant: &Grant<AuditErase>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(), ServiceError> {
        let alone = self.no_copy_under_way().await?;
        let mut change = self.inner.change().await?;
        let member = person(&mut change.tx, whom.into()).await?;
        if member.may_take_part() {
            return Err(Fault::TakesPart.into());
        }
        let party = codec::encode(&Party::Member(member.id));
        let row = storage::audit::party(&mut change.tx, &party).await?.ok_or(Fault::Unnamed)?;
        let mut change = self.gate(change, grant, Act::Erase(member.id)).await?;
        change.erase_party(&party).await?;
        let pseudonym = Some(Pseudonym::from_bytes(row.pseudonym));
        change.audit(AuditEvent::PartyErased { pseudonym }, None, grant.actor()).await?;
        let decided = change.erasure_decided().await?;
        self.carry_out_erasure(Some(decided), alone).await
    }

    /// Something that must not happen was found: in the log of the server and, if it can be written, in its audit.
    pub(super) async fn raise(&self, alarm: Alarm) {
        tracing::error!(?alarm, "what is stored is not what was signed; keep the data folder for examination");
        if let Err(error) = self.note(AuditEvent::IntegrityAlarm { alarm }).await {
            tracing::error!(code = error.code(), "the audit misses an alarm: {error}");
        }
    }

    /// Records that the server serves.
    pub async fn note_started(&self) -> Result<(), ServiceError> {
        let Version { major, minor, patch } = Version::current();
        let mut change = self.inner.change().await?;
        let event = AuditEvent::ServerStarted { version: (major, minor, patch) };
        change.audit(event, None, &Party::Server).await?;
        change.audit_names_of_before().await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// Records that the server stops as asked.
    pub async fn note_stopped(&self) -> Result<(), ServiceError> {
        self.note(AuditEvent::ServerStopped).await
    }

    /// Records that another TLS certificate is in use.
    pub async fn note_tls_certificate_changed(&self) -> Result<(), ServiceError> {
        self.note(AuditEvent::TlsCertificateChanged).await
    }

    async fn note(&self, event: AuditEvent) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        change.audit(event, None, &Party::Server).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

/// `count` entries from `first` on. Each party is looked up once.
async fn view(tx: &mut Tx, first: u64, count: u32) -> Result<Vec<AuditView>, ServiceError> {
    let entries = storage::audit::entries(tx, first, count).await?;
    let (mut views, mut names) = (Vec::with_capacity(entries.len()), Names::default());
    for (index, bytes) in (first..).zip(entries) {
        let entry: AuditEntry = codec::decode(&bytes).map_err(|_| damaged())?;
        let subject = match &entry.subject {
            Some(sealed) => Some(names.of(tx, sealed).await?),
            None => None,
        };
        let actor = names.of(tx, &entry.actor).await?;
        views.push(AuditView { index, at: entry.at, event: entry.event, subject, actor });
    }
    Ok(views)
}

/// Who is behind the pseudonyms of one page.
#[derive(Default)]
pub(super) struct Names(BTreeMap<[u8; 16], PartyView>);

impl Names {
    pub(super) async fn of(&mut self, tx: &mut Tx, sealed: &SealedParty) -> Result<PartyView, StorageError> {
        if let Some(known) = self.0.get(&sealed.pseudonym) {
            return Ok(known.clone());
        }
        let key = storage::audit::party_key(tx, sealed.pseudonym).await?;
        let party = key.and_then(|key| sealed.open(&key).ok());
        let view = party_view(tx, party, sealed.pseudonym).await?;
        self.0.insert(sealed.pseudonym, view.clone());
        Ok(view)
    }
}

/// What a party is called at this moment; nobody if it cannot be known any more.
pub(super) async fn party_view(
    tx: &mut Tx,
    party: Option<Party>,
    pseudonym: [u8; 16],
) -> Result<PartyView, StorageError> {
    let erased = PartyView::Erased { pseudonym };
    Ok(match party {
        Some(Party::Member(id)) => storage::member::find(tx, id).await?.map_or(erased, |member| PartyView::Person {
            member: id,
            login: Personal::from(member.profile.login.expose()),
        }),
        Some(Party::Administrator(id)) => match storage::administrator::find(tx, id).await? {
            Some(row) if row.name.is_some() || row.removed.is_none() => {
                PartyView::Administrator { name: row.name.unwrap_or_default() }
            }
            Some(_) | None => erased,
        },
        Some(Party::Integration(id)) => {
            storage::integration::find(tx, id).await?.map_or(erased, |row| PartyView::Integration { name: row.name })
        }
        Some(Party::LocalAdministrator { uid }) => PartyView::LocalAdministrator { uid },
        Some(Party::Server) => PartyView::Server,
        None => erased,
    })
}
