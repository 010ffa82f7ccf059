//! The one table of the policy's rows. A row stands here only if this version makes it bind: the server refuses, or the client obeys
//! and says why. To add one: a line here, its words in both languages, and the place that asks for it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::BadPolicy;
use super::layers::ScopeKind;
use super::value::{Choice, Item, Kind, ListKind, Listed, NONE, NoLimit, Range, Stricter, Unit, Value};
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
    /// A person and no program, and two where the organization asks for two.
    Plain,
    /// The same in either direction: a shorter time destroys, a longer one keeps more than was promised.
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

/// What concerns the server and those who administer it.
const ORGANIZATION_ALONE: &[ScopeKind] = &[ScopeKind::Organization];

const fn choice(code: u8, word: &'static str) -> Choice {
    Choice { code, word }
}

const OFF_OR_ON: Kind = Kind::Choice(&[choice(1, "on"), choice(0, "off")]);
const FILE_TYPES: ListKind = ListKind { nothing: "off", some: "types", all: "all", of: Item::Extension, beside: None };

/// A number that is always set; a smaller one is stricter.
const fn at_most(unit: Unit, min: u64, max: u64) -> Range {
    Range { unit, min, max, none: None, stricter: Stricter::Smaller }
}

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
        Value::Choice(0), Server, EVERYWHERE, Plain;
    /// How long a device's certificate lasts. A device that was away longer renews it when it comes back.
    IdentityCertLifetimeDays = 12, "identity.cert_lifetime_days", Kind::Number(at_most(Unit::Days, 7, 90)),
        Value::Number(Some(90)), Both, EVERYWHERE, Plain;
    /// Whom a person finds in the directory.
    DirectoryVisibility = 5, "directory.visibility", Kind::Visibility,
        Value::Visibility(Visibility::All), Server, EVERYWHERE, Plain;
    /// Are colleagues accepted without a click.
    ContactAutoAccept = 2, "contact.auto_accept",
        Kind::Choice(&[choice(0, "nobody"), choice(1, "all")]), Value::Choice(1), Client, EVERYWHERE, Plain;
    /// Do people whom a person cannot find in the directory get silence.
    ContactBlockUnknown = 8, "contact.block_unknown", OFF_OR_ON, Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Must safety numbers be compared before anything is sent.
    ContactVerifyRequired = 9, "contact.verify_required", Kind::Choice(&[choice(1, "all"), choice(0, "none")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Which files may be offered, by the extension of their name.
    FileSend = 0, "file.send", Kind::List(ListKind { beside: Some(11), ..FILE_TYPES }), Value::Listed(Listed::Everything), Client, EVERYWHERE, Plain;
    /// Which files may be fetched, by the extension of their name.
    FileReceive = 6, "file.receive", Kind::List(FILE_TYPES), Value::Listed(Listed::Everything), Client, EVERYWHERE, Plain;
    /// Largest file that may be offered or fetched.
    FileMaxBytes = 1, "file.max_bytes",
        Kind::Number(Range { unit: Unit::Bytes, min: 0, max: u64::MAX, none: Some(NoLimit::Word), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, Plain;
    /// Where files may be saved: anywhere, or only in the folder that the program was started with for that.
    FileSaveLocation = 13, "file.save_location", Kind::Choice(&[choice(1, "folder"), choice(0, "free")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Who may begin groups.
    GroupCreate = 27, "group.create", Kind::Choice(&[choice(1, "nobody"), choice(0, "everyone")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// How many people a group may have that somebody begins or adds to.
    GroupMaxMembers = 28, "group.max_members", Kind::Number(at_most(Unit::Count, 2, 32)),
        Value::Number(Some(32)), Client, EVERYWHERE, Plain;
    /// Messages older than this are deleted by the client; 0 keeps them.
    MessageRetentionDays = 3, "message.retention_days",
        Kind::Number(Range { unit: Unit::Days, min: 7, max: 3_650, none: Some(NoLimit::Zero), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, EitherWay;
    /// A text may be edited so long after it was written; 0 forbids it.
    MessageEditWindowMinutes = 16, "message.edit_window_minutes", Kind::Number(at_most(Unit::Minutes, 0, 1_440)),
        Value::Number(Some(1_440)), Client, EVERYWHERE, Plain;
    /// May messages be copied and sent on: unless their author asks not to, only where their author allows it, or never.
    MessageCopyForward = 17, "message.copy_forward",
        Kind::Choice(&[choice(2, "forbid"), choice(1, "sender"), choice(0, "allow")]), Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Are authors told that their messages were read: never, always, or as each person likes.
    MessageReadReceipts = 18, "message.read_receipts",
        Kind::Choice(&[choice(1, "off"), choice(2, "on"), choice(0, "user")]), Value::Choice(0), Client, EVERYWHERE, Plain;
    /// May people have messages delete themselves.
    MessageEphemeral = 19, "message.ephemeral", Kind::Choice(&[choice(1, "off"), choice(0, "allowed")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Messages are deleted so long after they were read, whatever people choose.
    MessageEphemeralSeconds = 21, "message.ephemeral_seconds",
        Kind::Number(Range { unit: Unit::Seconds, min: 60, max: 31_536_000, none: Some(NoLimit::Word), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, EitherWay;
    /// May a conversation be written into files.
    MessageExport = 20, "message.export", Kind::Choice(&[choice(1, "forbid"), choice(0, "allow")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// Older clients are refused by the server and stop by themselves.
    ClientMinVersion = 4, "client.min_version", Kind::Version,
        Value::Version(Version { major: 0, minor: 0, patch: 0 }), Both, EVERYWHERE, Plain;
    /// An administrator's session that is not used for this long ends.
    AdminSessionIdleMinutes = 14, "admin.session_idle_minutes", Kind::Number(at_most(Unit::Minutes, 1, 15)),
        Value::Number(Some(15)), Server, ORGANIZATION_ALONE, Plain;
    /// An administrator's session ends after this long, whatever is done in it.
    AdminSessionHours = 15, "admin.session_hours", Kind::Number(at_most(Unit::Hours, 1, 12)),
        Value::Number(Some(12)), Server, ORGANIZATION_ALONE, Plain;
    /// Whether programs open with a passphrase: nothing is asked, the next two rows hold where there is one, or there must be one.
    DeviceAppLock = 23, "device.app_lock", Kind::Choice(&[choice(2, "required"), choice(1, "optional"), choice(0, "off")]),
        Value::Choice(0), Client, EVERYWHERE, Plain;
    /// A program that nobody has used for this long locks itself.
    DeviceLockIdleMinutes = 24, "device.lock_idle_minutes",
        Kind::Number(Range { unit: Unit::Minutes, min: 1, max: 60, none: Some(NoLimit::Word), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, Plain;
    /// After so many wrong passphrases in a row the device destroys what it keeps.
    DeviceLockWipeAfter = 25, "device.lock_wipe_after",
        Kind::Number(Range { unit: Unit::Count, min: 3, max: 20, none: Some(NoLimit::Word), stricter: Stricter::Smaller }),
        Value::Number(None), Client, EVERYWHERE, EitherWay;
    /// What a notification on the desktop may show of a message.
    NotificationPreview = 26, "notification.preview",
        Kind::Choice(&[choice(2, "none"), choice(1, "sender"), choice(0, "content")]), Value::Choice(0), Client, EVERYWHERE, Plain;
}

impl Kind {
    /// What it takes, in the words that people write: `a|b`, `7..3650|0`, `off|types:A,B|all`.
    pub fn described(self) -> String {
        let words = |choices: &[Choice]| choices.iter().map(|choice| choice.word).collect::<Vec<_>>();
        match self {
            Self::Choice(choices) => words(choices).join("|"),
            Self::Number(range) => {
                let none = match range.none {
                    Some(NoLimit::Word) => "|none",
                    Some(NoLimit::Zero) => "|0",
                    None => "",
                };
                format!("{}..{}{none}", range.min, range.max)
            }
            Self::List(list) => format!("{}|{}:A,B|{}", list.nothing, list.some, list.all),
            Self::Set(choices) => format!("{NONE}|{}", words(choices).join(",")),
            Self::Version => "MAJOR.MINOR.PATCH".to_owned(),
            Self::Visibility => "all|same-group|groups:A,B|none".to_owned(),
        }
    }
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

    /// The row whose names stand under this number in documents.
    pub(super) fn named_under(number: u32) -> Option<Self> {
        ROWS.iter().find(|row| row.kind.beside() == Some(number)).map(|row| row.key)
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
