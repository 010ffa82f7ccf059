//! The organization's policy: a signed, versioned document; each publication is a leaf of the log. A policy can only restrict:
//! nothing in it adds a recipient or a key, or weakens a cipher. Which side enforces a row is part of the row.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::directory::Visibility;
use crate::limits::POLICY_BYTES_MAX;
use crate::signed::Document;
use crate::time::Timestamp;

/// Longest retention in days.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// Shortest retention in days, when there is one.
pub const RETENTION_DAYS_MIN: u32 = 7;

/// Who obeys a row: the server refuses, or the client obeys (as strong as an unmodified client), or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforcer {
    /// The server refuses.
    Server,
    /// The client obeys; never shown as a guarantee.
    Client,
    /// Both.
    Both,
}

/// `file.send`: may files be offered. Obeyed by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum FileSend {
    /// No file can be offered.
    #[n(0)]
    Off,
    /// Any file.
    #[default]
    #[n(1)]
    All,
}

/// `contact.auto_accept`: are colleagues accepted without a click. Obeyed by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum AutoAccept {
    /// Each person decides.
    #[n(0)]
    Nobody,
    /// Every certified colleague is accepted.
    #[default]
    #[n(1)]
    All,
}

/// A program version, `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode)]
#[cbor(map)]
pub struct Version {
    /// Incompatible changes.
    #[n(0)]
    pub major: u16,
    /// Compatible additions.
    #[n(1)]
    pub minor: u16,
    /// Mended faults.
    #[n(2)]
    pub patch: u16,
}

impl Version {
    /// The version of this program.
    pub fn current() -> Self {
        match env!("CARGO_PKG_VERSION").parse() {
            Ok(version) => version,
            Err(_) => unreachable!("the workspace version is major.minor.patch"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        let mut numbers = text.split('.').map(str::parse::<u16>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or(BadPolicy::Value(PolicyKey::ClientMinVersion));
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if numbers.next().is_some() { Err(BadPolicy::Value(PolicyKey::ClientMinVersion)) } else { Ok(version) }
    }
}

/// Every row of the policy with its value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    /// `file.send`.
    #[n(0)]
    #[cbor(default)]
    pub file_send: FileSend,
    /// `file.max_bytes`: largest file that may be offered; none means no limit.
    #[n(1)]
    pub file_max_bytes: Option<u64>,
    /// `contact.auto_accept`.
    #[n(2)]
    #[cbor(default)]
    pub contact_auto_accept: AutoAccept,
    /// `message.retention_days`: messages older than this are deleted by the client; 0 keeps them.
    #[n(3)]
    #[cbor(default)]
    pub message_retention_days: u32,
    /// `client.min_version`: older clients are refused by the server and stop by themselves.
    #[n(4)]
    #[cbor(default)]
    pub client_min_version: Version,
    /// `directory.visibility`: whom a person finds in the directory.
    #[n(5)]
    #[cbor(default)]
    pub directory_visibility: Visibility,
}

/// The name of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKey {
    /// `file.send`
    FileSend,
    /// `file.max_bytes`
    FileMaxBytes,
    /// `contact.auto_accept`
    ContactAutoAccept,
    /// `message.retention_days`
    MessageRetentionDays,
    /// `client.min_version`
    ClientMinVersion,
    /// `directory.visibility`
    DirectoryVisibility,
}

impl PolicyKey {
    /// Every row.
    pub const ALL: [Self; 6] = [
        Self::FileSend,
        Self::FileMaxBytes,
        Self::ContactAutoAccept,
        Self::MessageRetentionDays,
        Self::ClientMinVersion,
        Self::DirectoryVisibility,
    ];

