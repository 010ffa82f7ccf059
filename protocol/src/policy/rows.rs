//! The one table of the policy's rows. A row stands here only if this version makes it bind: the server refuses, or the client obeys
//! and says why. To add one: a line here, its words in both languages, and the place that asks for it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::BadPolicy;
use super::layers::ScopeKind;
use super::value::{Choice, Item, Kind, ListKind, Listed, NoLimit, Range, Stricter, Unit, Value};
use super::version::Version;
use crate::directory::Visibility;

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

/// What it takes to weaken a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakening {
    /// A person; no program.
    Plain,
    /// A second person too, where the organization asks for that.
    Dangerous,
    /// As dangerous in either direction: a shorter time destroys, a longer one keeps more than was promised.
    EitherWay,
}

/// A row.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub key: PolicyKey,
    /// Its number in documents, for good.
    pub number: u32,
    /// As people and scripts write it.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// While nobody says otherwise; permits the most.
    pub default: Value,
    /// Who obeys.
    pub enforcer: Enforcer,
    /// Where it may be set.
    pub scopes: &'static [ScopeKind],
    /// What it takes to weaken it.
    pub weakening: Weakening,
}

const EVERYWHERE: &[ScopeKind] = &[ScopeKind::Organization, ScopeKind::Group, ScopeKind::Guests, ScopeKind::Person];

const fn choice(code: u8, word: &'static str) -> Choice {
    Choice { code, word }
}

const OFF_OR_ON: Kind = Kind::Choice(&[choice(1, "on"), choice(0, "off")]);
const FILE_TYPES: Kind = Kind::List(ListKind { nothing: "off", some: "types", all: "all", of: Item::Extension });

macro_rules! rows {
    ($($(#[$doc:meta])* $key:ident = $number:literal, $name:literal, $kind:expr, $default:expr, $enforcer:ident, $scopes:expr,
        $weakening:ident;)+) => {
        /// The name of a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PolicyKey {
            $(#[doc = concat!("`", $name, "`")] $(#[$doc])* $key,)+
        }

        static ROWS: &[Row] = &[$(Row {
            key: PolicyKey::$key,
            number: $number,
            name: $name,
            kind: $kind,
            default: $default,
            enforcer: Enforcer::$enforcer,
            scopes: $scopes,
            weakening: Weakening::$weakening,
        },)+];

        impl PolicyKey {
            /// Every row.
            pub const ALL: &[Self] = &[$(Self::$key,)+];
        }
    };
}

rows! {
    /// May a device be enrolled by whoever knows a password, or only with an administrator's code.
    IdentityDeviceApproval = 10, "identity.device_approval", Kind::Choice(&[choice(1, "admin"), choice(0, "auto")]),
        Value::Choice(0), Server, EVERYWHERE, Dangerous;
    /// Whom a person finds in the directory.
    DirectoryVisibility = 5, "directory.visibility", Kind::Visibility,
        Value::Visibility(Visibility::All), Server, EVERYWHERE, Dangerous;
    /// Are colleagues accepted without a click.
    ContactAutoAccept = 2, "contact.auto_accept",
        Kind::Choice(&[choice(0, "nobody"), choice(1, "all")]), Value::Choice(1), Client, EVERYWHERE, Plain;
    /// Do people whom a person cannot find in the directory get silence.
    ContactBlockUnknown = 8, "contact.block_unknown", OFF_OR_ON, Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Must safety numbers be compared before anything is sent.
    ContactVerifyRequired = 9, "contact.verify_required", Kind::Choice(&[choice(1, "all"), choice(0, "none")]),
        Value::Choice(0), Client, EVERYWHERE, Dangerous;
    /// Which files may be offered, by the extension of their name.
    FileSend = 0, "file.send", FILE_TYPES, Value::Listed(Listed::Everything), Client, EVERYWHERE, Plain;
    /// Which files may be fetched, by the extension of their name.
    FileReceive = 6, "file.receive", FILE_TYPES, Value::Listed(Listed::Everything), Client, EVERYWHERE, Plain;
    /// Largest file that may be offered or fetched.
    FileMaxBytes = 1, "file.max_bytes",
        Kind::Number(Range { unit: Unit::Bytes, min: 0, max: u64::MAX, none: Some(NoLimit::Word), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, Plain;
    /// Messages older than this are deleted by the client; 0 keeps them.
    MessageRetentionDays = 3, "message.retention_days",
        Kind::Number(Range { unit: Unit::Days, min: 7, max: 3_650, none: Some(NoLimit::Zero), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, EitherWay;
    /// Older clients are refused by the server and stop by themselves.
    ClientMinVersion = 4, "client.min_version", Kind::Version,
        Value::Version(Version { major: 0, minor: 0, patch: 0 }), Both, EVERYWHERE, Dangerous;
}

impl PolicyKey {
    /// All about the row.
    pub fn row(self) -> &'static Row {
        match ROWS.get(self as usize) {
            Some(row) => row,
            None => unreachable!("every key has its row"),
        }
    }

    /// The row's name as people and scripts write it.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it takes.
    pub fn kind(self) -> Kind {
        self.row().kind
    }

    /// Who enforces the row.
    pub fn enforcer(self) -> Enforcer {
        self.row().enforcer
    }

    /// The row with this number in documents.
    pub fn numbered(number: u32) -> Option<Self> {
        ROWS.iter().find(|row| row.number == number).map(|row| row.key)
    }

    /// Whether it may be set there.
    pub fn is_for(self, scope: ScopeKind) -> bool {
        self.row().scopes.contains(&scope)
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PolicyKey {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        Self::ALL.iter().copied().find(|key| key.name() == text).ok_or(BadPolicy::Unknown)
    }
}
