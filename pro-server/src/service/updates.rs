//! Signed updates of the list of people, one for each class of readers and version that they come from. They are computed beside the
//! threads that serve sockets, once for all who wait, and what nothing changed for a class is carried forward. Bounded in number and
//! bytes. It must never hand an update of one class to a reader of another.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use protocol::ids::Hash32;
use protocol::keys::SigningKey;
use protocol::signed;
use tokio::sync::{OnceCell, Semaphore};

use super::keys::Statement;
use super::{Outage, ServiceError};
use crate::domain::people::{People, View};

/// Signed updates that are kept …
const UPDATES_MAX: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// … and their bytes. One that is larger is kept as long as nothing else is asked for.
const UPDATES_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// Classes whose list was digested; each costs about a hundred bytes.
const CLASSES_MAX: NonZeroUsize = NonZeroUsize::new(131_072).unwrap();
/// Lists that are put together at one time: the other cores serve.
const AT_ONCE_MAX: usize = 2;

/// Version, class, the version that the reader has, and which directory key signs.
type Which = (u64, Hash32, Option<u64>, [u8; 32]);
type Signed = Arc<OnceCell<Arc<[u8]>>>;
/// Digest of a class's list, and the version at which it certainly was that. Whoever computes it holds it.
type Digest = Arc<Mutex<Option<(u64, Hash32)>>>;

pub(super) struct Updates {
    kept: Mutex<Kept>,
    digests: Arc<Mutex<LruCache<Hash32, Digest>>>,
    turns: Semaphore,
    /// Lists that were gone through as a whole.
    #[cfg(test)]
    pub(super) digested: Arc<std::sync::atomic::AtomicUsize>,
}

struct Kept {
    updates: LruCache<Which, Signed>,
    /// Of those that are complete.
    bytes: usize,
}

impl Default for Updates {
    fn default() -> Self {
        Self {
            kept: Mutex::new(Kept { updates: LruCache::new(UPDATES_MAX), bytes: 0 }),
            digests: Arc::new(Mutex::new(LruCache::new(CLASSES_MAX))),
            turns: Semaphore::new(AT_ONCE_MAX),
            #[cfg(test)]
            digested: Arc::default(),
        }
    }
}

impl Updates {
    /// What readers of `view` get who have version `base`, signed.
    pub(super) async fn signed(
        &self,
        people: &Arc<People>,
        view: View,
        base: Option<u64>,
        by: &Statement,
    ) -> Result<Arc<[u8]>, ServiceError> {
        let which = (people.version(), view.class(), base, by.key.key);
        let cell = lock(&self.kept).cell(which);
        let signed = cell.get_or_try_init(|| self.compute(which, people, view, &by.signer)).await?;
        Ok(Arc::clone(signed))
    }

    async fn compute(
        &self,
        which: Which,
        people: &Arc<People>,
        view: View,
        key: &SigningKey,
    ) -> Result<Arc<[u8]>, ServiceError> {
        let (_, class, base, _) = which;
        let digest = lock(&self.digests).get_or_insert(class, Digest::default).clone();
        let (people, key) = (Arc::clone(people), key.clone());
        #[cfg(test)]
        let digested = Arc::clone(&self.digested);
        // The server is ending when there are no turns or threads any more.
        let ending = ServiceError::Unavailable(Outage::Database);
        let _turn = self.turns.acquire().await.map_err(|_| ending.clone())?;
        let computed = tokio::task::spawn_blocking(move || {
            let digest = carried(&digest, &people, &view, || {
                #[cfg(test)]
                digested.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            });
            Arc::<[u8]>::from(signed::sign(&people.update(&view, base, digest), &key))
        });
        let signed = computed.await.map_err(|_| ending)?;
        lock(&self.kept).weigh(which, signed.len());
        Ok(signed)
    }
}

/// The digest of what `view` shows: the one before, as long as nobody changed whom it shows.
fn carried(kept: &Mutex<Option<(u64, Hash32)>>, people: &People, view: &View, note: impl FnOnce()) -> Hash32 {
    let mut kept = lock(kept);
    let digest = match *kept {
        Some((version, digest)) if people.is_same_since(view, version) => digest,
        Some(_) | None => {
            note();
            people.digest_of(view)
        }
    };
    *kept = Some((people.version(), digest));
    digest
}

impl Kept {
    fn cell(&mut self, which: Which) -> Signed {
        let is_newest = self.updates.iter().next().is_none_or(|((version, ..), _)| *version == which.0);
        if !is_newest {
            // Nobody comes for them any more, or hardly anybody.
            self.updates.clear();
            self.bytes = 0;
        }
        if self.updates.len() == self.updates.cap().get() && !self.updates.contains(&which) {
            self.drop_oldest();
        }
        self.updates.get_or_insert(which, Signed::default).clone()
    }

    /// Counts an update that is complete now, and lets go of the ones not used for longest that are too many bytes.
    fn weigh(&mut self, which: Which, bytes: usize) {
        if self.updates.contains(&which) {
            self.bytes = self.bytes.saturating_add(bytes);
        }
        while self.bytes > UPDATES_BYTES_MAX && self.updates.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let dropped = self.updates.pop_lru();
        let bytes = dropped.and_then(|(_, signed)| signed.get().map(|signed| signed.len()));
        self.bytes = self.bytes.saturating_sub(bytes.unwrap_or_default());
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