    /// The row's name as people and scripts write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileSend => "file.send",
            Self::FileMaxBytes => "file.max_bytes",
            Self::ContactAutoAccept => "contact.auto_accept",
            Self::MessageRetentionDays => "message.retention_days",
            Self::ClientMinVersion => "client.min_version",
            Self::DirectoryVisibility => "directory.visibility",
        }
    }

    /// Who enforces the row.
    pub const fn enforcer(self) -> Enforcer {
        match self {
            Self::FileSend | Self::FileMaxBytes | Self::ContactAutoAccept | Self::MessageRetentionDays => {
                Enforcer::Client
            }
            Self::ClientMinVersion => Enforcer::Both,
            Self::DirectoryVisibility => Enforcer::Server,
        }
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a policy cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// No such row.
    #[error("no such policy")]
    Unknown,
    /// The value is outside the row's range.
    #[error("{0} does not take this value")]
    Value(PolicyKey),
}

impl FromStr for PolicyKey {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        Self::ALL.into_iter().find(|key| key.name() == text).ok_or(BadPolicy::Unknown)
    }
}

impl Policy {
    /// The value of a row as people and scripts write it.
    pub fn value(&self, key: PolicyKey) -> String {
        match key {
            PolicyKey::FileSend => match self.file_send {
                FileSend::Off => "off".into(),
                FileSend::All => "all".into(),
            },
            PolicyKey::FileMaxBytes => self.file_max_bytes.map_or_else(|| "none".into(), |bytes| bytes.to_string()),
            PolicyKey::ContactAutoAccept => match self.contact_auto_accept {
                AutoAccept::Nobody => "nobody".into(),
                AutoAccept::All => "all".into(),
            },
            PolicyKey::MessageRetentionDays => self.message_retention_days.to_string(),
            PolicyKey::ClientMinVersion => self.client_min_version.to_string(),
            PolicyKey::DirectoryVisibility => self.directory_visibility.to_string(),
        }
    }

    /// Sets a row from its written value.
    pub fn set(&mut self, key: PolicyKey, value: &str) -> Result<(), BadPolicy> {
        let bad = BadPolicy::Value(key);
        match key {
            PolicyKey::FileSend => {
                self.file_send = match value {
                    "off" => FileSend::Off,
                    "all" => FileSend::All,
                    _ => return Err(bad),
                }
            }
            PolicyKey::FileMaxBytes => {
                self.file_max_bytes = match value {
                    "none" => None,
                    number => Some(number.parse().map_err(|_| bad)?),
                }
            }
            PolicyKey::ContactAutoAccept => {
                self.contact_auto_accept = match value {
                    "nobody" => AutoAccept::Nobody,
                    "all" => AutoAccept::All,
                    _ => return Err(bad),
                }
            }
            PolicyKey::MessageRetentionDays => {
                let days: u32 = value.parse().map_err(|_| bad)?;
                if days != 0 && !(RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&days) {
                    return Err(bad);
                }
                self.message_retention_days = days;
            }
            PolicyKey::ClientMinVersion => self.client_min_version = value.parse()?,
            PolicyKey::DirectoryVisibility => self.directory_visibility = value.parse().map_err(|_| bad)?,
        }
        Ok(())
    }
}

/// A published policy.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyDocument {
    /// Grows with each publication.
    #[n(0)]
    pub version: u64,
    /// When it was published.
    #[n(1)]
    pub issued: Timestamp,
    /// The rows.
    #[n(2)]
    pub policy: Policy,
}

impl Document for PolicyDocument {
    const LABEL: &'static str = "isoloir policy v1";
    const BYTES_MAX: usize = POLICY_BYTES_MAX;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_written_and_read_the_same() {
        let mut policy = Policy { file_max_bytes: Some(5), message_retention_days: 30, ..Policy::default() };
        for key in PolicyKey::ALL {
            assert_eq!(key.name().parse(), Ok(key));
            let (before, value) = (policy.clone(), policy.value(key));
            policy.set(key, &value).unwrap();
            assert_eq!(policy, before);
        }
        assert_eq!(
            policy.set(PolicyKey::MessageRetentionDays, "3"),
            Err(BadPolicy::Value(PolicyKey::MessageRetentionDays))
        );
        assert!("file.sned".parse::<PolicyKey>().is_err());
    }
}
