//! What a running server says of people and their devices: to commands and to programs, in the same words. It goes to whoever
//! may ask, and nowhere else.

use protocol::ids::{AdministratorId, DeviceId, MemberId, Pseudonym};
use protocol::secret::Personal;
use protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::member::Standing;
use crate::service::administrators::ErasedAdministrator;
use crate::service::devices::{DeviceState, DeviceView};
use crate::service::erasure::Erasure;
use crate::service::people_list::{PersonDetail, PersonSeen};

/// The word for where a person stands, in JSON, in queries and in commands.
pub const fn state_of(standing: Standing) -> &'static str {
    match standing {
        Standing::Provisioned => "provisioned",
        Standing::Active => "active",
        Standing::Suspended => "suspended",
        Standing::Locked => "locked",
        Standing::Removed => "removed",
    }
}

/// A person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonRow {
    #[schema(value_type = String)]
    pub person_id: MemberId,
    pub login: String,
    pub name: String,
    #[serde(default)]
    pub mail: Option<String>,
    pub groups: Vec<String>,
    /// The name of the source that they come from.
    pub source: String,
    /// `provisioned` (no device yet), `active`, `suspended` (left the directory) or `locked` (suspended by hand).
    pub state: String,
    /// Devices that are not revoked.
    pub devices: u64,
}

impl From<PersonSeen> for PersonRow {
    fn from(person: PersonSeen) -> Self {
        PersonRow {
            person_id: person.id,
            login: person.login.into_exposed(),
            name: person.name.into_exposed(),
            mail: person.mail.map(Personal::into_exposed),
            groups: person.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            source: person.source,
            state: state_of(person.standing).to_owned(),
            devices: person.devices,
        }
    }
}

/// A person with everything known.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonDetailRow {
    #[serde(flatten)]
    pub person: PersonRow,
    /// Revoked ones included.
    pub enrolled: Vec<DeviceRow>,
    /// Until when an enrollment code waits to be spent.
    pub code_expires_ms: Option<u64>,
}

impl From<PersonDetail> for PersonDetailRow {
    fn from(detail: PersonDetail) -> Self {
        PersonDetailRow {
            person: detail.person.into(),
            enrolled: detail.devices.into_iter().map(DeviceRow::from).collect(),
            code_expires_ms: detail.code_expires.map(|at| at.as_millis()),
        }
    }
}

/// A device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceRow {
    pub login: String,
    #[schema(value_type = String)]
    pub person_id: MemberId,
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    /// `active` or `revoked`.
    pub state: String,
    pub enrolled_ms: u64,
    /// When its certificate ends unless renewed.
    pub not_after_ms: u64,
}

impl From<DeviceView> for DeviceRow {
    fn from(device: DeviceView) -> Self {
        let state = match device.state {
            DeviceState::Active => "active",
            DeviceState::Revoked { .. } => "revoked",
        };
        DeviceRow {
            login: device.login.into_exposed(),
            person_id: device.member,
            device_id: device.device,
            state: state.to_owned(),
            enrolled_ms: device.enrolled.as_millis(),
            not_after_ms: device.not_after.as_millis(),
        }
    }
}

/// What became of a person or device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StateRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub device_id: Option<DeviceId>,
    pub state: String,
}

/// A one-time enrollment code, shown once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CodeRow {
    pub login: String,
    pub link: String,
    pub expires_ms: u64,
}

/// Somebody was erased, and which copies of before still hold them.
#[derive(Debug, Serialize, Deserialize)]
pub struct ErasedRow {
    /// `erased`.
    pub state: String,
    pub person_id: MemberId,
    /// Under which the audit named the person; its key is destroyed.
    pub pseudonym: Option<Pseudonym>,
    /// How many backups were taken before, and when the newest of them were.
    pub backups: u64,
    pub backups_ms: Vec<u64>,
    /// How many exports of the audit were made before, and when the newest of them were.
    pub exports: u64,
    pub exports_ms: Vec<u64>,
    /// How many times everything about the person was taken out before, and when the newest of them were.
    #[serde(default)]
    pub taken_out: u64,
    #[serde(default)]
    pub taken_out_ms: Vec<u64>,
    /// An administrator has the name that the person had as login, and is erased by itself.
    #[serde(default)]
    pub administrator: bool,
}

/// An administrator who was removed was erased.
#[derive(Debug, Serialize, Deserialize)]
pub struct ErasedAdministratorRow {
    /// `erased`.
    pub state: String,
    pub administrator_id: AdministratorId,
    /// Under which the audit named the administrator; its key is destroyed.
    pub pseudonym: Option<Pseudonym>,
    /// How many backups were taken before, and when the newest of them were.
    pub backups: u64,
    pub backups_ms: Vec<u64>,
}

impl From<ErasedAdministrator> for ErasedAdministratorRow {
    fn from(erased: ErasedAdministrator) -> Self {
        ErasedAdministratorRow {
            state: "erased".to_owned(),
            administrator_id: erased.id,
            pseudonym: erased.pseudonym,
            backups: erased.copies.backup_count,
            backups_ms: erased.copies.backups.into_iter().map(Timestamp::as_millis).collect(),
        }
    }
}

impl From<Erasure> for ErasedRow {
    fn from(erasure: Erasure) -> Self {
        let ms = |times: Vec<Timestamp>| times.into_iter().map(Timestamp::as_millis).collect();
        ErasedRow {
            state: "erased".to_owned(),
            person_id: erasure.member,
            pseudonym: erasure.pseudonym,
            backups: erasure.copies.backup_count,
            backups_ms: ms(erasure.copies.backups),
            exports: erasure.copies.export_count,
            exports_ms: ms(erasure.copies.exports),
            taken_out: erasure.copies.taken_out_count,
            taken_out_ms: ms(erasure.copies.taken_out),
            administrator: erasure.administrator,
        }
    }
}
