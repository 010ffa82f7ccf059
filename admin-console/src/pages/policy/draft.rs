//! The policy as a form: texts as they were typed, and the policy that they mean. It must never lose a value that it showed.

use protocol::directory::{Group, Visibility};
use protocol::policy::{Policy, PolicyKey};

use crate::api::{Field, FieldFault, FieldProblem};
use crate::form::Form;

/// In what the largest file is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Byte,
    Kilobyte,
    Megabyte,
    Gigabyte,
}

impl Unit {
    pub const ALL: [Self; 4] = [Self::Byte, Self::Kilobyte, Self::Megabyte, Self::Gigabyte];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Byte => "byte",
            Self::Kilobyte => "kilobyte",
            Self::Megabyte => "megabyte",
            Self::Gigabyte => "gigabyte",
        }
    }

    /// Decimal, as file managers count.
    const fn bytes(self) -> u64 {
        match self {
            Self::Byte => 1,
            Self::Kilobyte => 1_000,
            Self::Megabyte => 1_000_000,
            Self::Gigabyte => 1_000_000_000,
        }
    }

    /// The largest unit in which a size is a whole number, and that number.
    pub fn of(bytes: u64) -> (Self, u64) {
        let whole = Self::ALL.into_iter().rev().find(|unit| bytes != 0 && bytes.is_multiple_of(unit.bytes()));
        let unit = whole.unwrap_or(Self::Byte);
        (unit, bytes / unit.bytes())
    }
}

/// The fields as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The version that it was made from.
    pub expected: u64,
    pub file_send: String,
    /// `none` or `max`.
    pub file_limit: String,
    pub file_max: String,
    pub file_unit: String,
    pub auto_accept: String,
    /// `keep` or `days`.
    pub retention: String,
    pub retention_days: String,
    pub min_version: String,
    /// `all`, `same-group`, `groups` or `none`.
    pub visibility: String,
    /// Names with commas between them.
    pub visible_groups: String,
}

/// The groups that a policy shows, with commas between them.
pub(super) fn visible_groups(policy: &Policy) -> String {
    match policy.visibility() {
        Visibility::Groups(groups) => groups.iter().map(Group::as_str).collect::<Vec<_>>().join(", "),
        Visibility::All | Visibility::SameGroup | Visibility::Nobody => String::new(),
    }
}

/// Days of `message.retention_days`.
const RETENTION_DAYS: (u64, u64) = (7, 3_650);
/// What an empty number field starts with once its choice is taken.
const RETENTION_DAYS_SHOWN: u32 = 365;

impl Draft {
    /// The form of a policy in force.
    pub fn of(policy: &Policy, version: u64) -> Self {
        let (unit, amount) = policy.file_max_bytes().map_or((Unit::Megabyte, None), |bytes| {
            let (unit, amount) = Unit::of(bytes);
            (unit, Some(amount))
        });
        let days = policy.retention_days().unwrap_or(0);
        Self {
            expected: version,
            file_send: policy.value(PolicyKey::FileSend),
            file_limit: if amount.is_some() { "max" } else { "none" }.to_owned(),
            file_max: amount.map_or_else(String::new, |amount| amount.to_string()),
            file_unit: unit.name().to_owned(),
            auto_accept: policy.value(PolicyKey::ContactAutoAccept),
            retention: if days == 0 { "keep" } else { "days" }.to_owned(),
            retention_days: if days == 0 { RETENTION_DAYS_SHOWN } else { days }.to_string(),
            min_version: policy.client_min_version().to_string(),
            visibility: match policy.visibility() {
                Visibility::Groups(_) => "groups".to_owned(),
                rule => rule.to_string(),
            },
            visible_groups: visible_groups(policy),
        }
    }

    /// What was typed.
    pub fn read(form: &Form) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            expected: form.text("expected").parse().unwrap_or_default(),
            file_send: text("file_send"),
            file_limit: text("file_limit"),
            file_max: text("file_max"),
            file_unit: text("file_unit"),
            auto_accept: text("auto_accept"),
            retention: text("retention"),
            retention_days: text("retention_days"),
            min_version: text("min_version"),
            visibility: text("visibility"),
            visible_groups: text("visible_groups"),
        }
    }

    /// Whether the largest file was given in this unit.
    pub fn is_in(&self, unit: &Unit) -> bool {
        self.file_unit == unit.name()
    }

    /// The fields to send again, by name.
    pub fn fields(&self) -> [(&'static str, &str); 10] {
        [
            ("file_send", &self.file_send),
            ("file_limit", &self.file_limit),
            ("file_max", &self.file_max),
            ("file_unit", &self.file_unit),
            ("auto_accept", &self.auto_accept),
            ("retention", &self.retention),
            ("retention_days", &self.retention_days),
            ("min_version", &self.min_version),
            ("visibility", &self.visibility),
            ("visible_groups", &self.visible_groups),
        ]
    }

    /// The policy that the fields mean, or every field that means nothing.
    pub fn policy(&self) -> Result<Policy, Vec<FieldProblem>> {
        let mut faults = Vec::new();
        let mut fault = |field, fault| faults.push(FieldProblem { field, fault });
        let mut policy = Policy::default();
        let mut set = |key, value: &str| policy.set(key, value).is_ok();
        // What is not understood permits nothing.
        if !set(PolicyKey::FileSend, &self.file_send) {
            set(PolicyKey::FileSend, "off");
        }
        set(PolicyKey::ContactAutoAccept, if self.auto_accept == "nobody" { "nobody" } else { "all" });
        set(PolicyKey::FileMaxBytes, "none");
        if self.file_limit == "max" {
            let unit = Unit::ALL.into_iter().find(|unit| unit.name() == self.file_unit).unwrap_or(Unit::Megabyte);
            match number(&self.file_max).map(|amount| amount.checked_mul(unit.bytes())) {
                Ok(Some(bytes)) => {
                    set(PolicyKey::FileMaxBytes, &bytes.to_string());
                }
                Ok(None) => fault(Field::FileMaxBytes, FieldFault::OutOfRange { min: 0, max: u64::MAX / unit.bytes() }),
                Err(bad) => fault(Field::FileMaxBytes, bad),
            }
        }
        set(PolicyKey::MessageRetentionDays, "0");
        if self.retention == "days" {
            let (min, max) = RETENTION_DAYS;
            match number(&self.retention_days) {
                Ok(days) if set(PolicyKey::MessageRetentionDays, &days.to_string()) && days != 0 => {}
                Ok(_) => fault(Field::MessageRetentionDays, FieldFault::OutOfRange { min, max }),
                Err(bad) => fault(Field::MessageRetentionDays, bad),
            }
        }
        match self.min_version.as_str() {
            "" => fault(Field::ClientMinVersion, FieldFault::Empty),
            version if set(PolicyKey::ClientMinVersion, version) => {}
            _ => fault(Field::ClientMinVersion, FieldFault::Malformed),
        }
        match self.rule() {
            Ok(rule) => {
                set(PolicyKey::DirectoryVisibility, &rule.to_string());
            }
            Err(bad) => fault(Field::DirectoryVisibility, bad),
        }
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }
}

