//! The brake of providers. It counts over a day, because a push has no whole to be held against (docs/adr/0014). It must never
//! count somebody who has nothing to lose.

use protocol::time::{DAY_MS, Timestamp};

use super::member::{Listing, Lock, Member};
use super::sync::Limits;

/// How long a loss counts.
pub const LOSS_WINDOW_MS: u64 = DAY_MS;
/// When a provider that was refused may ask again, at the latest.
pub const RETRY_AFTER_MS_MAX: u64 = 60 * 60 * 1_000;

/// Whether somebody would lose what no later push gives back: devices that are revoked. Whoever is locked has none.
pub fn loses(member: &Member, devices: usize, after: Listing) -> bool {
    member.listing == Listing::Listed && after == Listing::Absent && member.lock == Lock::Open && devices > 0
}

/// Too many people would have lost their devices within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{would_lose} people would have lost access through providers within a day, at most {allowed} may; an administrator of this server can let more go in its console"
)]
pub struct PushBrake {
    pub would_lose: u64,
    pub allowed: u64,
    pub retry_after_ms: u64,
}

/// How things stand in the day before `now`.
#[derive(Debug, Clone, Copy)]
pub struct Losses {
    /// People who lost their devices. Whoever came back lost them all the same.
    pub lost: u64,
    pub oldest: Option<Timestamp>,
    /// People of providers who have devices, or had until they were lost. Whom a provider has just added is not of them: adding
    /// many would let it take from many.
    pub with_devices: u64,
}

/// Whether one more person may lose devices.
pub fn brake(losses: Losses, limits: Limits, now: Timestamp) -> Result<(), PushBrake> {
    let share = losses.with_devices.saturating_mul(u64::from(limits.brake_percent.min(100))) / 100;
    let allowed = share.max(u64::from(limits.brake_minimum));
    let would_lose = losses.lost.saturating_add(1);
    if would_lose <= allowed {
        return Ok(());
    }
    let free = losses.oldest.map_or(now, |oldest| oldest.plus_ms(LOSS_WINDOW_MS)).since(now);
    Err(PushBrake { would_lose, allowed, retry_after_ms: free.clamp(1_000, RETRY_AFTER_MS_MAX) })
}

#[cfg(test)]
mod tests {
    use protocol::ids::MemberId;

    use super::*;
    use crate::domain::member::{ExternalId, Profile, Source};

    const LIMITS: Limits = Limits { brake_percent: 10, brake_minimum: 3 };
    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn member(listing: Listing, lock: Lock) -> Member {
        Member {
            id: MemberId::from_bytes([1; 16]),
            source: Source::SCIM,
            external_id: ExternalId::parse("1").expect("sample"),
            profile: Profile::parse("n03", "Notary", "").expect("sample").into(),
            listing,
            lock,
            identity_key: None,
        }
    }

    #[test]
    fn only_who_has_something_to_lose_counts() {
        assert!(loses(&member(Listing::Listed, Lock::Open), 1, Listing::Absent));
        assert!(!loses(&member(Listing::Listed, Lock::Open), 0, Listing::Absent));
        assert!(!loses(&member(Listing::Listed, Lock::Locked), 1, Listing::Absent));
        assert!(!loses(&member(Listing::Absent, Lock::Open), 1, Listing::Absent));
    }

    #[test]
    fn the_larger_of_both_limits_holds_over_a_day() {
        let losses =
            |lost, with_devices| Losses { lost, oldest: Some(NOW.minus_ms(LOSS_WINDOW_MS - 5_000)), with_devices };
        assert_eq!(brake(losses(2, 0), LIMITS, NOW), Ok(()));
        let refused = brake(losses(3, 20), LIMITS, NOW);
        assert_eq!(refused, Err(PushBrake { would_lose: 4, allowed: 3, retry_after_ms: 5_000 }));
        assert_eq!(brake(losses(9, 100), LIMITS, NOW), Ok(()));
        assert!(brake(losses(10, 100), LIMITS, NOW).is_err());
    }
}
