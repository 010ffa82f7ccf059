//! What a check of the audit can find, each with the place where it was found. `code` is stable; `words` says it, and what to do.
//! It must never carry a name.

/// More are not looked for: whoever reads them has to act on the first.
pub const FINDINGS_MAX: usize = 20;

/// One thing that is not as it was signed. Entries are counted from 0, as `audit list` shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    #[error("line {line} of the export is not a line of an export, or was changed")]
    Line { line: u64 },
    #[error("the keys in the first line do not belong to one organization")]
    Keys,
    #[error("the export ends before its end: lines at its end are missing")]
    Unfinished,
    #[error("the export cannot be read: {0}")]
    Io(std::io::ErrorKind),
    #[error("a row of the audit's tables holds what no row holds: it was added or changed")]
    Row,
    #[error("entry {index} was changed: it is not what its own hash says, or the hash was changed")]
    Changed { index: u64 },
    #[error("entries {first} to {last} are missing: rows were dropped")]
    Missing { first: u64, last: u64 },
    #[error("entry {index} stands where entry {expected} belongs: lines were reordered, repeated or added")]
    Order { index: u64, expected: u64 },
    #[error("entries {one} and {other} have changed places, or one was written over with the other")]
    Exchanged { one: u64, other: u64 },
    #[error("among the entries {first} to {last} at least one was changed, moved or replaced, and its hash with it")]
    Rewritten { first: u64, last: u64 },
    #[error("{signed} entries were signed and {entries} are there: the end was cut off")]
    Truncated { entries: u64, signed: u64 },
    #[error("entries {first} to {last} were never signed: rows were added, or the checkpoint over them is gone")]
    Unsigned { first: u64, last: u64 },
    #[error("the stored checkpoint over {size} entries was changed: the directory key did not sign it")]
    Checkpoint { size: u64 },
    #[error("the stored word of a witness on the first {size} entries was changed, or is about another audit")]
    Cosignature { size: u64 },
    #[error("the proof does not lead to the signed root: it was changed, or proves something else")]
    Proof,
    #[error("there is no signed checkpoint at all")]
    NoCheckpoint,
    #[error("the log is forked: the server signed two different histories of the first {size} entries")]
    Forked { size: u64 },
    #[error("{entries} entries are there and {seen} were seen before: the audit was put back to an earlier state")]
    RolledBack { entries: u64, seen: u64 },
    #[error("the key under which entry {index} names somebody was changed")]
    PartyKey { index: u64 },
    #[error("the name behind entry {index} is not the one that the audit holds: it was changed, exchanged or is gone")]
    PartyName { index: u64 },
    #[error("{count} keys of parties are gone without an erasure in the audit, the first of entry {index}")]
    PartyKeysGone { index: u64, count: u64 },
    #[error("{count} keys of parties belong to no entry: rows were added or changed")]
    PartyKeysForeign { count: u64 },
    #[error("{count} keys of parties are there that were destroyed: rows were put back after an erasure")]
    PartyKeysBack { count: u64 },
}

impl Finding {
    /// A stable word for scripts and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Line { .. } => "line",
            Self::Keys => "keys",
            Self::Unfinished => "unfinished",
            Self::Io(_) => "unreadable",
            Self::Row => "row",
            Self::Changed { .. } => "changed",
            Self::Missing { .. } => "missing",
            Self::Order { .. } => "order",
            Self::Exchanged { .. } => "exchanged",
            Self::Rewritten { .. } => "rewritten",
            Self::Truncated { .. } => "truncated",
            Self::Unsigned { .. } => "unsigned",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Cosignature { .. } => "cosignature",
            Self::Proof => "proof",
            Self::NoCheckpoint => "no-checkpoint",
            Self::Forked { .. } => "forked",
            Self::RolledBack { .. } => "rolled-back",
            Self::PartyKey { .. } => "party-key",
            Self::PartyName { .. } => "party-name",
            Self::PartyKeysGone { .. } => "party-keys-gone",
            Self::PartyKeysForeign { .. } => "party-keys-foreign",
            Self::PartyKeysBack { .. } => "party-keys-back",
        }
    }

    /// The two numbers that say where, in the order of its words.
    pub const fn place(self) -> (Option<u64>, Option<u64>) {
        match self {
            Self::Keys | Self::Unfinished | Self::Io(_) | Self::Row | Self::Proof | Self::NoCheckpoint => (None, None),
            Self::Line { line: first }
            | Self::Changed { index: first }
            | Self::Checkpoint { size: first }
            | Self::Cosignature { size: first }
            | Self::Forked { size: first }
            | Self::PartyKey { index: first }
            | Self::PartyName { index: first }
            | Self::PartyKeysForeign { count: first }
            | Self::PartyKeysBack { count: first } => (Some(first), None),
            Self::Missing { first, last }
            | Self::Order { index: first, expected: last }
            | Self::Exchanged { one: first, other: last }
            | Self::Rewritten { first, last }
            | Self::Truncated { entries: first, signed: last }
            | Self::Unsigned { first, last }
            | Self::RolledBack { entries: first, seen: last }
            | Self::PartyKeysGone { index: first, count: last } => (Some(first), Some(last)),
        }
    }
}

/// Everything that was found; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    first: Finding,
    more: Vec<Finding>,
}

impl From<Finding> for Damage {
    fn from(first: Finding) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl Damage {
    /// In the order in which they were found; nothing if there are none.
    pub fn of(findings: Vec<Finding>) -> Option<Self> {
        let mut findings = findings.into_iter();
        findings.next().map(|first| Self { first, more: findings.collect() })
    }

    pub fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first)?;
        self.more.iter().try_for_each(|finding| write!(f, "; {finding}"))
    }
}
