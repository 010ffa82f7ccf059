//! The audit's closed vocabulary. Sessions, addresses, envelopes, peers, network addresses, calls and presence have no variant
//! here and no string to hide in. Subject and actor are sealed under keys of their own, so that a person can be erased later
//! while every proof still verifies.

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::ids::{DeviceId, Hash32, Pseudonym};
use crate::time::Timestamp;

pub use self::alarm::Alarm;
pub use self::approval::DangerousAct;
pub use self::cause::Cause;
pub use self::party::{NotOpened, Party, PartyKey, SealedParty, name_commitment};
pub use self::role::{AdministratorRole, Assignment, BadAssignment};
pub use self::run::{RunCounts, Source};
pub use self::scope::IntegrationScope;

mod alarm;
mod approval;
mod cause;
mod party;
mod role;
mod run;
mod scope;

/// Every event that the audit knows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AuditEvent {
    /// The organization's keys were made: first start.
    #[n(0)]
    OrganizationCreated,
    /// The server serves.
    #[n(1)]
    ServerStarted {
        /// Program version as major, minor, patch.
        #[n(0)]
        version: (u16, u16, u16),
    },
    /// The server stopped as asked.
    #[n(2)]
    ServerStopped,
    /// A policy was published.
    #[n(3)]
    PolicyPublished {
        /// Its version.
        #[n(0)]
        version: u64,
        /// SHA-256 of the signed document.
        #[n(1)]
        hash: Hash32,
    },
    /// A directory run changed something.
    #[n(4)]
    DirectoryRun {
        /// Where it read from.
        #[n(0)]
        source: Source,
        /// What it did.
        #[n(1)]
        counts: RunCounts,
    },
    /// A directory run was refused by the brake.
    #[n(5)]
    DirectoryRunRefused {
        /// Where it read from.
        #[n(0)]
        source: Source,
        /// People it would have suspended.
        #[n(1)]
        would_suspend: u64,
        /// The most it may.
        #[n(2)]
        allowed: u64,
    },
    /// A person was added.
    #[n(6)]
    MemberAdded,
    /// A person lost access.
    #[n(7)]
    MemberSuspended {
        /// Why.
        #[n(0)]
        cause: Cause,
    },
    /// A person may enroll again.
    #[n(8)]
    MemberResumed {
        /// Why.
        #[n(0)]
        cause: Cause,
    },
    /// A one-time enrollment code was made.
    #[n(9)]
    EnrollmentCodeCreated,
    /// A person's identity key was set for the first time.
    #[n(10)]
    IdentitySet,
    /// A person's identity key was replaced.
    #[n(11)]
    IdentityReset,
    /// A device was certified.
    #[n(12)]
    DeviceAdded {
        /// Which.
        #[n(0)]
        device: DeviceId,
    },
    /// A device's certificate was renewed.
    #[n(13)]
    DeviceRenewed {
        /// Which.
        #[n(0)]
        device: DeviceId,
    },
    /// A device was revoked.
    #[n(14)]
    DeviceRevoked {
        /// Which.
        #[n(0)]
        device: DeviceId,
        /// Why.
        #[n(1)]
        cause: Cause,
    },
    /// The directory key was made, or the root gave it more time.
    #[n(15)]
    DirectoryKeySet {
        /// Its serial.
        #[n(0)]
        serial: u64,
    },
    /// The TLS certificate changed.
    #[n(16)]
    TlsCertificateChanged,
    /// The audit was exported.
    #[n(17)]
    AuditExported {
        /// Entries in the export.
        #[n(0)]
        entries: u64,
    },
    /// Something that must not happen was found.
    #[n(18)]
    IntegrityAlarm {
        /// What.
        #[n(0)]
        alarm: Alarm,
    },
    /// Somebody was made an administrator; they still have to set up how they sign in.
    #[n(19)]
    AdministratorAdded {
        /// What they may do.
        #[n(0)]
        role: AdministratorRole,
    },
    /// An administrator chose a password and a second factor, by a one-time link.
    #[n(20)]
    AdministratorSetUp,
    /// An administrator's password and second factor were taken away, and a new one-time link was made.
    #[n(21)]
    AdministratorReset,
    /// An administrator signed in.
    #[n(22)]
    AdministratorSignedIn,
    /// Sign-ins of an administrator are refused for a while, after too many attempts.
    #[n(23)]
    AdministratorSignInsBlocked,
    /// Somebody is no administrator any more.
    #[n(24)]
    AdministratorRemoved,
    /// A person was removed for good.
    #[n(25)]
    MemberRemoved {
        /// Who decided: an administrator, or the source.
        #[n(0)]
        cause: Cause,
    },
    /// An administrator said yes to exactly one directory run that the brake had held.
    #[n(26)]
    DirectoryBrakeOverruled {
        /// Where it read from.
        #[n(0)]
        source: Source,
        /// People whom it took something from.
        #[n(1)]
        hit: u64,
        /// The most that it might have.
        #[n(2)]
        allowed: u64,
    },
    /// An administrator chose another password; whatever the old one had opened elsewhere is closed.
    #[n(27)]
    AdministratorPasswordChanged,
    /// An account at an identity provider was tied to a person or an administrator.
    #[n(30)]
    AccountLinked,
    /// It is tied to nobody any more.
    #[n(31)]
    AccountUnlinked,
    /// A program got a token of its own.
    #[n(32)]
    IntegrationAdded {
        /// What it may do; in entries without it, pushing people.
        #[n(0)]
        #[cbor(default)]
        scope: IntegrationScope,
    },
    /// A program's token is worth nothing any more.
    #[n(33)]
    IntegrationRevoked,
    /// An administrator let a provider go on taking people's access away, beyond what it may in a day.
    #[n(34)]
    PushBrakeReleased,
    /// Everything was copied out for a backup, this entry included.
    #[n(40)]
    BackupTaken {
        /// Leaves of the transparency log in it.
        #[n(0)]
        log_size: u64,
    },
    /// The server's state was restored from a backup.
    #[n(41)]
    BackupRestored {
        /// When the backup had been made.
        #[n(0)]
        made: Timestamp,
        /// Leaves of the transparency log in it.
        #[n(1)]
        log_size: u64,
    },
    /// Another log was begun with the root's signature.
    #[n(42)]
    LogReset {
        /// Leaves that were taken over.
        #[n(0)]
        log_size: u64,
        /// SHA-256 of the signed document.
        #[n(1)]
        document: Hash32,
    },
    /// The key under which the audit named a person was destroyed. Whose it was is told nowhere.
    #[n(43)]
    PartyErased {
        /// Under which the audit named the person: the key is destroyed. Earlier programs did not say.
        #[n(0)]
        pseudonym: Option<Pseudonym>,
    },
    /// A person was erased from everything that the server keeps. Whose name it was is told nowhere.
    #[n(50)]
    PersonErased {
        /// Under which the audit named the person, if it did: the key is destroyed.
        #[n(0)]
        pseudonym: Option<Pseudonym>,
        /// Backups of before, which still hold the name.
        #[n(1)]
        backups: u64,
        /// Exports of the audit of before, which hold the pseudonym; earlier programs did not say.
        #[n(2)]
        #[serde(skip_serializing_if = "Option::is_none")]
        exports: Option<u64>,
        /// Times that everything about the person was taken out before; earlier programs did not say.
        #[n(3)]
        #[serde(skip_serializing_if = "Option::is_none")]
        taken_out: Option<u64>,
    },
    /// Everything that is kept about a person was taken out.
    #[n(51)]
    PersonExported,
    /// An administrator may do something from now on.
    #[n(70)]
    RoleGranted {
        /// What.
        #[n(0)]
        role: AdministratorRole,
        /// SHA-256 of the name of the group over whose people; over everybody if none.
        #[n(1)]
        group: Option<Hash32>,
    },
    /// An administrator may not do something any more.
    #[n(71)]
    RoleWithdrawn {
        /// What.
        #[n(0)]
        role: AdministratorRole,
        /// SHA-256 of the name of the group over whose people; over everybody if none.
        #[n(1)]
        group: Option<Hash32>,
    },
    /// An act waits for a second person.
    #[n(72)]
    ApprovalAsked {
        /// The number of the request.
        #[n(0)]
        number: u64,
        /// What kind of act.
        #[n(1)]
        act: DangerousAct,
        /// SHA-256 of what exactly would be done.
        #[n(2)]
        hash: Hash32,
    },
    /// A second person, the actor, agreed to what the subject had asked for; the act itself stands behind.
    #[n(73)]
    ApprovalGiven {
        /// The number of the request.
        #[n(0)]
        number: u64,
        /// SHA-256 of what exactly is done.
        #[n(1)]
        hash: Hash32,
    },
    /// A request was refused, or taken back by whoever had asked.
    #[n(74)]
    ApprovalRefused {
        /// Its number.
        #[n(0)]
        number: u64,
    },
    /// What was agreed to did not fit any more, and was not done.
    #[n(75)]
    ApprovalStale {
        /// The number of the request.
        #[n(0)]
        number: u64,
    },
    /// From now on dangerous acts need so many people.
    #[n(76)]
    QuorumSet {
        /// One or two.
        #[n(0)]
        people: u8,
    },
    /// Somebody ended another administrator's session.
    #[n(77)]
    SessionEnded,
    /// An administrator or a program got its name, which stands nowhere in the audit.
    #[n(78)]
    PartyNamed {
        /// Holds the name to what it was; see [`name_commitment`].
        #[n(0)]
        commitment: Hash32,
    },
    /// An administrator who had been removed was erased. Whose name it was is told nowhere.
    #[n(79)]
    AdministratorErased {
        /// Under which the audit named the administrator, if it did: the key is destroyed.
        #[n(0)]
        pseudonym: Option<Pseudonym>,
        /// Backups of before, which still hold the name.
        #[n(1)]
        backups: u64,
    },
    /// The organization ended the identity of a person: key and devices count no more.
    #[n(80)]
    IdentityEnded {
        /// So many signatures of approvers stand in the log's leaf.
        #[n(0)]
        approvals: u8,
    },
    /// The root key named whose signatures the end of an identity needs.
    #[n(81)]
    ApproversSet {
        /// How many of them; 0 for nobody any more.
        #[n(0)]
        needed: u8,
        /// How many people were named.
        #[n(1)]
        people: u8,
    },
    /// Another key took the place of the directory key.
    #[n(82)]
    DirectoryKeyRotated {
        /// Its serial.
        #[n(0)]
        serial: u64,
    },
}

/// One entry; its encoding is the leaf of the audit's own Merkle log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditEntry {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// What.
    #[n(1)]
    pub event: AuditEvent,
    /// About whom, if about somebody.
    #[n(2)]
    pub subject: Option<SealedParty>,
    /// By whom.
    #[n(3)]
    pub actor: SealedParty,
}
