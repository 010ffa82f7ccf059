//! Devices: who they are, whether they still count, revoking and renewing them.

use std::collections::BTreeMap;

use protocol::audit::{AuditEvent, Cause};
use protocol::certificate::{self, CertificateBody, DeviceCertificate};
use protocol::ids::{DeviceId, MemberId};
use protocol::limits::CLOCK_SKEW_MS_MAX;
use protocol::policy::{Policy, Version};
use protocol::secret::Personal;
use protocol::signaling::field::CloseCode;
use protocol::signaling::server::Verdict;
use protocol::time::{DAY_MS, Timestamp};
use protocol::tlog::Leaf;

use crate::domain::access::{Behind, DeviceWrite, Grant, LostDevice, PeopleRead, Permission};
use crate::domain::approval::Act;
use crate::domain::member::Member;
use crate::domain::policy::decide_client;
use crate::storage::device::DeviceBrief;
use crate::storage::{self, Tx};

use super::change::Change;
use super::people::person_within;
use super::published::{DeviceStanding, Why};
use super::{Clash, Denial, Fault, ServiceError, Services, Thing};

/// How far in the past a certificate may begin.
const BACKDATED_MS_MAX: u64 = DAY_MS;
/// A renewal adds at least this much, or the certificate that stands is the answer: the log, which is for good, grows by no more than
/// one leaf a day for each device.
const RENEWAL_GAIN_MS_MIN: u64 = DAY_MS;

/// A device as an administrator sees it.
#[derive(Debug, Clone)]
pub struct DeviceView {
    pub device: DeviceId,
    pub member: MemberId,
    pub login: Personal<String>,
    pub state: DeviceState,
    pub enrolled: Timestamp,
    /// When its certificate ends unless renewed.
    pub not_after: Timestamp,
}

/// Whether a device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    Active,
    Revoked { at: Timestamp },
}

impl DeviceState {
    /// By the time of its revocation, if there is one.
    pub(super) fn of(revoked: Option<Timestamp>) -> Self {
        revoked.map_or(Self::Active, |at| Self::Revoked { at })
    }
}

