//! What pages show and offer to somebody. What refuses is a permission of the server, whatever was shown.

use std::collections::BTreeSet;

use protocol::audit::{AdministratorRole as Role, Assignment};

/// Something that an administrator may see or do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    PeopleSee,
    PeopleChange,
    PeopleImport,
    /// Take out everything that is kept about a person.
    PersonExport,
    PersonErase,
    DeviceRevoke,
    /// An enrollment code for somebody who never had a device.
    CodeForNewcomers,
    CodeForAnybody,
    PolicySee,
    /// Of groups and persons, the draft, earlier versions; over a group, those of that group.
    PolicyRules,
    PolicyChange,
    /// The rules that hold for everybody.
    PolicyForEverybody,
    DirectorySee,
    DirectoryRun,
    AuditSee,
    AdministratorsSee,
    AdministratorsChange,
    ApprovalsSee,
    /// The permission of the act itself decides further.
    ApprovalsDecide,
    IntegrationsSee,
    IntegrationsAdd,
    IntegrationsRevoke,
    BrakeRelease,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 23] = [
        Self::PeopleSee,
        Self::PeopleChange,
        Self::PeopleImport,
        Self::PersonExport,
        Self::PersonErase,
        Self::DeviceRevoke,
        Self::CodeForNewcomers,
        Self::CodeForAnybody,
        Self::PolicySee,
        Self::PolicyRules,
        Self::PolicyChange,
        Self::PolicyForEverybody,
        Self::DirectorySee,
        Self::DirectoryRun,
        Self::AuditSee,
        Self::AdministratorsSee,
        Self::AdministratorsChange,
        Self::ApprovalsSee,
        Self::ApprovalsDecide,
        Self::IntegrationsSee,
        Self::IntegrationsAdd,
        Self::IntegrationsRevoke,
        Self::BrakeRelease,
    ];

    /// The roles that have it, and whether a role over a group does: for the organization in memory. The server's own table decides,
    /// and a test compares the two.
    const fn of(self) -> (&'static [Role], bool) {
        use Role::{Auditor, HelpDesk, Owner, People, Policy};
        match self {
            Self::PeopleSee => (&[Owner, People, Auditor, HelpDesk], true),
            Self::PeopleChange | Self::CodeForAnybody => (&[Owner, People], true),
            Self::DeviceRevoke | Self::CodeForNewcomers => (&[Owner, People, HelpDesk], true),
            Self::PeopleImport | Self::DirectoryRun | Self::BrakeRelease => (&[Owner, People], false),
            Self::PolicySee => (&[Owner, People, Policy, Auditor], true),
            Self::PolicyRules => (&[Owner, Policy, Auditor], true),
            Self::PolicyChange => (&[Owner, Policy], true),
            Self::PolicyForEverybody => (&[Owner, Policy], false),
            Self::DirectorySee | Self::IntegrationsSee => (&[Owner, People, Auditor], false),
            Self::ApprovalsSee => (&[Owner, People, Policy, Auditor], true),
            Self::ApprovalsDecide => (&[Owner, People, Policy], true),
            Self::AuditSee | Self::AdministratorsSee => (&[Owner, Auditor], false),
            Self::PersonExport | Self::PersonErase => (&[Owner], false),
            Self::AdministratorsChange | Self::IntegrationsAdd | Self::IntegrationsRevoke => (&[Owner], false),
        }
    }
}

/// What one administrator may see and do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<Right>);

impl Rights {
    /// Those of somebody with these roles, in the organization in memory.
    pub fn of_roles(roles: &[Assignment]) -> Self {
        let has = |right: &Right| {
            let (holders, over_groups) = right.of();
            roles.iter().any(|held| holders.contains(&held.role()) && (over_groups || held.group().is_none()))
        };
        Right::ALL.into_iter().filter(has).collect()
    }

    pub fn has(&self, right: Right) -> bool {
        self.0.contains(&right)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}
