//! The organization's policy: a signed, versioned document; each publication is a leaf of the log. A policy can only restrict:
//! nothing in it adds a recipient or a key, or weakens a cipher. Which side enforces a row is part of the row.

mod document;
mod layers;
mod rows;
#[cfg(test)]
mod tests;
mod value;
mod version;

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode, Encoder};

pub use document::{BadLayers, Layer, LayersRoot, PolicyDocument, PolicyLayers, ProvenLayer, layers_tree};
pub use layers::{Rules, Scope, ScopeKind, effective};
pub use rows::{Enforcer, PolicyKey, Row, Weakening};
pub use value::{Choice, Item, Kind, ListKind, Listed, NoLimit, Range, Stricter, Unit, Value};
pub use version::Version;

use crate::directory::Visibility;
use crate::limits::{CERTIFICATE_LIFETIME_MS_MAX, ROSTER_MEMBERS_MAX};
use crate::time::DAY_MS;

const MINUTE_MS: u64 = 60 * 1_000;

/// Why a policy cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// No such row.
    #[error("no such policy")]
    Unknown,
    /// The value is outside the row's range.
    #[error("{0} does not take this value")]
    Value(PolicyKey),
    /// Not a scope.
    #[error("no such scope; write group:NAME or person:LOGIN")]
    Scope,
    /// The row cannot be set at this scope.
    #[error("{0} cannot be set there")]
    NotThere(PolicyKey),
}

/// `message.copy_forward`: whether messages may be copied and sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForward {
    /// Unless their author asks not to.
    Allow,
    /// Where their author allows it.
    Sender,
    /// Never.
    Forbid,
}

/// `message.read_receipts`: whether authors are told that their messages were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadReceipts {
    /// As each person likes.
    User,
    /// Never.
    Off,
    /// Always.
    On,
}

/// Whether a device opens with a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppLock {
    /// Nothing is asked of it.
    Off,
    /// Where there is one, the rows about idleness and wrong passphrases hold.
    Optional,
    /// There must be one.
    Required,
}

/// What a notification shows of a message. A lesser one shows less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preview {
    /// That there is one.
    Nothing,
    /// From whom.
    Sender,
    /// From whom, and what.
    Content,
}

/// Rows with their values; a row that is not set says nothing, and reads as its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    rows: BTreeMap<PolicyKey, Value>,
}

impl Policy {
    /// These rows, as people write them.
    pub fn of(rows: &[(PolicyKey, &str)]) -> Result<Self, BadPolicy> {
        let mut policy = Self::default();
        for (key, value) in rows {
            policy.set(*key, value)?;
        }
        Ok(policy)
    }

