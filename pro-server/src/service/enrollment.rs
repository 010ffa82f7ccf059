//! Enrollment (spec/enrollment.md): `begin` authenticates the person, `finish` makes the device known, in the log and in the
//! directory. A repeat after a crash on either side finds what was done and answers the same. Passwords and codes never stay.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use protocol::audit::{AuditEvent, Cause, Party};
use protocol::certificate::{self, CertificateBody};
use protocol::enrollment::{Begin, Begun, Credential, Finish, Finished, IdentityStep};
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::keys::EnvelopePublicKey;
use protocol::policy::Policy;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;
use protocol::tlog::Leaf;

use crate::clock::Ambient;
use crate::domain::access::{CodeWrite, Grant, NewcomerCode};
use crate::domain::approval::Act;
use crate::domain::member::{Login, Member};
use crate::domain::unguessable::Unguessable;
use crate::identity::code::{CODE_LIFETIME_MS, Code};
use crate::storage::device::DeviceRow;
use crate::storage::sign_in_link::{self, Account};
use crate::storage::{self, StorageError};

use super::change::Change;
use super::devices::may_last;
use super::identity_reset::end_identity;
use super::people::{Whom, person_within};
use super::published::Why;
use super::sign_in::SignInDenial;
use super::{Denial, Fault, Outage, ServiceError, Services};

/// From begin to finish.
pub const TICKET_LIFETIME_MS: u64 = 10 * 60 * 1_000;
/// Enrollments under way at one time.
pub const TICKETS_MAX: usize = 10_000;

/// A code that an administrator made.
#[derive(Debug, Clone)]
pub struct NewCode {
    pub login: Personal<String>,
    /// Shown once, never stored.
    pub code: Secret<String>,
    pub expires: Timestamp,
}

/// The right to finish one enrollment, in memory only.
#[derive(Clone)]
struct Ticket {
    member: MemberId,
    device: DeviceId,
    proof: Proof,
    expires: Timestamp,
}

/// What the person proved themselves with.
#[derive(Clone)]
enum Proof {
    Password,
    Code(Hash32),
    /// An account at an identity provider.
    Account(Account),
}

/// Tickets by the hash of their secret.
pub(super) struct Tickets {
    ambient: Ambient,
    open: BTreeMap<Hash32, Ticket>,
}

impl Tickets {
    pub(super) fn new(ambient: Ambient) -> Self {
        Self { ambient, open: BTreeMap::new() }
    }

    fn issue(&mut self, ticket: Ticket, now: Timestamp) -> Result<Secret<[u8; 32]>, Outage> {
        if self.open.len() >= TICKETS_MAX {
            self.open.retain(|_, ticket| ticket.expires > now);
        }
        if self.open.len() >= TICKETS_MAX {
            return Err(Outage::Enrollments);
        }
        let secret = Secret::new(self.ambient.bytes());
        self.open.insert(Hash32::sha256(secret.expose()), ticket);
        Ok(secret)
    }
}

