//! The version of a program, as the policy names the oldest one that may come in.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use super::BadPolicy;
use super::rows::PolicyKey;

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
