//! A person of the organization: attributes within bounds, and where they stand. Names and logins here are `Personal`:
//! they must never reach a log line or an error's text.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::limits::{GROUPS_PER_PERSON_MAX, LOGIN_BYTES_MAX, MAIL_BYTES_MAX, NAME_BYTES_MAX};
use protocol::secret::Personal;
use unicode_normalization::UnicodeNormalization as _;

pub use super::source::Source;

/// Longest id of an entry at its source, in bytes.
pub const EXTERNAL_ID_BYTES_MAX: usize = 128;

/// What an entry has to have; a mail address may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    Id,
    Login,
    Name,
    Mail,
    Groups,
    /// Whether the account is open.
    Account,
}

impl Attribute {
    const ALL: [Self; 6] = [Self::Id, Self::Login, Self::Name, Self::Mail, Self::Groups, Self::Account];

    /// The attribute that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Login => "login",
            Self::Name => "name",
            Self::Mail => "mail",
            Self::Groups => "groups",
            Self::Account => "account",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An attribute is empty, too long, or has characters it may not have. The value is not in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} is empty, too long, or has characters that it may not have")]
pub struct Unusable(pub Attribute);

/// The name a person signs in with and is found by: lower case, no spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login(Personal<String>);

impl Login {
    /// Trims, composes and lower-cases: directories compare logins without case, and count ways to write a letter as one (RFC 4518).
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let text = text.trim();
        let login: String = match text.is_ascii() {
            true => text.to_lowercase(),
            false => text.nfkc().flat_map(char::to_lowercase).nfkc().collect(),
        };
        let fits = (1..=LOGIN_BYTES_MAX).contains(&login.len());
        if fits && login.chars().all(|c| c.is_alphanumeric() || "._-@+".contains(c)) {
            Ok(Self(Personal::new(login)))
        } else {
            Err(Unusable(Attribute::Login))
        }
    }

    /// The login itself.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The id of an entry at its source: `entryUUID`, or a column of a CSV file. It survives a change of login.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId(Personal<Arc<str>>);

impl ExternalId {
    /// Trims; compared byte for byte.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let id = text.trim();
        if (1..=EXTERNAL_ID_BYTES_MAX).contains(&id.len()) && is_plain(id) {
            Ok(Self(Personal::new(Arc::from(id))))
        } else {
            Err(Unusable(Attribute::Id))
        }
    }

    /// The id itself.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What the directory says about a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile {
    pub login: Login,
    pub name: Personal<String>,
    pub mail: Option<Personal<String>>,
    /// At most [`GROUPS_PER_PERSON_MAX`].
    pub groups: BTreeSet<Group>,
}

impl Profile {
    /// Checks the attributes; an empty mail is no mail.
    pub fn parse(login: &str, name: &str, mail: &str) -> Result<Self, Unusable> {
        let login = Login::parse(login)?;
        let (name, mail) = (name.trim(), mail.trim());
        if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !is_plain(name) {
            return Err(Unusable(Attribute::Name));
        }
        let is_mail = mail.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        if !mail.is_empty()
            && (mail.len() > MAIL_BYTES_MAX || !is_mail || mail.contains(char::is_whitespace) || !is_plain(mail))
        {
            return Err(Unusable(Attribute::Mail));
        }
        let mail = (!mail.is_empty()).then(|| Personal::from(mail));
        Ok(Self { login, name: Personal::from(name), mail, groups: BTreeSet::new() })
    }

    /// The same person in these groups.
    pub fn with_groups(self, groups: BTreeSet<Group>) -> Result<Self, Unusable> {
        if groups.len() > GROUPS_PER_PERSON_MAX {
            Err(Unusable(Attribute::Groups))
        } else {
            Ok(Self { groups, ..self })
        }
    }
}

/// No control character, and none that reorders the text around it (a name must not be able to pose as another one).
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// Whether the source lists the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    Listed,
    Absent,
    /// For good: nothing of the person is left but the id and that of the entry, so that the entry brings nobody back.
    Removed,
}

/// Whether an administrator has suspended the person by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    Open,
    Locked,
}

/// Whether the person has a device that is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enrolled {
    No,
    Yes,
}

/// Where a person stands. `super::person` says what each event makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Known, may enroll.
    Provisioned,
    /// Has a device.
    Active,
    /// Left the directory or its filter; the directory can bring them back.
    Suspended,
    /// Suspended by an administrator; no directory run ever changes that.
    Locked,
    /// For good.
    Removed,
}

impl Standing {
    /// The standing that follows from the facts: removal is for good, and a manual lock wins over the directory.
    pub const fn of(listing: Listing, lock: Lock, enrolled: Enrolled) -> Self {
        match (lock, listing, enrolled) {
            (_, Listing::Removed, _) => Self::Removed,
            (Lock::Locked, Listing::Listed | Listing::Absent, _) => Self::Locked,
            (Lock::Open, Listing::Absent, _) => Self::Suspended,
            (Lock::Open, Listing::Listed, Enrolled::No) => Self::Provisioned,
            (Lock::Open, Listing::Listed, Enrolled::Yes) => Self::Active,
        }
    }

    /// Whether the person may have a device, and stands in the published directory.
    pub const fn may_take_part(self) -> bool {
        matches!(self, Self::Provisioned | Self::Active)
    }
}

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub source: Source,
    pub external_id: ExternalId,
    /// Shared with whoever reads the source of this person, as long as nothing has changed.
    pub profile: Arc<Profile>,
    pub listing: Listing,
    pub lock: Lock,
    /// The Ed25519 identity key, once a device has set it.
    pub identity_key: Option<[u8; 32]>,
}

impl Member {
    /// Listed and not locked.
    pub const fn may_take_part(&self) -> bool {
        Standing::of(self.listing, self.lock, Enrolled::No).may_take_part()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_breaks_the_bounds(login in ".{0,200}", name in ".{0,300}", mail in ".{0,300}") {
            if let Ok(profile) = Profile::parse(&login, &name, &mail) {
                prop_assert!(profile.login.expose().len() <= LOGIN_BYTES_MAX);
                prop_assert!(!profile.login.expose().contains(char::is_whitespace));
                prop_assert!((1..=NAME_BYTES_MAX).contains(&profile.name.expose().len()));
            }
        }
    }

    #[test]
    fn a_login_is_one_however_its_letters_are_written() {
        for same in ["Zo\u{e9}3", "zoe\u{301}3", " ZO\u{c9}3 ", "\u{ff5a}o\u{e9}\u{ff13}", "\u{1d4cf}o\u{e9}3"] {
            assert_eq!(Login::parse(same).map(|login| login.expose().to_owned()), Ok("zo\u{e9}3".to_owned()), "{same}");
        }
        assert_ne!(Login::parse("zoe3"), Login::parse("zo\u{e9}3"));
    }

    #[test]
    fn a_name_cannot_turn_the_text_around_it() {
        assert_eq!(Profile::parse("n03", "Notary \u{202e}03", ""), Err(Unusable(Attribute::Name)));
        assert_eq!(Profile::parse("n 03", "Notary 03", ""), Err(Unusable(Attribute::Login)));
        assert_eq!(Profile::parse("n03", "Notary 03", "nobody"), Err(Unusable(Attribute::Mail)));
        assert!(Profile::parse(" N03 ", "Notary 03", "n03@example.test").is_ok_and(|p| p.login.expose() == "n03"));
    }
}
