//! People and their devices as an administrator sees them. It must never carry where a device is or whom it talks to.

use protocol::ids::{DeviceId, MemberId};
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

/// Where a person's entry comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Imported from a file.
    BuiltIn,
    /// An LDAP directory of the organization, by its name in the configuration.
    Ldap { name: String },
    /// Pushed by a provisioning service (RFC 7644).
    Scim,
}

impl Source {
    /// The word in keys of texts.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Ldap { .. } => "ldap",
            Self::Scim => "scim",
        }
    }

    /// What tells it from others of its kind.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn | Self::Scim => "",
            Self::Ldap { name } => name,
        }
    }
}

/// Where a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Known, may enroll.
    Provisioned,
    /// Has a device.
    Active,
    /// Left the directory or its filter; the directory can bring them back.
    Suspended,
    /// Suspended by an administrator; only an administrator changes that.
    Locked,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::Provisioned, Self::Active, Self::Suspended, Self::Locked];

    /// The word in addresses and of `pro-server people list`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "provisioned",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
        }
    }

    /// The standing that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.name() == name)
    }
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    pub id: MemberId,
    pub login: Personal<String>,
    pub name: Personal<String>,
    pub mail: Option<Personal<String>>,
    pub source: Source,
    pub standing: Standing,
    /// Devices that are not revoked.
    pub devices: u32,
}

/// Which people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Stands in the login, name or mail, without regard to case; empty finds everybody. At most
    /// [`PeopleQuery::TEXT_CHARS_MAX`] characters.
    pub text: Personal<String>,
    pub standing: Option<Standing>,
    pub position: PeoplePosition,
}

impl PeopleQuery {
    /// Longest text that is searched for.
    pub const TEXT_CHARS_MAX: usize = 200;
}

/// Where a page begins. A person who is gone meanwhile begins at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PeoplePosition {
    #[default]
    Start,
    /// After this person.
    After(MemberId),
    /// The page that ends before this person.
    Before(MemberId),
}

/// A page of people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeoplePage {
    pub rows: Vec<PersonView>,
    /// How many people fit the text and standing, on all pages.
    pub found: u64,
    pub earlier: Neighbor,
    pub later: Neighbor,
}

/// Whether there is a page on this side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Neighbor {
    #[default]
    None,
    Some,
}

/// Whether a device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    Active,
    Revoked { at: Timestamp },
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    pub id: DeviceId,
    pub state: DeviceState,
    pub enrolled: Timestamp,
    /// When its certificate ends unless renewed.
    pub not_after: Timestamp,
}

/// One person with everything known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDetail {
    pub person: PersonView,
    pub added: Timestamp,
    pub devices: Vec<DeviceView>,
    /// When the enrollment code that waits to be spent ends.
    pub code_expires: Option<Timestamp>,
}

/// A one-time enrollment code; shown once, never stored.
#[derive(Debug, Clone)]
pub struct EnrollmentCode {
    pub person: PersonView,
    /// The whole link, for `isoloir enroll` and the QR code.
    pub link: Secret<String>,
    pub expires: Timestamp,
}
