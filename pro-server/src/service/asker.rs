//! Who guesses: a limit for each network, in front of the limits for everybody, so that one stranger alone cannot hold the doors shut
//! for the others. It must never learn an address: a network comes under a name that ends with this run.

use std::sync::{Mutex, PoisonError};

use protocol::time::Timestamp;

use crate::domain::throttle::{Rate, Throttle};

use super::{Denial, ServiceError, Services};

/// The network that asks, under a salted name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asker(pub [u8; 16]);

/// Wrong guesses of one network. Whoever is right is not counted: a whole site may share one address.
pub(super) struct Askers(Mutex<Throttle>);

impl Askers {
    pub(super) fn new(each: Rate, salt: [u8; 32]) -> Self {
        Self(Mutex::new(Throttle::new(each, Rate::UNLIMITED, salt)))
    }

    /// Lets a network guess unless it guessed wrong too often; what comes out is its own only if it was refused.
    pub(super) async fn guess<T>(
        &self,
        asker: Option<Asker>,
        now: Timestamp,
        guess: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        let Some(Asker(network)) = asker else { return guess.await };
        let throttle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        throttle().attempt(&network, now).map_err(Denial::TooMany)?;
        let outcome = guess.await;
        if !matches!(outcome, Err(ServiceError::Denied(_))) {
            throttle().give_back(&network);
        }
        outcome
    }
}

impl Services {
    /// The same, asked from this network.
    pub fn asked_by(&self, asker: Option<Asker>) -> Self {
        Self { inner: self.inner.clone(), asker }
    }
}