impl Services {
    /// Makes a one-time code for a person; earlier codes of the person are worth nothing from then on.
    pub async fn create_code(
        &self,
        grant: &Grant<CodeWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<NewCode, ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom.into(), grant.reach()).await?;
        if member.identity_key.is_some() && member.may_take_part() {
            if change.approvals_needed() > 0 && change.identity_ended(member.id).is_none() {
                return Err(Denial::Unapproved.into());
            }
            change = self.gate(change, grant, Act::Code(member.id)).await?;
        }
        self.code_for(change, &member, grant.actor()).await
    }

    /// The same for somebody who has never had a device. A code for anybody else would be the way to become them: whoever makes it
    /// could revoke their device first.
    pub async fn create_newcomer_code(
        &self,
        grant: &Grant<NewcomerCode>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<NewCode, ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom.into(), grant.reach()).await?;
        if member.identity_key.is_some() {
            return Err(Denial::NotNewcomer.into());
        }
        self.code_for(change, &member, grant.actor()).await
    }

    pub(super) async fn code_for(
        &self,
        mut change: Change<'_>,
        member: &Member,
        actor: &Party,
    ) -> Result<NewCode, ServiceError> {
        if !member.may_take_part() {
            return Err(Denial::Suspended.into());
        }
        let code = Code::draw(&self.inner.ambient);
        let expires = change.now.plus_ms(CODE_LIFETIME_MS);
        let now = change.now;
        storage::code::put(&mut change.tx, code.hash(), member.id, now, expires).await?;
        self.codes().put(code.hash());
        change.audit(AuditEvent::EnrollmentCodeCreated, Some(member.id), actor).await?;
        change.commit(0..0).await?;
        Ok(NewCode { login: Personal::from(member.profile.login.expose()), code: code.text(), expires })
    }

    /// Authenticates the person and says who they are.
    pub async fn begin_enrollment(&self, begin: &Begin) -> Result<Begun, ServiceError> {
        let (member, proof) = match &begin.credential {
            Credential::Password { login, password } => {
                let (now, guess) = (self.inner.ambient.now(), self.by_password(login.expose(), password));
                self.inner.askers.guess(self.asker, now, guess).await?
            }
            Credential::Code { code } => self.by_code(code, begin.device).await?,
            Credential::Provider { flow, callback } => {
                let (member, account) = self.by_provider(flow, callback.as_ref(), begin.device).await?;
                (member, Proof::Account(account))
            }
        };
        if !member.may_take_part() {
            return Err(Denial::Suspended.into());
        }
        let mut tx = self.inner.storage.read().await?;
        let devices = storage::device::of_member(&mut tx, member.id).await?;
        let policy = self.published().policy_of(member.id, &member.profile.groups);
        let identity = identity_step(&member, &devices, begin.device, &proof, &policy)?;
        let now = self.inner.ambient.now();
        let ticket =
            Ticket { member: member.id, device: begin.device, proof, expires: now.plus_ms(TICKET_LIFETIME_MS) };
        let ticket = self.inner.tickets.lock().unwrap_or_else(PoisonError::into_inner).issue(ticket, now)?;
        Ok(Begun {
            ticket,
            member: member.id,
            login: Personal::from(member.profile.login.expose()),
            name: member.profile.name.clone(),
            identity,
            lifetime_ms: Some(policy.certificate_lifetime_ms()),
        })
    }

    /// Certifies the device, logs it and publishes it. Answers with proofs that all this stands in the log.
    pub async fn finish_enrollment(&self, finish: &Finish) -> Result<Finished, ServiceError> {
        let key = Hash32::sha256(finish.ticket.expose());
        let ticket = self.ticket(key)?;
        let mut change = self.inner.change().await?;
        let member = storage::member::find(&mut change.tx, ticket.member).await?;
        let member = member.filter(Member::may_take_part).ok_or(Denial::Suspended)?;
        let devices = storage::device::of_member(&mut change.tx, member.id).await?;
        let policy = self.published().policy_of(member.id, &member.profile.groups);
        let step = identity_step(&member, &devices, ticket.device, &ticket.proof, &policy)?;
        if let (IdentityStep::Same, Some(device)) = (step, devices.iter().find(|device| device.id == ticket.device)) {
            return self.again(change, device).await;
        }
        let body = self.check_request(finish, &ticket, change.now)?;
        may_last(&body, &policy, change.now)?;
        spend(&mut change, &ticket).await?;

        let actor = Party::Member(member.id);
        check_identity(&mut change, &member, &body, &actor).await?;
        change.revoke_all(member.id, Cause::Replaced, &actor, Why::Revoked).await?;
        let first_leaf = change.next_leaf();
        log_identity(&mut change, &member, &body, &actor).await?;
        let (certificate, signed) = certificate::countersign(&finish.request, &self.inner.keys.directory())?;
        let device = ticket.device;
        change.leaf(&Leaf::DeviceAdd { member: member.id, device, certificate: signed.hash() }).await?;
        change.audit(AuditEvent::DeviceAdded { device }, Some(member.id), &actor).await?;
        let row = DeviceRow {
            id: device,
            member: member.id,
            certificate: certificate.clone(),
            envelope_key: finish.envelope_key.clone(),
            door_address: finish.front_door.address,
            door_capability: Secret::new(finish.front_door.capability),
            first_leaf,
            leaf_count: change.next_leaf() - first_leaf,
            enrolled: change.now,
            not_after: body.not_after,
            revoked: None,
            sequence: change.next_place().await?,
        };
        storage::device::insert(&mut change.tx, &row).await?;
        change.touch(member.id);
        let leaves = first_leaf..change.next_leaf();
        let done = change.commit(leaves).await?;
        self.inner.tickets.lock().unwrap_or_else(PoisonError::into_inner).open.remove(&key);
        Ok(Finished { certificate, leaves: done.leaves, checkpoint: done.published.checkpoint.note().to_vec() })
    }

    /// The stored answer, proven against the newest checkpoint.
    async fn again(&self, mut change: Change<'_>, device: &DeviceRow) -> Result<Finished, ServiceError> {
        let end = device.first_leaf.saturating_add(device.leaf_count);
        let leaves = change.prove(device.first_leaf..end).await?;
        // Still this change's turn: the newest checkpoint is of the tree that the proofs are in.
        let checkpoint = self.published().checkpoint.note().to_vec();
        Ok(Finished { certificate: device.certificate.clone(), leaves, checkpoint })
    }

    async fn by_password(&self, login: &str, password: &Secret<String>) -> Result<(Member, Proof), ServiceError> {
        // `DOMAIN\user`, as people sign in to Windows.
        let login = login.rsplit_once('\\').map_or(login, |(_, user)| user);
        let login = Login::parse(login).map_err(|_| Denial::Password)?;
        let member = storage::member::find_login(&mut self.inner.storage.read().await?, &login).await?;
        let source = member.as_ref().map(|member| member.source);
        let (asked, external_id) = self.inner.passwords.check(source, &login, password).await?;
        let is_that = |member: &Member| member.source == asked && member.external_id == external_id;
        let member = match member.filter(is_that) {
            Some(member) => Some(member),
            // A directory may know people by other names too.
            None => storage::member::find_entry(&mut self.inner.storage.read().await?, asked, &external_id).await?,
        };
        // Somebody whom no run has brought in yet is told the same as somebody unknown.
        let member = member.ok_or(Denial::Password)?;
        Ok((member, Proof::Password))
    }

    async fn by_code(&self, code: &Secret<String>, device: DeviceId) -> Result<(Member, Proof), ServiceError> {
        let now = self.inner.ambient.now();
        // What is no code at all costs nothing.
        let hash = Code::parse(code).ok_or(Denial::Code)?.hash();
        self.codes().attempt(hash, now).map_err(Denial::TooMany)?;
        let mut tx = self.inner.storage.read().await?;
        let row = storage::code::find(&mut tx, hash).await?.filter(|row| row.expires > now);
        let row = row.ok_or_else(|| {
            self.codes().forget(hash);
            Denial::Code
        })?;
        if row.spent_by.is_some_and(|spent_by| spent_by != device) {
            return Err(Denial::Code.into());
        }
        let member = storage::member::find(&mut tx, row.member).await?.ok_or(Denial::Code)?;
        Ok((member, Proof::Code(hash)))
    }

    pub(super) fn codes(&self) -> MutexGuard<'_, Unguessable> {
        self.inner.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ticket(&self, key: Hash32) -> Result<Ticket, Denial> {
        let now = self.inner.ambient.now();
        let tickets = self.inner.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.open.get(&key).filter(|ticket| ticket.expires > now).cloned().ok_or(Denial::Ticket)
    }

    /// The request is signed by both its keys, and is for this person, device, organization and time.
    fn check_request(&self, finish: &Finish, ticket: &Ticket, now: Timestamp) -> Result<CertificateBody, ServiceError> {
        let body = certificate::verify_request(&finish.request)?;
        let envelope_key = EnvelopePublicKey::from_slice(&finish.envelope_key).map_err(|_| Fault::EnvelopeKey)?;
        let fits = body.organization == self.fingerprint()
            && body.member == ticket.member
            && body.device == ticket.device
            && body.envelope_key_hash == envelope_key.hash()
            && self.is_timely(&body, now);
        if fits { Ok(body) } else { Err(Fault::RequestMismatch.into()) }
    }
}

