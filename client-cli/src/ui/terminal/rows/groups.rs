//! A group as the engine tells of it: what it is called, who is in it, and who may change that.

use protocol::secret::Personal;
use serde_json::Value;

use super::super::text::Harmless;
use super::{Person, rows, text};

/// What somebody may do in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Their device keeps the list of members.
    HoldsPen,
    Admin,
    Member,
    /// They are no member.
    Outside,
}

/// Somebody in a group.
#[derive(Debug, Clone)]
pub struct Member {
    pub login: Personal<String>,
    pub name: Harmless,
    pub rank: Rank,
}

/// A group.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: Harmless,
    /// Our person's.
    pub rank: Rank,
    /// Whether its list of members shows two histories: nothing can be done in it any more.
    pub is_frozen: bool,
    pub members: Vec<Member>,
}

impl Rank {
    fn of(word: &str) -> Self {
        match word {
            "holds-pen" => Self::HoldsPen,
            "admin" => Self::Admin,
            "member" => Self::Member,
            _ => Self::Outside,
        }
    }

    /// Key of its word.
    pub const fn key(self) -> &'static str {
        match self {
            Self::HoldsPen => "role-holds-pen",
            Self::Admin => "role-admin",
            Self::Member => "role-member",
            Self::Outside => "role-none",
        }
    }

    /// Whether the list of members is theirs to change, or theirs to ask for.
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::HoldsPen | Self::Admin)
    }
}

impl Group {
    pub fn of(group: &Value) -> Self {
        let member = |row: &Value| {
            let person = Person::of(row);
            let login = person.login.clone();
            Member { login, name: person.called(), rank: Rank::of(text(row, "role")) }
        };
        Self {
            name: Harmless::of_line(text(group, "name")),
            rank: Rank::of(text(group, "role")),
            is_frozen: group["frozen"] == true,
            members: rows(&group["members"]).iter().map(member).collect(),
        }
    }
}
