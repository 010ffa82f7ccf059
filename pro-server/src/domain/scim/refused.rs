//! What SCIM refuses (RFC 7644 §3.12): one variant for each decision. It never carries what was sent.

/// Why a request is not done. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the filter cannot be read: see RFC 7644 section 3.4.2.2 for how one is written")]
    Filter,
    #[error("the body is not what SCIM says: a JSON object of the resource's schema")]
    Syntax,
    #[error("the path names no attribute of this resource")]
    Path,
    #[error("the path selects nothing in this resource, or there is no path and no value")]
    NoTarget,
    #[error("the value of {0} is missing, too long, or not of its type")]
    Value(&'static str),
    #[error("{0} cannot be changed by a provider")]
    Mutability(&'static str),
    #[error("another person or group has this {0} already")]
    Taken(&'static str),
    #[error("more than the server takes at once")]
    TooMany,
    #[error(
        "an administrator of this server has suspended the person of this userName by hand, and only an administrator takes that back"
    )]
    Locked,
    #[error("there is no such resource")]
    Missing,
    #[error("the resource is another one by now; read it again")]
    Changed,
}

impl Refused {
    /// The HTTP status (RFC 7644 §3.12).
    pub const fn status(self) -> u16 {
        match self {
            Self::Filter
            | Self::Syntax
            | Self::Path
            | Self::NoTarget
            | Self::Value(_)
            | Self::Mutability(_)
            | Self::TooMany => 400,
            Self::Taken(_) | Self::Locked => 409,
            Self::Missing => 404,
            Self::Changed => 412,
        }
    }

    /// Whether the request is refused for what it says, not for whom it is about.
    pub const fn is_of_the_rest(self) -> bool {
        !matches!(self, Self::Missing | Self::Changed)
    }

    /// The detail error keyword (RFC 7644 table 9), where there is one.
    pub const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Filter => Some("invalidFilter"),
            Self::Syntax => Some("invalidSyntax"),
            Self::Path => Some("invalidPath"),
            Self::NoTarget => Some("noTarget"),
            Self::Value(_) => Some("invalidValue"),
            Self::Mutability(_) => Some("mutability"),
            Self::Taken(_) | Self::Locked => Some("uniqueness"),
            Self::TooMany => Some("tooMany"),
            Self::Missing | Self::Changed => None,
        }
    }
}