impl Services {
    /// One device.
    pub async fn device(&self, grant: &Grant<PeopleRead>, id: DeviceId) -> Result<DeviceView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let row = storage::device::find(&mut tx, id).await?.ok_or(ServiceError::Missing(Thing::Device))?;
        let owner = storage::member::find(&mut tx, row.member).await?.ok_or(ServiceError::Missing(Thing::Person))?;
        if !grant.reach().holds(&owner.profile.groups) {
            return Err(ServiceError::Missing(Thing::Device));
        }
        Ok(DeviceView {
            device: id,
            member: row.member,
            login: Personal::from(owner.profile.login.expose()),
            state: DeviceState::of(row.revoked),
            enrolled: row.enrolled,
            not_after: row.not_after,
        })
    }

    /// Whether a device that proved itself may have a session, from memory only.
    pub fn admit(&self, certificate: &DeviceCertificate, release: Version) -> Verdict {
        let published = self.published();
        let body = certificate.body();
        match published.devices.get(&body.device) {
            Some(DeviceStanding::Live { member, front_door }) if *member == body.member => {
                match decide_client(&published.policy_of_listed(*member), release) {
                    Ok(()) => Verdict::Live { front_door: *front_door, news: published.news() },
                    Err(_) => Verdict::Refused(CloseCode::ClientTooOld),
                }
            }
            Some(DeviceStanding::Ended(Why::Suspended)) => Verdict::Refused(CloseCode::Suspended),
            Some(DeviceStanding::Ended(Why::Revoked)) => Verdict::Refused(CloseCode::Revoked),
            Some(DeviceStanding::Live { .. }) | None => Verdict::Refused(CloseCode::Unauthenticated),
        }
    }

    /// Whether the session of a device that was admitted may go on under the policy in force.
    pub fn stays(&self, device: DeviceId, release: Version) -> Result<(), CloseCode> {
        let published = self.published();
        match published.devices.get(&device) {
            Some(DeviceStanding::Live { member, .. }) => {
                let policy = published.policy_of_listed(*member);
                decide_client(&policy, release).map_err(|_| CloseCode::ClientTooOld)
            }
            // Whoever ended is ended by name.
            Some(DeviceStanding::Ended(_)) | None => Ok(()),
        }
    }

    /// The devices of one person, or of everybody within reach, revoked ones included.
    pub async fn devices(
        &self,
        grant: &Grant<PeopleRead>,
        login: Option<&str>,
    ) -> Result<Vec<DeviceView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let (members, devices) = match login {
            Some(login) => {
                let member = person_within(&mut tx, login.into(), grant.reach()).await?;
                let devices = storage::device::brief_of(&mut tx, member.id).await?;
                (vec![member], devices)
            }
            None => (storage::member::all(&mut tx).await?, storage::device::brief(&mut tx).await?),
        };
        let members = members.into_iter().filter(|member| grant.reach().holds(&member.profile.groups));
        let members: Vec<Member> = members.collect();
        let logins: BTreeMap<MemberId, &str> =
            members.iter().map(|member| (member.id, member.profile.login.expose())).collect();
        let view = |device: DeviceBrief| DeviceView {
            device: device.id,
            member: device.member,
            login: Personal::from(logins.get(&device.member).copied().unwrap_or_default()),
            state: DeviceState::of(device.revoked),
            enrolled: device.enrolled,
            not_after: device.not_after,
        };
        let inside = |device: &DeviceBrief| grant.reach().groups().is_none() || logins.contains_key(&device.member);
        Ok(devices.into_iter().filter(inside).map(view).collect())
    }

    /// Revokes a device for good. If its `owner` is named, a device of somebody else is missing.
    pub async fn revoke_device(
        &self,
        grant: &Grant<DeviceWrite>,
        device: DeviceId,
        owner: Option<MemberId>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let member = revocable(&mut change.tx, grant, device, owner).await?;
        let change = self.gate_loss(change, grant, Act::Revoke { device, member }).await?;
        self.revoke_counted(change, grant, device, member).await
    }

    /// The same for a help desk: some in a day, and never more.
    pub async fn revoke_lost_device(
        &self,
        grant: &Grant<LostDevice>,
        device: DeviceId,
        owner: Option<MemberId>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let member = revocable(&mut change.tx, grant, device, owner).await?;
        if self.losses().is_spent(grant.actor(), change.now) {
            return Err(Denial::TooManyLost.into());
        }
        self.revoke_counted(change, grant, device, member).await
    }

    async fn revoke_counted<P: Permission>(
        &self,
        mut change: Change<'_>,
        grant: &Grant<P>,
        device: DeviceId,
        member: MemberId,
    ) -> Result<(), ServiceError> {
        change.revoke(device, member, Cause::Administrator, grant.actor(), Why::Revoked).await?;
        // Counted while nobody else has the turn: those who come at the same time meet the count.
        if grant.behind() == Behind::One {
            self.losses().note(grant.actor(), change.now);
        }
        change.commit(0..0).await?;
        Ok(())
    }

    /// Countersigns a new validity for `device`, which asked in its own session. The keys stay the same. Whoever asks again, because
    /// the answer was lost or for no reason, gets the certificate that stands.
    pub async fn renew_device(&self, device: DeviceId, request: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let body = certificate::verify_request(request)?;
        let mut change = self.inner.change().await?;
        let row = storage::device::find(&mut change.tx, device).await?;
        let row = row.ok_or(ServiceError::Missing(Thing::Device))?;
        if row.revoked.is_some() {
            return Err(Denial::DeviceRevoked.into());
        }
        let member = storage::member::find(&mut change.tx, row.member).await?;
        let member = member.ok_or(ServiceError::Missing(Thing::Person))?;
        let is_same = body.device == device
            && body.member == row.member
            && body.organization == self.fingerprint()
            && Some(body.identity_key) == member.identity_key
            && body.envelope_key_hash == protocol::ids::Hash32::sha256(&row.envelope_key);
        if !is_same || !self.is_timely(&body, change.now) {
            return Err(Fault::RequestMismatch.into());
        }
        let policy = self.published().policy_of(member.id, &member.profile.groups);
        may_last(&body, &policy, change.now)?;
        // One that is too long by now is taken back by a shorter one.
        let is_too_long = row.not_after > latest_end(&policy, change.now);
        if !is_too_long && body.not_after < row.not_after.plus_ms(RENEWAL_GAIN_MS_MIN) {
            return Ok(row.certificate);
        }
        let (bytes, signed) = certificate::countersign(request, &self.inner.keys.directory())?;
        let sequence = change.next_place().await?;
        storage::device::renew(&mut change.tx, device, &bytes, body.not_after, sequence).await?;
        change.leaf(&Leaf::DeviceRenew { device, certificate: signed.hash() }).await?;
        let actor = protocol::audit::Party::Member(row.member);
        change.audit(AuditEvent::DeviceRenewed { device }, Some(row.member), &actor).await?;
        change.commit(0..0).await?;
        Ok(bytes)
    }

    /// Whether a requested validity begins about now. How long it may be is checked with the request.
    pub(super) fn is_timely(&self, body: &CertificateBody, now: Timestamp) -> bool {
        body.not_before <= now.plus_ms(CLOCK_SKEW_MS_MAX)
            && body.not_before >= now.minus_ms(BACKDATED_MS_MAX)
            && body.not_after > now
    }
}

/// `identity.cert_lifetime_days`: the latest moment at which a certificate may end that is signed now.
fn latest_end(policy: &Policy, now: Timestamp) -> Timestamp {
    now.plus_ms(policy.certificate_lifetime_ms()).plus_ms(CLOCK_SKEW_MS_MAX)
}

/// Whether a certificate with this validity may be signed now.
pub(super) fn may_last(body: &CertificateBody, policy: &Policy, now: Timestamp) -> Result<(), Fault> {
    if body.not_after > latest_end(policy, now) { Err(Fault::CertificateTooLong) } else { Ok(()) }
}

impl ServiceError {
    /// Whether trying the same again later can help.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Whose device it is, if it can be revoked by whoever has this grant.
async fn revocable<P: Permission>(
    tx: &mut Tx,
    grant: &Grant<P>,
    device: DeviceId,
    owner: Option<MemberId>,
) -> Result<MemberId, ServiceError> {
    let missing = ServiceError::Missing(Thing::Device);
    let row = storage::device::find(tx, device).await?;
    let Some(row) = row.filter(|row| owner.is_none_or(|owner| owner == row.member)) else { return Err(missing) };
    if person_within(tx, row.member.into(), grant.reach()).await.is_err() {
        return Err(missing);
    }
    if row.revoked.is_some() { Err(Clash::AlreadyRevoked.into()) } else { Ok(row.member) }
}
