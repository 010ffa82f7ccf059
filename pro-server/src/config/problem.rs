//! What can be wrong with a configuration, as data: `words` says it in the reader's language.
//! Never carries a value: a value may be a secret pasted into the wrong place.

use std::io;

/// One key, what is wrong with it, and thereby what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {kind}")]
pub struct Problem {
    /// Full name, `section.key`.
    pub key: String,
    pub kind: ProblemKind,
}

/// The closed list of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    #[error("unknown key")]
    Unknown { nearest: Option<String> },
    #[error("required but not set")]
    Missing,
    #[error("must be {0}")]
    Wrong(Expected),
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    #[error("not TOML at line {line}")]
    Syntax { line: usize },
    /// Two keys that only make sense together, or not at all.
    #[error("needs `{0}` too")]
    Needs(&'static str),
    /// Two keys that say the same thing.
    #[error("cannot stand beside `{0}`")]
    Excludes(&'static str),
    /// A secret that belongs into the file that another key names.
    #[error("holds a password, which belongs into the file of `{0}`")]
    SecretInside(&'static str),
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Expected {
    #[error("text")]
    Text,
    #[error("true or false")]
    Boolean,
    #[error("a whole number from {min} to {max}")]
    Integer { min: u64, max: u64 },
    #[error("IP:PORT")]
    SocketAddress,
    #[error("https://HOST or https://HOST:PORT")]
    HttpsUrl,
    #[error("ldaps://HOST:PORT or ldap://HOST:PORT")]
    LdapUrl,
    #[error("a section")]
    Table,
    #[error("an LDAP filter in parentheses")]
    LdapFilter,
    #[error("an LDAP attribute name")]
    AttributeName,
    #[error("a name that no other source has: small letters, digits and dashes")]
    SourceName,
    #[error("a section, or at most {max} of them")]
    Sections { max: usize },
    #[error("active-directory or standard")]
    LdapKind,
    #[error("a text or a list of at most {max} texts")]
    Texts { max: usize },
    #[error("postgres://USER@HOST/DATABASE")]
    PostgresUrl,
    #[error("a URL that names a database: postgres://USER@HOST/DATABASE")]
    PostgresDatabase,
    #[error("a URL whose parameters are PostgreSQL's own")]
    PostgresParameters,
    #[error("some of: {0}")]
    OneOf(&'static str),
    #[error("tls://HOST:PORT or tcp://HOST:PORT")]
    SyslogUrl,
    #[error("a secret of at least {min} characters")]
    LongSecret { min: usize },
    #[error("lower-case letters, digits and hyphens")]
    PlainName,
    #[error("a name that no other one has")]
    UniqueName,
    #[error("a file that no other destination writes")]
    PathOfItsOwn,
    #[error("a witness's key: name+id+key")]
    WitnessKey,
    #[error("an https URL, exactly as the provider writes it")]
    IssuerUrl,
}

/// Everything that is wrong, in the order of reading.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn add(&mut self, key: impl Into<String>, kind: ProblemKind) {
        self.0.push(Problem { key: key.into(), kind });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}