impl Draft {
    /// Who sees whom. What is not understood hides nobody less: it is a fault.
    fn rule(&self) -> Result<Visibility, FieldFault> {
        let written = match self.visibility.as_str() {
            "groups" if self.visible_groups.is_empty() => return Err(FieldFault::Empty),
            "groups" => format!("groups:{}", self.visible_groups),
            rule => rule.to_owned(),
        };
        written.parse().map_err(|_| FieldFault::Malformed)
    }
}

/// A number as people type it: spaces between groups are no fault.
fn number(text: &str) -> Result<u64, FieldFault> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.is_empty() {
        return Err(FieldFault::Empty);
    }
    digits.parse().map_err(|_| FieldFault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rows: &[(PolicyKey, &str)]) -> Policy {
        Policy::of(rows).expect("rows")
    }

    #[test]
    fn a_policy_that_was_shown_comes_back_unchanged() {
        for max in ["none", "0", "5", "1500", "25000000", "18446744073709551615"] {
            for days in ["0", "7", "3650"] {
                let policy = policy(&[
                    (PolicyKey::FileSend, "off"),
                    (PolicyKey::ContactAutoAccept, "nobody"),
                    (PolicyKey::ClientMinVersion, "1.2.3"),
                    (PolicyKey::FileMaxBytes, max),
                    (PolicyKey::MessageRetentionDays, days),
                    (PolicyKey::DirectoryVisibility, "same-group"),
                ]);
                assert_eq!(Draft::of(&policy, 4).policy(), Ok(policy));
            }
        }
    }

    #[test]
    fn types_of_files_are_kept_and_what_means_nothing_permits_nothing() {
        let typed = policy(&[(PolicyKey::FileSend, "types:docx,pdf")]);
        let mut draft = Draft::of(&typed, 4);
        assert_eq!(draft.policy().map(|read| read.value(PolicyKey::FileSend)), Ok(typed.value(PolicyKey::FileSend)));
        draft.file_send = "everything".to_owned();
        assert_eq!(draft.policy().map(|read| read.value(PolicyKey::FileSend)), Ok("off".to_owned()));
    }

    #[test]
    fn no_rule_about_who_sees_whom_is_lost_or_taken_for_another() {
        for rule in ["all", "same-group", "groups:lyon,paris", "none"] {
            let policy = policy(&[(PolicyKey::DirectoryVisibility, rule)]);
            let read = Draft::of(&policy, 4).policy().map(|read| read.value(PolicyKey::DirectoryVisibility));
            assert_eq!(read, Ok(rule.to_owned()));
        }
        let draft = Draft::of(&Policy::default(), 1);
        for (visibility, groups, bad) in [
            ("", "", FieldFault::Malformed),
            ("groups", "", FieldFault::Empty),
            ("groups", "a,,b", FieldFault::Malformed),
        ] {
            let draft = Draft { visibility: visibility.into(), visible_groups: groups.into(), ..draft.clone() };
            let problem = FieldProblem { field: Field::DirectoryVisibility, fault: bad };
            assert_eq!(draft.policy(), Err(vec![problem]), "{visibility}");
        }
    }

    #[test]
    fn every_fault_is_told() {
        let draft = Draft {
            file_limit: "max".into(),
            file_max: "99999999999999999999".into(),
            retention: "days".into(),
            retention_days: "3".into(),
            min_version: "1.2".into(),
            ..Draft::of(&Policy::default(), 1)
        };
        let fields: Vec<Field> = draft.policy().expect_err("faults").iter().map(|fault| fault.field).collect();
        assert_eq!(fields, [Field::FileMaxBytes, Field::MessageRetentionDays, Field::ClientMinVersion]);
        let spaced = Draft { file_limit: "max".into(), file_max: "1 000".into(), ..Draft::of(&Policy::default(), 1) };
        assert_eq!(spaced.policy().map(|policy| policy.file_max_bytes()), Ok(Some(1_000_000_000)));
    }
}