/// What enrolling `device` does to the person's identity, if it is allowed at all.
fn identity_step(
    member: &Member,
    devices: &[DeviceRow],
    device: DeviceId,
    proof: &Proof,
    policy: &Policy,
) -> Result<IdentityStep, Denial> {
    match devices.iter().find(|row| row.id == device) {
        Some(row) if row.revoked.is_some() => return Err(Denial::DeviceRevoked),
        Some(_) => return Ok(IdentityStep::Same),
        None => {}
    }
    match proof {
        // What others can see, know or reset enrolls the first device only (protocol.md §2).
        Proof::Password | Proof::Account(_) if !devices.is_empty() || policy.requires_code() => {
            return Err(Denial::CodeNeeded);
        }
        Proof::Password | Proof::Account(_) | Proof::Code(_) => {}
    }
    Ok(if member.identity_key.is_some() { IdentityStep::Reset } else { IdentityStep::First })
}

/// What the proof leaves behind: a code is spent, an account belongs to the person from now on. A code that somebody else made, and the
/// person did not need, is worth nothing: whoever kept it would become them.
async fn spend(change: &mut Change<'_>, ticket: &Ticket) -> Result<(), ServiceError> {
    if !matches!(ticket.proof, Proof::Code(_)) {
        storage::code::withdraw(&mut change.tx, ticket.member).await?;
    }
    match &ticket.proof {
        Proof::Password => Ok(()),
        Proof::Code(hash) => match storage::code::spend(&mut change.tx, *hash, ticket.device).await {
            Err(StorageError::Conflict { .. }) => Err(Denial::Code.into()),
            other => Ok(other?),
        },
        Proof::Account(account) => link(change, account, ticket.member).await,
    }
}

