//! Carries every change from `service` to the hub: first the devices that end, then the news, the same bytes to all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use protocol::ids::{Address, DeviceId};
use protocol::signaling::field::{CloseCode, News};
use protocol::signaling::message::ServerFrame;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::hub::{Hub, Stopped};
use crate::service::{Bulletin, DeviceStanding, Published, Services, Why};

/// How long an administration command waits for its change to have reached every session.
const ANNOUNCE_TIMEOUT: Duration = Duration::from_secs(2);

/// Up to which log size everybody has been told.
#[derive(Debug, Clone)]
pub struct Announced(watch::Receiver<u64>);

impl Announced {
    pub fn new() -> (watch::Sender<u64>, Self) {
        let (sender, receiver) = watch::channel(0);
        (sender, Announced(receiver))
    }

    /// Waits until everything that is published now has been told, and the sessions that end have ended.
    pub async fn all(&mut self, services: &Services) {
        let size = services.published().checkpoint.checkpoint().size;
        // If it takes longer, the loops say so themselves.
        let _ = tokio::time::timeout(ANNOUNCE_TIMEOUT, self.0.wait_for(|told| *told >= size)).await;
    }
}

pub async fn run(services: Services, hub: Hub, told: watch::Sender<u64>, stop: CancellationToken) {
    let mut bulletins = services.subscribe();
    let mut doors_of = None;
    // What was published before this loop listened.
    let mut next = Ok(Arc::new(services.published().whole()));
    loop {
        let bulletin = match next {
            Ok(bulletin) => bulletin,
            // Too many changes to have heard each: then by the whole of what is published.
            Err(RecvError::Lagged(_)) => Arc::new(services.published().whole()),
            Err(RecvError::Closed) => return,
        };
        if announce(&services, &hub, &bulletin, &mut doors_of).await.is_err() {
            return;
        }
        told.send_replace(size_of(&bulletin.news));
        let Some(received) = stop.run_until_cancelled(bulletins.recv()).await else { return };
        next = received;
    }
}

/// Devices as they were published.
type Devices = Arc<BTreeMap<DeviceId, DeviceStanding>>;

async fn announce(
    services: &Services,
    hub: &Hub,
    bulletin: &Bulletin,
    doors_of: &mut Option<Devices>,
) -> Result<(), Stopped> {
    for (why, code) in [(Why::Revoked, CloseCode::Revoked), (Why::Suspended, CloseCode::Suspended)] {
        let ended = bulletin.ended.iter().filter(|(_, cause)| *cause == why);
        let devices: Vec<DeviceId> = ended.map(|(device, _)| *device).collect();
        if !devices.is_empty() {
            hub.expel(devices, code).await?;
        }
    }
    let published = services.published();
    // A change makes another map, and this one is kept alive: the same place is the same map.
    if !doors_of.as_ref().is_some_and(|devices| Arc::ptr_eq(devices, &published.devices)) {
        hub.front_doors(front_doors(&published)).await?;
        *doors_of = Some(Arc::clone(&published.devices));
    }
    let frame = ServerFrame::News { news: bulletin.news.clone() };
    hub.news(frame.to_bytes().into()).await
}

fn size_of(news: &News) -> u64 {
    news.first.saturating_add(news.leaves.len() as u64)
}

fn front_doors(published: &Published) -> BTreeSet<Address> {
    let door = |standing: &DeviceStanding| match standing {
        DeviceStanding::Live { front_door, .. } => Some(*front_door),
        DeviceStanding::Ended(_) => None,
    };
    published.devices.values().filter_map(door).collect()
}
