//! The tokens of programs, and who shows one. A right one never waits for what others get wrong; comparing takes the same time
//! wherever a difference is. It must never keep a token, only its hash.

use protocol::audit::IntegrationScope;
use protocol::ids::{Hash32, IntegrationId};
use protocol::time::{DAY_MS, Timestamp};
use subtle::ConstantTimeEq as _;

use super::access::Integration;
use super::throttle::{Rate, Throttle, TooMany};

/// Tokens that stand at one time.
pub const INTEGRATIONS_MAX: usize = 16;
/// Longest name of a token, in bytes.
pub const INTEGRATION_NAME_BYTES_MAX: usize = 64;
/// Shortest and longest life of a token.
pub const INTEGRATION_DAYS_MIN: u64 = 1;
/// Two years: whoever forgets a token does not leave it behind for good.
pub const INTEGRATION_DAYS_MAX: u64 = 730;
/// Wrong tokens, all together: a token has 256 bits, this only keeps the server free.
const MISS_RATE: Rate = Rate { burst: 50, refill_ms: 500 };

/// A token that stands.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    pub id: IntegrationId,
    pub scope: IntegrationScope,
    pub hash: Hash32,
    pub expires: Timestamp,
    /// Counted from 1970.
    pub used_day: Option<u64>,
}

/// Why a token lets nobody in. Which of them is not told to whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    #[error("the token is unknown, revoked or has expired")]
    Unknown,
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// Whether it is the first use on this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    FirstOfDay(u64),
    Further,
}

/// All tokens that stand.
pub struct Integrations {
    tokens: Vec<Token>,
    misses: Throttle,
}

impl Integrations {
    pub fn new(tokens: Vec<Token>, salt: [u8; 32]) -> Self {
        Self { tokens, misses: Throttle::new(MISS_RATE, MISS_RATE, salt) }
    }

    /// One more stands.
    pub fn put(&mut self, token: Token) {
        self.tokens.push(token);
    }

    /// It is worth nothing from now on.
    pub fn revoke(&mut self, id: IntegrationId) {
        self.tokens.retain(|token| token.id != id);
    }

    /// All that stand, as they are stored: another server may have changed them.
    pub fn replace(&mut self, tokens: Vec<Token>) {
        self.tokens = tokens;
    }

    /// Whether it still stands: a request may take longer than its token.
    pub fn stands(&self, id: IntegrationId, now: Timestamp) -> bool {
        self.tokens.iter().any(|token| token.id == id && now < token.expires)
    }

    /// Who shows a token with this hash.
    pub fn admit(&mut self, hash: Hash32, now: Timestamp) -> Result<(Integration, Use), NotAdmitted> {
        let mut found = None;
        for (place, token) in self.tokens.iter().enumerate() {
            if bool::from(token.hash.as_bytes().ct_eq(hash.as_bytes())) && now < token.expires {
                found = Some(place);
            }
        }
        let Some(token) = found.and_then(|place| self.tokens.get_mut(place)) else {
            self.misses.attempt(&[], now)?;
            return Err(NotAdmitted::Unknown);
        };
        let today = now.as_millis() / DAY_MS;
        let first = if token.used_day == Some(today) { Use::Further } else { Use::FirstOfDay(today) };
        token.used_day = Some(today);
        Ok((Integration::new(token.id, token.scope), first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_token_never_waits_for_wrong_ones_and_ends_in_time() {
        let now = Timestamp::from_millis(10 * DAY_MS);
        let (id, hash) = (IntegrationId::from_bytes([1; 16]), Hash32::from_bytes([1; 32]));
        let token = Token { id, scope: IntegrationScope::Read, hash, expires: now.plus_ms(DAY_MS), used_day: Some(9) };
        let mut tokens = Integrations::new(vec![token], [7; 32]);
        let wrong = Hash32::from_bytes([2; 32]);
        assert!((0..MISS_RATE.burst).all(|_| tokens.admit(wrong, now) == Err(NotAdmitted::Unknown)));
        assert!(matches!(tokens.admit(wrong, now), Err(NotAdmitted::TooMany(_))));
        assert!(tokens.admit(hash, now).is_ok_and(|(who, first)| who.id() == id && first == Use::FirstOfDay(10)));
        assert!(tokens.admit(hash, now).is_ok_and(|(_, first)| first == Use::Further));
        assert!(tokens.admit(hash, now.plus_ms(DAY_MS)).is_err(), "it has expired");
        assert!(tokens.stands(id, now) && !tokens.stands(id, now.plus_ms(DAY_MS)));
        tokens.revoke(id);
        assert!(tokens.admit(hash, now.plus_ms(DAY_MS / 2)).is_err(), "it is revoked");
        assert!(!tokens.stands(id, now));
    }
}