async fn link(change: &mut Change<'_>, account: &Account, member: MemberId) -> Result<(), ServiceError> {
    match sign_in_link::member_of(&mut change.tx, account).await? {
        Some(linked) if linked == member => return Ok(()),
        Some(_) => return Err(Denial::SignInAt(SignInDenial::OtherAccount).into()),
        None => {}
    }
    let now = change.now;
    match sign_in_link::put_member(&mut change.tx, account, member, now).await {
        Err(StorageError::Conflict { .. }) => Err(Denial::SignInAt(SignInDenial::OtherAccount).into()),
        other => {
            other?;
            change.audit(AuditEvent::AccountLinked, Some(member), &Party::Member(member)).await?;
            Ok(())
        }
    }
}

/// Nobody comes back under a key that has ended, and no key takes another one's place before everybody was told that it ends.
async fn check_identity(
    change: &mut Change<'_>,
    member: &Member,
    body: &CertificateBody,
    actor: &Party,
) -> Result<(), ServiceError> {
    if change.was_ended(member.id, &body.identity_key) {
        return Err(Fault::RequestMismatch.into());
    }
    match (member.identity_key, change.identity_ended(member.id)) {
        (Some(known), None) if known != body.identity_key => {
            end_identity(change, member, None, Cause::Replaced, actor).await
        }
        _ => Ok(()),
    }
}

/// The first identity is set; another one is a reset that everybody sees; the same one needs no leaf.
async fn log_identity(
    change: &mut Change<'_>,
    member: &Member,
    body: &CertificateBody,
    actor: &Party,
) -> Result<(), StorageError> {
    let (id, identity_key) = (member.id, body.identity_key);
    match member.identity_key {
        Some(known) if known == identity_key => return Ok(()),
        Some(_) => {
            change.leaf(&Leaf::IdentityReset { member: id, identity_key }).await?;
            change.audit(AuditEvent::IdentityReset, Some(id), actor).await?;
        }
        None => {
            change.leaf(&Leaf::IdentitySet { member: id, identity_key }).await?;
            change.audit(AuditEvent::IdentitySet, Some(id), actor).await?;
        }
    }
    storage::member::set_identity(&mut change.tx, id, &identity_key).await
}