    /// What is set, by row.
    pub fn rows(&self) -> impl Iterator<Item = (PolicyKey, &Value)> {
        self.rows.iter().map(|(key, value)| (*key, value))
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The value that is set for a row, if one is.
    pub fn own(&self, key: PolicyKey) -> Option<&Value> {
        self.rows.get(&key)
    }

    /// The value of a row, set or not.
    pub fn at(&self, key: PolicyKey) -> &Value {
        self.own(key).unwrap_or(&key.row().default)
    }

    pub(crate) fn put(&mut self, key: PolicyKey, value: Value) {
        self.rows.insert(key, value);
    }

    /// The value of a row as people and scripts write it.
    pub fn value(&self, key: PolicyKey) -> String {
        key.kind().write(self.at(key))
    }

    /// Sets a row from its written value.
    pub fn set(&mut self, key: PolicyKey, value: &str) -> Result<(), BadPolicy> {
        let value = key.kind().parse(value).ok_or(BadPolicy::Value(key))?;
        self.put(key, value);
        Ok(())
    }

    /// A row says nothing any more.
    pub fn unset(&mut self, key: PolicyKey) {
        self.rows.remove(&key);
    }

    /// Puts names where they belong: a row says either names beside it and "nothing" itself, or no names.
    fn named(&mut self, names: BTreeMap<PolicyKey, Value>) -> Result<(), minicbor::decode::Error> {
        let is_named = |value: &Value| matches!(value, Value::Listed(Listed::Some(_)));
        let bare = self.rows.iter().any(|(key, value)| key.kind().beside().is_some() && is_named(value));
        let stray = names
            .iter()
            .any(|(key, value)| !is_named(value) || self.own(*key) != Some(&Value::Listed(Listed::Nothing)));
        if bare || stray {
            return Err(minicbor::decode::Error::message("names elsewhere than beside their row"));
        }
        self.rows.extend(names);
        Ok(())
    }

    fn number(&self, key: PolicyKey) -> Option<u64> {
        match self.at(key) {
            Value::Number(number) => *number,
            _ => None,
        }
    }

    fn chooses(&self, key: PolicyKey, word: &str) -> bool {
        self.value(key) == word
    }

    fn listed(&self, key: PolicyKey) -> &Listed {
        match self.at(key) {
            Value::Listed(listed) => listed,
            // Of one kind with its row; what cannot be is nothing.
            _ => &Listed::Nothing,
        }
    }

    /// `file.send`: extensions of files that may be offered.
    pub fn file_send(&self) -> &Listed {
        self.listed(PolicyKey::FileSend)
    }

    /// `file.receive`: extensions of files that may be fetched.
    pub fn file_receive(&self) -> &Listed {
        self.listed(PolicyKey::FileReceive)
    }

    /// `file.max_bytes`.
    pub fn file_max_bytes(&self) -> Option<u64> {
        self.number(PolicyKey::FileMaxBytes)
    }

    /// `contact.auto_accept`: whether colleagues are accepted without a click.
    pub fn accepts_colleagues(&self) -> bool {
        self.chooses(PolicyKey::ContactAutoAccept, "all")
    }

    /// `contact.block_unknown`.
    pub fn blocks_unknown(&self) -> bool {
        self.chooses(PolicyKey::ContactBlockUnknown, "on")
    }

    /// `contact.verify_required`.
    pub fn requires_verification(&self) -> bool {
        self.chooses(PolicyKey::ContactVerifyRequired, "all")
    }

    /// `identity.device_approval`: whether a device needs an administrator's code.
    pub fn requires_code(&self) -> bool {
        self.chooses(PolicyKey::IdentityDeviceApproval, "admin")
    }

    /// `identity.cert_lifetime_days`.
    pub fn certificate_lifetime_ms(&self) -> u64 {
        let days = self.number(PolicyKey::IdentityCertLifetimeDays).unwrap_or(u64::MAX);
        days.saturating_mul(DAY_MS).min(CERTIFICATE_LIFETIME_MS_MAX)
    }

    /// `file.save_location`: whether a file may be saved wherever the person likes.
    pub fn saves_anywhere(&self) -> bool {
        self.chooses(PolicyKey::FileSaveLocation, "free")
    }

    /// `group.create`: whether this person may begin groups.
    pub fn begins_groups(&self) -> bool {
        self.chooses(PolicyKey::GroupCreate, "everyone")
    }

    /// `group.max_members`.
    pub fn group_members_max(&self) -> usize {
        let people = self.number(PolicyKey::GroupMaxMembers).and_then(|people| usize::try_from(people).ok());
        people.map_or(ROSTER_MEMBERS_MAX, |people| people.min(ROSTER_MEMBERS_MAX))
    }

    /// `admin.session_idle_minutes`.
    pub fn admin_session_idle_ms(&self) -> u64 {
        self.number(PolicyKey::AdminSessionIdleMinutes).unwrap_or_default().saturating_mul(MINUTE_MS)
    }

    /// `admin.session_hours`.
    pub fn admin_session_ms(&self) -> u64 {
        self.number(PolicyKey::AdminSessionHours).unwrap_or_default().saturating_mul(60 * MINUTE_MS)
    }

    /// `device.app_lock`.
    pub fn app_lock(&self) -> AppLock {
        match self.value(PolicyKey::DeviceAppLock).as_str() {
            "off" => AppLock::Off,
            "optional" => AppLock::Optional,
            _ => AppLock::Required,
        }
    }

    /// `device.lock_idle_minutes`, where `device.app_lock` is not off.
    pub fn lock_idle_ms(&self) -> Option<u64> {
        let minutes = self.number(PolicyKey::DeviceLockIdleMinutes).filter(|_| self.app_lock() != AppLock::Off);
        minutes.map(|minutes| minutes.saturating_mul(MINUTE_MS))
    }

    /// `device.lock_wipe_after`, where `device.app_lock` is not off.
    pub fn lock_wipe_after(&self) -> Option<u32> {
        let failures = self.number(PolicyKey::DeviceLockWipeAfter).filter(|_| self.app_lock() != AppLock::Off);
        failures.map(|failures| u32::try_from(failures).unwrap_or(u32::MAX))
    }

    /// `notification.preview`.
    pub fn preview(&self) -> Preview {
        match self.value(PolicyKey::NotificationPreview).as_str() {
            "content" => Preview::Content,
            "sender" => Preview::Sender,
            _ => Preview::Nothing,
        }
    }

    /// `message.retention_days`; none keeps them.
    pub fn retention_days(&self) -> Option<u32> {
        self.number(PolicyKey::MessageRetentionDays).map(|days| u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// `message.edit_window_minutes`: how long after it was written a text may be edited; 0 never.
    pub fn edit_window_ms(&self) -> u64 {
        self.number(PolicyKey::MessageEditWindowMinutes).unwrap_or_default().saturating_mul(MINUTE_MS)
    }

    /// `message.copy_forward`.
    pub fn copy_forward(&self) -> CopyForward {
        match self.value(PolicyKey::MessageCopyForward).as_str() {
            "allow" => CopyForward::Allow,
            "sender" => CopyForward::Sender,
            _ => CopyForward::Forbid,
        }
    }

    /// `message.read_receipts`.
    pub fn read_receipts(&self) -> ReadReceipts {
        match self.value(PolicyKey::MessageReadReceipts).as_str() {
            "user" => ReadReceipts::User,
            "on" => ReadReceipts::On,
            _ => ReadReceipts::Off,
        }
    }

    /// `message.ephemeral`: whether people may have messages delete themselves.
    pub fn allows_timers(&self) -> bool {
        self.chooses(PolicyKey::MessageEphemeral, "allowed")
    }

    /// `message.ephemeral_seconds`: the longest that a message is there once it was read.
    pub fn ephemeral_s(&self) -> Option<u32> {
        self.number(PolicyKey::MessageEphemeralSeconds).map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// `message.export`: whether a conversation may be written into files.
    pub fn allows_export(&self) -> bool {
        self.chooses(PolicyKey::MessageExport, "allow")
    }

    /// `client.min_version`.
    pub fn client_min_version(&self) -> Version {
        match self.at(PolicyKey::ClientMinVersion) {
            Value::Version(version) => *version,
            _ => Version::default(),
        }
    }

    /// `directory.visibility`.
    pub fn visibility(&self) -> &Visibility {
        match self.at(PolicyKey::DirectoryVisibility) {
            Value::Visibility(rule) => rule,
            _ => &Visibility::Nobody,
        }
    }
}

impl<C> Encode<C> for Policy {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let mut numbered: BTreeMap<u32, (Kind, &Value)> = BTreeMap::new();
        for (key, value) in &self.rows {
            let (kind, number) = (key.kind(), key.row().number);
            match (kind.beside(), value) {
                (Some(beside), Value::Listed(Listed::Some(_))) => {
                    numbered.insert(number, (kind, &Value::Listed(Listed::Nothing)));
                    numbered.insert(beside, (kind, value));
                }
                (_, _) => {
                    numbered.insert(number, (kind, value));
                }
            }
        }
        e.map(numbered.len() as u64)?;
        for (number, (kind, value)) in numbered {
            value.encode(kind, e.u32(number)?)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Policy {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let mut policy = Self::default();
        let mut names = BTreeMap::new();
        let mut left = d.map()?;
        while left != Some(0) {
            if left.is_none() && d.datatype()? == minicbor::data::Type::Break {
                d.skip()?;
                break;
            }
            left = left.map(|left| left - 1);
            let number = u32::try_from(d.u64()?).ok();
            let (row, named) = (number.and_then(PolicyKey::numbered), number.and_then(PolicyKey::named_under));
            let before = match (row, named) {
                (Some(key), _) => policy.rows.insert(key, key.kind().decode(d)?),
                (None, Some(key)) => names.insert(key, key.kind().decode(d)?),
                (None, None) => {
                    d.skip()?;
                    None
                }
            };
            if before.is_some() {
                return Err(minicbor::decode::Error::message("a row twice"));
            }
        }
        policy.named(names)?;
        Ok(policy)
    }
}
