//! Whether the account of an entry is open: what Active Directory (MS-ADTS §2.2.16, §2.2.17) and common LDAP servers say about
//! it. Pure. Locked out after wrong passwords is no removal: it ends by itself, and anybody can bring it about.

use protocol::time::{DAY_MS, Timestamp};

use crate::config::ldap_kind::LdapKind;
use crate::domain::member::Attribute;
use crate::domain::sync::SkipReason;
use crate::domain::withheld::NoAccess;

use super::attributes::Entry;

const CONTROL: &str = "userAccountControl";
const EXPIRES: &str = "accountExpires";
/// `ADS_UF_ACCOUNTDISABLE`.
const CONTROL_DISABLED: u64 = 2;
/// Both mean that an account never expires.
const NEVER: [u64; 2] = [0, 0x7fff_ffff_ffff_ffff];
/// `accountExpires` counts steps of 100 ns …
const STEPS_PER_MS: u64 = 10_000;
/// … from the year 1601 on; this is 1970.
const EPOCH_MS: u64 = 11_644_473_600_000;

/// 389 Directory Server, and eDirectory.
const LOCKS: [&str; 2] = ["nsAccountLock", "loginDisabled"];
/// Password policy (draft-behera-ldap-password-policy §5.3.3) …
const LOCKED_SINCE: &str = "pwdAccountLockedTime";
/// … with this value: until an administrator opens it.
const LOCKED_FOR_GOOD: &str = "000001010000Z";
/// Days since 1970 (RFC 2307).
const SHADOW_EXPIRES: &str = "shadowExpire";

/// What the directory says about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    disabled: Option<NoAccess>,
    /// `None`: never.
    pub expires: Option<Timestamp>,
}

impl Account {
    /// Nothing speaks against it.
    pub const OPEN: Self = Self { disabled: None, expires: None };

    /// Why it gives no access at this time.
    pub fn refusal(&self, now: Timestamp) -> Option<NoAccess> {
        let expired = self.expires.filter(|expires| *expires <= now).map(|_| NoAccess::Expired);
        self.disabled.or(expired)
    }
}

/// The attributes that are asked for.
pub const fn attributes(kind: LdapKind) -> &'static [&'static str] {
    match kind {
        LdapKind::ActiveDirectory => &[CONTROL, EXPIRES],
        LdapKind::Standard => &[LOCKS[0], LOCKS[1], LOCKED_SINCE, SHADOW_EXPIRES],
    }
}

/// Reads the account of an entry. In Active Directory every account says whether it is disabled: one that does not is not
/// believed to be open, for the service account may have lost the right to see it.
pub fn read(entry: Entry<'_>, kind: LdapKind) -> Result<Account, SkipReason> {
    match kind {
        LdapKind::ActiveDirectory => {
            let control = number(entry, CONTROL)?.ok_or(SkipReason::Missing(Attribute::Account))?;
            let disabled = (control & CONTROL_DISABLED != 0).then_some(NoAccess::Disabled);
            let expires = number(entry, EXPIRES)?.filter(|steps| !NEVER.contains(steps));
            Ok(Account { disabled, expires: expires.map(of_steps) })
        }
        LdapKind::Standard => {
            let locked =
                LOCKS.iter().any(|name| entry.texts(name).iter().any(|value| value.eq_ignore_ascii_case("true")))
                    || entry.texts(LOCKED_SINCE).contains(&LOCKED_FOR_GOOD);
            // -1 and 0 are how tools write "never".
            let days = entry.texts(SHADOW_EXPIRES).first().and_then(|days| days.parse::<u64>().ok());
            let expires = days.filter(|days| *days > 0).map(|days| Timestamp::from_millis(days.saturating_mul(DAY_MS)));
            Ok(Account { disabled: locked.then_some(NoAccess::Disabled), expires })
        }
    }
}

fn of_steps(steps: u64) -> Timestamp {
    Timestamp::from_millis((steps / STEPS_PER_MS).saturating_sub(EPOCH_MS))
}

/// Active Directory writes its bit fields as signed numbers.
fn number(entry: Entry<'_>, name: &str) -> Result<Option<u64>, SkipReason> {
    match entry.texts(name).as_slice() {
        [] if entry.binary(name).is_empty() => Ok(None),
        [one] => one.parse::<i64>().map(|value| Some(value.cast_unsigned())).map_err(|_| unusable()),
        _ => Err(unusable()),
    }
}

const fn unusable() -> SkipReason {
    SkipReason::Unusable(Attribute::Account)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn refusal(kind: LdapKind, pairs: &[(&str, &str)]) -> Result<Option<NoAccess>, SkipReason> {
        let text: HashMap<String, Vec<String>> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        read(Entry { text: &text, binary: &HashMap::new() }, kind).map(|account| account.refusal(NOW))
    }

    #[test]
    fn active_directory_says_disabled_and_expired_and_a_lock_out_is_neither() {
        let ad = |pairs: &[(&str, &str)]| refusal(LdapKind::ActiveDirectory, pairs);
        assert_eq!(ad(&[("userAccountControl", "512")]), Ok(None));
        assert_eq!(ad(&[("useraccountcontrol", "514")]), Ok(Some(NoAccess::Disabled)));
        assert_eq!(ad(&[("userAccountControl", "66050")]), Ok(Some(NoAccess::Disabled)));
        assert_eq!(ad(&[("userAccountControl", "528"), ("lockoutTime", "133500000000000000")]), Ok(None));
        let expires = |value| ad(&[("userAccountControl", "512"), ("accountExpires", value)]);
        assert_eq!(expires("0"), Ok(None));
        assert_eq!(expires("9223372036854775807"), Ok(None));
        // 2024, and 2100.
        assert_eq!(expires("133500000000000000"), Ok(Some(NoAccess::Expired)));
        assert_eq!(expires("157469184000000000"), Ok(None));
    }

    #[test]
    fn an_account_that_cannot_be_read_is_not_believed_to_be_open() {
        let ad = |pairs: &[(&str, &str)]| refusal(LdapKind::ActiveDirectory, pairs);
        assert_eq!(ad(&[]), Err(SkipReason::Missing(Attribute::Account)));
        assert_eq!(ad(&[("userAccountControl", "")]), Err(unusable()));
        assert_eq!(ad(&[("userAccountControl", "512"), ("accountExpires", "soon")]), Err(unusable()));
    }

    #[test]
    fn other_servers_have_words_of_their_own() {
        let other = |name, value| refusal(LdapKind::Standard, &[(name, value)]);
        assert_eq!(other("nsaccountlock", "TRUE"), Ok(Some(NoAccess::Disabled)));
        assert_eq!(other("loginDisabled", "FALSE"), Ok(None));
        assert_eq!(other("pwdAccountLockedTime", "000001010000Z"), Ok(Some(NoAccess::Disabled)));
        assert_eq!(other("pwdAccountLockedTime", "20260101120000Z"), Ok(None));
        assert_eq!(other("shadowExpire", "-1"), Ok(None));
        assert_eq!(other("shadowExpire", "19000"), Ok(Some(NoAccess::Expired)));
        assert_eq!(other("shadowExpire", "40000"), Ok(None));
        assert_eq!(other("x", ""), Ok(None));
    }
}
