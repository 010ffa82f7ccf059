//! A provider's metadata and keys as they were read last: read when they are needed, again after a while, and the keys again when a
//! token names one that is not among them. Bounded in how often: no stranger makes this server hammer a provider.

use std::collections::VecDeque;
use std::sync::Arc;

use openidconnect::core::CoreJsonWebKeySet;
use protocol::time::Timestamp;
use tokio::sync::Mutex;

use super::fault::ProviderFault;
use super::metadata::{self, Metadata};
use crate::https::{HttpClient, HttpsUrl, Sent};

/// Read again after this long …
const FRESH_MS: u64 = 60 * 60 * 1_000;
/// … and while that fails, what was read serves this much longer.
const STALE_MS: u64 = 24 * 60 * 60 * 1_000;
/// After a first failure nobody asks again before this; the pause doubles …
const PAUSE_MS: u64 = 1_000;
/// … up to this.
const PAUSE_MS_MAX: u64 = 60 * 1_000;
/// Keys are read again because of an unknown one at most this often …
const READINGS_MAX: usize = 3;
/// … in this time.
const READINGS_WINDOW_MS: u64 = 60 * 1_000;

/// What a provider publishes; a cheap clone.
#[derive(Clone)]
pub struct Known {
    pub metadata: Arc<Metadata>,
    pub keys: Arc<CoreJsonWebKeySet>,
}

#[derive(Default)]
struct State {
    known: Option<(Known, Timestamp)>,
    failed: Option<Failed>,
    readings: VecDeque<Timestamp>,
}

#[derive(Clone, Copy)]
struct Failed {
    fault: ProviderFault,
    next: Timestamp,
    pause_ms: u64,
}

/// One reader at a time; the others wait for what it finds.
pub struct Published {
    issuer: String,
    state: Mutex<State>,
}

impl Published {
    pub fn new(issuer: String) -> Self {
        Self { issuer, state: Mutex::default() }
    }

    /// What is known, read if it is not.
    pub async fn known(&self, http: &HttpClient, now: Timestamp) -> Result<Known, ProviderFault> {
        let mut state = self.state.lock().await;
        let before = state.known.clone();
        if let Some((known, read)) = &before
            && now < read.plus_ms(FRESH_MS)
        {
            return Ok(known.clone());
        }
        let stale = before.filter(|(_, read)| now < read.plus_ms(FRESH_MS + STALE_MS)).map(|(known, _)| known);
        if let Some(failed) = state.failed.filter(|failed| now < failed.next) {
            return stale.ok_or(failed.fault);
        }
        match self.read(http).await {
            Ok(known) => {
                state.known = Some((known.clone(), now));
                state.failed = None;
                Ok(known)
            }
            Err(fault) => {
                let pause_ms = state.failed.map_or(PAUSE_MS, |failed| (failed.pause_ms * 2).min(PAUSE_MS_MAX));
                state.failed = Some(Failed { fault, next: now.plus_ms(pause_ms), pause_ms });
                tracing::warn!(code = fault.code(), "an identity provider cannot be used: {fault}");
                stale.ok_or(fault)
            }
        }
    }

    /// The same with the keys of this moment; those of before when they were read again too often.
    pub async fn read_keys_again(&self, http: &HttpClient, now: Timestamp) -> Result<Known, ProviderFault> {
        let before = self.known(http, now).await?;
        let mut state = self.state.lock().await;
        state.readings.retain(|read| now < read.plus_ms(READINGS_WINDOW_MS));
        if state.readings.len() >= READINGS_MAX {
            return Ok(before);
        }
        state.readings.push_back(now);
        let keys = metadata::keys(&fetch(http, &before.metadata.keys).await?)?;
        let known = Known { metadata: before.metadata, keys: Arc::new(keys) };
        if let Some((stored, _)) = &mut state.known {
            *stored = known.clone();
        }
        Ok(known)
    }

    async fn read(&self, http: &HttpClient) -> Result<Known, ProviderFault> {
        let address = metadata::address(&self.issuer).ok_or(ProviderFault::Metadata)?;
        let metadata = Metadata::parse(&fetch(http, &address).await?, &self.issuer)?;
        let keys = metadata::keys(&fetch(http, &metadata.keys).await?)?;
        Ok(Known { metadata: Arc::new(metadata), keys: Arc::new(keys) })
    }
}

async fn fetch(http: &HttpClient, url: &HttpsUrl) -> Result<Vec<u8>, ProviderFault> {
    let reply = http.exchange(url, Sent::Nothing).await?;
    if reply.status == 200 { Ok(reply.body.to_vec()) } else { Err(ProviderFault::Answer { status: reply.status }) }
}
